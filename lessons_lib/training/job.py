"""A training job as a file says it: which text, which vocabulary, which model, which recipe, and where it all goes.

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

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lessons_lib import arguments
from lessons_lib.config import ModelConfig
from lessons_lib.tokenizer import Tokenizer, load_tokenizer, save_tokenizer, train_bpe
from lessons_lib.training.batches import Windows
from lessons_lib.training.data import TokenFile, write_tokens
from lessons_lib.training.distributed import DEVICES, WAYS
from lessons_lib.training.recipe import Recipe

_MODEL = {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4, "tie_word_embeddings": True}
_BLOCK = 1 << 20  # characters of a text that are encoded at once
_MOST_HELD_OUT = 200  # windows by which a run is judged


@dataclass(frozen=True)
class Job:
    """All that `python -m lessons_lib.training` needs to know.

    Args:
        text: files of UTF-8 text; a relative path starts from the job's file.
        out: the folder for the tokenizer, the tokens, the run and the model.
        vocab_size: tokens of a tokenizer that is trained on the text.
        tokenizer: what `load_tokenizer` takes, in the place of one that is trained.
        length: tokens a window reads, T.
        held_out: share of the text, its end, that the model is judged by and never learns from.
        save_every: steps between saves of the run.
        seed: of the model's first weights and of the order of the windows.
        device: "cpu" or "cuda"; where the run was saved does not matter.
        spread: how several processes share the model, "ddp" or "fsdp"; see `lessons_lib.training.distributed`.
        model: fields of `ModelConfig`, beside those that the vocabulary and the length decide.
        recipe: the settings of the run.

    Raises:
        ValueError: naming the setting, its value and what is allowed.
    """

    text: tuple[Path, ...]
    out: Path
    vocab_size: int = 1024
    tokenizer: str | None = None
    length: int = 192
    held_out: float = 0.05
    save_every: int = 100
    seed: int = 0
    device: str = "cpu"
    spread: str = "ddp"
    model: Mapping[str, Any] = field(default_factory=dict)
    recipe: Recipe = field(default_factory=lambda: Recipe(steps=1000))

    def __post_init__(self) -> None:
        arguments.whole("vocab_size", self.vocab_size, 257)
        arguments.whole("length", self.length, 1)
        arguments.whole("save_every", self.save_every, 1)
        arguments.whole("seed", self.seed, 0)
        arguments.real("held_out", self.held_out, 0, 0.5, "0 to 0.5, 0 excluded", above=True)
        for name, allowed in (("device", DEVICES), ("spread", WAYS)):
            if (got := getattr(self, name)) not in allowed:
                raise ValueError(f"{name}: got {arguments.described(got)}, allowed {' or '.join(allowed)}")
        if not self.text:
            raise ValueError("text: got no file, allowed at least one")


def read_job(path: str | Path) -> Job:
    """Read a job from a `.toml` file; any other file is the text of a job with the settings as they are.

    Raises:
        ValueError: for a file that is no TOML, or a setting that is unknown or out of range.
        OSError: if it cannot be read.
    """
    path = arguments.path("job", path)
    if path.suffix != ".toml":
        path.open().close()
        return Job((path,), path.with_name(f"{path.stem}-model"))
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None
    known = {each.name for each in dataclasses.fields(Job)}
    _refuse_unknown(path, values, known, required={"text", "out"})
    texts = [values["text"]] if isinstance(values["text"], str) else values["text"]
    recipe = {"steps": 1000} | values.pop("recipe", {})
    _refuse_unknown(path, recipe, {each.name for each in dataclasses.fields(Recipe)})
    places = {"text": tuple(path.parent / each for each in texts), "out": path.parent / values["out"]}
    try:
        return Job(**values | places, recipe=Recipe(**recipe))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def tokenizer_of(job: Job) -> Tokenizer:
    """The tokenizer of a job, trained if need be and saved in its folder."""
    job.out.mkdir(parents=True, exist_ok=True)
    if job.tokenizer is not None:
        made = load_tokenizer(job.tokenizer)
    else:
        made = train_bpe(job.text, job.vocab_size, special_tokens=["<|endoftext|>"])
    save_tokenizer(made, job.out / "tokenizer.json")
    return made


def config_of(job: Job, tokenizer: Tokenizer) -> ModelConfig:
    """The config of a job's model.

    Raises:
        ValueError: for fields that `ModelConfig` does not know or take.
    """
    fields = _MODEL | {"vocab_size": tokenizer.vocab_size, "max_position_embeddings": 2 * job.length} | dict(job.model)
    hidden = fields["hidden_size"]
    fields.setdefault("intermediate_size", -(-8 * hidden // 3 // 32) * 32 if isinstance(hidden, int) else None)
    try:
        return ModelConfig(**fields)
    except TypeError as error:
        raise ValueError(f"model: {error}") from None


def data_of(job: Job, tokenizer: Tokenizer) -> tuple[Windows, Tensor, float]:
    """Encode a job's text into its folder.

    Returns:
        The windows to learn from; rows [N, T + 1] of the held-out end; and the bytes of text a token stands for there.

    Raises:
        ValueError: for a text that is too short to be divided.
    """
    texts = [path.read_text(encoding="utf-8") for path in job.text]
    text = "\n".join(texts)
    border = len(text) - int(len(text) * job.held_out)
    write_tokens(job.out / "train.bin", _blocks(text[:border]), tokenizer)
    held_out = np.array(tokenizer.encode(text[border:]))
    count = min(len(held_out) // (job.length + 1), _MOST_HELD_OUT)
    if not count:
        raise ValueError(
            f"text: got {len(text):,} characters, of which the last {job.held_out:.0%} are {len(held_out)} tokens; "
            f"allowed more than length ({job.length}) of them: take a longer text or a smaller length"
        )
    rows = torch.from_numpy(held_out[: count * (job.length + 1)]).view(count, -1)
    bytes_per_token = len(text[border:].encode()) / len(held_out)
    return _windows(job, tokenizer), rows, bytes_per_token


def opened(job: Job) -> tuple[Tokenizer, Windows]:
    """The tokenizer and the windows of a job whose folder another process has just filled."""
    tokenizer = load_tokenizer(job.out / "tokenizer.json")
    return tokenizer, _windows(job, tokenizer)


def _windows(job: Job, tokenizer: Tokenizer) -> Windows:
    tokens = TokenFile(job.out / "train.bin", tokenizer, check=False).tokens  # just written
    return Windows(tokens, job.length, job.seed)


def _blocks(text: str) -> Iterator[str]:
    """A text in blocks of whole lines."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + _BLOCK) + 1 or len(text)
        yield text[start:end]
        start = end


def _refuse_unknown(path: Path, values: Mapping[str, Any], known: set[str], required: set[str] = frozenset()) -> None:
    if unknown := sorted(set(values) - known):
        raise ValueError(f"{path}: got {', '.join(unknown)}, allowed {', '.join(sorted(known))}")
    if missing := sorted(required - set(values)):
        raise ValueError(f"{path}: got no {', '.join(missing)}, allowed a file that says it")
