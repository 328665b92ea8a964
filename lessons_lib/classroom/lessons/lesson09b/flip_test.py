"""The stretch exercise of lesson 09b: how often chance alone would give a mean so far from zero."""

import itertools
from statistics import NormalDist, mean, stdev

from lessons_lib.classroom.exercises import Exercise


def my_flip_test(differences):
    import itertools

    seen = abs(sum(differences))
    patterns = list(itertools.product((1, -1), repeat=len(differences)))
    sums = [abs(sum(s * d for s, d in zip(signs, differences, strict=True))) for signs in patterns]
    return sum(each >= seen - 1e-9 for each in sums) / len(patterns)


def _sums(differences):
    signs = itertools.product((1, -1), repeat=len(differences))
    return [sum(s * d for s, d in zip(each, differences, strict=True)) for each in signs]


def flip_test_of_one_side(differences):
    """It looks as if only means on the same side were counted. As far on the other side counts too."""
    seen, sums = sum(differences), _sums(differences)
    return sum(each >= seen - 1e-9 if seen >= 0 else each <= seen + 1e-9 for each in sums) / len(sums)


def flip_test_with_signs(differences):
    """It looks as if means were compared with their signs. As far on the other side counts too: compare absolute
    values."""
    seen, sums = sum(differences), _sums(differences)
    return sum(each >= seen - 1e-9 for each in sums) / len(sums)


def flip_test_with_signs_and_no_room(differences):
    """It looks as if means were compared with their signs. As far on the other side counts too: compare absolute
    values, and leave a little room, such as 1e-9, for rounding."""
    seen, sums = mean(differences), [each / len(differences) for each in _sums(differences)]
    return sum(each >= seen for each in sums) / len(sums)


def flip_test_of_half(differences):
    """It looks as if half of the patterns were counted and divided by all of them. n differences have 2 ** n patterns:
    the first sign turns too."""
    return my_flip_test(differences) / 2


def flip_test_further_only(differences):
    """It looks as if only means that are further away were counted. Those equally far count too, so that the answer is
    never 0: the signs that were seen are one of the patterns."""
    seen, sums = abs(sum(differences)), _sums(differences)
    return sum(abs(each) > seen + 1e-9 for each in sums) / len(sums)


def flip_test_without_room(differences):
    """Right but for rounding. Means that are equal on paper can differ in the last digit: leave a little room, such as
    1e-9, when you compare."""
    seen, sums = abs(sum(differences)), _sums(differences)
    return sum(abs(each) >= seen for each in sums) / len(sums)


def flip_test_nearer(differences):
    """It looks as if you counted the patterns whose mean is nearer to zero."""
    return 1 - my_flip_test(differences)


def flip_test_as_a_count(differences):
    """That looks like the number of patterns. Asked for is their share."""
    return my_flip_test(differences) * 2 ** len(differences)


def flip_test_by_the_bell(differences):
    """It looks as if a bell curve was asked. Here no curve is needed: go through all patterns and count."""
    error = stdev(differences) / len(differences) ** 0.5 if len(set(differences)) > 1 else 1e-9
    return 2 * NormalDist().cdf(-abs(mean(differences)) / error)


def flip_test_of_signs(differences):
    """It looks as if each difference counted the same, whatever its size: that is the sign test. Here the mean is
    formed anew for each pattern."""
    return my_flip_test([(d > 0) - (d < 0) for d in differences])


FLIP_TEST = Exercise(
    id="flip_test",
    title="What if the signs were luck?",
    difficulty=3,
    minutes=20,
    kind="transfer",
    contract="a list of 1 to 10 differences to the share of all patterns of signs for which the mean is at least as "
    "far from zero as it was; a pattern keeps or turns the sign of each difference, so n differences have 2 ** n. "
    "Means that differ by rounding alone, less than 1e-9, count as equally far.",
    cases=(
        ([0.3],),
        ([1.0, 3.0],),
        ([1.0, -1.0],),
        ([-1.0, -2.0, -4.0],),
        ([2.0, -1.0, 3.0, 3.0],),
        ([0.1, 0.2, 0.3, 0.1, 0.2, 0.3, -0.1, 0.1],),
        ([0.0, 0.5, -0.5, 0.0, 1.0],),
        ([0.01, 0.01, -0.05, -0.01, 0.03, 0.02, 0.01, -0.01],),
        ([-0.03, -0.05, 0.06, -0.03, 0.02],),
    ),
    tried="one difference, two, a mean of zero and a negative one, eight with rounding, and zeros",
    hints=(
        "After `import itertools`, itertools.product((1, -1), repeat=n) goes through all patterns.",
        "Sums do as well as means: all have n numbers. Compare absolute values, with >= and a little room.",
    ),
    solution=my_flip_test,
    mistakes=(
        flip_test_of_one_side,
        flip_test_with_signs,
        flip_test_with_signs_and_no_room,
        flip_test_of_half,
        flip_test_further_only,
        flip_test_without_room,
        flip_test_nearer,
        flip_test_as_a_count,
        flip_test_by_the_bell,
        flip_test_of_signs,
    ),
)
