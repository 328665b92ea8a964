"""An exercise of lesson 04b: a window that moves along."""

import torch

from lessons_lib.classroom.exercises import Exercise


def my_sliding_window(tokens, window):
    i = torch.arange(tokens)[:, None]  # [T, 1]
    j = torch.arange(tokens)  # [T]
    return (j <= i) & (j > i - window)


def distance(tokens):
    """How far column j lies behind row i: [T, T]."""
    return torch.arange(tokens)[:, None] - torch.arange(tokens)


def sliding_one_too_many(tokens, window):
    """It looks as if each token sees one too many: the token itself is one of the `window`, so j > i - window."""
    return (distance(tokens) >= 0) & (distance(tokens) <= window)


def sliding_without_itself(tokens, window):
    """It looks as if a token does not see itself: it is the first of the `window` it may see."""
    return (distance(tokens) > 0) & (distance(tokens) <= window)


def sliding_both_ways(tokens, window):
    """It looks as if the window reaches into the future: column j must not lie behind row i."""
    return distance(tokens).abs() < window


def sliding_into_the_future(tokens, window):
    """It looks as if the past has no end and the future is open: hide j > i and j <= i - window."""
    return distance(tokens) < window


def sliding_without_an_end(tokens, window):
    """It looks as if each token sees the whole past: it sees the last `window` tokens only."""
    return distance(tokens) >= 0


def sliding_in_chunks(tokens, window):
    """It looks as if the text is cut into pieces of `window` tokens. That is the chunked mask; a window moves along
    with the token."""
    piece = torch.arange(tokens) // window
    return (distance(tokens) >= 0) & (piece[:, None] == piece)


def sliding_to_be_added(tokens, window):
    """It looks as if you made numbers to add to the scores: 0 and minus infinity. Asked for is True, or 1, where a
    token may look, and False, or 0, elsewhere."""
    return torch.zeros(tokens, tokens).masked_fill(~my_sliding_window(tokens, window), -torch.inf)


def sliding_inside_out(tokens, window):
    """It looks as if True stands where a token may not look. Here it stands where it may."""
    return ~my_sliding_window(tokens, window)


def sliding_on_its_side(tokens, window):
    """It looks as if rows and columns are swapped: row i says what token i may look at, so the open places lie on the
    diagonal and left of it."""
    return my_sliding_window(tokens, window).T


def sliding_of_the_last(tokens, window):
    """It looks as if all tokens see the last `window` of the whole text. Each has a window of its own, which ends with
    itself."""
    return (distance(tokens) >= 0) & (torch.arange(tokens) >= tokens - window)


def sliding_above_the_diagonal(tokens, window):
    """It looks as if triu got the window as it is, which keeps what lies above the diagonal. The columns that are kept
    reach from `window - 1` left of the diagonal to the diagonal, and left of it counts as negative."""
    return torch.ones(tokens, tokens).tril().triu(window)


def sliding_by_three(tokens, window):
    """It looks as if the window is always 3: it comes as an argument."""
    return my_sliding_window(tokens, 3)


def sliding_by_and(tokens, window):
    """`and` asks for one truth value, and a table has many. Join the two conditions by &, each in brackets."""
    return (distance(tokens) >= 0) and (distance(tokens) < window)


SLIDING = Exercise(
    id="sliding_window",
    title="A window that moves along",
    difficulty=2,
    minutes=6,
    contract="a number of tokens T and a window from 1 to a mask [T, T]: True (or 1) where token i may look at "
    "token j, which are the last `window` tokens up to and with itself.",
    cases=((1, 1), (3, 1), (3, 2), (5, 3), (6, 3), (4, 9)),
    tried="windows of 1, 2 and 3, and one that is wider than the text",
    hints=(
        "Write down row 4 for a window of 3: which columns are open?",
        "torch.arange(T)[:, None] counts the rows and torch.arange(T) the columns; comparing them gives [T, T].",
        "Two conditions, joined by &: not the future, and not too far back.",
    ),
    solution=my_sliding_window,
    mistakes=(
        sliding_one_too_many,
        sliding_without_itself,
        sliding_both_ways,
        sliding_into_the_future,
        sliding_without_an_end,
        sliding_in_chunks,
        sliding_to_be_added,
        sliding_inside_out,
        sliding_on_its_side,
        sliding_of_the_last,
        sliding_above_the_diagonal,
        sliding_by_three,
        sliding_by_and,
    ),
)
