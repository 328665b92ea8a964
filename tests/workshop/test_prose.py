"""The text checkers reject what they are for: a changed number, a missing name, a broken link."""

from decimal import Decimal
from pathlib import Path

import nbformat
import pytest

from workshop.audit.names import unknown_names
from workshop.audit.prose import (
    broken_links,
    cited_numbers,
    markdown,
    numbers,
    significant_digits,
    unsupported_numbers,
)

ROOT = Path(__file__).resolve().parents[2]


def notebook(text, code="", printed="", **data):
    cell = nbformat.v4.new_code_cell(code)
    if printed:
        cell.outputs.append(nbformat.v4.new_output("stream", text=printed))
    if data:
        bundle = {kind.replace("_", "/"): value for kind, value in data.items()}
        cell.outputs.append(nbformat.v4.new_output("display_data", data=bundle))
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), cell])


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("*blue* gets 41.3%", "blue  41.3%"),
        ("49,152 tokens, or −4.412", "49152\n-4.412"),
        ("| word | p |\n|---|---|\n| blue | 0.150 |", "[0.15]"),
        ("In `[0.125, 0.875]` both stand", "0.125 0.875"),
        ("two digits: 0.15, 3.1, 60, 10,000, 0.000000, 2e-5", ""),
        ("`smollm2-135m-instruct`, x86_64 and gpt-4096x", ""),
        ("```\n12345 in a code block\n```", ""),
        ("[Holtzman et al., 2019](https://arxiv.org/abs/1904.09751)", ""),
        ("3.14159 is on record", ""),
    ],
)
def test_supported_numbers_pass(text, printed):
    assert unsupported_numbers(notebook(text, printed=printed), {Decimal("3.14159")}) == []


@pytest.mark.parametrize(
    ("text", "printed", "number"),
    [
        ("*blue* gets 41.4%", "blue  41.3%", "41.4"),
        ("**0.413**", "0.4131", "0.413"),
        ("| word | p |\n|---|---|\n| blue | 0.151 |", "0.15", "0.151"),
        ("`x = 0.126`", "0.125", "0.126"),
        ("49,153 tokens", "49152", "49153"),
        ("about 134.5M weights", "134", "134.5"),
        ("[0.777](#here)", "", "0.777"),
        ("from 100–317 words", "", "317"),
        ("<details><summary>Answer</summary>0.251</details>", "0.25", "0.251"),
        ("$e^{0.693}$", "", "0.693"),
    ],
)
def test_a_changed_number_is_found(text, printed, number):
    faults = unsupported_numbers(notebook(text, printed=printed), set())
    assert len(faults) == 1 and faults[0].startswith(f"{number} stands in the text but in no output")


def test_numbers_in_markup_support_nothing():
    page = notebook("672 pixels", text_html='<img width="672">', image_png="672")
    assert len(unsupported_numbers(page, set())) == 1
    assert unsupported_numbers(notebook("0.413", text_html="<b>0.413</b>"), set()) == []


@pytest.mark.parametrize(
    ("text", "digits"), [("0.150", 3), ("413", 3), ("10000", 1), ("0.000", 0), ("0.05", 1), ("100.0", 4), ("2019", 4)]
)
def test_significant_digits(text, digits):
    assert significant_digits(Decimal(text)) == digits


def test_numbers_are_read_without_signs_and_commas():
    assert numbers("10,000 and -0.50, then 1,2 or v3.11") == {Decimal(10000), Decimal("0.50"), Decimal(1), Decimal(2)}


def test_cited_facts_need_a_source(tmp_path):
    file = tmp_path / "cited.toml"
    file.write_text('[[fact]]\nvalue = "49,152 tokens"\nsource = "https://example.org/paper"\n')
    assert cited_numbers(file) == {Decimal(49152)}
    for broken in ('value = "49,152"', 'source = "https://example.org"', 'value = "many"\nsource = "a book"'):
        file.write_text(f"[[fact]]\n{broken}\n")
        with pytest.raises(ValueError, match=r"cited.toml: a fact needs a value"):
            cited_numbers(file)


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
def test_known_names_and_other_code_pass(name):
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
def test_a_missing_name_is_found(name):
    assert len(unknown_names(notebook(f"Here is `{name}`.", CODE), ROOT)) == 1


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "notes.md").write_text("# How sure should it be?\n\n<a id='no'></a><a id=\"here\"></a>\n")
    nbformat.write(notebook("## The `top_p` filter"), tmp_path / "other.ipynb")
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        "[a](notes.md)",
        "[a](notes.md#how-sure-should-it-be)",
        "[a](notes.md#here)",
        "[a](other.ipynb#the-top_p-filter)",
        "# Top p\n\n[a](#top-p)",
        "![bars](notes.md)",
        "[a](https://example.org/x?y=1#z)",
        '<img src="x" alt="bars">',
    ],
)
def test_good_links_pass(text, folder):
    assert broken_links(notebook(text), folder) == []


@pytest.mark.parametrize(
    "text",
    [
        "[a](gone.md)",
        "[a](notes.md#how-sure)",
        "[a](other.ipynb#gone)",
        "[a](#gone)",
        "![](notes.md)",
        "![bars](gone.png)",
        "[a](http://example.org)",
        "[a](https://nowhere)",
        "[a](ftp://example.org/file)",
        "[![badge](https://example.org/b.svg)](gone.md)",
        '<img src="x">',
        'a <img src="x" alt=""> b',
        "<script>alert(1)</script>",
    ],
)
def test_a_broken_link_is_found(text, folder):
    assert len(broken_links(notebook(text), folder)) == 1


def test_code_blocks_are_no_prose():
    assert markdown(notebook("```python\n[a](gone.md) `gone()` 12345\n```")) == []
