"""Lesson 09b: the solutions against libraries, the table of unfair races against counting, mistakes in other words."""

import itertools
import math
from statistics import mean, stdev

import numpy as np
import pytest
import torch
from classroom.styles import accept, refuse
from scipy import stats

from lessons_lib.classroom.lessons import lesson09b
from lessons_lib.classroom.lessons.lesson09b import track, unfair
from lessons_lib.config import ModelConfig
from lessons_lib.config.costs import num_parameters
from lessons_lib.training import Recipe, Rows, Run, held_out_loss

EXERCISES = {exercise.id: exercise for exercise in lesson09b.EXERCISES}


def signs_of(count):
    return itertools.product((1, -1), repeat=count)


def test_a_paired_bar_is_that_of_scipy():
    one, other = np.random.default_rng(0).normal(size=(2, 9))
    mean_of_differences, bar = EXERCISES["paired_bar"].solution(dict(enumerate(one)), dict(enumerate(other)))
    assert mean_of_differences == pytest.approx((one - other).mean())
    assert bar == pytest.approx(2 * stats.sem(one - other))


def test_flipped_signs_are_those_of_scipy():
    differences = np.random.default_rng(1).normal(0.4, 1, size=7)
    theirs = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert EXERCISES["flip_test"].solution(list(differences)) == pytest.approx(theirs.pvalue)


@pytest.mark.parametrize(("hidden", "inner"), [(64, 176), (16, 40), (24, 31)])
def test_the_plain_width_is_the_nearest_by_the_counted_parameters(hidden, inner):
    def count(width, gated):
        config = track.MODEL | {"hidden_size": hidden, "intermediate_size": width, "num_hidden_layers": 1}
        config |= {"gated_mlp": gated, "mlp_bias": not gated}
        return num_parameters(ModelConfig(**config))

    wanted = count(inner, True)
    nearest = min(range(1, 3 * inner), key=lambda width: abs(count(width, False) - wanted))
    assert EXERCISES["plain_width"].solution(hidden, inner) == nearest


def test_as_many_seeds_are_needed_as_make_the_bar_short():
    differences, d = [0.01, 0.05, -0.02, 0.04], 0.013
    n = EXERCISES["seeds_needed"].solution(differences, d)
    assert 2 * stdev(differences) / n**0.5 <= d < 2 * stdev(differences) / (n - 1) ** 0.5


@pytest.mark.parametrize(("differences", "d", "n"), [([0, 2], 1, 8), ([0, 2], 0.5, 32), ([1, 2, 3], 1, 4)])
def test_where_a_whole_number_of_seeds_gives_exactly_d_it_is_enough(differences, d, n):
    assert EXERCISES["seeds_needed"].solution(differences, d) == n


def test_five_of_the_six_races_have_the_fault_that_is_said():
    """What can be counted is counted; the faults are those of the list."""

    def parameters(recipe):
        kind, width = recipe["feed-forward"].split(", F ")
        changes = {"intermediate_size": int(width), "num_key_value_heads": int(recipe["key heads"])}
        return num_parameters(ModelConfig(**(track.MODEL | changes | {"gated_mlp": kind == "SwiGLU"})))

    def rows(recipe):
        steps, size = recipe["steps x rows"].split(" x ")
        return int(steps) * int(size)

    usual = unfair._USUAL
    assert parameters(usual) == 113_152
    for difference, fault in zip(unfair.RACES.values(), unfair.my_unfair(), strict=True):
        other = usual | difference
        found = [
            rows(other) > rows(usual),
            abs(parameters(other) / parameters(usual) - 1) > 0.01,
            len(other["rates tried"]) < len(usual["rates tried"]),
            len(other["seeds"]) < len(usual["seeds"]),
            other["judged on"] != usual["judged on"],
        ]
        assert [number for number, is_so in enumerate(found, start=1) if is_so] == ([fault] if fault else [])


def test_variants_of_one_size_are_of_one_size():
    base = track.build(track.VARIANTS["baseline"], 0).num_parameters()
    same = ("plain ReLU", "plain GELU", "1 layer", "4 layers", "8 layers", "8 layers, post-norm", "LayerNorm")
    for name in same:
        assert track.build(track.VARIANTS[name], 0).num_parameters() == pytest.approx(base, rel=0.003), name


# The learner writes the same mistakes differently; the words must be the same.


def race_by_numpy(
    one,
    other,
    texts,
    rates,
    seeds,
    choose_on="trial",
    judge_on="unread",
    order=None,
    pairs=True,
    first=100,
    recipe=None,
):
    def end(make, seed, rate, rows):
        model = make(seed)
        matrices = {"matrix_learning_rate": None} if recipe is None else recipe
        settings = Recipe(steps=8, batch_size=4, learning_rate=rate, **matrices)
        run = Run(model, Rows(texts.read, seed if order is None else order), settings)
        while run.step < 8:
            run.advance()
        return held_out_loss(model, rows)

    losses = []
    for make in (one, other):
        tried = [end(make, first, rate, getattr(texts, choose_on)) for rate in rates]
        rate = rates[int(np.argmin(tried))]
        losses.append([end(make, seed, rate, getattr(texts, judge_on)) for seed in seeds])
    a, b = np.array(losses)
    error = stats.sem(a - b) if pairs else (stats.sem(a) ** 2 + stats.sem(b) ** 2) ** 0.5
    return np.mean(a - b), 2 * error


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        (
            "paired_bar",
            lambda a, b: (mean(d := [a[s] - b[s] for s in a if s in b]), 2 * stdev(d)),
            "two standard deviations",
        ),
        (
            "paired_bar",
            lambda a, b: (lambda d: (d.mean(), d.std() / len(d) ** 0.5 * 2))(
                np.array([a[s] - b[s] for s in a if s in b])
            ),
            "divide by n - 1",
        ),
        (
            "misled",
            lambda x: float(np.mean(np.argmin(list(x.values()), 0) != np.argmin(np.mean(list(x.values()), 1)))),
            "share",
        ),
        ("plain_width", lambda C, F: round(1.5 * F), "only the matrices were counted"),
        ("unfair", [3, 0, 0, 4, 1, 5], "B has two matrices"),
        ("unfair", (0, 2, 3, 4, 1, 5), "A's width is fair"),
        ("unfair", [3, 2, 0, 0, 1, 5], "D has the sizes of C"),
        ("unfair", [3, 2, 0, 4, 1, 1], "In F ask"),
        ("unfair", [3, 2, 0, 4, 1, 5, 0], "7"),
        ("seeds_needed", lambda x, d: max(2, int(np.ceil((np.std(x, ddof=1) / d) ** 2))), "one standard error"),
        ("seeds_needed", lambda x, d: math.ceil((np.std(x, ddof=1) / d) ** 2), "never fewer than 2"),
        (
            "seeds_needed",
            lambda x, d: next((n for n in range(2, 1000) if 2 * stdev(x) / n**0.5 <= d + 1e-9), 1000),
            "0.006",
        ),
        ("seeds_needed", lambda x, d: max(2, int(np.ceil((2 * np.std(x, ddof=1) / d) ** 2 - 2e-3))), "0.9999"),
        ("seeds_needed", lambda x, d: max(2, int(np.ceil((2 * np.std(x, ddof=1) / d) ** 2 - 0.01))), "given away"),
        ("seeds_needed", lambda x, d: max(2, int(np.ceil((2 * np.std(x) / d) ** 2))), "n - 1"),
        ("seeds_needed", lambda x, d: max(2, int((2 * np.std(x, ddof=1) / d) ** 2) + 1), "shorter than d"),
        ("seeds_needed", lambda x, d: max(2, math.ceil((2 * stdev(x) / d) ** 2)), "Right but for rounding"),
        (
            "seeds_needed",
            lambda x, d: max(2, math.ceil(len(x) * (2 * np.std(x, ddof=1) / len(x) ** 0.5) / d)),
            "twice as many",
        ),
        ("misled", lambda x: misled_by_a_loop(x, sorted(x)), "names were sorted"),
        ("misled", lambda x: misled_by_numpy(x, np.median), "lowest median"),
        ("misled", lambda x: misled_by_a_loop(x, x, tie=True), "as low as the winner"),
        (
            "paired_bar",
            lambda a, b: (mean(d := [a[s] - b[s] for s in a if s in b]), np.std(d, ddof=1)),
            "one standard dev",
        ),
        ("flip_test", lambda x: flips_without_room(x), "Right but for rounding"),
        ("flip_test", lambda x: np.mean([np.dot(s, x) >= sum(x) - 1e-9 for s in signs_of(len(x))]), "with their signs"),
        (
            "flip_test",
            lambda x: np.mean([mean(np.multiply(s, x)) >= mean(x) for s in signs_of(len(x))]),
            "with their signs",
        ),
        ("flip_test", lambda x: flips_in_tensors(x) / 2, "half of the patterns"),
        ("unfair", [3, 2, 0, 4, 0, 5], "960 rows"),
        ("own_race", lambda *a: race_by_numpy(*a, order=0), "same order"),
        ("own_race", lambda *a: race_by_numpy(*a, choose_on="unread"), "chosen on texts.unread"),
        ("own_race", lambda *a: race_by_numpy(*a, judge_on="read"), "judged on texts.read"),
        ("own_race", lambda *a: race_by_numpy(*a, choose_on="read"), "chosen on texts.read"),
        ("own_race", lambda *a: race_by_numpy(*a, first=0), "another seed than 100"),
        ("own_race", lambda *a: race_by_numpy(*a, recipe={}), "left out"),
        ("own_race", lambda *a: race_by_numpy(*a, pairs=False), "own spread"),
        (
            "flip_test",
            lambda x: np.mean([np.dot(s, x) < sum(x) - 1e-9 for s in itertools.product((1, -1), repeat=len(x))]),
            "",
        ),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


def misled_by_a_loop(losses, names, tie=False):
    winner = min(losses if tie else names, key=lambda name: mean(losses[name]))
    count = 0
    for seed, loss in enumerate(losses[winner]):
        if tie:
            count += any(losses[name][seed] <= loss for name in names if name != winner)
        else:
            count += min(names, key=lambda name: losses[name][seed]) != winner
    return count


def flips_without_room(differences):
    far = [abs(sum(s * d for s, d in zip(signs, differences, strict=True))) for signs in signs_of(len(differences))]
    return mean(each >= far[0] for each in far)


def flips_in_tensors(differences):
    x = torch.tensor(differences, dtype=torch.float64)
    signs = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=len(x))), dtype=torch.float64)
    return ((signs @ x).abs() > x.sum().abs() - 1e-9).double().mean()


def misled_by_numpy(losses, middle=np.mean):
    table = np.array(list(losses.values()))
    return (table.argmin(0) != middle(table, 1).argmin()).sum()


RIGHT = {
    "paired_bar": lambda a, b: torch.tensor(
        [mean(d := [a[s] - b[s] for s in sorted(a.keys() & b.keys())]), 2 * stdev(d) / len(d) ** 0.5]
    ).tolist(),
    "misled": misled_by_numpy,
    "plain_width": lambda C, F: min(range(1, 2 * F + 2), key=lambda w: abs(2 * C * w + w + C - 3 * C * F)),
    "unfair": lambda: np.array([3, 2, 0, 4, 1, 5]),
    "seeds_needed": lambda x, d: next(n for n in itertools.count(2) if 2 * np.std(x, ddof=1) / n**0.5 <= d),
    "own_race": race_by_numpy,
    "flip_test": flips_in_tensors,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
