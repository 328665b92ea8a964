"""The checker itself, on one small exercise, and what every exercise of the course owes its learners."""

import dataclasses
import inspect
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from classroom.styles import accept

from lessons_lib.classroom import check, exercises, hint, registry, show_solution
from lessons_lib.classroom.exercises import Exercise, feedback
from lessons_lib.classroom.values import shown


def my_half(row):
    return row / 2


def half_doubles(row):
    """It looks as if you multiplied: divide
    by 2."""
    return row * 2


HALF = Exercise(
    id="half",
    title="Halve a row",
    difficulty=1,
    minutes=1,
    contract="row [N] to row [N]",
    cases=((torch.tensor([0.0]),), (torch.tensor([2.0, 3.0]),), (torch.tensor([-1.0, 4.0]),)),
    tried="zero, positive and negative numbers",
    hints=("Divide.",),
    solution=my_half,
    mistakes=(half_doubles,),
)
ALL = [exercise for _, lesson in registry.lessons() for exercise in lesson.EXERCISES]
MISTAKES = [(exercise, mistake) for exercise in ALL for mistake in exercise.mistakes]


def not_implemented(row):
    raise NotImplementedError


@pytest.mark.parametrize("stub", [None, ..., lambda row: None, lambda row: ..., not_implemented])
def test_a_stub_is_not_done_yet(stub):
    assert feedback(HALF, stub) == "○ half: not done yet"


@pytest.mark.parametrize(
    "answer",
    [
        my_half,
        lambda row: row.numpy() / 2,
        lambda row: [float(x) / 2 for x in row],
        lambda row: [x / 2 for x in row],  # a list of tensors
        lambda row: (row / 2).double().requires_grad_(),
    ],
)
def test_tensors_arrays_and_lists_pass(answer):
    assert feedback(HALF, answer) == "✓ half: zero, positive and negative numbers"


def my_counts(text, of):
    return {letter: [text.count(letter), [place for place, c in enumerate(text) if of(c) == letter]] for letter in text}


COUNTS = dataclasses.replace(HALF, id="counts", cases=(("", str.lower), ("abca", str.lower)), solution=my_counts)


@pytest.mark.parametrize(
    ("answer", "mark"),
    [
        (my_counts, "✓"),
        (lambda text, of: {k: (v[0], tuple(v[1])) for k, v in reversed(my_counts(text, of).items())}, "✓"),
        (lambda text, of: {k: torch.tensor(v[0]) for k, v in my_counts(text, of).items()}, "✗"),
        (lambda text, of: {k.upper(): v for k, v in my_counts(text, of).items()}, "✗"),
        (lambda text, of: list(my_counts(text, of)), "✗"),
        (lambda text, of: str(my_counts(text, of)), "✗"),
    ],
)
def test_text_and_nested_results_are_compared_whole(answer, mark):
    assert feedback(COUNTS, answer).startswith(mark)


def test_words_of_the_learner_are_not_taken_for_trouble():
    says = dataclasses.replace(HALF, cases=((1,),), solution=lambda row: "your code raised")
    assert feedback(says, lambda row: "your code raised").startswith("✓")
    assert "got       'text'" in feedback(says, lambda row: "text")


def test_a_wrong_answer_shows_the_smallest_failing_case_and_the_mistake():
    assert feedback(HALF, lambda row: [2 * float(x) for x in row]).splitlines() == [
        "✗ half",
        "  input     row = [2, 3]",
        "  expected  [1, 1.5]",
        "  got       [4, 6]",
        "  It looks as if you multiplied: divide by 2.",
    ]


def test_a_mistake_is_named_only_if_every_case_agrees():
    def doubles_some(row):
        return row * 2 if row[0] >= 0 else row

    report = feedback(HALF, doubles_some)
    assert report.startswith("✗") and "It looks as if" not in report


def test_an_exception_is_reported_with_its_input():
    def breaks(row):
        raise IndexError("index 3 is out of range\nlong details")

    assert feedback(HALF, breaks).splitlines()[1:] == [
        "  input     row = [0]",
        "  your code raised IndexError: index 3 is out of range",
    ]


def test_a_changed_input_is_reported_even_if_the_result_is_right():
    def in_place(row):
        row /= 2
        return row

    assert "your code changed its input [2, 3] to [1, 1.5]; work on a copy" in feedback(HALF, in_place)


def test_the_cases_stay_as_they_are():
    before = [case[0].clone() for case in HALF.cases]
    feedback(HALF, lambda row: row.fill_(7))
    assert all(torch.equal(old, case[0]) for old, case in zip(before, HALF.cases, strict=True))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (my_half(torch.ones(1)), "hand over the function itself"),
        (lambda row: {1, 2}, "your code returned {1, 2} where numbers, text, or lists or dicts of them are expected"),
        (lambda row: [object()], "your code returned [<object object at"),
        (lambda row: {"half": 1}, "got       {'half': 1}"),
        (lambda row: "[0]", "got       '[0]'"),
        (lambda row: [[1.0], [1.0, 2.0]], "got       [[1], [1, 2]]"),
        (lambda row: None if len(row) > 1 else row / 2, "got       nothing"),
        (lambda row: (row / 2)[None], "got       [[0]]"),
        (lambda row: row / 2 + torch.nan, "got       [nan]"),
        (lambda: 1, "your code raised TypeError"),
    ],
)
def test_unusable_answers_are_explained(answer, words):
    report = feedback(HALF, answer)
    assert report.startswith("✗") and words in report


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1 / 3, "0.3333"),
        (3, "3"),
        (-0.0, "0"),
        (torch.tensor([[0.5, 1e-9]]), "[[0.5, 1e-09]]"),
        (np.array([1.0, np.inf, np.nan]), "[1, inf, nan]"),
        ([0.125, torch.tensor(2.0)], "[0.125, 2]"),
        (50427.0, "50427"),
        ({("a", "b"): 2, b"c": [1, ("d",)]}, "{('a', 'b'): 2, b'c': [1, ('d',)]}"),
        (my_half, "my_half"),
    ],
)
def test_numbers_are_shown_rounded(value, text):
    assert shown(value) == text


@pytest.fixture
def half_in_the_course(monkeypatch):
    monkeypatch.setattr(exercises, "find_exercise", {"half": HALF}.__getitem__)
    monkeypatch.setattr(exercises, "_hints_given", exercises.Counter())
    monkeypatch.setattr(exercises, "_contracts_shown", set())


@pytest.mark.usefixtures("half_in_the_course")
def test_only_a_pass_is_recorded(capsys, progress_file):
    check("half", half_doubles)
    check("half", None)
    assert not progress_file.exists()
    check("half", my_half)
    assert json.loads(progress_file.read_text())["exercises"] == ["half"]
    assert [line[0] for line in capsys.readouterr().out.splitlines() if line[0] != " "] == ["✗", "○", "✓"]


@pytest.mark.usefixtures("half_in_the_course")
def test_a_pass_counts_even_if_progress_can_not_be_saved(capsys, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LESSONS_LIB_PROGRESS", str(tmp_path / "file" / "progress.json"))
    check("half", my_half)
    out = capsys.readouterr().out
    assert out.startswith("✓ half") and "progress was not saved" in out


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("top_q", "✗ exercise 'top_q' is not one of the course; did you mean 'top_p' or "),
        ("", "✗ exercise '' is not one of the course\n"),
        ("x" * 10_000, "✗ exercise 'xxxxx"),
        (None, '✗ exercise: got None, allowed an id in quotes, such as "top_p"\n'),
        (["top_p"], "✗ exercise: got ['top_p'], allowed an id in quotes"),
        (my_half, "✗ exercise: got <function my_half at"),
    ],
)
def test_an_unknown_exercise_is_named(capsys, name, words):
    check(name, my_half)
    out = capsys.readouterr().out
    assert out.startswith(words) and len(out) < 300
    with pytest.raises(ValueError, match=r"exercise"):
        hint(name)


def test_a_forgotten_function_is_not_done_yet(capsys):
    check("top_p")
    assert capsys.readouterr().out == "○ top_p: not done yet\n"


@pytest.mark.usefixtures("half_in_the_course")
def test_the_first_failure_says_what_is_asked_for(capsys):
    check("half", None)
    check("half", half_doubles)
    check("half", half_doubles)
    check("half", my_half)
    assert [line for line in capsys.readouterr().out.splitlines() if "asked for" in line] == [
        "  asked for row [N] to row [N]"
    ]


@pytest.mark.usefixtures("half_in_the_course")
def test_hints_come_one_by_one_and_end(capsys):
    hint("half")
    hint("half")
    assert capsys.readouterr().out.splitlines() == [
        "Hint 1 of 1: Divide.",
        'No more hints. show_solution("half") shows one way to do it.',
    ]


@pytest.mark.usefixtures("half_in_the_course")
def test_the_solution_is_shown_as_written(capsys):
    show_solution("half")
    assert capsys.readouterr().out == "def my_half(row):\n    return row / 2\n"


def test_exercise_ids_are_unique():
    assert len({exercise.id for exercise in ALL}) == len(ALL)


@pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
def test_an_exercise_is_complete(exercise):
    assert exercise.difficulty in (1, 2, 3)
    assert 0 < exercise.minutes <= 30
    assert len(exercise.hints) >= 2
    assert len(exercise.mistakes) >= 3
    assert feedback(exercise, exercise.solution).startswith("✓")
    assert feedback(exercise, lambda *arguments: None).startswith("○")


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES, ids=[mistake.__name__ for _, mistake in MISTAKES])
def test_every_mistake_is_rejected_with_its_own_words(exercise, mistake):
    report = feedback(exercise, mistake)
    assert report.startswith("✗")
    assert report.endswith("  " + " ".join(inspect.getdoc(mistake).split()))


def test_a_new_exercise_is_told_which_answer_it_lacks():
    with pytest.raises(
        pytest.fail.Exception, match=r"exercise 'half': add to RIGHT in tests/classroom/.*py a function"
    ):
        accept(HALF, {"third": my_half}, __file__)
    accept(HALF, {"half": my_half}, __file__)
    with pytest.raises(AssertionError):
        accept(HALF, {"half": half_doubles}, __file__)


@pytest.mark.parametrize("number", registry.lesson_numbers())
def test_every_lesson_has_its_tests(number):
    file = Path(__file__).parent / f"lessons/test_lesson{number}.py"
    assert file.exists(), f"write {file.name} as its neighbours are, with RIGHT: answers in another style"
    assert "accept(EXERCISES[name], RIGHT, __file__)" in file.read_text(encoding="utf-8")
