"""What a job asks of a kind of tuning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

from lessons_lib.tokenizer import Tokenizer
from lessons_lib.training.batches import Batches
from lessons_lib.training.data.examples import Example, Words, asked_by_template, example_of, tokens
from lessons_lib.training.objectives import Objective

if TYPE_CHECKING:
    from torch import nn

    from lessons_lib.training.jobs.tuning import Tuning


class Row(NamedTuple):
    """A row that can be learned from.

    Attributes:
        question: what the model is asked, text or messages.
        wanted: the answer that is to be learned or preferred; None where nobody wrote one.
        learned: what the kind learns from.
    """

    question: Words
    wanted: str | None
    learned: Any


class Kind(Protocol):
    """A kind of tuning, for one job and one model's tokenizer.

    Attributes:
        name: as a job says it.
        usual: fields of `Recipe` where it differs from other kinds.
        rates: learning rates, of an adapter and of all weights.
        epochs: how often each row is read, where the job does not say.
        objective: what is made smaller.
    """

    name: ClassVar[str]
    usual: ClassVar[Mapping[str, Any]]
    rates: ClassVar[tuple[float, float]]
    epochs: ClassVar[float]
    objective: Objective

    def __init__(self, job: Tuning, tokenizer: Tokenizer, length: int) -> None:
        """`length` is the most tokens that a row may read."""

    def row(self, name: str, fields: Mapping[str, Any]) -> Row:
        """Read a row, called `name` in errors.

        Raises:
            ValueError: that begins with the name, and says the field, what it holds and the rule.
        """

    def batches(self, rows: Sequence[Row], model: nn.Module) -> Batches:
        """What a run learns from; the model is the one before the first step."""

    def origin(self, rows: Sequence[Row]) -> str:
        """What decides a run and does not stand in the data's fingerprint, as text."""
        return ""

    def score(self, model: nn.Module, rows: Sequence[Row]) -> Any:
        """What a model is worth on rows that it does not learn from."""

    def told(self, before: Any, after: Any) -> str:
        """Two scores in words."""


def laid_out(example: Example, job: Tuning, tokenizer: Tokenizer) -> Example:
    """A row in text as a conversation, if the model has a template and the job wants it."""
    return asked_by_template(example) if job.template and tokenizer.chat_template is not None else example


def encoded(
    name: str, fields: Mapping[str, Any], kind: str, job: Tuning, tokenizer: Tokenizer
) -> tuple[Example, list[tuple[list[int], list[bool]]]]:
    """A row with the ids of each of its answers behind the question, and for each id whether it is learned."""
    example = laid_out(example_of(name, fields, kind), job, tokenizer)
    return example, [tokens(name, example.prompt, answer, tokenizer) for answer in example.answers]
