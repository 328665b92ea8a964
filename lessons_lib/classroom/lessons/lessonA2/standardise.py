"""An exercise of appendix A2: code that standardises the wrong thing, mended."""

from collections.abc import Callable

import torch

from lessons_lib.classroom.exercises import Exercise


def my_standardised(x):
    mean = x.mean(-1, keepdim=True)
    variance = (x - mean).square().mean(-1, keepdim=True)
    return (x - mean) / variance.sqrt()


def as_it_was(x):
    """It looks as if both faults are still there: mean(0) and std(0) go down the columns, and std divides by n - 1."""
    return (x - x.mean(0)) / x.std(0)


def still_columns(x):
    """It looks as if each column gets the mean 0. Each row should: dim=-1 goes along a row, and keepdim=True keeps
    the shape [N, 1], which fits to [N, C]."""
    return (x - x.mean(0)) / x.std(0, correction=0)


def still_a_sample(x):
    """It looks as if you divide by n - 1, as torch's std does unless told otherwise. These are all numbers of the row,
    no sample: correction=0 divides by n."""
    return (x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True)


def whole_table(x):
    """It looks as if the table as a whole gets the mean 0 and the variance 1: each row has its own."""
    return (x - x.mean()) / x.std(correction=0)


def without_the_root(x):
    """It looks as if you divide by the variance. Divide by its root, the standard deviation."""
    return (x - x.mean(-1, keepdim=True)) / x.var(-1, keepdim=True, correction=0)


def without_the_mean(x):
    """It looks as if the mean is still in the numbers: take each row's mean away first."""
    return x / x.std(-1, keepdim=True, correction=0)


def without_keepdim(x):
    """It looks as if keepdim=True is missing: the means of the rows, [N], are laid along the columns, and a square
    table takes them without an error. With it they have the shape [N, 1]."""
    return (x - x.mean(-1)) / x.std(-1, correction=0)


def mean_without_keepdim(x):
    """It looks as if keepdim=True is missing in the mean. A mean without it has the shape [N]; a square table takes it
    without an error, and then each column loses the mean of some row."""
    return (x - x.mean(-1)) / x.std(-1, keepdim=True, correction=0)


def mean_without_keepdim_of_a_sample(x):
    """It looks as if keepdim=True is missing in the mean, [N], which a square table takes without an error; and std
    divides by n - 1."""
    return (x - x.mean(-1)) / x.std(-1, keepdim=True)


def spread_without_keepdim(x):
    """It looks as if keepdim=True is missing in the standard deviation. Without it the shape is [N]; a square table
    takes it without an error, and then each column is divided by the spread of some row."""
    return (x - x.mean(-1, keepdim=True)) / x.std(-1, correction=0)


def spread_without_keepdim_of_a_sample(x):
    """It looks as if keepdim=True is missing in the standard deviation, [N], which a square table takes without an
    error; and std divides by n - 1."""
    return (x - x.mean(-1, keepdim=True)) / x.std(-1)


def shares_of_the_sum(x):
    """It looks as if each row is divided by its sum. Take the row's mean away, then divide by its standard
    deviation."""
    return x / x.sum(-1, keepdim=True)


def mean_alone(x):
    """It looks as if only the mean is taken away: the variance is not 1 yet. Divide by the standard deviation."""
    return x - x.mean(-1, keepdim=True)


def sum_of_squares(x):
    """It looks as if you divide by the root of the sum of the squares. The variance is their mean."""
    far = x - x.mean(-1, keepdim=True)
    return far / far.square().sum(-1, keepdim=True).sqrt()


def divides_the_mean(x):
    """It looks as if only the mean is divided: a - b / c is a - (b / c). Put the difference in brackets."""
    return x - x.mean(-1, keepdim=True) / x.std(-1, keepdim=True, correction=0)


def sample_without_keepdim(x):
    """It looks as if both keepdim=True and correction=0 are missing: the means of the rows, [N], are laid along the
    columns, and std divides by n - 1."""
    return (x - x.mean(-1)) / x.std(-1)


def spread_of_columns(x):
    """It looks as if the mean is taken along each row, but std still goes down the columns, and divides by n - 1."""
    return (x - x.mean(-1, keepdim=True)) / x.std(0)


def whole_spread_of_columns(x):
    """It looks as if the mean is taken along each row, but std still goes down the columns."""
    return (x - x.mean(-1, keepdim=True)) / x.std(0, correction=0)


def mean_of_columns(x):
    """It looks as if std goes along each row, but the mean still goes down the columns."""
    return (x - x.mean(0)) / x.std(-1, keepdim=True, correction=0)


def _with_a_little_more(number: float) -> Callable:
    """The right rows, but for a small number added to their standard deviations."""

    def spread_with_a_little_more(x):
        """It looks as if a small number is added to the standard deviation, against a division by 0. No row is
        constant, and where the numbers are small, that small number is not: leave it out."""
        return (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True, correction=0) + number)

    return spread_with_a_little_more


def with_eps(x):
    """It looks as if you used layer_norm as it is: it adds eps=1e-5 to the variance, against a division by 0. Without
    constant rows eps=0 will do."""
    return torch.nn.functional.layer_norm(x, x.shape[-1:])


STANDARDISE = Exercise(
    id="standardise",
    title="Find the two faults",
    difficulty=2,
    minutes=15,
    kind="diagnose",
    contract="x [N, C], no row of which is constant, to the same shape: each row with mean 0 and variance 1, the "
    "variance divided by C.",
    cases=(
        (torch.tensor([[1.0, 3.0], [10.0, 14.0]]),),
        (torch.tensor([[1.0, 1.0, 4.0], [0.0, 2.0, 10.0]]),),
        (torch.tensor([[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0], [0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 3.0]]),),
        (torch.tensor([[-1.0, 0.0], [5.0, 1.0], [0.5, 0.25]]),),
        (torch.tensor([[1.0, 2.0, 3.0], [0.0, 10.0, 20.0], [5.0, 0.0, -2.0]]),),
        (torch.tensor([[0.0, 2e-6], [0.0, -6e-6]]),),
    ),
    tried="rows of 2, 3 and 8 numbers, of millionths to 20, in square tables and others",
    hints=(
        "Print broken(torch.tensor([[1.0, 3.0], [10.0, 14.0]])): do its rows add up to 0, or its columns?",
        "dim=0 goes down the columns, dim=-1 along the rows. With keepdim=True the result has the shape [N, 1].",
        "torch's std divides by n - 1; std(-1, keepdim=True, correction=0) divides by n.",
    ),
    solution=my_standardised,
    mistakes=(
        as_it_was,
        still_columns,
        still_a_sample,
        whole_table,
        without_the_root,
        without_the_mean,
        without_keepdim,
        mean_without_keepdim,
        mean_without_keepdim_of_a_sample,
        spread_without_keepdim,
        spread_without_keepdim_of_a_sample,
        shares_of_the_sum,
        mean_alone,
        sum_of_squares,
        divides_the_mean,
        sample_without_keepdim,
        spread_of_columns,
        whole_spread_of_columns,
        mean_of_columns,
        *map(_with_a_little_more, (1e-5, 1e-6, 1e-8)),
        with_eps,
    ),
)
