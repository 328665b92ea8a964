"""An exercise of lesson 06: back to the file's order."""

import torch

from lessons_lib.classroom.exercises import Exercise


def my_interleaved(rows, head_dim):
    halves = rows.reshape(-1, 2, head_dim // 2, rows.shape[1])
    return halves.transpose(1, 2).reshape(rows.shape)


def interleaved_other_way(rows, head_dim):
    """It looks as if you went the other way, from neighbours to halves. Here the halves are given."""
    pairs = rows.reshape(-1, head_dim // 2, 2, rows.shape[1])
    return pairs.transpose(1, 2).reshape(rows.shape)


def interleaved_one_head(rows, head_dim):
    """It looks as if all rows are one head. Every head has its own halves."""
    return my_interleaved(rows, len(rows))


def interleaved_not(rows, head_dim):
    """It looks as if nothing has moved: the shape is right, the order of the rows is the old one."""
    return rows.reshape(rows.shape)


def interleaved_first_head_only(rows, head_dim):
    """It looks as if only the first head is sorted. The rows hold several heads, head_dim rows each."""
    return torch.cat((my_interleaved(rows[:head_dim], head_dim), rows[head_dim:]))


def interleaved_second_first(rows, head_dim):
    """It looks as if the second half comes first in each pair. Row i of the first half comes before its partner."""
    halves = rows.reshape(-1, 2, head_dim // 2, rows.shape[1]).flip(1)
    return halves.transpose(1, 2).reshape(rows.shape)


def interleaved_takes_heads(rows, head_dim):
    """It looks as if head_dim is taken for the number of heads. It is the number of rows in one head."""
    return my_interleaved(rows, len(rows) // head_dim)


def interleaved_columns(rows, head_dim):
    """It looks as if you sorted the columns. A row is one coordinate of a query; the columns are its inputs."""
    return my_interleaved(rows.T, min(head_dim, rows.shape[1])).T


def numbered(rows: int, columns: int) -> torch.Tensor:
    """A matrix whose entries tell where they stood: row 2, column 1 holds 2.1."""
    return torch.arange(float(rows))[:, None] + torch.arange(float(columns)) / 10


INTERLEAVE_ROWS = Exercise(
    id="interleave_rows",
    title="Back to the file's order",
    difficulty=2,
    minutes=8,
    kind="transfer",
    contract="rows [heads * D, C], in each head the pairs i and i + D/2, to rows in which the pairs are neighbours, "
    "2i and 2i + 1.",
    cases=(
        (numbered(4, 2), 4),
        (numbered(6, 2), 6),
        (numbered(8, 2), 4),
        (numbered(16, 4), 8),
        (numbered(18, 2), 6),
    ),
    tried="one head and several, of width 4, 6 and 8",
    hints=(
        "Write the wanted order of the rows of a head of width 6 on paper: 0, 3, 1, 4, 2, 5.",
        "Cut the rows into [heads, 2, D/2, C]: which half, and which place in it.",
        "Swap the two middle axes with transpose(1, 2) and reshape to the old shape.",
    ),
    solution=my_interleaved,
    mistakes=(
        interleaved_other_way,
        interleaved_one_head,
        interleaved_not,
        interleaved_first_head_only,
        interleaved_second_first,
        interleaved_takes_heads,
        interleaved_columns,
    ),
)
