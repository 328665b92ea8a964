"""A convolution along the text: each channel is a weighted sum of its last few values."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def causal_convolution(x: Tensor, window: Tensor, weight: Tensor, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Convolve each channel alone, looking back only: `y[t] = sum_i weight[i] * x[t - K + 1 + i]`.

    Args:
        x: [B, T, channels].
        window: [B, K - 1, channels], what came before; zeros at the start of a text.
        weight: [channels, 1, K], as torch keeps it; the last column meets the token itself.
        bias: [channels] or None.

    Returns:
        [B, T, channels], and the window for what comes next.

    Example:
        >>> x = torch.tensor([[[1.0], [2.0], [4.0]]])
        >>> y, window = causal_convolution(x, torch.zeros(1, 1, 1), torch.tensor([[[0.5, 1.0]]]))
        >>> y.flatten().tolist(), window.flatten().tolist()
        ([1.0, 2.5, 5.0], [4.0])

    Source: Gu and Dao 2023, "Mamba", figure 3.
    """
    seen = torch.cat((window, x), 1)  # [B, K - 1 + T, channels]
    y = F.conv1d(seen.transpose(1, 2), weight, bias, groups=x.shape[2]).transpose(1, 2)  # [B, T, channels]
    return y, seen[:, x.shape[1] :]


class CausalConvolution(nn.Module):
    """`causal_convolution` with its weight [channels, 1, K] and, where asked for, a bias [channels]."""

    def __init__(self, channels: int, kernel: int, bias: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels, 1, kernel))
        self.bias = nn.Parameter(torch.zeros(channels)) if bias else None
        if not self.weight.is_meta:
            nn.init.uniform_(self.weight, -(kernel**-0.5), kernel**-0.5)

    def forward(self, x: Tensor, window: Tensor, real: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """As the function; where `real` [B, T, 1] is 0, nothing comes in and zeros come out."""
        if real is None:
            return causal_convolution(x, window, self.weight, self.bias)
        y, window = causal_convolution(x * real, window, self.weight, self.bias)
        return y * real, window
