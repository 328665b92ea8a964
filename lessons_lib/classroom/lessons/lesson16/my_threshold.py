"""An exercise of lesson 16: from which score on it is worth answering, where a wrong answer costs more than none."""

import math

from lessons_lib.classroom.exercises import Exercise


def my_threshold(answerable, silent, cost):
    import math

    best, least = math.inf, math.inf
    for bar in sorted({*answerable, *silent, math.inf}, reverse=True):
        mistakes = sum(score < bar for score in answerable) + cost * sum(score >= bar for score in silent)
        if mistakes < least:
            best, least = bar, mistakes
    return best


def _chosen(
    answerable,
    silent,
    cost,
    missed=lambda score, bar: score < bar,
    wrong=lambda score, bar: score >= bar,
    bars=lambda answerable, silent: {*answerable, *silent, math.inf},
    price=lambda missed, wrong, cost, answerable, silent: missed + cost * wrong,
    highest=True,
    worst=False,
):
    """The same with the knobs that mistakes turn."""
    found = []
    for bar in sorted(bars(answerable, silent), reverse=highest):
        lost, told = sum(missed(s, bar) for s in answerable), sum(wrong(s, bar) for s in silent)
        found.append((price(lost, told, cost, answerable, silent), bar))
    if not found:
        return math.inf
    pick = max if worst else min
    return pick(found, key=lambda pair: pair[0])[1]


def threshold_without_cost(answerable, silent, cost):
    """It looks as if both mistakes cost the same. To answer where nothing is said costs `cost` times as much."""
    return _chosen(answerable, silent, 1)


def threshold_with_the_cost_elsewhere(answerable, silent, cost):
    """It looks as if the cost falls on questions that stay without an answer. It is due where the texts are silent and
    an answer comes all the same."""
    return _chosen(answerable, silent, cost, price=lambda missed, wrong, cost, *_: cost * missed + wrong)


def threshold_that_must_be_passed(answerable, silent, cost):
    """It looks as if a score that equals the threshold stays without an answer. It is answered: at the threshold or
    above."""
    return _chosen(
        answerable, silent, cost, missed=lambda score, bar: score <= bar, wrong=lambda score, bar: score > bar
    )


def threshold_that_always_answers(answerable, silent, cost):
    """It looks as if infinity is not tried. Where every answer costs too much, it is best never to answer."""
    return _chosen(answerable, silent, cost, bars=lambda answerable, silent: {*answerable, *silent})


def threshold_among_answerable(answerable, silent, cost):
    """Nearly. Only scores of the answerable questions are tried. Where every answer costs too much, it is best never to
    answer: infinity."""
    return _chosen(answerable, silent, cost, bars=lambda answerable, silent: {*answerable})


def threshold_among_silent(answerable, silent, cost):
    """It looks as if only the silent questions' scores are tried, and infinity. Try those of both lists: the best one
    is often the score of an answerable question."""
    return _chosen(answerable, silent, cost, bars=lambda answerable, silent: {*silent, math.inf})


def threshold_that_loses_equals(answerable, silent, cost):
    """It looks as if an answerable score that equals the threshold counts as lost. It is answered: at the threshold or
    above."""
    return _chosen(answerable, silent, cost, missed=lambda score, bar: score <= bar)


def threshold_of_none(answerable, silent, cost):
    """It looks as if None stands for never. The threshold that no score reaches is infinity: math.inf."""
    bar = my_threshold(answerable, silent, cost)
    return None if bar == math.inf else bar


def threshold_lowest(answerable, silent, cost):
    """It looks as if of several thresholds with the same cost the lowest is taken. Asked for is the highest: who is in
    doubt keeps silent."""
    return _chosen(answerable, silent, cost, highest=False)


def threshold_by_shares(answerable, silent, cost):
    """It looks as if shares are compared, each of its own list. Count questions: the lists need not be equally
    long."""

    def price(missed, wrong, cost, answerable, silent):
        return missed / max(len(answerable), 1) + cost * wrong / max(len(silent), 1)

    return _chosen(answerable, silent, cost, price=price)


def threshold_above_all_silent(answerable, silent, cost):
    """It looks as if no silent question may ever be answered. One that costs less than the many answers that would be
    lost is worth it."""
    return min((score for score in answerable if score > max(silent, default=-math.inf)), default=math.inf)


def threshold_below_all_answerable(answerable, silent, cost):
    """It looks as if every answerable question must be answered. Where that lets in many of the others, it costs more
    than it brings."""
    return min(answerable, default=math.inf)


def threshold_in_the_middle(answerable, silent, cost):
    """It looks as if the threshold lies in the middle between the two means. Means say little about the few scores that
    lie on the wrong side: try each threshold and count."""
    if not answerable or not silent:
        return math.inf
    return (sum(answerable) / len(answerable) + sum(silent) / len(silent)) / 2


def threshold_of_the_most(answerable, silent, cost):
    """It looks as if the threshold with the *highest* cost is taken."""
    return _chosen(answerable, silent, cost, worst=True)


def threshold_the_other_way(answerable, silent, cost):
    """It looks as if a low score means a good fit, as with a distance. Here high is near: at the threshold or above, it
    is answered."""
    return _chosen(
        answerable, silent, cost, missed=lambda score, bar: score > bar, wrong=lambda score, bar: score <= bar
    )


def threshold_of_the_cost(answerable, silent, cost):
    """It looks as if the cost of the threshold is given back, and not the threshold."""
    bar = my_threshold(answerable, silent, cost)
    return sum(score < bar for score in answerable) + cost * sum(score >= bar for score in silent)


THRESHOLD = Exercise(
    id="my_threshold",
    title="When a wrong answer costs more than none",
    difficulty=2,
    minutes=15,
    kind="transfer",
    contract="the best scores of answerable questions, those of silent ones (which no text answers), and cost, to the "
    "threshold that costs least: 1 for an answerable question whose score lies below it, cost for a silent one whose "
    "score is equal to it or above. To be tried are all scores of both lists and infinity (never answer). Of several "
    "that cost the same, the highest.",
    cases=(
        ([0.8], [0.2], 1),
        ([0.8, 0.6], [0.2, 0.4], 1),
        ([0.5, 0.6, 0.7, 0.9], [0.55, 0.1], 1),
        ([0.5, 0.6, 0.7, 0.9], [0.55, 0.1], 5),
        ([0.5, 0.6, 0.7, 0.9], [0.65, 0.1, 0.2], 0.5),
        ([0.5, 0.8], [0.6, 0.6, 0.6], 0.5),
        ([0.5, 0.5, 0.7], [0.5, 0.3], 1),
        ([0.5, 0.5, 0.7], [0.5, 0.3], 3),
        ([0.3, 0.4], [0.5, 0.6], 1),
        ([0.3], [0.3], 1),
        ([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [0.85, 0.65, 0.45], 1),
        ([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [0.85, 0.65, 0.45], 2.5),
        ([0.3, 0.4, 0.6], [0.5], 1.5),
        ([0.3, 0.4, 0.6], [0.5], 2),
        ([0.9, 0.4], [], 3),
        ([], [0.2, 0.9], 2),
        ([], [], 2),
        ([12.0, 3.5, -1.0], [-2.0, 4.0], 1),
    ),
    tried="lists that lie apart, that overlap, ties, costs from 0.5 to 5, empty lists, and scores of another kind",
    hints=(
        "Try each possible threshold, and add up what it costs.",
        "From the highest to the lowest, a new one is taken only if it costs less: so ties go to the highest.",
        "sum(score < bar for score in answerable) + cost * sum(score >= bar for score in silent)",
    ),
    solution=my_threshold,
    mistakes=(
        threshold_without_cost,
        threshold_with_the_cost_elsewhere,
        threshold_that_must_be_passed,
        threshold_that_always_answers,
        threshold_among_answerable,
        threshold_among_silent,
        threshold_that_loses_equals,
        threshold_of_none,
        threshold_lowest,
        threshold_by_shares,
        threshold_above_all_silent,
        threshold_below_all_answerable,
        threshold_in_the_middle,
        threshold_of_the_most,
        threshold_the_other_way,
        threshold_of_the_cost,
    ),
)
