"""An exercise of lesson 14: the interval around a share of right answers."""

import math

from lessons_lib.classroom.exercises import Exercise


def my_wilson(right, n, z):
    import math

    share = right / n
    below = 1 + z**2 / n
    middle = (share + z**2 / (2 * n)) / below
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / below
    return middle - half, middle + half


def _ends(right, n, z, middle=True, divided=True, under=True, rooted=True, squared=True, halves=2, by=1):
    """The same with the knobs that mistakes turn."""
    share = right / n
    more = (z**2 if squared else z) / n
    below = 1 + more if divided else 1
    center = share + more / halves if middle else share
    inside = share * (1 - share) / n + (z**2 / (4 * n**2) if under else 0)
    half = by * z * (math.sqrt(inside) if rooted else inside)
    return (center - half) / below, (center + half) / below


def wilson_as_plain(right, n, z):
    """This is share ± z times the standard error. Where all answers are right it has no width. Wilson's interval has z
    in its middle, under the root, and below everything."""
    return _ends(right, n, z, middle=False, divided=False, under=False)


def wilson_around_the_share(right, n, z):
    """It looks as if the middle is the share itself. Wilson's middle is drawn towards one half: add z² / (2 n) to the
    share before you divide."""
    return _ends(right, n, z, middle=False)


def wilson_not_divided(right, n, z):
    """It looks as if the division by 1 + z² / n is missing. Middle and half width are both divided by it."""
    return _ends(right, n, z, divided=False)


def wilson_middle_divided_alone(right, n, z):
    """It looks as if only the middle is divided by 1 + z² / n. Half the width is, too."""
    low, high = my_wilson(right, n, z)
    half = (high - low) / 2 * (1 + z**2 / n)
    return (low + high) / 2 - half, (low + high) / 2 + half


def wilson_without_the_second_part(right, n, z):
    """It looks as if z² / (4 n²) is missing under the root. Without it the interval of 20 right of 20 has no width."""
    return _ends(right, n, z, under=False)


def wilson_without_root(right, n, z):
    """It looks as if the root is missing: what stands under it is a variance."""
    return _ends(right, n, z, rooted=False)


def wilson_with_z_not_squared(right, n, z):
    """It looks as if z is not squared in z² / n."""
    return _ends(right, n, z, squared=False)


def wilson_with_the_whole_square(right, n, z):
    """It looks as if z² / n is added to the share. It is half of that: z² / (2 n)."""
    return _ends(right, n, z, halves=1)


def wilson_in_the_order_of_python(right, n, z):
    """It looks as if z**2 / 2 * n stands where z² / (2 n) is meant. Python divides by 2 and then multiplies by n: put
    2 * n into brackets."""
    return _ends(right, n, z, halves=2 / n**2)


def wilson_with_one_error(right, n, z):
    """It looks as if z is always 1, one standard error to each side: such an interval holds the true share only about
    two times of three. z is what your function is given, 1.96 for 95%."""
    return my_wilson(right, n, 1.0)


def wilson_always_95(right, n, z):
    """It looks as if z is always 1.96. It is what your function is given."""
    return my_wilson(right, n, 1.96)


def wilson_half_as_wide(right, n, z):
    """It looks as if the interval has only half its width: go z times the root to *each* side."""
    return _ends(right, n, z, by=0.5)


def wilson_high_first(right, n, z):
    """Nearly: the lower end comes first."""
    return my_wilson(right, n, z)[::-1]


def wilson_as_middle_and_half(right, n, z):
    """It looks as if these are the middle and half the width. Asked for are the two ends: middle minus half, middle
    plus half."""
    low, high = my_wilson(right, n, z)
    return (low + high) / 2, (high - low) / 2


def wilson_in_percent(right, n, z):
    """It looks as if these are percents. Asked for are shares, from 0 to 1."""
    return tuple(100 * end for end in my_wilson(right, n, z))


WILSON = Exercise(
    id="my_wilson",
    title="Wilson's interval",
    difficulty=1,
    minutes=10,
    contract="right answers, their number n of at least 1, and z, such as 1.96, to two numbers, the lower and the "
    "upper end of Wilson's interval of section 5.",
    cases=((5, 10, 1.0), (5, 10, 1.96), (2, 7, 1.0), (60, 100, 1.96), (10, 10, 1.96), (0, 3, 2.576), (171, 300, 1.645)),
    tried="a half, two of seven, sixty of a hundred, all right, none right, three different z",
    hints=(
        "share = right / n. What stands below everything is 1 + z**2 / n.",
        "middle = (share + z**2 / (2 * n)) / below.",
        "half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / below. Return middle - half, middle + "
        "half.",
    ),
    solution=my_wilson,
    mistakes=(
        wilson_as_plain,
        wilson_around_the_share,
        wilson_not_divided,
        wilson_middle_divided_alone,
        wilson_without_the_second_part,
        wilson_without_root,
        wilson_with_z_not_squared,
        wilson_with_the_whole_square,
        wilson_in_the_order_of_python,
        wilson_with_one_error,
        wilson_always_95,
        wilson_half_as_wide,
        wilson_high_first,
        wilson_as_middle_and_half,
        wilson_in_percent,
    ),
)
