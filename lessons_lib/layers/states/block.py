"""The blocks of models that are not attention and a feed-forward network all the way."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.config.states import STATES
from lessons_lib.layers.attention import Attention, Cache
from lessons_lib.layers.block import Block, make_network
from lessons_lib.layers.latent_attention import LatentAttention
from lessons_lib.layers.norm import make_norm
from lessons_lib.layers.position import Rotation
from lessons_lib.layers.states.gated_delta import GatedDelta
from lessons_lib.layers.states.kimi_delta import KimiDelta
from lessons_lib.layers.states.lightning import Lightning
from lessons_lib.layers.states.mamba import Mamba
from lessons_lib.layers.states.mamba2 import Mamba2
from lessons_lib.layers.states.mixer import StateMixer
from lessons_lib.layers.states.short_convolution import ShortConvolution
from lessons_lib.layers.variants.gemma_blocks import AltUpBlock, GemmaBlock

MIXERS: dict[str, type[StateMixer]] = {
    "conv": ShortConvolution,
    "mamba": Mamba,
    "mamba2": Mamba2,
    "gated_delta": GatedDelta,
    "kimi_delta": KimiDelta,
    "lightning": Lightning,
}


def make_block(config: ModelConfig, layer: int) -> nn.Module:
    """The block that a config asks for: mostly a `Block`, where there are both attention and a feed-forward network."""
    kind = config.layer_types[layer]
    usual = (
        config.norm_placement != "stream"
        and kind not in STATES
        and kind != "none"
        and layer not in config.mixer_only_layers
    )
    if not usual:
        return StateBlock(config, layer)
    if config.altup_num_inputs > 1:
        return AltUpBlock(config, layer)
    more = config.hidden_size_per_layer_input or config.layer_scalar or config.dense_beside_experts
    return GemmaBlock(config, layer) if more else Block(config, layer)


class StateBlock(nn.Module):
    """What mixes tokens, and a feed-forward network: the first may keep a state, and one of the two may be missing.

    Each reads the normalised stream and adds to it, or with `norm_placement` "stream" to what was normalised, as in
    MiniMax. Where there is only one of them, `input_layernorm` is its norm. What mixes is `mixer` if it keeps a state,
    and else `self_attn`.

    Source: Gu and Dao 2023, "Mamba", figure 3; NVIDIA 2025, "Nemotron-H", section 2.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        kind = config.layer_types[layer]
        self.mixer = MIXERS[kind](config, layer) if kind in STATES else None
        attention = Attention if config.kv_lora_rank is None else LatentAttention
        self.self_attn = attention(config, layer) if kind not in STATES and kind != "none" else None
        self.multiplier = config.residual_multiplier
        self.skip = config.skip_multiplier if config.norm_placement == "stream" else None
        self.input_layernorm = make_norm(config)
        self.mlp = None
        if layer not in config.mixer_only_layers:
            self.post_attention_layernorm = make_norm(config) if kind != "none" else None
            self.mlp = make_network(config, layer)

    def forward(
        self,
        x: Tensor,
        rotation: Rotation | None = None,
        mask: Tensor | None = None,
        cache: Cache | None = None,
        attention_scale: Tensor | None = None,
        **handed: Any,
    ) -> Tensor:
        """Map [B, T, C] to [B, T, C]; `mask` is that of the mixer, the others are those of `Attention`."""
        normed = self.input_layernorm(x)
        if self.mixer is not None:
            x = self._added(x, normed, self.mixer(normed, mask, cache))
        elif self.self_attn is not None:
            attended = self.self_attn(normed, rotation, mask, cache, attention_scale=attention_scale, **handed)
            x = self._added(x, normed, attended)
        else:
            return self._added(x, normed, self.mlp(normed))
        if self.mlp is None:
            return x
        normed = self.post_attention_layernorm(x)
        return self._added(x, normed, self.mlp(normed))

    def _added(self, x: Tensor, normed: Tensor, y: Tensor) -> Tensor:
        y = y if self.multiplier == 1 else y * self.multiplier
        return x + y if self.skip is None else normed * self.skip + y
