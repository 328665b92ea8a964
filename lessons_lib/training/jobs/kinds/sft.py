"""Supervised fine-tuning: the answers of the rows are learned, word for word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from torch import nn

from lessons_lib.tokenizer import Tokenizer
from lessons_lib.training.batches import Conversations, conversation_row
from lessons_lib.training.jobs.kinds.kind import Kind, Row, encoded
from lessons_lib.training.losses import held_out_loss
from lessons_lib.training.objectives import NextToken, Objective

if TYPE_CHECKING:
    from lessons_lib.training.jobs.tuning import Tuning


class Sft(Kind):
    """To learn answers; judged by the loss on those of other rows."""

    name: ClassVar[str] = "sft"
    usual: ClassVar[Mapping[str, Any]] = {"batch_size": 8}
    rates: ClassVar[tuple[float, float]] = (1e-3, 1e-4)
    epochs: ClassVar[float] = 3

    def __init__(self, job: Tuning, tokenizer: Tokenizer, length: int) -> None:
        self.job, self.tokenizer, self.length = job, tokenizer, length
        self.objective: Objective = NextToken()

    def row(self, name: str, fields: Mapping[str, Any]) -> Row:
        example, [learned] = encoded(name, fields, self.name, self.job, self.tokenizer)
        conversation_row(name, *learned, self.length)
        return Row(example.question, example.answer, learned)

    def batches(self, rows: Sequence[Row], model: nn.Module) -> Conversations:
        return Conversations([row.learned for row in rows], seed=self.job.seed)

    def score(self, model: nn.Module, rows: Sequence[Row]) -> float:
        """Nats a token."""
        data = Conversations([row.learned for row in rows])
        return held_out_loss(model, (data.batch(step, 1) for step in range(data.per_epoch)))

    def told(self, before: float, after: float) -> str:
        return f"{before:.2f} nats a token before, {after:.2f} after"
