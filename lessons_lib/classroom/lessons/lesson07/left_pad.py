"""An exercise of lesson 07: put texts of different lengths into one table."""

from lessons_lib.classroom.exercises import Exercise


def my_left_pad(rows, pad):
    longest = max(map(len, rows))
    table = [[pad] * (longest - len(row)) + list(row) for row in rows]
    mask = [[0] * (longest - len(row)) + [1] * len(row) for row in rows]
    places = [[0] * (longest - len(row)) + list(range(len(row))) for row in rows]
    return table, mask, places


def left_pad_on_the_right(rows, pad):
    """It looks as if the padding stands on the right. On the left is asked for: then all texts end in the last column,
    where the scores of each row's next token are read."""
    longest = max(map(len, rows))
    table = [row + [pad] * (longest - len(row)) for row in rows]
    mask = [[1] * len(row) + [0] * (longest - len(row)) for row in rows]
    return table, mask, [list(range(len(row))) + [0] * (longest - len(row)) for row in rows]


def left_pad_always_with_zero(rows, pad):
    """It looks as if short rows are filled up with 0. The padding token has the number `pad`, in each model another."""
    return my_left_pad(rows, 0)


def left_pad_places_of_the_padding(rows, pad):
    """It looks as if padding stands at the place `pad`. That is the number of a token; the place of padding is 0."""
    table, mask, places = my_left_pad(rows, pad)
    both = (zip(*row, strict=True) for row in zip(places, mask, strict=True))
    return table, mask, [[place if real else pad for place, real in row] for row in both]


def left_pad_mask_by_value(rows, pad):
    """It looks as if the mask is 0 wherever the padding token stands. The same number may be a real token: go by place,
    and not by value."""
    table, _, places = my_left_pad(rows, pad)
    return table, [[int(token != pad) for token in row] for row in table], places


def left_pad_mask_and_places_by_value(rows, pad):
    """It looks as if every token that equals the padding is taken for padding. The same number may be a real token: go
    by place, and not by value."""
    table, _, _ = my_left_pad(rows, pad)
    mask = [[int(token != pad) for token in row] for row in table]
    return table, mask, [[max(sum(row[: n + 1]) - 1, 0) for n in range(len(row))] for row in mask]


def left_pad_mask_upside_down(rows, pad):
    """It looks as if the mask is the wrong way round: 1 stands for a real token, 0 for padding."""
    table, mask, places = my_left_pad(rows, pad)
    return table, [[1 - real for real in row] for row in mask], places


def left_pad_places_by_column(rows, pad):
    """It looks as if the places are the columns of the table. Each text counts from its own first token; padding has
    place 0."""
    table, mask, _ = my_left_pad(rows, pad)
    return table, mask, [list(range(len(row))) for row in table]


def left_pad_real_places_by_column(rows, pad):
    """It looks as if a real token's place is its column. Each text counts from its own first token, wherever in the
    table that lies."""
    table, mask, _ = my_left_pad(rows, pad)
    return table, mask, [[n * real for n, real in enumerate(row)] for row in mask]


def left_pad_places_from_one(rows, pad):
    """It looks as if places are counted from 1. The first real token stands at place 0."""
    table, mask, places = my_left_pad(rows, pad)
    return table, mask, [[p + m for p, m in zip(*row, strict=True)] for row in zip(places, mask, strict=True)]


def left_pad_places_below_zero(rows, pad):
    """It looks as if the places of padding are below 0. Nobody looks at them; the contract says 0, which every table of
    positions has."""
    table, mask, places = my_left_pad(rows, pad)
    return table, mask, [[p + m - 1 for p, m in zip(*row, strict=True)] for row in zip(places, mask, strict=True)]


def left_pad_places_by_value(rows, pad):
    """It looks as if a token's place is looked up by row.index(token), which finds the first of equal tokens. Count:
    list(range(len(row)))."""
    table, mask, places = my_left_pad(rows, pad)
    found = [[row.index(token) for token in row] for row in rows]
    return table, mask, [row[: len(row) - len(own)] + own for row, own in zip(places, found, strict=True)]


def left_pad_places_in_the_table_by_value(rows, pad):
    """It looks as if a token's place is looked up by row.index(token), which finds the first of equal tokens. Count:
    list(range(len(row)))."""
    table, mask, _ = my_left_pad(rows, pad)
    return table, mask, [[row.index(token) for token in row] for row in table]


def left_pad_places_less_the_length(rows, pad):
    """It looks as if a place is the column less the length of the row. Take away what stands in front of the row: the
    number of paddings."""
    table, mask, _ = my_left_pad(rows, pad)
    return table, mask, [[max(0, n - len(own)) for n in range(len(row))] for own, row in zip(rows, table, strict=True)]


def left_pad_as_wide_as_the_first(rows, pad):
    """It looks as if the table is as wide as the first row. It must hold the longest, wherever that stands."""
    width = len(rows[0])
    table = [[pad] * (width - len(row)) + row for row in rows]
    mask = [[0] * (width - len(row)) + [1] * len(row) for row in rows]
    return table, mask, [[0] * (width - len(row)) + list(range(len(row))) for row in rows]


def left_pad_cuts(rows, pad):
    """It looks as if long rows were cut to the length of the shortest. Nothing is thrown away: short rows grow."""
    shortest = min(map(len, rows))
    return [row[-shortest:] for row in rows], [[1] * shortest for _ in rows], [list(range(shortest)) for _ in rows]


def left_pad_one_too_many(rows, pad):
    """It looks as if there is a column too many: the longest row needs no padding."""
    table, mask, places = my_left_pad(rows, pad)
    return [[pad, *row] for row in table], [[0, *row] for row in mask], [[0, *row] for row in places]


LEFT_PAD = Exercise(
    id="left_pad",
    title="One table for texts of different lengths",
    difficulty=1,
    minutes=8,
    contract="rows, a list of lists of token numbers, none empty, and the number of the padding token. To (table, "
    "mask, places), three lists of lists, all rows as long as the longest text. The table has the padding on the "
    "left. The mask is 1 at real tokens and 0 at padding. A real token's place is counted from 0 at the first real "
    "token of its row; the place of padding is 0.",
    cases=(
        ([[5], [6, 7]], 0),
        ([[1, 2], [3, 4]], 0),
        ([[9, 9, 9], [8], [7, 7]], 2),
        ([[0, 4, 0], [0]], 0),
        ([[4, 4, 4, 1], [4], [2, 4]], 4),
    ),
    tried="rows of one length and of several, another padding id, and texts that hold the padding id themselves",
    hints=(
        "How many places are empty in a row? The longest length less its own.",
        "[pad] * n is a list of n times pad; lists are joined by +.",
        "list(range(len(row))) counts the places of a row's own tokens.",
    ),
    solution=my_left_pad,
    mistakes=(
        left_pad_on_the_right,
        left_pad_always_with_zero,
        left_pad_places_of_the_padding,
        left_pad_mask_by_value,
        left_pad_mask_and_places_by_value,
        left_pad_mask_upside_down,
        left_pad_places_by_column,
        left_pad_real_places_by_column,
        left_pad_places_from_one,
        left_pad_places_below_zero,
        left_pad_places_by_value,
        left_pad_places_in_the_table_by_value,
        left_pad_places_less_the_length,
        left_pad_as_wide_as_the_first,
        left_pad_cuts,
        left_pad_one_too_many,
    ),
)
