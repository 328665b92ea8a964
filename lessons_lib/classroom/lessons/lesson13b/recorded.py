"""What lesson 13b shows of runs that `benchmarks.reward` made beforehand."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from lessons_lib.classroom.lessons.lesson13b import rewarded, sums
from lessons_lib.classroom.lessons.lesson13b.rewarded import Way
from lessons_lib.classroom.lessons.lesson13b.votes import majority
from lessons_lib.model import Transformer

STORED = Path(__file__).with_name("runs.json")
SEEDS, TRIAL_SEED = range(8), 100
RATES = (3e-4, 1e-3)  # of which each method takes the better on the trial seed
METHODS = ("GRPO", "keep the right")
HOLE = Way(reward="not smaller than the sum", steps=40)
LAZY, BRIEF = Way(reward="off by 3 at most"), Way(reward="right - 0.1 a character")
TOO_HIGH = Way(rate=3e-3, steps=40)
OTHERS = (HOLE, LAZY, BRIEF, TOO_HIGH)  # one run each
MANY, COUNTS = 32, (1, 2, 4, 8, 16, 32)  # answers to each held-out problem, and how many of them vote
SHOWN = 8  # answers that are stored


class Told(NamedTuple):
    """What was measured of a model on the held-out problems.

    Attributes:
        right, worked, right_if_worked, length: at temperature 1, see `sums.Said`.
        greedy: share right when the likeliest character is always taken.
        said: answers to the first problems, at temperature 1.
    """

    right: float
    worked: float
    right_if_worked: float | None
    length: float
    greedy: float
    said: list[str]


class Taught(NamedTuple):
    """A run: of each step what was paid for an answer, the shares that were right and worked out, and the length; and
    what was measured after it."""

    paid: list[float]
    right: list[float]
    worked: list[float]
    length: list[float]
    told: Told


class Many(NamedTuple):
    """Of `MANY` answers to each held-out problem: how many are right, the share of problems whose most frequent answer
    is, for each of `COUNTS`, and the characters of an answer."""

    right: list[int]
    majority: list[float]
    length: float


def measured(model: Transformer) -> dict:
    """Ask a model all that is measured."""
    said, greedy = sums.measured(model), sums.measured(model, temperature=0)
    numbers = {name: value and round(value, 4) for name, value in said._asdict().items() if name != "texts"}
    return numbers | {"greedy": round(greedy.right, 4), "said": said.texts[:SHOWN]}


def taught(way: Way, seed: int) -> dict:
    """One run from the imitated model, as it is kept."""
    model, curves = sums.imitated(), {name: [] for name in Taught._fields[:-1]}
    run = rewarded.run(model, way, seed)
    for _ in run:
        answers = run.data.answers
        each = {
            "paid": [answer.reward for answer in answers],
            "right": [sums.is_right(answer.problem, answer.text, answer.ended) for answer in answers],
            "worked": [sums.is_worked_out(answer.text) for answer in answers],
            "length": [len(answer.text) + answer.ended for answer in answers],
        }
        for name, values in each.items():
            curves[name].append(round(sum(values) / len(values), 3))
    found = curves | {"told": measured(model.eval())}
    return found | ({"many": many(model)} if (way.reward, seed) == ("right", SEEDS[0]) else {})


def many(model: Transformer) -> dict:
    """Many answers of a model to each problem, counted."""
    texts = sums.answers(model, sums.HELD_OUT, count=MANY, seed=1)
    groups = [texts[n : n + MANY] for n in range(0, len(texts), MANY)]
    pairs = list(zip(sums.HELD_OUT, groups, strict=True))
    return {
        "right": [sum(int(sums.is_right(problem, text, text[-1:] != "…")) for text in said) for problem, said in pairs],
        "majority": [
            round(sum(majority(said[:count]) == str(sum(problem)) for problem, said in pairs) / len(pairs), 4)
            for count in COUNTS
        ],
        "length": round(sum(len(text) + 1 for text in texts) / len(texts), 3),
    }


def fingerprint(way: Way) -> str:
    """Text that differs if anything that is set for a run does; a changed layer it can't see."""
    texts = ("(9,12)12", "12", "", "(99,12")
    rewards = [rewarded.REWARDS[way.reward](each, text, True) for each in sums.HELD_OUT[:20] for text in texts]
    settings = (rewarded.recipe(way.rate, way.steps), rewarded.settings(), rewarded.PROBLEMS, sums.HELD_OUT, rewards)
    weights = hashlib.sha256(sums.WEIGHTS.read_bytes()).hexdigest()
    return hashlib.sha256(repr((way, settings, weights)).encode()).hexdigest()[:16]


@cache
def before() -> Told:
    """The model that has only imitated."""
    return Told(**_stored()["before"]["told"])


@cache
def many_before() -> Many:
    """The same, asked many times."""
    return Many(**_stored()["before"]["many"])


@cache
def many_after() -> Many:
    """The model of the first run of GRPO."""
    return Many(**_stored()["after"])


@cache
def runs() -> dict[Way, list[Taught]]:
    """The recorded runs of each way, one for each seed."""
    return {
        Way(**kind["way"]): [Taught(**each | {"told": Told(**each["told"])}) for each in kind["runs"]]
        for kind in _stored()["kinds"]
    }


@cache
def tried() -> list[dict]:
    """The rates that were tried: way, and share right on the trial seed."""
    return _stored()["tried"]


def of(method: str) -> tuple[Way, list[Taught]]:
    """The way of a method that pays for what is right, and its runs."""
    return next(
        (way, made) for way, made in runs().items() if (way.method, way.reward) == (method, "right") and len(made) > 1
    )


@cache
def _stored() -> dict:
    return json.loads(STORED.read_text("utf-8"))
