"""A short convolution between two gates: all that most layers of LFM2 have in place of attention."""

from __future__ import annotations

from torch import Tensor

from lessons_lib.config import ModelConfig
from lessons_lib.layers.linear import Linear
from lessons_lib.layers.states.convolution import CausalConvolution
from lessons_lib.layers.states.mixer import State, StateMixer


class ShortConvolution(StateMixer):
    """`out(c * conv(b * x))`, where one projection of the stream makes b, c and x.

    The state is the last few values of `b * x`: a layer that sees three tokens and no further.

    Source: Liquid AI 2025, "LFM2 Technical Report", section 2; the code of Hugging Face transformers 5.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__(config, layer)
        width, bias = config.hidden_size, config.linear_proj_bias
        self.in_proj = Linear(width, 3 * width, bias=bias)
        self.conv = CausalConvolution(width, config.linear_conv_kernel_dim, config.linear_conv_bias)
        self.out_proj = Linear(width, width, bias=bias)

    def mix(self, x: Tensor, state: State, real: Tensor | None) -> tuple[Tensor, State]:
        before, after, x = self.in_proj(x).chunk(3, -1)  # [B, T, C] each
        x, window = self.conv(before * x, state.window, real)  # [B, T, C]
        return self.out_proj(after * x), State(window, state.matrix)
