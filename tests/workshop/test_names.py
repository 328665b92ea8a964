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
    inside_only = row.sum()
    return inside_only
largest = lambda row: max(row)
"""


@pytest.mark.parametrize(
    "name",
    [
        "check",
        "my_top_p",
        "my_top_p(row, 0.9)",
        "threshold",
        "inside_only",
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
        "inside_only(row)",
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


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("import lessons_lib.nothing", "lessons_lib.nothing"),
        ("import lessons_lib.nothing as n, math", "lessons_lib.nothing"),
        ("from lessons_lib.nothing import x", "lessons_lib.nothing"),
        ("from lessons_lib.classroom import check, chekc", "lessons_lib.classroom.chekc"),
        ("from lessons_lib import nothing", "lessons_lib.nothing"),
        ("import nowhere_to_be_found", "nowhere_to_be_found"),
        ("import nowhere.to.be.found", "nowhere.to.be.found"),
        ("def f():\n    from nowhere import x", "nowhere"),
    ],
)
def test_an_import_of_what_has_moved_is_found(code, missing, notebook):
    [fault] = unknown_names(notebook("Text.", code), ROOT)
    assert str(fault) == f"cell 2: there is no {missing} to import; write where it is today"


@pytest.mark.parametrize(
    "code",
    [
        "from lessons_lib import ModelConfig, Transformer, load",
        "from lessons_lib.generation import sampling",
        "import lessons_lib.layers.attention as a\nimport torch.nn.functional as F, os.path",
        "from lessons_lib.classroom.lessons.lesson04 import attention_maps",
        "%pip install nothing\nfrom transformers import LlamaForCausalLM",
        "this is no Python",
    ],
)
def test_imports_that_work_pass(code, notebook):
    assert unknown_names(notebook("Text.", code), ROOT) == []


def test_of_the_lessons_own_code_only_what_the_notebook_imports_is_known(notebook):
    code = "from lessons_lib.classroom.lessons.lesson04.attention_maps import silenced"
    assert unknown_names(notebook("`attention_maps(model)`", code), ROOT) == []
    assert len(unknown_names(notebook("`attention_maps(model)`"), ROOT)) == 1
