"""Lesson 13b: the solutions against libraries that nobody here wrote, its recorded runs, mistakes in other words."""

import copy
import itertools
import json
import math
import random
from statistics import mean, stdev

import numpy as np
import pytest
import torch
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.classroom.lessons import lesson13b
from lessons_lib.classroom.lessons.lesson13b import recorded, rewarded, sums, taught, votes, which_reward
from lessons_lib.classroom.lessons.lesson13b.my_advantages import my_advantages
from lessons_lib.classroom.lessons.lesson13b.my_grpo_training import my_grpo_training
from lessons_lib.classroom.lessons.lesson13b.my_pass_at_k import my_pass_at_k
from lessons_lib.classroom.lessons.lesson13b.rewarded import Way
from lessons_lib.training import Grpo, Recipe, Run, TrainingError, advantages

EXERCISES = {exercise.id: exercise for exercise in lesson13b.EXERCISES}
SIZE = 4  # answers to a problem
bounded = settings(derandomize=True, max_examples=examples(30), deadline=None)


# The task


@pytest.mark.parametrize(
    ("text", "ended", "reward"),
    [
        ("17", True, 1),
        ("(8,17)17", True, 1),
        ("()17", True, 1),
        ("(8,16)17", True, 1),
        ("(8,17)18", True, 0),
        ("17", False, 0),
        ("(8,17)", True, 0),
        ("17,17", True, 0),
        ("017", True, 0),
        ("", True, 0),
        ("3+5+9=17", True, 0),
    ],
)
def test_the_judge(text, ended, reward):
    assert sums.is_right((3, 5, 9), text, ended) == reward


def test_what_is_worked_out_is_right_and_nobody_learns_from_held_out_sums():
    texts = sums.demonstrations(500)
    held_out = {sums.asked(problem) for problem in sums.HELD_OUT}
    worked = 0
    for text in texts:
        asked, answer = text[:-1].split("=")
        problem = tuple(map(int, asked[1:].split("+")))
        assert asked + "=" not in held_out and text[-1] == "$"
        if sums.is_worked_out(answer):
            worked += 1
            assert list(itertools.accumulate(problem))[1:] == [int(n) for n in answer[1:].split(")")[0].split(",")]
            assert sums.is_right(problem, answer, True)
        else:
            assert abs(int(answer) - sum(problem)) <= sums.OFF
    assert worked / len(texts) == pytest.approx(sums.SHARE, abs=0.06)
    assert not set(rewarded.rollouts(sums.imitated(), Way()).problems) & set(sums.HELD_OUT)


def test_what_is_kept_of_a_batch_is_what_was_right():
    data = rewarded.rollouts(sums.imitated(), Way("keep the right"))
    ids, labels = data.batch(0, 64)
    texts = [sums.decode(each[each != -100][:-1].tolist()) for each in labels]
    assert texts == [answer.text for answer in data.answers if answer.reward == 1] and 0 < len(texts) < 64
    assert ids.shape == labels.shape


@given(st.integers(1, 12), st.integers(0, 100))
@bounded
def test_the_majority_is_that_of_a_plain_count(count, seed):
    generator = random.Random(seed)
    texts = [generator.choice(["17", "(8,17)17", "18", "(8,16)16", "(8,"]) for _ in range(count)]
    numbers = [votes.last_number(text) for text in texts]
    most = max(map(numbers.count, numbers))
    assert votes.majority(texts) == next(number for number in numbers if numbers.count(number) == most)


# What is stored


def test_the_recorded_runs_are_of_todays_settings():
    stored = json.loads(recorded.STORED.read_text("utf-8"))
    for kind in stored["kinds"]:
        way = Way(**kind["way"])
        assert kind["fingerprint"] == recorded.fingerprint(way), f"run {stored['command']}"
        seeds = recorded.SEEDS if len(kind["runs"]) > 1 else recorded.SEEDS[:1]
        assert len(kind["runs"]) == len(seeds)
    for method in recorded.METHODS:
        tried = [(each["right"], each["way"]["rate"]) for each in recorded.tried() if each["way"]["method"] == method]
        assert sorted(rate for _, rate in tried) == sorted(recorded.RATES)
        assert recorded.of(method)[0].rate == max(tried)[1] or max(tried)[0] == sorted(tried)[-2][0]
    assert set(recorded.OTHERS) <= set(recorded.runs())


def test_a_recorded_run_has_a_number_a_step_and_is_paid_what_is_right_where_only_that_is_paid():
    for way, runs in recorded.runs().items():
        for run in runs:
            assert len(run.paid) == len(run.right) == len(run.worked) == len(run.length) == way.steps
            if way.reward == "right":
                assert run.paid == run.right


def test_the_model_answers_as_was_recorded():
    found = recorded.measured(sums.imitated())
    assert found["right"] == pytest.approx(recorded.before().right, abs=0.02)
    assert found["worked"] == pytest.approx(recorded.before().worked, abs=0.02)
    assert found["greedy"] == pytest.approx(recorded.before().greedy, abs=0.02)


def test_what_is_said_of_the_four_logs_is_what_was_recorded():
    for way, *said in which_reward.SEEN.values():
        run = recorded.runs()[which_reward.RUNS[way]][0]
        assert said == which_reward.log_of(run)
    assert [way for way, *_ in which_reward.SEEN.values()] == which_reward.my_which_reward()


# The exercises against other programs


@given(st.integers(1, 5), st.integers(2, 6), st.integers(0, 1000))
@bounded
def test_the_advantages_are_the_librarys(groups, size, seed):
    rewards = torch.randint(3, (groups * size,), generator=torch.Generator().manual_seed(seed)).double()
    torch.testing.assert_close(my_advantages(rewards, size), advantages(rewards, size).double(), atol=1e-6, rtol=1e-5)


@given(st.integers(1, 7), st.data())
@bounded
def test_one_of_k_is_what_is_counted(n, data):
    right, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    choices = list(itertools.combinations([True] * right + [False] * (n - right), k))
    assert my_pass_at_k(n, right, k) == pytest.approx(sum(map(any, choices)) / len(choices))
    assert votes.pass_at_k(n, right, k) == my_pass_at_k(n, right, k)


def _batches(steps):
    return list(taught.drawn(sums.imitated(), steps, 4, SIZE))


class _Given:
    """Batches that were drawn before, as a run's data."""

    fingerprint = ""

    def __init__(self, batches):
        self.batches = batches

    def batch(self, step, size):
        ids, labels, old, rewards = self.batches[step]
        said = (labels != -100).sum(1)
        better = advantages(rewards, SIZE)
        watched = torch.zeros(len(ids), 4)
        return ids, labels, old, better, said.float().mean().expand(len(ids)), watched, torch.zeros(len(ids))


def test_the_loop_of_the_solution_has_the_losses_of_the_librarys_run():
    batches, lr = _batches(1) * 4, 2e-3
    recipe = Recipe(
        steps=4,
        batch_size=16,
        learning_rate=lr,
        matrix_learning_rate=None,
        warm_up=0.0,
        decay=0.0,
        weight_decay=0.0,
        clip=1e9,
    )
    run = Run(sums.imitated(), _Given(batches), recipe, Grpo(num_generations=SIZE, epsilon=0.1, tolerance=None))
    reports = list(run)
    found = my_grpo_training(sums.imitated(), batches, SIZE, lr, 0.1)
    assert found == pytest.approx([report.loss for report in reports], abs=1e-4)
    assert max(report.measures["clipped"] for report in reports) > 0.05  # so that epsilon says something


def test_the_run_notices_answers_of_another_model():
    recipe = Recipe(steps=1, batch_size=16, matrix_learning_rate=None)
    ids, labels, old, rewards = _batches(1)[0]
    with pytest.raises(TrainingError, match="likelier"):
        list(Run(sums.imitated(), _Given([(ids, labels, old - 1, rewards)]), recipe, Grpo(num_generations=4)))


# The learner writes the same mistakes differently; the words must be the same.


def advantages_by_statistics(rewards, size, spread=stdev, center=mean):
    found = []
    for start in range(0, len(rewards), size):
        group = rewards[start : start + size].tolist()
        found += [(reward - center(group)) / (spread(group) + 1e-4) for reward in group]
    return found


def pass_by_product(n, right, k, one=1):
    return one - math.prod((n - right - i) / (n - i) for i in range(k))


def loss_by_loop(policy, old, advantages, said, epsilon, per_answer=False, log=True, smaller=min):
    gains = []  # of each answer
    for row, drawn, advantage, mask in zip(policy, old, advantages, said, strict=True):
        gains.append([])
        for now, before, counts in zip(row, drawn, mask, strict=True):
            if counts:
                ratio = torch.exp(now) / torch.exp(before) if log else now - before
                bounded = min(max(ratio, 1 - epsilon), 1 + epsilon)
                gains[-1].append(smaller(ratio * advantage, bounded * advantage))
    if per_answer:
        return -sum(sum(each) / len(each) for each in gains) / len(gains)
    return -sum(map(sum, gains)) / sum(map(len, gains))


def loss_of_a_quotient(policy, old, advantages, said, epsilon):
    ratio, column = policy / old, advantages.unsqueeze(-1)
    return torch.max(-ratio * column, -ratio.clamp(1 - epsilon, 1 + epsilon) * column).mul(said).sum() / said.sum()


def loop(model, batches, size, lr, epsilon, baseline=True, clip=True, steps=True):
    optimizer = torch.optim.AdamW(list(model.parameters()), lr, betas=(0.9, 0.95), weight_decay=0)
    losses = []
    for ids, labels, old, rewards in batches:
        better = []
        for group in rewards.split(size):
            better += [(group - (group.mean() if baseline else 0)) / (group.std() + 1e-4)]
        model.zero_grad()
        parts, count = [], int((labels != -100).sum())
        for row, label, drawn, advantage in zip(ids, labels, old, torch.cat(better), strict=True):
            places = (label != -100).nonzero()[:, 0]
            now = model(row[None])[0].log_softmax(-1)[places, label[places]]
            ratio = torch.exp(now - drawn[places])
            bounded = ratio.clip(1 - epsilon, 1 + epsilon) if clip else ratio
            parts.append(-torch.minimum(ratio * advantage, bounded * advantage).sum() / count)
        loss = sum(parts)
        loss.backward()
        if steps:
            optimizer.step()
        losses.append(loss)
    return losses


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        (
            "my_advantages",
            lambda r, g: advantages_by_statistics(r, g, center=lambda group: 0),
            "mean is not taken away",
        ),
        ("my_advantages", lambda r, g: advantages_by_statistics(r, g, spread=np.std), "np.std"),
        (
            "my_advantages",
            lambda r, g: advantages_by_statistics(r, g, lambda x: math.sqrt(stdev(x) ** 2 + 1e-4) - 1e-4),
            "under the root",
        ),
        ("my_pass_at_k", lambda n, c, k: pass_by_product(n, c, k, 0) * -1, "all are wrong"),
        ("my_grpo_loss", lambda *a: loss_by_loop(*a, per_answer=True), "each answer first"),
        ("my_grpo_loss", lambda *a: loss_by_loop(*a, log=False), "exp is missing"),
        ("my_grpo_loss", lambda *a: loss_by_loop(*a, smaller=max), "the larger"),
        ("my_grpo_loss", lambda *a: loss_by_loop(*a, smaller=lambda free, bounded: bounded), "counts always"),
        ("my_grpo_loss", lambda *a: loss_by_loop(*a).item(), "has no slope"),
        ("my_grpo_loss", lambda p, *a: loss_by_loop(p.detach(), *a), "has no slope"),
        ("my_grpo_loss", lambda p, o, a, s, e: loss_by_loop(p, o, a, s, 0.2), "always at 0.8"),
        ("my_grpo_loss", loss_of_a_quotient, "divided logarithms"),
        ("my_pass_at_k", lambda n, c, k: round(pass_by_product(n, c, k), 2), "expected 0.7143"),
        ("which_reward", [5, 4, 2, 1], "A is not 5"),
        ("which_reward", [3, 5, 2, 1], "B is not 5"),
        ("my_grpo_training", lambda *a: loop(*a, baseline=False), "mean is not taken away"),
        ("my_grpo_training", lambda *a: loop(*a, clip=False), "nothing is clipped"),
        ("my_grpo_training", lambda *a: loop(*a, steps=False), "never changes"),
        ("my_grpo_training", lambda m, b, g, lr, e: loop(m, b, 4, lr, e), "always has 4"),
        ("my_grpo_training", lambda m, b, *a: loop(m, list(b), *a), "before the first step"),
        ("my_grpo_training", lambda m, *a: loop(copy.deepcopy(m), *a), "a copy has learned"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


RIGHT = {
    "my_advantages": advantages_by_statistics,
    "my_pass_at_k": pass_by_product,
    "my_grpo_loss": loss_by_loop,
    "which_reward": lambda: np.array(copy.copy(which_reward.my_which_reward())),
    "my_grpo_training": loop,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
