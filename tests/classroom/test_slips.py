"""General words for slips: each rule speaks where the numbers prove it, and never about a right answer."""

import collections

import numpy as np
import pytest
import torch
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.classroom.slips import Case, words
from lessons_lib.classroom.trials import Trouble
from lessons_lib.classroom.values import comparable, same

EXAMPLES = settings(max_examples=examples(100), deadline=None)
CUBE = np.arange(24).reshape(2, 3, 4)
SUM = [[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]


def said(*pairs, given=None, solve=None):
    """The words for results that came, beside the expected ones."""
    cases = [Case(given or {}, comparable(right), comparable(got), solve) for got, right in pairs]
    return words(cases)


@pytest.mark.parametrize(
    ("got", "right", "start"),
    [
        # shapes
        ([[1.5, 2.0]], [1.5, 2.0], "The right numbers with an axis of length 1 too many"),
        ([1.5, 2.0], [[1.5], [2.0]], "The right numbers, but an axis of length 1 is missing: keepdim=True"),
        ([[1.5, 2.0]], [[1.5], [2.0]], "The right numbers, but rows and columns are swapped"),
        (CUBE[:1], CUBE[0][:, None], "The right numbers, but the axis of length 1 is in another place"),
        ([3], 3, "The right number, but inside a list"),
        (torch.ones(1, 1), 1, "The right number, but inside a list"),
        ([[1, 3], [2, 4]], [[1, 2], [3, 4]], "The right numbers, but rows and columns are swapped"),
        ([[1, 4], [2, 5], [3, 6]], [[1, 2, 3], [4, 5, 6]], "The right numbers, but rows and columns are swapped"),
        (CUBE.transpose(1, 0, 2), CUBE, "The right numbers, but the axes"),
        ([1, 2, 3, 4, 5, 6], [[1, 2, 3], [4, 5, 6]], "The right numbers in the right order, but in another shape"),
        ([[1, 9, 8], [7, 2, 6], [5, 4, 3]], [1, 2, 3], "Every number met every other"),
        ([[1, 9], [7, 2]], [[1], [2]], "Every number met every other"),
        ([[1, 2], [1, 2], [1, 2]], [1, 2], "The right answer, but several times over"),
        # sums and what is no number
        (np.array(SUM) * 2, SUM, "The right proportions, but a row does not sum to 1"),
        ([0.1, 0.2, 0.2], [0.2, 0.4, 0.4], "The right proportions, but a row does not sum to 1"),
        ([[0.3, 0.5, 0.9], [0.7, 0.5, 0.1]], SUM, "Your numbers sum to 1 along another axis"),
        (np.array(SUM) * [[0.7], [0.3]], SUM, "All your numbers together sum to 1"),
        ([np.nan, 1.0], [0.5, 1.0], "nan comes of 0 / 0"),
        ([np.inf, 1.0], [0.5, 1.0], "inf comes of a number too large"),
        # items
        ([3, 2, 1], [1, 2, 3], "The right items, but in reverse order"),
        ([2, 5], [5, 2], "The right items, but in reverse order"),
        (["b", "c", "a"], ["a", "b", "c"], "The right items, but in another order"),
        ([[3, 4], [1, 2], [5, 6]], [[1, 2], [3, 4], [5, 6]], "The right items, but in another order"),
        ([1, 2], [1, 2, 3], "The last item is missing"),
        ([2, 3], [1, 2, 3], "The first item is missing"),
        ([7, 7], [7, 7, 7], "An item is missing"),
        ("abc", "ab", "The last item is too many"),
        ([("a", "b"), ("c", "d"), ("e", "f")], [("a", "b"), ("c", "d")], "The last item is too many"),
        ([0, 1, 2, 3], [1, 2, 3], "The first item is too many"),
        ([[1, 2, 0], [3, 4, 0]], [[1, 2], [3, 4]], "The last item of each row is too many"),
        ([9, 1, 2, 3], [1, 2, 3, 4], "The right items, but one place too late"),
        ([2, 3, 4, 9], [1, 2, 3, 4], "The right items, but one place too early"),
        # forms
        ([("e", "e"), ("h", "e")], ["ee", "ch"], "Each item is a list or a tuple here, where one text is expected"),
        (["e e", "h e"], ["ee", "ch"], "Each text that is expected is 2 characters long, and none of yours is"),
        # kinds
        (["1", "2"], [1, 2], "The right numbers, but as text"),
        ({"a": "2.5"}, {"a": 2.5}, "The right numbers, but as text"),
        ([1, 2], ["1", "2"], "The right values, but as numbers"),
        (b"ab", "ab", "The right letters, but as bytes"),
        (["ab", "c"], [b"ab", b"c"], "The right letters, but as text"),
        (["a", "b"], "ab", "The right pieces: join them"),
        ("abc", ["ab", "c"], "The right text, but in one piece"),
        ([("a", 1), ("b", 2)], {"a": 1, "b": 2}, "The right pairs, but in a list"),
        ({"a": 1, "b": 2}, [("a", 1), ("b", 2)], "A dict came where a list of its items is expected"),
        ({"a": 1, "b": 2}, ["a", "b"], "A dict came where a list of its keys is expected"),
        ({3, 5}, [3, 5], "A set has no order"),
        ([True, False], [3, 5], "Truth values (True and False) came"),
        ([["a", "b"]], ["a", "b"], "The right answer, but inside one more list"),
        ("a", ["a"], "The right answer, but without the list around it"),
        ((4, 7), 7, "Of the 2 values that came, value 2 is the right one"),
        ({"a": (None, 2)}, {"a": ("absent", 2)}, "None came inside"),
        (([[1], [2]], "x"), ([1, 2], "y"), "In value 1 of 2: The right numbers with an axis of length 1 too many"),
        # numbers
        ([2, 3, 4], [1, 2, 3], "Every number is 1 too large"),
        ([0.5, 1.5, -1.5], [1.5, 2.5, -0.5], "Every number is 1 too small"),
        ([-1.5, 2, -4], [1.5, -2, 4], "Every number has the wrong sign"),
        ([3.0, 5.0, 8.0], [1.5, 2.5, 4.0], "Every number is 2 times what is expected"),
        ([0.75, 1.25, 2.0], [1.5, 2.5, 4.0], "Every number is half of what is expected"),
        (np.log2([2.5, 3, 7]), np.log([2.5, 3, 7]), "Every number is 1.443 times what is expected"),
        ([2.25, 6.25, 16], [1.5, 2.5, 4], "Every number is the square of the expected one"),
        ([1.5, 2.5, 4], [2.25, 6.25, 16], "Every number is the square root of the expected one"),
        ([0.5, 0.25, 0.4], [2, 4, 2.5], "Every number is the reciprocal"),
        ([1, 2, 4], [1.5, 2.25, 4.75], "Every number is rounded down"),
        ([0.27, 0.73], [0.26894142, 0.73105858], "Every number is rounded to 2 digits"),
        (0.483, 0.48277, "Every number is rounded to 3 digits"),
    ],
)
def test_what_the_numbers_prove_is_said(got, right, start):
    assert said((got, right)).startswith(start), said((got, right))
    assert said((right, right)) == said((got, got)) == ""


@pytest.mark.parametrize(
    ("got", "right"),
    [
        ([1.5, 2.1], [1.5, 2.0]),
        ([[1.5, 2.1]], [1.5, 2.0]),
        ([0, 1], [1, 0]),  # as likely by chance
        ([0, 1, 0, 0], [0, 0, 1, 0]),
        ([True, False], [False, True]),
        ([1, 0], [0, 1]),
        ([3, 0], [1, 0]),  # ids that happen to sum to 1
        ([1], [1, 2]),
        ("ab", "cd"),
        (3, 4),
        (2.0, 4.0),
        ([1.0, 0.0, 0.0], [0.7, 0.3, 0.0]),  # the likeliest, not rounded
        ([0.5, 0.5], [0.52, 0.48]),
        ({"a": 1}, {"b": 1}),
        ([], [1, 2]),
        ([[1, 2], [3]], [[1, 2], [4]]),
        ("", "a"),
        ([], {}),
        ([1.0, 2.0, 3.0], [1.0, 3.0, 3.0]),
        ([[1, 2], [1, 3]], [1, 2]),
        ([5, 0, False], [5, 0, 0]),  # not in another order
    ],
)
def test_what_proves_nothing_is_passed_over(got, right):
    assert said((got, right)) == ""


def test_a_rule_must_hold_for_most_of_the_cases_that_fail():
    reversed_twice = [([3, 2, 1], [1, 2, 3]), ([4, 6, 5], [5, 6, 4]), ([9, 8, 3], [3, 8, 9])]
    assert "reverse" in said(*reversed_twice)
    other = [([1, 2, 9], [1, 2, 3]), ([0, 6, 5], [5, 6, 4])]
    assert said(reversed_twice[0], *other) == ""
    assert said(([2, 3, 4], [1, 2, 3]), ([5, 6, 7], [5, 6, 8])) == ""


# Words about what was given


def test_an_input_that_comes_back_is_named():
    given, other = {"ids": [1, 2], "pair": (1, 2)}, {"ids": [5], "pair": (1, 2)}
    cases = [Case(each, comparable(right), comparable(each["ids"])) for each, right in ((given, [9]), (other, [5]))]
    assert words(cases) == "Your function returned ids unchanged. A list never equals a tuple: compare two of a kind."
    assert words(cases[:1]) == ""
    both = [Case({"x": torch.tensor([1.0, 2])}, comparable([3.0, 1]), comparable([1.0, 2]))] * 2
    assert words(both) == "Your function returned x unchanged."


def of_sums(function, *rows, solve=sum):
    return words(
        [
            Case({"row": row}, comparable(solve(row)), comparable(function(row)), lambda row: comparable(solve(row)))
            for row in rows
        ]
    )


ROWS = [[3.5], [1.5, 4.0], [2.5, 0.25, 7.0], [1.0, 2.0, 4.5, 0.125]]


@pytest.mark.parametrize(
    ("function", "start"),
    [
        (lambda row: row[0], "This is the answer for the first item of row alone: does the return stand inside"),
        (lambda row: row[-1], "This is the answer for the last item of row alone: is there a = where += is needed?"),
        (lambda row: sum(row[i] for i in range(len(row) - 1 or 1)), "This is the answer without the last item of row"),
        (lambda row: sum(row[1:] or row), "This is the answer without the first item of row"),
        (lambda row: row[len(row) // 2], ""),
        (max, ""),
    ],
)
def test_a_loop_that_stops_or_starts_wrongly_is_named(function, start):
    found = of_sums(function, *ROWS)
    assert found.startswith(start) and bool(found) == bool(start)


def test_one_case_is_not_enough_for_words_about_a_loop():
    assert of_sums(lambda row: row[0], ROWS[2]) == ""


def test_the_wrong_axis_is_found_by_solving_the_columns():
    matrices = [torch.tensor([[1.0, 2], [5, 4]]), torch.tensor([[0.0, 7, 2], [1, 1, 5], [3, 8, 0]])]
    report = words(
        [
            Case({"x": x}, comparable(x.amax(-1)), comparable(x.amax(0)), lambda x: comparable(x.amax(-1)))
            for x in matrices
        ]
    )
    assert report == "This is the answer for the columns of x in place of its rows: another axis is due."


def counted(text, add):
    counts = {}
    for letter in text:
        counts[letter] = (counts.get(letter, 0) if add else 0) + 1
    return counts


def test_contributions_that_replace_each_other_are_named():
    words_of = "Each value is a single contribution where several add up: is there a = where += is needed?"
    assert said((counted("banana", False), counted("banana", True)), given={"text": "banana"}) == words_of
    given, right = {"times": {"ab": 3, "a": 4}}, {"a": 7, "b": 3}
    assert said(({"a": 4, "b": 3}, right), given=given) == words_of
    assert said(({"a": 5, "b": 3}, right), given=given) == ""
    assert said(({"a": 7, "b": 4}, right), given=given) == ""
    assert said(({"a": 1, "b": 1}, {"a": 3, "b": 4}), given={"times": {"a": 3, "b": 4}}) == ""


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("AttributeError: 'NoneType' object has no attribute 'sum'", "Something here is None"),
        ("TypeError: unsupported operand type(s) for /: 'list' and 'int'", "A list can't be calculated with"),
        ("IndexError: list index out of range", "Places are counted from 0"),
        (
            "IndexError: Dimension out of range (expected to be in range of [-1, 0], but got 1)",
            "There are fewer axes than that",
        ),
        ("ValueError: min() arg is an empty sequence", "min and max of nothing"),
        ("ValueError: max() iterable argument is empty", "min and max of nothing"),
        (
            "RuntimeError: The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1",
            "Two shapes",
        ),
        ("ValueError: operands could not be broadcast together with shapes (2,3) (2,)", "Two shapes don't fit"),
        ("RuntimeError: The size of tensor a (3) must match the size of tensor b (5) at non-singleton dimension 1", ""),
        ("ValueError: operands could not be broadcast together with shapes (2,3) (4,)", ""),
        ("ValueError: operands could not be broadcast together with shapes (7,3) (7,)", ""),
        ("ValueError: no", ""),
    ],
)
def test_errors_that_leave_something_open_are_explained(text, start):
    got = Trouble(f"your code raised {text}")
    found = words([Case({"x": torch.ones(2, 3)}, comparable([1.0, 2.0]), got)])
    assert found.startswith(start) and bool(found) == bool(start)


def test_a_place_in_an_empty_argument_is_said_to_be_one():
    got = Trouble("your code raised IndexError: list index out of range")
    found = words([Case({"ids": [], "pair": (1, 2)}, comparable([]), got)])
    assert found == "ids is empty here: it has no first item and no last one."


# Properties

SHAPES = st.lists(st.integers(1, 4), min_size=0, max_size=3).map(tuple)
SEEDS = st.integers(0, 10_000)


def drawn(seed, shape):
    return np.random.default_rng(seed).normal(size=shape)


class Lent:
    """An array of a library that only lends it out."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **settings):
        return self.array.__dlpack__(**settings)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


STYLES = {
    "numpy": np.asarray,
    "32 bits": lambda array: array.astype(np.float32),
    "torch": torch.from_numpy,
    "a parameter": lambda array: torch.nn.Parameter(torch.from_numpy(array)),
    "lists": lambda array: array.tolist(),
    "a list of tensors": lambda array: list(torch.from_numpy(array)) if array.ndim else array.item(),
    "a generator": lambda array: (row.tolist() for row in array) if array.ndim else array.item(),
    "a deque": lambda array: collections.deque(array) if array.ndim else array,
    "tuples": lambda array: tuple(map(tuple, array)) if array.ndim == 2 else array,
    "lent": Lent,
    "sparse": lambda array: torch.from_numpy(array).to_sparse() if array.ndim else array,
}


@pytest.mark.parametrize("style", STYLES)
@given(SEEDS, SHAPES)
@EXAMPLES
def test_a_right_answer_in_any_style_is_right_and_gets_no_words(style, seed, shape):
    right = drawn(seed, shape)
    got = comparable(STYLES[style](right.copy()))
    assert same(got, comparable(right))
    assert words([Case({"x": right + 1}, comparable(right), got)] * 2) == ""


@given(SEEDS, SEEDS, SHAPES)
@EXAMPLES
def test_numbers_that_have_nothing_in_common_get_no_words(seed, other, shape):
    got, right = drawn(seed, shape), drawn(other + 20_000, shape)
    assert said((got, right)) == ""
    assert said((abs(got) / abs(got).sum(-1, keepdims=True), right)) == "" if shape else True


@given(SEEDS, SHAPES, st.data())
@EXAMPLES
def test_one_wrong_number_gets_no_words(seed, shape, data):
    right = drawn(seed, shape)
    got = right.copy()
    place = tuple(data.draw(st.integers(0, length - 1)) for length in shape)
    got[place] += 0.37
    assert said((got, right)) == ("" if right.size > 1 or not shape else said((got, right)))


@given(
    st.lists(st.integers(0, 9), max_size=8),
    st.lists(st.integers(0, 9), max_size=8),
    st.sampled_from([list, tuple, "".join]),
)
@EXAMPLES
def test_words_about_items_are_true(ours, right, kind):
    got, expected = ([str(item) for item in items] for items in (ours, right))
    found = said((kind(got), kind(expected)))
    truths = {
        "reverse order": got == expected[::-1],
        "another order": sorted(got) == sorted(expected),
        "first item is missing": got == expected[1:],
        "last item is missing": got == expected[:-1],
        "first item is too many": got[1:] == expected,
        "last item is too many": got[:-1] == expected,
        "too late": got[1:] == expected[:-1],
        "too early": got[:-1] == expected[1:],
    }
    for words_of, true in truths.items():
        if words_of in found:
            assert true and got != expected


@given(SEEDS, SHAPES, st.data())
@EXAMPLES
def test_words_about_shapes_are_true(seed, shape, data):
    right = np.random.default_rng(seed).integers(0, 3, shape).astype(float)  # many numbers alike
    changes = [
        right[None],
        right.squeeze(),
        right.T,
        right.reshape(-1),
        right[..., ::-1] if shape else right,
        right + 1,
    ]
    got = data.draw(st.sampled_from(changes))
    found = said((got, right))
    if "The right number" in found:
        assert sorted(got.ravel()) == sorted(right.ravel())
    if "rows and columns" in found:
        assert np.array_equal(got.T, right)
    if "axis of length 1" in found or "another shape" in found:
        assert np.array_equal(got.ravel(), right.ravel())
