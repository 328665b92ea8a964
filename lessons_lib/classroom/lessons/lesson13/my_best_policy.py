"""An exercise of lesson 13: the best chances for a reward and a price of moving away."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson13.chances import best_policy


def my_best_policy(reference, rewards, beta):
    return (reference.log() + rewards / beta).softmax(-1)  # the logarithms: exp(reward / beta) may be endless


def policy_without_reference(reference, rewards, beta):
    """It looks as if the old chances don't count. Each answer begins from its chance in the reference."""
    return (rewards / beta).softmax(-1)


def policy_times_beta(reference, rewards, beta):
    """It looks as if the rewards are multiplied by beta. They are divided by it: a high price keeps the model near."""
    return best_policy(reference, rewards, 1 / beta)


def policy_without_beta(reference, rewards, beta):
    """It looks as if beta is left out."""
    return best_policy(reference, rewards, 1.0)


def policy_that_does_not_add_up(reference, rewards, beta):
    """It looks as if the numbers don't add up to 1. Divide them by their sum."""
    return reference * torch.exp(rewards / beta)


def policy_of_the_best_alone(reference, rewards, beta):
    """It looks as if the answer with the highest reward gets everything. That is so only where moving away costs
    nothing."""
    return torch.eye(len(rewards), dtype=rewards.dtype)[rewards.argmax()]


def policy_with_added_reference(reference, rewards, beta):
    """It looks as if the reference is added inside the softmax as a chance. Its logarithm is what belongs there."""
    return (reference + rewards / beta).softmax(-1)


def policy_of_a_softmax_times_reference(reference, rewards, beta):
    """It looks as if you multiplied with a softmax, and the result adds up to less than 1. Multiply first, divide by
    the sum at the end."""
    return reference * (rewards / beta).softmax(-1)


def policy_that_overflows(reference, rewards, beta):
    """It looks as if exp(reward / beta) becomes endless or 0 at a low price, and the result is no number, or not the
    right one. Add logarithms, ln reference + reward / beta, and take their softmax."""
    weights = reference * torch.exp(rewards / beta)
    return weights / weights.sum()


def policy_that_overflows_to_0(reference, rewards, beta):
    return policy_that_overflows(reference, rewards, beta).nan_to_num()


def policy_clamped(reference, rewards, beta):
    return policy_that_overflows(reference, (rewards / beta).clamp(-100, 100), 1.0)


def policy_from_the_lowest(reference, rewards, beta):
    return policy_that_overflows(reference, rewards - rewards.min(), beta)


policy_that_overflows_to_0.__doc__ = policy_from_the_lowest.__doc__ = policy_clamped.__doc__ = (
    policy_that_overflows.__doc__
)


def policy_by_costs(reference, rewards, beta):
    """It looks as if there is a minus in the exponent. A higher reward makes an answer likelier."""
    return best_policy(reference, -rewards, beta)


def policy_by_plain_rewards(reference, rewards, beta):
    """It looks as if the rewards are multiplied as they are. Take exp of reward / beta."""
    weights = reference * rewards / beta
    return weights / weights.sum()


def _row(*numbers):
    return torch.tensor(numbers, dtype=torch.float64)


BEST = Exercise(
    id="my_best_policy",
    title="The best chances",
    difficulty=2,
    minutes=8,
    kind="transfer",
    contract="reference [N], chances above 0 that add up to 1, rewards [N] and beta above 0 to the chances [N] that "
    "make the mean reward minus beta times KL largest. They add up to 1, however low beta is.",
    cases=(
        (_row(0.5, 0.5), _row(1, 0), 1.0),
        (_row(0.5, 0.3, 0.2), _row(0, 1, 2), 0.5),
        (_row(0.7, 0.2, 0.1), _row(-1, -1, -1), 2.0),
        (_row(0.1, 0.2, 0.3, 0.4), _row(3, -2, 0.5, 1), 4.0),
        (_row(0.6, 0.4), _row(9, 8.99), 0.01),
        (_row(0.6, 0.4), _row(-9, -8.99), 0.01),
        (_row(0.2, 0.5, 0.3), _row(9, -9, 8.99), 0.01),
    ),
    tried="two answers, a low price, equal rewards, four answers at a high price, a price so low "
    "that exp overflows, or comes out as 0",
    hints=(
        "Section 3 has it as a formula: each old chance times exp(reward / beta).",
        "Then divide by the sum of all of them; that sum is Z.",
        "At a low price exp(reward / beta) is endless. A softmax divides by the sum, too, and never overflows: into it "
        "goes the logarithm of what you would have divided.",
    ),
    solution=my_best_policy,
    mistakes=(
        policy_without_reference,
        policy_times_beta,
        policy_without_beta,
        policy_that_does_not_add_up,
        policy_of_the_best_alone,
        policy_with_added_reference,
        policy_of_a_softmax_times_reference,
        policy_by_plain_rewards,
        policy_by_costs,
        policy_that_overflows,
        policy_that_overflows_to_0,
        policy_clamped,
        policy_from_the_lowest,
    ),
)
