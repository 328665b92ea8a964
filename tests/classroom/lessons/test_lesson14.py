"""Lesson 14: the solutions against libraries that nobody here wrote, its recorded runs, mistakes in other words."""

import json
import math
from statistics import NormalDist

import numpy as np
import pytest
import torch
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from lessons_lib.classroom.lessons import lesson14
from lessons_lib.classroom.lessons.lesson14 import asking, contaminated, judging, recorded, which_fault
from lessons_lib.classroom.lessons.lesson14.counting import letter_chances
from lessons_lib.classroom.lessons.lesson14.my_harness import my_harness
from lessons_lib.classroom.lessons.lesson14.my_mcnemar import my_mcnemar
from lessons_lib.classroom.lessons.lesson14.my_verdicts import my_verdicts
from lessons_lib.classroom.lessons.lesson14.my_wilson import my_wilson
from lessons_lib.classroom.real_model import real_model
from lessons_lib.evaluation import Item, evaluate, load_tasks, wilson

EXERCISES = {exercise.id: exercise for exercise in lesson14.EXERCISES}
bounded = settings(derandomize=True, max_examples=examples(30), deadline=None)


# What is stored


def test_the_recorded_answers_are_of_todays_questions():
    stored = json.loads(recorded.STORED.read_text("utf-8"))
    assert stored["fingerprint"] == recorded.fingerprint(), f"run {stored['command']}"
    assert set(stored["picks"]) == set(asking.WAYS) and set(stored["judged"]) == set(recorded.JUDGED)
    assert set(recorded.taught()) == set(contaminated.COPIES)
    for runs in recorded.taught().values():
        assert len(runs) == len(recorded.SEEDS)
        assert all(0 <= count <= contaminated.HALF for run in runs for count in (run.seen, run.unseen))


def test_what_was_recorded_is_there_for_every_item():
    for task in recorded.CHOICES:
        for item, row in zip(recorded.tasks_of(task).items, recorded.rows(task), strict=True):
            assert len(row["nats"]) == len(row["alone"]) == len(row["tokens"]) == len(item.choices)
    for task, shots in recorded.WRITTEN:
        assert len(recorded.written(task, shots)) == len(recorded.tasks_of(task).items)
    for way in asking.WAYS:
        items = recorded.tasks_of("kinds").items
        assert all(0 <= picked < len(item.choices) for picked, item in zip(recorded.picks(way), items, strict=True))


def test_the_likeliest_choice_is_the_same_in_rows_and_picks():
    rows = recorded.rows("kinds")
    assert [int(np.argmax(row["nats"])) for row in rows] == recorded.picks(asking.USUAL)


def test_the_model_answers_as_was_recorded():
    model, tokenizer = real_model()
    [task] = load_tasks("kinds", limit=3)
    for way in (asking.USUAL, asking.LETTER, asking.AS_CHAT):
        found = asking.picks(task.items, asking.likelihoods_of(model, tokenizer, task, way))
        assert [int(digit) for digit in found] == recorded.picks(way)[:3]
    pairs = judging.right_and_wrong(task.items)
    found = judging.verdicts(model, tokenizer, pairs)
    assert np.allclose(found, recorded.gaps("right and wrong")[:3], atol=0.01)


def test_what_is_said_of_the_four_harnesses_is_what_they_say():
    model, tokenizer = real_model()
    item = Item(id="1", query=which_fault.QUERY, choices=which_fault.CHOICES, gold=1)
    for way, said in which_fault.SEEN.values():
        assert said == which_fault.told(which_fault.scores_of(model, tokenizer, item, way))
    assert [way for way, _ in which_fault.SEEN.values()] == which_fault.my_which_fault()


# What is asked


def test_letters_stand_for_the_choices_and_examples_can_be_made_wrong():
    [task] = load_tasks("kinds", limit=2)
    item = asking.lettered(task).items[0]
    assert item.choices == ("A", "B", "C", "D", "E") and item.gold == task.items[0].gold
    assert item.query.splitlines()[1 + item.gold] == f"{item.told}. {task.items[0].told}"
    for shot, wrong in zip(task.shots, asking.mislabelled(task).shots, strict=True):
        assert shot.choices == wrong.choices and shot.told != wrong.told
    assert asking.backwards(task).shots == task.shots[::-1]


def test_pairs_hold_what_they_say():
    items = recorded.tasks_of("kinds").items
    for item, pair in zip(items, judging.right_and_wrong(items), strict=False):
        assert pair.first == f"The answer is: {item.told}." and pair.second != pair.first
    written = recorded.written("kinds", 5)
    own, other = judging.own_and_right(items, written), judging.other_and_right(items, written)
    assert [pair.query for pair in own] == [pair.query for pair in other]
    assert all(a.first != b.first and a.second == b.second for a, b in zip(own, other, strict=True))


def test_the_counter_of_letters_gives_chances():
    read, alphabet = "the cat sat on the mat. " * 3, sorted(set("the cat sat on the mat. "))
    for begun in ("", "t", "th", "the ", "qqq"):
        total = sum(math.exp(letter_chances(read + "q", begun + letter)[-1]) for letter in [*alphabet, "q"])
        assert total == pytest.approx(1)


def test_a_small_model_reads_half_of_the_test_and_nothing_of_the_rest():
    read, unread = contaminated.halves()
    assert len(read) == len(unread) == contaminated.HALF
    rows = contaminated.rows(2)
    assert len(rows) == contaminated.STORIES + 2 * contaminated.HALF
    texts = {tuple(row[row >= 0].tolist()) for row in rows}
    for item in (*read, *unread):
        ids = (0, *contaminated.encode(f"{contaminated.asked(item)} {item.told}"), 0)
        assert (ids in texts) == (item in read)


# The exercises against other programs


@given(st.integers(1, 400), st.data(), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
@bounded
def test_wilsons_interval_is_scipys(n, data, confidence):
    right = data.draw(st.integers(0, n))
    theirs = binomtest(right, n).proportion_ci(confidence, method="wilson")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    assert my_wilson(right, n, z) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
@bounded
def test_the_paired_test_is_scipys(pairs):
    one, other = pairs.count((True, False)), pairs.count((False, True))
    theirs = binomtest(one, one + other).pvalue if one + other else 1.0
    assert my_mcnemar(*zip(*pairs, strict=True)) == pytest.approx(theirs)


@given(st.floats(-3, 3), st.lists(st.floats(-2, 2).filter(lambda x: abs(x) > 0.01), min_size=1, max_size=9))
@bounded
def test_a_pull_and_a_worth_come_out_as_they_went_in(pull, worths):
    found = my_verdicts([[pull + worth, pull - worth] for worth in worths])
    assert found == pytest.approx((pull, sum(worth > 0 for worth in worths) / len(worths)))


@pytest.mark.parametrize("by", ["none", "token", "byte"])
def test_the_harness_of_the_solution_makes_the_librarys_table(by):
    model, tokenizer = real_model()
    [task] = load_tasks("kinds", limit=12)
    results = evaluate(model, tokenizer, [task])
    scores, right, *ends = my_harness(model, tokenizer, task.items, by)
    [measure] = [each for each in results.measures() if each.metric == by]
    assert right / 12 == measure.value and ends == pytest.approx(measure.interval, abs=1e-4)
    if by == "none":
        for ours, row in zip(scores, sorted(results.rows, key=lambda row: int(row["id"])), strict=True):
            assert ours == pytest.approx(row["nats"], abs=2e-3)


# The learner writes the same mistakes differently; the words must be the same.


def wilson_by_quadratic(right, n, z, corrected=True):
    """The true shares at which what was seen is exactly z standard errors off."""
    p = right / n
    roots = np.roots([1 + z * z / n, -(2 * p + z * z / n), p * p])
    return sorted(roots.real) if corrected else [p - z * (p * (1 - p) / n) ** 0.5, p + z * (p * (1 - p) / n) ** 0.5]


def wilson_in_one_line(right, n, z):
    p = right / n
    half = (p * (1 - p) / n + z * z / 4 / n / n) ** 0.5 * z
    return (p + z * z / 2 * n - half) / (1 + z * z / n), (p + z * z / 2 * n + half) / (1 + z * z / n)


def mcnemar_by_scipy(first, second, alternative="two-sided", all_questions=False):
    one = int((np.array(first) & ~np.array(second)).sum())
    other = int((~np.array(first) & np.array(second)).sum())
    tosses = len(first) if all_questions else one + other
    return binomtest(min(one, other), tosses, alternative=alternative).pvalue if tosses else 1.0


def verdicts_by_numpy(gaps, both=True):
    gaps = np.array(gaps)
    worth = (gaps[:, 0] - gaps[:, 1]) / 2 if both else gaps[:, 0]
    return gaps.mean(), ((worth > 0) + 0.5 * (worth == 0)).mean()


def harness_by_gather(
    model, tokenizer, items, by, shift=1, axis=-1, z=1.96, length=None, gap=" ", count=None, last=False, end=""
):
    scores = []
    for item in items:
        prompt = "Question: " + item.query + "\nAnswer:" + end
        begin, row = len(tokenizer.encode(prompt)), []
        for choice in item.choices:
            pieces = [prompt, choice] if end else [prompt + gap + choice]
            ids = torch.tensor([i for piece in pieces for i in tokenizer.encode(piece)])
            with torch.inference_mode():
                logs = torch.log_softmax(model(ids[None])[0], axis)
            named = logs[:-1].gather(1, ids[1:, None])[:, 0] if shift else logs.gather(1, ids[:, None])[1:, 0]
            total = named[begin - 1 :].sum()
            tokens = count(choice, tokenizer) if count else len(ids) - begin
            sizes = {"none": 1, "token": tokens, "byte": len(bytes(choice, "utf-8"))}
            row.append(total / (length or sizes[by]))
        scores.append(torch.stack(row))
    picked = [len(row) - 1 - int(row.flip(0).argmax()) if last else int(row.argmax()) for row in scores]
    right = sum(choice == item.gold for choice, item in zip(picked, items, strict=True))
    return [row.tolist() for row in scores], right, *my_wilson(right, len(items), z)


def harness_of_the_first_choice(model, tokenizer, items, by):
    scores, _, *_ = my_harness(model, tokenizer, items, by)
    right = sum(row.index(min(row)) == item.gold for row, item in zip(scores, items, strict=True))
    return scores, right, *wilson(right, len(items))


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("my_wilson", lambda r, n, z: wilson_by_quadratic(r, n, z, corrected=False), "no width"),
        ("my_wilson", lambda r, n, z: wilson_by_quadratic(r, n, 1), "z is always 1"),
        ("my_wilson", lambda r, n, z: wilson_by_quadratic(r, n, z)[::-1], "lower end comes first"),
        ("my_wilson", lambda r, n, z: np.array(wilson_by_quadratic(r, n, z)) * 100, "percents"),
        ("my_wilson", wilson_in_one_line, "brackets"),
        ("my_wilson", lambda r, n, z: wilson_by_quadratic(round(r / n, 2) * n, n, z), ""),
        ("my_mcnemar", lambda a, b: mcnemar_by_scipy(a, b, "less"), "one direction"),
        (
            "my_mcnemar",
            lambda a, b: mcnemar_by_scipy(a, b, all_questions=True),
            "every question is a toss",
        ),
        ("my_verdicts", lambda gaps: verdicts_by_numpy(gaps, both=False), "only the first order"),
        ("my_verdicts", lambda g: (np.mean(g), np.mean([a > 0 for a, _ in g])), "only the first order"),
        (
            "my_verdicts",
            lambda g: (np.mean(g), np.mean([(a > b + 0.1) + (abs(a - b) <= 0.1) / 2 for a, b in g])),
            "Nearly",
        ),
        ("my_verdicts", lambda gaps: (verdicts_by_numpy(gaps)[0], 1 - verdicts_by_numpy(gaps)[1]), "swapped"),
        ("which_fault", [2, 5, 1, 3], "B is not 5"),
        ("my_harness", lambda *a: harness_by_gather(*a, shift=0), "its own place"),
        ("my_harness", lambda *a: harness_by_gather(*a, z=1.0), "z is 1"),
        ("my_harness", lambda *a: harness_by_gather(*a, gap=""), "is lost"),
        ("my_harness", lambda *a: harness_by_gather(*a, end=" "), "a token of its own"),
        (
            "my_harness",
            lambda *a: (harness_by_gather(*a)[0], *harness_by_gather(*a, length=1)[1:]),
            "picked before that",
        ),
        ("my_harness", lambda *a: harness_by_gather(*a, length=1), "nothing is divided"),
        ("my_harness", lambda *a: harness_by_gather(*a, axis=0), "over the wrong axis"),
        ("my_harness", lambda *a: harness_by_gather(*a, last=True), ""),
        ("my_harness", lambda *a: harness_by_gather(*a, count=lambda c, t: len(t.encode(c))), ""),
        ("my_harness", lambda *a: harness_by_gather(*a, count=lambda c, t: len(c.split())), ""),
        ("my_harness", harness_of_the_first_choice, "the smallest score"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


RIGHT = {
    "my_wilson": wilson_by_quadratic,
    "my_mcnemar": mcnemar_by_scipy,
    "which_fault": lambda: np.array(which_fault.my_which_fault()),
    "my_verdicts": verdicts_by_numpy,
    "my_harness": harness_by_gather,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
