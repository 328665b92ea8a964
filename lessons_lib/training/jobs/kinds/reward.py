"""Reward: the model answers at random, a function of one's own says what each answer is worth, and the better learn."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from torch import nn

from lessons_lib import arguments
from lessons_lib.files import sha256_of
from lessons_lib.tokenizer import Tokenizer
from lessons_lib.training.data.examples import Words, prompt_ids, question_of
from lessons_lib.training.jobs.kinds.kind import Kind, Row, laid_out
from lessons_lib.training.limited import Reward as Judge
from lessons_lib.training.limited import limited
from lessons_lib.training.objectives import Objective
from lessons_lib.training.rollouts import Rollouts

if TYPE_CHECKING:
    from lessons_lib.training.jobs.tuning import Tuning

_JUDGED = 32  # prompts that are answered to judge a model


class Reward(Kind):
    """To do more often what is paid for, by GRPO; judged by what is paid for answers to other prompts.

    A row has a prompt, and in other fields whatever its reward needs to know. The reward is `score(row, text, ended)`
    in a Python file that the job names: a number, or None for an answer that can't be judged.
    """

    name: ClassVar[str] = "reward"
    usual: ClassVar[Mapping[str, Any]] = {"batch_size": 32}
    rates: ClassVar[tuple[float, float]] = (1e-4, 1e-5)
    epochs: ClassVar[float] = 1

    def __init__(self, job: Tuning, tokenizer: Tokenizer, length: int) -> None:
        if job.reward is None:
            raise ValueError("kind: got 'reward' without a reward, allowed one: reward = \"file.py:function\"")
        self.job, self.tokenizer = job, tokenizer
        self.most = length - job.grpo.max_completion_length
        self.reward = limited(function_in(job.reward), job.reward_seconds)
        self.objective: Objective = job.grpo

    def row(self, name: str, fields: Mapping[str, Any]) -> Row:
        if len(ids := self._ids(fields, name)) > self.most:
            rule = f"at most length less max_completion_length ({self.most})"
            raise ValueError(f"{name}, prompt: got {len(ids)} tokens, allowed {rule}")
        return Row(self._question(fields, name), None, fields)

    def batches(self, rows: Sequence[Row], model: nn.Module) -> Rollouts:
        return self._rollouts(rows, model, self.job.grpo)

    def origin(self, rows: Sequence[Row]) -> str:
        """The file of the reward, its time, and the rows that it reads; not what the file imports."""
        file, _, name = self.job.reward.rpartition(":")
        return f"{sha256_of(Path(file))} {name} {self.job.reward_seconds} {json.dumps([row.learned for row in rows])}"

    def score(self, model: nn.Module, rows: Sequence[Row]) -> tuple[float, int]:
        """The mean reward of some answers to each, and how many were judged."""
        grpo = dataclasses.replace(self.job.grpo, beta=0.0)
        rollouts = self._rollouts(rows[:_JUDGED], model, grpo)
        rollouts.batch(0, rollouts.per_epoch)
        paid = [answer.reward for answer in rollouts.answers if answer.reward is not None]
        return sum(paid) / max(len(paid), 1), len(paid)

    def told(self, before: tuple[float, int], after: tuple[float, int]) -> str:
        (was, count), (now, of) = before, after
        return f"mean reward {was:.3f} before (of {count} answers at random), {now:.3f} after (of {of})"

    def _rollouts(self, rows: Sequence[Row], model: nn.Module, grpo: Any) -> Rollouts:
        problems, decode = [row.learned for row in rows], partial(self.tokenizer.decode, skip_special_tokens=True)
        settings = {"encode": self._ids, "decode": decode, "seed": self.job.seed}
        return Rollouts(model, problems, self.reward, grpo, **settings)

    def _ids(self, fields: Mapping[str, Any], name: str = "row") -> list[int]:
        return prompt_ids(name, self._question(fields, name), self.tokenizer)

    def _question(self, fields: Mapping[str, Any], name: str = "row") -> Words:
        return laid_out(question_of(name, fields), self.job, self.tokenizer).prompt


def function_in(place: str) -> Judge:
    """The function that `file.py:function` names, which is run: nobody but who wrote the job chooses it.

    Raises:
        ValueError: if that is no such place, or the file can't be run or has no such function.
        OSError: if it cannot be read.
    """
    file, _, name = place.rpartition(":")
    if not file.endswith(".py") or not name.isidentifier():
        raise ValueError(f"reward: got {arguments.described(place)}, allowed file.py:function")
    Path(file).open().close()
    spec = importlib.util.spec_from_file_location("reward_of_the_job", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ValueError(f"reward: {file}: {type(error).__name__}: {error}") from error
    if not callable(function := getattr(module, name, None)):
        raise ValueError(f"reward: got {arguments.described(name)}, allowed a function of {file}")
    return function
