"""Lesson 18: what it quotes and records, the queues against Erlang's formula, the solutions against plainer programs,
mistakes in other words."""

import ast
import json
import math
import random
import re
from collections import defaultdict
from pathlib import Path
from statistics import mean

import numpy as np
import pytest
import torch
from classroom.styles import accept
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib import ModelConfig
from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson18
from lessons_lib.classroom.lessons.lesson18 import cold
from lessons_lib.classroom.lessons.lesson18.my_bill import my_bill
from lessons_lib.classroom.lessons.lesson18.my_planner import my_planner
from lessons_lib.config.costs import kv_cache_bytes, weight_bytes

ROOT = Path(__file__).resolve().parents[3]
SOURCE = (ROOT / "notebooks/src/18_deployment.py").read_text("utf-8")
EXERCISES = {exercise.id: exercise for exercise in lesson18.EXERCISES}
bounded = settings(derandomize=True, max_examples=examples(60), deadline=None)


def of_the_lesson(*names, **given):
    """Functions as the lesson's cells define them."""
    for name in names:
        exec(re.search(rf"(?ms)^def {name}\b.*?(?=^\S)", SOURCE)[0], given)
    return [given[name] for name in names]


def quoted(language):
    """The file in some language that the lesson's prose holds, line by line."""
    block = re.search(rf"(?ms)^# ```{language}\n(.*?)^# ```$", SOURCE)[1]
    return [line[2:] for line in block.splitlines()]


# What is quoted and stored


def test_the_lines_of_the_recipe_are_the_recipes():
    recipe = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    for line in quoted("dockerfile"):
        assert line in recipe


def test_the_file_for_the_provider_is_a_program_with_the_named_parts():
    tree = ast.parse("\n".join(quoted("python")))
    [serve] = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    resources, several, web = serve.decorator_list
    assert ast.unparse(resources.func) == "app.function" and ast.unparse(web.func) == "modal.web_server"
    assert ast.unparse(several) == "modal.concurrent(max_inputs=5)"  # that fit on an L4, as section 4 prints
    said = {each.arg: ast.literal_eval(each.value) for each in resources.keywords if each.arg != "volumes"}
    assert said == {"gpu": "L4", "scaledown_window": 300, "max_containers": 4}
    started = ast.literal_eval(serve.body[-1].value.args[0])
    [volumes] = [ast.unparse(each.value) for each in resources.keywords if each.arg == "volumes"]
    assert started[:2] == ["vllm", "serve"] and started[2].startswith("/weights/") and started[-1] == "8000"
    assert volumes == "{'/weights': weights}"


def test_the_prices_are_those_that_are_cited():
    gpus = ast.literal_eval(re.search(r"(?ms)^gpus = (\{.*?^\})", SOURCE)[1])
    cited = (ROOT / "notebooks/cited.toml").read_text("utf-8")
    for (memory, speed, dollars), exact in zip(gpus.values(), (0.7992, 1.9512, 2.4984, 3.9492), strict=True):
        assert dollars == pytest.approx(exact, abs=0.005) and str(exact) in cited
        assert all(re.search(rf"\b{number}\b", cited) for number in (memory, speed))


def test_cold_starts_are_recorded_with_all_their_parts():
    stored = json.loads(cold.STORED.read_text("utf-8"))
    assert stored["model"] == cold.MODEL and tuple(cold.rounds()) == cold.WAYS, f"run {stored['command']}"
    for each in cold.rounds().values():
        assert len(each) == cold.ROUNDS and all(tuple(parts) == cold.PARTS for parts in each)


def test_a_start_is_measured_now_and_never_stored():
    panel = cold.ColdStart()
    bundle = panel._repr_mimebundle_()
    assert bundle["text/plain"] == repr(panel) == cold.STORED_TEXT and len(bundle) == 2
    found = cold.start()
    assert tuple(found) == cold.PARTS and min(found.values()) > 0


# The queues


def test_one_queue_waits_as_erlang_says():
    [plain_queue] = of_the_lesson("plain_queue")
    numbers, now, people, servers, load = random.Random(0), 0.0, [], 4, 3.2
    for _ in range(200_000):
        now += numbers.expovariate(load)
        people.append((now, numbers.expovariate(1)))
    terms = [load**k / math.factorial(k) for k in range(servers + 1)]
    last = terms[-1] * servers / (servers - load)
    waits_at_all = last / (sum(terms[:-1]) + last)  # Erlang C
    waits = plain_queue(people, servers, True)
    assert mean(wait > 0 for wait in waits) == pytest.approx(waits_at_all, rel=0.03)
    assert mean(waits) == pytest.approx(waits_at_all / (servers - load), rel=0.08)


def test_queues_of_their_own_are_dealt_in_turn():
    [plain_queue] = of_the_lesson("plain_queue")
    assert plain_queue([(0, 9), (0, 1), (1, 1), (2, 1)], 2, False) == [0, 0, 8, 0]
    assert plain_queue([(0, 9), (0, 1), (1, 1), (2, 1)], 2, True) == [0, 0, 0, 0]


# The solutions against plainer programs


@given(st.lists(st.integers(0, 60), max_size=8), st.integers(1, 6), st.integers(0, 9), st.integers(0, 12))
@bounded
def test_a_bill_is_what_seconds_counted_one_by_one_come_to(times, work, start, keep):
    times = sorted(times)
    waiting, paid, starts, longest, state, left, asked = list(times), 0, 0, 0, "off", 0, None
    for second in range(600):  # what happens from this second to the next
        here = bool(waiting) and waiting[0] <= second
        if state in ("idle", "working", "starting") and left == 0:
            if state == "working":
                longest, state, left = max(longest, second - asked), "idle", keep
            if state == "starting" or here:
                asked, state, left = waiting.pop(0), "working", work
            elif left == 0:
                state = "off"
        elif state == "idle" and here:
            asked, state, left = waiting.pop(0), "working", work
        if state == "off" and waiting and waiting[0] <= second:
            starts, state, left = starts + 1, "starting", start
            if start == 0:
                asked, state, left = waiting.pop(0), "working", work
        paid += state != "off"
        left = max(0, left - 1)
    assert tuple(my_bill(times, work, start, keep)) == (paid, starts, longest)


GPUS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([16, 24, 80]), st.integers(200, 3000), st.integers(1, 6)),
    min_size=1,
    max_size=3,
)


@given(st.sampled_from(["llama-3.2-1b", "llama-3.1-8b"]), st.sampled_from([4, 16]), st.integers(1, 30), GPUS)
@bounded
def test_a_plan_is_the_cheapest_of_all(name, bits, chats, gpus):
    config, tokens, speed = ModelConfig.preset(name), 7000, 17
    expected = plan_by_trying(config, bits, tokens, chats, speed, gpus)
    assert my_planner(config, bits, tokens, chats, speed, gpus) == expected


# The learner writes the same mistakes differently; the words must be the same.


def bill_by_runs(
    times, work, start, keep, late=0, of_work=False, free_start=False, tail=True, restart=None, at_once=False
):
    """First the runs of a machine, each a list of (asked, begun, answered), then what they come to."""
    runs = []
    for now in times:
        end = runs[-1][-1][2] if runs else None
        told = {None: end, "request": runs and runs[-1][-1][0], "start": runs and runs[-1][0][0]}[restart]
        if runs and now < told + keep + late:
            begin = now if at_once else max(now, end)
            runs[-1].append((now, begin, begin + work))
        else:
            runs.append([(now, now + start, now + start + work)])
    paid = sum(run[-1][2] + (keep if tail else 0) - run[0][0] - (start if free_start else 0) for run in runs)
    paid = work * len(times) if of_work else paid
    return paid, len(runs), max((end - now for run in runs for now, _, end in run), default=0)


def right_bill(*given, **more):
    return bill_by_runs(*given, late=1e-9, **more)


def plan_by_trying(
    config,
    bits,
    tokens,
    chats,
    speed,
    gpus,
    share=0.9,
    gb=1e9,
    cache_bits=16,
    memory=True,
    fast=True,
    best=lambda dollars, number: (dollars * number, number),
    most=500,
    eight=8,
    total=False,
):
    """Tries one GPU of each kind, then two, and so on."""
    weights = num_weights(config) * bits / eight
    cache, found = kv_cache_bytes(config, tokens, bits=cache_bits) if cache_bits else 0, []
    for name, size, speedy, dollars in gpus:
        for number in range(1, min(chats, most) + 1):
            each = math.ceil(chats / number)
            bytes_read = weights + each * cache
            steps = speedy * 1e9 / bytes_read * (each if total else 1)
            if (not memory or bytes_read <= share * size * gb) and (not fast or steps >= speed):
                found.append((best(dollars, number), name, number))
                break
    return min(found, key=lambda each: each[0])[1:] if found else None


def num_weights(config):
    return weight_bytes(config, 8)


WRONG = [
    ("on_paper", [14, 19, 265.5, 0.837], "full all the time"),
    ("on_paper", (14, 38, 531, 1.674), "only keys"),
    ("on_paper", [112, 19, 265.5, 3.35], ""),
    ("on_paper", [14, 19.3, 265.5, 3.35], ""),
    ("on_paper", [14, 19, 407.1, 2.183], "reads the weights alone"),
    ("on_paper", [14, 19, 20.8, 42.6], "one chat had all"),
    ("on_paper", [14, 19, 265.5], "four numbers"),
    ("faulty_plans", "DECAFB", "changed places"),
    ("faulty_plans", list("BCEAFD"), "changed places"),
    ("faulty_plans", "b h c a f d", "What grows"),
    ("faulty_plans", list("BECGFD"), "no cold start"),
    ("faulty_plans", list("BECFAD"), "changed places"),
    ("faulty_plans", list("BECAF"), ""),
    ("my_bill", bill_by_runs, "very second"),
    ("my_bill", lambda *a: right_bill(*a, of_work=True), "only the seconds of work"),
    ("my_bill", lambda *a: right_bill(*a, free_start=True), "cold start is not paid"),
    ("my_bill", lambda *a: right_bill(*a, tail=False), "between the last answer and the stop"),
    ("my_bill", lambda *a: right_bill(*a, restart="request"), "from the last request"),
    ("my_bill", lambda *a: right_bill(*a, restart="start"), "after it was started"),
    ("my_bill", lambda *a: right_bill(*a, at_once=True), "several requests at a time"),
    ("my_bill", lambda t, w, s, k: (len(t) * (s + w + k), len(t), (s + w) * bool(t)), "each request starts a machine"),
    ("my_bill", lambda *a: right_bill(*a)[::-1], ""),
    ("my_bill", lambda *a: right_bill(*a)[:2], ""),
    ("my_bill", lambda *a: right_bill(*a)[0], ""),
    ("my_bill", lambda t, w, s, k: right_bill(t, w, 0, k), ""),
    ("my_bill", lambda t, w, s, k: right_bill(t, w, s, 0), ""),
    ("my_bill", lambda t, w, s, k: right_bill(t, w, s, math.inf), ""),
    ("my_bill", lambda t, w, s, k: right_bill([*dict.fromkeys(t)], w, s, k), ""),
    ("my_planner", lambda *a: plan_by_trying(*a, share=1), "all memory were used"),
    ("my_planner", lambda *a: plan_by_trying(*a, gb=2**30), "1,024³"),
    ("my_planner", lambda *a: plan_by_trying(*a, cache_bits=0), "chats take no memory"),
    ("my_planner", lambda *a: plan_by_trying(*a, cache_bits=8), "keys and no values"),
    ("my_planner", lambda *a: plan_by_trying(*a, cache_bits=32), "caches had 32 bits"),
    ("my_planner", lambda *a: plan_by_trying(*a, memory=False), "bandwidth alone decides"),
    ("my_planner", lambda *a: plan_by_trying(*a, fast=False), "memory alone decides"),
    ("my_planner", lambda *a: plan_by_trying(*a, total=True), "all chats together"),
    ("my_planner", lambda *a: plan_by_trying(*a, eight=1), "as many bytes"),
    ("my_planner", lambda *a: plan_by_trying(*a, best=lambda d, n: d), "price of one GPU"),
    ("my_planner", lambda *a: plan_by_trying(*a, best=lambda d, n: (n, d)), "fewest GPUs"),
    ("my_planner", lambda *a: plan_by_trying(*a, best=lambda d, n: d * n), "first in the list wins"),
    ("my_planner", lambda *a: (plan_by_trying(*a) or [None])[0], "how many of it"),
    ("my_planner", lambda *a: plan_by_trying(*a, most=1), ""),
    ("my_planner", lambda c, b, t, n, s, g: plan_by_trying(c, b, t, 1, s, g), ""),
    ("my_planner", lambda *a: plan_by_trying(*a) or ("none", 0), ""),
]


@pytest.mark.parametrize(("name", "answer", "words"), WRONG)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    report = " ".join(feedback(EXERCISES[name], answer).split())
    assert report.startswith("✗") and " ".join(words.split()) in report


def test_twelve_wrong_answers_for_each_function():
    counts = defaultdict(int)
    for name, *_ in WRONG:
        counts[name] += 1
    assert all(counts[name] >= (6 if exercise.cases == ((),) else 12) for name, exercise in EXERCISES.items())


RIGHT = {
    "on_paper": lambda: torch.tensor([14, 19, 265, 3.35]),
    "faulty_plans": lambda: "b, e, c, a, f, d",
    "my_bill": lambda *given: np.array(right_bill(*given)),
    "my_planner": plan_by_trying,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
