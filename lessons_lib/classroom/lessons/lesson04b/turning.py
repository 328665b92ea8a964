"""The building exercise of lesson 04b: the learner turns queries and keys, in every layer of the real model."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson04b.shared import (
    CAT_FIRST,
    DOG_FIRST,
    in_every_layer,
    made_up,
    speeds,
    turned,
    turned_neighbours,
)
from lessons_lib.classroom.real_model import real_model

LONGER = (
    "One, two, three, four, five. The dog came first and the cat came second, and when both had eaten they lay down by "
    "the fire and slept until the"
)


def my_turning(x, base):
    T, D = x.shape[-2:]
    theta = base ** (-torch.arange(0, D, 2) / D)  # [D/2]
    angles = torch.arange(T)[:, None] * theta  # [T, D/2]
    a, b = x.chunk(2, -1)  # [H, T, D/2] each
    return torch.cat([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1)


def in_the_model(answer: Callable, tokens: str | dict) -> object:
    """What a learner's function makes of made-up tokens; or, for a prompt, the three likeliest next tokens with their
    scores, where every layer of SmolLM2 turns its queries and its keys with that function.

    Returns:
        `[H, T, D]` for made-up tokens, or such as `[(" dog", 14.2), (" cat", 13.6), ...]`; None if the function
        returns nothing.

    Raises:
        Refused: if it returns another shape, or no numbers.
    """
    if isinstance(tokens, dict):
        return answer(*tokens.values())
    base = real_model()[0].config.rope_theta
    return in_every_layer(tokens, "apply_rope", lambda x, _: answer(x[0].clone(), base))


def _turn(x, base, turn=turned, places=None, theta=None):
    """The right turning, with the knobs that mistakes turn."""
    T, D = x.shape[-2:]
    places = torch.arange(T) if places is None else places
    return turn(x, places[:, None] * (speeds(D, base) if theta is None else theta))


def turned_by_nothing(x, base):
    """It looks as if nothing is turned: all tokens stand at place 0. Turn queries and keys by their places first."""
    return x


def turned_as_neighbours(x, base):
    """It looks as if neighbours turn together, 0 with 1, 2 with 3. The weights, once loaded, are made for halves:
    number i turns with number i + D/2."""
    return _turn(x, base, turn=turned_neighbours)


def turned_backwards(x, base):
    """It looks as if you turned the other way round: (a, b) becomes (a cos - b sin, a sin + b cos)."""
    return _turn(x, base, places=-torch.arange(x.shape[1]))


def turned_from_one(x, base):
    """It looks as if the first token is turned: places count from 0, and there nothing turns."""
    return _turn(x, base, places=torch.arange(x.shape[1]) + 1)


def turned_with_half_the_exponent(x, base):
    """It looks as if the 2 of the exponent is missing: pair i turns by base ** (-2i / D) a place."""
    return _turn(x, base, theta=base ** (-torch.arange(x.shape[-1] // 2) / x.shape[-1]))


def turned_with_growing_speeds(x, base):
    """It looks as if later pairs turn faster: the exponent is negative, base ** (-2i / D)."""
    return _turn(x, base, theta=base ** (torch.arange(0, x.shape[-1], 2) / x.shape[-1]))


def turned_with_one_speed(x, base):
    """It looks as if all pairs turn equally fast: pair i turns by base ** (-2i / D) a place."""
    return _turn(x, base, theta=torch.ones(x.shape[-1] // 2))


def turned_with_another_base(x, base):
    """It looks as if the base is 10000. It comes as an argument: this model's is larger."""
    return _turn(x, 10000.0)


def turned_along_the_heads(x, base):
    """It looks as if all tokens of a head are turned alike, by the number of the head. The place is the second axis."""
    return turned(x, torch.arange(len(x))[:, None, None] * speeds(x.shape[-1], base))


def turned_with_speeds_of_half(x, base):
    """It looks as if the exponent is divided by D/2: pair i turns by base ** (-2i / D) a place, with the whole D."""
    return _turn(x, base, theta=speeds(x.shape[-1], base) ** 2)


def turned_in_degrees(x, base):
    """It looks as if the angles were taken for degrees and multiplied by pi / 180. They are radians already, and so
    are those that sin and cos expect."""
    return _turn(x, base, places=torch.arange(x.shape[1]) * math.pi / 180)


def turned_with_pairs_from_one(x, base):
    """It looks as if pairs count from 1. They count from 0: pair 0 turns by 1 radian a place, since base ** 0 is 1."""
    return _turn(x, base, theta=speeds(x.shape[-1], base) * base ** (-2 / x.shape[-1]))


def turned_with_the_new_first_number(x, base):
    """It looks as if the first number of a pair is overwritten before the second is computed: both need the old
    ones."""

    def overwriting(x: Tensor, angles: Tensor) -> Tensor:
        a, b = x.chunk(2, -1)
        a = a * angles.cos() - b * angles.sin()
        return torch.cat([a, a * angles.sin() + b * angles.cos()], -1)

    return _turn(x, base, turn=overwriting)


def turned_with_the_models_base(x, base):
    """It looks as if the base is always 100000, as in SmolLM2. It comes as an argument."""
    return _turn(x, 100000.0)


def turned_with_the_models_width(x, base):
    """It looks as if the exponent is always divided by SmolLM2's 64. Here heads may have another width D, the last
    axis."""
    return _turn(x, base, theta=speeds(64, base)[: x.shape[-1] // 2])


def turned_with_places_in_bfloat16(x, base):
    """It looks as if places are kept in bfloat16, which can't write down every place from 257 on (lesson 04b, section
    8). Compute places and angles in float32."""
    return _turn(x, base, places=torch.arange(x.shape[1]).bfloat16().float())


def turned_with_angles_in_bfloat16(x, base):
    """Nearly the right numbers: it looks as if angles are computed in bfloat16, which has eight binary digits (lesson
    04b, section 8). Compute places and angles in float32."""
    angles = (torch.arange(x.shape[1])[:, None] * speeds(x.shape[-1], base)).bfloat16().float()
    return turned(x, angles)


TURNING = Exercise(
    id="turning",
    title="Your rotation in the real model",
    difficulty=2,
    minutes=9,
    kind="build",
    contract="queries or keys x [H, T, D] of one layer, with D even, and a base, to [H, T, D]: each turned to its "
    "place, 0 to T - 1, in the layout of halves: number i with number i + D/2, by place * base ** (-2i / D) radians, "
    "anticlockwise.",
    cases=(
        ({"x": torch.tensor([[[1.0, 0], [1, 0], [0, 2]]]), "base": 100.0},),
        ({"x": made_up(2, 3, 4), "base": 100.0},),
        ({"x": made_up(3, 5, 6), "base": 50.0},),
        ({"x": made_up(1, 300, 4), "base": 1000.0},),
        ("First",),
        ("First came",),
        (DOG_FIRST,),
        (CAT_FIRST,),
        (LONGER,),
    ),
    tried="3, 5 and 300 made-up tokens; one token, two, both orders and a longer text: SmolLM2 gives the same scores",
    hints=(
        "Three steps: the angle of each place and pair [T, D/2]; the two halves of x; the turned halves side by side.",
        "torch.arange(T)[:, None] * theta has a row for each place, if theta is base ** (-torch.arange(0, D, 2) / D).",
        "plain_rope of section 4 turns [..., T, D] as it stands: what is missing are its places and speeds.",
    ),
    solution=my_turning,
    real=5,
    harness=in_the_model,
    mistakes=(
        turned_by_nothing,
        turned_as_neighbours,
        turned_backwards,
        turned_from_one,
        turned_with_half_the_exponent,
        turned_with_growing_speeds,
        turned_with_one_speed,
        turned_with_another_base,
        turned_along_the_heads,
        turned_with_speeds_of_half,
        turned_in_degrees,
        turned_with_pairs_from_one,
        turned_with_the_new_first_number,
        turned_with_the_models_base,
        turned_with_the_models_width,
        turned_with_places_in_bfloat16,
        turned_with_angles_in_bfloat16,
    ),
)
