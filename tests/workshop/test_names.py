"""A name in the text or in an import that exists nowhere is found."""

from pathlib import Path

import pytest

from workshop.audit.names import unknown_names

ROOT = Path(__file__).resolve().parents[2]
CODE = """
import math
import torch.nn.functional as F
from lessons_lib.classroom import check
# a comment
%matplotlib inline
def my_top_p(row, threshold):
    total = row.sum()
    return total
largest = lambda row: max(row)
"""


@pytest.mark.parametrize(
    "name",
    [
        "check",
        "my_top_p",
        "my_top_p(row, 0.9)",
        "threshold",
        "total",
        "largest(row)",
        "F.softmax",
        "math.log(p)",
        "nan",
        "sorted",
        "lambda",
        "lessons_lib.classroom",
        "Exercise.hints",
        "show_source(check)",
        "course.py",
        "exercises.py",
        "lessons_lib/classroom/source.py",
        "T",
        "T = 0.5",
        "p ** (1 / T)",
        " the",
        "<|endoftext|>",
        "python3 course.py lab",
        "smollm2-135m-instruct",
        "'blue'",
        "3.1",
    ],
)
def test_known_names_and_other_code_pass(name, notebook):
    assert unknown_names(notebook(f"Here is `{name}`.", CODE), ROOT) == []


@pytest.mark.parametrize(
    "name",
    [
        "softmaxx",
        "total(row)",
        "my_top_q(row)",
        "1 + soft_max(row)",
        "F.softmaxx",
        "math.logg",
        "Exercise.hintz",
        "lessons_lib.classroom.nowhere",
        "nothing.py",
        "my_choose",
    ],
)
def test_a_missing_name_is_found(name, notebook):
    assert len(unknown_names(notebook(f"Here is `{name}`.", CODE), ROOT)) == 1
