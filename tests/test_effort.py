"""CI tries every example, a laptop a quarter, and no test sets a number past that rule."""

import ast
from pathlib import Path

import hypothesis
import pytest
from effort import examples, in_proportion, within


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


def test_one_slow_moment_is_measured_again_and_slow_work_is_not_forgiven(monkeypatch):
    clock = iter([0, 9, 10, 10.5, *range(100, 200, 3)])
    monkeypatch.setattr("effort.time.thread_time", lambda: next(clock))
    assert within(1, lambda: "done") == "done"
    with pytest.raises(AssertionError, match=r"took 3\.00, 3\.00, 3\.00, 3\.00 s, allowed 1 s"):
        within(1, lambda: "done")


def test_what_grows_out_of_proportion_is_noticed(monkeypatch):
    def pairs(short, long):
        clock = iter([0, short, 0, long] * 4)
        monkeypatch.setattr("effort.time.thread_time", lambda: next(clock))
        in_proportion(str, str, 2)

    pairs(1, 2.1)
    with pytest.raises(AssertionError, match="allowed 2 times as long"):
        pairs(1, 4)


def test_no_test_measures_a_time_of_its_own():
    for path in sorted(Path(__file__).parent.rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        for clock in ("process_time", "thread_time", "perf_counter"):
            assert path == Path(__file__) or f"time.{clock}(" not in text, f"{path.name}: use within() from effort"
