"""A package that not everybody has is named in the lesson's head."""

import nbformat
import pytest

from workshop.audit import packages


def notebook(head, *cells):
    code = [nbformat.v4.new_code_cell(cell) for cell in cells]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(head), *code])


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("", "import json\nimport torch.nn.functional as F\nfrom IPython.display import HTML\nimport lessons_lib"),
        ("You need the library `scipy`", "if True:\n    from scipy.stats import norm"),
        ("", "%pip install scipy"),
    ],
)
def test_what_everybody_has_or_is_told_of_is_in_order(head, code):
    assert packages.faults(notebook(head, code)) == []


def test_each_other_package_is_told_once_where_it_is_first_imported():
    found = packages.faults(
        notebook("scipy", "x = 1", "import scipy.stats", "from scipy import linalg\nimport regex, mcp")
    )
    assert sorted(map(str, found)) == [
        "cell 3: imports scipy, which the head must name: the library `scipy`",
        "cell 4: imports mcp, which the head must name: the library `mcp`",
    ]
