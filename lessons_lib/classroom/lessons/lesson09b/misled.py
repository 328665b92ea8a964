"""An exercise of lesson 09b: how many single seeds would have named another winner."""

from statistics import median

from lessons_lib.classroom.exercises import Exercise


def my_misled(losses):
    seeds = range(len(next(iter(losses.values()))))
    winner = min(losses, key=lambda name: sum(losses[name]))
    return sum(min(losses, key=lambda name: losses[name][seed]) != winner for seed in seeds)


def _winners(losses, best=min):
    count = len(next(iter(losses.values())))
    mean = best(losses, key=lambda name: sum(losses[name]))
    return mean, [best(losses, key=lambda name: losses[name][seed]) for seed in range(count)]


def misled_agreeing(losses):
    """It looks as if you counted the seeds that name the same winner. Asked for are the others."""
    mean, each = _winners(losses)
    return sum(name == mean for name in each)


def misled_by_the_highest(losses):
    """It looks as if the highest loss won. The lowest does."""
    mean, each = _winners(losses, max)
    return sum(name != mean for name in each)


def misled_by_the_majority(losses):
    """It looks as if the winner was who won most seeds. Asked for is who has the lowest mean: who wins narrowly and
    often can lose clearly and seldom."""
    _, each = _winners(losses)
    most = max(losses, key=each.count)
    return sum(name != most for name in each)


def misled_by_the_median(losses):
    """It looks as if the winner was who has the lowest median. Asked for is the lowest mean: a few high losses count in
    it."""
    _, each = _winners(losses)
    middle = min(losses, key=lambda name: median(losses[name]))
    return sum(name != middle for name in each)


def misled_by_the_first(losses):
    """It looks as if the others were compared with the first variant, whoever won."""
    _, each = _winners(losses)
    return sum(name != next(iter(losses)) for name in each)


def misled_as_a_share(losses):
    """That looks like a share. Asked for is how many seeds."""
    return my_misled(losses) / len(next(iter(losses.values())))


def misled_by_the_last_of_equals(losses):
    """It looks as if of equal losses the last variant won. The one that comes first in the dict does."""
    return my_misled(dict(reversed(losses.items())))


def misled_by_a_tie(losses):
    """It looks as if a variant that is as low as the winner counted against it. Of equals the one that comes first in
    the dict is named, and that may be the winner."""
    winner, _ = _winners(losses)
    others = [losses[name] for name in losses if name != winner]
    return sum(any(each[seed] <= loss for each in others) for seed, loss in enumerate(losses[winner]))


def misled_only_from_below(losses):
    """It looks as if only variants below the winner counted. One that is as low and comes earlier in the dict is named
    before it."""
    winner, _ = _winners(losses)
    return sum(min(each) < own for each, own in zip(zip(*losses.values(), strict=True), losses[winner], strict=True))


def misled_by_the_alphabet(losses):
    """It looks as if the names were sorted. Of equals the one that comes first in the dict wins, whatever its name."""
    _, each = _winners(losses)
    winner = min(sorted(losses), key=lambda name: sum(losses[name]))
    return sum(name != winner for name in each)


def misled_by_the_alphabet_throughout(losses):
    """It looks as if the names were sorted. Of equals the one that comes first in the dict wins, whatever its name."""
    return my_misled(dict(sorted(losses.items())))


MISLED = Exercise(
    id="misled",
    title="What one seed would have said",
    difficulty=1,
    minutes=10,
    kind="rebuild",
    contract="a dict from the name of a variant to its list of losses, one for each seed in the same order, to how "
    "many seeds, each taken alone, name another winner than the means do. The lowest loss wins; of equals the variant "
    "that comes first in the dict.",
    cases=(
        ({"a": [1.0], "b": [2.0]},),
        ({"a": [3.0, 3.0, 3.0, 0.0], "b": [2.0, 2.5, 2.0, 4.0]},),
        ({"a": [5.0, 1.0, 4.0], "b": [2.0, 2.0, 2.0], "c": [3.0, 3.0, 1.0]},),
        ({"a": [2.0, 2.0, 3.0], "b": [2.0, 2.0, 0.0]},),
        ({"b": [1.0, 1.0], "a": [1.0, 2.0]},),
        ({"b": [1.0, 1.0, 4.0], "a": [2.0, 2.0, 2.0]},),
        ({"a": [0.5, 0.6, 0.7, 0.4, 0.9], "b": [0.4, 0.5, 0.6, 0.8, 0.7], "c": [0.6, 0.4, 0.5, 0.5, 0.5]},),
        ({"a": [0.0, 0.0, 0.0, 5.0, 5.0, 5.0, 5.0], "b": [5.0, 5.0, 5.0, 0.0, 0.0, 5.0, 5.0], "c": [2.0] * 7},),
    ),
    tried="one seed, a winner by the mean who wins a single seed, three variants, equal losses and equal means",
    hints=(
        "min(losses, key=lambda name: losses[name][0]) is the winner of the first seed: min goes through the names, "
        "and compares what the key gives for each.",
        "The winner by the means is the winner by the sums: all have equally many seeds.",
    ),
    solution=my_misled,
    mistakes=(
        misled_agreeing,
        misled_by_the_highest,
        misled_by_the_majority,
        misled_by_the_median,
        misled_by_the_first,
        misled_as_a_share,
        misled_by_the_last_of_equals,
        misled_by_a_tie,
        misled_only_from_below,
        misled_by_the_alphabet,
        misled_by_the_alphabet_throughout,
    ),
)
