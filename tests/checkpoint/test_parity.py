"""The parity debugger: planted faults are found where they are, healthy models pass, and nothing is left behind."""

import copy
from dataclasses import replace

import pytest
import torch
from models import our_config, our_copy, random_model, reference_llama, token_ids
from torch import nn

from lessons_lib import Transformer
from lessons_lib.checkpoint.parity import compare, first_difference, outputs

IDS = token_ids(2, 11)


@pytest.fixture(scope="module")
def pair():
    """Our model and transformers' with the same weights."""
    reference = reference_llama()
    return our_copy(reference, our_config()), reference


def with_config(model, **changes):
    """The same weights under another config."""
    other = Transformer(replace(model.config, **changes))
    other.load_state_dict(model.state_dict())
    return other.eval()


def with_another_mask(model, mask):
    """A model whose attention is handed this mask, [T, T] bool."""
    other = copy.deepcopy(model)
    for block in other.model.layers:
        block.self_attn.register_forward_pre_hook(lambda _, given: (*given[:2], mask, *given[3:]))
    return other


def test_a_healthy_model_agrees_with_transformers_in_every_part(pair):
    assert first_difference(*pair, IDS) is None
    parts = [comparison.part for comparison in compare(*pair, IDS)]
    assert parts[0] == "model.embed_tokens" and parts[-1] == "lm_head"
    assert "model.norm" in parts
    for layer in range(3):
        block = [part.removeprefix(f"model.layers.{layer}.") for part in parts if f"layers.{layer}." in part]
        assert block == [
            "input_layernorm",
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.o_proj",
            "self_attn",
            "post_attention_layernorm",
            "mlp.gate_proj",
            "mlp.up_proj",
            "mlp.down_proj",
            "mlp",
        ]


@pytest.mark.parametrize("layer", [0, 2])
@pytest.mark.parametrize(
    ("part", "before"),
    [
        ("input_layernorm", None),
        ("self_attn.q_proj", "input_layernorm"),
        ("self_attn.v_proj", "self_attn.k_proj"),
        ("self_attn.o_proj", "self_attn.v_proj"),
        ("mlp.down_proj", "mlp.up_proj"),
    ],
)
def test_one_changed_weight_is_found_with_its_place(pair, layer, part, before):
    ours, reference = copy.deepcopy(pair[0]), pair[1]
    prefix = f"model.layers.{layer}."
    with torch.no_grad():
        ours.get_submodule(prefix + part).weight[4] += 0.05
    finding = first_difference(ours, reference, IDS)
    assert finding.first.part == prefix + part
    assert finding.first.place[-1] == 4
    last = {0: "model.embed_tokens", 2: "model.layers.1"}[layer]
    assert finding.before.part == (prefix + before if before else last)


def test_the_difference_is_the_largest_and_stands_at_its_place(pair):
    ours = copy.deepcopy(pair[0])
    with torch.no_grad():
        ours.model.layers[1].mlp.up_proj.weight += 0.01
    finding = first_difference(ours, pair[1], IDS)
    mine, theirs = (outputs(model, IDS)[finding.first.part] for model in (ours, pair[1]))
    assert finding.first.difference == pytest.approx(float((mine - theirs).abs().max()))
    assert finding.first.difference == pytest.approx(float((mine - theirs).abs()[finding.first.place]))
    assert finding.first.scale == pytest.approx(float(theirs.abs().max()))


def test_a_wrong_rotation_shows_behind_the_value_projection(pair):
    ours = with_config(pair[0], rope_pairing="interleaved")
    finding = first_difference(ours, pair[1], IDS)
    assert (finding.first.part, finding.before.part) == (
        "model.layers.0.self_attn.o_proj",
        "model.layers.0.self_attn.v_proj",
    )
    part = finding.first.part
    apart = (outputs(ours, IDS)[part] - outputs(pair[1], IDS)[part]).abs().amax((0, 2))  # [T]
    assert apart[0] < 1e-5 < 1e-2 < apart[2:].min()  # the first token is not turned


def test_a_mask_that_sees_one_token_too_far_shows_behind_the_value_projection(pair):
    ours = with_another_mask(pair[0], torch.ones(11, 11, dtype=torch.bool).tril(1))
    finding = first_difference(ours, pair[1], IDS)
    assert finding.first.part == "model.layers.0.self_attn.o_proj"
    part = finding.first.part
    apart = (outputs(ours, IDS)[part] - outputs(pair[1], IDS)[part]).abs().amax((0, 2))  # [T]
    assert apart[-1] < 1e-5 < 1e-2 < apart[:-1].min()  # the last token has nothing ahead of it


def test_a_wrong_eps_shows_in_the_first_norm(pair):
    finding = first_difference(with_config(pair[0], rms_norm_eps=1e-4), pair[1], IDS)
    assert finding.first.part == "model.layers.0.input_layernorm"
    assert finding.before.part == "model.embed_tokens"


def test_the_tolerance_is_a_share_of_the_largest_number(pair):
    ours = copy.deepcopy(pair[0])
    with torch.no_grad():
        ours.lm_head.weight *= 1.01
    off = compare(ours, pair[1], IDS)[-1]
    assert off.difference == pytest.approx(0.01 * off.scale, rel=1e-3)
    assert first_difference(ours, pair[1], IDS, tolerance=0.011) is None
    assert first_difference(ours, pair[1], IDS, tolerance=0.009).first == off


def test_a_nan_never_agrees():
    ours = random_model()
    broken = copy.deepcopy(ours)
    with torch.no_grad():
        broken.model.layers[1].self_attn.k_proj.weight[3, 5] = torch.nan
    for models in ((broken, ours), (ours, broken)):
        assert first_difference(*models, IDS, tolerance=1e9).first.part == "model.layers.1.self_attn.k_proj"


def test_another_shape_is_a_difference_and_is_told():
    finding = first_difference(random_model(head_dim=8), random_model(), IDS, tolerance=1e9)
    assert finding.first.part == "model.layers.0.self_attn.q_proj"
    assert "shape [2, 11, 48] and not [2, 11, 60]" in str(finding)


def test_the_first_part_may_be_the_culprit():
    ours = random_model()
    broken = copy.deepcopy(ours)
    with torch.no_grad():
        broken.model.embed_tokens.weight += 1
    finding = first_difference(broken, ours, IDS)
    assert (finding.first.part, finding.before) == ("model.embed_tokens", None)
    assert "agreed until     nothing" in str(finding)


def test_models_without_common_parts_are_refused():
    with pytest.raises(ValueError, match=r"reference: got parts such as 0, allowed names that the model has"):
        compare(random_model(), nn.Sequential(nn.Embedding(97, 5)), IDS)


def test_outputs_are_those_of_the_model_and_later_work_does_not_change_them():
    """Without gradients the feed-forward network reuses the memory of its gate."""
    model = random_model()
    found = outputs(model, IDS)
    heard = found["model.layers.0.post_attention_layernorm"]
    torch.testing.assert_close(found["model.layers.0.mlp.gate_proj"], model.model.layers[0].mlp.gate_proj(heard))
    torch.testing.assert_close(found["lm_head"], model(IDS))


def test_no_hook_stays_behind_even_where_a_model_fails():
    model = random_model()
    with pytest.raises(ValueError, match="token_ids"):
        outputs(model, torch.tensor([[97]]))
    outputs(model, IDS)
    assert not any(module._forward_hooks for module in model.modules())
