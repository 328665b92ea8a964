# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 15 · Prompting
#
# **How do you ask so that the answer can be used?**
#
# {badge}
#
# | | |
# |---|---|
# | Time to read and try | {times} |
# | Time to run | under a minute on two cores |
# | You need | [a conversation as text](07_generation.ipynb#6.-A-conversation-is-one-long-text); [several texts at once](07_generation.ipynb#4.-Several-texts-at-once); [softmax](01_tokens_and_sampling.ipynb#2.-From-scores-to-chances) and [temperature](01_tokens_and_sampling.ipynb#5.-Temperature:-how-sure-should-it-be?); [tokens as bytes](02_bpe_tokenizer.ipynb#4.-Bytes:-nothing-is-unknown) |
# | It adds to `lessons_lib` | `generation/constraint/`: texts that can't leave a pattern, a list or a JSON schema |
#
# {route}

# %%
# {setup}

# %%
import json

import ipywidgets as widgets
import numpy as np
import torch

import lessons_lib
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
from lessons_lib.classroom.lessons.lesson14.figures import shares
from lessons_lib.classroom.lessons.lesson15 import figures, ways
from lessons_lib.classroom.lessons.lesson15.can_it_write import SCHEMA, TEXTS
from lessons_lib.classroom.lessons.lesson15.expressions import (
    EMPTY,
    NOTHING,
    byte,
    either,
    star,
    text,
    then,
)
from lessons_lib.evaluation import mcnemar, wilson
from lessons_lib.generation.constraint import choice, json_schema, regex

torch.set_num_threads(1)
use_style()
model, tokenizer = lessons_lib.load("smollm2-135m-instruct")

# %% [markdown]
# ## The finished thing first
#
# What is a sentence about: sports, food, weather or computers? We ask the same model in two ways.

# %%
sentences = [text_ for text_, _ in ways.ALL["four shots"].items[:4]]
for way in (ways.ONE_WORD, ways.BOTH):
    print("asked:", repr(way.template), " allowed:", way.among or "anything")
    for shot in way.shots:
        print("shown:", shot)
    answers = ways.answers(model, tokenizer, way, sentences)
    for sentence, said in zip(sentences, answers, strict=True):
        print(f"{sentence:42} {said!r}")
    print()

# %% [markdown]
# The model is the same, number for number. In the second way it saw four examples, and it *couldn't* write anything but one of the four words. On 48 such sentences:


# %%
def share(name):
    right = ways.right(name)
    low, high = wilson(sum(right), len(right))
    return sum(right), len(right), low, high


for name in ("one word, please", "four shots, constrained"):
    right, n, low, high = share(name)
    print(f"{name:24} {right:2} of {n}: {right / n:.0%}, 95% interval {low:.0%} to {high:.0%}")

# %% [markdown]
# (The interval is Wilson's: the shares that fit with what was seen. An answer counts if its first line is the right word, whatever its capitals, with or without a full stop. Whole evaluations like this one take minutes, so `python -m benchmarks.prompts FOLDER` has made them and the notebook reads what was said.)
#
# Half of this lesson is about asking. The other half is about that *couldn't*.
#
# ## 1. What is asked is a text that goes on
#
# A language model continues a text. A base model knows nothing else: who wants an answer from it writes a text whose natural continuation is the answer, such as `Text: … Topic:`. A chat model has been [tuned on conversations](12_fine_tuning.ipynb#3.-What-is-learned-of-a-conversation). Its text is laid out in turns, each with a **role**: *system* says how to behave, *user* asks, *assistant* answers.

# %%
messages = ways.BOTH.messages(sentences[0])
print(tokenizer.decode(tokenizer.encode_chat(messages)))

# %% [markdown]
# All of it is one row of tokens. (The system turn is this model's own: its template adds it where we write none.) The **[prompt](../book/glossary.md#prompt)** is everything in front of the answer. The examples in it (**[shots](../book/glossary.md#shots)**) are here earlier turns, in which the assistant seems to have answered already. No examples: *zero-shot*. Nothing is learned; the numbers of the model stay.
#
# ## 2. Four ways, and a favourite word

# %%
names = ("one word, please", "four shots", "constrained", "four shots, constrained")
for name in names:
    right, n, low, high = share(name)
    print(f"{name:24} {right:2} of {n}, {low:.0%} to {high:.0%}  {ways.ALL[name].way.template!r}")
shown = ways.recorded()["four shots"]
print("four shots say:", shown[:6])
neat = sum(len(said.split()) < 3 and said == said.lower() for said in shown)
other = sum(said not in ways.BOTH.among for said in shown)
print(f"a word or two, small: {neat} of 48,", "{:.0%} to {:.0%}".format(*wilson(neat, 48)))
print(f"none of the four: {other} of 48,", "{:.0%} to {:.0%}".format(*wilson(other, 48)))

# %% tags=["hide-input"]
show(
    shares({name: ways.right(name) for name in names}),
    alt="Four ways of asking with their intervals: one word please and four shots alone low, constrained without shots in the "
    "middle, four shots with a constraint highest.",
)

# %% [markdown]
# Look at what the shots alone do ([**in-context learning**](../book/glossary.md#in-context-learning): no weight changes). The model now mostly answers in a word or two, in small letters. But most words come from elsewhere: the **format** was taken over, and the labels were not, though each was shown once. The constraint alone gives labels, often wrong ones. The last way is best. It differs from the one before it in two things, the shots and the wording: section 3 takes them apart.
#
# Do shots always help? Take reviews instead, positive or negative, under a constraint.

# %%
predict("review_shots")

# %%
for name in ("reviews: no shots", "reviews: four shots", "reviews: four shots, backwards"):
    right, n, low, high = share(name)
    said = ways.recorded()[name]
    print(f"{name:31} {right} of {n}, {low:.0%} to {high:.0%};", end=" ")
    print("said positive:", said.count("positive"))
shots_said = ways.recorded()["reviews: four shots"]
reveal("review_shots", "nearly always positive")
claim("With shots it says nearly always positive.", shots_said.count("positive") > 40)

# %% [markdown]
# One favourite word became another. Either way the share right is that of a coin, and looks like the share of somebody who tries: half are right, and every answer is a proper label. The constraint makes the failure tidy. **Debug shots by what is said, and not only by what is right**: count the answers. Then change one thing, such as the order of the examples (last line), and count again. Here that mended nothing, and nothing else was tried. Larger models have favourites too: [Zhao and others](https://arxiv.org/abs/2102.09690) found that the choice and order of shots move GPT-3's answers, and took a label's head start away from its score (*calibration*).
#
# **Think step by step?** For large models, to write the working first often helps ([Wei and others](https://arxiv.org/abs/2201.11903)): **[chain of thought](../book/glossary.md#chain-of-thought)**. For ours, on word problems with two steps:

# %%
for name in ("sums: at once", "sums: step by step"):
    right, n, low, high = share(name)
    print(f"{name:19} {right:2} of {n}, {low:.0%} to {high:.0%}")
steps = "sums: step by step"
print(ways.ALL[steps].items[0])
print(ways.recorded()[steps][0])
worked = zip(ways.recorded()[steps], ways.ALL[steps].items, strict=True)
print("workings with the right number somewhere:", sum(gold in said for said, (_, gold) in worked))

# %% [markdown]
# None is right in either way: at this size, on these problems, no gain can be seen. (The last number counts. *At once* the model begins to work all the same, and is cut after 12 tokens, too few to get anywhere; the working is cut after 60, mostly before its end. But the right number stands nowhere in it.) Lesson 13b's small adder gained much by working first, since it *could* do the single steps. Here the first subtraction is wrong already.
#
# **Temperature by task.** Where one answer is right, take the likeliest token; where many are good, draw ([lesson 01](01_tokens_and_sampling.ipynb#13.-A-bore,-a-storyteller,-a-random-number-generator) has settings). Everything in this lesson is greedy.
#
# ## 3. Questions to try on, and questions kept back
#
# Prompts are made by trying. Whoever tries twenty keeps the luckiest, and is surprised later. So cut the questions into two halves: try on one, and ask the other once, at the end.

# %%
for name in ("constrained", "four shots, constrained"):
    print(
        f"{name:24} to try: {share('to try: ' + name)[0]} of 48, kept back: {share(name)[0]} of 48"
    )


def compared(first, second):
    pairs = mcnemar(ways.right(first), ways.right(second))
    counts = f"only the first right: {pairs.only_first:2}, only the second: {pairs.only_second:2}"
    print(f"{first} ({share(first)[0]}) / {second} ({share(second)[0]})")
    print(f"    {counts}, p = {pairs.p:.2g}")
    return pairs.p


shots_with_question = compared("constrained", "question, four shots, constrained")
shots_with_topic = compared("Topic:, constrained", "four shots, constrained")
wording = compared("question, four shots, constrained", "four shots, constrained")
claim(
    "Shots help beyond luck with Topic:. With the question that isn't settled.",
    shots_with_topic < 0.01 and shots_with_question > 0.05,
)
claim("With shots, Topic: does better than the question, beyond luck.", wording < 0.01)

# %% [markdown]
# The first two lines are two prompts that differ in the shots *and* in the wording. What did it? Below them **one thing is changed at a time**, on the kept-back half, to learn why and not to choose. Each time the same sentences are asked in both ways: only those count on which the two differ, and *p* says how often ways of equal skill would differ so much ([lesson 14](14_evaluation.ipynb#6.-Two-on-the-same-questions) has this test). So "shots help" holds for one wording; for the other these 48 can't say.
#
# When is a prompt the wrong tool?
#
# | what is missing | then |
# |---|---|
# | the model can do it, but answers in another form | prompt, shots, a constraint |
# | the same habit in thousands of calls, and examples of it | [fine-tune](12_fine_tuning.ipynb#1.-Ask-before-you-tune) |
# | facts that the model has never read, or that change | put them into the prompt: retrieval, lesson 16 |
# | it can't do it with any prompt that you tried | another model, or code |
#
# ## 4. What may still follow
#
# Now to *couldn't*. We want an answer such as `-4`, `12` or `7 C`, and nothing else. A **regular expression** (pattern) says which texts are allowed: `-?[0-9]+( C)?`, a minus or none, one or more digits, perhaps ` C`. A check afterwards could only reject. We need to know at each step what may come next.
#
# On paper: the model has written `-`. What may still follow? `[0-9]+( C)?`. After `-4`: `[0-9]*( C)?`. After `-4 `: `C`. What may follow is a pattern again. It is called the **[derivative](../book/glossary.md#derivative-of-a-pattern)** of the pattern by the byte that was written ([Brzozowski 1964](https://doi.org/10.1145/321239.321249)).
#
# We write patterns as tuples: `byte` is one byte of some, `then` one after the other, `either` one of several, `star` any number of times. `EMPTY` is the text without bytes, `NOTHING` means that no text is left. (These four functions simplify: `then(EMPTY, a)` is `a`.) Behind the name of its kind a tuple holds its parts: `byte` a set of numbers (97 is *a*), `either` a set of patterns, `then` two, `star` one.

# %%
digit = byte(b"0123456789")
optional_minus, optional_unit = either(text("-"), EMPTY), either(text(" C"), EMPTY)
degrees = then(optional_minus, digit, star(digit), optional_unit)
print(star(text("ab")))

# %% [markdown]
# Four rules. A byte that fits leaves `EMPTY`. Of `either`, all go on. A `star` is what is left of this time, and then the star again. In `then` the first part goes on, **and, where the first part may be empty, the second part too**. Forget the last rule and `-?[0-9]+` accepts no `4`. So one question more: may a pattern be empty (*nullable*)?


# %%
def nullable(expression):
    kind, *parts = expression
    if kind == "then" or kind == "both":  # the second kind is for an exercise
        return nullable(parts[0]) and nullable(parts[1])
    if kind == "either":
        return any(nullable(part) for part in parts[0])
    return kind in ("empty", "star")


def derivative(expression, value):
    kind, *parts = expression
    if kind == "byte":
        return EMPTY if value in parts[0] else NOTHING
    if kind == "either":
        return either(*(derivative(part, value) for part in parts[0]))
    if kind == "star":
        return then(derivative(parts[0], value), expression)
    if kind == "then":
        rest = then(derivative(parts[0], value), parts[1])
        return either(rest, derivative(parts[1], value)) if nullable(parts[0]) else rest
    return NOTHING


def belongs(expression, written):
    for value in written.encode():
        expression = derivative(expression, value)
    return nullable(expression)


tried = ("-4", "12", "7 C", "-", "4-", "7 ", "", "007 C")
print({each: belongs(degrees, each) for each in tried})
library = regex(r"-?[0-9]+( C)?")
claim(
    "The library says the same of each.",
    all(belongs(degrees, each) == library.allows(each) for each in tried),
)

# %% [markdown]
# ## 5. An automaton over bytes
#
# Take all derivatives by all 256 bytes, then theirs, and so on. Equal ones are the same **state**. There are finitely many, since the functions above put equal things together. The table of where each byte leads is an **[automaton](../book/glossary.md#automaton)**.


# %%
def automaton(expression):
    states, rows = [expression], []
    for state in states:  # the list grows as we go
        row = np.full(256, -1)
        for value in range(256):
            rest = derivative(state, value)
            if rest != NOTHING:
                if rest not in states:
                    states.append(rest)
                row[value] = states.index(rest)
        rows.append(row)
    return np.array(rows), [nullable(state) for state in states]


table, final = automaton(degrees)
print("states:", len(table), " may end:", final)

# %% tags=["hide-input"]
show(
    figures.automaton(table, final, [f"state {i}" for i in range(len(table))]),
    alt="Five states. From state 0 a minus leads to one state and a digit to another, where digits stay. From there a space leads on, and "
    "then C. A text may end behind a digit and behind C.",
)

# %% [markdown]
# Read it (hatched: a text may end here): behind a digit more digits may come, or a space, or the end. Behind the space only `C`. Why bytes, and not letters? Because tokens are rows of bytes, and a token may end in the middle of a letter: *é* is two bytes. An automaton over bytes has a state for half an *é*, in which the text may not end.
#
# ## 6. From bytes to tokens
#
# A token is allowed if its bytes, one after the other, lead somewhere. The vocabulary has 49,152 tokens. Let all run side by side, one byte a turn, and drop those that fall off.

# %%
tokens = tokenizer.encoder.tokens  # the bytes of each id, None for special tokens
lengths = np.array([len(token or b"") for token in tokens])
matrix = np.zeros((len(tokens), lengths.max()), np.uint8)
for i, token in enumerate(tokens):
    matrix[i, : lengths[i]] = list(token or b"")
ends = set(model.config.eos_token_id)


def mask(table, final, state):
    allowed = np.zeros(len(tokens), bool)
    alive = np.flatnonzero(lengths)  # special tokens have no bytes here
    states = np.full(len(alive), state)
    for place in range(matrix.shape[1]):
        states = table[states, matrix[alive, place]]
        alive, states = alive[states >= 0], states[states >= 0]
        done = lengths[alive] == place + 1
        allowed[alive[done]] = True
        alive, states = alive[~done], states[~done]
    allowed[list(ends)] = final[state]
    return allowed


# %%
predict("tokens_at_first")

# %%
for state in range(len(table)):
    some = np.flatnonzero(mask(table, final, state))
    print(f"state {state}: {len(some):2} tokens", [tokenizer.decode([int(i)]) for i in some[:13]])
reveal("tokens_at_first", int(mask(table, final, 0).sum()))

# %% [markdown]
# SmolLM2's vocabulary has a token for each digit and none for two, so the list is short. Is it right? The library walks a tree of all tokens instead, and remembers each state. Along some texts, mask against mask:

# %%
library_masks = library.masks(tokenizer, frozenset(ends), len(tokens))
same = []
for written in ("-4 C", "12", "7 C", "-305 C"):
    ours = theirs = 0
    for token_id in [*tokenizer.encode(written), None]:
        same.append(np.array_equal(mask(table, final, ours), library_masks.mask(theirs)))
        if token_id is not None:
            for value in tokens[token_id]:
                ours = table[ours, value]
            theirs = library_masks.after(theirs, token_id)
print("masks that are equal:", sum(same))
claim("All are equal.", all(same))

# %% tags=["hide-input"]
show(
    figures.one_step(),
    alt="The model gives scores. The state gives a mask. Forbidden scores become minus infinity, softmax chooses a token, and its bytes "
    "lead to the next state.",
)

# %% [markdown]
# That is **[constrained decoding](../book/glossary.md#constrained-decoding)** (structured output): mask, choose, go on. Asked for a temperature:

# %%
question = "It is four degrees in Oslo. What is the temperature?"
ids = tokenizer.encode_chat([{"role": "user", "content": question}])
bounded, liked = regex(r"-?[0-9]{1,3}( C)?"), regex(r"-?[0-9]+( degrees)?")
for constraint in (None, library, bounded, liked):
    print(ways.continued(model, tokenizer, [ids], 12, constraint))

# %% [markdown]
# It began with the right digit, and then didn't stop: the end was allowed behind each digit, but another digit was likelier. A bound on what repeats (third line) makes it a tidy lie. With the unit that the model wanted, *degrees* (last line), it is right. One question measures nothing; the advice costs little: **allow the format that the model likes.**
#
# **What goes wrong**, executed. Forbidden scores set to 0 in place of minus infinity:

# %%
with torch.inference_mode():
    scores = model(torch.tensor([ids]))[0, -1]
allowed = torch.from_numpy(mask(table, final, 0))
for shift in (0, -40):
    for name, fill in (("0", 0.0), ("-inf", float("-inf"))):
        chances = (scores + shift).masked_fill(~allowed, fill).softmax(-1)
        print(f"scores {shift:+}, filled with {name:4}: forbidden {chances[~allowed].sum():.1%}")

# %% [markdown]
# All scores may be moved by the same number, and softmax gives the same chances: how high they lie means nothing. With 0 in the mask it does. As this model happens to score, all looks well; 40 lower, nearly every draw is a forbidden token.
#
# And three more. An end token that is *always* allowed ends the text behind `-`. A special token taken for its text: `<|im_end|>` is ten characters of text to a pattern such as `.*`, but the token writes none of them; so special tokens have no bytes here and are never allowed. And a token with half a letter is allowed in the middle, never at the end:

# %%
accent = regex("caf(é|e)")
print("café".encode(), accent.allows("café".encode()[:-1]), accent.allows("café"))

# %% [markdown]
# ## 7. JSON of your own schema
#
# A program that uses an answer wants fields with names. **[JSON Schema](../book/glossary.md#json-schema)** describes them, and `json_schema` turns the description into an expression: a brace, a name in quotes, a colon, a value of the type, a comma. Nothing new is needed. (What nests without end is no regular expression; the library goes to a stated depth.)

# %%
person = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 20},
        "age": {"type": "integer", "minimum": 0, "maximum": 130},
        "city": {"type": "string", "maxLength": 20},
    },
    "required": ["name", "age", "city"],
    "additionalProperties": False,
}
stories = [
    "Ines is 41 years old and lives in Lima.",
    "In Oslo I met Hugo. At 67, nobody had expected that.",
    "Rosa (29) works as a nurse in Cairo.",
    "The kettle is broken.",
]
asked = [
    tokenizer.encode_chat([{"role": "user", "content": f"{s} Give name, age and city as JSON."}])
    for s in stories
]


def parses(said):
    try:
        return isinstance(json.loads(said), dict)
    except ValueError:
        return False


free = ways.continued(model, tokenizer, asked, 48)
bound = ways.continued(model, tokenizer, asked, 60, json_schema(person))
for without, within in zip(free, bound, strict=True):
    print("free:       ", repr(without))
    print("constrained:", within)
print("parse, free:", sum(map(parses, free)), " constrained:", sum(map(parses, bound)), "of 4")
claim("Under the schema all parse.", all(map(parses, bound)))
claim(
    "What parses without it says the same.",
    all(json.loads(a) == json.loads(b) for a, b in zip(free, bound, strict=True) if parses(a)),
)

# %% [markdown]
# Each constrained answer can go straight into a program. Not because the model is careful: there was no other way. (Three free answers are as good, and the same. What the schema adds here is the fourth; the next section looks at it.) One way out remains, and the library closes it: where `max_new_tokens` cuts a text that may not end there, that is an *error*, never half an answer. (JSON Schema by itself lets other names in, and `"additionalProperties": False` keeps them out; what says no type may be of any. Our library writes the fields in the schema's order.)
#
# Now type patterns of your own. The panel shows what may come behind what is written, and the model's chances for it.


# %%
def draw_allowed(pattern, written):
    try:
        masks = regex(pattern).masks(tokenizer, frozenset(ends), len(tokens))
        state = 0
        for token_id in tokenizer.encode(written):
            state = masks.after(state, token_id)
    except ValueError as error:
        return figures.bars([], [], "no such text"), str(error)
    with torch.inference_mode():
        behind = model(torch.tensor([ids + tokenizer.encode(written)]))[0, -1]
    allowed = torch.from_numpy(masks.mask(state).copy())
    unmasked = behind.softmax(-1)[allowed].sum()
    chances = behind.masked_fill(~allowed, float("-inf")).softmax(-1)
    best = chances.topk(min(10, int(allowed.sum())))
    labels = ["(end)" if int(i) in ends else repr(tokenizer.decode([int(i)])) for i in best.indices]
    said = f"{int(allowed.sum()):,} allowed; before the mask they had {unmasked:.2%}; first {labels[0]}"
    return figures.bars(best.values, labels, f"behind {written!r}"), said


explore(
    draw_allowed,
    pattern=widgets.Text(value="(It is )?-?[0-9]+( degrees)?", continuous_update=False),
    written=widgets.Text(value="", continuous_update=False),
)

# %% [markdown]
# Try `written` = `It is`. Then the pattern `[a-z ]+`: how much of the chance had the allowed tokens before the mask?
#
# ## 8. What a grammar doesn't protect
#
# The fourth story above had no person in it. The answer is valid all the same: it has a name, an age, a city. **A valid lie.** The schema asked for a city, so there is one.

# %%
print(stories[3], "->", bound[3])
may_be_null = {n: {**r, "type": [r["type"], "null"]} for n, r in person["properties"].items()}
nullable_person = json_schema(person | {"properties": may_be_null})
print("null allowed:", ways.continued(model, tokenizer, asked[3:], 60, nullable_person)[0])
value = json.loads(bound[3])
print({name: str(value[name]) in stories[3] for name in value})
claim(
    "Age and city stand nowhere in the text.",
    not {str(value["age"]), value["city"]} & set(stories[3].split()),
)

# %% [markdown]
# A schema needs a way to say *nothing*: `"type": ["string", "null"]`. Here our model doesn't take it (second line). What helps is outside of it: code that looks whether each value stands in the text (third line). It catches all three values of this one text. An age of 4 would be found in 41, and nothing that is mixed up is caught.
#
# The second trap is quieter.

# %%
predict("capital")

# %%
capitals = ["Paris", "Rome", "Berlin"]


def chance_of_whole(prompt, answer):
    rest = [*tokenizer.encode(answer), tokenizer.eos_token_id]
    with torch.inference_mode():
        logs = model(torch.tensor([prompt + rest]))[0, len(prompt) - 1 : -1].log_softmax(-1)
    return logs.exp()[range(len(rest)), rest].prod().item()


masked, likeliest = {}, {}
for country in ("France", "Italy", "Germany"):
    question = f"What is the capital of {country}?"
    prompt = tokenizer.encode_chat([{"role": "user", "content": question}])
    masked[country] = ways.continued(model, tokenizer, [prompt], 5, choice(capitals))[0]
    wholes = {city: chance_of_whole(prompt, city) for city in capitals}
    likeliest[country] = max(wholes, key=wholes.get)
    print(question, "free:", ways.continued(model, tokenizer, [prompt], 8)[0])
    print("   masked:", masked[country], " wholes:", {c: f"{p:.1e}" for c, p in wholes.items()})
france = tokenizer.encode_chat([{"role": "user", "content": "What is the capital of France?"}])
with torch.inference_mode():
    first = model(torch.tensor([france]))[0, -1].softmax(-1)
allowed = choice(capitals).masks(tokenizer, frozenset(ends), len(tokens)).mask(0)
best = (first * torch.from_numpy(allowed.copy())).topk(4)
print({tokenizer.decode([int(i)]): f"{p:.4f}" for p, i in zip(*best, strict=True)})
behind = ways.continued(model, tokenizer, [france + tokenizer.encode("B")], 6)[0]
print("behind B it goes on:", behind)
claim("The mask says Berlin each time.", set(masked.values()) == {"Berlin"})
claim("Wholes say Paris, Rome, Paris.", list(likeliest.values()) == ["Paris", "Rome", "Paris"])

# %% tags=["hide-input"]
reveal("capital", masked["France"])

# %% [markdown]
# Free, it knows the answer for France. Under the constraint it says another. The mask looks one token ahead, and at the first place the best allowed token is *B* alone, ahead of *Paris*. Left alone behind it, the model goes on to *Bien sûr*. The mask can't see where a token was going, and counts it for Berlin. **A mask can force the model onto a path that it would never have taken.**
#
# What else? Multiply the chances of *whole* answers, each in the tokens that the tokenizer gives it and with its end, and take the largest (*wholes*). That mends France and Italy, and spoils Germany, where the mask was right, as it says Berlin each time: Paris is a favourite too. Three capitals don't say which way is better, and [lesson 14](14_evaluation.ipynb#3.-Long-choices-are-at-a-disadvantage) found no way of adding up that always is. Or ask so that the free answer already begins like the allowed ones.
#
# ## 9. Text that gives orders
#
# Our topic prompt will meet texts of strangers. Some say what to answer: **[prompt injection](../book/glossary.md#prompt-injection)**. Three forms, on 32 sentences, under the constraint with four shots. Before them two controls: one only names the wrong word, one forbids it.

# %%
untouched = ways.right("four shots, constrained")[:32]
obeyed = {}
print("without attack:", sum(untouched), "of 32 right")
for name, form in ways.ATTACKS.items():
    said = ways.recorded()[f"attack: {name}"]
    golds = [gold for _, gold in ways.ALL[f"attack: {name}"].items]
    wanted = [ways.target(i, gold) for i, gold in enumerate(golds)]
    obeyed[name] = [s == w for s, w in zip(said, wanted, strict=True)]
    as_wanted = sum(obeyed[name])
    right = sum(s == gold for s, gold in zip(said, golds, strict=True))
    low, high = wilson(as_wanted, 32)
    print(
        f"{name:18} that word: {as_wanted:2} of 32 ({low:.0%} to {high:.0%}), right: {right}",
        repr(form),
    )
print("told not to / asked to:", mcnemar(obeyed["told not to"], obeyed["asked to"]))

# %% [markdown]
# The constraint held each time: one of four words came out. Which one, a stranger chose. Is this obedience? The controls speak against it: to name the word does most of it, and so does to forbid it; whether an order adds anything, 32 sentences don't settle (last line). (A guess: it says the label that it read last.) Our words and theirs stand in *one* user turn, and no mark in it says where theirs begin. (Special tokens in a text stay text, as [lesson 02b](02b_real_tokenizers.ipynb#6.-Text-as-it-comes,-and-text-that-lies) showed; that closes one door of many.) Larger models are fooled too ([Greshake and others](https://arxiv.org/abs/2302.12173)).
#
# So safety must stand **outside the model**, in [**guardrails**](../book/glossary.md#guardrail): code that checks values against the text, a list of actions that are allowed at all, a person who confirms what can't be undone. A constraint is such code, for the form. For the content you need another.
#
# ## Exercises
#
# ### {exercise: my_chances}
#
# What section 6 got wrong, right.


# %% tags=["exercise"]
def my_chances(scores, allowed, temperature):
    """scores [V], allowed [V], True where a token may come, and a temperature above 0 to the chances [V]: those of
    forbidden tokens are 0, and the others add up to 1. At least one token is allowed."""
    ...


check("my_chances", my_chances)

# %% [markdown]
# ### {exercise: my_derivative}
#
# A new kind, `("both", a, b)`: texts that belong to a *and* to b, such as words that begin with b and end with a.


# %% tags=["exercise"]
def my_derivative(expression, value):
    """an expression of the kinds "nothing", "empty", "byte", "then", "either", "star" and "both", and a byte (0 to 255),
    to the derivative, an expression. ("both", a, b) holds the texts that belong to a and to b; nullable knows it
    already."""
    ...


check("my_derivative", my_derivative)

# %%
print(json.dumps(SCHEMA))
for number, each in enumerate(TEXTS, start=1):
    print(f"text {number}: {each}")

# %% [markdown]
# ### {exercise: can_it_write}
#
# Under this schema, by `json_schema`.

# %% tags=["exercise"]
# a list of six truth values: can the model, under this schema, write text 1, text 2, and so on to text 6?
check("can_it_write", ...)

# %% [markdown]
# ### {exercise: my_constrained}
#
# All of it: derivative, mask, choice. Your generator drives SmolLM2.


# %% tags=["exercise"]
def my_constrained(next_scores, tokens, ends, expression, most):
    """next_scores(ids), which gives the scores [V] of what follows the prompt and ids; tokens, the bytes of each id, None
    for special ones; ends, the set of ids that end a text; an expression; and most, to the list of ids, without the end,
    that greedy choice makes: each time the best token that the expression allows. An end token is allowed where the text
    may be over. Behind the last of most ids the scores are asked for once more: an end must be the best there, or the
    result is None."""
    ...


check("my_constrained", my_constrained)

# %% [markdown]
# ## Say it in your own words

# %%
say("why_two_halves", "what_a_state_is", "outside_the_model")

# %% [markdown]
# ## Quiz

# %%
quiz("15")

# %%
progress()

# %% [markdown]
# ## What to take with you
#
# - A prompt is a text that goes on. Shots show format; count what is said, for they can ruin an answer.
# - Try on one half of the questions, judge on the other, give an interval.
# - What may follow a byte is a pattern again. These patterns are states, and a token is allowed if its bytes lead on.
# - Forbidden scores become minus infinity; the end is allowed where the state may be empty.
# - A grammar promises a form: no truth, no likely answer, no safety.
#
# **Papers.** [Brzozowski 1964](https://doi.org/10.1145/321239.321249), *Derivatives of Regular Expressions*. [Willard and Louf 2023](https://arxiv.org/abs/2307.09702), *Efficient Guided Generation for Large Language Models*. [Zhao and others 2021](https://arxiv.org/abs/2102.09690), *Calibrate Before Use*. [Greshake and others 2023](https://arxiv.org/abs/2302.12173), on injection.
#
# **Next:** lesson 16 gives the model facts that it was never taught.
