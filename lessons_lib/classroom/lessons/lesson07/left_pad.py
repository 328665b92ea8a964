"""An exercise of lesson 07: put texts of different lengths into one table."""

from lessons_lib.classroom.exercises import Exercise


def my_left_pad(rows, pad):
    longest = max(map(len, rows))
    table = [[pad] * (longest - len(row)) + row for row in rows]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
    return table, mask


def left_pad_on_the_right(rows, pad):
    """It looks as if the padding stands on the right. The next token goes behind the last column, so that is where all
    texts must end."""
    longest = max(map(len, rows))
    table = [row + [pad] * (longest - len(row)) for row in rows]
    return table, [[1] * len(row) + [0] * (longest - len(row)) for row in rows]


def left_pad_mask_by_value(rows, pad):
    """It looks as if the mask is 0 wherever the padding token stands. The same number may be a real token: go by place,
    and not by value."""
    table, _ = my_left_pad(rows, pad)
    return table, [[int(token != pad) for token in row] for row in table]


def left_pad_mask_upside_down(rows, pad):
    """It looks as if the mask is the wrong way round: 1 stands for a real token, 0 for padding."""
    table, mask = my_left_pad(rows, pad)
    return table, [[1 - real for real in row] for row in mask]


def left_pad_cuts(rows, pad):
    """It looks as if long rows were cut to the length of the shortest. Nothing is thrown away: short rows grow."""
    shortest = min(map(len, rows))
    return [row[-shortest:] for row in rows], [[1] * shortest for _ in rows]


def left_pad_one_too_many(rows, pad):
    """It looks as if there is a column too many: the longest row needs no padding."""
    table, mask = my_left_pad(rows, pad)
    return [[pad, *row] for row in table], [[0, *row] for row in mask]


LEFT_PAD = Exercise(
    id="left_pad",
    title="Put texts of different lengths into one table",
    difficulty=1,
    minutes=6,
    contract="rows, a list of lists of token ids, none empty, and the padding id to (table, mask): lists of lists, all "
    "rows as long as the longest; the mask is 1 at real tokens and 0 at padding.",
    cases=(
        ([[5], [6, 7]], 0),
        ([[1, 2], [3, 4]], 0),
        ([[9, 9, 9], [8], [7, 7]], 2),
        ([[0, 4, 0], [0]], 0),
    ),
    tried="rows of one length and of several, another padding id, and texts that hold the padding id themselves",
    hints=(
        "How many places are empty in a row? The longest length less its own.",
        "[pad] * n is a list of n times pad; lists are joined by +.",
        "The mask has as many zeros as there is padding, then a one for each real token.",
    ),
    solution=my_left_pad,
    mistakes=(
        left_pad_on_the_right,
        left_pad_mask_by_value,
        left_pad_mask_upside_down,
        left_pad_cuts,
        left_pad_one_too_many,
    ),
)
