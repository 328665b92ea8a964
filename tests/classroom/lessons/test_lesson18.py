"""Lesson 18: what it quotes and records, the queues against Erlang's formula, the solutions against plainer programs,
mistakes in other words."""

import ast
import json
import math
import random
import re
from pathlib import Path
from statistics import mean

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from classroom.styles import accept, enough, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib import ModelConfig
from lessons_lib.classroom.lessons import lesson18
from lessons_lib.classroom.lessons.lesson18 import cold, figures
from lessons_lib.classroom.lessons.lesson18.my_bill import my_bill
from lessons_lib.classroom.lessons.lesson18.my_planner import my_planner
from lessons_lib.config.costs import kv_cache_bytes, num_active_parameters, num_parameters, weight_bytes

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
    waits = plain_queue(people, servers)
    assert mean(wait > 0 for wait in waits) == pytest.approx(waits_at_all, rel=0.03)
    assert mean(waits) == pytest.approx(waits_at_all / (servers - load), rel=0.08)


def test_queues_of_their_own_are_dealt():
    [plain_queue] = of_the_lesson("plain_queue")
    people = [(0, 9), (0, 1), (1, 1), (2, 1)]
    assert plain_queue(people, 2, [0, 1, 0, 1]) == [0, 0, 8, 0]
    assert plain_queue(people, 2, [0, 0, 0, 0]) == [0, 9, 9, 9]
    assert plain_queue(people, 2) == [0, 0, 0, 0]


# The panel


@pytest.mark.parametrize(("model", "bits", "tokens"), [("llama-3.1-8b", 16, 8000), ("llama-3.2-3b", 4, 2000)])
@pytest.mark.parametrize("speed", [5, 10, 80])
@pytest.mark.parametrize("chats", [1, 4, 8, 32, 128])
def test_the_panel_names_the_gpu_that_a_planner_takes_if_there_is_one_gpu(model, bits, tokens, speed, chats):
    gpus = ast.literal_eval(re.search(r"(?ms)^gpus = (\{.*?^\})", SOURCE)[1])
    figure, said = figures.calculator(gpus)(model, bits, tokens, speed, chats)
    plt.close(figure)
    each = [(name, *values) for name, values in gpus.items()]
    found = plan_by_trying(ModelConfig.preset(model), bits, tokens, chats, speed, each, most=1)
    assert (f"the {found[0]} is cheapest" if found else "no GPU") in said


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
    times, work, start, keep, late=0, of_work=False, free_start=False, tail=True, restart=None, at_once=False, wait=max
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
    waits = [end - now for run in runs for now, _, end in run]
    return paid, len(runs), wait(waits) if waits else 0


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
    weigh=num_parameters,
    read_one=False,
    shared=False,
    met=None,
):
    """Tries one GPU of each kind, then two, and so on."""
    whole = weigh(config) * bits / eight
    unread = whole - met(config) * bits / eight if met else 0
    cache, found = kv_cache_bytes(config, tokens, bits=cache_bits) if cache_bits else 0, []
    for name, size, speedy, dollars in gpus:
        for number in range(1, min(chats, most) + 1):
            each = math.ceil(chats / number)
            weights = whole / number if shared else whole
            bytes_held = weights + each * cache
            steps = speedy * 1e9 / (weights + cache if read_one else bytes_held - unread) * (each if total else 1)
            if (not memory or bytes_held <= share * size * gb) and (not fast or steps >= speed):
                found.append((best(dollars, number), name, number))
                break
    return min(found, key=lambda each: each[0])[1:] if found else None


def plan_filled(config, bits, tokens, chats, speed, gpus, full=True):
    """Memory says how many; a kind too slow for that is left out."""
    weights, cache, best = weight_bytes(config, bits), kv_cache_bytes(config, tokens, bits=16), (math.inf,)
    for place, (name, size, speedy, dollars) in enumerate(gpus):
        if most := max(0, math.floor((0.9e9 * size - weights) / cache)):
            number = math.ceil(chats / most)
            each = most if full else math.ceil(chats / number)
            if speedy * 1e9 / (weights + each * cache) >= speed:
                best = min(best, (number * dollars, number, place, name))
    return (best[3], best[1]) if len(best) > 1 else None


def plan_one_more(config, bits, tokens, chats, speed, gpus):
    """`chats // most + 1` GPUs."""
    weights, cache, best = weight_bytes(config, bits), kv_cache_bytes(config, tokens, bits=16), (math.inf,)
    for place, (name, size, speedy, dollars) in enumerate(gpus):
        if (most := int(min(0.9e9 * size - weights, speedy * 1e9 / speed - weights) // cache)) > 0:
            number = chats // most + 1
            best = min(best, (number * dollars, number, place, name))
    return (best[3], best[1]) if len(best) > 1 else None


def bill_by_pauses(times, work, start, keep):
    paid, _, longest = right_bill(times, work, start, keep)
    return paid, sum(i == 0 or now - times[i - 1] > keep for i, now in enumerate(times)), longest


WRONG = [
    ("on_paper", [14, 12, 171, 1.301], "full all the time"),
    ("on_paper", (14, 25, 351, 2.533), "only keys"),
    ("on_paper", [112, 12, 171, 5.2], "'GB of weights': 112"),
    ("on_paper", [14, 12.9, 171, 5.2], "'chats': 12.9"),
    ("on_paper", [14, 13, 180, 4.94], "rounded up"),
    ("on_paper", [14, 12, 257.1, 3.457], "reads the weights alone"),
    ("on_paper", [14, 12, 166.7, 5.333], "may be used"),
    ("on_paper", [14, 12, 20.57, 43.22], "one chat had all"),
    ("on_paper", [14, 12, 14.23, 5.2], "tokens of each chat"),
    ("on_paper", [14, 12, 14.23, 62.45], "share the hour"),
    ("on_paper", [14, 12, 171, 5.204e-6], "of one token"),
    ("on_paper", [14e9, 12, 171, 5.2], "look like bytes"),
    ("on_paper", [14, 12, 165, 5.2], "'tokens a second': 165"),
    ("on_paper", [14, 12, 171], "four numbers"),
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
    ("my_bill", lambda *a: [round(each, 1) for each in right_bill(*a)], ""),
    ("my_bill", lambda *a: right_bill(*a, wait=lambda waits: waits[-1]), "of the last request"),
    ("my_bill", bill_by_pauses, "pauses between requests"),
    ("my_bill", lambda t, w, s, k: right_bill([*dict.fromkeys(t)], w, s, k), ""),
    ("my_planner", lambda *a: plan_by_trying(*a, weigh=num_active_parameters), "that one token meets"),
    ("my_planner", lambda *a: plan_by_trying(*a, cache_bits=a[1]), "as many bits as the weights"),
    ("my_planner", lambda *a: plan_by_trying(*a, read_one=True), "a GPU with one chat"),
    ("my_planner", lambda *a: plan_by_trying(*a, met=num_active_parameters), "read those experts alone"),
    ("my_planner", lambda *a: plan_by_trying(*a, shared=True), "shared the weights"),
    ("my_planner", lambda *a: plan_filled(*a), "when it is full"),
    ("my_planner", lambda *a: plan_filled(*a, full=False), "memory gave the number"),
    ("my_planner", lambda *a: next(filter(None, (plan_by_trying(*a[:5], [g]) for g in a[5])), None), "first kind"),
    ("my_planner", lambda *a: plan_one_more(*a), "one GPU is added"),
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
    refuse(EXERCISES[name], answer, words)


def test_twelve_wrong_answers_for_each_function():
    enough(EXERCISES, WRONG)


RIGHT = {
    "on_paper": lambda: torch.tensor([14, 12, 171, 5.2]),
    "faulty_plans": lambda: "b, e, c, a, f, d",
    "my_bill": lambda *given: np.array(right_bill(*given)),
    "my_planner": plan_by_trying,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
