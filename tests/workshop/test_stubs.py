"""Stubs that are missing, doubled, changed, solved or used elsewhere are found, and those that keep their contract."""

import dataclasses

import nbformat
import pytest
import torch

from lessons_lib.classroom.exercises import Exercise
from workshop.audit import stubs


def my_half(row):
    return row / 2


HALF = Exercise(
    id="half",
    title="Halve",
    difficulty=1,
    minutes=1,
    contract="row [N] to row [N]",
    cases=((torch.tensor([2.0]),),),
    tried="one row",
    hints=(),
    solution=my_half,
    mistakes=(),
)
STUB = 'def my_half(row):\n    """row [N] to row [N]"""\n\n\ncheck("half", my_half)'


def stub(source=STUB, printed="○ half: not done yet\n", tags=("exercise",)):
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})
    cell.outputs.append(nbformat.v4.new_output("stream", text=printed))
    return cell


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def test_a_stub_that_is_not_done_has_no_faults():
    assert stubs.faults(notebook(stub()), [HALF]) == stubs.verdict_faults(notebook(stub())) == []


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([], "has 0 stubs"),
        ([stub(), stub()], "has 2 stubs"),
        ([stub(tags=())], "has 0 stubs"),
        ([stub(STUB.replace("(row)", "(row, k)"))], "the stub is my_half(row, k), the solution my_half(row)"),
        ([stub(STUB.replace("my_half", "half"))], "the stub is half(row)"),
        ([stub('check("half", my_half)')], "is not defined in its cell"),
        ([stub(), stub(STUB.replace('"half"', '"third"'))], "'third' is not one of this lesson"),
    ],
)
def test_a_bad_stub_is_found(cells, words):
    [fault] = stubs.faults(notebook(*cells), [HALF])
    assert words in fault.text


@pytest.mark.parametrize("printed", ["✓ half: one row\n", "", "✗ half\n"])
def test_a_stub_whose_stored_output_is_not_that_of_a_stub_is_found(printed):
    [fault] = stubs.verdict_faults(notebook(stub(), stub(printed=printed)))
    assert (
        str(fault).startswith("cell 2: the stub of 'half' stores") and "must say that it is not done yet" in fault.text
    )


def test_a_solution_follows_its_stub_and_the_notebook_stays_as_it_is():
    before = notebook(nbformat.v4.new_code_cell("1"), stub(), nbformat.v4.new_code_cell("2"))
    after = stubs.solved(before, [HALF])
    assert [cell.source for cell in after.cells] == [
        "1",
        STUB,
        "def my_half(row):\n    return row / 2\n\n\ncheck('half', my_half)",
        "2",
    ]
    assert len(before.cells) == 3


@pytest.mark.parametrize(
    "source", ["my_half(3)", "halves = [my_half(row) for row in rows]", "def twice(x): return my_half(x)"]
)
def test_a_cell_that_rests_on_what_the_learner_writes_is_found(source):
    [fault] = stubs.faults(notebook(stub(), nbformat.v4.new_code_cell(source)), [HALF])
    assert str(fault).startswith("cell 2: uses my_half")


def test_a_cell_may_use_a_name_of_its_own_that_a_stub_uses_too():
    assert stubs.faults(notebook(stub(), nbformat.v4.new_code_cell("my_half = 1\nmy_half")), [HALF]) == []


class MyHalf:
    def __init__(self, size):
        self.size = size

    def forward(self, row):
        return row[: self.size] / 2

    def helper(self):
        pass


def my_kept():
    return [3, 1]


MODULE = dataclasses.replace(HALF, id="module", solution=MyHalf)
KEPT = dataclasses.replace(HALF, id="kept", solution=my_kept, cases=((),), contract="a list of ids, likeliest first")
CLASS = '''class MyHalf:
    """row [N] to
    row [N]"""

    def __init__(self, size): ...

    def forward(self, row):
        ...

check("module", MyHalf)'''
VALUES = [
    '# a list of ids,\n# likeliest first\ncheck("kept", ...)',
    '# a list of ids, likeliest first\nmy_kept = ...\ncheck("kept", my_kept)',
]


def contract_faults(source, exercise):
    return [fault.text for fault in stubs.contract_faults(notebook(stub(source)), [exercise])]


@pytest.mark.parametrize(("source", "exercise"), [(STUB, HALF), (CLASS, MODULE), *((value, KEPT) for value in VALUES)])
def test_a_function_a_class_and_a_value_can_be_asked_for(source, exercise):
    assert stubs.faults(notebook(stub(source)), [exercise]) == contract_faults(source, exercise) == []


@pytest.mark.parametrize(
    ("source", "exercise", "words"),
    [
        (
            CLASS.replace("(self, size)", "(self)"),
            MODULE,
            "the stub is class MyHalf, __init__(self), forward(self, row)",
        ),
        (
            CLASS.replace("forward(", "backward("),
            MODULE,
            "the solution class MyHalf, __init__(self, size), backward, which",
        ),
        (CLASS, HALF, "'module' is not one of this lesson"),
        (CLASS.replace("module", "half"), HALF, "the solution my_half(row)"),
        (STUB.replace('half"', 'module"'), MODULE, "the stub is my_half(row), the solution MyHalf"),
        (VALUES[1].replace("my_kept", "kept"), KEPT, "the stub is kept, the solution my_kept"),
        (VALUES[1].replace("= ...", "= [3, 1]"), KEPT, "which is not defined in its cell"),
        (VALUES[0].replace("...", "3"), KEPT, "the stub is 3, which is not defined"),
        ('check("half", ...)', HALF, "the stub is ..., which is not defined"),
    ],
)
def test_a_stub_of_another_kind_than_its_solution_is_found(source, exercise, words):
    found = stubs.faults(notebook(stub(source)), [exercise])
    assert any(words in fault.text for fault in found), found


@pytest.mark.parametrize(
    ("source", "exercise", "place"),
    [
        (STUB.replace("to row", "to a row"), HALF, "docstring"),
        (STUB.replace('"""row [N] to row [N]"""', "pass"), HALF, "docstring"),
        (CLASS.replace("row [N] to", "row [M] to"), MODULE, "docstring"),
        (VALUES[0].replace("likeliest", "best"), KEPT, "comment"),
        (VALUES[1].replace("#", "1 #").replace("likeliest first", ""), KEPT, "comment"),
    ],
)
def test_a_stub_without_its_contract_is_told_what_to_paste(source, exercise, place):
    [fault] = contract_faults(source, exercise)
    assert fault == f"the stub's {place} must be the contract of {exercise.id!r}; paste: {exercise.contract}"


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ("", []),
        ("rebuild build", []),
        ("rebuild transfer rebuild build", []),
        ("rebuild rebuild build", ["2 of 3 exercises rebuild what the lesson shows (0, 1); at most half may"]),
        ("build predict", ["the last exercise, '1', must be one of kind build"]),
    ],
)
def test_a_lesson_asks_for_more_than_rebuilding_and_ends_in_building(kinds, words):
    exercises = [
        dataclasses.replace(HALF, id=str(number), kind=kind, harness=lambda answer, row: answer(row))
        for number, kind in enumerate(kinds.split())
    ]
    found = stubs.kind_faults("04", exercises)
    assert len(found) == len(words) and all(word in fault.text for word, fault in zip(words, found, strict=True))
    assert len(stubs.kind_faults("04b", exercises)) == ("2 of 3" in str(words))


def test_building_needs_a_harness():
    [fault] = stubs.kind_faults("10", [dataclasses.replace(HALF, kind="build")])
    assert "exercise 'half' builds, but has no harness" in fault.text


def test_a_value_is_solved_by_its_function():
    [_, solution] = stubs.solved(notebook(stub(VALUES[0])), [KEPT]).cells
    assert solution.source == "def my_kept():\n    return [3, 1]\n\n\ncheck('kept', my_kept)"
