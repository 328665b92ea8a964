"""Looking inside: the stream and the lens against transformers, changes against torch's hooks on its model."""

import pytest
import torch
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import our_config, our_copy, reference_llama
from torch import nn

from lessons_lib.looking import changed, logit_lens, recorded, stream

THEIRS = reference_llama(seed=3)
OURS = our_copy(THEIRS, our_config())
IDS = torch.randint(97, (2, 7), generator=torch.Generator().manual_seed(5))
bounded = settings(derandomize=True, max_examples=examples(20), deadline=None)


def hooked(model) -> bool:
    return any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())


@torch.no_grad()
def test_the_stream_is_that_of_transformers():
    states, hidden = stream(OURS, IDS), THEIRS(IDS, output_hidden_states=True).hidden_states
    assert states.shape == (4, 2, 7, 36)
    for n in range(3):
        torch.testing.assert_close(states[n], hidden[n], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(OURS.model.norm(states[3]), hidden[3], atol=1e-5, rtol=1e-5)  # theirs is normed
    assert not hooked(OURS)


@torch.no_grad()
def test_the_lens_is_the_norm_and_the_head_of_transformers():
    hidden = THEIRS(IDS, output_hidden_states=True).hidden_states
    for n in range(3):
        expected = THEIRS.lm_head(THEIRS.model.norm(hidden[n]))
        torch.testing.assert_close(logit_lens(OURS, stream(OURS, IDS)[n]), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("extra", [{}, {"logit_scale": 0.37, "final_logit_softcapping": 1.7}])
@torch.no_grad()
def test_behind_the_last_layer_the_lens_is_the_model(extra):
    model = our_copy(THEIRS, our_config(**extra))
    assert torch.equal(logit_lens(model, stream(model, IDS)[-1]), model(IDS))


def with_torch_alone(name, change):
    """What transformers' model says while a part gives something else."""
    part = THEIRS.get_submodule(name)

    def hook(_part, _given, out):
        return (change(out[0]), *out[1:]) if isinstance(out, tuple) else change(out)

    handle = part.register_forward_hook(hook)
    try:
        return THEIRS(IDS).logits
    finally:
        handle.remove()


@given(
    st.sampled_from([f"model.layers.{n}{part}" for n in range(3) for part in ("", ".self_attn", ".mlp")]),
    st.sampled_from([lambda out: 0 * out, lambda out: out + 0.3, lambda out: out.flip(0)]),
)
@bounded
@torch.no_grad()
def test_a_change_is_the_same_change_of_transformers(name, change):
    with changed(OURS, {name: change}):
        ours = OURS(IDS)
    torch.testing.assert_close(ours, with_torch_alone(name, change), atol=1e-4, rtol=1e-4)
    assert not hooked(OURS)


@torch.no_grad()
def test_own_values_change_no_bit_and_all_values_give_the_other_run():
    other = IDS.flip(0)
    with recorded(OURS, "model.layers.1") as kept:
        first, second = OURS(IDS), OURS(other)
    own, theirs = kept["model.layers.1"]
    with changed(OURS, {"model.layers.1": lambda out: own}):
        assert torch.equal(OURS(IDS), first)
    with changed(OURS, {"model.layers.1": lambda out: theirs}):
        assert torch.equal(OURS(IDS), second)
    assert torch.equal(own, stream(OURS, IDS)[2])


@torch.no_grad()
def test_what_is_kept_is_not_overwritten_by_what_comes_later():
    with recorded(OURS, "model.layers.1.mlp.gate_proj", "model.layers.1.post_attention_layernorm") as kept:
        OURS(IDS)  # without gradients the gate's own tensor becomes the product
    [gate], [read] = kept.values()
    torch.testing.assert_close(gate, read @ THEIRS.model.layers[1].mlp.gate_proj.weight.T)


def test_a_change_may_write_into_its_copy():
    def mute(out):
        out[:, 0] = 0
        return out

    model = nn.Sequential(nn.Identity(), nn.Identity())
    x = torch.ones(2, 3)
    with changed(model, {"1": mute}):
        assert model(x).tolist() == [[0, 1, 1]] * 2
    assert x.tolist() == [[1, 1, 1]] * 2  # an Identity gives what it was given


@pytest.mark.parametrize(
    "bad",
    [
        lambda: recorded(OURS, "model.layers.3"),
        lambda: changed(OURS, {"model.layers.0": lambda out: out, "layers.0": lambda out: out}),
    ],
)
def test_no_such_part(bad):
    with pytest.raises(ValueError, match="allowed a name of named_modules"), bad():
        pass
    assert not hooked(OURS)


@pytest.mark.parametrize(("give", "said"), [(lambda out: out[:, :1], r"\[2, 1, 36\]"), (lambda out: None, "NoneType")])
def test_another_shape_is_refused_and_no_hook_stays(give, said):
    refused = pytest.raises(ValueError, match=f"{said}.* for model.layers.1, allowed")
    with refused, changed(OURS, {"model.layers.1": give}), recorded(OURS, "model.norm"):
        OURS(IDS)
    assert not hooked(OURS)


@pytest.mark.parametrize("bad", ["smollm2", None, nn.Linear(2, 2)])
def test_only_a_decoder_has_a_stream(bad):
    with pytest.raises(ValueError, match="model: got"):
        stream(bad, IDS)
    with pytest.raises(ValueError, match="model: got"):
        logit_lens(bad, torch.ones(2))
