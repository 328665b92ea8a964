"""An exercise of lesson 00b: which letter follows which, as a table whose rows sum to 1."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson00b.names import LETTERS


def my_counted(names):
    counts = torch.zeros(27, 27)
    for name in names:
        ids = [LETTERS.index(letter) for letter in f".{name}."]
        for place in range(1, len(ids)):
            counts[ids[place - 1], ids[place]] += 1
    totals = counts.sum(1, keepdim=True)  # [27, 1]
    totals[totals == 0] = 1  # a letter that never comes: 0 / 1 is 0, and 0 / 0 is nan
    return counts / totals


def _counts(names, before=".", behind="."):
    counts = torch.zeros(27, 27)
    for name in names:
        ids = [LETTERS.index(letter) for letter in f"{before}{name}{behind}"]
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


def counted_as_a_share_of_all(names):
    """It looks as if you divided by the number of all pairs. Each row has a total of its own."""
    return _counts(names) / _counts(names).sum()


def counted_in_one_name(names):
    """It looks as if only the first name was counted. Does the return stand inside the loop?"""
    return my_counted(names[:1])


def counted_in_the_last_name(names):
    """It looks as if only the last name was counted. Is the table of zeros made anew in each round?"""
    return my_counted(names[-1:])


COUNTED = Exercise(
    id="counted",
    title="Which letter follows which",
    difficulty=2,
    minutes=12,
    kind="transfer",
    contract="a list of names in the letters a to z to a table [27, 27]. Row i says what follows letter i in these "
    "names: the share of each letter, so that the row sums to 1. Letter 0 is the `.` that stands once before each name "
    "and once behind it. The row of a letter that never comes is all 0.",
    cases=((["bo"],), (["ada"],), (["ada", "ben"],), (["anna", "hannah", "nan"],), (["mia", "ian", "mia"],)),
    tried="one name, doubled letters, a name that comes twice, and rows of letters that never come",
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
        counted_as_a_share_of_all,
        counted_in_one_name,
        counted_in_the_last_name,
    ),
)
