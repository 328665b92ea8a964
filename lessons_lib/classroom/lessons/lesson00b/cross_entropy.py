"""An exercise of lesson 00b: the mean of -log(chance of the right answer)."""

import torch

from lessons_lib.classroom.exercises import Exercise


def my_cross_entropy(scores, targets):
    chances = scores.softmax(-1)
    right = chances[torch.arange(len(targets)), targets]
    return -right.log().mean()


def _right(chances, targets):
    return chances[torch.arange(len(targets)), targets]


def entropy_without_minus(scores, targets):
    """It looks as if you forgot the minus. The logarithm of a chance is 0 or less, and a loss is 0 or more."""
    return -my_cross_entropy(scores, targets)


def entropy_summed(scores, targets):
    """It looks as if you took the sum over the rows. Take the mean, so that the loss does not grow with the batch."""
    return -_right(scores.softmax(-1), targets).log().sum()


def entropy_over_columns(scores, targets):
    """It looks as if softmax ran down the columns. Each row is one place in the text, and its chances must sum to 1:
    softmax over the last axis."""
    return -_right(scores.softmax(0), targets).log().mean()


def entropy_of_the_mean_chance(scores, targets):
    """It looks as if you took the mean of the chances and then the logarithm. Logarithm first: a single hopeless row
    must hurt."""
    return -_right(scores.softmax(-1), targets).mean().log()


def entropy_in_bits(scores, targets):
    """It looks as if you used log2. Deep learning counts in nats: log, with base e."""
    return -_right(scores.softmax(-1), targets).log2().mean()


def entropy_of_scores(scores, targets):
    """It looks as if you took the scores for chances. softmax(-1) turns each row of scores into chances."""
    return -_right(scores, targets).mean()


def entropy_of_the_favourite(scores, targets):
    """It looks as if you took the chance of the favourite. The chance that counts is the one that the right answer
    got, however small."""
    return -scores.softmax(-1).amax(-1).log().mean()


def entropy_of_every_pair(scores, targets):
    """It looks as if chances[:, targets] picked every target in every row. One per row is wanted: pair row i with
    target i, as chances[torch.arange(N), targets] does."""
    return -scores.softmax(-1)[:, targets].log().mean()


CROSS_ENTROPY = Exercise(
    id="cross_entropy",
    title="The loss of a guess",
    difficulty=2,
    minutes=8,
    kind="rebuild",
    contract="scores [N, V] and the right answers targets [N], whole numbers from 0 to V - 1, to one number: the mean "
    "over the rows of -log(chance of the right answer), with the logarithm of base e.",
    cases=(
        (torch.tensor([[0.0, 0.0]]), torch.tensor([1])),
        (torch.tensor([[2.0, 0.0, -1.0]]), torch.tensor([2])),
        (torch.tensor([[1.0, 0.0], [0.0, 3.0], [0.5, 2.0]]), torch.tensor([0, 0, 1])),
        (torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, -4.0]]), torch.tensor([1, 2])),
        (torch.zeros(4, 27), torch.tensor([0, 26, 5, 5])),
    ),
    tried="even chances, a hopeless row, one row and several",
    hints=(
        "Three steps: scores to chances, one chance from each row, then the mean of minus the logarithm.",
        "chances[torch.arange(N), targets] takes entry targets[i] of row i; so does gather.",
        "-right.log().mean()",
    ),
    solution=my_cross_entropy,
    mistakes=(
        entropy_without_minus,
        entropy_summed,
        entropy_over_columns,
        entropy_of_the_mean_chance,
        entropy_in_bits,
        entropy_of_scores,
        entropy_of_the_favourite,
        entropy_of_every_pair,
    ),
)
