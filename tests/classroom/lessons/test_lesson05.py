"""The solutions of lesson 05 against libraries that nobody here wrote, and the same mistakes in other words."""

import pytest
import torch
from classroom.styles import accept
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaDecoderLayer, LlamaMLP

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson05
from lessons_lib.classroom.lessons.lesson05.block_parameters import my_block_parameters
from lessons_lib.classroom.lessons.lesson05.fold_norm import my_fold
from lessons_lib.classroom.lessons.lesson05.one_neuron import my_neuron
from lessons_lib.classroom.lessons.lesson05.pre_norm_block import my_pre_norm_block
from lessons_lib.classroom.lessons.lesson05.rms_norm import my_rms_norm
from lessons_lib.classroom.lessons.lesson05.swiglu import my_swiglu

EXERCISES = {exercise.id: exercise for exercise in lesson05.EXERCISES}
SEEDS = st.integers(0, 1000)


def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def llama(**changes):
    sizes = {
        "hidden_size": 12,
        "intermediate_size": 20,
        "num_attention_heads": 3,
        "num_key_value_heads": 1,
        "head_dim": 8,
    }
    return LlamaConfig(**(sizes | changes))


@given(SEEDS, st.integers(1, 9), st.floats(1e-6, 0.1))
@settings(max_examples=examples(30))
def test_rms_norm_equals_torch(seed, width, eps):
    x, weight = normal(2, 3, width, seed=seed), normal(width, seed=seed + 1)
    expected = nn.functional.rms_norm(x, (width,), weight, eps)
    torch.testing.assert_close(my_rms_norm(x, weight, eps), expected)


def test_swiglu_equals_transformers():
    mlp = LlamaMLP(llama()).double()
    x = normal(7, 12)
    ours = my_swiglu(x, mlp.gate_proj.weight, mlp.up_proj.weight, mlp.down_proj.weight)
    torch.testing.assert_close(ours, mlp(x))


def test_the_neurons_of_transformers_add_up_to_its_feed_forward_network():
    mlp = LlamaMLP(llama()).double()
    x = normal(12)
    matrices = (mlp.gate_proj.weight, mlp.up_proj.weight, mlp.down_proj.weight)
    torch.testing.assert_close(sum(my_neuron(x, *matrices, i) for i in range(20)), mlp(x))
    for i in (0, 11, 19):
        alone = torch.zeros_like(mlp.down_proj.weight)
        alone[:, i] = mlp.down_proj.weight[:, i]
        with torch.no_grad():
            expected = nn.functional.linear(mlp.act_fn(mlp.gate_proj(x)) * mlp.up_proj(x), alone)
        torch.testing.assert_close(my_neuron(x, *matrices, i), expected)


def test_pre_norm_block_equals_torch():
    layer = nn.TransformerEncoderLayer(12, 3, 20, dropout=0.0, batch_first=True, norm_first=True, dtype=torch.float64)
    for parameter in layer.parameters():
        nn.init.normal_(parameter, generator=torch.Generator().manual_seed(parameter.numel()))
    x = normal(5, 12)

    def attend(x):
        return layer.self_attn(x, x, x, need_weights=False)[0]

    def think(x):
        return layer.linear2(layer.linear1(x).relu())

    torch.testing.assert_close(my_pre_norm_block(x, attend, think, layer.norm1, layer.norm2), layer(x))


@pytest.mark.parametrize(("heads", "kv_heads", "head_dim"), [(3, 1, 8), (4, 2, 6), (2, 2, 10)])
def test_block_parameters_with_a_gate_equals_transformers(heads, kv_heads, head_dim):
    config = llama(num_attention_heads=heads, num_key_value_heads=kv_heads, head_dim=head_dim)
    expected = sum(parameter.numel() for parameter in LlamaDecoderLayer(config, 0).parameters())
    assert my_block_parameters(12, 20, heads, kv_heads, head_dim, gated=True) == expected


def test_block_parameters_without_a_gate_equals_torch():
    layer = nn.TransformerEncoderLayer(12, 3, 20, bias=False)
    expected = sum(parameter.numel() for parameter in layer.parameters())
    assert my_block_parameters(12, 20, 3, 3, 4, gated=False) == expected


@given(SEEDS, st.integers(1, 5), st.integers(1, 7))
@settings(max_examples=examples(30))
def test_folding_leaves_what_torch_computes_unchanged(seed, outputs, width):
    x, matrix = normal(6, width, seed=seed), normal(outputs, width, seed=seed + 1)
    weight, bias = normal(width, seed=seed + 2), normal(width, seed=seed + 3)
    expected = nn.functional.linear(nn.functional.layer_norm(x, (width,), weight, bias), matrix)
    folded, shift = my_fold(matrix, weight, bias)
    ours = nn.functional.linear(nn.functional.layer_norm(x, (width,)), folded, shift)
    torch.testing.assert_close(ours, expected)


# The learner writes the same mistakes differently; the words must be the same.


def rms_with_the_norm_function(x, weight, eps):
    return weight * x / (x.norm(dim=-1, keepdim=True).square() + eps).sqrt()


def swiglu_gates_the_second(x, gate, up, down):
    z = x @ up.T
    return torch.einsum("tf,cf->tc", z * z.sigmoid() * (x @ gate.T), down)


def neuron_row(x, gate, up, down, i):
    g = gate[i].dot(x)
    return g * g.sigmoid() * up[i].dot(x) * down[i, :]


def wiring_in_place_of_copy(x, attend, think, norm1, norm2):
    a = norm1(x)
    b = norm2(attend(a) + a)
    return think(b) + b


def all_heads(C, F, H, G, D, gated):
    return C * (4 * H * D + F * (2 + gated) + 2)


def folded_bias(matrix, weight, bias):
    new = torch.einsum("oc,c->oc", matrix, weight)
    return new, torch.einsum("oc,c->o", new, bias)


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("rms_norm", rms_with_the_norm_function, "averaged, not summed"),
        ("swiglu", swiglu_gates_the_second, "bent the answers of up"),
        ("one_neuron", neuron_row, "took row i of down"),
        ("pre_norm_block", wiring_in_place_of_copy, "overwrites the stream"),
        ("block_parameters", all_heads, "keys and values have H heads"),
        ("fold_norm", folded_bias, "sent the bias through the new matrix"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    report = feedback(EXERCISES[name], answer)
    assert report.startswith("✗") and words in report


def wired_backwards(x, attend, think, norm1, norm2):
    heard = attend(norm1(x))
    return think(norm2(heard + x)) + heard + x


RIGHT = {
    "rms_norm": lambda x, weight, eps: (
        x.numpy() / (x.numpy() ** 2 + eps).mean(-1, keepdims=True) ** 0.5 * weight.numpy()
    ),
    "swiglu": lambda x, gate, up, down: [
        [
            sum(
                float(r @ g) / (1 + float((-(r @ g)).exp())) * float(r @ u) * float(d)
                for g, u, d in zip(gate, up, row, strict=True)
            )
            for row in down
        ]
        for r in x
    ],
    "one_neuron": lambda x, gate, up, down, i: down.T[i] * (up @ x)[i] * nn.SiLU()(gate @ x)[i],
    "pre_norm_block": wired_backwards,
    "block_parameters": lambda C, F, H, G, D, gated: C * (2 * D * (H + G) + F * (2 + gated) + 2),
    "fold_norm": lambda matrix, weight, bias: [(matrix @ weight.diag()).tolist(), (matrix * bias).sum(1).numpy()],
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
