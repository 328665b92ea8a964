"""GRPO: a model learns from its own answers, each judged by how much better it did than others to the same problem.

    advantage = (reward - mean of the group) / (standard deviation of the group + 0.0001)
    ratio     = p(token) now / p(token) when it was drawn
    loss      = -min(ratio * advantage, clip(ratio, 1 - epsilon, 1 + epsilon) * advantage)

Nobody shows the model a right answer: what it does at random and is paid for becomes likelier. So a group in which all
did equally well teaches nothing, and a problem that is never solved by chance is never learned.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from lessons_lib import arguments
from lessons_lib.training.losses import IGNORED, TrainingError
from lessons_lib.training.objectives import Batch, Scores, log_probs

LOSSES = ("grpo", "bnpo", "dapo", "dr_grpo")
SCALES = ("group", "batch", "none")
WATCHED = ("reward", "length", "ended", "equal_groups")


class Judged(NamedTuple):
    """A batch of answers, judged: N rows of T places.

    Attributes:
        ids: [N, T], prompts and answers, filled on the right.
        labels: [N, T], the tokens of the answers, each where the one before it is read; `IGNORED` elsewhere.
        old: [N, T] in nats, the logarithms of their probabilities when they were drawn.
        advantages: [N].
        mean_length: [N], the same number in each row: tokens an answer, in the whole batch.
        watched: [N, 4], what `WATCHED` names, as numbers whose means are of interest.
        entropies: [N], the sums over the tokens of an answer of how open the choice was, in nats.
        reference: [N, T], as `old`, by the model that is not to be left far behind; None where none is asked.
    """

    ids: Tensor
    labels: Tensor
    old: Tensor
    advantages: Tensor
    mean_length: Tensor
    watched: Tensor
    entropies: Tensor
    reference: Tensor | None = None


@dataclass(frozen=True, kw_only=True)
class Grpo:
    """To do more often what is paid for, and all that decides how.

    The names are TRL's; so are the defaults, but for `max_completion_length` and `use_bias_correction_kl`.

    Args:
        num_generations: answers to a problem, a group.
        max_completion_length: the most tokens of an answer; those that are longer are cut.
        temperature: what scores are divided by when an answer is drawn, and when its probability is told.
        scale_rewards: by whose standard deviation advantages are divided: that of the "group", of the "batch", or
            "none".
        loss_type: what the summed loss of an answer is divided by, before the mean of all answers is taken: "grpo" by
            its own length, so that a token of a long answer counts less; "dapo" by the mean length in the batch, so
            that all tokens count the same; "dr_grpo" by `max_completion_length`, a constant. "bnpo" is "dapo" of each
            part that a batch is worked off in; as a run's parts and processes make the step of one, it is "dapo" here.
        epsilon: how far below and above 1 the ratio counts. It says nothing as long as a batch is learned from once, as
            `Rollouts` does: then the ratio is 1.
        epsilon_high: how far above, where that differs; None for `epsilon`.
        beta: the price of each nat by which the model leaves its reference.
        use_bias_correction_kl: multiply that price by the ratio, as DeepSeek-V3.2 and by default TRL do; the paper
            does not.
        tolerance: by how many nats the log-probability of a token may differ from what it was when drawn, before the
            run is stopped: as each batch is learned from once, the two are the same but for rounding, unless the rows,
            the temperature or the model are not those of the answers. None for answers of an older model, or products
            in bfloat16.

    Raises:
        ValueError: naming the setting, its value and what is allowed.

    Source: Shao et al. 2024 (DeepSeekMath), equations 3 and 4; Yu et al. 2025 (DAPO), equation 8; Liu et al. 2025
    (Dr. GRPO), section 3.2.
    """

    num_generations: int = 8
    max_completion_length: int = 256
    temperature: float = 1.0
    scale_rewards: str = "group"
    loss_type: str = "dapo"
    epsilon: float = 0.2
    epsilon_high: float | None = None
    beta: float = 0.0
    use_bias_correction_kl: bool = False
    tolerance: float | None = 0.01

    def __post_init__(self) -> None:
        arguments.whole("num_generations", self.num_generations, 2)
        arguments.whole("max_completion_length", self.max_completion_length, 1)
        arguments.real("temperature", self.temperature, 0, math.inf, "above 0", above=True)
        arguments.real("epsilon", self.epsilon, 0, math.inf, "0 or more")
        arguments.real("beta", self.beta, 0, math.inf, "0 or more")
        for name in ("epsilon_high", "tolerance"):
            if (value := getattr(self, name)) is not None:
                arguments.real(name, value, 0, math.inf, "0 or more, or None")
        for name, allowed in (("scale_rewards", SCALES), ("loss_type", LOSSES)):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}: got {getattr(self, name)!r}, allowed {', '.join(allowed)}")

    def count(self, batch: Batch) -> int:
        """Answers."""
        return len(batch[0])

    def total(self, scores: Scores, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """The loss of some answers of a batch that `Rollouts` made.

        Returns:
            The sum over the answers, and sums of: the reward; the length in tokens; whether it came to its end; whether
            all of its group did equally well; and, each so that the mean over the batch is a mean over tokens, the
            entropy, the share of tokens whose ratio was clipped, and how far the reference is away.
        """
        answers = Judged(*batch)
        if self.beta and answers.reference is None:
            raise TrainingError(f"beta: got {self.beta}, but the batch was made without a reference, for another Grpo")
        named = answers.labels != IGNORED
        policy = log_probs(lambda *asked: self._cooled(scores(*asked)), answers.ids, answers.labels)
        self._check(policy, answers.old, named)
        ratio = (policy - answers.old).exp()
        loss = clipped_loss(ratio, answers.advantages[:, None], self.epsilon, self.epsilon_high)
        measures = dict(zip(WATCHED, answers.watched.sum(0).tolist(), strict=True))
        watched = {"clipped": self._is_clipped(ratio, answers.advantages[:, None])}
        if self.beta:
            watched["kl"] = distance = kl(policy, answers.reference)
            loss = loss + self.beta * (distance * ratio if self.use_bias_correction_kl else distance)
        per_token = {name: (value.detach() * named).sum(-1) for name, value in watched.items()}  # [N]
        per_token["entropy"] = answers.entropies
        for name, value in per_token.items():
            measures[name] = (value / answers.mean_length).sum().item()
        lengths = {"grpo": named.sum(-1), "dr_grpo": self.max_completion_length}
        return ((loss * named).sum(-1) / lengths.get(self.loss_type, answers.mean_length)).sum(), measures

    def _cooled(self, scores: Tensor) -> Tensor:
        return scores if self.temperature == 1 else scores / self.temperature

    def _check(self, policy: Tensor, old: Tensor, named: Tensor) -> None:
        if self.tolerance is None or not named.any():
            return
        apart = (policy.detach() - old)[named].abs().amax().item()
        if not apart <= self.tolerance:
            raise TrainingError(
                f"a token is {apart:.3g} nats likelier or less likely than when it was drawn, allowed tolerance "
                f"({self.tolerance}): the answers are of another model or temperature, or products are rounded more"
            )

    def _is_clipped(self, ratio: Tensor, advantages: Tensor) -> Tensor:
        high = self.epsilon if self.epsilon_high is None else self.epsilon_high
        return ((ratio < 1 - self.epsilon) & (advantages < 0)) | ((ratio > 1 + high) & (advantages > 0))


def clipped_loss(ratio: Tensor, advantages: Tensor, epsilon: float = 0.2, epsilon_high: float | None = None) -> Tensor:
    """What is gained by moving a token's probability, as a loss, and no more once it has moved far.

    Args:
        ratio: any shape, the probability now through that when the token was drawn.
        advantages: of the same shape, or one that spreads to it.
        epsilon: how far below and above 1 the ratio counts.
        epsilon_high: how far above, where that differs.

    Returns:
        The shape of `ratio`.

    Example:
        >>> clipped_loss(torch.tensor([1.1, 1.5, 0.5]), torch.tensor([1.0, 1.0, 1.0]))  # a loss can't be clipped away
        tensor([-1.1000, -1.2000, -0.5000])

    Source: Schulman et al. 2017 (PPO), equation 7.
    """
    bounded = ratio.clamp(1 - epsilon, 1 + (epsilon if epsilon_high is None else epsilon_high))
    return -torch.min(ratio * advantages, bounded * advantages)


def kl(policy: Tensor, reference: Tensor) -> Tensor:
    """How far a model has gone from another, told from one token that it drew itself: right on average, and never
    negative.

    Args:
        policy, reference: any shape, the logarithms of the probabilities that the two give the token.

    Returns:
        The same shape, in nats.

    Source: Schulman 2020, "Approximating KL divergence", its third estimator.
    """
    ahead = reference - policy
    return ahead.exp() - ahead - 1


def advantages(rewards: Tensor, num_generations: int, scale_rewards: str = "group") -> Tensor:
    """How much better each answer did than its group.

    Args:
        rewards: [N], group by group; NaN where an answer was not judged.
        num_generations: answers in a group.
        scale_rewards: divide by the standard deviation of the "group", of the "batch", or by "none".

    Returns:
        [N], exactly 0 for all of a group that did equally well, and for an answer that was not judged.

    Example:
        >>> advantages(torch.tensor([1.0, 0, 0, 1, 1, 1]), 3, "none")
        tensor([ 0.6667, -0.3333, -0.3333,  0.0000,  0.0000,  0.0000])
    """
    groups = rewards.double().view(-1, num_generations)  # [P, G]
    found = groups - groups.nanmean(1, keepdim=True)
    if scale_rewards != "none":
        spread = _deviation(groups if scale_rewards == "group" else groups.view(1, -1))  # [P, 1] or [1, 1]
        found = found / (spread + 1e-4)
    return found.masked_fill(equal_groups(groups)[:, None] | groups.isnan(), 0).view(-1).float()


def equal_groups(groups: Tensor) -> Tensor:
    """Whether all in a group [P, G] that were judged did equally well, [P]."""
    unjudged = groups.isnan()
    return groups.masked_fill(unjudged, -math.inf).amax(1) <= groups.masked_fill(unjudged, math.inf).amin(1)


def _deviation(groups: Tensor) -> Tensor:
    """The standard deviation of the numbers in each row that are none of NaN, with n - 1."""
    judged = (~groups.isnan()).sum(1, keepdim=True)
    squares = (groups - groups.nanmean(1, keepdim=True)).square().nansum(1, keepdim=True)
    return (squares / (judged - 1)).sqrt()
