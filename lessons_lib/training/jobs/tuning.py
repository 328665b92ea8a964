"""A trained model that learns something more: from which rows, of which kind, with an adapter or whole.

data = "talk.jsonl"                 # or several files
out = "my-tuning"
model = "smollm2-135m-instruct"     # or a folder
kind = "sft"                        # or "preference", "reward"; without it the first row decides
reward = "my_reward.py:score"       # for rows with a prompt: score(row, text, ended) says what an answer is worth
epochs = 3
merge = false                       # true: a whole model comes of it, not an adapter

[lora]                              # fields of LoraConfig; lora = false to train all weights
r = 8

[dpo]                               # fields of Dpo, for a preference
beta = 0.1

[grpo]                              # fields of Grpo, for a reward
num_generations = 8

[recipe]                            # fields of Recipe
learning_rate = 0.001
"""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch

from lessons_lib import arguments
from lessons_lib.checkpoint import load, save_lora, save_pretrained
from lessons_lib.files.jsonl import read_rows
from lessons_lib.generation import stream
from lessons_lib.layers import LoraConfig, add_lora, merge_lora
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer
from lessons_lib.training.data.examples import Words, kind_of
from lessons_lib.training.distributed import place, wait
from lessons_lib.training.grpo import Grpo
from lessons_lib.training.hashing import hashed
from lessons_lib.training.jobs.job import Job, Work
from lessons_lib.training.jobs.kinds import KINDS, Kind, Row
from lessons_lib.training.preference import Dpo
from lessons_lib.training.recipe import Recipe
from lessons_lib.training.state import digest_of

_LENGTH = 1024  # tokens that a row reads at most, unless the job says otherwise
_MOST_HELD_OUT = 200  # rows by which a model is judged
_ANSWER = 64  # tokens of the answer that is shown
_WORDS = 400  # characters of a question that are shown
_USUAL = {"matrix_learning_rate": None, "weight_decay": 0.0, "warm_up": 0.1, "decay": 1.0}


@dataclass(frozen=True, kw_only=True)
class Tuning(Job):
    """All that it takes to tune a model on rows; see `lessons_lib.training.data.examples` for their forms.

    Args:
        data: files of rows, one JSON object a line.
        model: what `lessons_lib.load` takes.
        kind: "sft" to learn answers, "preference" to prefer one of two, "reward" to do what is paid for; None where
            the reward or the first row decides.
        lora: the adapter that learns; None to train all weights.
        merge: whether the adapter is added to the weights in the end, so that a whole model comes of it.
        dpo: the objective of a preference.
        grpo: the objective of a reward, and how answers are drawn.
        reward: `file.py:function`, what an answer is worth: from the row, the text, and whether it came to its end, to
            a number or None. The file is run.
        reward_seconds: that it may take for an answer; one that takes longer is worth 0.
        recipe: fields of `Recipe`, in the place of the usual ones of the kind.
        epochs: how often each row is read; None for the usual, or where the recipe says how many steps.
        length: the most tokens that a row may read; None for 1,024, or the model's context where that is less.
        template: whether a text is asked as a user's words and answered as the assistant's, if the model has a chat
            template; else it is read as it stands.
        The rest as in `Job`. What is held out are whole questions: rows with the same one are on the same side.

    Raises:
        ValueError: naming the setting, its value and what is allowed.
    """

    data: tuple[Path, ...]
    model: str = "smollm2-135m-instruct"
    kind: str | None = None
    lora: LoraConfig | None = field(default_factory=LoraConfig)
    merge: bool = False
    grpo: Grpo = field(default_factory=lambda: Grpo(max_completion_length=64))
    reward: str | None = None
    reward_seconds: float = 5.0
    dpo: Dpo = field(default_factory=lambda: Dpo(sft_weight=0.5))  # without it, DPO may make both answers unlikely
    recipe: Mapping[str, Any] = field(default_factory=dict)
    epochs: float | None = None
    length: int | None = None
    held_out: float = 0.1
    template: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.data:
            raise ValueError("data: got no file, allowed at least one")
        if self.kind not in (None, *KINDS):
            raise ValueError(f"kind: got {arguments.described(self.kind)}, allowed {', '.join(KINDS)}")
        if not isinstance(self.reward, str | None):
            raise ValueError(f"reward: got {arguments.described(self.reward)}, allowed file.py:function")
        if self.reward is not None and self.kind not in (None, "reward"):
            raise ValueError(f"reward: got one for kind {self.kind!r}, allowed none")
        arguments.real("reward_seconds", self.reward_seconds, 0, 1e6, "above 0", above=True)
        for name in ("merge", "template"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name}: got {arguments.described(getattr(self, name))}, allowed true or false")
        if self.length is not None:
            arguments.whole("length", self.length, 1)
        if self.epochs is not None:
            arguments.real("epochs", self.epochs, 0, 1e6, "above 0", above=True)
            if "steps" in self.recipe:
                raise ValueError(f"epochs: got {self.epochs} beside the recipe's steps, allowed one of them")
        Recipe(**{"steps": 1} | self.recipe)

    def ready(self, device: torch.device) -> Work:
        """Read the rows, see what the model knows already, and give it its adapter."""
        model, tokenizer = load(self.model)
        kind, rows = self._read(tokenizer, model.config.max_position_embeddings)
        learned, held_out = _divided(rows, self.held_out, self.seed)
        first = place()[0] == 0
        if first:
            print(f"{kind.name}: {len(learned)} rows to learn from, {len(held_out)} held out", flush=True)
        before = _look(model, tokenizer, kind, held_out) if first else None
        wait()
        if self.lora is not None:
            add_lora(model, self.lora, seed=self.seed)
        data = kind.batches(learned, model.to(device))
        weights = model.state_dict() if self.lora is None else {}  # others are told by the run: they don't learn
        data.fingerprint += digest_of(weights, kind.origin(learned))
        recipe = self._recipe(kind, data.per_epoch)
        if first:
            learning = sum(p.numel() for p in model.parameters() if p.requires_grad)
            print(f"{learning:,} of {model.num_parameters():,} numbers learn, in {recipe.steps} steps", flush=True)
        hand_over = partial(self._hand_over, tokenizer, kind, held_out, before)
        return Work(model, data, recipe, kind.objective, hand_over)

    def _read(self, tokenizer: Tokenizer, context: int) -> tuple[Kind, list[Row]]:
        """The kind of the job, and its rows."""
        name = self.kind if self.reward is None else "reward"
        kind = None if name is None else self._kind(name, tokenizer, context)

        def make(place: str, row: dict[str, Any]) -> Row:
            nonlocal kind
            if kind is None:
                kind = self._kind(kind_of(place, row), tokenizer, context)
            return kind.row(place, row)

        rows = [row for path in self.data for row in read_rows(path, make)]
        return kind, rows

    def _kind(self, name: str, tokenizer: Tokenizer, context: int) -> Kind:
        length = min(_LENGTH, context) if self.length is None else self.length
        if length > context:
            raise ValueError(f"length: got {length}, allowed at most the model's context ({context})")
        return KINDS[name](self, tokenizer, length)

    def _recipe(self, kind: Kind, rows: int) -> Recipe:
        settings = _USUAL | {"learning_rate": kind.rates[self.lora is None]} | kind.usual | self.recipe
        epochs = kind.epochs if self.epochs is None else self.epochs
        settings.setdefault("steps", max(1, round(epochs * rows / settings["batch_size"])))
        return Recipe(**settings)

    def _hand_over(
        self, tokenizer: Tokenizer, kind: Kind, held_out: Sequence[Row], before: Look, model: Transformer
    ) -> None:
        after = _look(model.eval(), tokenizer, kind, held_out)
        print(f"On {len(held_out)} rows that it did not learn from:")
        print(kind.told(before.score, after.score))
        print(f"Asked: {_shown(before.question)}")
        for name, answer in (("wanted", held_out[0].wanted), ("before", before.answer), ("after", after.answer)):
            if answer is not None:
                print(f"{name}:\n{textwrap.indent(_shown(answer), '    ')}")
        print(self._save(model, tokenizer))

    def _save(self, model: Transformer, tokenizer: Tokenizer) -> str:
        """Keep what came of it, and say how it is opened."""
        if self.lora is not None and not self.merge:
            folder = self.out / "adapter"
            save_lora(model, folder, self.model)
            command = f"--model {shlex.quote(self.model)} --adapter {shlex.quote(str(folder))}"
            found = f"The adapter is in {folder}; lessons_lib.checkpoint.load_lora opens it, and so does PEFT."
        else:
            folder = self.out / "model"
            if self.lora is not None:
                merge_lora(model)
            save_pretrained(model, folder, tokenizer)
            command = f"--model {shlex.quote(str(folder))}"
            found = f"The model is in {folder}; lessons_lib.load opens it, and so does transformers."
        return f"{found}\nTo talk with it: python -m lessons_lib {command}"


class Look(NamedTuple):
    """What a model is like, before or after.

    Attributes:
        score: on rows that it does not learn from, as the kind gives it.
        question: of the first of them.
        answer: what it says to that.
    """

    score: Any
    question: Words
    answer: str


def _look(model: Transformer, tokenizer: Tokenizer, kind: Kind, held_out: Sequence[Row]) -> Look:
    question = held_out[0].question
    answer = "".join(stream(model, tokenizer, question, _ANSWER, temperature=0.0))
    return Look(kind.score(model, held_out), question, answer)


def _divided(rows: Sequence[Row], share: float, seed: int) -> tuple[list[Row], list[Row]]:
    """The rows to learn from, in their order, and those to judge by: about a share, at least one and at most 200."""
    groups: dict[str, list[int]] = {}
    for n, row in enumerate(rows):
        groups.setdefault(repr(row.question), []).append(n)
    if len(groups) < 2:
        raise ValueError("data: got 1 question, allowed at least 2: one to learn from, and one to be judged by")
    wanted = min(max(1, round(share * len(rows))), _MOST_HELD_OUT)
    apart: list[int] = []
    for question in sorted(groups, key=lambda question: hashed(f"{seed}:{question}"))[:-1]:
        if len(apart) >= wanted:
            break
        apart += groups[question]
    taken = set(apart)
    return [row for n, row in enumerate(rows) if n not in taken], [rows[n] for n in apart]


def _shown(words: Words) -> str:
    """A question or an answer on a terminal, which obeys nothing in it."""
    if not isinstance(words, str):
        words = words[0]["content"] if len(words) == 1 else "\n".join(f"{m['role']}: {m['content']}" for m in words)
    words = words if len(words) <= _WORDS else f"{words[:_WORDS]} ..."
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in words)
