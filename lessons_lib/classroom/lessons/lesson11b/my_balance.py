"""An exercise of lesson 11b: the balancing loss for several experts a token."""

from collections.abc import Callable

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson11.shared import grid


def my_balance(chosen, scores):
    N, E = scores.shape
    f = torch.stack([(chosen == e).sum() / N for e in range(E)])
    P = (scores / scores.sum(-1, keepdim=True)).mean(0)
    return E * (f * P).sum()


def with_its_slope(answer: Callable, chosen: Tensor, scores: Tensor) -> dict | None:
    """The balance of a learner, and its slope [N, E] with respect to the scores; None as a slope if it has none.

    Returns:
        None if the learner returns nothing.
    """
    scores = scores.clone().requires_grad_()
    balance = answer(chosen, scores)
    if balance is None:
        return None
    if not (isinstance(balance, Tensor) and balance.requires_grad and balance.numel() == 1):
        return {"balance": balance, "its slope for the scores": None}
    [slope] = torch.autograd.grad(balance.sum(), scores, allow_unused=True)
    return {"balance": balance.detach().reshape(()), "its slope for the scores": slope}


def balance_without_a_slope(chosen, scores):
    """The number is right, but the scores get no slope, so nothing would learn from it: no .detach(), .item() or
    .tolist() on the way from the scores."""
    return my_balance(chosen, scores.detach())


def balance_without_normalising(chosen, scores):
    """It looks as if the scores of a token are taken as they are. Divide them by their sum first, so that each token
    counts alike."""
    N, E = scores.shape
    f = torch.stack([(chosen == e).sum() / N for e in range(E)])
    return E * (f * scores.mean(0)).sum()


def balance_by_softmax(chosen, scores):
    """It looks as if you took a softmax of the scores. They are scores already: divide them by their sum."""
    return my_balance(chosen, scores.softmax(-1))


def balance_divides_by_choices(chosen, scores):
    """It looks as if the counts are divided by all choices, N * K. f is counted for each token, so its sum is K."""
    return my_balance(chosen, scores) / chosen.shape[1]


def balance_without_experts(chosen, scores):
    """It looks as if the factor E is missing. With it, even work gives 1 for each expert that a token is sent to."""
    return my_balance(chosen, scores) / scores.shape[1]


def balance_by_counts_alone(chosen, scores):
    """It looks as if you squared f. A count has no slope; the mean of the scores is what can learn."""
    N, E = scores.shape
    f = torch.stack([(chosen == e).sum() / N for e in range(E)])
    return E * (f * f).sum()


def balance_by_scores_alone(chosen, scores):
    """It looks as if you squared P. f counts where tokens were sent, whatever the scores of the others."""
    E = scores.shape[1]
    P = (scores / scores.sum(-1, keepdim=True)).mean(0)
    return E * (P * P).sum()


def balance_of_the_first_choice(chosen, scores):
    """It looks as if only the first choice is counted. With K experts a token, all K are sent work."""
    return my_balance(chosen[:, :1], scores)


def balance_divides_after_the_mean(chosen, scores):
    """It looks as if you took the mean of the scores first and divided by the sum then. Each token's scores are divided
    by their own sum, so that each token counts alike."""
    return my_balance(chosen, scores.mean(0).expand_as(scores))


def balance_of_the_largest_scores(chosen, scores):
    """It looks as if f counts the experts with the largest scores. Count chosen: with a bias it can be
    another expert."""
    return my_balance(scores.topk(chosen.shape[1], -1).indices, scores)


BALANCE = Exercise(
    id="my_balance",
    title="Several experts a token",
    difficulty=2,
    minutes=10,
    kind="transfer",
    contract="chosen [N, K], whole numbers below E, and positive scores [N, E] to a tensor of one number, through "
    "which the scores get a slope: E * sum(f * P), with f [E] how often each expert was chosen, divided by N, and P "
    "[E] the mean of the scores after each token's were divided by their sum.",
    cases=(
        (torch.tensor([[0]]), grid((0.5, 0.5))),
        (torch.tensor([[0], [0]]), grid((0.7, 0.3), (0.6, 0.4))),
        (torch.tensor([[2], [1], [2], [0]]), grid((0.1, 0.4, 0.9), (0.2, 0.8, 0.6), (0.1, 0.1, 0.3), (0.9, 0.5, 0.7))),
        (
            torch.tensor([[0, 2], [2, 1], [2, 0]]),
            grid((0.8, 0.1, 0.7, 0.2), (0.3, 0.6, 0.9, 0.1), (0.5, 0.2, 0.6, 0.4)),
        ),
        (torch.tensor([[1], [0], [1]]), grid((0.9, 0.3, 0.6), (0.2, 0.7, 0.4), (0.5, 0.1, 0.8))),
    ),
    tried="one token, an idle expert, scores that do not add up to 1, two experts a token, and chosen "
    "ones without the largest score",
    hints=(
        "f: for each expert, count where chosen equals its number and divide by the number of tokens.",
        "P: scores / scores.sum(-1, keepdim=True), then the mean over the tokens.",
        "Multiply expert by expert, add up, and multiply by the number of experts.",
    ),
    solution=my_balance,
    harness=with_its_slope,
    mistakes=(
        balance_without_a_slope,
        balance_without_normalising,
        balance_by_softmax,
        balance_divides_by_choices,
        balance_without_experts,
        balance_by_counts_alone,
        balance_by_scores_alone,
        balance_of_the_first_choice,
        balance_divides_after_the_mean,
        balance_of_the_largest_scores,
    ),
)
