"""An exercise of lesson 11: how much sharper is a late query?"""

import math

from lessons_lib.classroom.exercises import Exercise


def my_temperature(position, floor_scale, attn_scale):
    return 1 + attn_scale * math.log(1 + (position + 1) // floor_scale)


def temperature_from_one(position, floor_scale, attn_scale):
    """It looks as if the + 1 in the floor is missing. Positions count from 0: the first step is at floor_scale - 1."""
    return 1 + attn_scale * math.log(1 + position // floor_scale)


def temperature_without_floor(position, floor_scale, attn_scale):
    """It looks as if you divided without rounding down. The factor stays 1 for the whole first stretch."""
    return 1 + attn_scale * math.log(1 + (position + 1) / floor_scale)


def temperature_as_divisor(position, floor_scale, attn_scale):
    """It looks as if you gave what scores are divided by. Here queries are multiplied: the factor grows."""
    return 1 / my_temperature(position, floor_scale, attn_scale)


def temperature_without_one(position, floor_scale, attn_scale):
    """It looks as if the 1 in front is missing: a query at the beginning must stay as it is, and not become 0."""
    return attn_scale * math.log(1 + (position + 1) // floor_scale)


def temperature_with_another_log(position, floor_scale, attn_scale):
    """It looks as if you took the logarithm to base 2 or 10. It is the natural one, math.log."""
    return 1 + attn_scale * math.log10(1 + (position + 1) // floor_scale)


def temperature_without_log(position, floor_scale, attn_scale):
    """It looks as if the logarithm is missing: the factor grows far too fast."""
    return 1 + attn_scale * ((position + 1) // floor_scale)


def temperature_rounded_up(position, floor_scale, attn_scale):
    """It looks as if you rounded up. Rounded down, the first stretch counts 0 and nothing changes there."""
    return 1 + attn_scale * math.log(1 + math.ceil((position + 1) / floor_scale))


def temperature_without_scale(position, floor_scale, attn_scale):
    """It looks as if attn_scale is missing: it stands before the logarithm and keeps the growth small."""
    return 1 + math.log(1 + (position + 1) // floor_scale)


TEMPERATURE = Exercise(
    id="temperature_tuning",
    title="How much sharper is a late query?",
    difficulty=1,
    minutes=5,
    contract="position (from 0), floor_scale and attn_scale to 1 + attn_scale * ln(1 + floor((position + 1) / "
    "floor_scale)).",
    cases=((0, 4, 0.1), (2, 4, 0.1), (3, 4, 0.1), (8190, 8192, 0.1), (8191, 8192, 0.1), (50_000, 8192, 0.3)),
    tried="the first position, both sides of the first step, and a late one",
    hints=(
        "Whole numbers are divided and rounded down by //.",
        "The + 1 stands inside: (position + 1) // floor_scale.",
        "math.log is the natural logarithm.",
    ),
    solution=my_temperature,
    mistakes=(
        temperature_from_one,
        temperature_without_floor,
        temperature_as_divisor,
        temperature_without_one,
        temperature_with_another_log,
        temperature_without_log,
        temperature_rounded_up,
        temperature_without_scale,
    ),
)
