"""Linear attention with decay: what a text says is added up in one matrix a head, and fades.

The same numbers come out in two ways. `decayed_steps` goes token by token, as a text is written: each costs the same.
`decayed_chunks` takes many tokens at once, as a text is read: inside a chunk it is attention without a softmax, and
from chunk to chunk the matrix is carried along.
"""

from __future__ import annotations

import torch
from torch import Tensor

CHUNK = 64  # tokens


def decayed_attention(
    query: Tensor, key: Tensor, value: Tensor, decay: Tensor, matrix: Tensor
) -> tuple[Tensor, Tensor]:
    """`S <- exp(g) S + k v^T; o = S^T q`, for one token after the other.

    Args:
        query, key: [B, T, H, K].
        value: [B, T, H, V].
        decay: [B, T, H], g, the logarithm of what is left of the state: 0 or below.
        matrix: [B, H, K, V], the state S before the first token.

    Returns:
        [B, T, H, V], and the state behind the last token; both in the dtype of `matrix`.

    Source: Katharopoulos et al. 2020, "Transformers are RNNs", equations 16 to 20; Dao and Gu 2024, "Transformers are
    SSMs", section 6, where q, k and v are called C, B and the step times x.
    """
    way = decayed_steps if query.shape[1] == 1 else decayed_chunks
    return way(query, key, value, decay, matrix)


def decayed_steps(query: Tensor, key: Tensor, value: Tensor, decay: Tensor, matrix: Tensor) -> tuple[Tensor, Tensor]:
    """`decayed_attention`, token by token."""
    out = []
    for q, k, v, g in zip(*(x.to(matrix.dtype).unbind(1) for x in (query, key, value, decay)), strict=True):
        matrix = g.exp()[..., None, None] * matrix + k[..., :, None] * v[..., None, :]  # [B, H, K, V]
        out.append((q[..., None, :] @ matrix)[..., 0, :])  # [B, H, V]
    return torch.stack(out, 1), matrix


def decayed_chunks(
    query: Tensor, key: Tensor, value: Tensor, decay: Tensor, matrix: Tensor, chunk: int = CHUNK
) -> tuple[Tensor, Tensor]:
    """`decayed_attention`, `chunk` tokens at a time."""
    out = []
    for q, k, v, g in zip(*pieces((query, key, value, decay[..., None]), chunk, matrix.dtype), strict=True):
        total = g.cumsum(2)  # [B, H, n, 1], since the chunk began
        near = (q @ k.mT * decays(total)[..., 0]) @ v  # [B, H, n, V], from inside the chunk
        out.append(near + (q * total.exp()) @ matrix)
        left = total[:, :, -1:]  # [B, H, 1, 1]
        matrix = left.exp() * matrix + (k * (left - total).exp()).mT @ v  # [B, H, K, V]
    return torch.cat(out, 2).transpose(1, 2), matrix


def pieces(tensors: tuple[Tensor, ...], chunk: int, dtype: torch.dtype) -> list[tuple[Tensor, ...]]:
    """Cut each [B, T, H, ...] into chunks [B, H, n, ...] in a dtype."""
    return [x.to(dtype).transpose(1, 2).split(chunk, 2) for x in tensors]


def decays(total: Tensor) -> Tensor:
    """What is left at each token i of what came in at token j: `exp(total[i] - total[j])`, 0 for j > i.

    Args:
        total: [B, H, n, D], the sums of the logarithms.

    Returns:
        [B, H, n, n, D].
    """
    n = total.shape[2]
    later = torch.ones(n, n, dtype=torch.bool, device=total.device).triu(1)[..., None]
    return (total[:, :, :, None] - total[:, :, None]).masked_fill(later, -torch.inf).exp()
