"""An exercise of lesson 10: absorb."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson10.disguises import grid


def my_latent_scores(q, W, latents):
    by_head = W.reshape(q.shape[0], q.shape[1], -1)  # [H, D, R]
    at_latent = (q[:, :, None] * by_head).sum(1)  # [H, R]
    return at_latent @ latents.T  # [H, S]


def latent_scores_by_width(q, W, latents):
    """It looks as if the rows of the heads are interleaved. The first D rows belong to head 0, the next D to head 1."""
    by_head = W.reshape(q.shape[1], q.shape[0], -1).transpose(0, 1)  # [H, D, R]
    return torch.einsum("hd,hdr->hr", q, by_head) @ latents.T


def latent_scores_one_head(q, W, latents):
    """It looks as if all heads use the matrix of head 0. Each has D rows of its own."""
    return q @ W[: q.shape[1]] @ latents.T


def latent_scores_summed(q, W, latents):
    """It looks as if the heads were added together. Each head has a row of scores of its own."""
    return my_latent_scores(q, W, latents).sum(0)


def latent_scores_by_token(q, W, latents):
    """It looks as if rows and columns have changed places: one row for each head, one column for each token."""
    return my_latent_scores(q, W, latents).T


def latent_scores_as_shares(q, W, latents):
    """It looks as if the scores went through softmax. Scores are asked for."""
    return my_latent_scores(q, W, latents).softmax(-1)


def latent_scores_scaled(q, W, latents):
    """It looks as if the scores are divided by the root of D. Here they are not scaled."""
    return my_latent_scores(q, W, latents) / q.shape[1] ** 0.5


def latent_scores_keys(q, W, latents):
    """It looks as if you returned the query at the latent. It still has to meet the latents."""
    by_head = W.reshape(q.shape[0], q.shape[1], -1)  # [H, D, R]
    return torch.einsum("hd,hdr->hr", q, by_head)


LATENT_SCORES = Exercise(
    id="latent_scores",
    title="Absorb",
    difficulty=3,
    minutes=15,
    contract="q [H, D], W [H * D, R] (head 0 first) and latents [S, R] to scores [H, S], not scaled.",
    cases=(
        (grid((2, 1)), grid((1, 2), (0, 1)), grid((1, 1))),
        (grid((2, 1)), grid((1, 2), (0, 1)), grid((1, 1), (0, -1), (3, 2))),
        (grid((1, 0), (0, 2)), grid((1, 2, 0), (0, 1, 1), (3, 0, -1), (1, 1, 2)), grid((1, 1, 0), (0, -1, 2))),
        (
            grid((1, -1, 2), (0.5, 0, 3)),
            grid((1, 0), (0, 1), (2, -1), (1, 1), (-2, 0), (0, 3)),
            grid((1, 2), (0, 1), (-1, 1), (2, 2)),
        ),
    ),
    tried="one head as in the lesson, several tokens, and heads that differ",
    hints=(
        "Cut W into the matrices of the heads: reshape to [H, D, R].",
        "Bring each head's query to the latent: sum over D of q[h, d] * W[h, d, r]. That is [H, R].",
        "Then meet the latents: @ latents.T.",
    ),
    solution=my_latent_scores,
    mistakes=(
        latent_scores_by_width,
        latent_scores_one_head,
        latent_scores_summed,
        latent_scores_by_token,
        latent_scores_as_shares,
        latent_scores_scaled,
        latent_scores_keys,
    ),
)
