"""ModelConfig: every number and switch that a language model needs before it has a single weight.

The field names are those of a Hugging Face `config.json` where it has one. A model family is nothing but a choice of
these values; the layers read the fields and never ask for a family's name.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

from lessons_lib.config.presets import PRESETS

MAX_SIZE = 1 << 24  # no published width, vocabulary or context comes near it; a hostile file can
MAX_LAYERS = 1024


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The shape and the switches of one model. What is not set is as in Llama.

    Args:
        vocab_size: rows of the embedding matrix, `V`.
        hidden_size: width of the residual stream, `C`.
        intermediate_size: width inside the feed-forward network, `F`.
        num_hidden_layers: number of blocks.
        num_attention_heads: query heads, `H`.
        num_key_value_heads: key and value heads, `G`; divides `H`. None means `H`.
        head_dim: width of one head, `D`. None means `hidden_size / num_attention_heads`; models exist where it differs.
        max_position_embeddings: the context, in tokens.

        position_embedding_type: how places reach the model: "rotary" turns queries and keys; "learned" and "sinusoidal"
            add a vector to each embedding; or "none".
        rope_theta: base of the rotary frequencies.
        rope_local_base_freq: another base for the sliding layers, without `rope_scaling`; None for the same.
        rope_scaling: None, or how the frequencies change for long contexts: a dict with `rope_type` "linear"
            (`factor`), "llama3" (`factor`, `low_freq_factor`, `high_freq_factor`, `original_max_position_embeddings`)
            or "yarn" (`factor`, `original_max_position_embeddings`; and where they differ from the paper's:
            `beta_fast`, `beta_slow`, `attention_factor`, `mscale` with `mscale_all_dim`, `truncate`).
        rope_pairing: which two numbers of a head turn together: "half" (i and i + D/2, Hugging Face's order) or
            "interleaved" (2i and 2i + 1, Meta's order).
        no_rope_layers: for each layer 1 if it turns queries and keys and 0 if not (the name says the opposite; it is
            Hugging Face's). None means that all do where positions are rotary.

        layer_types: for each layer how far back it looks: "full_attention", "sliding_attention" or
            "chunked_attention". None means that all slide if there is a `sliding_window`, and are full if not.
        sliding_window: how many tokens a sliding layer sees, the one that asks included.
        attention_chunk_size: chunked layers cut the text into pieces of so many tokens and see only their own.
        attention_bias: whether the query, key and value projections have a bias.
        attention_output_bias: whether the output projection has one. None means as `attention_bias`.
        qk_norm: None, or RMSNorm on each head's queries and keys: "before" the rotation and with a weight, or "after"
            it, without a weight and only in layers that turn.
        query_pre_attn_scalar: scores are divided by its root. None means `head_dim`.
        attn_logit_softcapping: bends scores so that none passes this bound; None for no bound.
        attn_temperature_tuning: whether layers without rotation sharpen their scores as the text grows.
        floor_scale, attn_scale: there the query at position p is multiplied by
            `1 + attn_scale * ln(1 + (p + 1) // floor_scale)`.

        norm_type: "rms" for RMSNorm, "layer" for LayerNorm with weight and bias.
        norm_placement: "pre" normalises what a sublayer reads, "post" the sum after it, "sandwich" what it reads and
            what it gives.
        rms_norm_eps: added to the mean square, or to the variance, inside the root of the norm.
        rms_norm_offset: added to the weight of RMSNorm. Gemma's is 1, and its products are rounded once, at the end.
        hidden_act: activation of the feed-forward network: "silu", "gelu", "gelu_pytorch_tanh" or "relu".
        gated_mlp: whether one projection gates another; if not, there are two projections and the activation between.
        mlp_bias: whether the feed-forward projections have a bias.

        embedding_multiplier: what embeddings are multiplied by; Gemma's is the root of `hidden_size`.
        final_logit_softcapping: bends the model's scores so that none passes this bound; None for no bound.
        tie_word_embeddings: whether the output matrix is the embedding matrix.
        initializer_range: standard deviation of freshly made weights.
        bos_token_id: the token that opens a text, or None.
        eos_token_id: the tokens that end a text; an int or a list is accepted and kept as a tuple.

    Raises:
        ValueError: naming the field, the value and the rule.

    Example:
        >>> ModelConfig.preset("smollm2-135m").head_dim
        64

    Source: the configuration classes of Hugging Face transformers.
    """

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int | None = None
    head_dim: int | None = None
    max_position_embeddings: int = 2048
    # positions
    position_embedding_type: str = "rotary"
    rope_theta: float = 10000.0
    rope_local_base_freq: float | None = None
    rope_scaling: dict[str, Any] | None = None
    rope_pairing: str = "half"
    no_rope_layers: tuple[int, ...] | list[int] | None = None
    # attention
    layer_types: tuple[str, ...] | list[str] | None = None
    sliding_window: int | None = None
    attention_chunk_size: int | None = None
    attention_bias: bool = False
    attention_output_bias: bool | None = None
    qk_norm: str | None = None
    query_pre_attn_scalar: float | None = None
    attn_logit_softcapping: float | None = None
    attn_temperature_tuning: bool = False
    floor_scale: int = 8192
    attn_scale: float = 0.1
    # norms and the feed-forward network
    norm_type: str = "rms"
    norm_placement: str = "pre"
    rms_norm_eps: float = 1e-5
    rms_norm_offset: float = 0.0
    hidden_act: str = "silu"
    gated_mlp: bool = True
    mlp_bias: bool = False
    # both ends
    embedding_multiplier: float = 1.0
    final_logit_softcapping: float | None = None
    tie_word_embeddings: bool = False
    initializer_range: float = 0.02
    bos_token_id: int | None = None
    eos_token_id: int | list[int] | tuple[int, ...] | None = ()

    def __post_init__(self) -> None:
        self._check_sizes()
        self._check_switches()
        self._check_layers()
        self._check_rope_scaling()
        self._check_tokens()

    @classmethod
    def preset(cls, name: str) -> ModelConfig:
        """The config of a published model, by its lower-case name.

        Raises:
            ValueError: if the name is not one of `ModelConfig.presets()`.
        """
        if name not in PRESETS:
            raise ValueError(f"preset: got {name!r}, allowed {', '.join(PRESETS)}")
        return cls(**PRESETS[name])

    @staticmethod
    def presets() -> list[str]:
        """The names that `preset` knows."""
        return list(PRESETS)

    def num_parameters(self) -> int:
        """How many numbers the model learns, by formula; a tied matrix counts once."""
        c, f, d = self.hidden_size, self.intermediate_size, self.head_dim
        q, kv = self.num_attention_heads * d, self.num_key_value_heads * d
        attention = 2 * c * q + 2 * c * kv + (2 * d if self.qk_norm == "before" else 0)
        attention += (q + 2 * kv if self.attention_bias else 0) + (c if self.attention_output_bias else 0)
        inner = 2 if self.gated_mlp else 1  # projections into the width F
        feed_forward = (inner + 1) * c * f + (inner * f + c if self.mlp_bias else 0)
        norm = 2 * c if self.norm_type == "layer" else c
        norms = 4 if self.norm_placement == "sandwich" else 2
        matrices = 1 if self.tie_word_embeddings else 2
        ends = matrices * self.vocab_size * c + (0 if self.norm_placement == "post" else norm)
        places = self.max_position_embeddings * c if self.position_embedding_type == "learned" else 0
        return ends + places + self.num_hidden_layers * (attention + feed_forward + norms * norm)

    def to_dict(self) -> dict[str, Any]:
        """The fields as a plain dict, ready for JSON."""
        values = dataclasses.asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def _check_sizes(self) -> None:
        self._default("num_key_value_heads", self.num_attention_heads)
        for name in _SIZES:
            self._require(_is_size(getattr(self, name)), name, _SIZE_RULE)
        self._require(self.num_hidden_layers <= MAX_LAYERS, "num_hidden_layers", f"at most {MAX_LAYERS}")
        if self.head_dim is None:
            even = self.hidden_size % self.num_attention_heads == 0
            self._require(even, "hidden_size", f"a multiple of num_attention_heads ({self.num_attention_heads})")
            self._default("head_dim", self.hidden_size // self.num_attention_heads)
        self._require(_is_size(self.head_dim), "head_dim", _SIZE_RULE)
        shared = self.num_attention_heads % self.num_key_value_heads == 0
        self._require(shared, "num_key_value_heads", f"a divisor of num_attention_heads ({self.num_attention_heads})")
        for name in ("sliding_window", "attention_chunk_size"):
            ok = getattr(self, name) is None or _is_size(getattr(self, name))
            self._require(ok, name, f"None or {_SIZE_RULE}")

    def _check_switches(self) -> None:
        self._default("attention_output_bias", self.attention_bias)
        for name, allowed in _CHOICES.items():
            choices = ", ".join(f'"{choice}"' if choice else "None" for choice in allowed)
            self._require(getattr(self, name) in allowed, name, f"one of {choices}")
        for name in _SWITCHES:
            self._require(isinstance(getattr(self, name), bool), name, "true or false")
        for name in _POSITIVE:
            self._require(_is_positive(getattr(self, name)), name, "a finite number above 0")
        for name in _POSITIVE_OR_NONE:
            ok = getattr(self, name) is None or _is_positive(getattr(self, name))
            self._require(ok, name, "None or a finite number above 0")
        offset = self.rms_norm_offset
        ok = offset == 0 or (_is_positive(offset) and self.norm_type == "rms")
        self._require(ok, "rms_norm_offset", "0, or for RMSNorm a finite number above 0")
        rotary, waves = (self.position_embedding_type == kind for kind in ("rotary", "sinusoidal"))
        self._require(not (rotary and self.head_dim % 2), "head_dim", "even: rotary positions turn numbers in pairs")
        self._require(not (waves and self.hidden_size % 2), "hidden_size", "even: a sine and a cosine for each wave")

    def _check_layers(self) -> None:
        n, rotary = self.num_hidden_layers, self.position_embedding_type == "rotary"
        self._default("layer_types", ("sliding_attention" if self.sliding_window else "full_attention",) * n)
        self._default("no_rope_layers", (int(rotary),) * n)
        for name, allowed in (("layer_types", _SPANS), ("no_rope_layers", (0, 1) if rotary else (0,))):
            values = getattr(self, name)
            ok = isinstance(values, (list, tuple)) and len(values) == n and all(value in allowed for value in values)
            self._require(ok, name, f"{n} values, each one of: {', '.join(map(str, allowed))}")
            object.__setattr__(self, name, tuple(values))
        for name, span in (("sliding_window", "sliding_attention"), ("attention_chunk_size", "chunked_attention")):
            used = span in self.layer_types
            rule = f"a number, for layer_types has {span}" if used else f"None, for no layer_types is {span}"
            self._require(used == (getattr(self, name) is not None), name, rule)

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
        if scaling["rope_type"] != "yarn":
            return
        self._require(self.rope_theta > 1, "rope_theta", "above 1 with yarn")
        for field in _YARN_OPTIONS:
            value = scaling.get(field)
            ok = value is None or _is_positive(value)
            self._require(ok, f"rope_scaling[{field!r}]", "None or a finite number above 0", value)
        truncate = scaling.get("truncate", True)
        self._require(isinstance(truncate, bool), "rope_scaling['truncate']", "true or false", truncate)

    def _check_tokens(self) -> None:
        eos = self.eos_token_id
        eos = () if eos is None else tuple(eos) if isinstance(eos, (list, tuple)) else (eos,)
        object.__setattr__(self, "eos_token_id", eos)
        for token in (*eos, *(() if self.bos_token_id is None else (self.bos_token_id,))):
            ok = _is_int(token) and 0 <= token < self.vocab_size
            self._require(ok, "bos_token_id or eos_token_id", f"token ids below vocab_size ({self.vocab_size})", token)

    def _default(self, field: str, value: Any) -> None:
        if getattr(self, field) is None:
            object.__setattr__(self, field, value)

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
    "floor_scale",
)
_SIZE_RULE = f"a whole number from 1 to {MAX_SIZE}"
_SPANS = ("full_attention", "sliding_attention", "chunked_attention")
_CHOICES: dict[str, tuple[str | None, ...]] = {
    "position_embedding_type": ("rotary", "learned", "sinusoidal", "none"),
    "rope_pairing": ("half", "interleaved"),
    "qk_norm": (None, "before", "after"),
    "norm_type": ("rms", "layer"),
    "norm_placement": ("pre", "post", "sandwich"),
    "hidden_act": ("silu", "gelu", "gelu_pytorch_tanh", "relu"),
}
_SWITCHES = (
    "attention_bias",
    "attention_output_bias",
    "attn_temperature_tuning",
    "gated_mlp",
    "mlp_bias",
    "tie_word_embeddings",
)
_POSITIVE = ("rope_theta", "attn_scale", "rms_norm_eps", "embedding_multiplier", "initializer_range")
_POSITIVE_OR_NONE = (
    "rope_local_base_freq",
    "query_pre_attn_scalar",
    "attn_logit_softcapping",
    "final_logit_softcapping",
)
_ROPE_FIELDS = {
    "linear": ("factor",),
    "llama3": ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
    "yarn": ("factor", "original_max_position_embeddings"),
}
_YARN_OPTIONS = ("beta_fast", "beta_slow", "attention_factor", "mscale", "mscale_all_dim")


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    return _is_int(value) and 0 < value <= MAX_SIZE


def _is_positive(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf
