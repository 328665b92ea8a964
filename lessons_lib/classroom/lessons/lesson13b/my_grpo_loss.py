"""An exercise of lesson 13b: the loss of GRPO."""

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused


def my_grpo_loss(policy, old, advantages, said, epsilon):
    ratio = (policy - old).exp()  # [N, T]
    better = advantages[:, None]  # [N, 1]
    gain = torch.min(ratio * better, ratio.clamp(1 - epsilon, 1 + epsilon) * better)
    return -(gain * said).sum() / said.sum()


def _loss(policy, old, advantages, said, epsilon, gain=None, over="tokens"):
    """The same with the knobs that mistakes turn."""
    ratio, better = (policy - old).exp(), advantages[:, None]
    if gain is None:
        gain = torch.min(ratio * better, ratio.clamp(1 - epsilon, 1 + epsilon) * better)
    else:
        gain = gain(ratio, better)
    if over == "answers":
        return -((gain * said).sum(-1) / said.sum(-1)).mean()
    if over == "places":
        return -(gain * said).mean()
    if over == "unmasked":
        return -gain.mean()
    return -(gain * said).sum() / {"tokens": said.sum(), "rows": len(said), "nothing": 1}[over]


def loss_without_clipping(policy, old, advantages, said, epsilon):
    """It looks as if nothing is clipped. Beyond 1 + epsilon a better answer gains no more, below 1 - epsilon a worse
    one saves no more."""
    return _loss(policy, old, advantages, said, epsilon, lambda ratio, better: ratio * better)


def loss_always_clipped(policy, old, advantages, said, epsilon):
    """It looks as if the clipped product counts always. Take the smaller of the two products: who has moved the wrong
    way must be able to come back."""
    return _loss(
        policy, old, advantages, said, epsilon, lambda ratio, better: ratio.clamp(1 - epsilon, 1 + epsilon) * better
    )


def loss_compares_ratios(policy, old, advantages, said, epsilon):
    """It looks as if you took the smaller of the two ratios, and then multiplied. Of a negative advantage that is the
    larger gain: compare the two products."""
    return _loss(
        policy,
        old,
        advantages,
        said,
        epsilon,
        lambda ratio, better: torch.min(ratio, ratio.clamp(1 - epsilon, 1 + epsilon)) * better,
    )


def loss_bounded_above(policy, old, advantages, said, epsilon):
    """It looks as if the ratio is clipped above alone. Below 1 - epsilon it is clipped as well."""
    return _loss(
        policy,
        old,
        advantages,
        said,
        epsilon,
        lambda ratio, better: torch.min(ratio * better, ratio.clamp(max=1 + epsilon) * better),
    )


def loss_with_a_fixed_epsilon(policy, old, advantages, said, epsilon):
    """It looks as if the clip is always at 0.8 and 1.2. epsilon says where."""
    return my_grpo_loss(policy, old, advantages, said, 0.2)


def loss_with_a_ratio_an_answer(policy, old, advantages, said, epsilon):
    """It looks as if a whole answer has one ratio. Each token has its own."""
    apart = ((policy - old) * said).sum(-1, keepdim=True).expand_as(old)
    return my_grpo_loss(apart, torch.zeros_like(old), advantages, said, epsilon)


def loss_with_advantages_along_tokens(policy, old, advantages, said, epsilon):
    """It looks as if the advantages lie along the tokens. There is one for each answer: advantages[:, None] is a column
    [N, 1], which spreads over its row."""
    ratio = (policy - old).exp()
    gain = torch.min(ratio * advantages, ratio.clamp(1 - epsilon, 1 + epsilon) * advantages)
    return -(gain * said).sum() / said.sum()


def loss_with_the_larger(policy, old, advantages, said, epsilon):
    """It looks as if you took the larger of the two products. The clip is there to be careful: take the smaller gain,
    and then the minus."""
    return _loss(
        policy,
        old,
        advantages,
        said,
        epsilon,
        lambda ratio, better: torch.max(ratio * better, ratio.clamp(1 - epsilon, 1 + epsilon) * better),
    )


def loss_clips_the_product(policy, old, advantages, said, epsilon):
    """It looks as if you clipped ratio times advantage. Clip the ratio alone."""
    return _loss(
        policy,
        old,
        advantages,
        said,
        epsilon,
        lambda ratio, better: torch.min(ratio * better, (ratio * better).clamp(1 - epsilon, 1 + epsilon)),
    )


def loss_of_divided_logarithms(policy, old, advantages, said, epsilon):
    """It looks as if you divided logarithms. The ratio of two probabilities is exp of the difference of their
    logarithms."""
    ratio = policy / old.clamp(max=-1e-9)
    return my_grpo_loss(ratio.clamp(min=1e-9).log(), torch.zeros_like(old), advantages, said, epsilon)


def loss_of_logarithms_divided_everywhere(policy, old, advantages, said, epsilon):  # 0 / 0 where nothing is said
    ratio, better = policy / old, advantages[:, None]
    gain = torch.min(ratio * better, ratio.clamp(1 - epsilon, 1 + epsilon) * better)
    return -(gain * said).sum() / said.sum()


loss_of_logarithms_divided_everywhere.__doc__ = loss_of_divided_logarithms.__doc__


def loss_of_the_difference(policy, old, advantages, said, epsilon):
    """It looks as if the exp is missing: policy - old is the logarithm of the ratio."""
    ratio, better = policy - old, advantages[:, None]
    gain = torch.min(ratio * better, ratio.clamp(1 - epsilon, 1 + epsilon) * better)
    return -(gain * said).sum() / said.sum()


def loss_with_the_ratio_upside_down(policy, old, advantages, said, epsilon):
    """It looks as if the ratio is upside down. The probability now is divided by that when the token was drawn."""
    return my_grpo_loss(old, policy, advantages, said, epsilon)


def loss_without_old(policy, old, advantages, said, epsilon):
    """It looks as if the old probabilities are not used. The loss asks by which factor a token has become likelier
    since it was drawn."""
    return -(policy * advantages[:, None] * said).sum() / said.sum()


def loss_as_a_gain(policy, old, advantages, said, epsilon):
    """It looks as if the minus is missing: the gain shall grow, and a loss is what shall fall."""
    return -my_grpo_loss(policy, old, advantages, said, epsilon)


def loss_with_the_filling(policy, old, advantages, said, epsilon):
    """It looks as if places that are no part of an answer count. Where said is False there is nothing."""
    return _loss(policy, old, advantages, said, epsilon, over="unmasked")


def loss_over_all_places(policy, old, advantages, said, epsilon):
    """It looks as if you divided by all places, N * T. Divide by how many tokens were said."""
    return _loss(policy, old, advantages, said, epsilon, over="places")


def loss_over_answers(policy, old, advantages, said, epsilon):
    """It looks as if you took the mean over each answer first, and then over the answers. Here all tokens count alike:
    one sum, divided by the number of tokens."""
    return _loss(policy, old, advantages, said, epsilon, over="answers")


def loss_over_rows(policy, old, advantages, said, epsilon):
    """It looks as if you divided by the number of answers. Divide by how many tokens were said."""
    return _loss(policy, old, advantages, said, epsilon, over="rows")


def loss_as_a_sum(policy, old, advantages, said, epsilon):
    """It looks as if nothing is divided. Asked for is the mean over the tokens that were said."""
    return _loss(policy, old, advantages, said, epsilon, over="nothing")


def _grid(*rows):
    return torch.tensor(rows, dtype=torch.float64)


def with_its_slope(answer, policy, old, advantages, said, epsilon):
    """A learner's loss, and its slope by each of the policy's logarithms [N, T]."""
    policy = policy.requires_grad_()
    loss = answer(policy, old, advantages, said, epsilon)
    if loss is None or loss is ...:
        return loss
    if not isinstance(loss, Tensor) or not loss.requires_grad:
        raise Refused(
            "the loss has no slope, so nothing can learn from it: compute it from policy by torch alone. item(), "
            "float(), tolist(), detach(), numpy and math lose the slope"
        )
    if loss.numel() != 1:
        raise Refused(f"your function must return one number, got the shape {list(loss.shape)}")
    [slope] = torch.autograd.grad(loss.sum(), policy)
    return {"loss": loss.detach(), "its slope by policy": slope}


_DRAWN = torch.Generator().manual_seed(0)
_OLD = -torch.rand(6, 5, dtype=torch.float64, generator=_DRAWN) * 2 - 0.1
_NEW = _OLD + torch.randn(6, 5, dtype=torch.float64, generator=_DRAWN) * 0.3
_SAID = torch.arange(5) < torch.tensor([5, 2, 3, 1, 4, 5])[:, None]
LOSS = Exercise(
    id="my_grpo_loss",
    title="The loss of GRPO",
    difficulty=2,
    minutes=15,
    kind="rebuild",
    contract="policy [N, T] and old [N, T], the logarithms of the tokens' probabilities now and when they were drawn, "
    "advantages [N], said [N, T], True where a token of the answer stands, and epsilon to one number, a tensor with "
    "its slope by policy: minus the gain, as a mean over all tokens that were said. The gain of a token is the smaller "
    "of ratio * advantage and clipped ratio * advantage.",
    cases=(
        (_grid([-1.0]), _grid([-1.0]), torch.tensor([2.0], dtype=torch.float64), torch.tensor([[True]]), 0.2),
        (
            _grid([-0.5, -1.5], [-0.9, -0.6]),
            _grid([-1.0, -1.0], [-1.0, -1.0]),
            _grid(1.0, -1.0),
            torch.tensor([[True, True], [True, True]]),
            0.2,
        ),
        (_grid([-1.5], [-1.5]), _grid([-1.0], [-1.0]), _grid(1.0, -2.0), torch.tensor([[True], [True]]), 0.2),
        (
            _grid([-1.0, -2.0, -1.0], [-0.7, 0.0, 0.0]),
            _grid([-1.1, -2.0, -1.2], [-1.0, 0.0, 0.0]),
            _grid(1.5, -0.5),
            torch.tensor([[True, True, True], [True, False, False]]),
            0.1,
        ),
        (_NEW, _OLD, _grid(1.2, -0.7, 0.3, -1.1, 0.0, 2.0), _SAID, 0.2),
    ),
    tried="a token that has not moved, likelier ones and unlikelier ones of better and worse answers, answers of "
    "different lengths, and six of them",
    hints=(
        "ratio = (policy - old).exp(), and advantages[:, None] spreads an answer's advantage over its tokens.",
        "ratio.clamp(1 - epsilon, 1 + epsilon) is the clipped one; torch.min takes the smaller of two tensors, place "
        "by place.",
        "Multiply by said, add up, divide by said.sum(), and put a minus before it.",
    ),
    solution=my_grpo_loss,
    harness=with_its_slope,
    mistakes=(
        loss_without_clipping,
        loss_always_clipped,
        loss_compares_ratios,
        loss_bounded_above,
        loss_with_a_fixed_epsilon,
        loss_with_a_ratio_an_answer,
        loss_with_advantages_along_tokens,
        loss_with_the_larger,
        loss_clips_the_product,
        loss_of_divided_logarithms,
        loss_of_logarithms_divided_everywhere,
        loss_of_the_difference,
        loss_with_the_ratio_upside_down,
        loss_without_old,
        loss_as_a_gain,
        loss_with_the_filling,
        loss_over_all_places,
        loss_over_answers,
        loss_over_rows,
        loss_as_a_sum,
    ),
)
