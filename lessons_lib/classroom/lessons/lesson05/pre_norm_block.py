"""An exercise of lesson 05: wire a pre-norm block."""

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson05.shared import grid


def my_pre_norm_block(x, attend, think, norm1, norm2):
    x = x + attend(norm1(x))
    return x + think(norm2(x))


def block_overwrites_the_stream(x, attend, think, norm1, norm2):
    """It looks as if the norm overwrites the stream. Only what a part reads is normalised: what it is added to is x
    as it was."""
    x = norm1(x)
    x = x + attend(x)
    x = norm2(x)
    return x + think(x)


def block_is_post_norm(x, attend, think, norm1, norm2):
    """It looks as if the norms stand after the additions. That is the post-norm block of 2017."""
    x = norm1(x + attend(x))
    return norm2(x + think(x))


def block_without_adding(x, attend, think, norm1, norm2):
    """It looks as if nothing is added: each part's result must be added to the stream."""
    return think(norm2(attend(norm1(x))))


def block_parallel(x, attend, think, norm1, norm2):
    """It looks as if both parts read the same x. The second reads the stream after the first was added to it."""
    return x + attend(norm1(x)) + think(norm2(x))


def block_thinks_of_x_alone(x, attend, think, norm1, norm2):
    """It looks as if the second addition forgets the first: what attention added must still be in the result."""
    return x + think(norm2(x + attend(norm1(x))))


def block_norms_what_is_added(x, attend, think, norm1, norm2):
    """It looks as if you normalised what the parts give. In a pre-norm block it is what they read."""
    x = x + norm1(attend(x))
    return x + norm2(think(x))


def block_uses_one_norm(x, attend, think, norm1, norm2):
    """It looks as if both parts read through the first norm. Each has its own, with its own weights."""
    x = x + attend(norm1(x))
    return x + think(norm1(x))


def averages(x: Tensor) -> Tensor:
    """Attention that looks at everything before it alike."""
    return x.cumsum(0) / torch.arange(1, len(x) + 1)[:, None]  # [T, C]


def squares(x: Tensor) -> Tensor:
    """A feed-forward network that bends."""
    return x * x - 1


def unit_rms(x: Tensor) -> Tensor:
    """RMSNorm with weights of 1."""
    return x / (x * x).mean(-1, keepdim=True) ** 0.5


def double_rms(x: Tensor) -> Tensor:
    """RMSNorm with weights of 2."""
    return 2 * unit_rms(x)


PRE_NORM_BLOCK = Exercise(
    id="pre_norm_block",
    title="Wire a pre-norm block",
    difficulty=2,
    minutes=10,
    contract="x [T, C] and four functions from [T, C] to [T, C] (attend, think, and the norm before each) to [T, C].",
    cases=(
        (grid((3, 4)), averages, squares, unit_rms, double_rms),
        (grid((1, 7), (7, -1)), averages, squares, unit_rms, double_rms),
        (grid((0.5, 2, -1), (3, 1, 2), (-2, 4, 1)), averages, torch.tanh, double_rms, unit_rms),
    ),
    tried="one token and several, two kinds of part, and two norms of different weight",
    hints=(
        "The stream x is never replaced by its norm. It is only added to.",
        "First attention: x = x + attend(norm1(x)).",
        "Then the same with think and norm2, reading the new x.",
    ),
    solution=my_pre_norm_block,
    mistakes=(
        block_overwrites_the_stream,
        block_is_post_norm,
        block_without_adding,
        block_parallel,
        block_thinks_of_x_alone,
        block_norms_what_is_added,
        block_uses_one_norm,
    ),
)
