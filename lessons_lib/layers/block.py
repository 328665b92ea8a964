"""One block of the network: tokens look at each other, then each thinks for itself; both add to the residual stream."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.config.by_layer import inner_width
from lessons_lib.layers.attention import Attention, Cache
from lessons_lib.layers.feed_forward import FeedForward
from lessons_lib.layers.latent_attention import LatentAttention
from lessons_lib.layers.moe import MixtureOfExperts
from lessons_lib.layers.norm import make_norm
from lessons_lib.layers.position import Rotation


def make_network(config: ModelConfig, layer: int) -> FeedForward | MixtureOfExperts:
    """What each token passes in a layer behind attention: its feed-forward network, or its experts."""
    if layer in config.moe_layers:
        return MixtureOfExperts(config)
    share = 0.0 if config.gate_sparsity is None else config.gate_sparsity[layer]
    return FeedForward(config, inner_width(config, layer), share)


class Block(nn.Module):
    """Attention and a feed-forward network around the residual stream, for block number `layer`.

    `config.norm_placement` says where the stream is normalised: "pre" before each part reads it, as in GPT-2 and Llama;
    "post" after each part was added, as in 2017; "sandwich" before each part and on what the part gives, as in Gemma;
    "output" on that alone, as in OLMo 2. With "parallel" both parts read the same, as in GPT-J and Command R, or with
    "parallel_two" the same stream by norms of their own, as in GPT-NeoX.

    What a part gives is multiplied by `config.residual_multiplier`. Layers of `config.moe_layers` have a mixture of
    experts for their feed-forward network.

    Source: Vaswani et al. 2017, section 3.1; Xiong et al. 2020, "On Layer Normalization in the Transformer
    Architecture", figure 1.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.norm_placement = config.norm_placement
        self.multiplier = config.residual_multiplier
        if self.norm_placement not in ("post", "output"):
            self.input_layernorm = make_norm(config)
        attention = Attention if config.kv_lora_rank is None else LatentAttention
        self.self_attn = attention(config, layer)
        if self.norm_placement != "parallel":
            self.post_attention_layernorm = make_norm(config)
        if self.norm_placement == "sandwich":
            self.pre_feedforward_layernorm = make_norm(config)
        self.mlp = make_network(config, layer)
        if self.norm_placement in ("post", "sandwich", "output"):
            self.post_feedforward_layernorm = make_norm(config)

    def forward(
        self,
        x: Tensor,
        rotation: Rotation | None = None,
        mask: Tensor | None = None,
        cache: Cache | None = None,
        attention_scale: Tensor | None = None,
        **handed: Any,
    ) -> Tensor:
        """Map [B, T, C] to [B, T, C]; the other arguments are those of `Attention`."""

        def attend(x: Tensor) -> Tensor:
            return self.self_attn(x, rotation, mask, cache, attention_scale=attention_scale, **handed)

        def weighed(y: Tensor) -> Tensor:
            return y if self.multiplier == 1 else y * self.multiplier

        if self.norm_placement == "pre":
            x = x + weighed(attend(self.input_layernorm(x)))
            return x + weighed(self.mlp(self.post_attention_layernorm(x)))
        if self.norm_placement == "post":
            x = self.post_attention_layernorm(x + weighed(attend(x)))
            return self.post_feedforward_layernorm(x + weighed(self.mlp(x)))
        if self.norm_placement == "output":
            x = x + weighed(self.post_attention_layernorm(attend(x)))
            return x + weighed(self.post_feedforward_layernorm(self.mlp(x)))
        if self.norm_placement == "sandwich":
            x = x + weighed(self.post_attention_layernorm(attend(self.input_layernorm(x))))
            return x + weighed(self.post_feedforward_layernorm(self.mlp(self.pre_feedforward_layernorm(x))))
        read = self.input_layernorm(x)
        other = read if self.norm_placement == "parallel" else self.post_attention_layernorm(x)
        return x + weighed(attend(read)) + weighed(self.mlp(other))
