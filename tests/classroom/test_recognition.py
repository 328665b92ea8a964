"""A mistake is recognised in another style, and no other mistake is named in its place."""

import dataclasses
import functools
import inspect

import numpy as np
import pytest

from lessons_lib.classroom import registry
from lessons_lib.classroom.exercises import Exercise, feedback
from lessons_lib.classroom.recognition import agreement
from lessons_lib.classroom.trials import Trouble
from lessons_lib.classroom.values import comparable

ERROR = Trouble("your code raised IndexError: no")
RIGHT = [0.5, 1.5, 2.5, 3.5, 4.5]
WRONG = [0.5, 1.75, 2.75, 3.75, 4.75]


def agree(got, mistaken=WRONG, right=RIGHT):
    return agreement(*(list(map(comparable, values)) for values in (got, mistaken, right)))


@pytest.mark.parametrize(
    ("got", "score"),
    [
        (WRONG, 5),
        ([0.5, 1.75, 2.75, 3.75, 4.5], 4),  # right at an edge, three wrong alike
        ([0.5, 1.75, 2.75, 3.5, 4.5], 0),  # right where the mistake is wrong too often
        ([0.5, 1.75, 2.75, 3.75, 5.75], 0),  # wrong in another way
        ([0.25, 1.75, 2.75, 3.75, 4.75], 0),  # wrong where the mistake is right
        ([0.5, 1.75, 2.75, 3.75, np.nan], 4),
        ([0.5, 1.75, 2.75, 3.75, None], 4),
        (RIGHT, 0),
    ],
)
def test_what_counts_as_the_same_mistake(got, score):
    assert agree(got) == score


def test_an_error_at_an_edge_does_not_hide_a_mistake():
    values = list(map(comparable, WRONG[:4]))
    assert agreement([*values, ERROR], list(map(comparable, WRONG)), list(map(comparable, RIGHT))) == 4
    assert agreement([*values[:2], *[ERROR] * 3], list(map(comparable, WRONG)), list(map(comparable, RIGHT))) == 0


@pytest.mark.parametrize("wrong", [True, 3, [1, 0], np.nan, ""])
def test_results_that_come_about_in_many_ways_must_agree_everywhere(wrong):
    right = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 9]]
    mistaken = [[1, 2], wrong, wrong, wrong, wrong]
    assert agree(mistaken, mistaken, right) == 5
    assert agree([*mistaken[:4], right[4]], mistaken, right) == 0


def test_one_edge_at_which_an_answer_breaks_down_does_not_hide_a_mistake_told_by_small_numbers():
    right, wrong = [4, 2, 3, 7, 5], [4, 2, 9, 8, 5]
    assert agree([*wrong[:4], None], wrong, right) == 4
    assert agree([*wrong[:3], None, None], wrong, right) == 0  # twice
    assert agree([*right[:3], 8, None], [*right[:3], 8, 5], right) == 0  # one wrong result proves nothing


def my_square(x):
    return x * x


def doubled(x):
    """It looks as if you doubled."""
    return x + x


def doubled_from_two(x):
    """It looks as if you doubled what is above 1."""
    return x + x if x > 1 else x * x


def doubled_to_six(x):
    """It looks as if you doubled up to 6."""
    return x + x if x < 7 else x * x


SQUARE = Exercise(
    id="square",
    title="Square",
    difficulty=1,
    minutes=1,
    contract="x to its square",
    cases=tuple((x,) for x in (0.3, 3.3, 4.3, 5.3, 6.3, 7.3)),
    tried="numbers",
    hints=(),
    solution=my_square,
    mistakes=(doubled_from_two, doubled, doubled_to_six),
)


def test_the_mistake_that_fits_best_is_named_wherever_it_stands():
    for mistakes in (SQUARE.mistakes, SQUARE.mistakes[::-1]):
        exercise = dataclasses.replace(SQUARE, mistakes=mistakes)
        for mistake in mistakes:
            assert feedback(exercise, mistake).endswith(mistake.__doc__)


def test_none_is_named_where_two_fit_alike():
    def doubled_in_between(x):
        return x + x if 1 < x < 7 else x * x

    def named(*mistakes):
        report = feedback(dataclasses.replace(SQUARE, mistakes=mistakes), doubled_in_between)
        return report.splitlines()[-1].strip()

    assert named(doubled_from_two) == doubled_from_two.__doc__
    assert named(doubled_to_six) == doubled_to_six.__doc__
    assert named(doubled_from_two, doubled_to_six) == "got       6.6"
    assert named(doubled_from_two, doubled_to_six, doubled_in_between_in_other_words) == "It looks as if both."


def doubled_in_between_in_other_words(x):
    """It looks as if both."""
    return sum([x, x]) if 1 < x < 7 else x**2


# All mistakes of the course

COURSE = [
    (exercise, mistake)
    for _, lesson in registry.lessons()
    for exercise in lesson.EXERCISES
    if exercise.harness is None
    for mistake in exercise.mistakes
]


def words_of(mistake):
    return " ".join(inspect.getdoc(mistake).split())


def last_line(exercise, answer):
    return feedback(exercise, answer).splitlines()[-1].strip()


@functools.cache
def all_words(exercise):
    return {words_of(mistake) for mistake in exercise.mistakes}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_mistakes_that_break_down_in_the_last_case_are_never_taken_for_others():
    named = {}
    for exercise, mistake in COURSE:
        if len(exercise.cases) < 3:
            continue
        calls = []

        def breaks_at_the_end(*case, mistake=mistake, calls=calls, exercise=exercise):
            calls.append(case)
            if len(calls) == len(exercise.cases):
                raise IndexError("at the edge")
            return mistake(*case)

        said = last_line(exercise, breaks_at_the_end)
        assert said not in all_words(exercise) - {words_of(mistake)}, (exercise.id, mistake.__name__)
        named[exercise.id, mistake.__name__] = said == words_of(mistake)
    assert sum(named.values()) > 0.6 * len(named) > 150


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_mistake_that_is_not_on_the_list_is_hardly_ever_taken_for_another():
    taken = [
        (exercise.id, mistake.__name__)
        for exercise, mistake in COURSE[::3]
        if last_line(
            dataclasses.replace(exercise, mistakes=tuple(each for each in exercise.mistakes if each is not mistake)),
            mistake,
        )
        in all_words(exercise) - {words_of(mistake)}
    ]
    assert len(taken) <= 0.02 * len(COURSE[::3]), taken
