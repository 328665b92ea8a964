# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 17 · Serving
#
# **How does a model answer many people at once?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [the cache](07_generation.ipynb#2.-The-cache:-reading-every-token-once), [batches](07_generation.ipynb#4.-Several-texts-at-once) and [chat templates](07_generation.ipynb#6.-A-conversation-is-one-long-text); [why a pass is slow](07b_faster.ipynb#1.-Two-walls); [UTF-8](02_bpe_tokenizer.ipynb); [classes](A1_python.ipynb#4.-Classes) |
# | It adds to `lessons_lib` | `generation/engine` and `apps/server`: one model for many, behind the addresses of OpenAI's API |
#
# {route}

# %%
# {setup}

# %%
import json
import threading
from http.server import ThreadingHTTPServer

import ipywidgets as widgets
import torch

import lessons_lib
from lessons_lib.apps.server.app import App
from lessons_lib.apps.server.served import Served
from lessons_lib.classroom import (
    check,
    claim,
    explore,
    hint,
    predict,
    progress,
    quiz,
    reveal,
    say,
    show,
    show_solution,
    use_style,
)
from lessons_lib.classroom.lessons.lesson17 import figures, recorded
from lessons_lib.classroom.lessons.lesson17.running import (
    QuietHandler,
    Running,
    chat,
    get,
    seconds_of,
    send,
    text_of,
    tried,
    wait_until,
)
from lessons_lib.generation import Engine, EngineFull, KVCache, Request, generate

use_style()

# %%
torch.set_num_threads(1)
torch.set_grad_enabled(False)  # nothing is trained in this lesson
NAME = "smollm2-135m-instruct"
model, tokenizer = lessons_lib.load(NAME)

# %% [markdown]
# ## The finished thing first
#
# Four people ask one model at the same time.


# %%
def laid_out(question):
    return tokenizer.encode_chat([{"role": "user", "content": question}])


questions = ["What is the capital of France?", "How many legs has a dog?"]
questions += ["What is 2 + 3?", "What is the opposite of hot?"]
with Engine(model, tokenizer, slots=4, room=512) as engine:
    handles = [engine.submit(Request(laid_out(each), 16)) for each in questions]
    answers = [handle.result() for handle in handles]
for question, answer in zip(questions, answers, strict=True):
    print(f"{question:31} {answer.text!r}")
alone = [list(generate(model, laid_out(each), 16)) for each in questions]
claim("Each gets the tokens that it gets alone.", [each.token_ids for each in answers] == alone)

# %% [markdown]
# `submit` returns at once; in the **engine** one *thread*, a part of a program that runs beside the others, does all the work, several texts in a pass. We build that, and put it on the network.
#
# ## 1. Who waits for whom?
#
# A pass reads all the weights, and several texts in it share that ([lesson 07b](07b_faster.ipynb#1.-Two-walls); what it gains here, section 8 tells). Say that there is room for two: two **[slots](../book/glossary.md#slot)**. Five people want texts of 2, 8, 3, 2 and 5 tokens. The plainest way is the batch of [lesson 07](07_generation.ipynb#4.-Several-texts-at-once): take two, write until both have ended, take the next two. Such *static* batches take 8 + 3 + 5 = 16 steps.

# %%
predict("continuous_steps")


# %%
def written(lengths, slots):
    """lengths: name to tokens wanted. Each step: slot to (name, 1), as each writes one token."""
    waiting, held, left, steps = list(lengths), {}, dict(lengths), []
    while waiting or held:
        for slot in range(slots):
            if slot not in held and waiting:
                held[slot] = waiting.pop(0)
        steps.append({slot: (name, 1) for slot, name in held.items()})
        for slot, (name, _) in steps[-1].items():
            left[name] -= 1
            if left[name] == 0:
                del held[slot]
    return steps


batches = [{"a": 2, "b": 8}, {"c": 3, "d": 2}, {"e": 5}]
runs = {"static batches": [step for batch in batches for step in written(batch, 2)]}
runs["continuous batching"] = written(batches[0] | batches[1] | batches[2], 2)
print({name: len(steps) for name, steps in runs.items()})
reveal("continuous_steps", len(runs["continuous batching"]))

# %% tags=["hide-input"]
show(
    figures.chart(runs, 2),
    alt="Two charts of two slots over steps. In static batches a's slot stands empty from step 3 to 8, and the last text begins in step "
    "12, alone: 16 steps. In continuous batching c follows a at once, then d, then e: 12 steps.",
)

# %% [markdown]
# Above, *a* has ended after two steps, and its slot stands empty for six. Below, *c* moves in at once: **[continuous batching](../book/glossary.md#continuous-batching)**. The gain comes from different lengths; if all were equally long and there from the start, there would be none.
#
# ## 2. A long prompt
#
# Now *d* comes with a prompt of 24 tokens, while *b* and *c* are being written.

# %%
predict("whole_or_pieces")


# %%
def plain_run(texts, slots, share):
    """texts: name to (step at which it comes, tokens of its prompt, new ones), first come first. share: from the unread
    tokens of each text to how many of them this step reads. Each step: slot to (name, tokens read)."""
    waiting, held, read, steps = list(texts), {}, dict.fromkeys(texts, 0), []
    while waiting or held:
        for slot in range(slots):
            if slot not in held and waiting and texts[waiting[0]][0] <= len(steps):
                held[slot] = waiting.pop(0)
        counts = share([max(1, texts[name][1] - read[name]) for name in held.values()])
        steps.append({slot: (held[slot], n) for slot, n in zip(held, counts, strict=True)})
        for slot, (name, n) in steps[-1].items():
            _, prompt, new = texts[name]
            read[name] += n
            if read[name] == prompt + new - 1:  # the last new token is written, and not read
                del held[slot]
    return steps


def plain_share(unread, most):
    """A text that is being written has one unread token, and goes first; prompts share the other rows."""
    spare = max(0, most - sum(left == 1 for left in unread))
    counts = []
    for left in unread:
        counts.append(1 if left == 1 else min(left, spare))
        spare -= counts[-1] if left > 1 else 0
    return counts


four = {"a": (0, 1, 3), "b": (0, 1, 10), "c": (0, 1, 10), "d": (1, 24, 3)}
runs = {"the prompt whole": plain_run(four, 3, lambda unread: unread)}
runs["at most 8 rows a step"] = plain_run(four, 3, lambda unread: plain_share(unread, 8))
for name, steps in runs.items():
    longest = max(sum(n for _, n in step.values()) for step in steps)
    print(f"{name:22} longest step: {longest} rows")
reveal("whole_or_pieces", "whole")

# %% tags=["hide-input"]
show(
    figures.chart(runs, 3),
    alt="Two charts of three slots. Above, d reads 24 tokens in step 4, in one box. Below it reads 6 in each of the steps 4 to 7, beside "
    "one token each of b and c.",
)

# %% [markdown]
# (A box with a number reads so many tokens.) In steps, *whole* is better for *d*. But the others wait for the long step: their texts halt, with a whole book for thousands of tokens. In pieces, **[chunked prefill](../book/glossary.md#chunked-prefill)**, no step has more than 8 rows, and *d* pays with three steps. Is a large step really longer?

# %%
slow, fast = seconds_of(model, 256), seconds_of(model, 8)  # of the processor, for one pass
claim("256 tokens take more than twice as long as 8.", slow > 2 * fast)

# %% [markdown]
# (The library's rule, `share_out`, gives the same where somebody writes and at least four rows are left.)
#
# Move the sliders: 7 people come, one every so many steps. Each wants 5 tokens; prompts have 4, those of *b* and *f* 24. Below the slots stand those who wait for one; in brackets those who have one, and no row. When do they wait for slots, and when for rows? (With 2 slots mostly for slots, in all 15 steps of waiting; with 4 slots and 4 rows for rows, 20.)


# %%
explore(
    figures.served(plain_run, plain_share),
    slots=widgets.IntSlider(value=3, min=1, max=4),
    most=widgets.SelectionSlider(options=[4, 8, 16, 32], value=8),
    every=widgets.IntSlider(value=2, min=0, max=5),
)

# %% [markdown]
# ## 3. A step is a list of rows
#
# How can one pass of the real model hold the newest token of one text and a piece of another's prompt? As a list. Each row says three things: the **token**, the **slot** whose text it belongs to, and its **position** there.

# %% tags=["hide-input"]
show(
    figures.one_step(),
    alt="Three texts give rows to one step: the newest token of a, slot 0, position 7; the newest of b, slot 1, position 3; and three "
    "tokens of c's prompt, slot 2, positions 0 to 2. All five pass the model together, look at the keys and values of their own slots, "
    "and next tokens for a and b come out.",
)

# %% [markdown]
# Everything in the model but attention looks at one token at a time, and doesn't care whose it is. In attention a mask says who sees what: a row looks at the keys of its own slot, up to its own position.


# %%
def plain_step(rows):
    columns.extend((slot, place) for _, slot, place in rows)  # of the keys, as they come
    sees = [[own == slot and at <= place for own, at in columns] for _, slot, place in rows]
    tokens, _, places = zip(*rows, strict=True)
    where = {"attention_mask": torch.tensor([sees]), "positions": torch.tensor(places)}
    scores = model(torch.tensor([tokens]), cache, **where)
    return scores[0].argmax(-1).tolist()  # for each row the likeliest next token


def rows_of(ids, slot, begin=0):
    return [(token, slot, begin + place) for place, token in enumerate(ids)]


cache, columns = KVCache(model.config, max_length=128), []
capital = tokenizer.encode("The capital of France is")
village = tokenizer.encode("Once upon a time, in a small village")
answers = plain_step(rows_of(capital, 0) + rows_of(village[:4], 1))
one = [answers[len(capital) - 1]]
answers = plain_step(rows_of(one, 0, len(capital)) + rows_of(village[4:], 1, 4))
one, two = [*one, answers[0]], [answers[-1]]
print(repr(tokenizer.decode(one)), repr(tokenizer.decode(two)))
alone = [list(generate(model, capital, 2)), list(generate(model, village, 1))]
claim("Each as alone.", [one, two] == alone)

# %% [markdown]
# In the second step one text writes while the other still reads.
#
# What goes wrong? A text has ended, and somebody else gets its slot. What was there is still there.


# %%
def asked_in_slot_0(text, new):
    ids = tokenizer.encode(text)
    said = [plain_step(rows_of(ids, 0))[-1]]
    while len(said) < new:
        said += plain_step(rows_of(said[-1:], 0, len(ids) + len(said) - 1))
    return tokenizer.decode(said)


for forgotten in (False, True):
    cache, columns = KVCache(model.config, max_length=64), []
    asked_in_slot_0("My pin is 7351.", 1)
    if forgotten:
        columns[:] = [(None, at) for _, at in columns]  # nobody's: no row sees them any more
    said = asked_in_slot_0("I have to type a number of four digits now. My pin is", 5)
    print("forgotten:  " if forgotten else "still there:", repr(said))

# %% [markdown]
# One person's pin is said to the next. No error was raised, and as long as slots were new, all was right. Whoever gives a slot away must forget what was in it.
#
# ## 4. What has been read already
#
# Sometimes what is still there is just what one wants: many prompts begin alike. The engine looks for the longest common beginning in its slots ([lesson 07](07_generation.ipynb#7.-What-was-read-need-not-be-read-again)), and copies it. (Here `key` is what a person shows to be let in.)

# %%
rules = {"role": "system", "content": "You work in a library. Be brief and polite. " * 4}


def at_desk(question):
    return tokenizer.encode_chat([rules, {"role": "user", "content": question}])


with Engine(model, tokenizer, slots=3, room=512) as engine:
    for key, question in (("ann", "Who wrote Hamlet?"), ("ann", "When?"), ("bob", "When?")):
        handle = engine.submit(Request(at_desk(question), 4), key=key)
        handle.result()
        print(f"{key}: {handle.prompt_length} tokens in the prompt, {handle.reused_tokens} reused")

# %% [markdown]
# For ann's second question only the end is read. Bob asks the very same, and nothing is reused for him: **reuse stays within one person's key**. Otherwise he could find out what others ask, by watching how soon answers come.
#
# ## 5. Over the wire
#
# The client wants the answer word by word. **[Server-sent events](../book/glossary.md#server-sent-events)** (SSE) are the plainest way: the answer is a text that doesn't end yet. An event is a line `data: ...` and an empty line.


# %%
def event(value):
    return f"data: {json.dumps(value)}\n\n".encode()


def chunk(delta, reason=None):
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"object": "chat.completion.chunk", "model": NAME, "choices": [choice]}


said = event(chunk({"content": "Hi."})) + event(chunk({}, "stop")) + b"data: [DONE]\n\n"
print(said.decode())

# %% [markdown]
# Each chunk holds a *delta*, what is new. Two more belong to OpenAI's form: why the text ended, the `finish_reason`, in a chunk of its own behind the last words, and at the very end `[DONE]`.
#
# What arrives is bytes, cut wherever the network likes: in a line, and in a character.

# %%
raw = "data: Café\n\ndata: olé\n\n".encode()
pieces = [raw[:10], raw[10:20], raw[20:]]
print("each decoded by itself:", [piece.decode(errors="replace") for piece in pieces])


def plain_events(pieces):
    waiting = b""
    for piece in pieces:
        *whole, waiting = (waiting + piece).split(b"\n\n")
        yield from (each.decode().removeprefix("data: ") for each in whole)


print("events first:", list(plain_events(pieces)))

# %% [markdown]
# As with [half a character](07_generation.ipynb#Never-half-a-character): what isn't complete waits. Cut at empty lines first, and decode whole events: in UTF-8 a line break is never part of another character's bytes.
#
# ## 6. A server of a few lines, errors first
#
# A request as it goes over the network, in HTTP, and its answer:
#
# ```
# POST /v1/chat/completions HTTP/1.1                HTTP/1.1 200 OK
# Authorization: Bearer a-key-of-ours               Content-Type: text/event-stream
# Content-Length: 72
#                                                   data: {"choices": ...}
# {"messages": [{"role": "user", ...
# ```
#
# The first line names an **[endpoint](../book/glossary.md#endpoint)**, an address that a server answers at; all of them are its **[API](../book/glossary.md#api)**, here OpenAI's. Then come the lines of the head, an empty line, and the body. The answer begins with a status: 200 is *all right*. What else will come in? A wrong key (401). A body of a billion bytes (413, too large). Half of the JSON, no field `messages`, a prompt that is too long (400, a wrong request). One more than there is room for (429, *not now*). A client that goes away in the middle.
#
# `QuietHandler` is Python's own handler of requests (*rfile* is what comes in, *wfile* what goes out) with two methods of ours: `begin` for the head of an answer, `refuse` for an error. With `queue=0` nobody may wait: where all slots are taken, `submit` raises EngineFull.


# %%
KEY, MOST_BYTES = "a-key-of-ours", 10_000
engine = Engine(model, tokenizer, slots=2, room=512, queue=0)


def plain_request(body):
    asked = json.loads(body)
    messages = [{"role": str(m["role"]), "content": str(m["content"])} for m in asked["messages"]]
    return Request(tokenizer.encode_chat(messages), min(asked["max_tokens"], 400))


class Plain(QuietHandler):
    def do_POST(self):
        try:
            length = int(self.headers["Content-Length"])
            if not 0 <= length <= MOST_BYTES:
                return self.refuse(413)
            body = self.rfile.read(length)
            if self.headers["Authorization"] != f"Bearer {KEY}":
                return self.refuse(401)
            self.answer(engine.submit(plain_request(body)))
        except EngineFull:
            self.refuse(429)
        except (ValueError, KeyError, TypeError, RecursionError):
            self.refuse(400)
        except (ConnectionError, TimeoutError):  # it has gone, or sent no byte for ten seconds
            pass

    def answer(self, handle):
        with handle:  # whatever ends this block, the text is cancelled
            self.begin(200, "text/event-stream")
            for token in handle:  # as the engine writes them
                self.wfile.write(event(chunk({"content": token.text})))
                if token.finish_reason:
                    self.wfile.write(event(chunk({}, token.finish_reason)))
            self.wfile.write(b"data: [DONE]\n\n")


ours = ThreadingHTTPServer(("127.0.0.1", 0), Plain)  # this machine; 0: any free port
threading.Thread(target=ours.serve_forever, daemon=True).start()

# %% [markdown]
# Beside it we start the library's server, and ask both the same: `chat` makes a body, `send` sends it, `tried` gives the status of its answer, and `text_of` the text.

# %%
app = App([KEY])
app.served = Served(model, tokenizer, NAME, slots=2, room=512, queue=0)
theirs = Running(app)
servers = {"ours": (ours.server_port, engine), "the library's": (theirs.port, app.served.engine)}
colour = chat(NAME, "Name a colour.", 8)
cases = {
    "a wrong key": (colour, "guess", {}),
    "a billion bytes announced": ("", KEY, {"Content_Length": "1000000000"}),
    "half of the JSON": (json.dumps(colour)[:40], KEY, {}),
    "a field is missing": ({"model": NAME, "max_tokens": 8}, KEY, {}),
    "600 words": (chat(NAME, "word " * 600, 8), KEY, {}),
    "nothing wrong": (colour, KEY, {}),
}
for name, (body, key, headers) in cases.items():
    found = [tried(port, body, key, **headers) for port, _ in servers.values()]
    print(f"{name:26}", *found)
    claim("Both say the same.", len(set(found)) == 1)

# %% [markdown]
# Now one more than there is room for: both slots write a long story, and a third client is refused at once. Then the two go away, without goodbye: a connection is just closed.

# %%
story = chat(NAME, "Write a long story about a village by the sea.", 400)
for name, (port, each) in servers.items():
    running = [send(port, story, KEY) for _ in range(2)]
    third = tried(port, colour, KEY)
    for answer in running:
        answer.close()
    # each=each: the engine of this turn, even if the lambda were called in a later one
    wait_until(lambda each=each: each.counters().ended["cancelled"] == 2)
    print(f"{name}: the third {third}; then {each.counters().running} running, 2 cancelled")
said = {text_of(send(port, colour, KEY)) for port, _ in servers.values()}
alone = tokenizer.decode(generate(model, laid_out("Name a colour."), 8))
claim("And the next is answered, as it is alone.", said == {alone})

# %% [markdown]
# A server that doesn't notice would write for nobody. Ours notices when it can't send any more.
#
# The official client needs one argument more than for OpenAI, the address (tested with both servers):
#
# ```python
# client = openai.OpenAI(base_url="http://127.0.0.1:8000/v1", api_key="a-key-of-ours")
# client.chat.completions.create(model="smollm2-135m-instruct", messages=[...], stream=True)
# ```
#
# The library's starts with `python -m lessons_lib.apps.server smollm2-135m-instruct --bits 8`, and has a page to chat with.
#
# ## 7. Limits, and what a server tells
#
# **A limit for each.** One program with a fault can ask a thousand times in a second. A **[rate limit](../book/glossary.md#rate-limit)** stops it, and nobody with another key: each key has a bucket that fills steadily, and each request takes one out (a *token bucket*, not of our tokens). With 2 a minute, two may come at once; a third gets 429 until one has come in, half a minute later. The library also says how long, in the head of its answer: `Retry-After: 30`.
#
# **Health and log.** A **[health check](../book/glossary.md#health-check)** says whether the model is loaded and its thread alive, not just that the process runs. The **[log](../book/glossary.md#log)** has a line for each request. What may stand in it? We send a secret, and look.

# %%
print(get(theirs.port, "/health"))
before = len(theirs.log)
secret = chat(NAME, "My password is swordfish. Keep it.", 8)
tried(theirs.port, secret | {"temperature": "swordfish"}, KEY)  # a request that is wrong
text_of(send(theirs.port, secret, KEY))
wait_until(lambda: len(theirs.log) > before + 1)
line = json.loads(theirs.log[-1])
print(list(line), line["status"], line["prompt_tokens"], line["new_tokens"])
found = [word for word in ("swordfish", KEY) for each in theirs.log if word in each]
claim("No line has the secret or the key.", found == [])

# %% [markdown]
# Lengths, times, and in place of the key a fingerprint of it. No prompt, no answer, and not even the words of an error, which may quote them: many people read logs, for years.
#
# **Draining.** A server that is told to stop, mostly by the signal SIGTERM, takes nothing more (503, *not here any more*), finishes what it has begun, and ends. `close` waits for that, so here it has a thread of its own.

# %%
running = send(theirs.port, chat(NAME, "What do bees make?", 40), KEY)
app.stopping = True
closing = threading.Thread(target=app.served.engine.close)
closing.start()
print("a new request:", tried(theirs.port, colour, KEY), " health:", get(theirs.port, "/health"))
whole = text_of(running)
closing.join()
alone = tokenizer.decode(generate(model, laid_out("What do bees make?"), 40))
claim("The one that ran is whole.", whole == alone)

# %% tags=["hide-input"]
theirs.stop()
ours.shutdown()
closed = engine.close(drain=False)

# %% [markdown]
# **In [production](../book/glossary.md#production)** the program runs alone, for people whom you don't know, behind keys and encryption (HTTPS), and another program restarts it ([lesson 18](18_deployment.ipynb#2.-The-same-program-everywhere)).
#
# ## 8. How many are too many?
#
# The engine with 8 slots and weights of 8 bits. Clients ask for 32 tokens behind prompts of 48, each for the next text as soon as it has one. (Recorded by `python -m benchmarks.load`, the best of three rounds: seconds in which the engine has worked, on one core, without the network.)

# %%
predict("four_times_the_clients")

# %%
speeds, first = recorded.speeds(), recorded.first()
for clients, (half, _) in first.items():
    print(
        f"{clients:2} clients: {speeds[clients]:.0f} tokens a second; half wait up to {half:5.2f} s"
    )
gain, more = speeds[8] / speeds[1], speeds[32] / speeds[8]
print(f"8 clients get {gain:.1f} times as many tokens as one, 32 get {more:.2f} times as many as 8")
print(f"half wait {first[32][0] / first[8][0]:.0f} times as long with 32 as with 8;", end=" ")
print(f"{speeds[32] / recorded.NEW:.1f} texts end in a second")
claim("Four times the clients get about as many tokens.", 0.9 < more < 1.1)
claim("Four get nearly as many as eight.", speeds[4] > 0.9 * speeds[8])
reveal("four_times_the_clients", "about as many")

# %% tags=["hide-input"]
show(
    figures.load(speeds, first, 8),
    alt=f"Left: tokens a second rise from {speeds[1]:.0f} with one client to {speeds[8]:.0f} with 8, and are {speeds[32]:.0f} with 32. "
    f"Right: half wait up to {first[8][0]:.2f} s for the first token with 8 clients, and {first[32][0]:.2f} s with 32.",
)

# %% [markdown]
# (On the axes below the curves each mark is twice the one before it.) Left: **[throughput](../book/glossary.md#throughput)**, what the server does for all. Eight clients get 1.7 times as many tokens as one, not 8 times, and four get nearly as many. (Our guess: one core's arithmetic is soon used up, and nobody shares the reading of prompts.) Right: **[latency](../book/glossary.md#latency)**, how long one waits, here for a first token. It grows fivefold from 1 client to 8, before the slots run out. With 32 clients 24 have no slot, and 2.2 texts end in a second: 24 / 2.2 is about the 11 seconds up to which half wait, fourteen times as long as with 8.
#
# A long queue helps nobody; it only hides that the machine is full. Choose how long people may wait, read from the right how many clients that allows, and refuse the others at once.
#
# ## Exercises
#
# ### {exercise: first_tokens}
#
# Two slots, at most 6 rows a step, by `plain_share` of section 2. All are there from the start: *a* with a prompt of 12 tokens wants 3 new ones, *b* with 2 wants 6, *c* with 6 wants 1, *d* with 4 wants 2. They are let in in this order.

# %% tags=["exercise"]
# a list of four numbers: the step, counted from 1, in which a writes its first token, then b, c and d.
check("first_tokens", ...)

# %% [markdown]
# ### {exercise: my_events}
#
# Other servers' events have more to them than ours of section 5. (The standard has more still: there \\r alone ends a line, too, and a line *data* without a colon is an empty text.)


# %% tags=["exercise"]
def my_events(pieces):
    r"""pieces, a list of bytes as they come in, cut anywhere, to a list as long: for each piece the list of the texts
    of the events that it makes complete. Lines end with \n or \r\n and with nothing else, and an event ends with an
    empty line. A line that begins with data: holds a text, what stands behind the colon without one space, if there
    is one; the texts of several such lines of one event are joined by line breaks (\n). Lines that begin otherwise
    say nothing, and without a line of data there is no event. What was begun and not ended is none. The bytes are
    UTF-8."""
    ...


check("my_events", my_events)

# %% [markdown]
# ### {exercise: my_bucket}
#
# A long answer is more work than ten short ones. So count tokens.


# %% tags=["exercise"]
def my_bucket(asked, most, refill):
    """asked, a list of (second, owner, tokens) in the order of time, most and refill (both above 0), to a list as
    long: 0 for each request that is taken, else the seconds until there would be enough if nothing else were asked,
    and math.inf where there never would be. Each owner has a bucket. It is full, with most tokens, when its owner is
    first seen, gains refill tokens a second, parts of one included, and never holds more than most. A request takes
    its tokens if at least so many are there; otherwise it takes nothing."""
    ...


check("my_bucket", my_bucket)

# %% [markdown]
# ### {exercise: faulty_servers}
#
# Six servers, each with one fault:
#
# 1. All texts halt for a while whenever somebody sends a whole book. Then they go on.
# 2. Two short answers were ready at once; a long one is still being written. Somebody new waits, though slots are free.
# 3. Alone every answer is right. On a busy day some answers speak of what other people asked.
# 4. Ten people asked and closed the window at once. The machine is busy for minutes.
# 5. After each restart the first requests fail, though the program that sends them had asked whether the server is well.
# 6. On a busy day nobody is refused. The answers come after half an hour.
#
# The faults, two of which nobody has: A a prompt is read whole in one step. B batches are static. C what was in a slot isn't forgotten. D requests stand in the log. E the queue has no end. F nobody notices that a client has gone. G the health check says ok as soon as the process runs. H beginnings are reused across keys.

# %% tags=["exercise"]
# a list of six letters: the fault of server 1, of server 2, and so on to server 6.
check("faulty_servers", ...)

# %% [markdown]
# ### {exercise: my_serve}
#
# `plain_run` only counted. Now put tokens in: rows as in section 3, shared by `plain_share`. (A row at position 0 begins a new text: `read` then forgets what was in the slot.) In the end SmolLM2 serves five texts in two slots.


# %% tags=["exercise"]
def my_serve(texts, slots, most, stop, read):
    """texts, a list of (ids, new): a prompt of one token or more, and how many new ones are wanted at most; slots, 1
    or more; most, at least slots; stop, a token; and read. To the list of each text's new tokens, in the order of
    texts. A text ends with its last token that is wanted, or with stop, which is not given out. One that wants none
    has an empty list, and nothing of it is read. read takes the rows of a step, a list of (token, slot, position),
    slots and positions counted from 0, and gives for each row the likeliest next token. Before each step free slots,
    lowest first, go to texts in their order. A step has at most `most` rows: first one for each text with a single
    unread token, then of the others as many tokens as there are rows left, in the order in which they came. No token
    is read twice, and the last new one not at all."""
    ...


check("my_serve", my_serve)

# %% [markdown]
# ## Say it in your own words

# %%
say("why_in_pieces", "why_refuse", "what_not_to_log")

# %% [markdown]
# ## Quiz

# %%
quiz("17")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A step is a list of rows (token, slot, position). Texts join and leave between any two, and each gets what it would get alone.
# - A prompt is read in pieces, so that nobody's text halts. What a slot held must be forgotten; reuse stays with one person.
# - Write the errors first: too large, wrong, too many, gone.
# - More clients than the machine can serve bring longer waits, and hardly a token more.
#
# **Papers.** [Yu and others 2022](https://www.usenix.org/conference/osdi22/presentation/yu), *Orca* (continuous batching). [Kwon and others 2023](https://arxiv.org/abs/2309.06180), *PagedAttention* (vLLM: memory in pages in place of whole slots). [Agrawal and others 2024](https://arxiv.org/abs/2403.02310), *Sarathi-Serve* (prompts in pieces).
#
# **Next:** [lesson 18](18_deployment.ipynb) leaves this machine.
