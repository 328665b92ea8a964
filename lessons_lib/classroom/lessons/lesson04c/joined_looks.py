"""An exercise of lesson 04c: two looks at different keys become one."""

import math

import torch

from lessons_lib.classroom.exercises import Exercise


def my_joined_looks(one, other):
    new = max(one[0], other[0])
    largest, total, mixed = new, 0, 0
    for old, its_total, its_mixed in (one, other):
        shrink = math.exp(old - new)  # 1 for the look that has the larger score
        total, mixed = total + its_total * shrink, mixed + its_mixed * shrink
    return largest, total, mixed


def _joined(one, other, by_one, by_other, largest=None):
    """Both looks, each multiplied by a factor of its own."""
    largest = max(one[0], other[0]) if largest is None else largest
    return largest, one[1] * by_one + other[1] * by_other, one[2] * by_one + other[2] * by_other


def _shrinks(one, other):
    largest = max(one[0], other[0])
    return math.exp(one[0] - largest), math.exp(other[0] - largest)


def joined_as_they_are(one, other):
    """It looks as if sums and mixes are added as they are. Each look subtracted a largest score of its own: bring both
    to the same one first, by e ** (its own - the new)."""
    return _joined(one, other, 1, 1)


def joined_with_growth(one, other):
    """It looks as if the sign of the exponent is turned round: e ** (new - old) makes the smaller look grow. It must
    shrink, by e ** (old - new)."""
    by_one, by_other = _shrinks(one, other)
    return _joined(one, other, 1 / by_one if by_one else math.inf, 1 / by_other if by_other else math.inf)


def joined_shrinking_the_first(one, other):
    """It looks as if the first look alone is shrunk. The larger score may be in either: multiply each look by
    e ** (its own largest - the new)."""
    return _joined(one, other, _shrinks(one, other)[0], 1)


def joined_shrinking_the_second(one, other):
    """It looks as if the second look alone is shrunk. The larger score may be in either: multiply each look by
    e ** (its own largest - the new)."""
    return _joined(one, other, 1, _shrinks(one, other)[1])


def joined_shrinking_both_by_the_second(one, other):
    """It looks as if the new largest is always that of the second look. It is the larger of the two."""
    return _joined(one, other, math.exp(one[0] - other[0]), 1, other[0]) if other[0] > -math.inf else one


def joined_without_shrinking_the_sum(one, other):
    """It looks as if the mixes are shrunk and the sums are not. Both were formed with the old largest score: both are
    multiplied."""
    largest, _, mixed = my_joined_looks(one, other)
    return largest, one[1] + other[1], mixed


def joined_without_shrinking_the_mix(one, other):
    """It looks as if the sums are shrunk and the mixes are not. Both were formed with the old largest score: both are
    multiplied."""
    largest, total, _ = my_joined_looks(one, other)
    return largest, total, one[2] + other[2]


def joined_and_divided(one, other):
    """The mix is already divided by the sum. Asked for are the three numbers to keep, so that a third look can be
    joined; the division comes at the very end."""
    largest, total, mixed = my_joined_looks(one, other)
    return largest, total, mixed / total


def joined_by_the_sum_of_the_largest(one, other):
    """It looks as if the two largest scores are added. The largest of all keys is the larger of the two."""
    return (one[0] + other[0], *my_joined_looks(one, other)[1:])


def joined_by_undoing(one, other):
    """Right as long as the scores are small: e ** 1000 overflows to infinity. Never undo the subtraction; multiply each
    look by e ** (its own largest - the new), which is at most 1."""
    by_one, by_other = (torch.tensor(float(look[0])).exp() for look in (one, other))
    largest = max(one[0], other[0])
    by = torch.tensor(float(largest)).exp()
    return _joined(one, other, by_one / by, by_other / by)


def joined_by_undoing_in_python(one, other):
    """Right as long as the scores are small: math.exp(1000) is too large for a float. Never undo the subtraction;
    multiply each look by e ** (its own largest - the new), which is at most 1."""
    largest = max(one[0], other[0])
    by = math.exp(largest)
    return _joined(one, other, math.exp(one[0]) / by, math.exp(other[0]) / by)


def joined_from_zero(one, other):
    """It looks as if the largest score begins at 0, and so never falls below. Where all scores are below 0, the largest
    of them is too: begin at minus infinity, or with the two looks alone."""
    largest = max(one[0], other[0], 0.0)
    return _joined(one, other, math.exp(one[0] - largest), math.exp(other[0] - largest), largest)


def joined_to_nothing(one, other):
    """It looks as if a look that has seen no key is returned as it is. It adds nothing: the other one is the result."""
    empty = [look for look in (one, other) if look[0] == -math.inf]
    return empty[0] if empty else my_joined_looks(one, other)


def joined_to_the_smaller(one, other):
    """It looks as if both are brought to the smaller of the two largest scores. It is the larger: then no factor is
    above 1."""
    smallest = min(one[0], other[0])
    return _joined(one, other, *(_power(math.e, look[0] - smallest) for look in (one, other)), smallest)


def joined_in_two(one, other):
    """It looks as if the largest of both is kept, and sum and mix come from the look that holds it. The other look
    counts too, shrunk."""
    return one if one[0] >= other[0] else other


def joined_by_the_larger_sum(one, other):
    """It looks as if the look with the larger sum counts as the new one. The reference is the larger of the two
    *largest scores*, whichever look has the larger sum."""
    first, second = (one, other) if one[1] > other[1] else (other, one)
    return _joined(first, second, 1, _power(math.e, second[0] - first[0]), first[0])


def joined_by_the_smaller_sum(one, other):
    """It looks as if the look with the smaller sum counts as the new one. The reference is the larger of the two
    *largest scores*, whichever look has the smaller sum."""
    first, second = (one, other) if one[1] < other[1] else (other, one)
    return _joined(first, second, 1, _power(math.e, second[0] - first[0]), first[0])


def joined_in_two_with_the_second(one, other):
    """It looks as if the largest of both is kept, and sum and mix come from the look that holds it. The other look
    counts too, shrunk."""
    return one if one[0] > other[0] else other


def joined_to_the_first(one, other):
    """It looks as if the largest of both is kept, and yet sum and mix are those with the first look's largest score
    subtracted. What is kept must be what was subtracted: multiply each look by e ** (its own largest - the new)."""
    return _joined(one, other, 1, _power(math.e, other[0] - one[0]))


def joined_always_shrinking_the_second(one, other):
    """It looks as if the second look is shrunk, whichever has the larger score. The one with the smaller score shrinks:
    multiply each look by e ** (its own largest - the new)."""
    return _joined(one, other, 1, math.exp(-abs(one[0] - other[0])))


def joined_with_powers_of_two(one, other):
    """It looks as if the factor is 2 ** (old - new). The looks were formed with e: the factor is e ** (old - new)."""
    largest = max(one[0], other[0])
    return _joined(one, other, 2.0 ** (one[0] - largest), 2.0 ** (other[0] - largest))


def joined_times_the_sum(one, other):
    """It looks as if the mix is multiplied by the sum. Sum and mix are kept side by side; only at the very end is the
    mix divided by the sum."""
    largest, total, mixed = my_joined_looks(one, other)
    return largest, total, mixed * total


def joined_at_zero(one, other):
    """It looks as if 0 is the new reference. It is the larger of the two largest scores: with 0, e ** 1000
    overflows."""
    by_one, by_other = (_power(math.e, look[0]) for look in (one, other))
    return _joined(one, other, by_one, by_other, 0.0)


def joined_with_nothing_subtracted(one, other):
    """It looks as if each look is multiplied by e ** (its own largest): that is right with 0 subtracted. Here the new
    largest is subtracted: e ** (old - new)."""
    return _joined(one, other, *(_power(math.e, look[0]) for look in (one, other)))


def joined_with_the_second_turned_round(one, other):
    """It looks as if the exponent is right where the first look is shrunk, and turned round where the second is. It is
    always e ** (old - new), at most 1."""
    by_one, by_other = _shrinks(one, other)
    return _joined(one, other, by_one, 1 / by_other if by_other else math.inf)


def _power(base, exponent):
    """Infinity where Python would raise."""
    return math.inf if exponent > 700 else base**exponent


JOINED = Exercise(
    id="joined_looks",
    title="Two looks become one",
    difficulty=2,
    minutes=10,
    kind="transfer",
    contract="what two looks of one query at different keys have kept, each (largest, total, mixed): the largest "
    "score, a float, so math.exp takes it; the sum of e ** (score - largest), a float; and the values [D], each times "
    "its e ** (score - largest), added up. To the same three of all keys together, as a tuple. A look that has seen no "
    "key has kept (-inf, 0, zeros); at least one of the two has seen some.",
    cases=(
        ((math.log(3), 1.0, torch.tensor([30.0])), (0.0, 1.0, torch.tensor([10.0]))),
        ((0.0, 1.0, torch.tensor([10.0])), (math.log(3), 1.0, torch.tensor([30.0]))),
        ((2.0, 1.5, torch.tensor([1.0, 4.0])), (2.0, 2.0, torch.tensor([3.0, -1.0]))),
        ((-1.0, 1.25, torch.tensor([2.0, 0.0, 1.0])), (1.5, 2.5, torch.tensor([0.0, 1.0, -2.0]))),
        ((1.0, 2.5, torch.tensor([1.0, -1.0])), (2.0, 1.5, torch.tensor([4.0, 0.5]))),
        ((3.0, 1.2, torch.tensor([1.0, 2.0])), (-4.0, 1.7, torch.tensor([5.0, -3.0]))),
        ((-1.5, 1.25, torch.tensor([2.0, -1.0])), (-2.0, 1.5, torch.tensor([1.0, 3.0]))),
        ((-math.inf, 0.0, torch.zeros(2)), (0.5, 1.1, torch.tensor([1.0, 7.0]))),
        ((1000.0, 1.0, torch.tensor([1.0, 2.0])), (999.0, 2.0, torch.tensor([3.0, 4.0]))),
    ),
    tried="the larger score in either look, two that are equal, both below 0, a look at nothing, scores of 1,000",
    hints=(
        "The new largest score is the larger of the two. Which look was formed with another one?",
        "What was formed with `old` subtracted is brought to `new` by the factor e ** (old - new), sum and mix alike.",
        "For the look with the larger score that factor is e ** 0 = 1, so one rule serves both: math.exp(old - new).",
    ),
    solution=my_joined_looks,
    mistakes=(
        joined_as_they_are,
        joined_with_growth,
        joined_shrinking_the_first,
        joined_shrinking_the_second,
        joined_shrinking_both_by_the_second,
        joined_without_shrinking_the_sum,
        joined_without_shrinking_the_mix,
        joined_and_divided,
        joined_by_the_sum_of_the_largest,
        joined_by_undoing,
        joined_by_undoing_in_python,
        joined_from_zero,
        joined_to_nothing,
        joined_to_the_smaller,
        joined_in_two,
        joined_by_the_larger_sum,
        joined_by_the_smaller_sum,
        joined_in_two_with_the_second,
        joined_to_the_first,
        joined_always_shrinking_the_second,
        joined_with_powers_of_two,
        joined_times_the_sum,
        joined_at_zero,
        joined_with_nothing_subtracted,
        joined_with_the_second_turned_round,
    ),
)
