"""An exercise of appendix A3: mend three faults of shape and dtype in one short program."""

import torch
from torch.nn import functional as F

from lessons_lib.classroom.exercises import Exercise


def my_mean_rows(table, lists):
    return torch.stack([table[torch.tensor(ids)].float().mean(0) for ids in lists])


def mean_of_ragged_lists(table, lists):
    """It looks as if all lists still go into one tensor. A tensor has no rows of different lengths: make one of each
    list."""
    return table[torch.tensor(lists)].float().mean(1)


def mean_of_whole_numbers(table, lists):
    """It looks as if whole numbers go into mean, which refuses them. Make them floats first: .float()."""
    return torch.stack([table[torch.tensor(ids)].mean(0) for ids in lists])


def mean_over_the_lists(table, lists):
    """It looks as if you took the mean over the lists: each list should have a mean of its own."""
    return torch.stack([table[torch.tensor(ids)].float() for ids in lists]).mean(0)


def mean_over_the_columns(table, lists):
    """It looks as if you took the mean along the other axis, over the numbers of a row. Of a table [T, C], mean(0) goes
    over the T rows."""
    return [table[torch.tensor(ids)].float().mean(1) for ids in lists]


def mean_of_filled_lists(table, lists):
    """It looks as if short lists were filled up with the id 0, whose row then counts. Take the mean of each list's own
    rows."""
    longest = max(map(len, lists))
    filled = torch.tensor([[*ids, *[0] * (longest - len(ids))] for ids in lists])
    return table[filled].float().mean(1)


def mean_of_cut_lists(table, lists):
    """It looks as if long lists were cut to the length of the shortest. All ids of a list count."""
    shortest = min(map(len, lists))
    return table[torch.tensor([ids[:shortest] for ids in lists])].float().mean(1)


def sums_of_rows(table, lists):
    """It looks as if you gave the sums. Divide each by the number of ids in its list."""
    return torch.stack([table[torch.tensor(ids)].float().sum(0) for ids in lists])


def sums_by_the_longest(table, lists):
    """It looks as if every sum was divided by the same number. Divide each by the length of its own list."""
    return sums_of_rows(table, lists) / max(map(len, lists))


def means_of_sets(table, lists):
    """It looks as if an id that comes twice counts once. It counts each time."""
    return my_mean_rows(table, [sorted(set(ids)) for ids in lists])


def means_rounded_down(table, lists):
    """It looks as if the means are whole numbers: // rounds down. Use floats."""
    return torch.stack([table[torch.tensor(ids)].sum(0) // len(ids) for ids in lists])


def mean_of_all(table, lists):
    """It looks as if all lists got one mean together. Each has its own: [N, C]."""
    return table[torch.tensor([i for ids in lists for i in ids])].float().mean(0)


TABLE = torch.tensor([[2.0, 0.0], [4.0, 1.0], [9.0, 5.0]])
MEAN_ROWS = Exercise(
    id="mean_rows",
    kind="diagnose",
    title="Mend the shapes",
    difficulty=2,
    minutes=8,
    contract="a table [V, C] of floats or whole numbers and a list of N lists of ids, each with one id or more, to "
    "floats [N, C]: for each list the mean of the rows that its ids name, an id that comes twice counted twice",
    cases=(
        (TABLE, [[1]]),
        (TABLE, [[0, 1], [2, 1]]),
        (TABLE, [[1], [0, 2, 2]]),
        (torch.tensor([[1, 2, 3], [4, 6, 9]]), [[0, 1], [1]]),
        (F.one_hot(torch.arange(4)), [[3, 1], [0, 0, 1, 2], [2]]),
    ),
    tried="lists of one length and of several, ids that come twice, floats and whole numbers",
    hints=(
        "Run it on two lists of different lengths and read the error's last line. Then on a table of whole numbers.",
        "Make the mean of one list first: table[torch.tensor(ids)] is [T, C]. Which axis does mean take?",
        "torch.stack puts the means of all lists below each other.",
    ),
    solution=my_mean_rows,
    mistakes=(
        mean_of_ragged_lists,
        mean_of_whole_numbers,
        mean_over_the_lists,
        mean_over_the_columns,
        mean_of_filled_lists,
        mean_of_cut_lists,
        sums_of_rows,
        sums_by_the_longest,
        means_of_sets,
        means_rounded_down,
        mean_of_all,
    ),
)
