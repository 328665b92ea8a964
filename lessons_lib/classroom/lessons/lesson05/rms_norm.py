"""An exercise of lesson 05: RMSNorm."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson05.shared import grid


def my_rms_norm(x, weight, eps):
    mean_square = (x * x).mean(-1, keepdim=True)
    return x / (mean_square + eps) ** 0.5 * weight


def rms_norm_takes_the_mean_away(x, weight, eps):
    """It looks as if you took the mean away first. That is LayerNorm; RMSNorm leaves the mean where it is."""
    centred = x - x.mean(-1, keepdim=True)
    return centred / ((centred * centred).mean(-1, keepdim=True) + eps) ** 0.5 * weight


def rms_norm_divides_by_the_length(x, weight, eps):
    """It looks as if you divided by the length of the vector. The squares are averaged, not summed."""
    return x / ((x * x).sum(-1, keepdim=True) + eps) ** 0.5 * weight


def rms_norm_over_everything(x, weight, eps):
    """It looks as if all tokens share one size. Each token has its own: take the mean over the last axis, with
    keepdim=True."""
    return x / ((x * x).mean() + eps) ** 0.5 * weight


def rms_norm_over_the_first_axis(x, weight, eps):
    """It looks as if you averaged over the tokens. The mean is over the numbers of one token, the last axis."""
    return x / ((x * x).mean(0, keepdim=True) + eps) ** 0.5 * weight


def rms_norm_eps_outside(x, weight, eps):
    """It looks as if eps stands outside the root. Inside, as here, it counts for small vectors only; outside it
    changes every result a little."""
    return x / ((x * x).mean(-1, keepdim=True) ** 0.5 + eps) * weight


def rms_norm_without_the_root(x, weight, eps):
    """It looks as if the root is missing: divide by the root of the mean square."""
    return x / ((x * x).mean(-1, keepdim=True) + eps) * weight


def rms_norm_without_weight(x, weight, eps):
    """It looks as if the weight is missing: each coordinate is multiplied by its own at the end."""
    return x / ((x * x).mean(-1, keepdim=True) + eps) ** 0.5


RMS_NORM = Exercise(
    id="rms_norm",
    title="RMSNorm",
    difficulty=1,
    minutes=5,
    contract="x [..., C], weight [C] and a small eps to [..., C]: each vector divided by the root of its mean square "
    "plus eps, then multiplied by the weight.",
    cases=(
        (torch.tensor([-1.0, 7.0, -1.0, 7.0]), torch.ones(4), 1e-5),
        (torch.tensor([3.0, 4.0]), torch.tensor([1.0, 2.0]), 1e-5),
        (torch.zeros(3), torch.ones(3), 1e-5),
        (torch.tensor([0.1, -0.2, 0.2]), torch.ones(3), 0.01),
        (grid((1, 1, 2), (10, 20, 20)), torch.tensor([1.0, 0.5, -1.0]), 1e-5),
        (torch.arange(1.0, 13.0).reshape(2, 3, 2), torch.ones(2), 1e-5),
    ),
    tried="one token and several, a vector of zeros, a large eps, and weights",
    hints=(
        "Three steps: square, average over the last axis, take the root.",
        "x.mean(-1, keepdim=True) keeps the axis, so that its result divides x.",
        "eps is added to the mean of the squares, before the root.",
    ),
    solution=my_rms_norm,
    mistakes=(
        rms_norm_takes_the_mean_away,
        rms_norm_divides_by_the_length,
        rms_norm_over_everything,
        rms_norm_over_the_first_axis,
        rms_norm_eps_outside,
        rms_norm_without_the_root,
        rms_norm_without_weight,
    ),
)
