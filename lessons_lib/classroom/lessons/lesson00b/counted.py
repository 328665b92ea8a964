"""An exercise of lesson 00b: which letter follows which, as a table whose rows sum to 1."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson00b.names import LETTERS as letters


def my_counted(names):
    counts = torch.zeros(27, 27)
    for name in names:
        ids = [letters.index(letter) for letter in f".{name}."]
        for place in range(1, len(ids)):
            counts[ids[place - 1], ids[place]] += 1
    totals = counts.sum(1, keepdim=True)  # [27, 1]
    totals[totals == 0] = 1  # a letter that never comes: 0 / 1 is 0, and 0 / 0 is nan
    return counts / totals


def _counts(names, before=".", behind="."):
    counts = torch.zeros(27, 27)
    for name in names:
        ids = [letters.index(letter) for letter in f"{before}{name}{behind}"]
        for place in range(1, len(ids)):
            counts[ids[place - 1], ids[place]] += 1
    return counts


def _shares(counts):
    return counts / counts.sum(1, keepdim=True).clamp(min=1)


def counted_not_shared(names):
    """It looks as if these are counts: divide each row by its total."""
    return _counts(names)


def counted_by_columns(names):
    """It looks as if each column sums to 1, not each row. Without keepdim=True counts.sum(1) is [27], not [27, 1], and
    meets the columns in silence (section 5). Or was dim=0 summed?"""
    return _counts(names) / _counts(names).sum(1).clamp(min=1)


def counted_by_columns_with_nan(names):
    """It looks as if each column sums to 1, not each row. Without keepdim=True counts.sum(1) is [27], not [27, 1], and
    meets the columns in silence (section 5). Or was dim=0 summed? And 0 / 0 is nan: make a total of 0 a 1 before."""
    return _counts(names) / _counts(names).sum(1)


def counted_with_nan(names):
    """Right but for the letters that never come: 0 / 0 is nan. A mask can make a total of 0 a 1 before you divide."""
    return _counts(names) / _counts(names).sum(1, keepdim=True)


def counted_backwards(names):
    """It looks as if rows and columns are exchanged: the row is the letter that is there, the column the one that
    follows."""
    return _shares(_counts(names).T)


def counted_without_beginnings(names):
    """It looks as if the first letter follows nothing. It follows the `.` before the name: without row 0 nobody knows
    how a name begins."""
    return _shares(_counts(names, before=""))


def counted_without_ends(names):
    """It looks as if nothing follows the last letter. The `.` does: without it no name would ever end."""
    return _shares(_counts(names, behind=""))


def counted_inside_only(names):
    """It looks as if you counted inside the names only. A `.` stands before the first letter and behind the last."""
    return _shares(_counts(names, before="", behind=""))


def counted_once(names):
    """It looks as if each pair was noted once, however often it comes: `+= 1` counts, `= 1` only ticks off."""
    return _shares(_counts(names).clamp(max=1))


def counted_once_in_a_name(names):
    """It looks as if a pair that comes twice in one name was counted once. A set holds each pair once, and
    `counts[i, j] += 1` with whole lists of places adds once per cell: count in a loop, pair by pair."""
    return _shares(sum((_counts([name]).clamp(max=1) for name in names), torch.zeros(27, 27)))


def counted_without_overlaps(names):
    """It looks as if text.count was asked, which finds *aa* once in *aaa*: a letter may end one pair and begin the
    next. Go through the places one by one."""
    counts = torch.zeros(27, 27)
    for text in (f".{name}." for name in names):
        for before, following in set(pairwise(text)):
            counts[letters.index(before), letters.index(following)] += text.count(before + following)
    return _shares(counts)


def counted_in_one_text(names):
    """It looks as if the names were joined without a `.` between: the last letter of one is not followed by the first
    of the next. Each name has its own `.` before and behind."""
    return _shares(_counts(["".join(names)]))


def counted_with_softmax(names):
    """It looks as if softmax made chances of the counts. Shares are wanted: each count divided by the row's total."""
    return _counts(names).softmax(-1)


def counted_in_whole_numbers(names):
    """It looks as if the shares were put into a table of whole numbers, where 0.5 becomes 0: torch.zeros(27, 27) makes
    one with a point, and dtype=torch.long or // takes it away."""
    return _shares(_counts(names)).trunc()


def counted_with_a_as_0(names):
    """It looks as if a was letter 0 and the `.` the last. The `.` is 0 and a is 1: take the places in `letters`."""
    return my_counted(names).roll((-1, -1), (0, 1))


def counted_as_a_share_of_all(names):
    """It looks as if you divided by the number of all pairs. Each row has a total of its own."""
    return _counts(names) / _counts(names).sum()


def counted_in_one_name(names):
    """It looks as if only the first name was counted. Does the return stand inside the loop?"""
    return my_counted(names[:1])


def counted_without_equal_names(names):
    """It looks as if a name that comes twice was counted once: go through all the names that were handed over, without
    set(...)."""
    return _shares(_counts(dict.fromkeys(names)))


def counted_from_ones(names):
    """It looks as if your table began with ones: then letters that never follow get a share too. Begin with
    torch.zeros(27, 27)."""
    return _shares(_counts(names) + 1)


def counted_in_the_last_name(names):
    """It looks as if only the last name was counted. Is the table of zeros made anew in each round?"""
    return my_counted(names[-1:])


def by_letter(answer: Callable, names: Sequence[str]) -> object:
    """What a learner's table says, such as `{"after b": {"o": 1.0}}`; anything else but a table as it is."""
    given = answer(list(names))
    try:
        table = torch.as_tensor(given, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        return given
    if table.shape != (27, 27):
        return given
    said = {f"after {letter}": _row(row) for letter, row in zip(letters, table.tolist(), strict=True)}
    return {letter: row for letter, row in said.items() if row}


def _row(row: list[float]) -> dict[str, float] | float:
    """The cells of a row that are not 0; nan alone if no cell holds a number."""
    if all(math.isnan(share) for share in row):
        return math.nan
    return {letter: share for letter, share in zip(letters, row, strict=True) if not abs(share) < 1e-6}


COUNTED = Exercise(
    id="counted",
    title="Which letter follows which",
    difficulty=2,
    minutes=16,
    kind="transfer",
    contract="a list of names in the letters a to z to a table [27, 27]. Row i says what follows letter i in these "
    "names: the share of each letter, so that the row sums to 1. Letter 0 is the `.` that stands once before each name "
    "and once behind it. The row of a letter that never comes is all 0.",
    cases=(
        (["bo"],),
        (["ada"],),
        (["ada", "ben"],),
        (["barbara", "anastasia"],),
        (["mia", "ian", "mia"],),
        (["anna", "hannah", "aaa"],),
    ),
    tried="one name, the same pair twice in a name, a name that comes twice, doubled letters, "
    " and rows of letters that never come",
    hints=(
        "Three steps: a table of zeros, one loop over the names and one over the pairs of a name, a division by row.",
        "f'.{name}.' has both marks. All letters but the last, and all but the first: section 2 pairs them.",
        "totals = counts.sum(1, keepdim=True) is [27, 1]; totals[totals == 0] = 1 writes where a mask is True.",
    ),
    solution=my_counted,
    mistakes=(
        counted_not_shared,
        counted_by_columns,
        counted_by_columns_with_nan,
        counted_with_nan,
        counted_backwards,
        counted_without_beginnings,
        counted_without_ends,
        counted_inside_only,
        counted_once,
        counted_once_in_a_name,
        counted_without_overlaps,
        counted_in_one_text,
        counted_with_softmax,
        counted_in_whole_numbers,
        counted_with_a_as_0,
        counted_as_a_share_of_all,
        counted_in_one_name,
        counted_in_the_last_name,
        counted_without_equal_names,
        counted_from_ones,
    ),
    harness=by_letter,
)
