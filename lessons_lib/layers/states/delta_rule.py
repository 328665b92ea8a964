"""The delta rule: a state that corrects what it holds under a key, in place of adding to it.

The same numbers come out token by token (`delta_steps`) and many tokens at a time (`delta_chunks`).
"""

from __future__ import annotations

import torch
from torch import Tensor

from lessons_lib.layers.states.decayed import CHUNK, decays, pieces


def delta_rule(
    query: Tensor, key: Tensor, value: Tensor, decay: Tensor, strength: Tensor, matrix: Tensor
) -> tuple[Tensor, Tensor]:
    """`S <- exp(g) S; S <- S + k (beta (v - S^T k))^T; o = S^T q`, for one token after the other.

    What the state says under a key is compared with what it should say, and the difference written: all of it where
    `beta` is 1 and the key has length 1. With a decay for each row a CPU goes token by token: in chunks there are no
    products of matrices then, and they are slower.

    Args:
        query, key: [B, T, H, K]; both of length 1, the query divided by the root of K.
        value: [B, T, H, V].
        decay: [B, T, H, 1], g, the logarithm of what is left of the state; or [B, T, H, K], a number for each row.
        strength: [B, T, H], beta, how much is written.
        matrix: [B, H, K, V], the state S before the first token.

    Returns:
        [B, T, H, V], and the state behind the last token; both in the dtype of `matrix`.

    Source: Yang, Kautz and Hatamizadeh 2024, "Gated Delta Networks", equation 10; with a number for each row: Kimi Team
    2025, "Kimi Linear", section 3.
    """
    slow = decay.shape[-1] > 1 and query.is_cpu
    way = delta_steps if query.shape[1] == 1 or slow else delta_chunks
    return way(query, key, value, decay, strength, matrix)


def delta_steps(
    query: Tensor, key: Tensor, value: Tensor, decay: Tensor, strength: Tensor, matrix: Tensor
) -> tuple[Tensor, Tensor]:
    """`delta_rule`, token by token."""
    out = []
    every = (query, key, value, decay, strength[..., None])
    for q, k, v, g, beta in zip(*(x.to(matrix.dtype).unbind(1) for x in every), strict=True):
        matrix = g.exp()[..., None] * matrix  # [B, H, K, V]
        held = (k[..., None, :] @ matrix)[..., 0, :]  # [B, H, V], what the state says under this key
        matrix = matrix + k[..., :, None] * (beta * (v - held))[..., None, :]
        out.append((q[..., None, :] @ matrix)[..., 0, :])  # [B, H, V]
    return torch.stack(out, 1), matrix


def delta_chunks(
    query: Tensor, key: Tensor, value: Tensor, decay: Tensor, strength: Tensor, matrix: Tensor, chunk: int = CHUNK
) -> tuple[Tensor, Tensor]:
    """`delta_rule`, `chunk` tokens at a time.

    What each token of a chunk writes depends on what those before it wrote: `(I + A) u = beta (v - decayed k S)`, with
    `A[i, j] = beta[i] (k[i] . k[j]) exp(G[i] - G[j])` below the diagonal, which is solved from the top down.

    Source: Yang et al. 2024, "Parallelizing Linear Transformers with the Delta Rule over Sequence Length", section 3.
    """
    out = []
    every = (query, key, value, decay, strength[..., None])
    for q, k, v, g, beta in zip(*pieces(every, chunk, matrix.dtype), strict=True):
        total = g.cumsum(2)  # [B, H, n, 1 or K], since the chunk began
        between = decays(total)  # [B, H, n, n, 1 or K]
        clashes = (_products(k, k, between) * beta).tril(-1)  # [B, H, n, n]
        wanted = beta * (v - (k * total.exp()) @ matrix)  # [B, H, n, V]
        written = torch.linalg.solve_triangular(
            clashes + torch.eye(k.shape[2], dtype=k.dtype, device=k.device), wanted, upper=False, unitriangular=True
        )  # [B, H, n, V]
        out.append(_products(q, k, between) @ written + (q * total.exp()) @ matrix)
        left = total[:, :, -1:]  # [B, H, 1, 1 or K]
        matrix = left.mT.exp() * matrix + (k * (left - total).exp()).mT @ written  # [B, H, K, V]
    return torch.cat(out, 2).transpose(1, 2), matrix


def unit(x: Tensor) -> Tensor:
    """Bring vectors [..., K] to length 1; shorter than a thousandth they stay shorter."""
    return x * torch.rsqrt(x.square().sum(-1, keepdim=True) + 1e-6)


def _products(query: Tensor, key: Tensor, between: Tensor) -> Tensor:
    """The products of each query with each key, [B, H, n, n], faded by what lies between the two."""
    if between.shape[-1] == 1:
        return query @ key.mT * between[..., 0]
    return torch.einsum("bhik,bhjk,bhijk->bhij", query, key, between)
