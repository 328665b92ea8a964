"""An exercise of lesson 03: neighbours."""

import numpy as np

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson03.shared import rows


def my_nearest(vectors, row, k):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    order = (-(unit @ unit[row])).argsort(kind="stable")
    return [int(other) for other in order if other != row][:k]


def nearest_includes_itself(vectors, row, k):
    """It looks as if the row is its own neighbour. Its cosine with itself is 1, so it always wins: leave it out."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    others = (-(unit @ unit[row])).argsort(kind="stable").tolist()
    others.remove(row)
    return [row, *others][:k]


def nearest_by_dot_product(vectors, row, k):
    """It looks as if you compared dot products. Long vectors then win: divide by the lengths."""
    order = (-(vectors @ vectors[row])).argsort(kind="stable")
    return [int(other) for other in order if other != row][:k]


def nearest_by_distance(vectors, row, k):
    """It looks as if you compared distances. A vector may point the same way and still be far: use the cosine."""
    order = np.linalg.norm(vectors - vectors[row], axis=1).argsort(kind="stable")
    return [int(other) for other in order if other != row][:k]


def nearest_least_alike_first(vectors, row, k):
    """It looks as if the least alike come first: argsort sorts upwards, so turn it round."""
    return my_nearest(vectors, row, len(vectors) - 1)[::-1][:k]


def nearest_drops_one_after_cutting(vectors, row, k):
    """It looks as if one neighbour is missing: take the row itself out before you cut off after k."""
    return my_nearest(vectors, row, k - 1)


def nearest_skips_the_first(vectors, row, k):
    """It looks as if you dropped whatever came first in place of the row itself. Where another row points the same
    way it may come first: leave out the row by its number."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return (-(unit @ unit[row])).argsort(kind="stable")[1 : k + 1].tolist()


def nearest_later_of_a_tie(vectors, row, k):
    """It looks as if, of two that are equally alike, the later came first: argsort()[::-1] turns ties round too. Sort
    -scores upwards, with kind="stable"."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    order = (unit @ unit[row]).argsort(kind="stable")[::-1]
    return [int(other) for other in order if other != row][:k]


NEAREST = Exercise(
    id="nearest",
    title="Neighbours",
    difficulty=2,
    minutes=10,
    contract="vectors [N, C], a row and k < N to a list of the k rows with the highest cosine to it, most alike first, "
    "without the row itself. Of two that are equally alike the earlier comes first.",
    cases=(
        (rows((1, 0), (0, 1), (3, 1)), 0, 1),
        (rows((1, 0), (0, 1), (1, 3), (3, 1)), 0, 3),
        (rows((1, 2), (9, 0), (2, 5), (-1, 4), (10, 40)), 2, 2),
        (rows((3, 0, 1), (-3, 0, -1), (0, 1, 0), (1, 0, 0), (9, 3, 3)), 3, 4),
        # Rows 1 and 3 are the same: exactly equal scores, on whatever processor.
        (rows((0, 1), (1, 1), (1, 0), (1, 1), (0, 2)), 3, 2),
    ),
    tried="two and three numbers, short and long vectors, opposite ones, and a vector that is there twice",
    hints=(
        "Divide every row by its length first; then dot products are cosines.",
        "unit @ unit[row] is the cosine of every row with yours, [N].",
        "Sort by the negative: (-scores).argsort(kind='stable'), then leave out your row and take k.",
    ),
    solution=my_nearest,
    mistakes=(
        nearest_includes_itself,
        nearest_by_dot_product,
        nearest_by_distance,
        nearest_least_alike_first,
        nearest_drops_one_after_cutting,
        nearest_skips_the_first,
        nearest_later_of_a_tie,
    ),
)
