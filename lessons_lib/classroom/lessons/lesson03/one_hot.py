"""An exercise of lesson 03: the lookup as a product."""

import numpy as np

from lessons_lib.classroom.exercises import Exercise


def my_one_hot(ids, V):
    matrix = np.zeros((len(ids), V))
    matrix[range(len(ids)), ids] = 1
    return matrix


def one_hot_counts_from_one(ids, V):
    """It looks as if you count from 1: token 0 has its 1 in column 0."""
    return my_one_hot([i - 1 for i in ids], V)


def one_hot_on_its_side(ids, V):
    """It looks as if rows and columns are swapped: one row for each id, one column for each token, [T, V]."""
    return my_one_hot(ids, V).T


def one_hot_in_one_row(ids, V):
    """It looks as if all ids went into one row. Each id has a row of its own, in the order of the ids."""
    return my_one_hot(ids, V).max(0)


def one_hot_every_id_once(ids, V):
    """It looks as if an id that comes again got no row, or the ids were sorted: one row for each place in the list."""
    return my_one_hot(sorted(set(ids)), V)


def one_hot_holds_the_ids(ids, V):
    """It looks as if the rows hold the ids where they should hold a 1."""
    return my_one_hot(ids, V) * np.array(ids)[:, None]


def one_hot_too_narrow(ids, V):
    """It looks as if the matrix is as wide as the largest id needs: it must have V columns, used or not."""
    return my_one_hot(ids, max(ids) + 1)


ONE_HOT = Exercise(
    id="one_hot",
    title="The lookup as a product",
    difficulty=1,
    minutes=6,
    contract="a list of T ids from 0 to V - 1 to a matrix [T, V]: row t is 0 everywhere and 1 in column ids[t].",
    cases=(
        ([1], 3),
        ([0, 2], 3),
        ([2, 0, 2], 4),
        ([4, 3, 1, 0, 1], 6),
    ),
    tried="one id and several, an id that comes twice, id 0, and more columns than ids",
    hints=(
        "Start with a matrix of zeros, np.zeros((len(ids), V)).",
        "Row number t gets a single 1. In which column?",
        "A loop over enumerate(ids) does it: matrix[t, i] = 1.",
    ),
    solution=my_one_hot,
    mistakes=(
        one_hot_counts_from_one,
        one_hot_on_its_side,
        one_hot_in_one_row,
        one_hot_every_id_once,
        one_hot_holds_the_ids,
        one_hot_too_narrow,
    ),
)
