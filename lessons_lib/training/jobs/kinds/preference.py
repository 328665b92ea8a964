"""Preference: of two answers to a question the chosen one becomes likelier than the rejected one, by DPO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from torch import Tensor, nn

from lessons_lib.tokenizer import Tokenizer
from lessons_lib.training.jobs.kinds.kind import Kind, Row, encoded
from lessons_lib.training.objectives import Objective
from lessons_lib.training.preference import Pairs, pair_row

if TYPE_CHECKING:
    from lessons_lib.training.jobs.tuning import Tuning


class Preference(Kind):
    """To prefer one of two answers; judged by how many pairs of others are told apart, and by how much."""

    name: ClassVar[str] = "preference"
    usual: ClassVar[Mapping[str, Any]] = {"batch_size": 4}
    rates: ClassVar[tuple[float, float]] = (1e-3, 1e-4)
    epochs: ClassVar[float] = 2

    def __init__(self, job: Tuning, tokenizer: Tokenizer, length: int) -> None:
        self.job, self.tokenizer, self.length = job, tokenizer, length
        self.objective: Objective = job.dpo

    def row(self, name: str, fields: Mapping[str, Any]) -> Row:
        example, learned = encoded(name, fields, self.name, self.job, self.tokenizer)
        pair_row(name, learned, self.length)
        return Row(example.question, example.answer, learned)

    def batches(self, rows: Sequence[Row], model: nn.Module) -> Pairs:
        return Pairs([row.learned for row in rows], seed=self.job.seed).measure(model)

    def score(self, model: nn.Module, rows: Sequence[Row]) -> Tensor:
        """By how many nats each chosen answer is likelier than the rejected one, [N]."""
        chosen, rejected = Pairs([row.learned for row in rows]).log_probs(model).T
        return chosen - rejected

    def told(self, before: Tensor, after: Tensor) -> str:
        margins = {
            "the chosen answer is the likelier one, before:": before,
            "after:": after,
            "it is preferred more than before:": after - before,
        }
        return "\n".join(
            f"{name:46} {(margin > 0).sum()} of {len(margin)}, by {margin.mean():+.1f} nats on average"
            for name, margin in margins.items()
        )
