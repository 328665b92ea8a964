"""A model from nothing but a text: which text, which vocabulary, which model, and by which recipe.

text = "stories.txt"     # or several: ["a.txt", "b.txt"]
out = "my-model"
vocab_size = 1024        # or tokenizer = "smollm2"
length = 192

[model]                  # fields of ModelConfig
hidden_size = 128

[recipe]                 # fields of Recipe
steps = 300
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lessons_lib import arguments
from lessons_lib.checkpoint import save_pretrained
from lessons_lib.config import ModelConfig
from lessons_lib.generation import generate
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer, load_tokenizer, save_tokenizer, train_bpe
from lessons_lib.training.batches import Windows
from lessons_lib.training.data import TokenFile, write_tokens
from lessons_lib.training.distributed import place, wait
from lessons_lib.training.jobs.job import Job, Work
from lessons_lib.training.losses import held_out_loss
from lessons_lib.training.objectives import NextToken
from lessons_lib.training.recipe import Recipe

_MODEL = {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4, "tie_word_embeddings": True}
_BLOCK = 1 << 20  # characters of a text that are encoded at once
_MOST_HELD_OUT = 200  # windows by which a run is judged


@dataclass(frozen=True, kw_only=True)
class FromText(Job):
    """All that it takes to train a model on a text.

    Args:
        text: files of UTF-8 text.
        vocab_size: tokens of a tokenizer that is trained on the text.
        tokenizer: what `load_tokenizer` takes, in the place of one that is trained.
        length: tokens a window reads, T.
        model: fields of `ModelConfig`, beside those that the vocabulary and the length decide.
        recipe: the settings of the run.
        The rest as in `Job`. What is held out is the end of the text.

    Raises:
        ValueError: naming the setting, its value and what is allowed.
    """

    text: tuple[Path, ...]
    vocab_size: int = 1024
    tokenizer: str | None = None
    length: int = 192
    model: Mapping[str, Any] = field(default_factory=dict)
    recipe: Recipe = field(default_factory=lambda: Recipe(steps=1000))

    def __post_init__(self) -> None:
        super().__post_init__()
        arguments.whole("vocab_size", self.vocab_size, 257)
        arguments.whole("length", self.length, 1)
        if not self.text:
            raise ValueError("text: got no file, allowed at least one")

    def ready(self, device: torch.device) -> Work:
        """Train the tokenizer and encode the text in the first process; make the model in all."""
        hand_over = _nothing
        if place()[0] == 0:
            tokenizer = self._tokenizer()
            data, held_out, bytes_per_token = self._encoded(tokenizer)
            hand_over = partial(self._hand_over, tokenizer, held_out, bytes_per_token)
        wait()
        if place()[0] != 0:
            tokenizer = load_tokenizer(self.out / "tokenizer.json")
            data = self._windows(tokenizer)
        config = self._config(tokenizer)
        torch.manual_seed(self.seed)
        return Work(Transformer(config), data, self.recipe, NextToken(), hand_over)

    def _tokenizer(self) -> Tokenizer:
        """The tokenizer, trained if need be and saved."""
        self.out.mkdir(parents=True, exist_ok=True)
        if self.tokenizer is not None:
            made = load_tokenizer(self.tokenizer)
        else:
            made = train_bpe(self.text, self.vocab_size, special_tokens=["<|endoftext|>"])
        save_tokenizer(made, self.out / "tokenizer.json")
        return made

    def _config(self, tokenizer: Tokenizer) -> ModelConfig:
        sizes = {"vocab_size": tokenizer.vocab_size, "max_position_embeddings": 2 * self.length}
        fields = _MODEL | sizes | dict(self.model)
        hidden = fields["hidden_size"]
        fields.setdefault("intermediate_size", -(-8 * hidden // 3 // 32) * 32 if isinstance(hidden, int) else None)
        try:
            return ModelConfig(**fields)
        except TypeError as error:
            raise ValueError(f"model: {error}") from None

    def _encoded(self, tokenizer: Tokenizer) -> tuple[Windows, Tensor, float]:
        """Encode the text into the folder: the windows to learn from, rows [N, T + 1] of the held-out end, and the
        bytes of text that a token stands for there."""
        text = "\n".join(path.read_text(encoding="utf-8") for path in self.text)
        border = len(text) - int(len(text) * self.held_out)
        write_tokens(self.out / "train.bin", _blocks(text[:border]), tokenizer)
        held_out = np.array(tokenizer.encode(text[border:]))
        count = min(len(held_out) // (self.length + 1), _MOST_HELD_OUT)
        if not count:
            raise ValueError(
                f"text: got {len(text):,} characters, of which the last {self.held_out:.0%} are {len(held_out)} "
                f"tokens; allowed more than length ({self.length}) of them: take a longer text or a smaller length"
            )
        rows = torch.from_numpy(held_out[: count * (self.length + 1)]).view(count, -1)
        bytes_per_token = len(text[border:].encode()) / len(held_out)
        return self._windows(tokenizer), rows, bytes_per_token

    def _windows(self, tokenizer: Tokenizer) -> Windows:
        tokens = TokenFile(self.out / "train.bin", tokenizer, check=False).tokens  # just written
        return Windows(tokens, self.length, self.seed)

    def _hand_over(self, tokenizer: Tokenizer, held_out: Tensor, bytes_per_token: float, model: Transformer) -> None:
        save_pretrained(model, self.out / "model", tokenizer)
        nats = held_out_loss(model, held_out)
        bits = nats / math.log(2) / bytes_per_token
        print(f"{model.num_parameters():,} parameters, {self.recipe.steps} steps; on text it never read:")
        print(f"{nats:.2f} nats a token, {bits:.2f} bits a byte")
        print(f"It goes on from a line's end:\n{_sample(model, tokenizer)}")
        print(f"The model is in {self.out / 'model'}; lessons_lib.load opens it, and so does transformers.")
        print(f"To write with it: python -m lessons_lib --model {self.out / 'model'}")


def _nothing(model: Transformer) -> None:
    pass


def _sample(model: Transformer, tokenizer: Tokenizer) -> str:
    model.eval()
    ids = generate(model, tokenizer.encode("\n"), max_new_tokens=100, temperature=0.7, seed=0)
    return tokenizer.decode(list(ids))


def _blocks(text: str) -> Iterator[str]:
    """A text in blocks of whole lines."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _BLOCK) + 1 or len(text)
        yield text[start:end]
        start = end
