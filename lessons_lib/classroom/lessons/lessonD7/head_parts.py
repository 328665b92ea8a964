"""An exercise of D7: what each head alone adds to the output of its layer."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson04.shared import made_up, table


def my_head_parts(mixes, W_o):
    # laid side by side, head h meets the rows h * D to (h + 1) * D - 1 of W_o, and no others
    heads, _, d = mixes.shape
    return mixes @ W_o.view(heads, d, -1)  # [H, T, D] @ [H, D, C]


def side_by_side(mixes):
    """[H, T, D] to [T, H * D]"""
    return mixes.transpose(0, 1).flatten(1)


def parts_are_the_whole(mixes, W_o):
    """This is the output of the whole layer, for all heads together. Asked for is what each head adds to it."""
    return side_by_side(mixes) @ W_o


def parts_are_the_whole_each(mixes, W_o):
    """It looks as if every head gets the output of all of them. What does the output become if all mixes but one are
    0?"""
    return (side_by_side(mixes) @ W_o).expand(len(mixes), -1, -1)


def parts_of_columns(mixes, W_o):
    """It looks as if each head got its own columns of W_o. In a product the columns of the mixes meet the rows of W_o:
    head h has D rows of it."""
    return torch.stack([mix @ part.T for mix, part in zip(mixes, W_o.chunk(len(mixes), 1), strict=True)])


def parts_of_columns_as_they_are(mixes, W_o):
    """It looks as if each head got its own columns of W_o, W_o[:, h * D : (h + 1) * D]. In a product the columns of the
    mixes meet the rows of W_o: W_o[h * D : (h + 1) * D]."""
    d = mixes.shape[-1]
    return torch.stack([mix @ W_o[:, head * d : (head + 1) * d] for head, mix in enumerate(mixes)])


def parts_of_the_transpose(mixes, W_o):
    """It looks as if W_o was turned over. It has a row for each of the H * D columns of the mixes already: take it as
    it is."""
    return mixes @ W_o.T.reshape(len(mixes), mixes.shape[-1], -1)


def parts_from_the_last_head_on(mixes, W_o):
    """It looks as if the heads met the rows of W_o from the end: head 0 stands first, and meets its first D rows."""
    return mixes @ W_o.view(len(mixes), mixes.shape[-1], -1).flip(0)


def parts_dealt_like_cards(mixes, W_o):
    """It looks as if head 0 got every H-th row of W_o. Its D columns stand side by side, so the rows that they meet are
    neighbours too: h * D to (h + 1) * D - 1."""
    return torch.stack([mix @ W_o[head :: len(mixes)] for head, mix in enumerate(mixes)])


def parts_of_the_same_rows(mixes, W_o):
    """It looks as if every head met the first D rows of W_o. Head 1 stands to the right of head 0: it meets the next
    D."""
    return mixes @ W_o[: mixes.shape[-1]]


def parts_that_are_left(mixes, W_o):
    """It looks as if these are the outputs with one head switched off. Asked for is what that head adds: the
    difference."""
    return side_by_side(mixes) @ W_o - my_head_parts(mixes, W_o)


def parts_by_token(mixes, W_o):
    """It looks as if tokens come first. Asked for is [H, T, C]: for each head, a row for each token."""
    return my_head_parts(mixes, W_o).transpose(0, 1)


def parts_as_shares(mixes, W_o):
    """It looks as if you divided by the number of heads. The parts are added and not averaged."""
    return my_head_parts(mixes, W_o) / len(mixes)


def parts_of_the_whole_alike(mixes, W_o):
    """It looks as if the output was dealt out in equal shares. Each head adds what its own mix and its own rows of W_o
    give."""
    return (side_by_side(mixes) @ W_o / len(mixes)).expand(len(mixes), -1, -1)


def parts_of_rows_cut_anew(mixes, W_o):
    """It looks as if W_o was viewed as [H, C, D]. Its H * D rows are what is dealt to the heads: view it as
    [H, D, C]."""
    return mixes @ W_o.view(len(mixes), -1, mixes.shape[-1])


def parts_joined_in_the_wrong_order(mixes, W_o):
    """It looks as if the heads were joined in one step. The numbers then stand in the order of memory, and a row gets
    pieces of several tokens: swap the axes H and T first, then join."""
    alone = [torch.zeros_like(mixes) for _ in mixes]
    for head, mix in enumerate(mixes):
        alone[head][head] = mix
    return torch.stack([each.reshape(mixes.shape[1], -1) @ W_o for each in alone])


def parts_without_the_matrix(mixes, W_o):
    """It looks as if these are the mixes, each with zeros in the other heads' columns. Multiply by W_o."""
    parts = torch.zeros(len(mixes), mixes.shape[1], len(W_o))
    d = mixes.shape[-1]
    for head, mix in enumerate(mixes):
        parts[head, :, head * d : (head + 1) * d] = mix
    return parts


HEAD_PARTS = Exercise(
    id="head_parts",
    title="What each head adds",
    difficulty=2,
    minutes=12,
    kind="transfer",
    contract="mixes [H, T, D], what each head has found, and W_o [H * D, C] to [H, T, C]: the output of the layer if "
    "the mixes of all heads but one were 0, for each head in turn. The sum over the heads is the output of the whole "
    "layer.",
    cases=(
        (torch.tensor([[[1.0]], [[2.0]]]), table([3, 4], [5, 7])),
        (
            torch.tensor([[[1.0, 2], [0, 1]], [[3, 0], [1, 1]]]),
            table([1, 0, 2, 0], [0, 1, 0, 3], [2, 1, 0, 1], [0, 5, 1, 0]),
        ),
        (made_up(3, 4, 2), made_up(6, 5)),
        (made_up(1, 3, 4), made_up(4, 2)),
        (made_up(4, 3, 2), made_up(8, 8)),
    ),
    tried="one head to four, one token to four, and tables whose sizes all differ",
    hints=(
        "Side by side, the columns of head 0 stand first. Which rows of W_o do they meet in the product?",
        "You may also put zeros in place of all other heads, join as `Heads` does, and multiply, once for each head.",
        "Head h alone is mixes[h] @ W_o[h * D : (h + 1) * D]. torch.stack makes one tensor of a list of them.",
    ),
    solution=my_head_parts,
    mistakes=(
        parts_are_the_whole,
        parts_are_the_whole_each,
        parts_of_columns,
        parts_of_columns_as_they_are,
        parts_of_the_transpose,
        parts_from_the_last_head_on,
        parts_dealt_like_cards,
        parts_of_the_same_rows,
        parts_that_are_left,
        parts_by_token,
        parts_as_shares,
        parts_of_the_whole_alike,
        parts_of_rows_cut_anew,
        parts_joined_in_the_wrong_order,
        parts_without_the_matrix,
    ),
)
