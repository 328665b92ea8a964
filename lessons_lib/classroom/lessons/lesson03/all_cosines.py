"""An exercise of lesson 03: every row with every row."""

import numpy as np

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson03.shared import rows


def my_cosines(x, y):
    x = x / np.sqrt((x * x).sum(1, keepdims=True))
    y = y / np.sqrt((y * y).sum(1, keepdims=True))
    return x @ y.T


def _lengths(x):
    return np.linalg.norm(x, axis=1)


def cosines_without_lengths(x, y):
    """It looks as if these are the dot products: divide each by both lengths, or long rows look alike to all."""
    return x @ y.T


def cosines_of_one_length(x, y):
    """It looks as if only the rows of x were scaled to length 1: those of y have lengths too."""
    return x @ y.T / _lengths(x)[:, None]


def cosines_of_the_other_length(x, y):
    """It looks as if only the rows of y were scaled to length 1: those of x have lengths too."""
    return x @ y.T / _lengths(y)


def cosines_without_roots(x, y):
    """It looks as if you divided by the squares of the lengths: the length is the root of the sum of squares."""
    return x @ y.T / np.outer(_lengths(x) ** 2, _lengths(y) ** 2)


def cosines_along_columns(x, y):
    """It looks as if the lengths are those of the columns. A vector is a row: sum the squares along axis 1, with
    keepdims=True so that each row is divided by its own length."""
    return (x / np.linalg.norm(x, axis=0)) @ (y / np.linalg.norm(y, axis=0)).T


def cosines_of_the_whole_table(x, y):
    """It looks as if you divided by one length for the whole table. Each row has a length of its own: axis=1,
    keepdims=True."""
    return x @ y.T / (np.linalg.norm(x) * np.linalg.norm(y))


def cosines_turned_over(x, y):
    """It looks as if rows and columns of the result are swapped: row a holds the cosines of x[a] with all of y."""
    return my_cosines(x, y).T


def cosines_pair_by_pair(x, y):
    """It looks as if row 0 met row 0 only, row 1 row 1, and so on. Asked for is every row of x with every row of y."""
    count = min(len(x), len(y))
    return np.diag(my_cosines(x[:count], y[:count]))


def cosines_by_paired_lengths(x, y):
    """It looks as if the lengths were multiplied in pairs, row 0 with row 0. Each pair of a row of x and a row of y has
    its own two lengths: scale the rows first, or shape the lengths as [A, 1] and [B]."""
    return x @ y.T / (_lengths(x) * _lengths(y))


def cosines_of_a_row_and_a_column_of_lengths(x, y):
    """It looks as if both lengths are columns, [A, 1] and [B, 1]. Of a pair of rows one length goes down and one
    across: turn the second over, .T."""
    return x @ y.T / (_lengths(x)[:, None] * _lengths(y)[:, None])


def cosines_by_lengths_of_columns(x, y):
    """It looks as if the lengths are those of the columns, axis=0. A vector is a row: axis=1, and one of the two
    lengths as a column, with keepdims=True."""
    return x @ y.T / (np.linalg.norm(x, axis=0) * np.linalg.norm(y, axis=0))


def cosines_of_products_in_pairs(x, y):
    """It looks as if row 0 met row 0 only, row 1 row 1, and so on. Asked for is every row of x with every row of y."""
    return (x * y).sum(1) / (_lengths(x) * _lengths(y))


def cosines_of_centred_rows(x, y):
    """It looks as if each row lost its mean first, which is the correlation. The cosine takes the rows as they are."""
    with np.errstate(invalid="ignore"):  # 0 / 0
        return my_cosines(x - x.mean(1, keepdims=True), y - y.mean(1, keepdims=True))


def cosines_without_signs(x, y):
    """It looks as if the cosines have lost their signs: arrows that point away from each other have a negative one."""
    return np.abs(my_cosines(x, y))


def cosines_of_summed_lengths(x, y):
    """It looks as if the length is the sum of the numbers without their signs. It is the root of the sum of squares."""
    return x @ y.T / np.outer(np.abs(x).sum(1), np.abs(y).sum(1))


def cosines_by_the_sum_of_lengths(x, y):
    """It looks as if the two lengths are added. Of two rows the dot product is divided by one length and by the other,
    which is their product."""
    return x @ y.T / (_lengths(x)[:, None] + _lengths(y))


def cosines_as_angles(x, y):
    """It looks as if these are the angles. Asked for are their cosines, so leave arccos out."""
    return np.arccos(my_cosines(x, y).clip(-1, 1))


def cosines_as_distances(x, y):
    """It looks as if these are distances. The cosine asks for the direction alone."""
    return np.linalg.norm(x[:, None] - y[None], axis=2)


ALL_COSINES = Exercise(
    id="all_cosines",
    title="Every row with every row",
    difficulty=1,
    minutes=6,
    contract="x [A, C] and y [B, C], arrays without rows of zeros, to [A, B]: at [a, b] the cosine of row a of x and "
    "row b of y. x and y stay as they are.",
    cases=(
        (rows((3.0, 4.0)), rows((4.0, 3.0))),
        (rows((1.0, 0.0), (0.0, 2.0)), rows((2.0, 0.0), (3.0, 4.0), (-1.0, 0.0))),
        (rows((1.0, 2.0, 2.0), (0.5, -1.0, 2.0), (4.0, 0.0, -3.0)), rows((-2.0, 1.0, 2.0), (0.0, 5.0, 0.0))),
        (rows((1.0, 2.0), (-6.0, 1.0)), rows((2.0, 4.0), (0.5, 0.1))),
    ),
    tried="one pair, several rows on either side, the same, a right and the opposite direction, long and short rows",
    hints=(
        "Scale every row of x and of y to length 1. Then a dot product is a cosine.",
        "The lengths of the rows are np.sqrt((x * x).sum(1, keepdims=True)), [A, 1].",
        "x @ y.T takes the dot product of each row of x with each row of y.",
    ),
    solution=my_cosines,
    mistakes=(
        cosines_without_lengths,
        cosines_of_one_length,
        cosines_of_the_other_length,
        cosines_without_roots,
        cosines_along_columns,
        cosines_of_the_whole_table,
        cosines_turned_over,
        cosines_pair_by_pair,
        cosines_by_paired_lengths,
        cosines_of_a_row_and_a_column_of_lengths,
        cosines_by_lengths_of_columns,
        cosines_of_products_in_pairs,
        cosines_of_centred_rows,
        cosines_without_signs,
        cosines_of_summed_lengths,
        cosines_by_the_sum_of_lengths,
        cosines_as_angles,
        cosines_as_distances,
    ),
)
