"""An exercise of lesson 08: bands and rows for a threshold."""

import math
from collections.abc import Callable

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused
from lessons_lib.training.data import candidate_chance


def my_bands(threshold, places):
    best = None
    for rows in range(1, places + 1):
        if places % rows == 0:
            bands = places // rows
            distance = abs((1 / bands) ** (1 / rows) - threshold)
            if best is None or distance < best[0]:
                best = distance, bands, rows
    return best[1:]


def _nearest(threshold, places, steep):
    choices = [(places // rows, rows) for rows in range(1, places + 1) if places % rows == 0]
    return min(choices, key=lambda choice: abs(steep(*choice) - threshold))


def _steep(bands, rows):
    return (1 / bands) ** (1 / rows)


def whole(answer: Callable, threshold: float, places: int):
    """What an answer gives for a case.

    Raises:
        Refused: for 32.0, with which nothing can be counted or cut.
    """
    result = answer(threshold, places)
    if isinstance(result, tuple | list) and any(isinstance(number, float) for number in result):
        raise Refused(f"bands and rows must be whole numbers, got {result}: places // rows is one, places / rows not")
    return result


def bands_swapped(threshold, places):
    """It looks as if bands and rows are swapped, in what you return (bands first) or in the formula."""
    return my_bands(threshold, places)[::-1]


def bands_without_the_root(threshold, places):
    """It looks as if you compare 1 / bands with the threshold: the root (1 / rows) is missing."""
    return _nearest(threshold, places, lambda bands, rows: 1 / bands)


def bands_without_brackets(threshold, places):
    """It looks as if the least value wins, whatever the threshold: is abs() around the difference? Or brackets are
    missing: 1 / bands ** 1 / rows is the same for all choices; it is (1 / bands) ** (1 / rows)."""
    return places, 1


def bands_without_brackets_from_one_band(threshold, places):
    return 1, places


bands_without_brackets_from_one_band.__doc__ = bands_without_brackets.__doc__


def bands_by_the_quotient(threshold, places):
    """It looks as if you compare by quotient or logarithm. Near means a small difference here."""
    return _nearest(math.log(threshold), places, lambda bands, rows: math.log(_steep(bands, rows)))


def bands_up_to_the_root(threshold, places):
    """It looks as if you stop at the root of the number of places. More rows than bands are allowed."""
    choices = [(places // rows, rows) for rows in range(1, math.isqrt(places) + 1) if places % rows == 0]
    return min(choices, key=lambda choice: abs(_steep(*choice) - threshold))


def bands_no_more_than_rows(threshold, places):
    """It looks as if you stop at the root of the number of places. More bands than rows are allowed."""
    choices = [(bands, places // bands) for bands in range(1, math.isqrt(places) + 1) if places % bands == 0]
    return min(choices, key=lambda choice: abs(_steep(*choice) - threshold))


def bands_by_rounded_distances(threshold, places):
    """It looks as if you round before you compare. Of two that are nearly as near, the nearer one is asked for."""
    choices = [(places // rows, rows) for rows in range(1, places + 1) if places % rows == 0]
    return min(choices, key=lambda choice: (round(abs(_steep(*choice) - threshold), 3), -choice[0]))


def _bands_by_rounded_places(digits: int) -> Callable:
    def mistake(threshold: float, places: int) -> tuple[int, int]:
        return _nearest(threshold, places, lambda *choice: round(_steep(*choice), digits))

    mistake.__doc__ = bands_by_rounded_distances.__doc__
    return mistake


def bands_that_do_not_fit(threshold, places):
    """It looks as if bands * rows may be less than the number of places. All places are used: rows divides them."""
    choices = [(places // rows, rows) for rows in range(1, places + 1)]
    return min(choices, key=lambda choice: abs(_steep(*choice) - threshold))


def bands_that_leave_places_over(threshold, places):
    choices = [(bands, places // bands) for bands in range(1, places + 1)]
    return min(choices, key=lambda choice: abs(_steep(*choice) - threshold))


bands_that_leave_places_over.__doc__ = bands_that_do_not_fit.__doc__


def _bands_by_the_chance(chance: float) -> Callable:
    """Where a text as alike as the threshold is a candidate with a given chance."""

    def mistake(threshold: float, places: int) -> tuple[int, int]:
        choices = [(places // rows, rows) for rows in range(1, places + 1) if places % rows == 0]
        return min(choices, key=lambda one: (abs(candidate_chance(threshold, *one) - chance), -one[0]))

    mistake.__doc__ = (
        "It looks as if you compute the chance to become candidates at the threshold. Near is meant as "
        "likeness here: compare (1 / bands) ** (1 / rows) with the threshold."
    )
    return mistake


def bands_below(threshold, places):
    """It looks as if only places of the S below the threshold count. Nearest may lie above it."""
    choices = [(places // rows, rows) for rows in range(1, places + 1) if places % rows == 0]
    below = [choice for choice in choices if _steep(*choice) <= threshold]
    return max(below, key=lambda choice: _steep(*choice)) if below else choices[0]


def bands_above(threshold, places):
    """It looks as if only places of the S above the threshold count. Nearest may lie below it."""
    choices = [(places // rows, rows) for rows in range(1, places + 1) if places % rows == 0]
    return min((c for c in choices if _steep(*c) >= threshold), key=lambda choice: _steep(*choice))


def bands_by_powers_of_two(threshold, places):
    """It looks as if you try 1, 2, 4, 8, ... rows only. Any number that divides the places will do, such as 3."""
    choices = [(places // 2**n, 2**n) for n in range(places.bit_length()) if places % 2**n == 0]
    return min(choices, key=lambda choice: abs(_steep(*choice) - threshold))


def bands_by_a_power_of_two(threshold, places):
    choices = [(2**n, places // 2**n) for n in range(places.bit_length()) if places % 2**n == 0]
    return min(choices, key=lambda choice: abs(_steep(*choice) - threshold))


bands_by_a_power_of_two.__doc__ = bands_by_powers_of_two.__doc__.replace("rows only", "bands only")


def _bands_of_few_rows(most: int) -> Callable:
    def mistake(threshold: float, places: int) -> tuple[int, int]:
        choices = [(places // rows, rows) for rows in range(1, min(places, most) + 1) if places % rows == 0]
        return min(choices, key=lambda choice: abs(_steep(*choice) - threshold))

    mistake.__doc__ = (
        "It looks as if you stop at a fixed number of rows. Any number up to that of the places is allowed."
    )
    return mistake


def bands_without_one_band(threshold, places):
    """It looks as if one band of all places is never tried. It is allowed."""
    choices = [(places // rows, rows) for rows in range(1, places) if places % rows == 0] or [(1, 1)]
    return min(choices, key=lambda choice: abs(_steep(*choice) - threshold))


def bands_without_one_row(threshold, places):
    """It looks as if bands of one row are never tried. They are allowed."""
    choices = [(places // rows, rows) for rows in range(2, places + 1) if places % rows == 0] or [(1, 1)]
    return min(choices, key=lambda choice: abs(_steep(*choice) - threshold))


BANDS_FOR = Exercise(
    id="bands_for",
    title="Bands for a threshold",
    difficulty=2,
    minutes=18,
    kind="transfer",
    contract="a threshold above 0 and below 1, and a number of places from 1, to (bands, rows): two whole numbers "
    "whose product is the number of places, so that (1 / bands) ** (1 / rows) is as near to the threshold as "
    "it can be.",
    cases=(
        (0.3, 1),
        (0.73, 2),
        (0.76, 2),
        (0.9, 3),
        (0.5, 6),
        (0.2, 12),
        (0.4, 128),
        (0.7, 128),
        (0.75, 128),
        (0.97, 36),
        (0.02, 64),
        (0.6, 90),
        (0.72, 112),
        (0.01, 128),
        (0.66, 120),
        (0.973, 84),  # two places of the S that are one when rounded to three digits
        (0.976, 96),  # and to four
        (0.999, 128),
    ),
    tried="1 to 128 places, low and high thresholds, numbers of rows that are no powers of two",
    hints=(
        "Try every number of rows that divides the places: places % rows == 0.",
        "Keep the best so far, and replace it only by one that is nearer.",
        "abs((1 / bands) ** (1 / rows) - threshold) says how near it is.",
    ),
    solution=my_bands,
    harness=whole,
    mistakes=(
        bands_swapped,
        bands_without_the_root,
        bands_without_brackets,
        bands_without_brackets_from_one_band,
        bands_by_the_quotient,
        bands_up_to_the_root,
        bands_no_more_than_rows,
        bands_by_rounded_distances,
        *map(_bands_by_rounded_places, (2, 3, 4)),
        bands_that_do_not_fit,
        bands_that_leave_places_over,
        *map(_bands_by_the_chance, (0.5, 0.6, 0.63, 0.64, 0.65)),
        bands_below,
        bands_above,
        bands_by_powers_of_two,
        bands_by_a_power_of_two,
        *map(_bands_of_few_rows, (16, 32, 64)),
        bands_without_one_band,
        bands_without_one_row,
    ),
)
