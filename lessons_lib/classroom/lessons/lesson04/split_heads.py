"""An exercise of lesson 04: one table becomes many heads."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson04.shared import made_up, table


def my_split_heads(x, heads):
    tokens, width = x.shape
    return x.view(tokens, heads, width // heads).transpose(0, 1)


def split_in_the_wrong_order(x, heads):
    """It looks as if you made the shape [H, T, D] in one step. The numbers are then dealt out in the order of memory,
    token by token, and a head gets pieces of several tokens: view as [T, H, D] first, then swap the two axes."""
    return x.reshape(heads, len(x), -1)


def split_not_swapped(x, heads):
    """It looks as if the result is [T, H, D]: swap the first two axes, so that each head has all tokens."""
    return x.view(len(x), heads, -1)


def split_dealt_like_cards(x, heads):
    """It looks as if head 0 gets every H-th column. A head gets D columns that stand side by side: view as [T, H, D],
    not as [T, D, H]."""
    return x.view(len(x), -1, heads).permute(2, 0, 1)


def split_turned(x, heads):
    """It looks as if the result is [H, D, T]: tokens come before the numbers of one token."""
    return x.view(len(x), heads, -1).permute(1, 2, 0)


def split_by_tokens(x, heads):
    """It looks as if each head gets some of the tokens in full: each head gets all tokens, and some of the columns."""
    return x.reshape(heads, -1, x.shape[1])


def split_by_the_size(x, heads):
    """It looks as if each piece is H columns wide. split asks for the width of a piece, D; chunk for the number, H."""
    return torch.stack(x.split(heads, dim=-1))


SPLIT = Exercise(
    id="split_heads",
    title="One table becomes many heads",
    difficulty=2,
    minutes=3,
    contract="x [T, C] and a number of heads H that divides C to [H, T, D] with D = C / H: head h holds the columns "
    "h * D to (h + 1) * D - 1 of every token.",
    cases=(
        (table([1, 2]), 2),
        (table([1, 2, 3, 4], [5, 6, 7, 8]), 2),
        (table([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]), 3),
        (torch.arange(24.0).view(3, 8), 4),
        (made_up(4, 6), 1),
    ),
    tried="one head to four, and tables whose sizes all differ",
    hints=(
        "The columns of one token are cut into H pieces of D. Which shape says so, without moving anything?",
        "x.view(T, H, D) cuts each token's row. Which axis must come first?",
        "transpose(0, 1) swaps the first two axes.",
    ),
    solution=my_split_heads,
    mistakes=(
        split_in_the_wrong_order,
        split_not_swapped,
        split_dealt_like_cards,
        split_turned,
        split_by_tokens,
        split_by_the_size,
    ),
)
