"""An exercise of lesson 03: find the table on which a hasty search answers with the row itself."""

import numpy as np

from lessons_lib.classroom.exercises import Exercise

FOUND = "hasty_nearest names the row as its own neighbour"


def hasty_nearest(rows, row, count):
    rows = np.asarray(rows)
    scores = rows @ rows[row]
    return (-scores).argsort(kind="stable")[1 : count + 1].tolist()


def tried_on(answer):
    """What a learner's table and row show.

    Args:
        answer: a function that returns a pair: rows of numbers, and the number of one of them.
    """
    pair = answer()
    if pair is None:
        return None
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        return "not a pair: a list of rows, and the number of a row"
    try:
        table, row = np.array(pair[0], dtype=np.float64), np.asarray(pair[1])
    except (TypeError, ValueError):
        return "rows that are no lists of numbers, all of one length"
    if table.ndim != 2:
        return "a pair whose first part is no table: first a list of rows, then the number of one of them"
    if len(table) < 2 or not table.shape[1]:
        return "a table that does not have two rows or more"
    if not np.isfinite(table).all() or not table.any(1).all():
        return "a row without a direction: all zeros, or no finite numbers"
    if row.ndim or row.dtype.kind not in "iu" or not 0 <= row < len(table):
        return f"a row that is not a number from 0 to {len(table) - 1}"
    with np.errstate(over="ignore", invalid="ignore"):
        scores = table @ table[row]
    if not np.isfinite(scores).all():
        return "numbers so large that a dot product is no finite number"
    [named] = hasty_nearest(table, int(row), 1)
    if named == row:
        return FOUND
    if (-scores).argsort(kind="stable")[0] != row:
        return "it names another row: by dot product the row itself comes third or later"
    lengths = np.linalg.norm(table, axis=1)
    equal = "; all rows are equally long" if np.allclose(lengths, lengths[0]) else ""
    return f"it names another row: by dot product the row itself comes first{equal}"


def my_table():
    return [[1.0, 0.0], [3.0, 1.0]], 0


def rows_of_one_length():
    """Where all rows are equally long, no dot product is higher than a row's with itself. Yours comes first, and to
    drop it is right. What does the search take for granted? (Of two equal rows the earlier comes first.)"""
    return [[1.0, 0.0], [0.0, 1.0]], 0


def the_first_row():
    """No other row comes before the one that you name, so it is rightly dropped. Name a short row, and let a long one
    point nearly the same way."""
    return [[1.0, 0.0], [3.0, 1.0]], 1


def two_longer_rows():
    """Two or more other rows come before yours, so another one is second and is named. Let exactly one come before
    it."""
    return [[1.0, 0.0], [3.0, 1.0], [2.0, 0.0]], 0


OWN_NEIGHBOUR = Exercise(
    id="own_neighbour",
    title="Its own neighbour",
    difficulty=2,
    minutes=6,
    contract="A pair of a list of rows of numbers and the number of a row, such as ([[1, 0], [0, 1]], 0), for which "
    "hasty_nearest with count 1 answers with that row itself. No row is all zeros.",
    cases=((),),
    tried="on your table another row comes before the row itself, and the search drops whatever comes first",
    hints=(
        "The search drops whatever comes first. When does the row itself not come first?",
        "The dot product of (1, 0) with itself is 1. Which arrows have a higher dot product with it?",
        "Two rows are enough: a short one, and a long one that points nearly the same way. Name the short one.",
    ),
    solution=my_table,
    mistakes=(rows_of_one_length, the_first_row, two_longer_rows),
    kind="diagnose",
    harness=tried_on,
)
