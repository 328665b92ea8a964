"""GRPO's loss: the formula by hand, its parts, and what stops it."""

import dataclasses
import math

import pytest
import torch
from models import random, random_model

from lessons_lib.training import IGNORED, Grpo, Judged, TrainingError, advantages, clipped_loss, kl
from lessons_lib.training.batches import filled
from lessons_lib.training.losses import scores_at

LENGTHS = [(3, 2), (5, 7), (1, 4), (2, 1), (4, 3), (6, 5)]  # tokens of the prompts and of the answers
FREE = Grpo(num_generations=3, max_completion_length=9, tolerance=None)


def rows():
    generator = torch.Generator().manual_seed(3)
    made = []
    for asked, told in LENGTHS:
        ids = torch.randint(97, (asked + told,), generator=generator)
        labels = ids[1:].clone()
        labels[: asked - 1] = IGNORED
        made.append(torch.stack([ids[:-1], labels]).numpy())
    return filled(made)


def batch(reference=True, stale=0.3):
    """Answers whose probabilities have moved since they were drawn."""
    ids, labels = rows()
    named = labels != IGNORED
    now = torch.cat([by_hand(random_model(), n)[None] for n in range(len(ids))])
    old = (now + stale * random(*ids.shape)) * named
    rewards = torch.tensor([1.0, 0, 0.5, 0, 0, 1])
    n = len(ids)
    return Judged(
        ids,
        labels,
        old,
        advantages(rewards, 3),
        named.sum().div(n).expand(n),
        torch.stack([rewards, named.sum(1), torch.ones(n), torch.zeros(n)], 1),
        torch.ones(n),
        (now + 0.2 * random(*ids.shape, seed=1)) * named if reference else None,
    )


def by_hand(model, n, temperature=1.0):
    """The log-probabilities [T] of the answer of row n, a place at a time."""
    ids, labels = (side[n] for side in rows())
    found = torch.zeros(len(ids))
    for t in (labels != IGNORED).nonzero()[:, 0].tolist():
        found[t] = (model(ids[None, : t + 1])[0, -1] / temperature).log_softmax(-1)[labels[t]].item()
    return found


def total(objective, answers, model=None):
    model = model or random_model()
    return objective.total(lambda *asked: scores_at(model, *asked).float(), tuple(x for x in answers if x is not None))


@pytest.mark.parametrize("loss_type", ["grpo", "bnpo", "dapo", "dr_grpo"])
@pytest.mark.parametrize(("beta", "corrected"), [(0.0, False), (0.04, False), (0.04, True)])
def test_the_loss_is_the_formula_by_hand(loss_type, beta, corrected):
    objective = dataclasses.replace(
        FREE, loss_type=loss_type, beta=beta, use_bias_correction_kl=corrected, epsilon=0.1, epsilon_high=0.3
    )
    answers = batch()
    found, measures = total(objective, answers)
    sums, clipped, distance = [], 0, 0.0
    for n, (_, told) in enumerate(LENGTHS):
        now, advantage, row = by_hand(random_model(), n), answers.advantages[n].item(), 0.0
        for t in (answers.labels[n] != IGNORED).nonzero()[:, 0].tolist():
            ratio = math.exp(now[t] - answers.old[n, t])
            gained = min(ratio * advantage, min(max(ratio, 0.9), 1.3) * advantage)
            ahead = (answers.reference[n, t] - now[t]).item()
            far = math.exp(ahead) - ahead - 1
            row += -gained + beta * far * (ratio if corrected else 1)
            clipped += (ratio < 0.9 and advantage < 0) or (ratio > 1.3 and advantage > 0)
            distance += far
        sums.append((row, told))
    tokens = sum(told for _, told in sums)
    expected = {
        "grpo": sum(row / told for row, told in sums) / len(sums),
        "bnpo": sum(row for row, _ in sums) / tokens,
        "dapo": sum(row for row, _ in sums) / tokens,
        "dr_grpo": sum(row for row, _ in sums) / (9 * len(sums)),
    }[loss_type]
    n = objective.count(tuple(answers))
    assert n == 6 and found.item() / n == pytest.approx(expected, abs=1e-5)
    assert 0 < clipped < tokens and measures["clipped"] / n == pytest.approx(clipped / tokens, abs=1e-6)
    assert measures.get("kl", 0) / n == pytest.approx(distance / tokens if beta else 0, abs=1e-5)
    assert measures["reward"] / n == pytest.approx(2.5 / 6)
    assert measures["length"] / n == pytest.approx(tokens / 6)
    assert measures["entropy"] / n == pytest.approx(6 / tokens)


def test_four_names_make_three_losses():
    kinds = ("grpo", "bnpo", "dapo", "dr_grpo")
    losses = {kind: total(dataclasses.replace(FREE, loss_type=kind), batch())[0].item() for kind in kinds}
    assert losses["dapo"] == losses["bnpo"]
    assert len({round(value, 4) for value in losses.values()}) == 3


@pytest.mark.parametrize("loss_type", ["grpo", "dapo", "dr_grpo"])
def test_parts_add_up_to_the_whole(loss_type):
    objective = dataclasses.replace(FREE, loss_type=loss_type, beta=0.1)
    whole, measures = total(objective, batch())
    parts = [total(objective, part) for part in zip(*(x.split([1, 3, 2]) for x in batch()), strict=True)]
    assert sum(loss for loss, _ in parts).item() == pytest.approx(whole.item(), abs=1e-5)
    for name, value in measures.items():
        assert sum(part[name] for _, part in parts) == pytest.approx(value, abs=1e-4)


def test_at_another_temperature_probabilities_are_others():
    objective = dataclasses.replace(FREE, temperature=0.7)
    answers = batch()._replace(advantages=torch.ones(6))
    old = torch.stack([by_hand(random_model(), n, 0.7) for n in range(6)])
    assert total(objective, answers._replace(old=old))[0].item() / 6 == pytest.approx(-1, abs=1e-4)
    assert total(FREE, answers._replace(old=old))[0].item() / 6 != pytest.approx(-1, abs=1e-2)


# What finds answers that are not the model's own


def own(model=None):
    now = torch.stack([by_hand(model or random_model(), n) for n in range(len(LENGTHS))])
    return batch()._replace(old=now)


CHECKED = dataclasses.replace(FREE, tolerance=0.01)


def test_answers_of_its_own_pass():
    total(CHECKED, own())


def shifted():
    answers = own()
    return answers._replace(ids=answers.ids.roll(1, 1), labels=answers.labels.roll(1, 1), old=answers.old.roll(1, 1))


@pytest.mark.parametrize(
    ("objective", "answers", "model"),
    [
        (CHECKED, lambda: own(random_model(seed=1)), random_model),
        (dataclasses.replace(CHECKED, temperature=0.9), own, random_model),
        (CHECKED, shifted, random_model),  # as if padding on the left were read
        (CHECKED, own, lambda: random_model().bfloat16().float()),  # rounded weights
        (CHECKED, batch, random_model),
        (CHECKED, lambda: own()._replace(old=torch.full((6, 11), math.nan)), random_model),
    ],
)
def test_answers_that_are_not_its_own_are_found(objective, answers, model):
    with pytest.raises(TrainingError, match="nats likelier or less likely than when it was drawn, allowed tolerance"):
        total(objective, answers(), model())


def test_a_batch_without_its_reference_is_named():
    with pytest.raises(TrainingError, match=r"beta: got 0.1, but the batch was made without a reference"):
        total(dataclasses.replace(FREE, beta=0.1), batch(reference=False))


# Advantages


@pytest.mark.parametrize("scale", ["group", "batch", "none"])
def test_advantages_are_the_formula_by_hand(scale):
    rewards = [1.0, 0.0, 0.25, 2.0, -1.0, 0.5]

    def deviation(values):
        mean = sum(values) / len(values)
        return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))

    expected = []
    for group in (rewards[:3], rewards[3:]):
        by = {"group": deviation(group) + 1e-4, "batch": deviation(rewards) + 1e-4, "none": 1}[scale]
        expected += [(reward - sum(group) / 3) / by for reward in group]
    assert advantages(torch.tensor(rewards), 3, scale).tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("scale", ["group", "batch", "none"])
@pytest.mark.parametrize("reward", [0.0, 0.1, 1e9 + 0.1, -3.3])
def test_a_group_of_equals_is_exactly_0_and_other_groups_are_not(scale, reward):
    found = advantages(torch.tensor([reward] * 7 + [0.0] * 6 + [1.0], dtype=torch.float64), 7, scale)
    assert found[:7].tolist() == [0] * 7 and found[13] > 0 > found[8]


@pytest.mark.parametrize("scale", ["group", "batch", "none"])
def test_who_was_not_judged_is_left_out(scale):
    none = math.nan
    found = advantages(torch.tensor([1.0, none, 0.0, 4.0, none, none, none, none, none]), 3, scale)
    assert found[1] == 0 and found[3:].tolist() == [0] * 6  # one alone is no better than the others
    by = {"group": math.sqrt(0.5) + 1e-4, "batch": torch.tensor([1.0, 0, 4]).std().item() + 1e-4, "none": 1}[scale]
    assert found[:3].tolist() == pytest.approx([0.5 / by, 0, -0.5 / by])
    assert advantages(torch.full((6,), none), 3, scale).tolist() == [0] * 6


# Its pieces


def test_a_loss_that_is_clipped_pulls_no_more():
    logs = torch.tensor([0.0, 0.5, -0.5, 0.5, -0.5, 0.25], requires_grad=True)
    better = torch.tensor([1.0, 1, 1, -1, -1, 1])
    losses = clipped_loss(logs.exp(), better, 0.2, 0.3)
    losses.sum().backward()
    e = math.exp(0.5)
    assert losses.tolist() == pytest.approx([-1, -1.3, -1 / e, e, 0.8, -math.exp(0.25)])
    assert logs.grad.tolist() == pytest.approx([-1, 0, -1 / e, e, 0, -math.exp(0.25)])


def test_the_distance_is_right_on_average_and_never_negative():
    policy, reference = random(50).log_softmax(-1), random(50, seed=1).log_softmax(-1)
    found = kl(policy, reference)
    assert (found >= 0).all() and kl(policy, policy).eq(0).all()
    expected = (policy.exp() * (policy - reference)).sum()
    torch.testing.assert_close((policy.exp() * found).sum(), expected)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"num_generations": 1}, "num_generations: got 1, allowed 2 or more"),
        ({"max_completion_length": 0}, "max_completion_length: got 0"),
        ({"temperature": 0}, "temperature: got 0, allowed above 0"),
        ({"epsilon": -0.1}, "epsilon: got -0.1"),
        ({"epsilon_high": math.nan}, "epsilon_high: got nan"),
        ({"beta": -1}, "beta: got -1"),
        ({"tolerance": -1}, "tolerance: got -1, allowed 0 or more, or None"),
        ({"loss_type": "ppo"}, "loss_type: got 'ppo', allowed grpo, bnpo, dapo, dr_grpo"),
        ({"scale_rewards": True}, "scale_rewards: got True, allowed group, batch, none"),
    ],
)
def test_a_bad_setting_is_named(settings, words):
    with pytest.raises(ValueError, match=words):
        Grpo(**settings)
