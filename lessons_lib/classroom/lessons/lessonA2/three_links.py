"""An exercise of appendix A2: the chain rule on a chain that was not shown."""

import math

from lessons_lib.classroom.exercises import Exercise


def my_slope(w, x, y):
    power = math.exp(w * x)
    return 2 * (power - y) * power * x


def only_the_square(w, x, y):
    """It looks as if you stopped after the square. Two links are left: the slope of exp(u), which is exp(u), and the
    slope of w * x in w, which is x."""
    return 2 * (math.exp(w * x) - y)


def without_x(w, x, y):
    """It looks as if the innermost link is missing: the slope of w * x in w is x."""
    return 2 * (math.exp(w * x) - y) * math.exp(w * x)


def without_exp(w, x, y):
    """It looks as if the middle link is missing: the slope of exp(u) is exp(u)."""
    return 2 * (math.exp(w * x) - y) * x


def without_two(w, x, y):
    """It looks as if the 2 is missing: the slope of u * u is 2 * u."""
    return (math.exp(w * x) - y) * math.exp(w * x) * x


def slope_in_x(w, x, y):
    """It looks as if w and x are swapped. The slope in w is asked: x stays as it is, and w * x has the slope x in w."""
    return 2 * (math.exp(w * x) - y) * math.exp(w * x) * w


def the_value(w, x, y):
    """It looks as if you returned the value itself. Its slope in w is asked: how much it grows per unit of w, over
    a tiny nudge."""
    return (math.exp(w * x) - y) ** 2


def exp_like_a_power(w, x, y):
    """It looks as if exp(u) became u * exp(u - 1). That is the rule for powers of u; exp(u) is its own slope."""
    return 2 * (math.exp(w * x) - y) * w * x * math.exp(w * x - 1) * x


def exp_of_w_alone(w, x, y):
    """It looks as if the middle link is exp(w). Its slope is exp at the place where it stands: exp(w * x)."""
    return 2 * (math.exp(w * x) - y) * math.exp(w) * x


def times_w_and_x(w, x, y):
    """It looks as if the innermost link is w * x itself. The slope of w * x in w is x."""
    return 2 * (math.exp(w * x) - y) * math.exp(w * x) * w * x


def without_y(w, x, y):
    """It looks as if y is missing. It has no slope, but the slope of v ** 2 is 2 * v, and v is exp(u) - y."""
    return 2 * math.exp(w * x) * math.exp(w * x) * x


def exp_like_a_power_alone(w, x, y):
    """It looks as if exp(u) became u * exp(u - 1). That is the rule for powers of u; exp(u) is its own slope."""
    return 2 * (math.exp(w * x) - y) * w * x * math.exp(w * x - 1)


def downhill(w, x, y):
    """It looks as if the sign is turned. Training goes against the slope; the slope itself points uphill."""
    return -2 * (math.exp(w * x) - y) * math.exp(w * x) * x


def nudged_to_one_side(w, x, y):
    """It looks as if you nudged w to one side: that is the slope only roughly. Nudge to both sides, or multiply the
    slopes of the three links."""
    return ((math.exp((w + 0.001) * x) - y) ** 2 - (math.exp(w * x) - y) ** 2) / 0.001


def e_with_three_decimals(w, x, y):
    """It looks as if you took 2.718 for e: it has more decimals. math.exp has them."""
    power = 2.718 ** (w * x)
    return 2 * (power - y) * power * x


def slope_in_y(w, x, y):
    """It looks as if you took the slope in y. The slope in w is asked; y is a number that stays as it is."""
    return -2 * (math.exp(w * x) - y)


def links_added(w, x, y):
    """It looks as if you added the slopes of the links. The chain rule multiplies them."""
    return 2 * (math.exp(w * x) - y) + math.exp(w * x) + x


def exp_of_x_alone(w, x, y):
    """It looks as if the middle link is exp(x). Its slope is exp at the place where it stands: exp(w * x)."""
    return 2 * (math.exp(w * x) - y) * math.exp(x) * x


def square_kept(w, x, y):
    """It looks as if the square is still a square. The slope of v ** 2 is 2 * v."""
    return 2 * (math.exp(w * x) - y) ** 2 * math.exp(w * x) * x


def y_has_a_slope(w, x, y):
    """It looks as if y was given a slope. It stays as it is, so exp(u) - y has the slope of exp(u), which is exp(u)."""
    return 2 * (math.exp(w * x) - y) * (math.exp(w * x) - 1) * x


THREE_LINKS = Exercise(
    id="three_links",
    title="A chain of three links",
    difficulty=2,
    minutes=15,
    kind="transfer",
    contract="numbers w, x, y to the slope of (math.exp(w * x) - y) ** 2 in w, a number.",
    cases=((0.5, 3.0, 2.0), (1.0, 2.0, 3.0), (0.0, 3.0, 4.0), (1.0, 0.0, 5.0), (-0.5, 2.0, 0.1), (0.3, -1.5, 1.0)),
    tried="w and x positive, zero and negative",
    hints=(
        "Three links, from the inside out: u = w * x, then v = exp(u) - y, then v ** 2.",
        "The slopes of the links are x, exp(u) and 2 * v. The chain rule multiplies them.",
        "To test it yourself: nudge w by 0.0001 up and down, and divide the difference by 0.0002.",
    ),
    solution=my_slope,
    mistakes=(
        only_the_square,
        without_x,
        without_exp,
        without_two,
        slope_in_x,
        the_value,
        exp_like_a_power,
        exp_like_a_power_alone,
        exp_of_w_alone,
        times_w_and_x,
        without_y,
        downhill,
        nudged_to_one_side,
        e_with_three_decimals,
        slope_in_y,
        links_added,
        exp_of_x_alone,
        square_kept,
        y_has_a_slope,
    ),
)
