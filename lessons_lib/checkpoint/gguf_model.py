"""A model out of a GGUF file: llama.cpp's keys and names turned into a config and Hugging Face's parameter names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from lessons_lib.config import ModelConfig
from lessons_lib.errors import CheckpointError
from lessons_lib.formats.gguf import GGUF

TOP_NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
BLOCK_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def config_from_gguf(gguf: GGUF, file: str) -> ModelConfig:
    """Read the shape of the model from the file's metadata.

    Raises:
        CheckpointError: for another architecture than "llama", or a missing or impossible value.
    """
    architecture = gguf.metadata.get("general.architecture")
    if architecture != "llama":
        raise CheckpointError(file, "general.architecture", repr(architecture), "'llama'")
    if "rope_freqs.weight" in gguf or "llama.rope.scaling.type" in gguf.metadata:
        raise CheckpointError(file, "rotary scaling", "a scaled rotation", "plain rotary positions")
    get = _Reader(gguf.metadata, file)
    heads, width = get.whole("llama.attention.head_count"), get.whole("llama.embedding_length")
    head_dim = get.whole("llama.rope.dimension_count", width // max(heads, 1))
    embedding = gguf.shapes.get("token_embd.weight", (0,))
    eos = get.whole("tokenizer.ggml.eos_token_id", -1)
    bos = get.whole("tokenizer.ggml.bos_token_id", -1)
    try:
        return ModelConfig(
            vocab_size=embedding[0],
            hidden_size=width,
            intermediate_size=get.whole("llama.feed_forward_length"),
            num_hidden_layers=get.whole("llama.block_count"),
            num_attention_heads=heads,
            num_key_value_heads=get.whole("llama.attention.head_count_kv", heads),
            head_dim=head_dim,
            max_position_embeddings=get.whole("llama.context_length"),
            rms_norm_eps=get.number("llama.attention.layer_norm_rms_epsilon"),
            rope_theta=get.number("llama.rope.freq_base", 10000.0),
            attention_bias="blk.0.attn_q.bias" in gguf,
            mlp_bias="blk.0.ffn_gate.bias" in gguf,
            tie_word_embeddings="output.weight" not in gguf,
            bos_token_id=None if bos < 0 else bos,
            eos_token_id=None if eos < 0 else eos,
        )
    except ValueError as error:
        raise CheckpointError(file, "metadata", str(error), "a consistent model") from None


def hugging_face_name(name: str) -> str:
    """Translate a GGUF tensor name; an unknown name comes back as it is, to be reported as unexpected."""
    if name in TOP_NAMES:
        return TOP_NAMES[name]
    found = re.fullmatch(r"blk\.(\d+)\.(\w+)\.(weight|bias)", name)
    if not found or found[2] not in BLOCK_NAMES:
        return name
    return f"model.layers.{found[1]}.{BLOCK_NAMES[found[2]]}.{found[3]}"


def tensors_from_gguf(gguf: GGUF, config: ModelConfig) -> dict[str, Tensor]:
    """All weights in float32, under Hugging Face's names and in Hugging Face's order of rows."""
    tensors = {}
    for name in gguf:
        tensor = gguf[name]
        if re.fullmatch(r"blk\.\d+\.attn_[qk]\.(weight|bias)", name):
            tensor = half_from_interleaved(tensor, config.head_dim)
        tensors[hugging_face_name(name)] = tensor
    return tensors


def half_from_interleaved(rows: Tensor, head_dim: int) -> Tensor:
    """Reorder the rows of a query or key matrix from interleaved pairs (2i, 2i + 1) to half-split pairs (i, i + D/2).

    GGUF files of the "llama" architecture keep Meta's order. Turning such rows as half-split pairs raises no error and
    is right at position 0 only.

    Args:
        rows: [heads * D, C], or a bias [heads * D].
        head_dim: D.

    Returns:
        The same shape. A matrix whose rows are not whole heads comes back as it is, to be reported by its shape.
    """
    if rows.shape[0] % head_dim:
        return rows
    return rows.view(-1, head_dim // 2, 2, *rows.shape[1:]).transpose(1, 2).reshape(rows.shape)


class _Reader:
    """Typed look-ups in metadata that end in a `CheckpointError`."""

    def __init__(self, metadata: Mapping[str, Any], file: str) -> None:
        self.metadata, self.file = metadata, file

    def whole(self, key: str, default: int | None = None) -> int:
        return self._get(key, int, default, "a whole number")

    def number(self, key: str, default: float | None = None) -> float:
        return float(str(np.float32(self._get(key, float, default, "a number"))))  # 1e-05, not 9.99999974e-06

    def _get(self, key: str, kind: type, default: Any, rule: str) -> Any:
        value = self.metadata.get(key, default)
        if not isinstance(value, kind) or isinstance(value, bool):
            got = "nothing" if value is None else f"{type(value).__name__} {value!r:.40}"
            raise CheckpointError(self.file, key, got, rule)
        return value
