"""DPO: equal to TRL's loss and gradients, to the formula by hand, the same in parts, and clear about bad pairs."""

import itertools
import math

import pytest
import torch
from models import random_model

from lessons_lib.layers import LoraConfig, add_lora, without_lora
from lessons_lib.training import Dpo, NextToken, Pairs, Recipe, Run, TrainingError, dpo_loss
from lessons_lib.training.losses import scores_at

ROWS = [  # the question, the chosen and the rejected answer
    ([3, 1, 4], [1, 5], [9, 2, 6]),
    ([5, 3], [5, 8, 9, 7], [9]),
    ([7, 7, 7, 1], [2], [3, 8]),
    ([8, 2], [8, 4, 6], [8, 4, 1, 1]),
    ([6], [6, 6], [6, 9]),
]


def rows(triples=ROWS):
    return [
        tuple((asked + answer, [False] * len(asked) + [True] * len(answer)) for answer in answers)
        for asked, *answers in triples
    ]


def tuned(seed=0):
    """A model with an adapter that has moved already."""
    model = add_lora(random_model(), LoraConfig(r=2))
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if "lora_B" in name:
                p.normal_(0, 0.2)
    return model


DPO = Dpo()


def run(objective=DPO, steps=6, data=None, **settings):
    model = add_lora(random_model(), LoraConfig(r=2))
    data = data or Pairs(rows()).measure(model)
    usual = {"batch_size": 3, "matrix_learning_rate": None, "learning_rate": 0.02, "weight_decay": 0.0}
    return Run(model, data, Recipe(steps=steps, **usual | settings), objective)


def by_hand(model, asked, answer):
    """The logarithm of the probability of an answer, a token at a time."""
    total = 0.0
    for n, token in enumerate(answer):
        total += model(torch.tensor([asked + answer[:n]]))[0, -1].log_softmax(-1)[token].item()
    return total


def test_the_loss_is_the_formula_by_hand():
    model = tuned()
    data = Pairs(rows()).measure(model)
    batch = data.batch(0, len(ROWS))
    total, measures = Dpo(beta=0.3).total(lambda *asked: scores_at(model, *asked), batch)
    expected, chosen = 0.0, 0.0
    for asked, *answers in ROWS:
        now = [by_hand(model, asked, answer) for answer in answers]
        with without_lora(model):
            before = [by_hand(model, asked, answer) for answer in answers]
        rewards = [0.3 * (a - b) for a, b in zip(now, before, strict=True)]
        expected += -math.log(1 / (1 + math.exp(rewards[1] - rewards[0])))
        chosen += rewards[0]
    assert total.item() == pytest.approx(expected, abs=1e-4)
    assert measures["chosen"] == pytest.approx(chosen, abs=1e-4)


@pytest.mark.parametrize("loss_type", ["sigmoid", "hinge", "ipo"])
@pytest.mark.parametrize("answers", [["chosen", "rejected"], ["rejected", "chosen"]])
def test_the_order_of_the_two_matters_and_more_margin_costs_less(loss_type, answers):
    policy = torch.tensor([[-4.0, -4.5], [-4.0, -9.0]])
    losses = dpo_loss(policy if answers[0] == "chosen" else policy.flip(-1), torch.zeros(2, 2), 0.1, loss_type)
    assert (losses[1] < losses[0]) == (answers[0] == "chosen")


def test_ipo_wants_its_margin_and_hinge_rests():
    margins = torch.tensor([[5.0, 0.0], [10.0, 0.0], [20.0, 0.0]])
    assert dpo_loss(margins, torch.zeros(3, 2), 0.1, "ipo").tolist() == [0, 25, 225]
    assert dpo_loss(margins, torch.zeros(3, 2), 0.1, "hinge").tolist() == [0.5, 0, 0]


def test_the_chosen_answer_is_kept_likely_by_its_own_loss():
    model = tuned()
    batch = Pairs(rows()).measure(model).batch(0, len(ROWS))

    def scores(*asked):
        return scores_at(model, *asked)

    plain, kept = (Dpo(sft_weight=weight).total(scores, batch)[0].item() for weight in (0.0, 0.7))
    expected = sum(-by_hand(model, asked, chosen) / len(chosen) for asked, chosen, _ in ROWS)
    assert kept - plain == pytest.approx(0.7 * expected, abs=1e-4)


def test_before_the_first_step_nothing_is_preferred():
    report = run().advance()
    assert report.loss == pytest.approx(math.log(2), abs=1e-6)
    assert (report.measures["chosen"], report.measures["rejected"]) == pytest.approx((0, 0), abs=1e-6)


def test_it_learns_what_is_preferred():
    last = list(run(steps=40))[-1]
    assert last.loss < 0.3 and last.measures["accuracy"] == 1
    assert last.measures["chosen"] > last.measures["rejected"] + 1


@pytest.mark.parametrize("parts", [2, 3])
def test_parts_of_a_batch_make_the_same_step(parts):
    objective = Dpo(sft_weight=0.5)
    for one, two in zip(run(objective), run(objective, accumulate=parts), strict=True):
        assert two[:5] == pytest.approx(one[:5], rel=1e-4)
        assert two.measures == pytest.approx(one.measures, abs=1e-5)


def test_a_run_goes_on_to_the_bit_and_with_no_other_objective(tmp_path):
    whole, cut = run(), run()
    expected = list(whole)
    list(itertools.islice(cut, 2))
    cut.save(tmp_path / "run")

    def fresh():
        return add_lora(random_model(), LoraConfig(r=2), seed=4)

    model = fresh()
    again = Run.resume(tmp_path / "run", Pairs(rows()).measure(model), model, Dpo())
    assert list(again) == expected[2:]
    for other in (Dpo(beta=0.2), Dpo(loss_type="ipo"), NextToken(), None):
        with pytest.raises(TrainingError, match=r"objective: got .*, that of the run in .*: Dpo\(beta=0.1"):
            Run.resume(tmp_path / "run", Pairs(rows()).measure(model), fresh(), other)


def test_the_reference_is_the_model_before_tuning():
    model = tuned()
    reference = Pairs(rows()).measure(model, batch_size=2).reference
    with without_lora(model):
        expected = [[by_hand(model, asked, answer) for answer in answers] for asked, *answers in ROWS]
    torch.testing.assert_close(reference, torch.tensor(expected), atol=1e-4, rtol=0)
    torch.testing.assert_close(Pairs(rows()).measure(random_model()).reference, reference)


def test_a_reference_that_was_forgotten_is_named():
    with pytest.raises(TrainingError, match="not measured yet; call measure"):
        run(data=Pairs(rows())).advance()


@pytest.mark.parametrize(
    ("triples", "length", "words"),
    [
        ([], None, "rows: got none"),
        ([*ROWS, ([1, 2], [3], [3])], None, r"rows\[5\]: got the same answer twice"),
        ([([1, 2], [3], [])], None, r"rows\[0\], rejected: got nothing to name"),
        (ROWS, 4, r"rows\[0\], rejected: got 5 tokens to read, allowed at most length \(4\)"),
    ],
)
def test_a_pair_that_cannot_be_compared_is_named(triples, length, words):
    with pytest.raises(ValueError, match=words):
        Pairs(rows(triples), length)


def test_two_questions_are_no_pair():
    chosen, rejected = ([1, 2, 3], [False, False, True]), ([1, 4, 5], [False, False, True])
    with pytest.raises(ValueError, match=r"rows\[0\]: got two questions, allowed two answers to one"):
        Pairs([(chosen, rejected)])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"beta": 0}, "beta: got 0, allowed above 0"),
        ({"beta": math.nan}, "beta"),
        ({"sft_weight": -1}, "sft_weight: got -1"),
        ({"loss_type": "dpo"}, "loss_type: got 'dpo', allowed sigmoid, hinge, ipo"),
    ],
)
def test_a_bad_setting_is_named(settings, words):
    with pytest.raises(ValueError, match=words):
        Dpo(**settings)


def test_a_fingerprint_tells_pairs_apart():
    swapped = [pair[::-1] for pair in rows()]
    prints = {Pairs(pairs, seed=seed).fingerprint for pairs in (rows(), swapped, rows()[::-1]) for seed in (0, 1)}
    assert len(prints) == 6
