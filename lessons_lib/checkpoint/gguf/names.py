"""What llama.cpp calls the parts of a model, and the order in which it wants the rows of queries and keys."""

from __future__ import annotations

import re

from torch import Tensor

TOP_NAMES = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}
BLOCK_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_GGUF_NAMES = {ours: theirs for theirs, ours in (TOP_NAMES | BLOCK_NAMES).items()}


def hugging_face_name(name: str) -> str:
    """Translate a GGUF tensor name of a Llama-like model; an unknown name comes back as it is.

    Args:
        name: such as "blk.3.attn_q.weight".

    Example:
        >>> hugging_face_name("blk.3.attn_q.weight")
        'model.layers.3.self_attn.q_proj.weight'
    """
    found = re.fullmatch(r"(blk\.(\d+)\.)?(\w+)\.(weight|bias)", name)
    names = BLOCK_NAMES if found and found[1] else TOP_NAMES
    if not found or found[3] not in names:
        return name
    layer = f"model.layers.{found[2]}." if found[1] else ""
    return f"{layer}{names[found[3]]}.{found[4]}"


def gguf_name(name: str) -> str:
    """Translate a parameter name into GGUF's.

    Raises:
        KeyError: for a part that GGUF has no name for.

    Example:
        >>> gguf_name("model.layers.3.self_attn.q_proj.weight")
        'blk.3.attn_q.weight'
    """
    part, kind = name.rsplit(".", 1)
    found = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", part)
    return f"blk.{found[1]}.{_GGUF_NAMES[found[2]]}.{kind}" if found else f"{_GGUF_NAMES[part]}.{kind}"


def is_rotated(name: str) -> bool:
    """Whether a tensor of this GGUF name makes what rotary positions turn: queries or keys."""
    return re.fullmatch(r"blk\.\d+\.attn_[qk]\.(weight|bias)", name) is not None


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
    return _swapped(rows, head_dim, (head_dim // 2, 2))


def interleaved_from_half(rows: Tensor, head_dim: int) -> Tensor:
    """Undo `half_from_interleaved`."""
    return _swapped(rows, head_dim, (2, head_dim // 2))


def _swapped(rows: Tensor, head_dim: int, sizes: tuple[int, int]) -> Tensor:
    if rows.shape[0] % head_dim:
        return rows
    pairs = rows.view(-1, *sizes, *rows.shape[1:])  # [heads, D/2, 2, C] or [heads, 2, D/2, C]
    return pairs.transpose(1, 2).reshape(rows.shape)  # [heads * D, C]
