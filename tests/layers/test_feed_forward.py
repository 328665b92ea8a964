"""Feed-forward networks against torch's activations and transformers' modules."""

import pytest
import torch
from models import our_config, random
from torch import nn
from transformers import GPT2Config, LlamaConfig
from transformers.activations import ACT2FN
from transformers.models.gpt2.modeling_gpt2 import GPT2MLP
from transformers.models.llama.modeling_llama import LlamaMLP

from lessons_lib.layers import FeedForward, silu


def ours(**changes):
    torch.manual_seed(0)
    return FeedForward(our_config(**changes))


@pytest.mark.parametrize("gradients", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ["silu", "gelu", "gelu_pytorch_tanh", "relu"])
def test_gated_networks_equal_transformers(activation, bias, gradients):
    network = ours(hidden_act=activation, mlp_bias=bias)
    sizes = {"hidden_size": 36, "intermediate_size": 52, "num_attention_heads": 6}
    theirs = LlamaMLP(LlamaConfig(**sizes, hidden_act=activation, mlp_bias=bias))
    theirs.load_state_dict(network.state_dict())
    x = random(3, 7, 36) * 3
    with torch.set_grad_enabled(gradients):
        before = x.clone()
        torch.testing.assert_close(network(x), theirs(x), atol=1e-6, rtol=1e-6)
        assert torch.equal(x, before)


@pytest.mark.parametrize("activation", ["gelu_pytorch_tanh", "gelu", "relu"])
def test_plain_networks_equal_transformers(activation):
    network = ours(hidden_act=activation, mlp_bias=True, gated_mlp=False)
    theirs = GPT2MLP(52, GPT2Config(n_embd=36, activation_function=activation))
    state = {
        name.replace("up_proj", "c_fc").replace("down_proj", "c_proj"): w for name, w in network.state_dict().items()
    }
    theirs.load_state_dict({name: weight.T if weight.dim() == 2 else weight for name, weight in state.items()})
    x = random(3, 7, 36) * 3
    torch.testing.assert_close(network(x), theirs.eval()(x), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("activation", ["silu", "gelu", "gelu_pytorch_tanh", "relu"])
@pytest.mark.parametrize("gated", [True, False])
def test_gradients_are_those_of_the_formula(activation, gated):
    network = ours(hidden_act=activation, gated_mlp=gated, hidden_size=6, head_dim=2, intermediate_size=5).double()
    x = random(2, 3, 6, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(network, x)


def test_the_two_gelus_differ_by_little_but_differ():
    x = torch.linspace(-6, 6, 2001)
    tanh, exact = ACT2FN["gelu_pytorch_tanh"](x), ACT2FN["gelu"](x)
    assert 1e-4 < (tanh - exact).abs().max() < 5e-4
    networks = ours(hidden_act="gelu"), ours(hidden_act="gelu_pytorch_tanh")
    x = 3 * random(40, 36)
    assert (networks[0](x) - networks[1](x)).abs().max() > 1e-5


def test_a_plain_network_has_two_matrices_and_a_gated_one_three():
    assert [name for name, _ in ours(gated_mlp=False).named_parameters()] == ["up_proj.weight", "down_proj.weight"]
    assert len(list(ours().parameters())) == 3
    assert all(isinstance(part, nn.Linear) for part in ours().children())


@pytest.mark.parametrize("hidden_act", ["silu", "gelu", "gelu_pytorch_tanh", "relu"])
def test_reusing_the_gates_memory_changes_no_number(hidden_act):
    network = FeedForward(our_config(hidden_act=hidden_act))
    x = random(3, 7, our_config().hidden_size)
    expected = network(x).detach()
    with torch.no_grad():
        assert torch.equal(network(x), expected)


def test_silu_is_each_number_times_its_sigmoid():
    x = torch.linspace(-30, 30, 601, dtype=torch.float64)
    torch.testing.assert_close(silu(x), x / (1 + (-x).exp()))
    assert torch.equal(silu(x.float()), torch.nn.functional.silu(x.float()))
