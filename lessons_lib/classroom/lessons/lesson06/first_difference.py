"""An exercise of lesson 06: the first part that differs."""

import numpy as np

from lessons_lib.classroom.exercises import Exercise


def my_first_difference(mine, theirs, tolerance):
    for name in mine:
        if name in theirs:
            gap = np.abs(mine[name] - theirs[name])
            gap[np.isnan(gap)] = np.inf
            if gap.max() > tolerance:
                token, coordinate = np.unravel_index(gap.argmax(), gap.shape)
                return name, token, coordinate
    return "none"


def differing(mine, theirs, tolerance, gap_of=None):
    """All parts that differ, with token and coordinate; what the mistakes have in common."""
    found = []
    for name in mine:
        if name in theirs:
            gap = (gap_of or (lambda a, b: np.nan_to_num(np.abs(a - b), nan=np.inf)))(mine[name], theirs[name])
            if gap.max() > tolerance:
                found.append((gap.max(), name, *np.unravel_index(gap.argmax(), gap.shape)))
    return found


def difference_largest(mine, theirs, tolerance):
    """It looks as if you returned the part that differs most. Later parts differ more because they were fed wrong
    numbers; the first one is where the fault is."""
    found = differing(mine, theirs, tolerance)
    return max(found)[1:] if found else "none"


def difference_last(mine, theirs, tolerance):
    """It looks as if you returned the last part that differs. Stop at the first."""
    found = differing(mine, theirs, tolerance)
    return found[-1][1:] if found else "none"


def difference_without_abs(mine, theirs, tolerance):
    """It looks as if the sign is kept, so that numbers which are too small pass. Take the absolute value."""
    found = differing(mine, theirs, tolerance, lambda a, b: np.nan_to_num(a - b, nan=np.inf))
    return found[0][1:] if found else "none"


def difference_without_nan(mine, theirs, tolerance):
    """It looks as if a nan passes. Every comparison with nan is false: treat it as an infinite difference."""
    found = differing(mine, theirs, tolerance, lambda a, b: np.nan_to_num(np.abs(a - b), nan=0.0))
    return found[0][1:] if found else "none"


def difference_place_swapped(mine, theirs, tolerance):
    """It looks as if token and coordinate have changed places. Rows are tokens."""
    found = differing(mine, theirs, tolerance)
    return (found[0][1], found[0][3], found[0][2]) if found else "none"


def difference_first_place(mine, theirs, tolerance):
    """It looks as if you returned the first place above the tolerance. Asked for is the largest difference's place."""
    for name in mine:
        if name in theirs:
            places = np.argwhere(~(np.abs(mine[name] - theirs[name]) <= tolerance))
            if len(places):
                return name, *places[0]
    return "none"


def difference_by_mean(mine, theirs, tolerance):
    """It looks as if you compared the mean difference. One wrong number is enough: take the largest."""
    for _, name, token, coordinate in differing(mine, theirs, 0.0):
        if not np.abs(mine[name] - theirs[name]).mean() <= tolerance:
            return name, token, coordinate
    return "none"


def difference_by_sum(mine, theirs, tolerance):
    """It looks as if the differences of a part were added up. One number decides: the largest."""
    for _, name, token, coordinate in differing(mine, theirs, 0.0):
        if not np.abs(mine[name] - theirs[name]).sum() <= tolerance:
            return name, token, coordinate
    return "none"


def difference_relative(mine, theirs, tolerance):
    """It looks as if the tolerance is multiplied by the part's largest number, as in the lesson. Here it is taken as it
    stands."""
    for largest, name, token, coordinate in differing(mine, theirs, 0.0):
        if largest > tolerance * np.abs(theirs[name]).max():
            return name, token, coordinate
    return "none"


def difference_by_alphabet(mine, theirs, tolerance):
    """It looks as if the parts were taken in the order of the alphabet. The dictionary has the order of computing."""
    return my_first_difference(dict(sorted(mine.items())), theirs, tolerance)


def difference_equal_counts(mine, theirs, tolerance):
    """It looks as if a difference equal to the tolerance counts. It has to be above it."""
    return my_first_difference(mine, theirs, np.nextafter(tolerance, -1))


def difference_needs_all_parts(mine, theirs, tolerance):
    """It looks as if every part of the first model is looked up in the second. Pass over those that it lacks."""
    for name in mine:
        gap = np.abs(mine[name] - theirs[name])
        gap[np.isnan(gap)] = np.inf
        if gap.max() > tolerance:
            return name, *np.unravel_index(gap.argmax(), gap.shape)
    return "none"


FIRST = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


SECOND = np.array([[0.0, -1.0, 0.5], [2.0, 1.0, -3.0]])


def off(array: np.ndarray, *changes: tuple) -> np.ndarray:
    """A copy with some numbers changed: (token, coordinate, by how much)."""
    copy = array.copy()
    for token, coordinate, change in changes:
        copy[token, coordinate] += change
    return copy


FIRST_DIFFERENCE = Exercise(
    id="first_difference",
    title="The first part that differs",
    difficulty=3,
    minutes=15,
    contract='two dicts from names to arrays [T, C] and a tolerance to (name, token, coordinate), or "none".',
    cases=(
        ({"a": FIRST}, {"a": FIRST}, 0.5),
        ({"a": off(FIRST, (1, 2, 1.0))}, {"a": FIRST}, 0.5),
        ({"a": off(FIRST, (0, 1, 0.5))}, {"a": FIRST}, 0.5),
        ({"a": off(FIRST, (0, 1, 0.375), (1, 0, 0.375))}, {"a": FIRST}, 0.5),
        ({"a": off(FIRST, (0, 2, -1.0))}, {"a": FIRST}, 0.5),
        ({"a": off(FIRST, (0, 1, 0.75), (1, 0, 2.0))}, {"a": FIRST}, 0.5),
        ({"q": off(FIRST + 0.75, (1, 0, 0.25)), "v": off(SECOND, (0, 1, 4.0)), "k": off(SECOND, (0, 2, 2.0)),
          "o": SECOND + 1},
         {"q": FIRST, "v": SECOND, "k": SECOND, "o": SECOND}, 0.5),
        ({"a": FIRST, "x": FIRST, "b": off(SECOND, (0, 1, 4.0))}, {"a": FIRST, "b": SECOND, "y": SECOND}, 0.5),
        ({"a": off(FIRST, (1, 1, np.nan)), "b": off(SECOND, (0, 2, 4.0))}, {"a": FIRST, "b": SECOND}, 0.5),
    ),
    tried="none, one at the tolerance, two below it, one downwards, several parts, parts of one model only, a nan",
    hints=(
        "Loop over the names of the first dict; pass over those that the second lacks.",
        "np.abs(mine[name] - theirs[name]).max() > tolerance decides; a nan has to become infinity first.",
        "np.unravel_index(gap.argmax(), gap.shape) gives the token and the coordinate.",
    ),
    solution=my_first_difference,
    mistakes=(
        difference_largest,
        difference_last,
        difference_without_abs,
        difference_without_nan,
        difference_place_swapped,
        difference_first_place,
        difference_by_mean,
        difference_by_sum,
        difference_relative,
        difference_by_alphabet,
        difference_equal_counts,
        difference_needs_all_parts,
    ),
)  # fmt: skip
