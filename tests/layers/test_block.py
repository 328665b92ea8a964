"""Blocks against torch's encoder layer in float64: the block of 2017, and the same with its norms in front."""

import pytest
import torch
from models import our_config, random
from torch import nn

from lessons_lib.layers import Block, causal_mask

NAMES = {
    "post": {"norm1": "post_attention_layernorm", "norm2": "post_feedforward_layernorm"},
    "pre": {"norm1": "input_layernorm", "norm2": "post_attention_layernorm"},
}
SEE_ALL = torch.ones(1, 1, dtype=torch.bool)


def pair(placement, activation="relu"):
    """Our block and torch's layer with the same random weights."""
    torch.manual_seed(0)
    settings = {"activation": activation, "batch_first": True, "dropout": 0.0, "layer_norm_eps": 1e-2}
    theirs = nn.TransformerEncoderLayer(36, 6, 52, norm_first=placement == "pre", **settings).double()
    for name, parameter in theirs.named_parameters():
        nn.init.normal_(parameter, 1.0 if "norm" in name else 0.0, 0.3)
    config = our_config(
        num_key_value_heads=6,
        head_dim=6,
        norm_type="layer",
        norm_placement=placement,
        rms_norm_eps=1e-2,
        position_embedding_type="none",
        gated_mlp=False,
        hidden_act=activation,
        attention_bias=True,
        mlp_bias=True,
    )
    ours, state = Block(config, 0).double(), {}
    names = NAMES[placement] | {"self_attn.out_proj": "self_attn.o_proj", "linear1": "mlp.up_proj"}
    names["linear2"] = "mlp.down_proj"
    for name, weight in theirs.state_dict().items():
        if ".in_proj_" in name:
            for part, rows in zip("qkv", weight.chunk(3), strict=True):
                state[f"self_attn.{part}_proj.{name.split('_')[-1]}"] = rows
        else:
            start, _, end = name.rpartition(".")
            state[f"{names[start]}.{end}"] = weight
    ours.load_state_dict(state)
    return ours, theirs


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("placement", ["post", "pre"])
def test_a_block_equals_torchs_encoder_layer_in_float64(placement, activation):
    ours, theirs = pair(placement, activation)
    x = random(3, 7, 36, dtype=torch.float64)
    torch.testing.assert_close(ours(x, mask=SEE_ALL), theirs(x), atol=1e-10, rtol=0)
    hidden = torch.arange(7) < torch.tensor([[0], [2], [3]])
    found = ours(x, mask=~hidden[:, None, None])
    torch.testing.assert_close(found, theirs(x, src_key_padding_mask=hidden), atol=1e-10, rtol=0)
    torch.testing.assert_close(ours(x), theirs(x, src_mask=~causal_mask(7, 7)), atol=1e-10, rtol=0)


@pytest.mark.parametrize("placement", ["post", "pre"])
def test_gradients_equal_torchs(placement):
    ours, theirs = pair(placement)
    grads = []
    for block, settings in ((ours, {"mask": SEE_ALL}), (theirs, {})):
        x = random(3, 7, 36, dtype=torch.float64).requires_grad_()
        block(x, **settings).square().sum().backward()
        grads.append([x.grad, *(block.get_submodule(name).weight.grad for name in names_of(block))])
    for mine, other in zip(*grads, strict=True):
        torch.testing.assert_close(mine, other, atol=1e-9, rtol=1e-9)


def names_of(block):
    mine = ["mlp.up_proj", "mlp.down_proj", "self_attn.o_proj"]
    return mine if isinstance(block, Block) else ["linear1", "linear2", "self_attn.out_proj"]


@pytest.mark.parametrize("placement", ["pre", "post", "sandwich"])
def test_a_block_has_the_norms_of_its_placement(placement):
    block = Block(our_config(norm_placement=placement), 0)
    norms = [name for name, _ in block.named_children() if "norm" in name]
    assert (
        norms
        == {
            "pre": ["input_layernorm", "post_attention_layernorm"],
            "post": ["post_attention_layernorm", "post_feedforward_layernorm"],
            "sandwich": [
                "input_layernorm",
                "post_attention_layernorm",
                "pre_feedforward_layernorm",
                "post_feedforward_layernorm",
            ],
        }[placement]
    )


def test_the_wrong_place_of_the_norm_is_caught():
    (post, torch_post), (pre, _) = pair("post"), pair("pre")
    x = random(3, 7, 36, dtype=torch.float64)
    assert (pre(x, mask=SEE_ALL) - torch_post(x)).abs().max() > 0.1
    assert (post(x) - torch_post(x)).abs().max() > 0.1  # causal, where all should be seen
