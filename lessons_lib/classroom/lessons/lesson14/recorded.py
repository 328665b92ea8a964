"""What lesson 14 shows of runs that `benchmarks.evaluation` made beforehand."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from lessons_lib.classroom.lessons.lesson09b.track import set_in
from lessons_lib.classroom.lessons.lesson14 import asking, contaminated, judging
from lessons_lib.classroom.lessons.lesson14.contaminated import Taught
from lessons_lib.evaluation import Task, load_tasks

STORED = Path(__file__).with_name("runs.json")
SEEDS = range(8)
CHOICES = ("kinds", "where")  # tasks whose likelihoods are kept
WRITTEN = (("kinds", 0), ("kinds", 5), ("sums", 0), ("notes", 1))  # task, and examples before each question
JUDGED = ("right and wrong", "padded and plain", "own and right", "other and right")


def fingerprint() -> str:
    """Text that differs if a question, a way to ask or a setting does."""
    tasks = [
        (task.name, task.sha256, task.template, task.shots) for task in load_tasks("kinds", "where", "sums", "notes")
    ]
    put = [
        change(tasks_of("kinds")).prompt(tasks_of("kinds").items[0], shots) for change, shots in asking.WAYS.values()
    ]
    put += [
        change(tasks_of("kinds")).prompt(change(tasks_of("kinds")).items[0], 1) for change, _ in asking.WAYS.values()
    ]
    judge = (judging.ASKED, judging.PADDING, judging.PAIRS, judging.sentence("x"))
    items = [contaminated.recipe(copies) for copies in contaminated.COPIES]
    small = (
        items,
        set_in(contaminated.fresh(0).config),
        contaminated.STORIES,
        contaminated.LENGTH,
        contaminated.ORDERS,
    )
    return hashlib.sha256(repr((tasks, put, judge, small)).encode()).hexdigest()[:16]


@cache
def tasks_of(name: str) -> Task:
    """A task of the library, whole."""
    return load_tasks(name)[0]


@cache
def rows(task: str) -> list[dict]:
    """What the library said of each item of a task of choices: nats, alone, tokens."""
    return _stored()["rows"][task]


@cache
def picks(way: str) -> list[int]:
    """Which choice of each item of "kinds" was likeliest, if asked in one of `asking.WAYS`."""
    return [int(digit) for digit in _stored()["picks"][way]]


def right(way: str) -> list[bool]:
    """Whether that was the right one."""
    return [picked == item.gold for picked, item in zip(picks(way), tasks_of("kinds").items, strict=True)]


def written(task: str, shots: int) -> list[str]:
    """What the model wrote, item by item."""
    return _stored()["written"][f"{task}, {shots}"]


def gaps(what: str) -> list[list[float]]:
    """For each pair of `JUDGED` by how much "A" was likelier than "B", in nats, in both orders."""
    return _stored()["judged"][what]["letters"]


def likelier(what: str) -> list[float]:
    """For each pair by how much the first answer itself was likelier than the second, in nats."""
    return _stored()["judged"][what]["likelihood"]


@cache
def taught() -> dict[int, list[Taught]]:
    """For so many copies of the test the runs, one for each seed."""
    return {int(copies): [Taught(*each) for each in runs] for copies, runs in _stored()["taught"].items()}


@cache
def _stored() -> dict:
    return json.loads(STORED.read_text("utf-8"))
