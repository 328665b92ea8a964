"""Stubs that are missing, doubled, changed or solved are found, and a fresh run notices what changed."""

import nbformat
import pytest
import torch

from lessons_lib.classroom.exercises import Exercise
from workshop.audit import pictures, stubs
from workshop.run import rerun


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


def test_a_fresh_run_is_measured_and_its_changed_picture_is_found(tmp_path):
    source = (
        "import os\nimport matplotlib.pyplot as plt\nfrom lessons_lib.classroom import show\n"
        "ballast = bytearray(300_000_000)\n"
        "figure, axes = plt.subplots()\naxes.bar([0, 1], [1, 2])\nshow(figure, alt='two bars')\n"
        "print(os.path.basename(os.getcwd()), 'progress' in os.environ['LESSONS_LIB_PROGRESS'])"
    )
    before = notebook(nbformat.v4.new_markdown_cell("Text."), nbformat.v4.new_code_cell(source))
    first = rerun(before, [], tmp_path)
    assert before.cells[1].outputs == []
    assert first.notebook.cells[1].outputs[-1].text == f"{tmp_path.name} True\n"
    assert 300_000_000 < first.peak_bytes < 2_000_000_000
    assert 0 < first.seconds < 60
    assert pictures.faults(first.notebook) == []
    changed = notebook(before.cells[0], nbformat.v4.new_code_cell(source.replace("[1, 2]", "[1, 1.9]")))
    second = rerun(changed, [], tmp_path)
    assert len(pictures.differences(first.notebook, second.notebook)) == 1
