"""An exercise of lesson 11: send each token to one expert."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson11.shared import grid


def my_router(x, rows):
    products = x @ rows.T
    best = products.argmax(-1)
    return best, torch.sigmoid(products.amax(-1))


def router_with_softmax(x, rows):
    """It looks as if the score is a softmax over all experts. Here it is the sigmoid of the best product alone."""
    products = x @ rows.T
    return products.argmax(-1), products.softmax(-1).amax(-1)


def router_always_sure(x, rows):
    """It looks as if every score is 1. That is what a softmax over the single chosen expert gives; take the sigmoid."""
    return (x @ rows.T).argmax(-1), torch.ones(len(x))


def router_without_sigmoid(x, rows):
    """It looks as if the score is the product itself. Squeeze it with a sigmoid."""
    products = x @ rows.T
    return products.argmax(-1), products.amax(-1)


def router_by_size(x, rows):
    """It looks as if you took the product of the largest size, whatever its sign. A large negative product means that
    the two do not suit each other at all."""
    products = x @ rows.T
    best = products.abs().argmax(-1)
    return best, torch.sigmoid(products.gather(1, best[:, None])[:, 0])


def router_chooses_for_the_expert(x, rows):
    """It looks as if each expert chose a token. Each token chooses an expert: take the best over the last axis."""
    products = x @ rows.T
    return products.argmax(0), torch.sigmoid(products.amax(0))


def router_takes_the_worst(x, rows):
    """It looks as if you took the smallest product. The best expert has the largest."""
    products = x @ rows.T
    return products.argmin(-1), torch.sigmoid(products.amin(-1))


def router_shares_the_score(x, rows):
    """It looks as if the scores of a token were made to add up to 1. Each expert is asked by itself: the sigmoid of the
    best product is the score."""
    scores = torch.sigmoid(x @ rows.T)
    return scores.argmax(-1), scores.amax(-1) / scores.sum(-1)


def router_turned_round(x, rows):
    """It looks as if the two results have changed places: first the experts, then their scores."""
    experts, scores = my_router(x, rows)
    return scores, experts


ROUTER = Exercise(
    id="top1_router",
    title="Send each token to one expert",
    difficulty=1,
    minutes=5,
    contract="x [N, C] and rows [E, C] to (experts [N], scores [N]): the expert with the largest product, and the "
    "sigmoid of that product.",
    cases=(
        (grid((1,)), grid((0.5,), (2,))),
        (grid((2, 1), (-1, 3), (-2, -1), (0.5, 0.25)), grid((1, 0), (0, 1), (-1, -1))),
        (grid((3, -1), (-4, 0.5)), grid((-2, 0), (0.5, 0.25), (0, 1), (1, 1), (2, -3))),
        (grid((-1, -1, 2)), grid((1, 0, 0), (0, 3, 0))),
    ),
    tried="one token and several, more experts than tokens, and a token that no expert likes",
    hints=(
        "A row for each token, a column for each expert: x @ rows.T.",
        "argmax(-1) finds each row's best column.",
        "The score is torch.sigmoid of the largest product of the row, amax(-1).",
    ),
    solution=my_router,
    mistakes=(
        router_with_softmax,
        router_always_sure,
        router_without_sigmoid,
        router_by_size,
        router_chooses_for_the_expert,
        router_takes_the_worst,
        router_shares_the_score,
        router_turned_round,
    ),
)
