"""An exercise of lesson 04: turn a vector to its position."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson04.shared import made_up


def my_rotate(x, position, base):
    half = len(x) // 2
    angles = position * base ** (-2 * torch.arange(half) / len(x))
    cos, sin = angles.cos(), angles.sin()
    a, b = x[:half], x[half:]
    return torch.cat([a * cos - b * sin, a * sin + b * cos])


def turned(x, angles):
    """The pairs (i, i + D/2) turned by their angles."""
    a, b = x.chunk(2)
    return torch.cat([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()])


def speeds(x, base):
    """The angle a position of every pair."""
    return base ** (-torch.arange(0, len(x), 2) / len(x))


def rotate_neighbours(x, position, base):
    """It looks as if you turned the neighbours (0, 1), (2, 3) and so on. That is the other layout: here number i turns
    with number i + D/2. Position 0 can't tell the two apart."""
    a, b = x[0::2], x[1::2]
    angles = position * speeds(x, base)
    return torch.stack([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1).flatten()


def rotate_backwards(x, position, base):
    """It looks as if you turned the other way round: (a, b) becomes (a cos - b sin, a sin + b cos)."""
    return turned(x, -position * speeds(x, base))


def rotate_with_half_the_exponent(x, position, base):
    """It looks as if you left out the 2 of the exponent: pair i turns by base ** (-2i / D) a position."""
    return turned(x, position * base ** (-torch.arange(len(x) // 2) / len(x)))


def rotate_with_one_speed(x, position, base):
    """It looks as if all pairs turn equally fast: pair i turns by base ** (-2i / D) a position."""
    return turned(x, position * torch.ones(len(x) // 2))


def rotate_counting_from_one(x, position, base):
    """It looks as if the first position is turned: positions count from 0, and there nothing turns."""
    return turned(x, (position + 1) * speeds(x, base))


def rotate_with_growing_speeds(x, position, base):
    """It looks as if later pairs turn faster: the exponent is negative, base ** (-2i / D)."""
    return turned(x, position / speeds(x, base))


def rotate_without_a_minus(x, position, base):
    """It looks as if the minus is missing: (a, b) becomes (a cos - b sin, a sin + b cos). With two pluses lengths
    change, and that is no rotation."""
    a, b = x.chunk(2)
    angles = position * speeds(x, base)
    return torch.cat([a * angles.cos() + b * angles.sin(), a * angles.sin() + b * angles.cos()])


ROTATE = Exercise(
    id="rotate_pair",
    title="Turn a vector to its position",
    difficulty=2,
    minutes=12,
    contract="x [D] with D even, a position from 0 and a base to [D]: the pair (x[i], x[i + D/2]) is turned by "
    "position * base ** (-2i / D) radians, anticlockwise.",
    cases=(
        (torch.tensor([1.0, 0.0]), 0, 10000.0),
        (torch.tensor([1.0, 0.0]), 1, 10000.0),
        (torch.tensor([1.0, 2.0, 3.0, 4.0]), 0, 10000.0),
        (torch.tensor([1.0, 2.0, 3.0, 4.0]), 1, 10000.0),
        (torch.tensor([1.0, 2.0, 3.0, 4.0]), 7, 100.0),
        (made_up(6), 3, 50.0),
    ),
    tried="one pair to three, positions 0, 1, 3 and 7, and three bases",
    hints=(
        "Work out the D/2 angles first, then cut x into its first and its second half.",
        "torch.arange(D // 2) counts the pairs: base ** (-2 * i / D) is how fast pair i turns.",
        "The new first half is a * cos - b * sin, the new second half a * sin + b * cos; torch.cat joins them.",
    ),
    solution=my_rotate,
    mistakes=(
        rotate_neighbours,
        rotate_backwards,
        rotate_with_half_the_exponent,
        rotate_with_one_speed,
        rotate_counting_from_one,
        rotate_with_growing_speeds,
        rotate_without_a_minus,
    ),
)
