"""An exercise of lesson 03: the clock with many hands."""

import numpy as np

from lessons_lib.classroom.exercises import Exercise


def my_sinusoidal(length, width):
    speeds = 10000 ** (-np.arange(0, width, 2) / width)
    angles = np.arange(length)[:, None] * speeds
    pattern = np.zeros((length, width))
    pattern[:, 0::2] = np.sin(angles)
    pattern[:, 1::2] = np.cos(angles)
    return pattern


def _pattern(length, width, exponents, first=0):
    angles = np.arange(first, first + length)[:, None] / 10000**exponents  # [T, C/2]
    return np.stack([np.sin(angles), np.cos(angles)], -1).reshape(length, width)


def sinusoidal_in_halves(length, width):
    """It looks as if all sines stand on the left and all cosines on the right: they take turns, sine in column 2i and
    cosine in column 2i + 1."""
    pattern = my_sinusoidal(length, width)
    return np.concatenate([pattern[:, 0::2], pattern[:, 1::2]], 1)


def sinusoidal_without_the_two(length, width):
    """It looks as if the exponent is i / width: it is 2i / width for pair i."""
    return _pattern(length, width, np.arange(width // 2) / width)


def sinusoidal_of_each_column(length, width):
    """It looks as if every column turns at its own speed: the two columns of a pair share one angle."""
    angles = np.arange(length)[:, None] / 10000 ** (np.arange(width) / width)
    return np.where(np.arange(width) % 2, np.cos(angles), np.sin(angles))


def sinusoidal_from_place_one(length, width):
    """It looks as if the places count from 1: place 0 is (0, 1, 0, 1, ...)."""
    return _pattern(length, width, np.arange(0, width, 2) / width, first=1)


def sinusoidal_swapped(length, width):
    """It looks as if sine and cosine are swapped: the sine comes first."""
    return my_sinusoidal(length, width).reshape(length, -1, 2)[:, :, ::-1].reshape(length, width)


def sinusoidal_faster_and_faster(length, width):
    """It looks as if the waves grow faster from pair to pair: divide the place by 10000 ** (2i / width)."""
    return _pattern(length, width, -np.arange(0, width, 2) / width)


def sinusoidal_on_its_side(length, width):
    """It looks as if places and columns are swapped: a row for each place, [length, width]."""
    return my_sinusoidal(length, width).T


SINUSOIDAL = Exercise(
    id="sinusoidal",
    title="The clock with many hands",
    difficulty=3,
    minutes=15,
    contract="length and an even width to a matrix [length, width]: in row p, columns 2i and 2i + 1 hold the sine and "
    "the cosine of p / 10000 ** (2i / width).",
    cases=(
        (1, 2),
        (3, 2),
        (2, 4),
        (5, 6),
        (3, 10),
    ),
    tried="one place and several, one pair of columns and five",
    hints=(
        "Pair i turns by 1 / 10000 ** (2i / width) a place; np.arange(0, width, 2) holds all 2i.",
        "np.arange(length)[:, None] * speeds is the angle of every place and pair, [length, width / 2].",
        "pattern[:, 0::2] are the even columns, for the sines; pattern[:, 1::2] the odd ones, for the cosines.",
    ),
    solution=my_sinusoidal,
    mistakes=(
        sinusoidal_in_halves,
        sinusoidal_without_the_two,
        sinusoidal_of_each_column,
        sinusoidal_from_place_one,
        sinusoidal_swapped,
        sinusoidal_faster_and_faster,
        sinusoidal_on_its_side,
    ),
)
