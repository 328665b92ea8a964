"""The checker itself, on one small exercise, and what every exercise of the course owes its learners."""

import dataclasses
import functools
import inspect
import json
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from classroom.styles import accept
from effort import within

from lessons_lib.classroom import check, exercises, hint, registry, show_solution
from lessons_lib.classroom.exercises import Exercise, feedback
from lessons_lib.classroom.showing import shown
from lessons_lib.classroom.trials import Refused


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
ALL = {f"lesson{number}-{each.id}": each for number, lesson in registry.lessons() for each in lesson.EXERCISES}
MISTAKES = [
    pytest.param(exercise, mistake, id=f"{name}-{mistake.__name__}")
    for name, exercise in ALL.items()
    for mistake in exercise.mistakes
]


def not_implemented(row):
    raise NotImplementedError


def not_implemented_in_words(row):
    """row to row"""
    raise NotImplementedError("write me")


def documented(row):
    """row to row"""


def dotted(row):
    """row to row"""
    ...


def passed(row):
    """row to row"""
    # your code
    pass


def returned(row):
    """row to row"""
    return


def placeholder(row):
    halves = ...
    return halves


def unfinished(row):
    row = row * 1
    raise NotImplementedError


class Stub:
    def method(self, row): ...


STUBS = [
    *(None, ..., lambda row: None, lambda row: ..., not_implemented, not_implemented_in_words, documented, dotted),
    *(passed, returned, placeholder, unfinished, functools.partial(passed), torch.no_grad()(documented), Stub().method),
]


@pytest.mark.parametrize("stub", STUBS)
def test_a_stub_is_not_done_yet(stub):
    assert feedback(HALF, stub) == "○ half: not done yet"


def assigns(row):
    halves = row / 2  # noqa: F841


def prints(row):
    print("row:", row / 2)


def prints_nothing(row):
    print()


def prints_far_too_much(row):
    for _ in range(50):
        print("word " * 100)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (assigns, "your function returned nothing: is a return missing?"),
        (
            lambda row: [].append(row),
            "your function returned nothing: is a return missing? If there is one: `append` changes what stands before "
            "it and returns None",
        ),
        (prints_nothing, "your function returned nothing: is a return missing?"),
        (prints, "your function printed 'row: tensor([0.])' and returned nothing: return it"),
        (prints_far_too_much, "word word … (119 characters) and returned nothing: return it"),
    ],
)
def test_a_body_that_returns_nothing_is_no_stub(answer, words, capsys):
    report = feedback(HALF, answer)
    assert report.startswith("✗ half: your function") and report.endswith(words)
    assert ("row: tensor([1.0000, 1.5000])\n" in capsys.readouterr().out) is (answer is prints)


def test_what_torch_can_not_compute_is_no_stub():
    def whole_numbers(row):
        return row.int().softmax(-1)

    with pytest.raises(NotImplementedError):
        whole_numbers(torch.ones(2))
    assert "your code raised NotImplementedError" in feedback(HALF, whole_numbers)


def test_a_module_without_forward_is_no_stub():
    class Halves(torch.nn.Module):
        def predict(self, row):
            return row / 2

    assert 'is missing the required "forward" function' in feedback(HALF, lambda row: Halves()(row))


def test_a_function_that_says_nothing_about_some_cases():
    lines = feedback(HALF, lambda row: row / 2 if len(row) == 1 else None).splitlines()
    words = "your function returned None here: is a return missing on this way through it? None is not the answer"
    assert lines[3:] == ["  got       nothing", f"  {words}"]


def test_none_is_no_forgotten_return_where_it_is_an_answer():
    def my_largest(row):
        return float(row.max()) if len(row) else None

    largest = dataclasses.replace(HALF, cases=((torch.empty(0),), (torch.tensor([2.0]),)), solution=my_largest)
    lines = feedback(largest, lambda row: 0.0 if not len(row) else None).splitlines()
    assert "return" not in "".join(lines) and "expected" in lines[2]
    assert "is a return missing" not in feedback(largest, lambda row: None if len(row) else 1.0)
    assert feedback(largest, lambda row: [None, row][0]).endswith("None comes out each time: is a return missing?")


def endless(row):
    place = 0
    while place < len(row):
        try:
            place += len(row) - 2
        except Exception:
            place = 0
    return row / 2


def test_a_loop_without_end_is_stopped_and_named(monkeypatch):
    monkeypatch.setattr(exercises, "SECONDS", 0.1)
    before = signal.getsignal(signal.SIGVTALRM)
    lines = within(5, lambda: feedback(HALF, endless)).splitlines()
    assert lines[-1].startswith("  your code did not come to an end: does each way through your loop")
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0, 0)


def test_outside_the_main_thread_nothing_is_stopped():
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(feedback, HALF, my_half).result().startswith("✓")


def test_a_mistake_that_returns_none_has_its_own_words():
    def only_one(row):
        """Rows of several numbers have halves too."""
        return row / 2 if len(row) == 1 else None

    exercise = dataclasses.replace(HALF, mistakes=(only_one,))
    assert feedback(exercise, lambda row: None if len(row) > 1 else row * 0.5).endswith(only_one.__doc__)


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
        "  Places are counted from 0: of N items the last is number N - 1, and an empty list has none.",
    ]


def test_what_a_harness_refuses_is_said_without_an_error_that_nobody_raised():
    def ask(function, row):
        answer = function(row)
        if answer == "blue":
            raise Refused("a word is no number")
        return answer

    def itself(row):
        raise TypeError("a word is no number")

    asks = dataclasses.replace(HALF, harness=ask)
    assert feedback(asks, lambda row: "blue").splitlines()[2] == "  a word is no number"
    assert feedback(asks, itself).splitlines()[2].startswith("  your code raised TypeError: a word is no number")


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
        (lambda row: {1, 2}, "got       {1, 2}"),
        (lambda row: 1j, "your code returned 1j where numbers, text, or lists or dicts of them are expected"),
        (lambda row: [object()], "your code returned [<object object at"),
        (lambda row: {"half": 1}, "got       {'half': 1}"),
        (lambda row: "[0]", "got       '[0]'"),
        (lambda row: [[1.0], [1.0, 2.0]], "got       [[1], [1, 2]]"),
        (lambda row: None if len(row) > 1 else row / 2, "got       nothing"),
        (lambda row: (row / 2)[None], "got       [[0]]\n  shape     expected [1], got [1, 1]"),
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


@pytest.mark.parametrize("exercise", ALL.values(), ids=ALL)  # the numbers of lessons are for `LessonsTogether`
def test_an_exercise_is_complete(exercise):
    assert exercise.difficulty in (1, 2, 3)
    assert 0 < exercise.minutes <= 30
    assert len(exercise.hints) >= 2
    assert len(exercise.mistakes) >= 3
    assert feedback(exercise, exercise.solution).startswith("✓")
    assert feedback(exercise, lambda *arguments: None).startswith("○")
    assert exercise.kind in ("rebuild", "predict", "diagnose", "transfer", "build")
    assert (exercise.kind == "build") <= (exercise.harness is not None)


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES)
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


@pytest.mark.parametrize("number", [number for number, lesson in registry.lessons() if lesson.EXERCISES])
def test_every_lesson_has_its_tests(number):
    file = Path(__file__).parent / f"lessons/test_lesson{number}.py"
    assert file.exists(), f"write {file.name} as its neighbours are, with RIGHT: answers in another style"
    assert "accept(EXERCISES[name], RIGHT, __file__)" in file.read_text(encoding="utf-8")


# Values in place of functions


def my_kept():
    return [3, 1]


def kept_in_row_order():
    """It looks as if you gave them in the order of the row."""
    return [1, 3]


KEPT = dataclasses.replace(HALF, id="kept", cases=((),), tried="yes", solution=my_kept, mistakes=(kept_in_row_order,))


@pytest.mark.parametrize(
    "answer", [[3, 1], (3, 1), torch.tensor([3, 1]), my_kept, lambda: (x for x in (3, 1)), {3: 0, 1: 0}.keys()]
)
def test_an_exercise_without_arguments_takes_the_value_itself(answer):
    assert feedback(KEPT, answer) == "✓ kept: yes"


def test_a_wrong_value_is_compared_as_a_result_is():
    expected = [
        "✗ kept",
        "  got       [1, 3]",
        "  look again at the items at places 0, 1, counted from 0; 0 of 2 are right",
        "  It looks as if you gave them in the order of the row.",
    ]
    assert feedback(KEPT, [1, 3]).splitlines() == feedback(KEPT, kept_in_row_order).splitlines() == expected
    assert feedback(KEPT, ...) == feedback(KEPT, None) == feedback(KEPT, documented) == "○ kept: not done yet"
    assert feedback(KEPT, 5).splitlines() == ["✗ kept", "  got       5"]


@pytest.mark.parametrize("answer", [[3, 2], [3], 7, "none", (), [[3], [1]], "kept", {"a": 3}])
def test_the_answer_is_not_given_away_where_it_is_the_exercise(answer):
    assert "expected" not in feedback(KEPT, answer)


def test_the_right_items_of_an_answer_are_counted():
    assert "look again at the item at place 1, counted from 0; 1 of 2 are right" in feedback(KEPT, [3, 2])
    assert "2 are asked for, and these are 3" in feedback(KEPT, [3, 1, 4])
    for answer in ([3, 0.1 + 0.2], [2.9, 0.3], [3, "0.3"]):  # a float that is not quite 0.3 is right
        report = feedback(dataclasses.replace(KEPT, solution=lambda: [3, 0.3], mistakes=()), answer)
        assert report == "✓ kept: yes" if answer[0] == 3 and answer[1] != "0.3" else "1 of 2 are right" in report


def test_right_items_in_another_form_are_not_counted_as_wrong():
    rows = dataclasses.replace(KEPT, solution=lambda: [[3, 1], [2, 5]], mistakes=())
    for answer, words in {
        (3, 1): "[2, 2] is asked for, and this is [2]",
        (("3", "1"), ("2", "5")): "The right numbers, but as text",
    }.items():
        report = feedback(rows, list(answer))
        assert words in report and "0 of 2" not in report
    assert "1 of 2 are right" in feedback(rows, [[3, 1], [2, 4]])


def test_of_an_answer_in_any_order_the_right_ones_are_counted():
    any_order = dataclasses.replace(KEPT, solution=lambda: {1, 3, 5}, mistakes=())
    assert "right: 2 of 3; missing: 1" in feedback(any_order, [5, 3, 4])
    assert "right: 3 of 4; missing: 0" in feedback(any_order, {5, 3, 4, 1})
    assert "one stands there twice" in feedback(any_order, [5, 3, 5])
    assert feedback(any_order, [5, 1, 3]) == "✓ kept: yes"
    assert feedback(any_order, 5).splitlines() == ["✗ kept", "  got       5"]


# Building: a small model stands in for the real one


class MyScale(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(size))

    def forward(self, x):
        return x * self.weight


class ScaleForgotten(MyScale):
    """It looks as if the weight is not used."""

    def forward(self, x):
        return x


CALLS = []


def in_a_model(scale, prompt):
    CALLS.append(scale)
    part = scale(3)
    part.load_state_dict({"weight": torch.tensor([1.0, 2.0, 3.0])})
    return "".join(chr(97 + int(part(torch.ones(3) * ord(letter)).sum()) % 26) for letter in prompt)


SCALE = dataclasses.replace(
    HALF,
    id="scale",
    kind="build",
    cases=(("ab",), ("a long prompt",)),
    tried="two prompts",
    solution=MyScale,
    mistakes=(ScaleForgotten,),
    harness=in_a_model,
)


class Untouched(torch.nn.Module):
    """x [C] to [C]"""


class HalfDone(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(size))

    def forward(self, x):
        """x [C] to [C]"""
        raise NotImplementedError


class OtherStyle(torch.nn.Module):
    def __init__(self, size):
        super().__init__()
        self.register_parameter("weight", torch.nn.Parameter(torch.empty(size)))

    def forward(self, x):
        return torch.stack([each * scale for each, scale in zip(x, self.weight, strict=True)])

    def extra_repr(self):
        pass


class Inherited(OtherStyle):
    """x [C] to [C]"""


class Forgetful(MyScale):
    def forward(self, x):
        x * self.weight


@pytest.mark.parametrize(
    ("answer", "report"),
    [
        (MyScale, "✓ scale: two prompts"),
        (OtherStyle, "✓ scale: two prompts"),
        (Inherited, "✓ scale: two prompts"),
        (Untouched, "○ scale: not done yet"),
        (HalfDone, "○ scale: not done yet; still to write: forward"),
        (None, "○ scale: not done yet"),
    ],
)
def test_a_class_is_tried_in_a_model(answer, report):
    assert feedback(SCALE, answer) == report


def test_a_wrong_class_is_shown_what_the_model_says_with_it():
    lines = feedback(SCALE, ScaleForgotten).splitlines()
    assert lines == [
        "✗ scale",
        "  input     prompt = 'ab'",
        f"  expected  {in_a_model(MyScale, 'ab')!r}",
        f"  got       {in_a_model(ScaleForgotten, 'ab')!r}",
        "  It looks as if the weight is not used.",
    ]
    assert "your code raised AttributeError" in feedback(SCALE, Forgetful)


def test_the_solution_and_the_mistakes_run_in_the_model_once():
    exercise = dataclasses.replace(SCALE)
    CALLS.clear()
    for _ in range(3):
        feedback(exercise, ScaleForgotten)
        feedback(exercise, Untouched)
    assert CALLS.count(MyScale) == 2
    assert CALLS.count(ScaleForgotten) == 2 * (3 + 1)


TRIED = []


def in_two_models(function, number, model):
    TRIED.append((function.__name__, model))
    return function(number) if model == "small" else function(number) % 7


def my_triple(number):
    return 3 * number


def triple_adds(number):
    """It looks as if you add 3."""
    return number + 3


def triple_misses_the_large(number):
    """It looks as if large numbers stay as they are."""
    return number if number > 50 else 3 * number


TRIPLE = dataclasses.replace(
    HALF,
    id="triple",
    cases=((1, "small"), (2, "small"), (4, "small"), (100, "real"), (200, "real")),
    solution=my_triple,
    mistakes=(triple_adds, triple_misses_the_large),
    kind="build",
    real=2,
    harness=in_two_models,
)


@pytest.mark.parametrize("answer", [triple_adds, lambda number: number - 3, lambda number: 1 / 0])
def test_what_small_cases_show_is_not_tried_on_the_real_model(answer):
    exercise = dataclasses.replace(TRIPLE)
    TRIED.clear()
    assert feedback(exercise, answer).startswith("✗")
    assert {model for _, model in TRIED} == {"small"}
    assert ("It looks as if you add 3." in feedback(exercise, answer)) == (answer is triple_adds)


def test_what_only_the_real_model_shows_is_told_by_its_first_case():
    exercise = dataclasses.replace(TRIPLE)
    TRIED.clear()
    assert feedback(exercise, triple_misses_the_large).endswith("large numbers stay as they are.")
    assert ("triple_adds", "real") not in TRIED
    assert sum(model == "real" for _, model in TRIED) == 3  # the solution, the learner's, and the mistake
    assert feedback(exercise, lambda number: sum([number] * 3)).startswith("✓")


NAMED = dataclasses.replace(
    KEPT,
    id="named",
    solution=lambda: "DBE",
    mistakes=(),
    harness=lambda answer: {f"program {n}": letter for n, letter in enumerate(answer(), start=1)},
)


def test_items_with_names_are_called_by_them():
    assert "look again at program 2, program 3; 1 of 3 are right" in feedback(NAMED, "DEB")
    assert "items     3 are asked for, and these are 2" in feedback(NAMED, "DB")
    assert "expected" not in feedback(NAMED, "DEB") + feedback(NAMED, "D")


def test_a_model_that_is_not_there_passes_nobody():
    def harness(answer, prompt):
        raise OSError("no network")

    broken = dataclasses.replace(SCALE, harness=harness)
    assert feedback(broken, MyScale) == "○ scale: can't be tried here: OSError: no network"
    assert feedback(broken, Untouched) == "○ scale: not done yet"
