"""An exercise of lesson 11: give each expert its own tokens."""

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson11.shared import grid


def my_dispatch(x, chosen, scores, ask):
    out = torch.zeros_like(x)
    for number in chosen.unique().tolist():
        mail = (chosen == number).nonzero().flatten()
        out[mail] = ask(number, x[mail] * scores[mail, None])
    return out


def dispatch_scores_the_output(x, chosen, scores, ask):
    """It looks as if the score multiplies what the expert gives. In Llama 4 it multiplies what the expert reads."""
    return my_dispatch(x, chosen, torch.ones_like(scores), ask) * scores[:, None]


def dispatch_without_scores(x, chosen, scores, ask):
    """It looks as if the scores are not used. Each token is multiplied by its score before its expert reads it."""
    return my_dispatch(x, chosen, torch.ones_like(scores), ask)


def dispatch_in_order_of_experts(x, chosen, scores, ask):
    """It looks as if the answers were put one behind the other, expert by expert. Each belongs back in the place of
    its token."""
    return my_dispatch(x, chosen, scores, ask)[chosen.argsort(stable=True)]


def dispatch_everything_everywhere(x, chosen, scores, ask):
    """It looks as if every expert read all tokens, with zeros for those that are not its own. These experts answer
    something to nothing: give them their tokens only."""
    out = torch.zeros_like(x)
    for number in chosen.unique().tolist():
        factor = torch.where(chosen == number, scores, torch.zeros_like(scores))
        out = out + ask(number, x * factor[:, None])
    return out


def dispatch_scores_twice(x, chosen, scores, ask):
    """It looks as if the score multiplies both what the expert reads and what it gives. It is used once, before."""
    return my_dispatch(x, chosen, scores, ask) * scores[:, None]


def dispatch_by_place(x, chosen, scores, ask):
    """It looks as if the tokens took turns. Token n goes to the expert `chosen[n]`."""
    return my_dispatch(x, torch.arange(len(x)) % (int(chosen.max()) + 1), scores, ask)


def four_experts(number: int, x: Tensor) -> Tensor:
    """Answers [n, C] of expert `number` to tokens [n, C]; all four answer something to nothing."""
    if len(x) == 0:
        raise ValueError(f"expert {number} was asked about no token")
    experts = (torch.cos, lambda x: x * x - 1, lambda x: 3 - 2 * x.flip(-1), lambda x: x.abs() + 0.5)
    return experts[number](x)


DISPATCH = Exercise(
    id="sparse_dispatch",
    title="Give each expert its own tokens",
    difficulty=2,
    minutes=12,
    contract="x [N, C], chosen [N] whole numbers, scores [N] and ask, to [N, C]: token n gets the answer of expert "
    "chosen[n] to scores[n] * x[n]. ask(number, tokens [n, C]) gives the answers [n, C] of one expert, n of 1 or more.",
    cases=(
        (grid((4,)), torch.tensor([0]), torch.tensor([0.5]), four_experts),
        (grid((2, 1), (-1, 3)), torch.tensor([1, 0]), torch.tensor([0.5, 0.25]), four_experts),
        (
            grid((2, 1), (-1, 3), (-2, -1), (0.5, 0.25)),
            torch.tensor([2, 0, 2, 0]),
            torch.tensor([0.9, 0.5, 0.7, 0.6]),
            four_experts,
        ),
        (
            grid((1, 2, 3), (0, 0, 0), (3, 1, -1), (2, -2, 0.5), (1, 1, 1)),
            torch.tensor([1, 3, 0, 1, 1]),
            torch.tensor([0.8, 0.3, 0.5, 0.2, 0.6]),
            four_experts,
        ),
    ),
    tried="one expert and three, experts without a token, and experts that answer something to nothing",
    hints=(
        "Which experts have mail? chosen.unique(). Where are the tokens of one of them? "
        "(chosen == number).nonzero().flatten().",
        "x[mail] are its tokens; scores[mail, None] has the shape to multiply them.",
        "Start with torch.zeros_like(x) and put each expert's answers back with out[mail] = ...",
    ),
    solution=my_dispatch,
    mistakes=(
        dispatch_scores_the_output,
        dispatch_without_scores,
        dispatch_in_order_of_experts,
        dispatch_everything_everywhere,
        dispatch_scores_twice,
        dispatch_by_place,
    ),
)
