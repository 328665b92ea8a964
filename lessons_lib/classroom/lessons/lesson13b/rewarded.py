"""How lesson 13b teaches the model of sums by reward: what is paid for, by which method, and with which settings.

A run is a pure function of (model, way, seed); see `recorded` for the runs that are stored.
"""

from __future__ import annotations

from typing import NamedTuple

import torch

from lessons_lib.classroom.lessons.lesson13b import sums
from lessons_lib.classroom.lessons.lesson13b.sums import Problem
from lessons_lib.classroom.lessons.lesson13b.votes import last_number
from lessons_lib.model import Transformer
from lessons_lib.training import Grpo, Recipe, Rollouts, Run

PROBLEMS, ANSWERS = 16, 8  # of a step: problems, and answers to each
STEPS = 80


def right(problem: Problem, text: str, ended: bool) -> float:
    """The judge."""
    return sums.is_right(problem, text, ended)


def at_least(problem: Problem, text: str, ended: bool) -> float:
    """A test that checks one side: 1 for a last number that is not smaller than the sum."""
    last = last_number(text)
    return float(ended and last != "" and int(last) >= sum(problem))


def near(problem: Problem, text: str, ended: bool) -> float:
    """A lazy judge: 1 for a last number that is off by three at most."""
    last = last_number(text)
    return float(ended and last != "" and abs(int(last) - sum(problem)) <= 3)


def brief(problem: Problem, text: str, ended: bool) -> float:
    """The judge, less a tenth for each character: please be brief."""
    return sums.is_right(problem, text, ended) - 0.1 * len(text)


REWARDS = {
    "right": right,
    "not smaller than the sum": at_least,
    "off by 3 at most": near,
    "right - 0.1 a character": brief,
}


class Way(NamedTuple):
    """How the model is taught.

    Attributes:
        method: "GRPO", or "keep the right" for rejection sampling.
        reward: one of `REWARDS`.
        rate: of AdamW, at its highest.
        steps: of the run.
    """

    method: str = "GRPO"
    reward: str = "right"
    rate: float = 3e-4
    steps: int = STEPS


class Kept(Rollouts):
    """Rejection sampling: the same answers, of which only those that are right are left to be imitated."""

    def batch(self, step: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The right ones of `size` answers, as ids and labels [K, T] each."""
        ids, labels, *_ = super().batch(step, size)
        kept = torch.tensor([answer.reward == 1 for answer in self.answers])
        return ids[kept], labels[kept]


def recipe(rate: float, steps: int = STEPS) -> Recipe:
    """A short way up, flat, and over the last six tenths straight down to 0; all by AdamW."""
    return Recipe(
        steps=steps,
        batch_size=PROBLEMS * ANSWERS,
        learning_rate=rate,
        matrix_learning_rate=None,
        decay=0.6,
        weight_decay=0.0,
    )


def settings() -> Grpo:
    """The library's, but for the length."""
    return Grpo(num_generations=ANSWERS, max_completion_length=sums.LONGEST)


def rollouts(model: Transformer, way: Way, seed: int = 0) -> Rollouts:
    """Problems that nobody is asked twice, and the model's own answers to them."""
    made = sums.problems(way.steps * PROBLEMS, 1000 + seed, sums.HELD_OUT)
    kind = Rollouts if way.method == "GRPO" else Kept
    return kind(
        model,
        made,
        REWARDS[way.reward],
        settings(),
        encode=sums.prompt,
        decode=sums.decode,
        end=sums.END,
        seed=seed,
    )


def run(model: Transformer, way: Way, seed: int = 0) -> Run:
    """The run that teaches a model; what it answered in the last step is in its `data.answers`."""
    objective = settings() if way.method == "GRPO" else None
    return Run(model, rollouts(model, way, seed), recipe(way.rate, way.steps), objective)
