"""An exercise of lesson 11b: experts with a fixed number of places."""

import math

from lessons_lib.classroom.exercises import Exercise


def my_served(chosen, scores, E, factor):
    places = math.ceil(factor * len(chosen) / E)
    served = [False] * len(chosen)
    for expert in range(E):
        mail = [n for n, e in enumerate(chosen) if e == expert]
        for n in sorted(mail, key=lambda n: -scores[n])[:places]:  # sorted keeps equals in their order
            served[n] = True
    return served


def _served(chosen, scores, E, factor, rounded=math.ceil, key=lambda n, score: -score, shared=None):
    """The same with the knobs that mistakes turn."""
    places = rounded(factor * len(chosen) / E) if shared is None else shared(chosen)
    served = [False] * len(chosen)
    for expert in set(chosen):
        mail = [n for n, e in enumerate(chosen) if e == expert]
        for n in sorted(mail, key=lambda n: key(n, scores[n]))[:places]:
            served[n] = True
    return served


def served_in_order(chosen, scores, E, factor):
    """It looks as if the places go to the tokens that come first. They go to those with the highest scores."""
    return _served(chosen, scores, E, factor, key=lambda n, score: n)


def served_lowest_first(chosen, scores, E, factor):
    """It looks as if the places go to the lowest scores. They go to the highest."""
    return _served(chosen, scores, E, factor, key=lambda n, score: score)


def served_last_of_equals(chosen, scores, E, factor):
    """It looks as if of equal scores the later token gets the place. The one that comes first does."""
    return _served(chosen, scores, E, factor, key=lambda n, score: (-score, -n))


def served_by_size(chosen, scores, E, factor):
    """It looks as if the sign of a score is lost. One below 0 is lower than any above."""
    return _served(chosen, scores, E, factor, key=lambda n, score: -abs(score))


def served_in_ties_with_the_last(chosen, scores, E, factor):
    """It looks as if all tokens with the score of the last place are served. Of equals the first get those left."""
    places, served = math.ceil(factor * len(chosen) / E), []
    for e, score in zip(chosen, scores, strict=True):
        better = sum(1 for other, s in zip(chosen, scores, strict=True) if other == e and s > score)
        served.append(better < places)
    return served


def served_rounded_down(chosen, scores, E, factor):
    """It looks as if the number of places is rounded down. It is rounded up."""
    return _served(chosen, scores, E, factor, rounded=math.floor)


def served_rounded(chosen, scores, E, factor):
    """It looks as if the number of places is rounded to the nearest. It is rounded up."""
    return _served(chosen, scores, E, factor, rounded=round)


def served_divided_down(chosen, scores, E, factor):
    """It looks as if N / E is rounded down before it is multiplied. Round once, at the end, and up."""
    return _served(chosen, scores, E, factor, shared=lambda chosen: math.ceil(factor * (len(chosen) // E)))


def served_one_more(chosen, scores, E, factor):
    """It looks as if an expert has one place too many where factor * N / E is a whole number already."""
    return _served(chosen, scores, E, factor, rounded=lambda x: math.floor(x) + 1)


def served_without_factor(chosen, scores, E, factor):
    """It looks as if the factor is not used: an expert has factor * N / E places, rounded up."""
    return _served(chosen, scores, E, 1)


def served_by_those_chosen(chosen, scores, E, factor):
    """It looks as if N is divided by the number of experts that were chosen. An idle expert counts too: divide by E."""
    return _served(chosen, scores, len(set(chosen)) or 1, factor)


def served_together(chosen, scores, E, factor):
    """It looks as if all places were given out together. Each expert has places of its own, and an idle one's stay
    empty."""
    places = math.ceil(factor * len(chosen) / E) * E
    best = sorted(range(len(chosen)), key=lambda n: -scores[n])[:places]
    return [n in best for n in range(len(chosen))]


def served_are_those_dropped(chosen, scores, E, factor):
    """It looks as if True marks the tokens that are dropped. It marks those that are served."""
    return [not each for each in my_served(chosen, scores, E, factor)]


def served_as_numbers(chosen, scores, E, factor):
    """It looks as if you returned the numbers of the tokens that are served. Asked for is True or False for each
    token."""
    return [n for n, each in enumerate(my_served(chosen, scores, E, factor)) if each]


SERVED = Exercise(
    id="my_served",
    title="Who is dropped?",
    difficulty=2,
    minutes=12,
    kind="transfer",
    contract="chosen, a list of N expert numbers from 0 to E - 1, and scores, a list of N numbers, E of 1 or more and "
    "factor, to a list of N times True or False: whether a token is served. Each expert has factor * N / E places, "
    "rounded up. They go to those of its tokens that have the highest scores; of equal ones to the token that comes "
    "first.",
    cases=(
        ([0, 0, 0, 0], [0.9, 0.2, 0.4, 0.7], 2, 1.0),
        ([], [], 3, 1.25),
        ([1, 1, 1, 0, 1], [0.5, 0.5, 0.8, 0.1, 0.5], 2, 1.0),
        ([2, 0, 2, 2, 0, 2, 2], [0.3, 0.6, 0.9, 0.4, 0.2, 0.8, 0.7], 3, 1.25),
        ([3, 3, 3, 3, 0, 3, 1, 3], [0.1, 0.9, 0.5, 0.6, 0.7, 0.5, 0.3, 0.2], 4, 1.5),
        ([0, 1, 0, 1, 0, 0], [0.2, 0.9, 0.9, 0.8, 0.9, 0.9], 4, 0.5),
        ([0, 1, 0, 1, 1, 1, 0, 1], [0.4, 0.3, 0.2, 0.9, 0.1, 0.6, 0.8, 0.7], 2, 2.0),
        ([0, 0, 0], [0.3, 0.1, 0.2], 1, 0.5),
        ([1, 1, 0, 1], [-0.9, 0.2, -0.3, 0.6], 2, 1.0),
        ([0, 0, 1, 0, 2, 0, 0, 1], [0.3, 0.1, 0.2, 0.9, 0.5, 0.8, 0.6, 0.7], 3, 1.0),
    ),
    tried="idle experts, equal scores and scores below 0, places that come out even and places that are rounded up, no "
    "token at all",
    hints=(
        "math.ceil rounds up. For each expert, collect the numbers of its tokens.",
        "sorted(numbers, key=lambda n: -scores[n]) puts the highest score first, and leaves equal ones in their order.",
    ),
    solution=my_served,
    mistakes=(
        served_in_order,
        served_lowest_first,
        served_last_of_equals,
        served_by_size,
        served_in_ties_with_the_last,
        served_rounded_down,
        served_rounded,
        served_divided_down,
        served_one_more,
        served_without_factor,
        served_by_those_chosen,
        served_together,
        served_are_those_dropped,
        served_as_numbers,
    ),
)
