"""An exercise of lesson 09b: the bar of a paired difference, where not every run was finished."""

from statistics import mean, stdev, variance

from lessons_lib.classroom.exercises import Exercise


def my_paired_bar(one, other):
    differences = [one[seed] - other[seed] for seed in one if seed in other]
    n = len(differences)
    middle = sum(differences) / n
    spread = (sum((d - middle) ** 2 for d in differences) / (n - 1)) ** 0.5
    return middle, 2 * spread / n**0.5


def _differences(one, other):
    return [one[seed] - other[seed] for seed in one if seed in other]


def paired_bar_by_place(one, other):
    """It looks as if the first loss of one was paired with the first of the other, and so on. A pair has the same seed:
    go through the seeds, not through the places in the dict."""
    differences = [a - b for a, b in zip(one.values(), other.values(), strict=False)]
    return mean(differences), 2 * stdev(differences) / len(differences) ** 0.5


def paired_bar_of_two_heaps(one, other):
    """The mean is right. The bar looks as if each side's own spread went into it. Pairs have differences: take the
    spread of those."""
    seeds = one.keys() & other.keys()
    both = variance([one[s] for s in seeds]) + variance([other[s] for s in seeds])
    return mean(_differences(one, other)), 2 * (both / len(seeds)) ** 0.5


def paired_bar_with_everyone(one, other):
    """The mean looks as if seeds that only one side has were counted too. They have no partner: leave them out."""
    differences = _differences(one, other)
    return mean(one.values()) - mean(other.values()), 2 * stdev(differences) / len(differences) ** 0.5


def paired_bar_the_other_way(one, other):
    """It looks as if one was taken from the other. Asked for is one minus other."""
    middle, bar = my_paired_bar(one, other)
    return -middle, bar


def paired_bar_of_one_error(one, other):
    """The bar is half as long as asked for: that is one standard error, not two."""
    middle, bar = my_paired_bar(one, other)
    return middle, bar / 2


def paired_bar_without_root_n(one, other):
    """The bar looks like two standard deviations: how far single seeds lie from the mean. The mean itself is surer, by
    the root of their number."""
    differences = _differences(one, other)
    return mean(differences), 2 * stdev(differences)


def paired_bar_of_one_deviation(one, other):
    """The bar looks like one standard deviation: how far single seeds lie from the mean. Two standard errors are asked
    for."""
    differences = _differences(one, other)
    return mean(differences), stdev(differences)


def paired_bar_of_two_bars(one, other):
    """It looks as if a bar was made for each side, and the two put together. Pairs have differences: take those first,
    of the seeds that both sides have, and then mean and spread of them."""
    errors = sum(4 * variance(side.values()) / len(side) for side in (one, other))
    return mean(one.values()) - mean(other.values()), errors**0.5


def paired_bar_with_zeros(one, other):
    """It looks as if a seed that the other side lacks counted with a loss of 0. It has no partner: leave it out."""
    differences = [one[seed] - other.get(seed, 0) for seed in one]
    return mean(differences), 2 * stdev(differences) / len(differences) ** 0.5


def paired_bar_over_n(one, other):
    """The bar is a little too short. It looks as if the squares were divided by n: their mean came from the same
    numbers, so divide by n - 1."""
    differences = _differences(one, other)
    n = len(differences)
    return mean(differences), 2 * (stdev(differences) * ((n - 1) / n) ** 0.5) / n**0.5


def paired_bar_over_n_twice(one, other):
    """The bar looks as if the standard deviation was divided by n. Divide it by the root of n."""
    differences = _differences(one, other)
    return mean(differences), 2 * stdev(differences) / len(differences)


PAIRED_BAR = Exercise(
    id="paired_bar",
    title="A paired difference with its bar",
    difficulty=1,
    minutes=10,
    kind="transfer",
    contract="two dicts from a seed to a loss, of two variants, to a pair: the mean of the differences, one minus "
    "other, and two standard errors of it. Only seeds that both dicts have count; there are at least two.",
    cases=(
        ({0: 3.0, 1: 2.0}, {0: 1.0, 1: 1.0}),
        ({0: 0.5, 1: 0.8, 2: 0.4}, {2: 0.6, 0: 0.9, 1: 0.7}),
        ({4: 1.0, 0: 2.0, 7: 4.5, 2: 3.0}, {0: 1.5, 7: 3.0, 4: 1.5, 9: 8.0}),
        ({s: 0.5 + 0.1 * s for s in range(8)}, {s: 0.6 + 0.09 * s * (1 + s % 2) for s in range(1, 9)}),
    ),
    tried="two seeds, seeds in another order, seeds that only one side has, and seven pairs of eight",
    hints=(
        "[one[seed] - other[seed] for seed in one if seed in other] has one number a pair.",
        "Then it is section 2: mean, squares of the distances, divided by n - 1, root, over the root of n, twice.",
    ),
    solution=my_paired_bar,
    mistakes=(
        paired_bar_by_place,
        paired_bar_of_two_heaps,
        paired_bar_with_everyone,
        paired_bar_the_other_way,
        paired_bar_of_one_error,
        paired_bar_without_root_n,
        paired_bar_of_one_deviation,
        paired_bar_of_two_bars,
        paired_bar_with_zeros,
        paired_bar_over_n,
        paired_bar_over_n_twice,
    ),
)
