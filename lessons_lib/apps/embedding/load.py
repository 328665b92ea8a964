"""Sentence encoders from the folders that sentence-transformers publishes: BERT, a mean over the tokens, length 1."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lessons_lib import arguments, assets
from lessons_lib.apps.embedding.encoder import SentenceEncoder
from lessons_lib.apps.embedding.wordpiece import WordPiece
from lessons_lib.checkpoint.weights import fill
from lessons_lib.config import ModelConfig
from lessons_lib.errors import CheckpointError
from lessons_lib.files import read_json, read_text
from lessons_lib.files.untrusted import PAGE
from lessons_lib.formats.safetensors import load_safetensors

# Our names of a block's parts, and BERT's.
_PARTS = {
    "self_attn.q_proj": "attention.self.query",
    "self_attn.k_proj": "attention.self.key",
    "self_attn.v_proj": "attention.self.value",
    "self_attn.o_proj": "attention.output.dense",
    "post_attention_layernorm": "attention.output.LayerNorm",
    "mlp.up_proj": "intermediate.dense",
    "mlp.down_proj": "output.dense",
    "post_feedforward_layernorm": "output.LayerNorm",
}
_SIZES = ("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads")
_SIZES += ("max_position_embeddings",)
_NOT_READ = ("pooler.dense.weight", "pooler.dense.bias", "embeddings.position_ids")  # the mean does without


def load_encoder(source: str | os.PathLike[str] = "all-minilm-l6-v2") -> SentenceEncoder:
    """Load a sentence encoder in float32.

    Args:
        source: a name of `lessons_lib.assets`, which is fetched if it is not there yet, or a folder with `config.json`,
            `vocab.txt`, `model.safetensors`, `1_Pooling/config.json` and `sentence_bert_config.json`.

    Raises:
        CheckpointError: a file breaks a rule, or asks for what is not done here, such as another kind of pooling.
        AssetError: it has to be fetched and cannot be.
        OSError: a file is not there.

    Example:
        >>> asked, near, far = load_encoder().encode(["How do I sleep better?", "Tips against insomnia", "Tea prices"])
        >>> bool(asked @ near > 0.5 > 0.2 > asked @ far)
        True
    """
    folder = arguments.path("source", source)
    if not folder.exists() and folder.name == str(source):
        folder = assets.fetch(folder.name)
    config = _config(folder / "config.json")
    path = folder / "vocab.txt"
    try:
        wordpiece = WordPiece(read_text(path).removesuffix("\n").split("\n"))
    except ValueError as error:
        raise CheckpointError(path, "tokens", "others", str(error)) from None
    encoder = SentenceEncoder(config, wordpiece, _max_length(folder, config))
    weights = folder / "model.safetensors"
    fill(encoder, _renamed(load_safetensors(weights), config, weights), weights)
    return encoder.eval().requires_grad_(False)


def _config(path: Path) -> ModelConfig:
    """BERT's `config.json` in our words."""
    given = read_json(path, PAGE)
    _demand(path, given, model_type="bert", position_embedding_type="absolute", is_decoder=False)
    try:
        return ModelConfig(
            **{name: given.get(name) for name in _SIZES},
            position_embedding_type="learned",
            norm_type="layer",
            norm_placement="post",
            rms_norm_eps=given.get("layer_norm_eps", 1e-12),
            hidden_act=given.get("hidden_act", "gelu"),
            gated_mlp=False,
            mlp_bias=True,
            attention_bias=True,
            attention_output_bias=True,
        )
    except ValueError as error:
        raise CheckpointError(path, "config", "a value", str(error)) from None


def _max_length(folder: Path, config: ModelConfig) -> int:
    """How many tokens it reads, once the other files ask for nothing but the mean."""
    path = folder / "1_Pooling" / "config.json"
    pooling = read_json(path, PAGE)
    _demand(path, pooling, pooling_mode_mean_tokens=True)
    if others := [name for name, on in pooling.items() if name.startswith("pooling_mode_") and on is True][1:]:
        raise CheckpointError(path, "pooling", ", ".join(others), "pooling_mode_mean_tokens alone")
    path = folder / "sentence_bert_config.json"
    length = read_json(path, PAGE).get("max_seq_length")
    try:
        return arguments.whole("max_seq_length", length, least=2, most=config.max_position_embeddings)
    except ValueError as error:
        raise CheckpointError(path, "max_seq_length", length, str(error)) from None


def _demand(path: Path, given: Mapping[str, Any], **wanted: object) -> None:
    for name, value in wanted.items():
        if given.get(name, value) != value:
            raise CheckpointError(path, name, given[name], f"{value} (nothing else is done here)")


def _renamed(tensors: Mapping[str, Tensor], config: ModelConfig, path: Path) -> dict[str, Tensor]:
    """BERT's tensors under our names; what has no name of ours keeps its own, for `fill` to complain about."""
    found = {name: tensor for name, tensor in tensors.items() if name not in _NOT_READ}
    ours = {"embed_tokens.weight": "embeddings.word_embeddings.weight"}
    ours["embed_positions.weight"] = "embeddings.position_embeddings.weight"
    for kind in ("weight", "bias"):
        ours[f"embed_norm.{kind}"] = f"embeddings.LayerNorm.{kind}"
        for layer in range(config.num_hidden_layers):
            ours |= {f"layers.{layer}.{a}.{kind}": f"encoder.layer.{layer}.{b}.{kind}" for a, b in _PARTS.items()}
    # Each token is of type 0 here, so that type's row is added to every position once and for all.
    kinds = found.pop("embeddings.token_type_embeddings.weight", None)
    renamed = {name: found.pop(theirs) for name, theirs in ours.items() if theirs in found}
    if kinds is None or kinds.dim() != 2 or kinds.shape[1] != config.hidden_size or not len(kinds):
        got = "none" if kinds is None else list(kinds.shape)
        raise CheckpointError(path, "token_type_embeddings", got, f"[1 or more, {config.hidden_size}]")
    if (positions := renamed.get("embed_positions.weight")) is not None and positions.shape[-1:] == kinds.shape[-1:]:
        renamed["embed_positions.weight"] = positions.to(torch.float32) + kinds[0].to(torch.float32)
    return renamed | found
