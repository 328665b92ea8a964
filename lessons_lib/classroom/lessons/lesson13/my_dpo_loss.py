"""An exercise of lesson 13: the loss of DPO."""

import math

import torch
from torch.nn import functional as F

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused


def my_dpo_loss(policy, reference, beta):
    rewards = beta * (policy - reference)
    return -torch.nn.functional.logsigmoid(rewards[:, 0] - rewards[:, 1])


def _loss(policy, reference, beta):
    return -F.logsigmoid(beta * ((policy - reference)[:, 0] - (policy - reference)[:, 1]))


def loss_without_reference(policy, reference, beta):
    """It looks as if the reference is forgotten. What counts is how much more likely an answer has become."""
    return _loss(policy, 0 * reference, beta)


def loss_with_swapped_answers(policy, reference, beta):
    """It looks as if the two answers are swapped, or the two models. The first column is the liked one, and a reward is
    beta times policy minus reference."""
    return _loss(policy.flip(-1), reference.flip(-1), beta)


def loss_without_beta(policy, reference, beta):
    """It looks as if beta is left out: a reward is beta times the difference of the two logarithms."""
    return _loss(policy, reference, 1.0)


def loss_with_beta_on_the_policy(policy, reference, beta):
    """It looks as if beta stands before the policy's logarithms alone. It is multiplied with the difference of both."""
    return _loss(beta * policy, reference, 1.0)


def loss_divided_by_beta(policy, reference, beta):
    """It looks as if you divided by beta. A reward is beta times the difference of the two logarithms."""
    return _loss(policy, reference, 1 / beta)


def loss_times_beta(policy, reference, beta):
    """It looks as if beta stands before the loss. It belongs inside the sigmoid."""
    return beta * _loss(policy, reference, 1.0)


def loss_without_logarithm(policy, reference, beta):
    """It looks as if this is the chance that the liked answer loses. Asked for is minus the logarithm of the chance
    that it wins."""
    return 1 - (-_loss(policy, reference, beta)).exp()


def loss_as_a_chance(policy, reference, beta):
    """It looks as if this is the chance that the liked answer wins. Take minus its logarithm."""
    return (-_loss(policy, reference, beta)).exp()


def loss_with_the_wrong_sign(policy, reference, beta):
    """It looks as if the minus is missing: the logarithm of a chance is negative, and a loss is what shall fall."""
    return -_loss(policy, reference, beta)


def loss_as_a_mean(policy, reference, beta):
    """It looks as if you took the mean. Asked for is one loss a pair, [B]."""
    return _loss(policy, reference, beta).mean()


def loss_of_ratios(policy, reference, beta):
    """It looks as if you divided logarithms. The logarithm of a ratio is a difference: policy minus reference."""
    ratio = policy / reference
    return -F.logsigmoid(beta * (ratio[:, 0] - ratio[:, 1]))


def loss_of_chances(policy, reference, beta):
    """It looks as if you took exp of the logarithms first. The rewards are differences of logarithms."""
    change = policy.exp() - reference.exp()
    return -F.logsigmoid(beta * (change[:, 0] - change[:, 1]))


def loss_that_becomes_endless(policy, reference, beta):
    """It looks as if the loss becomes endless where the liked answer is far behind: there a sigmoid comes out as 0, or
    an exp as endless, before its logarithm is taken. torch.nn.functional.logsigmoid takes both at once."""
    rewards = beta * (policy - reference)
    return -torch.log(torch.sigmoid(rewards[:, 0] - rewards[:, 1]))


def _held_back(most):
    """The loss of a sigmoid, or of a margin, that was clamped, so that it grows to `most` alone."""

    def loss_held_back(policy, reference, beta):
        """It looks as if the sigmoid was kept from 0, or the margin was clamped. The loss is finite then, but too small
        where the liked answer is far behind. torch.nn.functional.logsigmoid needs no such help."""
        return _loss(policy, reference, beta).clamp(max=most)

    return loss_held_back


_FLOATS = (torch.finfo(torch.float32), torch.finfo(torch.float64))
_SMALLEST = (  # of a sigmoid
    *(1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16, 1e-20, 1e-30, 1e-38, 1e-45, 1e-300),
    *(least for limits in _FLOATS for least in (limits.eps, limits.tiny)),
)
_FARTHEST = (10, 15, 20, 25, 30, 40, 50, 60, 80, 88, 100, 200, 500, 700, 1000)  # of a margin


NO_SLOPE = (
    "your loss has no slope, so no step could follow from it: `detach`, `.item()`, `.tolist()`, `.numpy()`, "
    "`torch.tensor(...)` or `no_grad` cuts it off. Compute with the tensors as they are"
)


NO_NUMBER = (
    "your losses are right, but the slope of one is no number where the liked answer is far behind: an exp that is "
    "endless there leaks into it, even out of the branch that torch.where leaves out. torch.nn.functional.logsigmoid "
    "needs no such help"
)


def with_a_slope(answer, policy, reference, beta):
    """The losses of a learner's function, which must still know how they depend on the policy."""
    policy = policy.clone().requires_grad_()
    try:
        losses = answer(policy, reference, beta)
    except RuntimeError as error:
        if "requires grad" in str(error):  # of numpy()
            raise Refused(NO_SLOPE) from None
        raise
    if losses is None or losses is ...:
        return losses
    each = losses if isinstance(losses, list | tuple) else [losses]
    if not all(isinstance(loss, torch.Tensor) and loss.requires_grad for loss in each):
        raise Refused(NO_SLOPE)
    (slope,) = torch.autograd.grad(sum(loss.sum() for loss in each), policy, allow_unused=True, materialize_grads=True)
    found = [loss.detach() for loss in each]
    said, right = torch.cat([loss.reshape(-1).double() for loss in found]), _loss(policy.detach(), reference, beta)
    if said.shape == right.shape and said.allclose(right) and not slope.isfinite().all():
        raise Refused(NO_NUMBER)
    return found if isinstance(losses, list | tuple) else found[0]


def _pairs(*rows):
    return torch.tensor(rows, dtype=torch.float64)


LOSS = Exercise(
    id="my_dpo_loss",
    title="The loss of DPO",
    difficulty=2,
    minutes=8,
    kind="rebuild",
    contract="policy [B, 2] and reference [B, 2], the logarithms of the chances of the liked answer and of the other "
    "one, and beta above 0, to one loss a pair, [B]. It is a finite number for any finite logarithms, "
    "and a step can follow from it: it has a slope.",
    cases=(
        (_pairs((-5, -5)), _pairs((-5, -5)), 0.1),
        (_pairs((-4, -9)), _pairs((-5, -5)), 0.1),
        (_pairs((-4, -2.5), (-7, -3)), _pairs((-2, -3), (-3, -6)), 0.5),
        (_pairs((-60, -80), (-9000, -10)), _pairs((-20, -20), (-12, -11)), 0.3),
    ),
    tried="a model that has not moved, one that prefers the liked answer, two pairs, and one that is far off",
    hints=(
        "The reward of each answer is beta * (policy - reference), [B, 2].",
        "The margin is the first column minus the second.",
        "The loss is minus torch.nn.functional.logsigmoid of the margin.",
    ),
    solution=my_dpo_loss,
    harness=with_a_slope,
    mistakes=(
        loss_without_reference,
        loss_with_swapped_answers,
        loss_without_beta,
        loss_with_beta_on_the_policy,
        loss_divided_by_beta,
        loss_times_beta,
        loss_without_logarithm,
        loss_as_a_chance,
        loss_with_the_wrong_sign,
        loss_as_a_mean,
        loss_of_ratios,
        loss_of_chances,
        loss_that_becomes_endless,
        *(_held_back(-math.log(least)) for least in _SMALLEST),
        *map(_held_back, _FARTHEST),
    ),
)
