"""ModelConfig: every number that a decoder-only language model needs before it has a single weight.

The field names are those of a Hugging Face `config.json`. A model family is nothing but a choice of these values; the
layers read the fields and never ask for a family's name.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

MAX_SIZE = 1 << 24  # no published width, vocabulary or context comes near it; a hostile file can
MAX_LAYERS = 1024


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The shape and the switches of one model.

    Args:
        vocab_size: rows of the embedding matrix, `V`.
        hidden_size: width of the residual stream, `C`.
        intermediate_size: width inside the feed-forward network, `F`.
        num_hidden_layers: number of blocks.
        num_attention_heads: query heads, `H`.
        num_key_value_heads: key and value heads, `G`; divides `H`. None means `H`.
        head_dim: width of one head, `D`. None means `hidden_size / num_attention_heads`; models exist where it differs.
        max_position_embeddings: the context, in tokens.
        rms_norm_eps: added to the mean square inside the root of the norm.
        rope_theta: base of the rotary frequencies.
        rope_scaling: None, or how the frequencies change for long contexts: a dict with `rope_type` "linear" (`factor`)
            or "llama3" (`factor`, `low_freq_factor`, `high_freq_factor`, `original_max_position_embeddings`).
        rope_pairing: which two numbers of a head turn together: "half" (i and i + D/2, Hugging Face's order) or
            "interleaved" (2i and 2i + 1, Meta's order).
        hidden_act: activation of the feed-forward gate. Only "silu".
        attention_bias: whether the four attention projections have a bias.
        mlp_bias: whether the three feed-forward projections have a bias.
        tie_word_embeddings: whether the output matrix is the embedding matrix.
        initializer_range: standard deviation of freshly made weights.
        bos_token_id: the token that opens a text, or None.
        eos_token_id: the tokens that end a text; an int or a list is accepted and kept as a tuple.

    Raises:
        ValueError: naming the field, the value and the rule.

    Example:
        >>> ModelConfig.preset("smollm2-135m").head_dim
        64

    Source: the `LlamaConfig` of Hugging Face transformers.
    """

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int | None = None
    head_dim: int | None = None
    max_position_embeddings: int = 2048
    rms_norm_eps: float = 1e-5
    rope_theta: float = 10000.0
    rope_scaling: dict[str, Any] | None = None
    rope_pairing: str = "half"
    hidden_act: str = "silu"
    attention_bias: bool = False
    mlp_bias: bool = False
    tie_word_embeddings: bool = False
    initializer_range: float = 0.02
    bos_token_id: int | None = None
    eos_token_id: int | list[int] | tuple[int, ...] | None = ()

    def __post_init__(self) -> None:
        if self.num_key_value_heads is None:
            object.__setattr__(self, "num_key_value_heads", self.num_attention_heads)
        for name in _SIZES:
            self._require(_is_int(getattr(self, name)) and 0 < getattr(self, name) <= MAX_SIZE, name, _SIZE_RULE)
        self._require(self.num_hidden_layers <= MAX_LAYERS, "num_hidden_layers", f"at most {MAX_LAYERS}")
        if self.head_dim is None:
            even = self.hidden_size % self.num_attention_heads == 0
            self._require(even, "hidden_size", f"a multiple of num_attention_heads ({self.num_attention_heads})")
            object.__setattr__(self, "head_dim", self.hidden_size // self.num_attention_heads)
        self._require(_is_int(self.head_dim) and 0 < self.head_dim <= MAX_SIZE, "head_dim", _SIZE_RULE)
        self._require(self.head_dim % 2 == 0, "head_dim", "even: rotary positions turn numbers in pairs")
        shared = self.num_attention_heads % self.num_key_value_heads == 0
        self._require(shared, "num_key_value_heads", f"a divisor of num_attention_heads ({self.num_attention_heads})")
        for name in ("rms_norm_eps", "rope_theta", "initializer_range"):
            self._require(_is_positive(getattr(self, name)), name, "a finite number above 0")
        for name in ("attention_bias", "mlp_bias", "tie_word_embeddings"):
            self._require(isinstance(getattr(self, name), bool), name, "true or false")
        self._require(self.rope_pairing in ("half", "interleaved"), "rope_pairing", '"half" or "interleaved"')
        self._require(self.hidden_act == "silu", "hidden_act", '"silu"')
        self._check_rope_scaling()
        eos = self.eos_token_id
        eos = () if eos is None else tuple(eos) if isinstance(eos, (list, tuple)) else (eos,)
        object.__setattr__(self, "eos_token_id", eos)
        for token in (*eos, *(() if self.bos_token_id is None else (self.bos_token_id,))):
            ok = _is_int(token) and 0 <= token < self.vocab_size
            self._require(ok, "bos_token_id or eos_token_id", f"token ids below vocab_size ({self.vocab_size})", token)

    @classmethod
    def preset(cls, name: str) -> ModelConfig:
        """The config of a published model, by its lower-case name.

        Raises:
            ValueError: if the name is not one of `ModelConfig.presets()`.
        """
        if name not in _PRESETS:
            raise ValueError(f"preset: got {name!r}, allowed {', '.join(_PRESETS)}")
        return cls(**_PRESETS[name])

    @staticmethod
    def presets() -> list[str]:
        """The names that `preset` knows."""
        return list(_PRESETS)

    def num_parameters(self) -> int:
        """How many numbers the model learns, by formula; a tied matrix counts once."""
        c, f, d = self.hidden_size, self.intermediate_size, self.head_dim
        q, kv = self.num_attention_heads * d, self.num_key_value_heads * d
        attention = 2 * c * q + 2 * c * kv + (q + 2 * kv + c if self.attention_bias else 0)
        feed_forward = 3 * c * f + (2 * f + c if self.mlp_bias else 0)
        matrices = 1 if self.tie_word_embeddings else 2
        return matrices * self.vocab_size * c + self.num_hidden_layers * (attention + feed_forward + 2 * c) + c

    def to_dict(self) -> dict[str, Any]:
        """The fields as a plain dict, ready for JSON."""
        return dataclasses.asdict(self) | {"eos_token_id": list(self.eos_token_id)}

    def _check_rope_scaling(self) -> None:
        scaling = self.rope_scaling
        if scaling is None:
            return
        kinds = ", ".join(_ROPE_FIELDS)
        ok = isinstance(scaling, dict) and scaling.get("rope_type") in _ROPE_FIELDS
        self._require(ok, "rope_scaling", f"None or a dict whose rope_type is one of: {kinds}")
        for field in _ROPE_FIELDS[scaling["rope_type"]]:
            value = scaling.get(field)
            self._require(_is_positive(value), f"rope_scaling[{field!r}]", "a finite number above 0", value)

    def _require(self, ok: bool, field: str, rule: str, got: Any = None) -> None:
        if not ok:
            value = got if got is not None else getattr(self, field.split("[")[0], None)
            raise ValueError(f"ModelConfig.{field}: got {value!r:.80}, allowed {rule}")


_SIZES = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "max_position_embeddings",
)
_SIZE_RULE = f"a whole number from 1 to {MAX_SIZE}"
_ROPE_FIELDS = {
    "linear": ("factor",),
    "llama3": ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
}


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_positive(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf


def _llama3_scaling(factor: float) -> dict[str, Any]:
    return {
        "rope_type": "llama3",
        "factor": factor,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }


def _sizes(vocabulary: int, width: int, inner: int, layers: int, heads: int, kv_heads: int, context: int, **rest: Any):
    return {
        "vocab_size": vocabulary,
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "max_position_embeddings": context,
    } | rest


_SMOLLM2 = {"rope_theta": 100000.0, "tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": 0}
_LLAMA2 = {"bos_token_id": 1, "eos_token_id": 2}
_LLAMA3 = {"rope_theta": 500000.0, "bos_token_id": 128000, "eos_token_id": 128001}
_PRESETS: dict[str, dict[str, Any]] = {
    "smollm2-135m": _sizes(49152, 576, 1536, 30, 9, 3, 8192, **_SMOLLM2, initializer_range=576**-0.5),
    "smollm2-360m": _sizes(49152, 960, 2560, 32, 15, 5, 8192, **_SMOLLM2),
    "tinyllama-1.1b": _sizes(32000, 2048, 5632, 22, 32, 4, 2048, **_LLAMA2),
    "llama-2-7b": _sizes(32000, 4096, 11008, 32, 32, 32, 4096, **_LLAMA2),
    "llama-3-8b": _sizes(128256, 4096, 14336, 32, 32, 8, 8192, **_LLAMA3),
    "llama-3.1-8b": _sizes(128256, 4096, 14336, 32, 32, 8, 131072, **_LLAMA3, rope_scaling=_llama3_scaling(8.0)),
    "llama-3.2-1b": _sizes(
        128256, 2048, 8192, 16, 32, 8, 131072, **_LLAMA3, rope_scaling=_llama3_scaling(32.0), tie_word_embeddings=True
    ),
    "llama-3.2-3b": _sizes(
        128256, 3072, 8192, 28, 24, 8, 131072, **_LLAMA3, rope_scaling=_llama3_scaling(32.0), tie_word_embeddings=True
    ),
}
