"""How lesson 13 teaches SmolLM2 its taste, and what is measured before and after. A run is a pure function of
(model, way, seed); see `recorded` for the runs that are stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

from lessons_lib.classroom.lessons.lesson12 import tuning
from lessons_lib.classroom.lessons.lesson12.tuning import Answer
from lessons_lib.classroom.lessons.lesson13.pairs import pairs
from lessons_lib.layers import LoraConfig, add_lora
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer
from lessons_lib.training import Dpo, Pairs, Recipe, Run, log_probs
from lessons_lib.training.losses import IGNORED
from lessons_lib.training.objectives import Batch, Scores

MODEL = "smollm2-135m-instruct"
UPPER, RANK = 10, 8  # layers that get an adapter, and its rank
BATCH = 2  # pairs of a step
OWN, SAID = 16, 40  # tokens of an answer that is not liked, and the most of an answer that is judged


class Way(NamedTuple):
    """How the taste is taught.

    Attributes:
        rate: of AdamW at its highest.
        steps: of the run.
        sft_weight: of `Dpo`.
        beta: of `Dpo`.
        compared: False for the second part of the loss alone: the liked answers are copied, as in lesson 12.
        ended: False if the liked answers have no end token, as the others have none.
    """

    rate: float = 1e-3
    steps: int = 16
    sft_weight: float = 0.5
    beta: float = 0.1
    compared: bool = True
    ended: bool = True


class Copying(Dpo):
    """The second part of the loss of `Dpo` alone, so lesson 12 on the liked answers; with the log of `Dpo`."""

    def total(self, scores: Scores, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """The loss of some pairs, and the same sums as with `Dpo`."""
        ids, labels, reference = batch
        policy = log_probs(scores, ids.flatten(0, 1), labels.flatten(0, 1)).sum(-1).view(-1, 2)
        chosen, rejected = (self.beta * (policy.detach() - reference)).T
        loss = -self.sft_weight * policy[:, 0] / (labels[:, 0] != IGNORED).sum(-1)
        sums = {"chosen": chosen, "rejected": rejected, "accuracy": chosen > rejected}
        return loss.sum(), {name: each.sum().item() for name, each in sums.items()}


def conversation(tokenizer: Tokenizer, question: str, answer: str, ends: bool = True) -> tuple[list[int], list[bool]]:
    """A question and its answer as ids, and for each id whether the assistant says it.

    Args:
        tokenizer: of the model.
        question, answer: texts.
        ends: False for an answer that was cut off: nothing behind its last word is there to be named.
    """
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    ids, said = tokenizer.encode_chat(turns, add_generation_prompt=False, return_mask=True)
    last = max(place for place, each in enumerate(said) if each)  # where the answer ends, its end token
    return (ids[: last + 1], said[: last + 1]) if ends else (ids[:last], said[:last])


def rows(tokenizer: Tokenizer, ended: bool = True) -> list[tuple]:
    """Of each pair the two conversations; that of the model's own answer, which was cut off, does not end, and without
    `ended` that of the liked one does not either."""
    return [
        (
            conversation(tokenizer, pair.question, pair.liked, ended),
            conversation(tokenizer, pair.question, pair.other, False),
        )
        for pair in pairs()
    ]


def recipe(rate: float, steps: int) -> Recipe:
    """A short way up, and straight down to 0; all by AdamW."""
    return tuning.recipe(rate, steps, BATCH, warm_up=0.2)


def prepared(model: Transformer, seed: int = 0) -> Transformer:
    """The model with a fresh adapter in its upper layers, which alone learns."""
    layers = len(model.model.layers)
    return add_lora(model, LoraConfig(r=RANK, layers_to_transform=range(layers - UPPER, layers)), seed=seed)


def run(model: Transformer, data: Pairs, way: Way) -> Run:
    """The run that teaches a model of `prepared` the taste by pairs that were measured."""
    objective = Dpo if way.compared else Copying
    return Run(model, data, recipe(way.rate, way.steps), objective(beta=way.beta, sft_weight=way.sft_weight))


def answers(model: Transformer, tokenizer: Tokenizer, questions: Sequence[str], longest: int = SAID) -> list[Answer]:
    """What a model says to each question, always the likeliest token."""
    prompts = [[{"role": "user", "content": question}] for question in questions]
    return tuning.answers(model, tokenizer, prompts, longest)
