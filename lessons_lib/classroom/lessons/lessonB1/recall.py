"""How many of the facts that were written into a state come back, and which: exact formulas, nothing is trained."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.layers.states import decayed_chunks, delta_chunks

K = V = 32  # the sizes of the state
CODES = 64  # as many different values there are
SEEDS = 8


def facts(n: int) -> tuple[Tensor, Tensor, Tensor]:
    """`n` random facts for each of the seeds.

    Returns:
        keys [SEEDS, n, K] of length 1; which value each has, [SEEDS, n]; the values [SEEDS, CODES, V] of length 1.
    """
    drawn = []
    for seed in range(SEEDS):
        numbers = torch.Generator().manual_seed(seed)
        keys = torch.randn(n, K, generator=numbers, dtype=torch.float64)
        book = torch.randn(CODES, V, generator=numbers, dtype=torch.float64)
        drawn.append(
            (F.normalize(keys, dim=-1), torch.randint(CODES, (n,), generator=numbers), F.normalize(book, dim=-1))
        )
    keys, which, books = (torch.stack(each) for each in zip(*drawn, strict=True))
    return keys, which, books


def state_of(keys: Tensor, values: Tensor, fade: float, beta: float | None) -> Tensor:
    """What a state holds behind all facts, [SEEDS, K, V].

    Args:
        keys: [SEEDS, n, K].
        values: [SEEDS, n, V].
        fade: the logarithm of what is left after each fact, 0 or below.
        beta: how much of a fact the delta rule writes; None for a plain sum.
    """
    k, v = keys[:, :, None], values[:, :, None]  # one head: [SEEDS, n, 1, K]
    decay = torch.full((*k.shape[:3], 1), fade, dtype=k.dtype)
    matrix = torch.zeros(len(k), 1, K, V, dtype=k.dtype)
    if beta is None:
        return decayed_chunks(k, k, v, decay[..., 0], matrix)[1][:, 0]
    return delta_chunks(k, k, v, decay, torch.full(k.shape[:3], beta, dtype=k.dtype), matrix)[1][:, 0]


def recalled(n: int, fade: float = 0.0, beta: float | None = None) -> Tensor:
    """Which of `n` facts come back when a state is asked with their very keys, [SEEDS, n] of 0 and 1."""
    keys, which, books = facts(n)
    values = books.gather(1, which[..., None].expand(-1, -1, V))
    return _right(keys @ state_of(keys, values, fade, beta), which, books)


def recalled_by_attention(n: int, scale: float) -> Tensor:
    """Where all keys and values are kept, and attention looks among them: a softmax of scale times scores."""
    keys, which, books = facts(n)
    values = books.gather(1, which[..., None].expand(-1, -1, V))
    return _right((scale * keys @ keys.mT).softmax(-1) @ values, which, books)


def second_values(fade: float = 0.0, beta: float | None = None, n: int = 16) -> Tensor:
    """`n` keys are written twice, each time with a value drawn anew: which second values come back, [SEEDS, n]."""
    keys, which, books = facts(2 * n)
    keys = keys[:, :n].repeat(1, 2, 1)
    values = books.gather(1, which[..., None].expand(-1, -1, V))
    return _right(keys[:, n:] @ state_of(keys, values, fade, beta), which[:, n:], books)


def with_bars(shares: Tensor) -> tuple[Tensor, Tensor]:
    """The mean over the seeds, and two standard errors; shares is [SEEDS] or [SEEDS, N]."""
    return shares.mean(0), 2 * shares.std(0) / len(shares) ** 0.5


def with_bar(found: Tensor) -> str:
    """The share that came back and its bar, in words; found is [SEEDS, n]."""
    return "{:.2f}±{:.2f}".format(*with_bars(found.mean(1)))


def _right(said: Tensor, which: Tensor, books: Tensor) -> Tensor:
    """Whether the value nearest in direction is the one that was written."""
    return ((said @ books.mT).argmax(-1) == which).double()
