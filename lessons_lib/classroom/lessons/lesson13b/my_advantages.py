"""An exercise of lesson 13b: how much better than its group an answer did."""

import torch

from lessons_lib.classroom.exercises import Exercise


def my_advantages(rewards, size):
    groups = rewards.view(-1, size)  # [P, G]
    better = groups - groups.mean(-1, keepdim=True)
    return (better / (groups.std(-1, keepdim=True) + 1e-4)).flatten()


def advantages_without_baseline(rewards, size):
    """It looks as if the group's mean is not taken away. An advantage says how much better than the others of its group
    an answer did."""
    groups = rewards.view(-1, size)
    return (groups / (groups.std(-1, keepdim=True) + 1e-4)).flatten()


def advantages_with_n(rewards, size):
    """It looks as if the squares were divided by G. Asked for is the standard deviation with G - 1, which is what
    torch's std takes and np.std does not."""
    groups = rewards.view(-1, size)
    better = groups - groups.mean(-1, keepdim=True)
    return (better / (groups.std(-1, correction=0, keepdim=True) + 1e-4)).flatten()


def advantages_by_the_variance(rewards, size):
    """It looks as if you divided by the variance. Its root is the standard deviation."""
    groups = rewards.view(-1, size)
    better = groups - groups.mean(-1, keepdim=True)
    return (better / (groups.var(-1, keepdim=True) + 1e-4)).flatten()


def advantages_without_division(rewards, size):
    """It looks as if nothing is divided by the group's standard deviation."""
    groups = rewards.view(-1, size)
    return (groups - groups.mean(-1, keepdim=True)).flatten()


def advantages_of_the_batch(rewards, size):
    """It looks as if all groups were taken together. Mean and standard deviation are those of each group, so that an
    answer is compared with answers to the same problem."""
    return (rewards - rewards.mean()) / (rewards.std() + 1e-4)


def advantages_by_the_batchs_spread(rewards, size):
    """It looks as if the standard deviation is that of the whole batch. Asked for is that of each group."""
    groups = rewards.view(-1, size)
    return ((groups - groups.mean(-1, keepdim=True)) / (rewards.std() + 1e-4)).flatten()


def advantages_without_the_small_number(rewards, size):
    """It looks as if the 0.0001 is missing: a group in which all did equally well divides 0 by 0."""
    groups = rewards.view(-1, size)
    return ((groups - groups.mean(-1, keepdim=True)) / groups.std(-1, keepdim=True)).flatten()


def advantages_by_the_root(rewards, size):
    """It looks as if the 0.0001 stands under the root. It is added to the standard deviation."""
    groups = rewards.view(-1, size)
    better = groups - groups.mean(-1, keepdim=True)
    return (better / (groups.var(-1, keepdim=True) + 1e-4).sqrt()).flatten()


def advantages_with_another_small_number(rewards, size):
    """It looks as if something else than 0.0001 is added to the standard deviation, or only where it is 0. It is always
    added, and is 0.0001."""
    groups = rewards.view(-1, size)
    better = groups - groups.mean(-1, keepdim=True)
    return (better / groups.std(-1, keepdim=True).clamp(min=1e-4)).flatten()


def advantages_against_the_others(rewards, size):
    """It looks as if an answer is compared with the mean of the others (leave-one-out, RLOO). Here the mean is that of
    the whole group, the answer itself included."""
    groups = rewards.view(-1, size)
    others = (groups.sum(-1, keepdim=True) - groups) / (size - 1)
    return ((groups - others) / (groups.std(-1, keepdim=True) + 1e-4)).flatten()


def advantages_in_rows_of_p(rewards, size):
    """It looks as if view(size, -1) makes the groups: G rows of P. A group has G rewards, so it is view(-1, size)."""
    groups = rewards.view(size, -1)
    better = groups - groups.mean(-1, keepdim=True)
    spread = (better.square().sum(-1, keepdim=True) / (groups.shape[1] - 1)).sqrt()
    return (better / (spread + 1e-4)).flatten()


def advantages_of_columns(rewards, size):
    """It looks as if the groups are read across: the first G rewards belong to the first problem, the next G to the
    second."""
    groups = rewards.view(size, -1)
    return ((groups - groups.mean(0)) / (groups.std(0) + 1e-4)).flatten()


def advantages_in_groups(rewards, size):
    """It looks as if you gave back groups [P, G]. Asked for is one row, [N]."""
    return my_advantages(rewards, size).view(-1, size)


def _rewards(*numbers):
    return torch.tensor(numbers, dtype=torch.float64)


ADVANTAGES = Exercise(
    id="my_advantages",
    title="Better than the group",
    difficulty=1,
    minutes=8,
    kind="rebuild",
    contract="rewards [N] and size G to the advantages [N]: of each reward the mean of its group taken away, divided "
    "by the group's standard deviation (with G - 1) plus 0.0001. The first G rewards are the first group, the next G "
    "the second, and so on.",
    cases=(
        (_rewards(1, 0), 2),
        (_rewards(1, 1), 2),
        (_rewards(1, 0, 0, 0), 4),
        (_rewards(1, 0, 0, 0, 1, 1, 1, 1, 0.5, 0, 2, -1), 4),
        (_rewards(0.01, 0, 0, 0), 4),
        (_rewards(1, 0, 1, 5, 6, 9), 3),
    ),
    tried="a pair, equal rewards, one right answer of four, three groups, rewards that hardly differ, and a group that "
    "is paid more than another",
    hints=(
        "rewards.view(-1, size) makes a row of each group, [P, G].",
        "mean(-1, keepdim=True) and std(-1, keepdim=True) have the shape [P, 1]. torch's std divides by G - 1.",
        "Flatten at the end.",
    ),
    solution=my_advantages,
    mistakes=(
        advantages_without_baseline,
        advantages_with_n,
        advantages_by_the_variance,
        advantages_without_division,
        advantages_of_the_batch,
        advantages_by_the_batchs_spread,
        advantages_without_the_small_number,
        advantages_by_the_root,
        advantages_with_another_small_number,
        advantages_against_the_others,
        advantages_in_rows_of_p,
        advantages_of_columns,
        advantages_in_groups,
    ),
)
