"""Stubs that are missing, doubled, changed, solved or used elsewhere are found."""

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
