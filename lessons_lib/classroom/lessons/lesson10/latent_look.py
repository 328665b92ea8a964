"""The stretch exercise of lesson 10: latent attention for one new token, without a key."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused


def my_latent_look(q, W, U, look):
    y = torch.stack([W[h].T @ q[h] for h in range(len(q))])  # [H, R]
    mean = look(y)  # [H, R]
    return torch.stack([U[h] @ mean[h] for h in range(len(q))])  # [H, V]


def with_a_locked_cache(answer: Callable, q: Tensor, W: Tensor, U: Tensor, latents: Tensor) -> object:
    """The answers of the heads; the learner's function never sees the latents [S, R].

    Raises:
        Refused: where `look` is handed another shape than [H, R].
    """

    def look(y: object) -> Tensor:
        if isinstance(y, list | tuple) and any(isinstance(row, Tensor) for row in y):
            y = torch.stack([torch.as_tensor(row) for row in y])
        y = y if isinstance(y, Tensor) else torch.as_tensor(np.asarray(y))
        if y.shape != (len(q), latents.shape[1]):
            raise Refused(f"look takes [H, R], here {[len(q), latents.shape[1]]}, got {list(y.shape)}")
        return (y.to(latents.dtype) @ latents.T).softmax(-1) @ latents  # [H, R]

    return answer(q, W, U, look)


def look_of_head_0(q, W, U, look):
    """It looks as if all heads use the matrices of head 0. Each has its own."""
    return my_latent_look(q, W[:1].expand_as(W), U[:1].expand_as(U), look)


def look_by_the_first_matrix(q, W, U, look):
    """It looks as if all queries come down by the matrix W of head 0. Each head has its own."""
    return my_latent_look(q, W[:1].expand_as(W), U, look)


def look_with_values_of_head_0(q, W, U, look):
    """It looks as if all values come from the matrix U of head 0. Each head has its own."""
    return my_latent_look(q, W, U[:1].expand_as(U), look)


def look_without_transposing(q, W, U, look):
    """It looks as if W is not transposed. It makes a key from a latent, so it takes R numbers to D; the query goes the
    other way, W[h].T @ q[h]."""
    return torch.stack([U[h] @ mean for h, mean in enumerate(look(torch.stack([W[h] @ q[h] for h in range(len(q))])))])


def look_with_the_bare_query(q, W, U, look):
    """It looks as if the query was not brought down. look knows latents: W[h] takes R numbers to D, its transpose takes
    q[h] to them."""
    return (U @ look(q)[:, :, None])[:, :, 0]


def look_without_values(q, W, U, look):
    """It looks as if you returned the mean latents. U still has to make values of them."""
    return look((q[:, None] @ W)[:, 0])


def look_scaled(q, W, U, look):
    """It looks as if the scores are divided by the root of D. Here they are not scaled."""
    return my_latent_look(q / q.shape[1] ** 0.5, W, U, look)


def look_of_the_sum(q, W, U, look):
    """It looks as if the heads were added together. Each head has an answer of its own."""
    return my_latent_look(q, W, U, look).sum(0)


def look_of_one_query(q, W, U, look):
    """It looks as if all heads ask with one query. Each has its own."""
    return my_latent_look(q[:1].expand_as(q), W, U, look)


def look_with_values_by_width(q, W, U, look):
    """It looks as if rows and columns have changed places: a row for each head, a column for each number."""
    return my_latent_look(q, W, U, look).T


def look_with_a_second_softmax(q, W, U, look):
    """It looks as if a softmax came too much: look has one inside, and what it gives are latents, not scores."""
    y = (q[:, None] @ W)[:, 0]
    return (U @ look(y).softmax(-1)[:, :, None])[:, :, 0]


def look_that_asks_with_chances(q, W, U, look):
    """It looks as if the query went through softmax before it met the latents. look has a softmax inside."""
    y = (q[:, None] @ W)[:, 0].softmax(-1)
    return (U @ look(y)[:, :, None])[:, :, 0]


def made_up(H: int, D: int, R: int, V: int, S: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Queries [H, D], matrices [H, D, R] and [H, V, R], latents [S, R]."""
    generator = torch.Generator().manual_seed(100 * H + S)
    shapes = ((H, D), (H, D, R), (H, V, R), (S, R))
    return tuple(torch.randn(shape, generator=generator, dtype=torch.float64).mul(0.7).float() for shape in shapes)


def grid(*rows: tuple[float, ...]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float32)


LATENT_LOOK = Exercise(
    id="latent_look",
    title="Look without a key",
    difficulty=3,
    minutes=12,
    kind="transfer",
    contract="my_latent_look(q, W, U, look): queries q [H, D] of one new token, W [H, D, R] and U [H, V, R] with a "
    "matrix for each head that makes a key or a value from a latent, to the answers of the heads [H, V]. look(y) knows "
    "the latents of the text: it takes one vector of R numbers for each head, y [H, R], scores all latents by their "
    "dot products with it (not scaled), and gives each head's weighted mean of the latents, [H, R]; the softmax is "
    "inside. The turned key is left out.",
    cases=(
        (grid((2, 1)), grid((1, 2), (0, 1))[None], grid((1, 0), (3, -1))[None], grid((1, 1))),
        (grid((2, 1)), grid((1, 2), (0, 1))[None], grid((1, 0), (3, -1))[None], grid((1, 1), (0, -1), (1, 0.5))),
        made_up(2, 3, 4, 5, 6),
        made_up(3, 4, 4, 2, 7),
        made_up(6, 4, 3, 2, 1000),
    ),
    tried="one head as in the lesson, several heads, 1,000 tokens, and no key was made",
    hints=(
        "The query comes down to the latents: W[h].T @ q[h] has R numbers. Do that for each head and stack them.",
        "look gives for each head a mean of latents, again R numbers. What would the mean of all values be?",
        "U of the mean is the mean of all U: U[h] @ mean[h], stacked.",
    ),
    solution=my_latent_look,
    harness=with_a_locked_cache,
    mistakes=(
        look_of_head_0,
        look_by_the_first_matrix,
        look_with_values_of_head_0,
        look_without_transposing,
        look_with_the_bare_query,
        look_without_values,
        look_scaled,
        look_of_the_sum,
        look_of_one_query,
        look_with_values_by_width,
        look_with_a_second_softmax,
        look_that_asks_with_chances,
    ),
)
