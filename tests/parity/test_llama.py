"""A Llama of random sizes in our code gives the scores of transformers' LlamaForCausalLM."""

import pytest
import torch
from models import LLAMA3_SCALING, byte_tokenizer, our_config, our_copy, reference_llama, token_ids

import lessons_lib
from lessons_lib import Transformer
from lessons_lib.checkpoint.pretrained import fill

VARIANTS = {
    "grouped heads": {},
    "one key head": {"num_key_value_heads": 1},
    "all key heads": {"num_key_value_heads": 6},
    "tied": {"tie_word_embeddings": True},
    "biases": {"attention_bias": True, "mlp_bias": True},
    "other base and eps": {"rope_theta": 555.0, "rms_norm_eps": 1e-2},
    "linear rope": {"rope_scaling": {"rope_type": "linear", "factor": 3.0}},
    "llama3 rope": {"rope_scaling": LLAMA3_SCALING},
}


@pytest.mark.parametrize("no_grad", [False, True], ids=["with gradients", "without"])
@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS.keys())
def test_scores_equal_transformers(changes, no_grad):
    reference = reference_llama(**changes)
    model = our_copy(reference, our_config(**changes))
    ids = token_ids(3, 71)
    with torch.no_grad():
        expected = reference(ids).logits
    with torch.set_grad_enabled(not no_grad):
        scores = model(ids)
    assert expected.abs().max() > 1
    torch.testing.assert_close(scores.detach(), expected, atol=2e-5, rtol=0)


def test_gradients_equal_transformers():
    reference = reference_llama()
    model = our_copy(reference, our_config())
    ids = token_ids(2, 17)
    for network in (model, reference):
        scores = network(ids)
        torch.logsumexp(getattr(scores, "logits", scores), -1).sum().backward()
    theirs = dict(reference.named_parameters())
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, theirs[name].grad, atol=2e-4, rtol=1e-4)


def test_left_padded_rows_equal_transformers_and_single_rows():
    reference = reference_llama()
    model = our_copy(reference, our_config())
    ids, mask = token_ids(3, 23), torch.ones(3, 23, dtype=torch.long)
    mask[0, :9], mask[2, :1] = 0, 0
    with torch.no_grad():
        scores = model(ids, attention_mask=mask)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        expected = reference(ids, attention_mask=mask, position_ids=positions).logits
        assert scores.isfinite().all()
        for row in range(3):
            real = mask[row].bool()
            torch.testing.assert_close(scores[row, real], expected[row, real], atol=2e-5, rtol=0)
            alone = model(ids[row, real][None])
            torch.testing.assert_close(scores[row, real], alone[0], atol=2e-5, rtol=0)


WRONG = {
    "rotary layout": {"rope_pairing": "interleaved"},
    "rotary base": {"rope_theta": 9000.0},
    "norm eps": {"rms_norm_eps": 1e-3},
    "rotary scaling": {"rope_scaling": {"rope_type": "linear", "factor": 1.1}},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_switch_is_caught(changes):
    reference = reference_llama()
    model = our_copy(reference, our_config(**changes))
    with torch.no_grad():
        difference = (model(token_ids(1, 71)) - reference(token_ids(1, 71)).logits).abs().amax((0, 2))  # [T]
    assert difference.max() > 1e-3
    if "rope" in str(changes):
        assert difference[0] < 2e-5  # position 0 is not turned, so a test of one token would see nothing


def test_a_folder_saved_by_transformers_loads_and_a_wrong_group_order_is_caught(tmp_path):
    reference = reference_llama(vocab_size=300)
    reference.save_pretrained(tmp_path, max_shard_size="60KB")
    byte_tokenizer().save(str(tmp_path / "tokenizer.json"))
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    model, tokenizer = lessons_lib.load(tmp_path)
    ids = torch.tensor([tokenizer.encode("Grouped heads read the same key.")])
    with torch.no_grad():
        expected = reference(ids).logits
        torch.testing.assert_close(model(ids), expected, atol=2e-5, rtol=0)
        state = {name: tensor.clone() for name, tensor in reference.state_dict().items()}
        for name in state:  # `repeat` in place of `repeat_interleave`: query heads in another order
            if "q_proj" in name:
                state[name] = state[name].view(2, 3, 10, 36).transpose(0, 1).reshape(60, 36)
        wrong = Transformer(model.config)
        fill(wrong, state, "wrong")
        assert (wrong(ids) - expected).abs().max() > 1e-2
