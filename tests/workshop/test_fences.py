"""Fenced code that its language doesn't know is found before the book is built."""

import pytest

from workshop.audit.fences import faults

CUT = "```dockerfile\nRUN pip install . \\\n```"  # goes on, and nothing comes


@pytest.mark.parametrize(
    "text",
    [
        "```python\nx = 1\n```",
        "```dockerfile\nFROM python:3.11\nUSER 10001\n```",
        "```\n$ no language $\n```",
        "a line with `code` and ```fences``` in it",
    ],
)
def test_code_of_its_language_passes(text, notebook):
    assert faults(notebook(text)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [(CUT, "is no dockerfile"), ("```json\n{'a': 1}\n```", "is no json"), ("```klingon\nx\n```", "names no language")],
)
def test_other_code_is_named_with_its_cell(text, words, notebook):
    [fault] = faults(notebook(text))
    assert words in fault.text


def test_code_that_a_cell_runs_is_not_asked(notebook):
    assert faults(notebook("", 'print("```json no```")')) == []
