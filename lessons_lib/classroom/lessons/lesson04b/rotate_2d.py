"""An exercise of lesson 04b: rotary positions for a picture, whose tokens have a row and a column."""

import math

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson04b.shared import made_up, speeds, turned, turned_neighbours


def my_rotate_2d(x, row, column, base):
    parts = []
    for part, place in zip(x.chunk(2), (row, column), strict=True):  # D/2 numbers each
        quarter = len(part) // 2
        angles = place * base ** (-2 * torch.arange(quarter) / len(part))
        a, b = part[:quarter], part[quarter:]
        parts += [a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()]
    return torch.cat(parts)


def _both(x, row, column, base, turn=turned, width=None):
    first, second = x.chunk(2)
    theta = speeds(len(first) if width is None else width, base)[: len(first) // 2]
    return torch.cat([turn(first, row * theta), turn(second, column * theta)])


def rotate_2d_swapped(x, row, column, base):
    """It looks as if row and column are swapped: the first half of the numbers is turned by the row."""
    return _both(x, column, row, base)


def rotate_2d_by_the_sum(x, row, column, base):
    """It looks as if all numbers are turned by row + column. Then row 1, column 2 and row 2, column 1 are one place."""
    return _both(x, row + column, row + column, base)


def rotate_2d_by_the_row(x, row, column, base):
    """It looks as if the second half is not turned by the column."""
    return _both(x, row, 0, base)


def rotate_2d_all_by_the_row(x, row, column, base):
    """It looks as if both halves are turned by the row: the second half is turned by the column."""
    return _both(x, row, row, base)


def rotate_2d_by_the_column(x, row, column, base):
    """It looks as if the first half is not turned by the row."""
    return _both(x, 0, column, base)


def rotate_2d_with_speeds_of_d(x, row, column, base):
    """It looks as if the speeds are those of D numbers. Each half is turned as a vector of its own, of D/2 numbers:
    pair i by base ** (-2i / (D/2)) a place."""
    return _both(x, row, column, base, width=len(x))


def rotate_2d_neighbours(x, row, column, base):
    """It looks as if neighbours turn together. Inside each half, number i turns with number i + D/4."""
    return _both(x, row, column, base, turn=turned_neighbours)


def rotate_2d_backwards(x, row, column, base):
    """It looks as if you turned the other way round: (a, b) becomes (a cos - b sin, a sin + b cos)."""
    return _both(x, -row, -column, base)


def rotate_2d_with_one_speed(x, row, column, base):
    """It looks as if all pairs turn equally fast: pair i of a half turns by base ** (-2i / (D/2)) a place."""
    return _both(x, row, column, 1.0)


def rotate_2d_pairs_across(x, row, column, base):
    """It looks as if number i turns with number i + D/2. The two halves of the numbers have nothing to do with each
    other: cut x in two first, then pair inside each."""
    theta = speeds(len(x) // 2, base)
    return turned(x, torch.cat([row * theta, column * theta]))


def rotate_2d_without_a_minus(x, row, column, base):
    """It looks as if the minus is missing: (a, b) becomes (a cos - b sin, a sin + b cos). With two pluses lengths
    change, and that is no rotation."""

    def pluses(part, angles):
        a, b = part.chunk(2)
        return torch.cat([a * angles.cos() + b * angles.sin(), a * angles.sin() + b * angles.cos()])

    return _both(x, row, column, base, turn=pluses)


def rotate_2d_counting_from_one(x, row, column, base):
    """It looks as if row 0 and column 0 are turned: they count from 0, and there nothing turns."""
    return _both(x, row + 1, column + 1, base)


def rotate_2d_whole_by_the_sum(x, row, column, base):
    """It looks as if all numbers are turned as one vector, by row + column. Then row 1, column 2 and row 2, column 1
    give the same. Cut x in two first: one part for the row, one for the column."""
    return turned(x, (row + column) * speeds(len(x), base))


def rotate_2d_with_the_new_first_number(x, row, column, base):
    """It looks as if the first number of a pair is overwritten before the second is computed: both need the old
    ones."""

    def overwriting(part, angles):
        a, b = part.chunk(2)
        a = a * angles.cos() - b * angles.sin()
        return torch.cat([a, a * angles.sin() + b * angles.cos()])

    return _both(x, row, column, base, turn=overwriting)


def rotate_2d_with_a_base_of_its_own(x, row, column, base):
    """It looks as if the base is always 10000: it comes as an argument."""
    return _both(x, row, column, 10000.0)


def rotate_2d_with_growing_speeds(x, row, column, base):
    """It looks as if later pairs turn faster: the exponent is negative, base ** (-2i / (D/2))."""
    return _both(x, row, column, 1 / base)


def rotate_2d_in_degrees(x, row, column, base):
    """It looks as if the angles were taken for degrees and multiplied by pi / 180. They are radians already, and so
    are those that sin and cos expect."""
    return _both(x, row * math.pi / 180, column * math.pi / 180, base)


def rotate_2d_pairs_from_one(x, row, column, base):
    """It looks as if pairs count from 1. They count from 0: the first of each half turns by its whole place, since
    base ** 0 is 1."""
    slower = base ** (-4 / len(x))
    return _both(x, row * slower, column * slower, base)


def rotate_2d_by_the_product(x, row, column, base):
    """It looks as if row and column are multiplied. The first half of the numbers is turned by the row alone, the
    second by the column alone."""
    return _both(x, row * column, row * column, base)


def rotate_2d_added(x, row, column, base):
    """It looks as if the places are added to the numbers, as learned positions are. Here they turn each pair."""
    return _both(x, row, column, base, turn=lambda part, angles: part + torch.cat([angles, angles]))


def rotate_2d_row_on_even_numbers(x, row, column, base):
    """It looks as if the row turns the even numbers and the column the odd ones. The first half belongs to the row, the
    second to the column."""
    theta, result = speeds(len(x) // 2, base), x.clone()
    result[0::2], result[1::2] = turned(x[0::2], row * theta), turned(x[1::2], column * theta)
    return result


ROTATE_2D = Exercise(
    id="rotate_2d",
    title="Turning in a picture",
    difficulty=2,
    minutes=15,
    kind="transfer",
    contract="x [D] with D a multiple of 4, a row and a column from 0, and a base, to [D]. The first D/2 numbers are "
    "turned by the row and the last D/2 by the column, each as a vector of its own in the layout of halves: of the "
    "D/2 numbers, pair i is number i and number i + D/4, and it is turned by place * base ** (-2i / (D/2)) radians, "
    "anticlockwise.",
    cases=(
        (torch.tensor([1.0, 0.0, 1.0, 0.0]), 0, 0, 100.0),
        (torch.tensor([1.0, 0.0, 1.0, 0.0]), 1, 2, 100.0),
        (torch.tensor([1.0, 2.0, 3.0, 4.0]), 3, 0, 100.0),
        (made_up(8), 2, 5, 100.0),
        (made_up(8), 0, 3, 10000.0),
        (made_up(12), 4, 1, 50.0),
    ),
    tried="heads of 4, 8 and 12 numbers, rows and columns from 0 to 5, three bases. Two tokens that move by the same "
    "rows and columns now keep their score",
    hints=(
        "Write a function that turns one vector to one place, as plain_rope does with a row of places; call it twice.",
        "x.chunk(2) gives the two halves; inside it the width is D/2, not D.",
        "torch.cat joins what comes back.",
    ),
    solution=my_rotate_2d,
    mistakes=(
        rotate_2d_swapped,
        rotate_2d_by_the_sum,
        rotate_2d_by_the_row,
        rotate_2d_all_by_the_row,
        rotate_2d_by_the_column,
        rotate_2d_with_speeds_of_d,
        rotate_2d_neighbours,
        rotate_2d_backwards,
        rotate_2d_with_one_speed,
        rotate_2d_pairs_across,
        rotate_2d_without_a_minus,
        rotate_2d_counting_from_one,
        rotate_2d_whole_by_the_sum,
        rotate_2d_with_the_new_first_number,
        rotate_2d_with_a_base_of_its_own,
        rotate_2d_with_growing_speeds,
        rotate_2d_in_degrees,
        rotate_2d_pairs_from_one,
        rotate_2d_by_the_product,
        rotate_2d_added,
        rotate_2d_row_on_even_numbers,
    ),
)
