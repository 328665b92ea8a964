"""An exercise of lesson 03: a is to b as c is to …"""

import numpy as np

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson03.shared import rows


def my_analogy(vectors, a, b, c):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = unit @ (unit[b] - unit[a] + unit[c])
    scores[[a, b, c]] = -np.inf
    return int(scores.argmax())


def _answer(vectors, goal, excluded) -> int:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = unit @ goal
    scores[list(excluded)] = -np.inf
    return int(scores.argmax())


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def analogy_may_return_the_question(vectors, a, b, c):
    """It looks as if a row of the question came back. Row c is usually the nearest of all: a, b and c can't be the
    answer."""
    unit = _unit(vectors)
    return _answer(vectors, unit[b] - unit[a] + unit[c], [])


def analogy_the_wrong_way(vectors, a, b, c):
    """It looks as if you took the step backwards: from a to b is b - a, so the goal is c + b - a."""
    unit = _unit(vectors)
    return _answer(vectors, unit[a] - unit[b] + unit[c], (a, b, c))


def analogy_without_unit_lengths(vectors, a, b, c):
    """It looks as if you calculated with the rows as they are. Scale each row to length 1 first, or the longest of the
    three decides."""
    return _answer(vectors, vectors[b] - vectors[a] + vectors[c], (a, b, c))


def analogy_by_dot_product(vectors, a, b, c):
    """It looks as if the candidates kept their lengths. Scale every row to length 1, so that no candidate wins by being
    long."""
    unit = _unit(vectors)
    scores = vectors @ (unit[b] - unit[a] + unit[c])
    scores[[a, b, c]] = -np.inf
    return int(scores.argmax())


def analogy_ignores_c(vectors, a, b, c):
    """It looks as if c is missing from the sum: start at c and take the step from a to b."""
    unit = _unit(vectors)
    return _answer(vectors, unit[b] - unit[a], (a, b, c))


def analogy_nearest_to_c(vectors, a, b, c):
    """It looks as if you returned the neighbour of c: the step from a to b must be added first."""
    return _answer(vectors, _unit(vectors)[c], (a, b, c))


def analogy_without_a(vectors, a, b, c):
    """It looks as if a is missing from the sum: the step from a to b is b - a."""
    unit = _unit(vectors)
    return _answer(vectors, unit[b] + unit[c], (a, b, c))


def analogy_by_distance(vectors, a, b, c):
    """It looks as if you took the candidate at the smallest distance, its own length kept. The cosine asks for the
    direction alone: scale the candidates too."""
    unit = _unit(vectors)
    distances = np.linalg.norm(vectors - (unit[b] - unit[a] + unit[c]), axis=1)
    distances[[a, b, c]] = np.inf
    return int(distances.argmin())


ANALOGY = Exercise(
    id="analogy",
    title="a is to b as c is to …",
    difficulty=2,
    minutes=12,
    contract="vectors [N, C] and three rows a, b, c to one row: with every row scaled to length 1, the one with the "
    "highest cosine to b - a + c, and none of a, b, c.",
    cases=(
        (rows((1, 0, 0), (0, 1, 0), (1, 0, 3), (0, 1, 3)), 0, 1, 2),
        (rows((1, 0, 0), (0, 1, 0), (1, 0, 2), (0, 1, 2), (40, 30, 60)), 0, 1, 2),
        # The best answer leads by a wide margin, and each known mistake gives another one.
        (rows((2, 4, -1), (0, -6, 15), (-1, 5, -2), (0, 2, 0), (-3, 4, -2), (2, 5, -2), (2, 5, 5)), 5, 2, 6),
        (rows((9, 3, -3), (3, 4, 5), (-1, 0, 2), (-3, 0, -1), (1, -2, 0), (0, -3, 3), (-1, 3, 4)), 1, 2, 3),
        (
            rows((-2, -5, -3), (1, -5, 2), (-6, 3, 0), (-5, -6, 4), (1, 6, -1), (-5, -6, -4), (-2, -5, -6), (2, -3, 6)),
            *(5, 4, 2),
        ),
    ),
    tried="vectors of equal and of very different lengths, steps both ways, and long candidates",
    hints=(
        "Divide every row by its length; call that unit.",
        "The goal is unit[b] - unit[a] + unit[c]; unit @ goal gives a score for every row, in the order of the cosine.",
        "Give the rows a, b and c the score -np.inf and take argmax.",
    ),
    solution=my_analogy,
    mistakes=(
        analogy_may_return_the_question,
        analogy_the_wrong_way,
        analogy_without_unit_lengths,
        analogy_by_dot_product,
        analogy_ignores_c,
        analogy_nearest_to_c,
        analogy_without_a,
        analogy_by_distance,
    ),
)
