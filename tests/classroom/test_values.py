"""What is compared, how exactly, and how it is shown: kinds are kept where a reader needs them."""

import collections
import decimal
import fractions

import numpy as np
import pytest
import torch

from lessons_lib.classroom.comparison import comparison
from lessons_lib.classroom.showing import shown
from lessons_lib.classroom.values import NOTHING, comparable, first_difference, same


class Lent:
    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **settings):
        return self.array.__dlpack__(**settings)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class Series:
    """A row as another library keeps it: found by labels, and an array when asked."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values)

    def __len__(self):
        return len(self.values)

    def __getitem__(self, label):
        raise KeyError(label)


def equal(got, expected):
    return same(comparable(got), comparable(expected))


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (Series([1.5, 2.0]), [1.5, 2.0]),
        (Series(["a", "b"]), ["a", "b"]),
        (Series([[1, 3], [2, 4]]), [[1, 3], [2, 4]]),
        (Lent(np.arange(3.0)), [0, 1, 2]),
        ([Lent(np.ones(2)), Lent(np.zeros(2))], [[1, 1], [0, 0]]),
        (torch.eye(2).to_sparse(), [[1, 0], [0, 1]]),
        (torch.tensor([1.5]).bfloat16(), [1.5]),
        (np.array(["a", "b"]), ("a", "b")),
        (np.array([1, "a", None], dtype=object), [1, "a", None]),
        ((n for n in range(3)), [0, 1, 2]),
        (zip("ab", (1, 2), strict=True), [("a", 1), ("b", 2)]),
        ({"a": 1}.items(), [("a", 1)]),
        (collections.UserDict(a=1), {"a": 1}),
        ({np.int64(1): "x"}, {1: "x"}),
        ({torch.tensor(1): "x"}, {1: "x"}),
        (fractions.Fraction(1, 4), 0.25),
        (decimal.Decimal("0.25"), 0.25),
        (bytearray(b"ab"), b"ab"),
        (True, 1),
        ([0, 1], [False, True]),
        (None, None),
        ({"a": None}, {"a": None}),
        ([3, 1, 2], {1, 2, 3}),
        ([("a", 1), ("b", 2)], {("b", 2), ("a", 1)}),
        ({5}, [5]),
        (np.float32(134_515_008), 134_515_008),
        (3.0000001, 3),
    ],
)
def test_the_right_values_are_right_whatever_holds_them(got, expected):
    assert equal(got, expected)


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (134_516_008, 134_515_008),
        (134_515_009, 134_515_008),
        (3.001, 3),
        ([3, 1, 1], {1, 3}),
        ([3, 1, 2], {1, 3}),
        ([[1, 2]], {1, 2}),
        ({1, 2}, [1, 2]),
        (None, 0),
        (None, []),
        ([None], [0]),
        ("1", 1),
        (b"a", "a"),
        ("absent", None),
        ([], {}),
        ("", []),
        ({"a": 1}, [("a", 1)]),
        (torch.zeros(0, 3), []),
    ],
)
def test_other_values_are_not(got, expected):
    assert not equal(got, expected) and not equal([got], [expected])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "True"),
        ([True, False], "[True, False]"),
        (torch.tensor([[True]]), "[[True]]"),
        (np.array([1, 0]) > 0, "[True, False]"),
        ([True, 2], "[True, 2]"),
        ((1, 2), "(1, 2)"),
        ([(1, 2), (3, 4.5)], "[(1, 2), (3, 4.5)]"),
        ({"k": ("absent", None)}, "{'k': ('absent', None)}"),
        ((torch.ones(2), True), "([1, 1], True)"),
        ({3, 1}, "{1, 3}"),
        (set(), "set()"),
        (2**60 + 1, "1152921504606846977"),
    ],
)
def test_kinds_are_shown(value, text):
    assert shown(comparable(value)) == shown(value) == text


@pytest.mark.parametrize(
    ("got", "expected", "place", "ours", "right"),
    [
        ([1, 2, 3], [1, 5, 3], [1], 2, 5),
        ([[1, 2], [3, 4]], [[1, 2], [3, 5]], [1, 1], 4, 5),
        ([1, 2], [1, 2, 3], [2], NOTHING, 3),
        (["a", "b"], ["a"], [1], "b", NOTHING),
        ("abcd", "abxd", [2], "cd", "xd"),
        ("ab", "abc", [2], NOTHING, "c"),
        ({"a": 1, "b": [1, 2]}, {"a": 1, "b": [1, 3]}, ["b", 1], 2, 3),
        ({"a": 1}, {"a": 1, "b": 2}, ["b"], NOTHING, 2),
        ({"a": 1, "c": 2}, {"a": 1}, ["c"], 2, NOTHING),
        ([("a", "b"), ("c", "d")], [("a", "b"), ("c", "e")], [1, 1, 0], "d", "e"),
        (["a", 1], ["a", (1, 2)], [1], 1, (1, 2)),
        (1, 2, [], 1, 2),
        ("a", ["a"], [], "a", ["a"]),
    ],
)
def test_the_first_difference_is_found_from_the_outside_in(got, expected, place, ours, right):
    found = first_difference(comparable(got), comparable(expected))
    assert found[0] == place
    for part, wanted in zip(found[1:], (ours, right), strict=True):
        assert part is wanted is NOTHING or same(comparable(part), comparable(wanted))


def last_line(got, expected):
    return comparison({"x": 1}, comparable(expected), comparable(got))[-1]


LONG = list(range(100))


@pytest.mark.parametrize(
    ("got", "expected", "line"),
    [
        ([*LONG[:70], 0, *LONG[71:]], LONG, "differs   first at [70]: expected 70, got 0"),
        ("a" * 50 + "b" * 20, "a" * 50 + "c" * 20, f"differs   first at [50]: expected {'c' * 20!r}, got {'b' * 20!r}"),
        ([str(n) for n in LONG], [str(n) for n in LONG[:-1]], "differs   first at [99]: expected nothing, got '99'"),
        (
            dict.fromkeys("abcdefghijklmn", 1),
            dict.fromkeys("abcdefghijklmn", 1) | {"k": 2},
            "differs   first at ['k']: expected 2, got 1",
        ),
        (
            [0.2689, 1],
            [0.26894142, 1],
            "differs   first at [0], beyond the digits shown: expected 0.26894142, got 0.2689",
        ),
        (1.000212, 1.0, "differs   beyond the digits shown: expected 1, got 1.000212"),
        ([[1, 2]], [1, 2], "shape     expected [2], got [1, 2]"),
        ([3], 3, "shape     expected a single number, got [1]"),
        ("abc", "abd", "got       'abc'"),
    ],
)
def test_the_line_that_helps_to_compare(got, expected, line):
    assert last_line(got, expected) == line
