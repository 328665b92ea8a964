"""CI tries every example, a laptop a quarter, and no test sets a number past that rule."""

import ast
from pathlib import Path

import hypothesis
import pytest
from effort import examples


@pytest.mark.parametrize(("number", "laptop"), [(2000, 500), (50, 12), (40, 10), (30, 10), (12, 10), (10, 10), (4, 4)])
def test_a_laptop_tries_a_quarter_but_no_fewer_than_ten(monkeypatch, number, laptop):
    monkeypatch.setenv("CI", "")
    assert examples(number) == laptop
    monkeypatch.setenv("CI", "true")
    assert examples(number) == number


def test_examples_are_the_same_in_every_run_and_no_test_says_otherwise():
    chosen = hypothesis.settings()
    assert (chosen.derandomize, chosen.deadline, chosen.database) == (True, None, None)


def test_every_number_of_examples_goes_by_the_rule():
    assert hypothesis.settings().max_examples == examples(100)
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "max_examples":
                rule = ast.unparse(node.value)
                assert rule.startswith("examples("), f"{path.name}: write max_examples=examples({rule}), from effort"
