"""Beside TRL: from the same models, rows and reference, its loss and its gradients."""

import copy

import pytest
import tokenizers
import torch
from models import our_config, our_copy, reference_llama
from transformers import PreTrainedTokenizerFast

from lessons_lib.training import Conversations, Dpo, NextToken, Pairs
from lessons_lib.training.losses import scores_at

ASKED = [[3, 1, 4], [5, 3], [7, 7, 7, 1]]
CHOSEN = [[1, 5, 8], [5, 8, 9], [2, 4, 1]]  # of one length; see the test of the chosen answer's own loss
REJECTED = [[9, 2, 6, 6], [9], [3, 8]]


@pytest.fixture(scope="module")
def words():
    """A tokenizer of 97 numbers, for TRL wants one."""
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({str(n): n for n in range(97)}, unk_token="0"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="95", eos_token="96")


@pytest.fixture(scope="module")
def models():
    """The model that learns and the one before tuning, of transformers and ours."""
    theirs = [reference_llama(seed).train() for seed in (1, 0)]
    return theirs, [our_copy(one, our_config()) for one in theirs]


def texts(rows):
    return [" ".join(map(str, row)) for row in rows]


def marked(asked, answers):
    return [(a + b, [False] * len(a) + [True] * len(b)) for a, b in zip(asked, answers, strict=True)]


def ours_of(model, objective, batch):
    model.zero_grad()
    loss = objective.total(lambda *asked: scores_at(model, *asked), batch)[0] / objective.count(batch)
    loss.backward()
    return loss.item()


def same(ours, theirs, loss, their_loss):
    assert loss == pytest.approx(their_loss, abs=1e-5)
    gradients = dict(theirs.named_parameters())
    largest = max(p.grad.abs().max() for p in ours.parameters())
    for name, p in ours.named_parameters():
        torch.testing.assert_close(p.grad, gradients[name].grad, atol=1e-5 * largest.item(), rtol=1e-4)


def settings(tmp_path, **changes):
    quiet = {"report_to": [], "use_cpu": True, "bf16": False, "activation_checkpointing": False, "disable_tqdm": True}
    return {"output_dir": str(tmp_path), "per_device_train_batch_size": 3, "max_length": 64} | quiet | changes


@pytest.mark.parametrize(
    ("objective", "changes"),
    [
        (Dpo(), {"beta": 0.1}),
        (Dpo(beta=0.4), {"beta": 0.4}),
        (Dpo(loss_type="hinge"), {"beta": 0.1, "loss_type": ["hinge"]}),
        (Dpo(loss_type="ipo", beta=0.3), {"beta": 0.3, "loss_type": ["ipo"]}),
        (Dpo(sft_weight=0.5), {"beta": 0.1, "loss_type": ["sigmoid", "sft"], "loss_weights": [1.0, 0.5]}),
    ],
)
def test_dpo_is_that_of_trl(objective, changes, models, words, tmp_path):
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    (policy, reference), (ours, before) = models
    rows = {"prompt": texts(ASKED), "chosen": texts(CHOSEN), "rejected": texts(REJECTED)}
    trainer = DPOTrainer(
        model=copy.deepcopy(policy),
        ref_model=copy.deepcopy(reference),
        args=DPOConfig(**settings(tmp_path, **changes)),
        train_dataset=Dataset.from_dict(rows),
        processing_class=words,
    )
    ids = [
        {"prompt_ids": asked, "chosen_ids": chosen, "rejected_ids": rejected}
        for asked, chosen, rejected in zip(ASKED, CHOSEN, REJECTED, strict=True)
    ]
    their_loss = trainer.compute_loss(trainer.model, trainer.data_collator(ids))
    their_loss.backward()
    pairs = zip(marked(ASKED, CHOSEN), marked(ASKED, REJECTED), strict=True)
    loss = ours_of(ours, objective, Pairs(pairs).measure(before).batch(0, 3))
    same(ours, trainer.model, loss, their_loss.item())


def test_the_chosen_answers_own_loss_is_a_mean_of_answers_where_trls_is_one_of_tokens(models):
    """Where answers differ in length, a long one counts no more than a short one here; Pang et al. have it so too."""
    _, (ours, before) = models
    pairs = list(zip(marked(ASKED, REJECTED), marked(ASKED, CHOSEN), strict=True))
    batch = Pairs(pairs).measure(before).batch(0, 3)
    with torch.no_grad():
        extra = ours_of_no_grad(ours, Dpo(sft_weight=1.0), batch) - ours_of_no_grad(ours, Dpo(), batch)
        alone = [ours_of_no_grad(ours, NextToken(), Conversations([row]).batch(0, 1)) for row, _ in pairs]
    assert extra == pytest.approx(sum(alone) / 3, abs=1e-4)


def ours_of_no_grad(model, objective, batch):
    total, _ = objective.total(lambda *asked: scores_at(model, *asked), batch)
    return total.item() / objective.count(batch)


def test_fine_tuning_is_that_of_trl(models, words, tmp_path):
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    (policy, _), (ours, _) = models
    trainer = SFTTrainer(
        model=copy.deepcopy(policy),
        args=SFTConfig(**settings(tmp_path)),
        train_dataset=Dataset.from_dict({"prompt": texts(ASKED), "completion": texts(REJECTED)}),
        processing_class=words,
    )
    rows = marked(ASKED, REJECTED)
    given = [
        {"input_ids": ids, "labels": [i if said else -100 for i, said in zip(ids, mask, strict=True)]}
        for ids, mask in rows
    ]
    their_loss = trainer.compute_loss(trainer.model, trainer.data_collator(given))
    their_loss.backward()
    loss = ours_of(ours, NextToken(), Conversations(rows).batch(0, 3))
    same(ours, trainer.model, loss, their_loss.item())
