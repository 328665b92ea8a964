"""The selective scan of the first Mamba: every channel has a small state of its own, each of whose numbers fades alone.

The same numbers come out token by token (`scan_steps`) and many tokens at a time (`scan_chunks`).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.layers.states.decayed import CHUNK


def selective_scan(
    x: Tensor, step: Tensor, rate: Tensor, key: Tensor, query: Tensor, matrix: Tensor
) -> tuple[Tensor, Tensor]:
    """`h <- exp(step * rate) h + step * x * key; y = h . query`, for one token after the other and each channel alone.

    On a CPU it goes token by token: chunks need several times as many operations, and there is nothing idle to do them.

    Args:
        x: [B, T, channels].
        step: [B, T, channels], above 0: how much of the token enters the state, and how much of the state is left.
        rate: [channels, N], below 0.
        key, query: [B, T, N], which all channels share. The paper calls them B and C.
        matrix: [B, channels, N, 1], the state h before the first token.

    Returns:
        [B, T, channels], and the state behind the last token; both in the dtype of `matrix`.

    Source: Gu and Dao 2023, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces", algorithm 2.
    """
    way = scan_steps if x.shape[1] == 1 or x.is_cpu else scan_chunks
    return way(x, step, rate, key, query, matrix)


def scan_steps(
    x: Tensor, step: Tensor, rate: Tensor, key: Tensor, query: Tensor, matrix: Tensor
) -> tuple[Tensor, Tensor]:
    """`selective_scan`, token by token."""
    out, h = [], matrix[..., 0]  # [B, channels, N]
    rate = rate.to(h.dtype)
    for new, dt, k, q in zip(*(y.to(h.dtype).unbind(1) for y in (x, step, key, query)), strict=True):
        h = (dt[..., None] * rate).exp() * h + (dt * new)[..., None] * k[:, None]  # [B, channels, N]
        out.append((h @ q[..., None])[..., 0])  # [B, channels]
    return torch.stack(out, 1), h[..., None]


def scan_chunks(
    x: Tensor, step: Tensor, rate: Tensor, key: Tensor, query: Tensor, matrix: Tensor, chunk: int = CHUNK
) -> tuple[Tensor, Tensor]:
    """`selective_scan`, `chunk` tokens at a time.

    Two tokens in a row do what one does that keeps `left2 * left1` and adds `left2 * new1 + new2`. So sums over 2, 4,
    8, ... tokens are made in turn, until each token has all before it.

    Source: Hillis and Steele 1986, "Data Parallel Algorithms"; Blelloch 1990, section 1.4.1.
    """
    out, h = [], matrix[..., 0]  # [B, channels, N]
    rate = rate.to(h.dtype)
    for new, dt, k, q in zip(*(y.to(h.dtype).split(chunk, 1) for y in (x, step, key, query)), strict=True):
        left = (dt[..., None] * rate).exp()  # [B, n, channels, N]
        state = (dt * new)[..., None] * k[:, :, None]  # [B, n, channels, N]
        state = torch.cat(((left[:, :1] * h[:, None] + state[:, :1]), state[:, 1:]), 1)
        reach = 1
        while reach < state.shape[1]:  # zeros come in from the left, and leave nothing of what is not there
            before, factor = (F.pad(y, (0, 0, 0, 0, reach, 0))[:, : y.shape[1]] for y in (state, left))
            state, left, reach = left * before + state, left * factor, 2 * reach
        out.append((state @ q[..., None])[..., 0])  # [B, n, channels]
        h = state[:, -1]
    return torch.cat(out, 1), h[..., None]
