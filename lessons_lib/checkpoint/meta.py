"""A model out of a folder in Meta's own format: `params.json`, and weights cut into as many files as it ran on devices.

Meta ships its weights as pickles, which can run code and are never opened here. Whoever trusts the source converts each
file once, and puts the result in its place:

    save_safetensors(torch.load("consolidated.00.pth", weights_only=True, mmap=True), "consolidated.00.safetensors")
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from mmap import mmap
from typing import Any

import torch
from torch import Tensor

from lessons_lib.checkpoint.gguf.names import half_from_interleaved
from lessons_lib.config import ModelConfig
from lessons_lib.errors import CheckpointError
from lessons_lib.files import ModelFolder
from lessons_lib.formats.lazy import LazyTensor
from lessons_lib.formats.safetensors import map_safetensors
from lessons_lib.tokenizer import Tokenizer, load_sentencepiece
from lessons_lib.tokenizer.formats.published import read_published
from lessons_lib.tokenizer.formats.ranks import is_rank_file

PARAMS, PIECES = "params.json", "tokenizer.model"
_ROWS, _COLUMNS = 0, 1

# Our name, and which dimension the files cut; None for what all files hold whole.
_TOP = {
    "tok_embeddings": ("model.embed_tokens", None),  # by rows in Llama 3, by columns before: see `_cut`
    "norm": ("model.norm", None),
    "output": ("lm_head", _ROWS),
}
_BLOCK = {
    "attention_norm": ("input_layernorm", None),
    "attention.wq": ("self_attn.q_proj", _ROWS),
    "attention.wk": ("self_attn.k_proj", _ROWS),
    "attention.wv": ("self_attn.v_proj", _ROWS),
    "attention.wo": ("self_attn.o_proj", _COLUMNS),
    "ffn_norm": ("post_attention_layernorm", None),
    "feed_forward.w1": ("mlp.gate_proj", _ROWS),
    "feed_forward.w3": ("mlp.up_proj", _ROWS),
    "feed_forward.w2": ("mlp.down_proj", _COLUMNS),
}
_REQUIRED = ("dim", "n_layers", "n_heads", "norm_eps", "multiple_of")
_OPTIONAL = (
    *("n_kv_heads", "vocab_size", "ffn_dim_multiplier", "rope_theta", "use_scaled_rope", "rope_scaling_factor"),
    *("max_seq_len", "max_batch_size", "model_parallel_size"),
)


def config_from_meta(folder: ModelFolder, shards: list[dict[str, Tensor]], tokenizer: Tokenizer) -> ModelConfig:
    """Read `params.json`.

    Llama 3.1 and 3.2 stretch their rotation by different factors, and their files do not say by which: for
    `use_scaled_rope` the file must be given a `rope_scaling_factor`, 8 or 32.

    Args:
        folder: where it is.
        shards: the tensors of each file, from `map_meta`; old files leave the vocabulary's size to them.
        tokenizer: knows the tokens that begin and end a text.

    Raises:
        CheckpointError: for a value that is missing, unknown or impossible.
    """
    file, params = folder.path / PARAMS, folder.json(PARAMS)
    unknown = [name for name, value in params.items() if name not in (*_REQUIRED, *_OPTIONAL) and value]
    missing = [name for name in _REQUIRED if params.get(name) is None]
    if unknown or missing:
        got = f"unknown {', '.join(unknown) or 'nothing'}; missing {', '.join(missing) or 'nothing'}"
        raise CheckpointError(file, "values", got, "what describes a dense Llama")
    scaled = bool(params.get("use_scaled_rope"))
    if scaled and params.get("rope_scaling_factor") is None:
        rule = "8 for Llama 3.1, 32 for Llama 3.2: the file does not say which it is, so add it"
        raise CheckpointError(file, "rope_scaling_factor", "nothing", rule)
    rows, columns = shards[0]["tok_embeddings.weight"].shape
    vocab_size = rows * (len(shards) if columns == params["dim"] else 1)
    theta = params.get("rope_theta", 10000.0)
    try:
        if params.get("vocab_size", -1) not in (-1, vocab_size):
            raise ValueError(
                f"vocab_size: got {params['vocab_size']}, allowed {vocab_size}, the rows of tok_embeddings"
            )
        return ModelConfig(
            vocab_size=vocab_size,
            hidden_size=params["dim"],
            intermediate_size=_inner_width(params),
            num_hidden_layers=params["n_layers"],
            num_attention_heads=params["n_heads"],
            num_key_value_heads=params.get("n_kv_heads"),
            max_position_embeddings=params.get("max_seq_len") or (131072 if scaled else 8192 if theta > 1e5 else 4096),
            rms_norm_eps=params["norm_eps"],
            rope_theta=theta,
            rope_scaling=_scaling(params["rope_scaling_factor"]) if scaled else None,
            tie_word_embeddings="output.weight" not in shards[0],
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_ids,
        )
    except (ValueError, TypeError, OverflowError) as error:
        raise CheckpointError(file, "values", "some that do not fit", f"a consistent model: {error}") from None


def tensors_from_meta(
    folder: ModelFolder, config: ModelConfig, shards: list[dict[str, Tensor]]
) -> dict[str, LazyTensor]:
    """Join what the files hold, under Hugging Face's names and in Hugging Face's order of rows.

    Args:
        folder: named in errors.
        config: its `head_dim` says which rows of queries and keys belong together.
        shards: the tensors of each file, from `map_meta`.

    Raises:
        CheckpointError: if the files do not hold pieces of the same tensors.
    """
    names = {name for shard in shards for name in shard if name != "rope.freqs"}
    tensors = {}
    for name in sorted(names):
        pieces = [shard[name] for shard in shards if name in shard]
        ours, dim = _place(name, pieces[0], config)
        same = {(piece.dtype, *piece.shape) for piece in pieces}
        if len(pieces) < len(shards) or len(same) > 1 or (dim is not None and pieces[0].dim() <= dim):
            raise CheckpointError(folder.path, name, f"{len(pieces)} pieces, {len(same)} kinds", f"{len(shards)} alike")
        if ours in tensors:
            raise CheckpointError(folder.path, name, f"a second {ours}", "one")
        # By their bytes, for 8-bit floats have no comparison of their own.
        if dim is None and not all(torch.equal(_bytes(piece), _bytes(pieces[0])) for piece in pieces):
            raise CheckpointError(folder.path, name, "other numbers in each file", "the same in all")
        tensors[ours] = _joined(pieces, dim, config.head_dim if name.endswith((".wq.weight", ".wk.weight")) else None)
    return tensors


def map_meta(folder: ModelFolder) -> tuple[list[dict[str, Tensor]], list[mmap]]:
    """Map `consolidated.00.safetensors`, `consolidated.01.safetensors` and so on.

    Raises:
        CheckpointError: if there is none, one is missing between them, or there are only pickles.
    """
    names = [name for name in folder.names() if re.fullmatch(r"consolidated\..*\.safetensors", name)]
    if not names:
        pickles = [name for name in folder.names() if name.endswith(".pth")]
        got = f"only {pickles[0]}, a format that can run code" if pickles else "nothing"
        rule = (
            "consolidated.00.safetensors; if you trust the file: save_safetensors(torch.load('consolidated.00.pth', "
            "weights_only=True, mmap=True), 'consolidated.00.safetensors')"
        )
        raise CheckpointError(folder.path, "weights", got, rule)
    wanted = [f"consolidated.{i:02d}.safetensors" for i in range(len(names))]
    if names != wanted:
        raise CheckpointError(folder.path, "weights", ", ".join(names), f"{wanted[0]} to {wanted[-1]}")
    shards, maps = [], []
    for name in names:
        with folder.reading(name) as path:
            tensors, data = map_safetensors(path)
        shards.append(tensors)
        maps.append(data)
    if any(shard.get("tok_embeddings.weight", torch.empty(0)).dim() != 2 for shard in shards):
        raise CheckpointError(folder.path, "tok_embeddings.weight", "no matrix", "a matrix in each file")
    return shards, maps


def tokenizer_from_meta(folder: ModelFolder) -> Tokenizer:
    """Load `tokenizer.model`: SentencePiece up to Llama 2, ranks in Llama 3.

    Raises:
        CheckpointError: if it is missing or malformed.
    """
    if PIECES not in folder:
        raise CheckpointError(folder.path, PIECES, "no such file", "the tokenizer of the model")
    with folder.reading(PIECES) as path:
        if not is_rank_file(path):
            return load_sentencepiece(path)
        try:
            return read_published("llama3", path)
        except CheckpointError:
            raise
        except ValueError as error:
            raise CheckpointError(path, "ranks", str(error), "Llama 3's 128,000") from None


def _bytes(piece: Tensor) -> Tensor:
    return piece.reshape(-1).view(torch.uint8)


def _inner_width(params: Mapping[str, Any]) -> int:
    """F, which the file gives only by a rule: two thirds of 4C, times a factor, rounded up to a multiple."""
    width = int(2 * 4 * params["dim"] / 3)
    if params.get("ffn_dim_multiplier") is not None:
        width = int(params["ffn_dim_multiplier"] * width)
    if params["multiple_of"] < 1:
        raise ValueError(f"multiple_of: got {params['multiple_of']}, allowed 1 or more")
    return -(-width // params["multiple_of"]) * params["multiple_of"]


def _scaling(factor: float) -> dict[str, Any]:
    fixed = {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
    return {"rope_type": "llama3", "factor": factor} | fixed


def _place(name: str, piece: Tensor, config: ModelConfig) -> tuple[str, int | None]:
    """Give our name, and the dimension that the files cut; an unknown name stays, to be reported as unexpected."""
    module, _, kind = name.rpartition(".")
    if kind != "weight":
        return name, None
    if module == "tok_embeddings":
        return "model.embed_tokens.weight", _COLUMNS if piece.shape[1] < config.hidden_size else _ROWS
    if module in _TOP:
        ours, dim = _TOP[module]
        return f"{ours}.weight", dim
    found = re.fullmatch(r"layers\.(\d+)\.(.+)", module)
    if not found or found[2] not in _BLOCK:
        return name, None
    ours, dim = _BLOCK[found[2]]
    return f"model.layers.{found[1]}.{ours}.weight", dim


def _joined(pieces: list[Tensor], dim: int | None, head_dim: int | None) -> LazyTensor:
    """Put pieces side by side when they are needed; with `head_dim`, rows go from Meta's order to Hugging Face's."""
    shape = list(pieces[0].shape)
    if dim is not None:
        shape[dim] *= len(pieces)

    def make() -> Tensor:
        whole = pieces[0] if dim is None or len(pieces) == 1 else torch.cat(pieces, dim)
        return whole if head_dim is None else half_from_interleaved(whole, head_dim)

    return LazyTensor(tuple(shape), pieces[0].dtype, make)
