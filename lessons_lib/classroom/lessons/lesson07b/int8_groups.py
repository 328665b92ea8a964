"""An exercise of lesson 07b: eight bits, group by group."""

import torch

from lessons_lib.classroom.exercises import Exercise


def my_int8_groups(weights, size):
    groups = weights.reshape(-1, size)
    scale = groups.abs().amax(1) / 127
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (groups / divisor).round().flatten(), scale


def int8_one_scale(weights, size):
    """It looks as if all groups share one scale. Each has its own, from its own largest magnitude."""
    scale = weights.abs().max() / 127
    return (weights / (scale if scale > 0 else 1)).round(), scale.repeat(len(weights) // size)


def int8_by_128(weights, size):
    """It looks as if you divided by 128. With its sign, a number of 8 bits ends at 127."""
    scale = weights.reshape(-1, size).abs().amax(1) / 128
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (weights.reshape(-1, size) / divisor).round().flatten(), scale


def int8_by_255(weights, size):
    """It looks as if you divided by 255, as for numbers without a sign. Half of the 256 numbers are below 0: the
    largest is 127."""
    scale = weights.reshape(-1, size).abs().amax(1) / 255
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (weights.reshape(-1, size) / divisor).round().flatten(), scale


def int8_cuts_off(weights, size):
    """It looks as if you cut the decimals off. Round to the nearest whole number."""
    _, scale = my_int8_groups(weights, size)
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (weights.reshape(-1, size) / divisor).trunc().flatten(), scale


def int8_without_abs(weights, size):
    """It looks as if you took the largest weight. Take the largest magnitude: the largest may be negative."""
    groups = weights.reshape(-1, size)
    scale = groups.amax(1) / 127
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (groups / divisor).round().flatten(), scale


def int8_zero_by_zero(weights, size):
    """It looks as if a group of zeros is divided by its scale, which is 0, and that gives nan. Its whole numbers are
    0."""
    groups = weights.reshape(-1, size)
    scale = groups.abs().amax(1) / 127
    return (groups / scale[:, None]).round().flatten(), scale


def int8_scale_one(weights, size):
    """Right, but for the scale of a group of zeros: 0 is asked for. (Any other would do as well: 0 times it is 0.)"""
    q, scale = my_int8_groups(weights, size)
    return q, torch.where(scale == 0, 1.0, scale)


def int8_scattered_groups(weights, size):
    """It looks as if a group is made of weights far apart. A group is a run of neighbours."""
    groups = weights.reshape(size, -1).T
    scale = groups.abs().amax(1) / 127
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (groups / divisor).round().T.flatten(), scale


def int8_multiplies(weights, size):
    """It looks as if the scale is upside down: q * scale has to give the weight back."""
    q, scale = my_int8_groups(weights, size)
    return q, torch.where(scale == 0, 0, 1 / scale)


def int8_multiplies_safely(weights, size):
    """It looks as if the scale is upside down: q * scale has to give the weight back."""
    largest = weights.reshape(-1, size).abs().amax(1)
    return my_int8_groups(weights, size)[0], 127 / torch.where(largest == 0, 1, largest)


def int8_by_128_cut(weights, size):
    """It looks as if you divided by 128. With its sign, a number of 8 bits ends at 127."""
    q, scale = int8_by_128(weights, size)
    return q.clamp(-128, 127), scale


def int8_rounds_down(weights, size):
    """It looks as if you cut the decimals off. Round to the nearest whole number."""
    _, scale = my_int8_groups(weights, size)
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (weights.reshape(-1, size) / divisor).floor().flatten(), scale


def int8_without_abs_cut(weights, size):
    """It looks as if you took the largest weight. Take the largest magnitude: the largest may be negative."""
    q, scale = int8_without_abs(weights, size)
    return q.clamp(-127, 127), scale


def int8_unrounded(weights, size):
    """It looks as if the numbers are not rounded. Whole numbers are asked for."""
    _, scale = my_int8_groups(weights, size)
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (weights.reshape(-1, size) / divisor).flatten(), scale


def int8_turned_back(weights, size):
    """It looks as if the whole numbers are turned back into weights. Return them as they are, and the scales beside
    them."""
    q, scale = my_int8_groups(weights, size)
    return (q.reshape(-1, size) * scale[:, None]).flatten(), scale


def int8_as_many_groups(weights, size):
    """It looks as if there are `size` groups. Each group has `size` weights: reshape(-1, size)."""
    return my_int8_groups(weights, len(weights) // size)


def int8_in_16_bits(weights, size):
    """It looks as if the scales are rounded to 16 bits, as the library stores them. Here they stay in 32."""
    groups = weights.reshape(-1, size)
    scale = (groups.abs().amax(1) / 127).half()
    divisor = torch.where(scale == 0, 1, scale)[:, None]
    return (groups / divisor).round().flatten(), scale


def int8_without_scales(weights, size):
    """The scales are missing: return both, the whole numbers and the scales."""
    return my_int8_groups(weights, size)[0]


INT8_GROUPS = Exercise(
    id="int8_groups",
    title="Eight bits, group by group",
    difficulty=2,
    minutes=12,
    contract="weights [C] and a group size that divides C to (whole numbers from -127 to 127 [C], scales [C / size], "
    "in 32 bits). The largest magnitude of a group becomes 127 or -127. A group of zeros has zeros as its whole "
    "numbers, and 0 as its scale.",
    cases=(
        (torch.tensor([0.60, -1.27, 0.02, 0.30]), 4),
        (torch.tensor([0.60, -1.27, 12.7, 0.32]), 2),
        (torch.tensor([0.0, 0.0, 2.54, 1.0, -0.3, 0.1]), 2),
        (torch.tensor([-5.0, 1.0, 2.0, -0.3, 0.1, 0.2, 7.0, -6.9, 0.04]), 3),
    ),
    tried="one group and several, an outlier, a group of zeros, and a largest weight below zero",
    hints=(
        "weights.reshape(-1, size) has one row for each group.",
        "groups.abs().amax(1) / 127 is the scale of each.",
        "Divide each row by its scale and round. Where the scale is 0, divide by 1.",
    ),
    solution=my_int8_groups,
    mistakes=(
        int8_one_scale,
        int8_by_128,
        int8_by_255,
        int8_cuts_off,
        int8_without_abs,
        int8_zero_by_zero,
        int8_scale_one,
        int8_scattered_groups,
        int8_multiplies,
        int8_multiplies_safely,
        int8_by_128_cut,
        int8_rounds_down,
        int8_without_abs_cut,
        int8_unrounded,
        int8_turned_back,
        int8_as_many_groups,
        int8_in_16_bits,
        int8_without_scales,
    ),
)
