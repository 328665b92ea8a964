"""A run on answers of its own: what a batch holds, what is learned, what stops it, and that it goes on to the bit."""

import itertools
import math

import numpy as np
import pytest
import torch
from models import our_config, random_model
from processes import numbers, reward_run, rewarded, together

from lessons_lib import Transformer
from lessons_lib.layers import LoraConfig, add_lora, without_lora
from lessons_lib.training import IGNORED, Grpo, Judged, NextToken, Recipe, Rollouts, Run, TrainingError, log_probs
from lessons_lib.training.losses import scores_at

PROBLEMS = ["314", "5", "77129", "82", "6543"]
GRPO = Grpo(num_generations=5, max_completion_length=7)
ENDS = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]


def encode(problem):
    return [int(letter) + 1 for letter in problem]


def decode(ids):
    return ",".join(map(str, ids))


def sevens(problem, text, ended):
    """How many numbers of the answer end with 7."""
    return float(sum(number.endswith("7") for number in text.split(",")))


def rollouts(model=None, grpo=GRPO, reward=sevens, problems=PROBLEMS, **settings):
    usual = {"encode": encode, "decode": decode, "end": ENDS}
    return Rollouts(random_model() if model is None else model, problems, reward, grpo, **usual | settings)


def run(grpo=GRPO, steps=5, model=None, reward=sevens, reference=None, problems=PROBLEMS, **settings):
    model = add_lora(random_model(), LoraConfig(r=2)) if model is None else model
    usual = {"batch_size": 15, "matrix_learning_rate": None, "learning_rate": 0.01, "weight_decay": 0.0}
    data = rollouts(model, grpo, reward, problems, reference=reference)
    return Run(model, data, Recipe(steps=steps, **usual | settings), grpo)


def test_a_batch_is_what_was_answered_and_what_it_is_worth():
    model = random_model()
    data = rollouts(model, Grpo(num_generations=5, max_completion_length=7, temperature=0.8, scale_rewards="none"))
    batch = Judged(*data.batch(0, 15))
    assert batch.reference is None and {len(tensor) for tensor in batch[:-1]} == {15}
    named, rewards = batch.labels != IGNORED, []
    for n, answer in enumerate(data.answers):
        tokens = batch.labels[n][named[n]].tolist()
        assert decode(tokens[: len(tokens) - answer.ended]) == answer.text
        assert (tokens[-1] in ENDS) == answer.ended and (answer.ended or len(tokens) == 7)
        asked = len(encode(answer.problem))
        whole = encode(answer.problem) + tokens
        assert named[n].nonzero()[0] == asked - 1 and batch.ids[n, : len(whole) - 1].tolist() == whole[:-1]
        assert answer.reward == sevens(None, answer.text, None)
        rewards.append(answer.reward)
    assert {answer.ended for answer in data.answers} == {True, False}
    problems = [answer.problem for answer in data.answers]
    assert all(len(set(problems[n : n + 5])) == 1 for n in (0, 5, 10)) and len(set(problems)) == 3
    expected = log_probs(lambda *asked: scores_at(model, *asked) / 0.8, batch.ids, batch.labels)
    torch.testing.assert_close(batch.old, expected, atol=1e-4, rtol=0)
    groups = torch.tensor(rewards).view(3, 5)
    torch.testing.assert_close(batch.advantages, (groups - groups.mean(1, keepdim=True)).flatten())
    lengths = named.sum(1)
    assert batch.watched[:, :3].tolist() == [
        [reward, length, ended]
        for reward, length, ended in zip(rewards, lengths, [a.ended for a in data.answers], strict=True)
    ]
    assert batch.mean_length.tolist() == pytest.approx([lengths.float().mean().item()] * 15)
    equal = (groups == groups[:, :1]).all(1).repeat_interleave(5)
    assert batch.watched[:, 3].bool().equal(equal)


def test_all_problems_come_before_one_comes_again():
    data = rollouts()
    for epoch in range(3):
        seen = []
        for step in range(5 * epoch, 5 * epoch + 5):
            data.batch(step, 5)
            seen.append(data.answers[0].problem)
        assert sorted(seen) == sorted(PROBLEMS)
    assert data.per_epoch == 25


def test_a_batch_depends_on_the_seed_the_step_and_the_weights():
    def told(step=1, **settings):
        data = rollouts(**settings)
        data.batch(step, 15)
        return data.answers

    assert told() == told() != told(step=2)
    assert told(seed=1) != told() != told(model=random_model(seed=1))
    one = rollouts()
    one.batch(7, 15), one.batch(1, 15)
    assert one.answers == told()  # whatever was asked before


def test_it_learns_what_is_paid_for():
    reports = list(run(steps=25, batch_size=30, learning_rate=0.05))
    first, last = (sum(r.measures["reward"] for r in part) / 5 for part in (reports[:5], reports[-5:]))
    assert last > first + 1
    assert [r.measures["clipped"] for r in reports] == [0] * 25  # a batch that is learned from once has a ratio of 1
    assert reports[0].measures["entropy"] > reports[-1].measures["entropy"] > 0


def test_it_unlearns_what_is_not():
    reports = list(run(steps=25, batch_size=75, learning_rate=0.02, reward=lambda *a: -sevens(*a)))
    first, last = (sum(report.measures["reward"] for report in part) for part in (reports[:5], reports[-5:]))
    assert first < -0.8 and last > first / 2


@pytest.mark.parametrize("loss_type", ["grpo", "dapo", "dr_grpo"])
def test_parts_of_a_batch_make_the_same_step(loss_type):
    grpo = Grpo(num_generations=5, max_completion_length=7, loss_type=loss_type, beta=0.1)
    for one, two in zip(run(grpo, steps=3), run(grpo, steps=3, accumulate=4), strict=True):
        assert two[:5] == pytest.approx(one[:5], rel=1e-3, abs=1e-6)
        assert two.measures == pytest.approx(one.measures, abs=1e-4)


@pytest.mark.parametrize("whole", [False, True])
def test_a_run_goes_on_to_the_bit_and_with_no_other_settings(whole, tmp_path):
    def fresh(seed=0):
        return random_model(seed) if whole else add_lora(random_model(), LoraConfig(r=2), seed=seed)

    expected, cut = list(run(model=fresh())), run(model=fresh())
    list(itertools.islice(cut, 2))
    cut.save(tmp_path / "run")
    model = fresh(4)
    again = Run.resume(tmp_path / "run", rollouts(model), model, GRPO)
    assert list(again) == expected[2:]
    for other in (Grpo(num_generations=3, max_completion_length=7), NextToken()):
        with pytest.raises(TrainingError, match=r"objective: got .*, that of the run in .*: Grpo\(num_generations=5"):
            Run.resume(tmp_path / "run", rollouts(model), model, other)
    with pytest.raises(TrainingError, match="data: not what the run"):
        Run.resume(tmp_path / "run", rollouts(model, seed=1), model, GRPO)


def test_a_model_that_is_not_the_runs_own_is_found():
    moved = run(learning_rate=0.1)
    other = Run(moved.model, rollouts(random_model()), moved.recipe, GRPO)
    other.advance()  # B is still 0
    with pytest.raises(TrainingError, match="the answers are of another model"):
        other.advance()


# The reference


def test_the_reference_is_the_model_below_the_adapter():
    grpo = Grpo(num_generations=5, max_completion_length=7, beta=0.5)
    going = run(grpo, steps=8)
    reports = list(going)
    assert reports[0].measures["kl"] == pytest.approx(0, abs=1e-6) and reports[-1].measures["kl"] > 1e-4
    batch = Judged(*going.data.batch(8, 15))
    with without_lora(going.model), torch.no_grad():
        expected = log_probs(lambda *asked: scores_at(going.model, *asked), batch.ids, batch.labels)
    torch.testing.assert_close(batch.reference, expected, atol=1e-4, rtol=0)
    assert not torch.allclose(batch.reference, batch.old, atol=1e-3)


def test_the_reference_can_be_any_model():
    grpo = Grpo(num_generations=5, max_completion_length=7, beta=0.5, temperature=0.9)
    tuned = add_lora(random_model(), LoraConfig(r=2), seed=1)
    with torch.no_grad():
        tuned.model.layers[0].self_attn.q_proj.lora_B.normal_(generator=torch.Generator().manual_seed(0))
    batch = Judged(*run(grpo, model=random_model(), reference=tuned).data.batch(0, 15))
    with torch.no_grad():
        expected = log_probs(lambda *asked: scores_at(tuned, *asked) / 0.9, batch.ids, batch.labels)
    torch.testing.assert_close(batch.reference, expected, atol=1e-4, rtol=0)  # with its own adapter


def test_a_price_keeps_the_model_near():
    far, near = (
        list(run(Grpo(num_generations=5, max_completion_length=7, beta=beta), steps=12, learning_rate=0.01))[-1]
        for beta in (1e-9, 2.0)
    )
    assert near.measures["kl"] < 0.3 * far.measures["kl"]


# What goes wrong


def raises(problem, text, ended):
    return 1 / (len(problem) - 5)


@pytest.mark.parametrize(
    ("reward", "words"),
    [
        (raises, "ZeroDivisionError: .*; of problem '77129' and answer '[0-9]"),
        (lambda *_: math.nan, "nan, allowed a finite number or None; of problem '"),
        (lambda *_: -math.inf, "-inf, allowed"),
        (lambda *_: "good", "ValueError: could not convert string"),
        (lambda *_: [1.0], "TypeError"),
    ],
)
def test_a_reward_that_fails_stops_the_run_and_names_the_answer(reward, words):
    going = run(reward=reward, batch_size=25)
    before = [p.clone() for p in going.model.parameters()]
    with pytest.raises(TrainingError, match=f"step 0: reward: got {words}"):
        going.advance()
    assert going.step == 0 and all(map(torch.equal, before, going.model.parameters()))


def test_what_cannot_be_decoded_is_named():
    def fails(ids):
        raise ValueError("no such token")

    data = Rollouts(random_model(), PROBLEMS, sevens, GRPO, encode=encode, decode=fails, end=ENDS)
    with pytest.raises(TrainingError, match="ValueError: no such token; of problem '"):
        data.batch(0, 15)


@pytest.mark.parametrize("reward", [lambda *_: None, lambda *_: 0.1, lambda *_: True])
def test_where_nobody_did_better_nothing_is_learned(reward):
    going = run(reward=reward, steps=1)
    before = [p.clone() for p in going.model.parameters()]
    (report,) = going
    assert report.loss == 0 and report.grad_norm == 0 and report.measures["equal_groups"] == 1
    assert all(map(torch.equal, before, going.model.parameters()))
    paid = reward()
    assert report.measures["reward"] == pytest.approx(math.nan if paid is None else float(paid), nan_ok=True)


def test_who_is_not_judged_is_left_out():
    data = rollouts(reward=lambda problem, text, ended: sevens(problem, text, ended) if ended else None)
    batch = Judged(*data.batch(0, 25))
    judged = torch.tensor([answer.ended for answer in data.answers])
    assert 0 < judged.sum() < 25 and not batch.advantages[~judged].any() and batch.advantages[judged].any()
    paid = [answer.reward for answer in data.answers if answer.ended]
    assert batch.watched[:, 0].mean().item() == pytest.approx(sum(paid) / len(paid))


def test_an_answer_that_is_cut_says_so():
    def judge(problem, text, ended):
        return float(ended)

    going = run(reward=judge, steps=1, batch_size=25)
    (report,) = going
    assert report.measures["reward"] == report.measures["ended"] and 0 < report.measures["ended"] < 1
    assert {answer.reward for answer in going.data.answers if not answer.ended} == {0.0}


def test_weights_that_are_no_numbers_stop_the_run():
    going = run(steps=3)
    going.advance()
    with torch.no_grad():
        going.model.model.layers[1].mlp.up_proj.lora_B[0] = math.nan
    with pytest.raises(TrainingError, match="the scores of the model are no finite numbers"):
        going.advance()
    assert going.step == 1


def test_rewards_beyond_all_bounds_stop_the_run_before_the_step():
    grpo = Grpo(num_generations=5, max_completion_length=7, scale_rewards="none")
    going = run(grpo, reward=lambda *a: 1e300 * sevens(*a))
    before = [p.clone() for p in going.model.parameters()]
    with pytest.raises(TrainingError, match="step 0: loss"):
        going.advance()
    assert all(map(torch.equal, before, going.model.parameters()))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"problems": []}, "problems: got none"),
        ({"problems": ["3", ""]}, r"problems\[1\]: got 0 tokens, allowed 1 to 121"),
        ({"problems": ["3", "4", "1" * 122]}, r"problems\[2\]: got 122 tokens, allowed 1 to 121, the model's context"),
        ({"grpo": Grpo(beta=0.1, max_completion_length=7)}, r"reference: got None with beta \(0.1\) and no adapter"),
        ({"seed": -1}, "seed: got -1"),
    ],
)
def test_what_cannot_be_answered_is_named(settings, words):
    with pytest.raises(ValueError, match=words):
        rollouts(**settings)


def test_a_batch_of_broken_groups_is_named():
    with pytest.raises(ValueError, match=r"batch_size: got 16, allowed a multiple of num_generations \(5\)"):
        run(batch_size=16).advance()


def test_a_fingerprint_tells_data_apart():
    others = [{}, {"seed": 1}, {"problems": PROBLEMS[::-1]}, {"problems": ["31", "45", *PROBLEMS[2:]]}, {"end": [0]}]
    assert len({rollouts(**other).fingerprint for other in others}) == 5


@pytest.mark.parametrize("way", ["ddp", "fsdp"])
def test_two_processes_take_the_steps_of_one(way):
    alone = numbers(reward_run())
    results, codes = together(2, rewarded, way)
    assert codes == [0, 0]
    for (reports, weights), _ in results:
        np.testing.assert_allclose(reports, alone[0], rtol=1e-4, atol=1e-6)
        for ours, theirs in zip(weights or [], alone[1], strict=bool(weights)):
            np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_a_model_made_from_nothing_has_no_end_of_its_own():
    torch.manual_seed(0)
    model = Transformer(our_config())
    data = Rollouts(model, PROBLEMS, sevens, GRPO, encode=encode, decode=decode)
    data.batch(0, 5)
    assert not any(answer.ended for answer in data.answers)
