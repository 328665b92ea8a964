"""Lesson 17: the solutions against programs that nobody here wrote, its server before the official client, mistakes in
other words."""

import json
import math
import re
import threading
from collections import deque
from http.server import ThreadingHTTPServer
from itertools import chain
from pathlib import Path

import numpy as np
import openai
import pytest
import torch
from classroom.styles import accept, enough, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from openai._streaming import SSEDecoder

from lessons_lib.apps.server.limits import Rate
from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson17
from lessons_lib.classroom.lessons.lesson17 import figures, recorded
from lessons_lib.classroom.lessons.lesson17 import my_serve as serving
from lessons_lib.classroom.lessons.lesson17.first_tokens import my_first_tokens
from lessons_lib.classroom.lessons.lesson17.my_bucket import my_bucket
from lessons_lib.classroom.lessons.lesson17.my_events import my_events
from lessons_lib.classroom.lessons.lesson17.my_serve import my_serve
from lessons_lib.classroom.lessons.lesson17.running import QuietHandler
from lessons_lib.classroom.lessons.lesson17.step import Step
from lessons_lib.classroom.real_model import real_model
from lessons_lib.generation import Engine, EngineFull, Request, generate
from lessons_lib.generation.engine.schedule import share_out

ROOT = Path(__file__).resolve().parents[3]
EXERCISES = {exercise.id: exercise for exercise in lesson17.EXERCISES}
bounded = settings(derandomize=True, max_examples=examples(60), deadline=None)


def of_the_lesson(*names, **given):
    """Functions and classes as the lesson's cells define them."""
    source = (ROOT / "notebooks/src/17_serving.py").read_text("utf-8")
    for name in names:
        exec(re.search(rf"(?ms)^(?:def|class) {name}\b.*?(?=^\S)", source)[0], given)
    return [given[name] for name in names]


# What is stored


def test_what_is_recorded_is_of_todays_setting():
    stored = json.loads(recorded.STORED.read_text("utf-8"))
    assert stored["run"] == recorded.mark(), f"run {stored['command']}"
    assert tuple(recorded.rounds()) == recorded.CLIENTS
    for clients, rounds in recorded.rounds().items():
        texts = max(recorded.LEAST, recorded.TEXTS * clients)
        assert len(rounds) == recorded.ROUNDS
        assert all(len(each["first"]) == texts and each["tokens"] == texts * recorded.NEW for each in rounds)


# The exercises against other programs


@given(
    st.lists(st.sampled_from(["data: a", "data:", "data:  é", ": hm", "event: x", "", "", "🌍"]), max_size=12),
    st.data(),
)
@bounded
def test_events_are_those_of_the_official_client(lines, data):
    raw = "".join(line + data.draw(st.sampled_from(["\n", "\r\n"])) for line in lines).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    pieces = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    spoken = re.compile(rb"(?:^|\n)data:")
    blocks = re.split(rb"(?:(?<=\n)|^)\r?\n", raw)[:-1]  # the client also gives events without data
    expected = [
        each.data for block in blocks if spoken.search(block) for each in SSEDecoder().iter_bytes(iter([block + b"\n"]))
    ]
    found = my_events(pieces)
    assert [said for ready in found for said in ready] == expected and len(found) == len(pieces)


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from("ab")), max_size=12), st.integers(1, 4))
@bounded
def test_a_bucket_of_requests_is_the_librarys(asked, most):
    asked, clock = sorted(asked), iter([])
    rate = Rate(most, clock=lambda: next(clock))
    clock = iter([second for second, _ in asked])
    expected = [rate.wait(owner) for _, owner in asked]
    assert my_bucket([(now, owner, 1) for now, owner in asked], most, most / 60) == pytest.approx(expected)


texts_to_serve = st.lists(
    st.tuples(st.lists(st.integers(0, 19), min_size=1, max_size=9), st.integers(0, 5)), max_size=6
)


@given(texts_to_serve, st.integers(1, 4), st.integers(0, 5), st.sampled_from([serving.NEVER, 3, 7]))
@bounded
def test_each_text_is_what_it_is_alone_and_no_token_is_read_in_vain(texts, slots, more, stop):
    found = serving.in_the_model(my_serve, texts, slots, slots + more, stop)
    alone, read = [], 0
    for ids, new in texts:
        said = []
        while len(said) < new:
            [token] = serving.made_up([(0, 0, len(ids) + len(said) - 1)], [[*ids, *said]])
            if token == stop:
                break
            said.append(token)
        alone.append(said)
        read += len(ids) + min(len(said), new - 1) if new else 0
    assert [list(each) for each in found["texts"]] == alone
    steps = [sum(rows) for rows in found["rows of each slot, step by step"]]
    assert sum(steps) == read and max(steps, default=0) <= slots + more


def test_the_schedulers_texts_are_those_of_smollm2_alone():
    model, tokenizer = real_model()
    [case] = EXERCISES["my_serve"].cases[-1:]
    found = serving.in_the_model(my_serve, *case)["texts"]
    assert found == [tokenizer.decode([*generate(model, tokenizer.encode(p), new)]) for p, new in case[0]]


def test_a_step_forgets_what_is_replaced():
    model, tokenizer = real_model()
    step, first, second = Step(model, 64), *map(tokenizer.encode, ("The secret word is banana", "The secret word is"))
    step([(token, 0, at) for at, token in enumerate(first)])
    again = step([(token, 0, at) for at, token in enumerate(second)])
    assert again[-1] == next(iter(generate(model, second, 1)))


def test_the_steps_on_paper_are_those_of_the_lesson():
    plain_run, plain_share = of_the_lesson("plain_run", "plain_share")
    texts = {"a": (0, 12, 3), "b": (0, 2, 6), "c": (0, 6, 1), "d": (0, 4, 2)}
    steps = plain_run(texts, 2, lambda unread: plain_share(unread, 6))
    assert [figures.first_step(steps, name, prompt) for name, (_, prompt, _) in texts.items()] == my_first_tokens()


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 4))
@bounded
def test_both_schedulers_of_the_lesson_agree_where_prompts_have_one_token(lengths, slots):
    written, plain_run = of_the_lesson("written", "plain_run")
    lengths = dict(enumerate(lengths))
    texts = {name: (0, 1, new) for name, new in lengths.items()}
    assert written(lengths, slots) == plain_run(texts, slots, lambda unread: unread)


@given(st.lists(st.sampled_from([1, 2, 5, 40]), max_size=11))
@bounded
def test_the_lesson_shares_as_the_library_does(unread):
    [plain_share] = of_the_lesson("plain_share")
    assert plain_share([1, *unread], 16) == share_out([1, *unread], 16)


def test_the_lessons_prose_has_the_numbers_of_its_figures():
    prose, speeds, first = (
        (ROOT / "notebooks/src/17_serving.py").read_text("utf-8"),
        recorded.speeds(),
        recorded.first(),
    )
    assert f"{speeds[8] / speeds[1]:.1f} times as many tokens as one" in prose
    assert f"{speeds[32] / recorded.NEW:.1f} texts end in a second: 24 / {speeds[32] / recorded.NEW:.1f}" in prose
    assert f"the {first[32][0]:.0f} seconds up to which half wait" in prose
    assert f"{24 / speeds[32] * recorded.NEW:.0f}" == f"{first[32][0]:.0f}"
    assert [round(first[32][0] / first[8][0]), round(first[8][0] / first[1][0])] == [14, 5]  # fourteen, fivefold
    draw = figures.served(*of_the_lesson("plain_run", "plain_share"))
    assert "for a slot: 15 steps" in draw(2, 8, 2)[1] and "for rows: 3." in draw(2, 8, 2)[1]
    assert "for a slot: 5 steps" in draw(4, 4, 2)[1] and "for rows: 20." in draw(4, 4, 2)[1]


# The lesson's server


@pytest.fixture
def plain_server():
    model, tokenizer = real_model()
    with Engine(model, tokenizer, slots=1, room=256, queue=0) as engine:
        given = {"engine": engine, "tokenizer": tokenizer, "Request": Request, "EngineFull": EngineFull, "json": json}
        given |= {"KEY": "right", "MOST_BYTES": 10_000, "NAME": "any", "QuietHandler": QuietHandler}
        *_, plain = of_the_lesson("event", "chunk", "plain_request", "Plain", **given)
        server = ThreadingHTTPServer(("127.0.0.1", 0), plain)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, engine
        server.shutdown()
        server.server_close()


def test_the_lessons_server_talks_to_the_official_client(plain_server):
    port, engine = plain_server
    model, tokenizer = real_model()
    asked = {"model": "any", "messages": [{"role": "user", "content": "Name a colour."}], "stream": True}

    def client(key):
        return openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=key, max_retries=0, timeout=60)

    chunks = [*client("right").chat.completions.create(**asked, max_tokens=6)]
    expected = tokenizer.decode([*generate(model, tokenizer.encode_chat(asked["messages"]), 6)])
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == expected
    assert chunks[-1].choices[0].finish_reason in ("length", "stop") and not chunks[-1].choices[0].delta.content
    with pytest.raises(openai.AuthenticationError):
        client("wrong").chat.completions.create(**asked, max_tokens=6)
    with pytest.raises(openai.BadRequestError):
        client("right").chat.completions.create(**asked, max_tokens=-1)
    with client("right").chat.completions.create(**asked, max_tokens=200) as held:
        next(iter(held))
        with pytest.raises(openai.RateLimitError):
            client("right").chat.completions.create(**asked, max_tokens=6)
    assert engine.counters().refused == 1


# The learner writes the same mistakes differently; the words must be the same.


def events_with_a_list_for_each_piece(pieces, last=False):
    rest, found, data = "", [], []
    for piece in pieces:
        rest, ready, data = rest + piece.decode("latin-1"), [], data if last else []
        while "\n" in rest:
            line, rest = rest.split("\n", 1)
            line = line.removesuffix("\r").encode("latin-1").decode()
            if line.startswith("data:"):
                data = [*([] if last else data), line[5:].removeprefix(" ")]
            elif line == "":
                ready += ["\n".join(data)] * bool(data)
                data = []
        found.append(ready)
    return found


def events_by_prefix(
    pieces,
    ends=rb"\r?\n",
    name=r"data:( ?)(.*)",
    group=2,
    join="\n",
    split=None,
    keep=bool,
    skip=0,
    bare=False,
    change=str,
    blank=lambda line: not line,
    other=lambda data: data,
):
    """Reads everything anew with each piece, and gives what is new."""

    def complete(raw):
        lines = [each.decode() for each in re.split(ends, raw[: raw.rfind(b"\n") + 1])[:-1]]
        lines = [part for line in lines for part in (split(line) or [""] if split else [line])]
        found, data = [], None
        for line in lines:
            if at := re.fullmatch(name, line, re.DOTALL):
                data = [*(data or []), change(at[group])]
            elif blank(line):
                found += [join.join(data)] if data is not None else [""] if bare else []
                data = None
            else:
                data = other(data)
        return found

    raw, out, done = b"", [], 0
    for piece in pieces:
        raw += piece
        found = [each for each in complete(raw) if keep(True) and keep([each])]
        out.append(found[done:])
        done = len(found)
    return tuple(out)


def events_piece_by_piece(pieces, errors):
    text, out = "", []
    for piece in pieces:
        text += piece.decode("utf-8", errors)
        text = text.replace("\r\n", "\n")
        *blocks, text = text.split("\n\n") if "\n\n" in text else ["", text]
        found = [[x[5:].removeprefix(" ") for x in block.split("\n") if x.startswith("data:")] for block in blocks]
        out.append(["\n".join(lines) for lines in found if lines])
    return out


def bucket_by_replay(
    asked,
    most,
    refill,
    alone=True,
    start=None,
    brim=True,
    price=None,
    lose=False,
    never=math.inf,
    full=False,
    fits=lambda wanted, most: wanted <= most,
    part=float,
):
    """Goes through all that the owner asked before, each time anew."""
    waits = []
    for number, (now, owner, tokens) in enumerate(asked):
        before = [each for each in asked[:number] if each[1] == owner or not alone]
        level, since = (most if start is None else start), (before[0][0] if before else now)
        for (then, _, wanted), wait in zip(
            before, [w for w, a in zip(waits, asked, strict=False) if a[1] == owner or not alone], strict=True
        ):
            level = level + (then - since) * refill
            level = min(level, most) if brim else level
            level = part(level - (price or wanted)) if wait == 0 or lose else level
            since = then
        level += (now - since) * refill
        level = min(level, most) if brim else level
        wanted = price or tokens
        waits.append(
            never
            if not fits(wanted, most)
            else 0
            if wanted <= level + 1e-12
            else ((most if full else wanted) - level) / refill
        )
    return np.array(waits, dtype=object).tolist()


class Guest:
    """A text under way."""

    def __init__(self, ids, new, slot):
        self.ids, self.new, self.slot, self.said, self.done = list(ids), new, slot, [], 0

    def left(self):
        return self.ids + self.said, len(self.ids) + len(self.said) - self.done


def serve_by_guests(
    texts,
    slots,
    most,
    stop,
    read,
    static=False,
    piece=None,
    subtract=True,
    first_come=False,
    shift=0,
    keep_stop=False,
    ignore_stop=False,
    too_many=0,
    first_row=False,
    by_slot=False,
    eager=False,
    finished=False,
    with_prompt=False,
    lifo=False,
    only=None,
    empty=True,
    after=False,
    order=lambda inside: inside,
    high=False,
    prompted=False,
    idle=False,
):
    queue = deque(Guest(ids, new, None) for ids, new in texts)
    everybody, inside, gone = list(queue), [], []
    queue = deque(guest for guest in queue if guest.new or not empty or idle)
    free = list(range(slots if only is None else only))
    while queue or inside:
        joining = not static or not inside
        while queue and free and joining:
            guest = queue.pop() if lifo else queue.popleft()
            guest.slot = free.pop(-1 if high else 0)
            inside.append(guest)
        if idle:
            free = sorted(free + [guest.slot for guest in inside if not guest.new])
            inside = [guest for guest in inside if guest.new]
            if not inside:
                continue
        inside = order(inside)
        rows, last, spare = [], [], most
        if subtract and not first_come:
            spare -= sum(guest.left()[1] == 1 for guest in inside)
        readers = [guest for guest in inside if guest.left()[1] > 1]
        for guest in inside:
            ids, left = guest.left()
            take = left if piece == "whole" else min(left, spare)
            if left == 1 and not first_come:
                take = 1
            elif piece == "one":
                take = min(1, take)
            elif piece == "alone" and guest in readers[1:]:
                take = 0
            if left > 1 or first_come:
                spare -= take
            begin = len(rows)
            rows += [(ids[k], guest.slot, max(0, k + shift)) for k in range(guest.done, guest.done + take)]
            guest.done += take
            if take and (take == left or eager):
                last.append((guest, begin if first_row else guest.slot if by_slot else len(rows) - 1))
        tokens = read(rows)
        for guest, row in last:
            ended = tokens[row] == stop and not ignore_stop
            stopped = prompted and stop in guest.ids
            full = after and len(guest.said) == guest.new
            if (not ended or keep_stop) and not full:
                guest.said.append(tokens[row])
            if ended or full or stopped or (not after and len(guest.said) >= guest.new + too_many):
                inside.remove(guest)
                gone.append(guest)
                free = sorted([*free, guest.slot])
    order = gone if finished else everybody
    return [(guest.ids if with_prompt else []) + guest.said for guest in order]


WRONG = [
    ("first_tokens", [1, 2, 5, 6], "number 0"),
    ("first_tokens", [1, 1, 4, 5], "read whole"),
    ("first_tokens", (2, 3, 9, 10), "nobody joins"),
    ("first_tokens", [2, 3, 5, 6], "in the very step"),
    ("first_tokens", [2, 2, 6, 7], ""),
    ("first_tokens", [2, 3, 6, 8], ""),
    ("faulty_servers", "BACFGE", "changed places"),
    ("faulty_servers", list("ABHFGE"), "tells by its speed"),
    ("faulty_servers", "a b c e g e", "wants nothing any more"),
    ("faulty_servers", list("ABCFGF"), "are still there"),
    ("faulty_servers", list("ABDFGE"), "A model doesn't"),
    ("faulty_servers", list("ABCFG"), ""),
    ("my_events", lambda p: events_piece_by_piece(p, "replace"), "each piece is decoded by itself"),
    ("my_events", lambda p: events_piece_by_piece(p, "ignore"), "dropped, so a character"),
    ("my_events", lambda p: events_by_prefix(p, ends=rb"\n"), r"lines end with \n alone"),
    ("my_events", lambda p: events_by_prefix(p, change=str.strip), "all white space"),
    ("my_events", lambda p: events_by_prefix(p, change=str.lstrip), "all spaces behind"),
    ("my_events", lambda p: events_by_prefix(p, name=r"data:(.*)", group=1), "space behind the colon stays"),
    ("my_events", lambda p: events_by_prefix(p, name=r"data: (.*)", group=1), "must begin with"),
    ("my_events", lambda p: events_by_prefix(p, join=""), "without a line break"),
    ("my_events", lambda p: events_by_prefix(p, join=" "), "joined by spaces"),
    ("my_events", lambda p: events_by_prefix(p, bare=True), "each empty line makes"),
    ("my_events", lambda p: events_by_prefix(p, split=str.splitlines), "splitlines"),
    ("my_events", lambda p: events_by_prefix(p, keep=lambda said: said not in ([""],)), "empty text is dropped"),
    ("my_events", lambda p: events_by_prefix(p, keep=lambda said: said not in (["[DONE]"],)), "[DONE] is dropped"),
    ("my_events", lambda p: [*chain(*events_by_prefix(p))], "in one list"),
    ("my_events", lambda p: [[]] * (len(p) - 1) + [[*chain(*events_by_prefix(p))]] if p else [], "with the last piece"),
    ("my_events", lambda p: events_by_prefix(p, name=r"data:( ?)(.*?)(?:data:.*)?"), "ends where it says data:"),
    ("my_events", lambda p: events_by_prefix(p, change=lambda s: s.replace("data:", "")), ""),
    ("my_events", lambda p: events_by_prefix(p, name=r"[dat:]*( ?)(.+)"), ""),
    ("my_events", lambda p: events_by_prefix(p, name=r"data.?( ?)(.*)"), "*database: x*"),
    ("my_events", lambda p: events_by_prefix(p, name=r"(?:.*?)data:( ?)(.*)"), "anywhere in a line"),
    ("my_events", lambda p: events_by_prefix(p, name=r"(?i:data):( ?)(.*)"), ""),
    ("my_events", lambda p: events_by_prefix(p, name=r"data:?( ?)(.*)"), ""),
    ("my_events", lambda p: events_by_prefix(p, name=r" *data:( ?)(.*)"), "in front of data:"),
    ("my_events", lambda p: events_by_prefix(p, ends=rb"\r*\n"), r"more than one \r"),
    ("my_events", lambda p: events_by_prefix(p, blank=lambda line: not line.strip()), "line of spaces"),
    ("my_events", lambda p: events_by_prefix(p, other=lambda data: None), "undoes the data"),
    ("my_events", lambda p: events_with_a_list_for_each_piece(p), "begins anew with each piece"),
    ("my_events", lambda p: events_with_a_list_for_each_piece(p, last=True), "the last alone counts"),
    ("my_events", lambda p: events_by_prefix([piece.removesuffix(b"\r") for piece in p]), ""),
    ("my_events", lambda p: events_by_prefix(p, name=r"(?:data|event|id):( ?)(.*)"), ""),
    ("my_events", lambda p: events_by_prefix(p)[:-1], ""),
    ("my_events", lambda p: [events[0] if events else "" for events in events_by_prefix(p)], ""),
    ("my_events", lambda p: [len(events) for events in events_by_prefix(p)], ""),
    ("my_events", lambda p: events_by_prefix(p, change=str.lower), ""),
    ("my_bucket", lambda *a: bucket_by_replay(*a, alone=False), "all share one bucket"),
    ("my_bucket", lambda *a: bucket_by_replay(*a, start=0), "starts empty"),
    ("my_bucket", lambda *a: bucket_by_replay(*a, brim=False), "no brim"),
    ("my_bucket", lambda *a: bucket_by_replay(*a, price=1), "each request takes one"),
    ("my_bucket", lambda *a: bucket_by_replay(*a, lose=True), "takes tokens too"),
    ("my_bucket", lambda *a: bucket_by_replay(*a, never=None), "None stands for never"),
    ("my_bucket", lambda *a: bucket_by_replay(*a, full=True), "until the bucket is full"),
    ("my_bucket", lambda *a: [w == 0 for w in bucket_by_replay(*a)], "whether a request is taken"),
    ("my_bucket", lambda *a: bucket_by_replay(*a, part=int), "lost when a request takes"),
    ("my_bucket", lambda *a: bucket_by_replay(*a, fits=lambda n, most: n < most), "exactly most"),
    ("my_bucket", lambda a, m, r: bucket_by_replay(a, m, 1 / r), ""),
    ("my_bucket", lambda a, m, r: bucket_by_replay(a, m, 1), ""),
    ("my_bucket", lambda a, m, r: bucket_by_replay(a, 10, r), ""),
    ("my_bucket", lambda *a: [-w for w in bucket_by_replay(*a)], ""),
    ("my_bucket", lambda *a: [math.ceil(w) if w < math.inf else w for w in bucket_by_replay(*a)], "rounded up"),
    ("my_bucket", lambda *a: bucket_by_replay(*a, never=0), ""),
    ("my_bucket", lambda *a: [w for w in bucket_by_replay(*a) if w], ""),
    ("my_serve", lambda *a: serve_by_guests(*a, static=True), "nobody joins"),
    ("my_serve", lambda *a: serve_by_guests(*a, only=1), "one is served after the other"),
    ("my_serve", lambda *a: serve_by_guests(*a, piece="whole"), "read whole in one step"),
    ("my_serve", lambda *a: serve_by_guests(*a, piece="one"), "read a token at a time"),
    ("my_serve", lambda *a: serve_by_guests(*a, piece="alone"), "only one prompt is read"),
    ("my_serve", lambda *a: serve_by_guests(*a, subtract=False), "beside those of the texts"),
    ("my_serve", lambda *a: serve_by_guests(*a, first_come=True), "in the order of coming alone"),
    (
        "my_serve",
        lambda *a: serve_by_guests(*a, order=lambda g: sorted(g, key=lambda x: x.slot)),
        "order of their slots",
    ),
    ("my_serve", lambda *a: serve_by_guests(*a, high=True), "highest free slot"),
    ("my_serve", lambda *a: serve_by_guests(*a, prompted=True), "in the prompt, too"),
    ("my_serve", lambda *a: serve_by_guests(*a, idle=True), ""),
    ("my_serve", lambda t, *a: serve_by_guests([t.pop(0) for _ in [*t]], *a), "work on a copy"),
    (
        "my_serve",
        lambda t, *a: [ids.append(0) or new for (ids, _), new in zip(t, serve_by_guests(t, *a), strict=True)],
        "work on a copy",
    ),
    ("my_serve", lambda *a: serve_by_guests(*a, shift=-1), "one too low"),
    ("my_serve", lambda *a: serve_by_guests(*a, keep_stop=True), "stop token is given out"),
    ("my_serve", lambda *a: serve_by_guests(*a, ignore_stop=True), "nobody looks for the stop token"),
    ("my_serve", lambda *a: serve_by_guests(*a, too_many=1), "one token too late"),
    ("my_serve", lambda *a: serve_by_guests(*a, too_many=-1), "one token too early"),
    ("my_serve", lambda *a: serve_by_guests(*a, empty=False), "wants no token"),
    ("my_serve", lambda *a: serve_by_guests(*a, after=True), "before it leaves"),
    ("my_serve", lambda *a: serve_by_guests(*a, first_row=True), "first of its rows"),
    ("my_serve", lambda *a: serve_by_guests(*a, by_slot=True), "number of the slot"),
    ("my_serve", lambda *a: serve_by_guests(*a, eager=True), "each piece of a prompt"),
    ("my_serve", lambda *a: serve_by_guests(*a, finished=True), "in which the texts ended"),
    ("my_serve", lambda *a: serve_by_guests(*a, with_prompt=True), "begins with its prompt"),
    ("my_serve", lambda *a: serve_by_guests(*a, lifo=True), "came last is let in first"),
    ("my_serve", lambda *a: [new for new in serve_by_guests(*a) if new], "are left out"),
    ("my_serve", lambda *a: serve_by_guests(*a, shift=1), "none may be left out"),
    ("my_serve", lambda t, s, m, e, r: serve_by_guests(t, s + 1, m, e, r), "slots are numbered from 0"),
    ("my_serve", lambda t, s, m, e, r: serve_by_guests(t, s, m + 1, e, r), ""),
    ("my_serve", lambda t, s, m, e, r: [[r([(i, 0, k) for k, i in enumerate(ids)])[-1]] for ids, _ in t], ""),
    ("my_serve", lambda t, s, m, e, r: [[0] * new for _, new in t], ""),
    ("my_serve", lambda t, s, m, e, r: r([(1, 0)]), "three whole numbers"),
]


@pytest.mark.parametrize(("name", "answer", "words"), WRONG)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


def test_twelve_wrong_answers_for_each_function():
    enough(EXERCISES, WRONG)


RIGHT = {
    "first_tokens": lambda: torch.tensor([2, 3, 6, 7]),
    "my_events": events_by_prefix,
    "my_bucket": bucket_by_replay,
    "faulty_servers": lambda: "a, b, c, f, g, e",
    "my_serve": serve_by_guests,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def test_numbers_may_stand_in_a_text():
    assert feedback(EXERCISES["first_tokens"], "2, 3, 6, 7").startswith("✓")


def test_where_infinity_is_asked_for_it_is_no_accident():
    report = feedback(EXERCISES["my_bucket"], lambda asked, *_: [math.inf] * len(asked))
    assert report.startswith("✗") and "too large for a float" not in report
