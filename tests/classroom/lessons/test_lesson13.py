"""Lesson 13: the solutions against libraries that nobody here wrote, its recorded runs, mistakes in other words."""

import copy
import json
import math

import numpy as np
import pytest
import torch
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch.nn import functional as F

from lessons_lib.classroom.lessons import lesson13
from lessons_lib.classroom.lessons.lesson13 import compared, liking, pairs, recorded, tiny, which_log
from lessons_lib.classroom.lessons.lesson13.chances import best_policy
from lessons_lib.classroom.lessons.lesson13.my_answer import my_answer
from lessons_lib.classroom.lessons.lesson13.my_best_policy import my_best_policy
from lessons_lib.classroom.lessons.lesson13.my_dpo_loss import my_dpo_loss
from lessons_lib.classroom.lessons.lesson13.my_dpo_training import my_dpo_training
from lessons_lib.classroom.real_model import real_model
from lessons_lib.layers import without_lora
from lessons_lib.training import Dpo, Pairs, Recipe, Run, dpo_loss

EXERCISES = {exercise.id: exercise for exercise in lesson13.EXERCISES}
bounded = settings(derandomize=True, max_examples=examples(30), deadline=None)


# What is stored


def test_the_recorded_runs_are_of_todays_settings():
    stored = json.loads(recorded.STORED.read_text("utf-8"))
    assert len(stored["kinds"]) == len(recorded.KINDS)
    for kind, way in zip(stored["kinds"], recorded.KINDS, strict=True):
        assert kind["fingerprint"] == recorded.fingerprint(way), f"run {stored['command']}"
        assert kind["way"] == way._asdict() and len(kind["runs"]) == len(recorded.SEEDS)


def test_a_recorded_run_begins_at_ln_2_and_has_a_number_a_step():
    for way, runs in recorded.runs().items():
        for run in runs:
            assert len(run.loss) == len(run.chosen) == len(run.rejected) == len(run.accuracy) == way.steps
            assert run.chosen[0] == run.rejected[0] == 0
            if not way.sft_weight:
                assert run.loss[0] == pytest.approx(math.log(2), abs=1e-3)


@pytest.mark.parametrize("name", ["liked of 20", "perplexity", "reward, other"])
def test_how_far_two_ways_are_apart_is_scipys_paired_interval(name):
    way, base = recorded.COPIED, recorded.USUAL
    mean, reach = compared.less(name, way, base)
    theirs = stats.ttest_rel(compared.of(way, name), compared.of(base, name)).confidence_interval(0.95)
    assert (mean - reach, mean + reach) == pytest.approx(theirs, abs=0.005 * reach)


def test_what_is_said_of_recorded_answers_is_what_the_judge_says():
    told = [recorded.before(), *(run.told for runs in recorded.runs().values() for run in runs)]
    for each in told:
        assert each.liked == sum(pairs.is_liked(*answer) for answer in each.said)
        assert each.words == pytest.approx(sum(len(answer.text.split()) for answer in each.said) / 20, abs=0.01)


def test_every_liked_answer_is_liked_and_no_other_one_is():
    for pair in pairs.pairs():
        assert pairs.is_liked(pair.liked, True), pair
        assert pair.other and not pairs.is_liked(pair.other, False)
    assert len({pair.question for pair in pairs.pairs()} | set(pairs.HELD_OUT)) == 52


@pytest.mark.parametrize(
    ("text", "ended", "liked"),
    [
        ("Ice is frozen water.", True, True),
        ("Ice is frozen water.", False, False),
        ("Water boils at 99.97 degrees.", True, True),
        ("word " * 19 + "end.", True, True),
        ("word " * 20 + "end.", True, False),
        ("One. Two.", True, False),
        ("No full stop", True, False),
        ("", True, False),
        (" ", True, False),
        ("Is it? ", True, True),
    ],
)
def test_the_judge(text, ended, liked):
    assert pairs.is_liked(text, ended) is liked


def test_what_is_said_of_the_four_logs_is_what_they_show():
    for way, *said in which_log.SEEN.values():
        first, last, liked, other = tiny.log_of(way)
        assert [float(each) for each in said[:2]] == pytest.approx([first, last], abs=0.01)
        assert [float(each) for each in said[2:]] == pytest.approx([liked, other], abs=0.1)


@pytest.mark.parametrize("way", [recorded.COPIED, recorded.ALONE, recorded.LONG_NO_END])
def test_a_run_begins_as_it_was_recorded(way):
    model, tokenizer = copy.deepcopy(real_model()[0]), real_model()[1]
    data = Pairs(liking.rows(tokenizer, way.ended), seed=3)
    data.measure(model)
    run = liking.run(liking.prepared(model, seed=3), data, way)
    first = recorded.runs()[way][3].loss[:2]
    assert [run.advance().loss for _ in range(2)] == pytest.approx(first, abs=0.003)


def test_copying_is_what_the_comparison_leaves_of_the_loss():
    batch = Pairs(tiny.reds()).measure(model := tiny.moved_model()).batch(0, 4)

    def total(objective):
        return objective.total(lambda ids, places: model(ids)[places], batch)

    (copied, log), (both, expected), (compared, _) = map(
        total, (liking.Copying(sft_weight=0.5), Dpo(sft_weight=0.5), Dpo(sft_weight=0.0))
    )
    torch.testing.assert_close(copied, both - compared)
    assert log == expected and log["chosen"] != 0


def test_without_an_end_the_liked_answers_lack_the_end_token_alone():
    tokenizer = real_model()[1]
    for (liked, other), (cut, same) in zip(liking.rows(tokenizer), liking.rows(tokenizer, False), strict=True):
        assert liked == (cut[0] + [tokenizer.eos_token_id], cut[1] + [True]) and other == same


# The exercises against other programs


@given(st.integers(1, 8), st.integers(2, 6), st.integers(0, 1000))
@bounded
def test_the_chance_of_an_answer_is_torchs_cross_entropy(length, size, seed):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(length, size, dtype=torch.float64, generator=generator)
    labels = torch.randint(size, (length,), generator=generator)
    labels[1:] = torch.where(torch.rand(length - 1, generator=generator) < 0.4, -100, labels[1:])
    theirs = -F.cross_entropy(scores, labels, reduction="sum")
    torch.testing.assert_close(my_answer(scores, labels), theirs)


@given(st.integers(2, 6), st.floats(0.01, 5), st.integers(0, 1000))
@bounded
def test_no_other_chances_are_worth_more(size, beta, seed):
    generator = torch.Generator().manual_seed(seed)
    reference = torch.rand(size, dtype=torch.float64, generator=generator) + 0.01
    reference /= reference.sum()
    rewards = torch.randn(size, dtype=torch.float64, generator=generator)
    best = my_best_policy(reference, rewards, beta)
    torch.testing.assert_close(best, best_policy(reference, rewards, beta))
    others = torch.rand(200, size, dtype=torch.float64, generator=generator) + 1e-6
    others = torch.cat([others / others.sum(-1, keepdim=True), torch.eye(size, dtype=torch.float64)])

    def worth(p):
        moved = torch.distributions.kl_divergence(*(torch.distributions.Categorical(each) for each in (p, reference)))
        return (p * rewards).sum(-1) - beta * moved

    assert worth(others).max() <= worth(best) + 1e-9


@given(st.integers(1, 5), st.floats(0.01, 2), st.integers(0, 1000))
@bounded
def test_the_loss_is_the_librarys(count, beta, seed):
    policy, reference = 20 * torch.randn(2, count, 2, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(my_dpo_loss(policy, reference, beta), dpo_loss(policy, reference, beta))


def test_the_loop_of_the_solution_has_the_losses_of_the_librarys_run():
    ours, theirs = tiny.moved_model(), tiny.moved_model()
    data = Pairs(tiny.reds()).measure(theirs)
    recipe = Recipe(
        steps=5,
        batch_size=4,
        learning_rate=0.002,
        matrix_learning_rate=None,
        warm_up=0.0,
        decay=0.0,
        weight_decay=0.0,
        clip=1e9,
    )
    expected = [report.loss for report in Run(theirs, data, recipe, Dpo(beta=0.2))]
    found = my_dpo_training(ours, [data.batch(step, 4)[:2] for step in range(5)], 0.002, 0.2)
    assert found == pytest.approx(expected, rel=1e-5)


# The learner writes the same mistakes differently; the words must be the same.


def answer_by_loop(scores, labels, mean=False, log=math.log):
    total, count = 0.0, 0
    for row, label in zip(scores.tolist(), labels.tolist(), strict=True):
        if label != -100:
            chances = [math.exp(score) for score in row]
            total, count = total + log(chances[label] / sum(chances)), count + 1
    return total / count if mean else total


def policy_by_numpy(reference, rewards, beta, old=True):
    exponents = rewards.numpy() / beta
    weights = (reference.numpy() if old else 1) * np.exp(exponents - exponents.max())
    return weights / weights.sum()


def policy_by_exp(reference, rewards, beta, kept=lambda exponents: exponents):
    weights = reference * kept(rewards / beta).exp()
    return weights / weights.sum()


def loss_by_logaddexp(policy, reference, beta, share=1.0):
    change = policy - share * reference
    margin = beta * (change[:, 0] - change[:, 1])
    return torch.logaddexp(torch.zeros_like(margin), -margin)


def losses_of(*arguments):
    return list(loss_by_logaddexp(*arguments))


def loss_by_exp(policy, reference, beta, farthest=math.inf, kept=lambda sigmoid: sigmoid):
    margin = beta * (policy - reference) @ torch.tensor([1.0, -1.0], dtype=policy.dtype)
    return kept(1 / (1 + torch.exp(-margin.clamp(-farthest, farthest)))).log().neg()


def loss_by_a_branch(policy, reference, beta):
    margins = beta * ((policy - reference)[:, 0] - (policy - reference)[:, 1])
    return torch.where(margins > -50, torch.log1p(torch.exp(-margins)), -margins)


def answer_shifted(scores, labels):
    return my_answer(scores[:-1], labels[1:])


def loop(model, batches, lr, beta, off=True, mean=False, longest=None, answer=my_answer, sign=1):
    optimizer = torch.optim.AdamW(
        (p for p in model.parameters() if p.requires_grad), lr, betas=(0.9, 0.95), weight_decay=0
    )
    frozen = copy.deepcopy(model)
    losses = []

    def ask(model, ids, labels):
        rows = [answer(model(row[None])[0], label) for row, label in zip(ids, labels, strict=True)]
        return torch.stack([torch.as_tensor(row) for row in rows]) / ((labels != -100).sum(-1) if mean else 1)

    for ids, labels in batches:
        losses.append(0.0)
        model.zero_grad()
        for row, label in zip(ids, labels, strict=True):
            with torch.no_grad():
                if off:
                    with without_lora(frozen):
                        before = ask(frozen, row, label)
                else:
                    before = ask(frozen, row, label)
            change = ask(model, row, label) - before
            loss = sign * torch.log1p(torch.exp(-beta * (change[0] - change[1]))) / len(ids)
            loss.backward()
            losses[-1] += loss.item()
        if longest:
            torch.nn.utils.clip_grad_norm_(model.parameters(), longest)
        optimizer.step()
    return losses


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("my_answer", lambda *a: answer_by_loop(*a, mean=True), "took the mean"),
        ("my_answer", lambda *a: answer_by_loop(*a, log=float), "added up"),
        ("my_answer", F.cross_entropy, "as it comes"),
        ("my_answer", lambda *a: torch.tensor(answer_by_loop(*a)).exp().log(), "multiplied"),
        ("my_answer", lambda *a: math.log(math.exp(answer_by_loop(*a))), "multiplied"),
        ("my_answer", lambda s, label: -F.cross_entropy(s, label.where(label > 0, -100), reduction="sum"), "token 0"),
        ("my_best_policy", lambda *a: policy_by_numpy(*a, old=False), "old chances don't count"),
        ("my_best_policy", policy_by_exp, "endless or 0"),
        ("my_best_policy", lambda *a: policy_by_exp(*a).nan_to_num(), "endless or 0"),
        ("my_best_policy", lambda *a: policy_by_exp(*a, kept=lambda x: x.clamp(-80, 80)), "endless or 0"),
        ("my_best_policy", lambda p, r, b: policy_by_exp(p, r - r.min(), b), "endless or 0"),
        ("my_best_policy", lambda p, r, b: policy_by_numpy(p, -r, b), "minus in the exponent"),
        ("my_dpo_loss", lambda *a: loss_by_logaddexp(*a, share=0.0), "reference is forgotten"),
        ("my_dpo_loss", lambda p, r, b: loss_by_logaddexp(p.flip(1), r.flip(1), b), "swapped"),
        ("my_dpo_loss", lambda p, r, b: loss_by_logaddexp(r, p, b), "or the two models"),
        ("my_dpo_loss", lambda p, r, b: loss_by_logaddexp(b * p, r, 1), "policy's logarithms alone"),
        ("my_dpo_loss", lambda p, r, b: loss_by_logaddexp(p.detach(), r, b), "has no slope"),
        ("my_dpo_loss", lambda *a: loss_by_logaddexp(*a).tolist(), "has no slope"),
        ("my_dpo_loss", lambda *a: [each.item() for each in losses_of(*a)], "has no slope"),
        ("my_dpo_loss", lambda p, r, b: np.log1p(np.exp(-b * (p.numpy() - r.numpy()))), "has no slope"),
        ("my_dpo_loss", loss_by_a_branch, "the branch that torch.where leaves out"),
        ("my_dpo_loss", lambda p, r, b: F.softplus((p - r) @ torch.tensor([-b, b])), "dtype=x.dtype"),
        ("my_dpo_loss", loss_by_exp, "becomes endless"),
        ("my_dpo_loss", lambda *a: torch.log1p(1 / loss_by_exp(*a).neg().exp() - 1), "becomes endless"),
        ("my_dpo_loss", lambda *a: loss_by_exp(*a, kept=lambda p: p.clamp(1e-12, 1)), "kept from 0"),
        ("my_dpo_loss", lambda *a: loss_by_exp(*a, kept=lambda p: p + 1e-8), "kept from 0"),
        ("my_dpo_loss", lambda *a: loss_by_exp(*a, farthest=25), "clamped"),
        ("which_log", [4, 3, 1, 2], "B and D are swapped"),
        ("which_log", (4, 2, 3, 1), "C and D are swapped"),
        ("which_log", (4, 5, 1, 3), "None is 5"),
        ("which_log", (5, 2, 1, 3), "None is 5"),
        ("my_dpo_training", lambda *a: loop(*a, off=False), "adapter included"),
        ("my_dpo_training", lambda *a: loop(*a, mean=True), "their sum"),
        ("my_dpo_training", lambda *a: loop(*a, longest=1.0), "nothing is clipped"),
        ("my_dpo_training", lambda *a: loop(*a, answer=answer_by_loop), "has no slope"),
        ("my_dpo_training", lambda *a: loop(*a, sign=-1), "minus is missing"),
        ("my_dpo_training", lambda *a: loop(*a, answer=answer_shifted), "one place"),
        ("my_dpo_training", lambda *a: loop(*a, answer=lambda s, t: my_answer(s, t.clamp(min=0))), "count too"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


RIGHT = {
    "my_answer": answer_by_loop,
    "my_best_policy": policy_by_numpy,
    "my_dpo_loss": losses_of,
    "which_log": lambda: np.array([4, 2, 1, 3]),
    "my_dpo_training": loop,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
