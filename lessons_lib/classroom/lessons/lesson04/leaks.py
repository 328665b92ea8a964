"""An exercise of lesson 04: which of seven ways to hide the future let it in?"""

import re
from collections.abc import Callable, Iterable

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused


def seven_ways(scores, past):
    """scores [T, T] to weights [T, T], in seven ways; past is True where column j <= row i"""
    hidden, powers = ~past, scores.exp() * past
    return {
        "a": scores.masked_fill(hidden, -torch.inf).softmax(-1),
        "b": scores.softmax(-1).masked_fill(hidden, 0),
        "c": scores.masked_fill(hidden, -torch.inf).softmax(0),
        "d": scores.masked_fill(hidden, -9.0).softmax(-1),
        "e": powers / powers.sum(-1, keepdim=True),
        "f": scores.masked_fill(hidden.T, -torch.inf).softmax(-1),
        "g": scores.masked_fill(hidden, -torch.inf).softmax(-1) * past,
    }


def my_leaks():
    past = torch.ones(5, 5).tril().bool()
    generator = torch.Generator().manual_seed(0)
    scores, v = torch.randn(5, 5, generator=generator), torch.randn(5, 3, generator=generator)
    other, other_v = scores.clone(), v.clone()  # with another last word:
    other[:, 4] += 1  # its key changes a column,
    other[4] += 1  # its query a row,
    other_v[4] += 1  # and its value what it says
    before, after = seven_ways(scores, past), seven_ways(other, past)
    return {w for w in before if not torch.equal((before[w] @ v)[:4], (after[w] @ other_v)[:4])}


def leaks_all_but_the_first():
    """Among these are some that are right in another way: e and g give what a gives. Work out the first row of each."""
    return {"b", "c", "d", "e", "f", "g"}


def leaks_overlooks_the_axis():
    """b, d and f are right; one is missing, in which the columns sum to 1 and no longer the rows. A later row then
    takes its part of a column that an earlier row looks at."""
    return {"b", "d", "f"}


def leaks_overlooks_the_cut():
    """c, d and f are right; one is missing: weights that are cut after the softmax have shared the whole with the
    future, so what is left of a row depends on what was cut away."""
    return {"c", "d", "f"}


def leaks_overlooks_the_nine():
    """b, c and f are right; one is missing: -9 is a low score and not minus infinity. e to the power of -9 is no 0, so
    a little of what the future says gets through."""
    return {"b", "c", "f"}


def leaks_overlooks_the_turned_mask():
    """b, c and d are right; one is missing: look which triangle past.T is True in."""
    return {"b", "c", "d"}


def leaks_blames_the_cut_by_product():
    """e is in order: what is hidden is 0 before the sum is taken, as e to the power of minus infinity would be. The
    others are right."""
    return {"b", "c", "d", "e", "f"}


def leaks_blames_the_second_cut():
    """g is in order: it multiplies by 0 what is 0 already. The others are right."""
    return {"b", "c", "d", "f", "g"}


def leaks_all_of_them():
    """Three of the seven keep the future out: in their row 0 the first weight is exactly 1 and no other is above 0,
    whatever comes later."""
    return set("abcdefg")


def leaks_the_right_ones():
    """These are the ways that keep the future out. Asked for are the others."""
    return {"a", "e", "g"}


def leaks_only_the_turned_mask():
    """f is one of them, the most obvious. Three more leak in silence: look for what enters the sum that a row is
    divided by."""
    return {"f"}


def leaks_only_the_cut():
    """b is one of them; three are missing. Ask of each other way whether a later word reaches row 0."""
    return {"b"}


def leaks_only_the_nine():
    """d is one of them; three are missing. Ask of each other way whether a later word reaches row 0."""
    return {"d"}


def leaks_blames_the_mask():
    """a is in order: what is hidden there has no part in the sum that a row is divided by. The others are right."""
    return {"a", "b", "c", "d", "f"}


def leaks_blames_all_but_the_second_cut():
    """a and e are in order: what is hidden there has no part in the sum that a row is divided by. The others are
    right."""
    return set("abcdef")


def leaks_the_cut_and_the_turned_mask():
    """These two are right; two are missing. Look at what is written in place of the hidden scores, and over which axis
    the softmax goes."""
    return {"b", "f"}


def leaks_the_axis_and_the_turned_mask():
    """These two are right; two are missing. Work out row 0 of the others: is it exactly 1, 0, 0, ...?"""
    return {"c", "f"}


def leaks_the_cut_and_the_nine():
    """These two are right; two are missing. Look over which axis each softmax goes, and which triangle is hidden."""
    return {"b", "d"}


def leaks_the_nine_and_the_turned_mask():
    """These two are right; two are missing. Work out row 0 of the others: is it exactly 1, 0, 0, ...?"""
    return {"d", "f"}


def leaks_the_cut_and_the_axis():
    """These two are right; two are missing. Look what is written in place of a hidden score, and which triangle is
    hidden."""
    return {"b", "c"}


def letters(answer: Callable) -> frozenset | None:
    """The letters of an answer in no order: a set, a list, or a text such as "a, b".

    Raises:
        Refused: if it holds none.
    """
    given = answer()
    if given is None:
        return None
    text = " ".join(map(str, given)) if isinstance(given, Iterable) else ""
    found = frozenset(re.findall(r"[a-z]", text.lower()))
    if not found:
        raise Refused(f"asked for is a set of letters, such as {{'a', 'g'}}, got {given!r}")
    return found


LEAKS = Exercise(
    id="leaks",
    title="Which ones leak?",
    difficulty=2,
    minutes=15,
    kind="diagnose",
    contract="a set of the letters of those ways in which another last word (its query, key and value) can change what "
    "an earlier row of weights @ v delivers, for scores between -5 and 5.",
    cases=((),),
    tried="all seven",
    hints=(
        "Row 0 sees nothing but itself, so its weights must be 1, 0, 0, ... whatever comes later. What does each way "
        "make of row 0?",
        "Ask what each number is divided by, and whether a later token has a part in that sum.",
        "Or let the machine look: scores of 5 by 5, then another last column, last row and last value, and "
        "compare the first four rows of weights @ v. One way often moves them by less than a "
        "thousandth: use torch.equal.",
    ),
    solution=my_leaks,
    harness=letters,
    mistakes=(
        leaks_all_but_the_first,
        leaks_overlooks_the_axis,
        leaks_overlooks_the_cut,
        leaks_overlooks_the_nine,
        leaks_overlooks_the_turned_mask,
        leaks_blames_the_cut_by_product,
        leaks_blames_the_second_cut,
        leaks_all_of_them,
        leaks_the_right_ones,
        leaks_only_the_turned_mask,
        leaks_only_the_cut,
        leaks_only_the_nine,
        leaks_blames_the_mask,
        leaks_blames_all_but_the_second_cut,
        leaks_the_cut_and_the_turned_mask,
        leaks_the_axis_and_the_turned_mask,
        leaks_the_cut_and_the_nine,
        leaks_the_nine_and_the_turned_mask,
        leaks_the_cut_and_the_axis,
    ),
)
