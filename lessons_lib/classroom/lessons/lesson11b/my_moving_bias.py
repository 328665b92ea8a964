"""An exercise of lesson 11b: a router with a bias that moves."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson11.shared import grid


def my_moving_bias(scores, bias, K, speed):
    chosen = (scores + bias).topk(K, -1).indices  # [N, K]
    load = torch.stack([(chosen == e).sum() for e in range(len(bias))]).float()  # [E]
    return chosen, scores.gather(-1, chosen), bias + speed * (load.mean() - load).sign()


def _moving_bias(scores, bias, K, speed, choose=None, weigh=None, move=None, even=None):
    """The same with the knobs that mistakes turn."""
    wanted = scores + bias
    chosen = (wanted if choose is None else choose(scores, bias)).topk(K, -1).indices
    load = torch.stack([(chosen == e).sum() for e in range(len(bias))]).float()
    mean = load.mean() if even is None else even(load, chosen)
    step = (mean - load).sign() if move is None else move(mean, load)
    weights = (scores if weigh is None else weigh(scores, bias)).gather(-1, chosen)
    return chosen, weights, bias + speed * step


def bias_in_the_weights(scores, bias, K, speed):
    """It looks as if the bias is part of the weights. It counts only where experts are chosen: the answer is weighted
    by the score alone."""
    return _moving_bias(scores, bias, K, speed, weigh=lambda s, b: s + b)


def bias_that_is_not_used(scores, bias, K, speed):
    """It looks as if the bias does not take part in the choice. Chosen is by score plus bias."""
    return _moving_bias(scores, bias, K, speed, choose=lambda s, b: s)


def bias_the_wrong_way(scores, bias, K, speed):
    """It looks as if the bias of busy experts goes up. It goes down, so that fewer tokens choose them."""
    return _moving_bias(scores, bias, K, -speed)


def bias_by_the_distance(scores, bias, K, speed):
    """It looks as if the bias moves by speed times the distance from the mean. Only the direction counts: by speed, up
    or down."""
    return _moving_bias(scores, bias, K, speed, move=lambda mean, load: mean - load)


def bias_with_a_mean_of_tokens(scores, bias, K, speed):
    """It looks as if the even share is N / E. A token is sent to K experts, so it is N * K / E."""
    return _moving_bias(scores, bias, K, speed, even=lambda load, chosen: len(chosen) / len(load))


def bias_that_never_rests(scores, bias, K, speed):
    """It looks as if an expert with exactly its even share is moved. Its bias stays as it was."""
    return _moving_bias(scores, bias, K, speed, move=lambda mean, load: torch.where(load > mean, -1.0, 1.0))


def bias_that_never_rests_below(scores, bias, K, speed):
    """It looks as if an expert with exactly its even share is moved. Its bias stays as it was."""
    return _moving_bias(scores, bias, K, speed, move=lambda mean, load: torch.where(load < mean, 1.0, -1.0))


def bias_that_only_falls(scores, bias, K, speed):
    """It looks as if only the busy experts are moved. Those with less than their share go up by as much."""
    return _moving_bias(scores, bias, K, speed, move=lambda mean, load: -(load > mean).float())


def bias_that_forgets(scores, bias, K, speed):
    """It looks as if the new bias begins at 0. It is the old one, moved."""
    return (*my_moving_bias(scores, bias, K, speed)[:2], my_moving_bias(scores, bias, K, speed)[2] - bias)


def bias_of_the_first_choice(scores, bias, K, speed):
    """It looks as if only each token's first expert is counted. All K of them have work."""
    chosen, weights, _ = my_moving_bias(scores, bias, K, speed)
    load = torch.stack([(chosen[:, 0] == e).sum() for e in range(len(bias))]).float()
    return chosen, weights, bias + speed * (load.mean() - load).sign()


MOVING_BIAS = Exercise(
    id="my_moving_bias",
    title="A bias that moves",
    difficulty=2,
    minutes=12,
    kind="transfer",
    contract="scores [N, E] above 0, bias [E], K and speed, to three tensors: chosen [N, K], each token's K experts "
    "with the largest score plus bias, the largest first; weights [N, K], their scores without the bias; and the new "
    "bias [E]: lower by speed where an expert was chosen more often than the mean, higher by speed where less often, "
    "as it was where exactly as often. No two sums of a token are equal.",
    cases=(
        (grid((0.9, 0.2)), torch.tensor([0.0, 0.0]), 1, 0.1),
        (grid((0.6, 0.5), (0.7, 0.1), (0.55, 0.4)), torch.tensor([-0.1, 0.1]), 1, 0.25),
        (
            grid((0.9, 0.8, 0.1), (0.7, 0.2, 0.6), (0.3, 0.75, 0.5), (0.15, 0.4, 0.85)),
            torch.tensor([0.0, 0.25, -0.125]),
            2,
            0.125,
        ),
        (
            grid((0.9, 0.3, 0.6, 0.1), (0.8, 0.7, 0.2, 0.4), (0.65, 0.5, 0.9, 0.35), (0.95, 0.6, 0.45, 0.2)),
            torch.tensor([-0.3, 0.1, 0.0, 0.2]),
            2,
            0.05,
        ),
        (grid((0.5, 0.6, 0.7, 0.8), (0.8, 0.1, 0.3, 0.2)), torch.tensor([0.5, 0.0, -0.5, 0.25]), 3, 1.0),
    ),
    tried="one, two and three experts a token, a bias that changes the choice, an expert that is exactly even",
    hints=(
        "(scores + bias).topk(K, -1) has .values and .indices; the indices are chosen.",
        "scores.gather(-1, chosen) takes the scores at those places.",
        "Count each expert in chosen; the mean count is N * K / E. torch.sign gives -1, 0 or 1.",
    ),
    solution=my_moving_bias,
    mistakes=(
        bias_in_the_weights,
        bias_that_is_not_used,
        bias_the_wrong_way,
        bias_by_the_distance,
        bias_with_a_mean_of_tokens,
        bias_that_never_rests,
        bias_that_never_rests_below,
        bias_that_only_falls,
        bias_that_forgets,
        bias_of_the_first_choice,
    ),
)
