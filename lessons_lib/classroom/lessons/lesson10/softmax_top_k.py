"""An exercise of lesson 10: softmax, then the best k."""

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson10.disguises import grid


def my_shares(products, k):
    every = products.softmax(-1)
    best = every.topk(k, dim=-1)
    shares = torch.zeros_like(every).scatter(-1, best.indices, best.values)
    return shares / shares.sum(-1, keepdim=True)


def chosen(products: Tensor, k: int) -> Tensor:
    """True for the best k of each row."""
    return my_shares(products, k) > 0


def shares_not_divided(products, k):
    """It looks as if the shares of the chosen do not add up to 1: divide them by their sum."""
    return products.softmax(-1) * chosen(products, k)


def shares_of_all(products, k):
    """It looks as if nobody was left out. Experts that are not among the best k get 0."""
    return products.softmax(-1)


def shares_over_tokens(products, k):
    """It looks as if the softmax runs over the tokens. Each token weighs its experts: the last axis."""
    every = products.softmax(0) * chosen(products, k)
    return every / every.sum(-1, keepdim=True)


def shares_by_sigmoid(products, k):
    """It looks as if scores are made with sigmoid, as in DeepSeek V3. Here it is softmax."""
    every = products.sigmoid() * chosen(products, k)
    return every / every.sum(-1, keepdim=True)


def shares_of_products(products, k):
    """It looks as if the products themselves are shared out. They go through softmax first."""
    every = products * chosen(products, k)
    return every / every.sum(-1, keepdim=True)


def shares_alike(products, k):
    """It looks as if the chosen count alike. Each counts as its softmax says."""
    return chosen(products, k) / k


def shares_zero_before_softmax(products, k):
    """It looks as if the others were set to 0 before the softmax. A product of 0 is a score like any other: use minus
    infinity there, or take the best after the softmax."""
    return (products * chosen(products, k)).softmax(-1)


def shares_of_the_best(products, k):
    """It looks as if one expert is chosen for each token. There are k."""
    return my_shares(products, 1)


def shares_of_the_worst(products, k):
    """It looks as if the worst k are chosen. The largest products win."""
    every = products.softmax(-1) * chosen(-products, k)
    return every / every.sum(-1, keepdim=True)


SOFTMAX_TOP_K = Exercise(
    id="softmax_top_k",
    title="Softmax, then the best k",
    difficulty=2,
    minutes=10,
    contract="Products [N, E] and a whole number k to shares [N, E]: 0 for those not chosen, each row adds up to 1.",
    cases=(
        (grid((2, 1, 0, -1)), 2),
        (grid((2, 1, 0, -1)), 1),
        (grid((0, 3, 1), (2, -1, 2.5), (-3, -2, -1)), 2),
        (grid((0.5, 0, -0.5, 4, 3), (1, 2, 3, -4, 0)), 3),
        (grid((1, -1), (0, 2), (3, 0.5)), 2),
    ),
    tried="one token and several, one expert and all, and products below zero",
    hints=(
        "Softmax over the last axis first.",
        "topk gives values and places; scatter puts the values back among zeros.",
        "At the end divide each row by its sum, with keepdim=True.",
    ),
    solution=my_shares,
    mistakes=(
        shares_not_divided,
        shares_of_all,
        shares_over_tokens,
        shares_by_sigmoid,
        shares_of_products,
        shares_alike,
        shares_zero_before_softmax,
        shares_of_the_best,
        shares_of_the_worst,
    ),
)
