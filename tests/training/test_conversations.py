"""Conversations as batches: only answers are named, no row knows of another, and the loss is that of each row alone."""

import pytest
import torch
from models import random_model

import lessons_lib
from lessons_lib.errors import CheckpointError
from lessons_lib.layers import LoraConfig, add_lora
from lessons_lib.training import IGNORED, Conversations, Recipe, Run, TrainingError, next_token_loss

ROWS = [
    ([3, 1, 4, 1, 5], [False, False, True, True, True]),
    ([9, 2, 6], [False, True, True]),
    ([5, 3, 5, 8, 9, 7, 9], [False, True, True, False, False, True, True]),
]


def test_an_epoch_names_each_answer_once_in_another_order():
    data = Conversations(ROWS, seed=1)
    assert data.per_epoch == 3
    expected = sorted([i for i, said in zip(ids[1:], mask[1:], strict=True) if said] for ids, mask in ROWS)
    orders = []
    for epoch in range(8):
        named = [
            labels[0][labels[0] != IGNORED].tolist() for _, labels in (data.batch(3 * epoch + k, 1) for k in range(3))
        ]
        assert sorted(named) == expected
        orders.append(str(named))
    assert len(set(orders)) > 1


def test_labels_follow_what_is_read_and_the_rest_is_filled_on_the_right():
    inputs, labels = Conversations(ROWS).batch(0, 3)
    assert inputs.shape == labels.shape == (3, 6)
    by_first = {int(row[0]): (row.tolist(), named.tolist()) for row, named in zip(inputs, labels, strict=True)}
    assert by_first[9] == ([9, 2, 0, 0, 0, 0], [2, 6] + 4 * [IGNORED])
    assert by_first[3] == ([3, 1, 4, 1, 0, 0], [IGNORED, 4, 1, 5] + 2 * [IGNORED])
    assert by_first[5] == ([5, 3, 5, 8, 9, 7], [3, 5, IGNORED, IGNORED, 7, 9])


def test_the_loss_of_a_batch_is_that_of_its_rows_alone():
    model = random_model()
    data = Conversations(ROWS)
    inputs, labels = data.batch(0, 3)
    total, count = next_token_loss(model(inputs), labels)
    alone = [next_token_loss(model(*data.batch(step, 1)[:1]), data.batch(step, 1)[1]) for step in range(3)]
    assert count == sum(number for _, number in alone) == 9
    torch.testing.assert_close(total, sum(loss for loss, _ in alone))


@pytest.mark.parametrize(
    ("rows", "length", "words"),
    [
        ([], None, "got none"),
        ([*ROWS, ([1, 2, 3], [True, False, False])], None, r"rows\[3\]: got nothing to name"),
        ([([1, 2], [False, False])], None, r"rows\[0\]: got nothing to name"),
        ([([7], [True])], None, r"rows\[0\]: got nothing to name"),
        (ROWS, 5, r"rows\[2\]: got 6 tokens to read, allowed at most length \(5\)"),
        ([([1, 2, 3], [False, True])], None, r"rows\[0\]: got 3 ids and 2 marks"),
    ],
)
def test_a_conversation_that_cannot_be_learned_from_is_named(rows, length, words):
    with pytest.raises(ValueError, match=words):
        Conversations(rows, length)


def test_a_fingerprint_tells_masks_apart():
    changed = [(ids, [False, *mask[1:-1], False]) for ids, mask in ROWS]
    prints = {Conversations(rows, seed=seed).fingerprint for rows in (ROWS, changed, ROWS[::-1]) for seed in (0, 1)}
    assert len(prints) == 6
    assert Conversations(ROWS, length=9).fingerprint == Conversations(ROWS).fingerprint


def lora_run(steps=6):
    model = add_lora(random_model(), LoraConfig(r=2))
    recipe = Recipe(steps=steps, batch_size=2, matrix_learning_rate=None, learning_rate=0.05, weight_decay=0.0)
    return Run(model, Conversations(ROWS), recipe)


def test_an_adapter_learns_the_answers_and_the_weights_stay():
    run = lora_run(30)
    before = {name: tensor.clone() for name, tensor in run.model.state_dict().items() if "lora" not in name}
    losses = [report.loss for report in run]
    assert losses[-1] < losses[0] / 2
    for name, tensor in before.items():
        assert run.model.state_dict()[name].equal(tensor)


def test_a_run_with_an_adapter_goes_on_to_the_bit(tmp_path):
    whole, cut = lora_run(), lora_run()
    losses = [report.loss for report in whole]
    for report in cut:
        if report.step == 3:
            break
    cut.save(tmp_path / "run")
    again = Run.resume(tmp_path / "run", Conversations(ROWS), add_lora(random_model(), LoraConfig(r=2), seed=9))
    assert [report.loss for report in again] == losses[3:]
    for name, tensor in whole.model.state_dict().items():
        assert again.model.state_dict()[name].equal(tensor)


def test_only_what_learns_is_saved(tmp_path):
    cut = lora_run()
    cut.advance()
    cut.save(tmp_path / "run")
    learned = sum(p.numel() for p in cut.model.parameters() if p.requires_grad)
    size = (tmp_path / "run" / "state.safetensors").stat().st_size
    assert 3 * 4 * learned < size < 3 * 4 * learned + 20_000 < 4 * cut.model.num_parameters()  # and two memories


@pytest.mark.parametrize("model", [lambda: random_model(seed=5), lambda: random_model(tie_word_embeddings=True)])
def test_an_adapter_goes_on_with_its_own_model_alone(model, tmp_path):
    lora_run().save(tmp_path / "run")
    with pytest.raises(CheckpointError, match=r"(frozen|config): got .*, allowed that of the model given"):
        Run.resume(tmp_path / "run", Conversations(ROWS), add_lora(model(), LoraConfig(r=2)))


def test_a_model_whose_weights_did_not_all_learn_must_be_given(tmp_path):
    lora_run().save(tmp_path / "run")
    with pytest.raises(CheckpointError, match="frozen: got weights that are not here, allowed none, or give the model"):
        Run.resume(tmp_path / "run", Conversations(ROWS))


def test_a_step_that_is_no_number_changes_nothing():
    run = lora_run()
    with torch.no_grad():
        next(p for p in run.model.parameters() if p.requires_grad)[0, 0] = torch.nan
    before = {name: tensor.clone() for name, tensor in run.model.state_dict().items()}
    with pytest.raises(TrainingError, match="step 0"):
        run.advance()
    torch.testing.assert_close(run.model.state_dict(), before, equal_nan=True, rtol=0, atol=0)


def test_real_conversations_become_rows():
    _, tokenizer = lessons_lib.load("smollm2-135m-instruct")
    messages = [{"role": "user", "content": "Two and two?"}, {"role": "assistant", "content": "Four."}]
    data = Conversations([tokenizer.encode_chat(messages, add_generation_prompt=False, return_mask=True)])
    inputs, labels = data.batch(0, 1)
    assert tokenizer.decode(labels[labels != IGNORED].tolist()) == "Four.<|im_end|>"
    assert tokenizer.decode(inputs[0].tolist()).endswith("Four.<|im_end|>")
