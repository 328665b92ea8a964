"""Lesson 05: the solutions against libraries that nobody here wrote, two whole models, mistakes in other words."""

import sys
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch
from classroom.styles import accept
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaDecoderLayer, LlamaMLP, LlamaRotaryEmbedding

from lessons_lib import ModelConfig, Transformer
from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson05
from lessons_lib.classroom.lessons.lesson04c.positions_and_heads import my_heads
from lessons_lib.classroom.lessons.lesson05 import figures, transformer_2017
from lessons_lib.classroom.lessons.lesson05.block_by_hand import my_block_by_hand
from lessons_lib.classroom.lessons.lesson05.fold_norm import my_fold
from lessons_lib.classroom.lessons.lesson05.my_block import TEXTS, in_the_model, my_block
from lessons_lib.classroom.lessons.lesson05.one_neuron import my_neuron
from lessons_lib.classroom.lessons.lesson05.rolling_slots import my_slots
from lessons_lib.classroom.lessons.lesson05.silent_test import my_silent_test
from lessons_lib.classroom.lessons.lesson05.transformer_2017 import EncoderDecoder, config_2017
from lessons_lib.classroom.lessons.lesson05.watched import watched
from lessons_lib.classroom.lessons.lesson05.witness import scores_by_torch
from lessons_lib.classroom.real_model import real_model

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


# The two whole models


def small_2017():
    """With weights of which no two are alike, norms included."""
    model = EncoderDecoder(config_2017(50, 24, 40, 6, 2)).double().eval()
    with torch.no_grad():
        for seed, parameter in enumerate(model.parameters()):
            parameter.copy_(normal(*parameter.shape, seed=seed) * 0.3 + 0.1)
    return model


SOURCE, TARGET = torch.tensor([[1, 2, 3, 4, 5, 6, 7]]), torch.tensor([[9, 8, 7, 6, 5]])


def test_the_model_of_2017_is_torchs():
    model = small_2017()
    expected = scores_by_torch(model, SOURCE, TARGET)
    torch.testing.assert_close(model(SOURCE, TARGET), expected)
    for layer, name in ((model.encoder[1], "norm2"), (model.decoder[0], "norm3")):
        wrong = getattr(layer, name)
        setattr(layer, name, nn.Identity())
        assert not torch.allclose(model(SOURCE, TARGET), expected, atol=0.01)
        setattr(layer, name, wrong)


def test_the_base_model_of_2017_has_the_papers_shapes():
    with torch.device("meta"):
        model = EncoderDecoder(config_2017())
    layer = 4 * 512**2 + 2 * 512 * 2048 + 2048 + 512 + 2 * 2 * 512  # the paper's 65 million, without attention's biases
    decoder = layer + 4 * 512**2 + 2 * 512
    assert sum(p.numel() for p in model.parameters()) == 37_000 * 512 + 6 * layer + 6 * decoder
    assert model.head.weight is model.embedding.weight


def test_in_2017_the_encoder_sees_all_and_the_decoder_looks_back():
    model = small_2017()
    usual, other = model(SOURCE, TARGET), SOURCE.clone()
    other[0, -1] = 11
    assert ((model(other, TARGET) - usual).abs().amax(-1) > 1e-6).all()
    other = TARGET.clone()
    other[0, 2] = 11
    moved = (model(SOURCE, other) - usual).abs().amax(-1)[0] > 1e-9
    assert moved.tolist() == [False, False, True, True, True]


def small_mistral():
    sizes = {"vocab_size": 50, "hidden_size": 24, "intermediate_size": 84, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 4, "sliding_window": 3}
    preset = ModelConfig.preset("mistral-7b-v0.1")
    return Transformer(replace(preset, **sizes, **heads, layer_types=None, no_rope_layers=None)).eval()


LETTERS = {24: "C", 7: "S", 5: "T", 50: "V", 6: "H", 4: "D", 2: "G", 3: "W"}


class Keeps:
    """A cache that holds one token."""

    length, padding = 0, None

    def append(self, layer, key, value):
        return key, value


def notes():
    old, new, cache = small_2017(), small_mistral(), Keeps()
    with watched(old, LETTERS) as ran_old:
        old(SOURCE, TARGET)
    with watched(new, LETTERS) as ran_new:
        new(TARGET)
    with watched(new, LETTERS, cache) as ran_cached:
        new(TARGET[:, :1], cache)
    return ran_old, ran_new, ran_cached


def test_the_drawing_has_a_box_for_each_part_that_ran():
    ran_old, ran_new, ran_cached = notes()
    assert {figures.part(name) for name, _ in ran_old} == set(figures.BOXES_2017)
    assert {figures.part(name) for name, _ in ran_new + ran_cached} == set(figures.BOXES_MISTRAL)
    assert figures.side_by_side(ran_old, ran_new, ran_cached).axes
    layers = [[name for name, _ in ran_old if name.startswith(f"decoder.{n}.")] for n in (0, 1)]
    assert layers[0] == [name.replace("decoder.1", "decoder.0") for name in layers[1]]  # every layer is as the first
    assert ran_old[-1] == ("head", "[T, V]") and ran_new[-1] == ("lm_head", "[T, V]")


def test_in_mistral_the_stream_goes_from_plus_to_plus():
    paths = [line.get_xydata() for line in figures.side_by_side(*notes()).axes[0].lines]
    first, second = [path for path in paths if len(path) == 4 and path[0][0] > 4]  # its arcs, from the bottom up
    enters, leaves = first[-1][1], second[0][1]
    assert 0.1 < leaves - enters < 0.33  # at one box, and apart


def test_a_part_without_a_box_can_not_be_drawn():
    ran_old, ran_new, ran_cached = notes()
    with pytest.raises(KeyError, match="gate"):
        figures.side_by_side([*ran_old[:4], ("encoder.0.gate", "[S, C]"), *ran_old[4:]], ran_new, ran_cached)


def test_after_watching_the_library_is_as_before():
    module = sys.modules["lessons_lib.layers.attention"]
    before, waves = module.apply_rope, transformer_2017.sinusoidal_positions
    notes()
    assert module.apply_rope is before and transformer_2017.sinusoidal_positions is waves


# The solutions


def test_the_block_by_hand_is_computed():
    def norm(x):
        return x / x.square().mean().sqrt()

    x = torch.tensor([0.2, 1.4])
    pre = x + norm(x).flip(0)
    post = norm(x + x.flip(0))
    expected = [pre - 3 * norm(pre), norm(post - 3 * post)]
    torch.testing.assert_close(torch.tensor(my_block_by_hand()), torch.stack(expected))


def test_the_silent_test_sees_what_it_is_said_to_see():
    torch.manual_seed(0)
    x, w1, w2 = torch.randn(5, 8), torch.randn(8), torch.randn(8)

    def norm(x, w):
        return F.rms_norm(x, (8,), w)

    def silent(read):
        return 0 * read

    results = {
        "A": norm(x, w1) + silent(x),
        "B": norm(norm(x, w1), w2),
        "C": x + silent(norm(x, w1)) + silent(norm(x, w2)),
        "D": x + silent(norm(x, w1)) + silent(norm(x, w1)),
        "E": silent(norm(x, w2)),
        "F": x + silent(norm(x, w1)),
        "G": x + silent(norm(x, w2).relu()),
        "H": norm(x, w2),
    }
    assert my_silent_test() == [letter for letter, out in results.items() if torch.equal(out, x)]


def test_the_neurons_of_transformers_add_up_to_its_feed_forward_network():
    mlp = LlamaMLP(llama()).double()
    x = normal(12)
    matrices = (mlp.gate_proj.weight, mlp.up_proj.weight, mlp.down_proj.weight)
    torch.testing.assert_close(sum(my_neuron(x, *matrices, i) for i in range(20)), mlp(x))
    for i in (0, 11, 19):
        alone = torch.zeros_like(mlp.down_proj.weight)
        alone[:, i] = mlp.down_proj.weight[:, i]
        with torch.no_grad():
            expected = F.linear(mlp.act_fn(mlp.gate_proj(x)) * mlp.up_proj(x), alone)
        torch.testing.assert_close(my_neuron(x, *matrices, i), expected)


@given(st.integers(0, 40), st.integers(1, 9))
@settings(max_examples=examples(30))
def test_the_slots_hold_the_window(tokens, window):
    slots = my_slots(tokens, window)
    kept = sorted(token for token in slots if token is not None)
    assert kept == list(range(max(0, tokens - window), tokens)) and len(slots) == window
    assert all(token is None or token % window == slot for slot, token in enumerate(slots))


@given(SEEDS, st.integers(1, 5), st.integers(1, 7))
@settings(max_examples=examples(30))
def test_folding_leaves_what_torch_computes_unchanged(seed, outputs, width):
    x, matrix = normal(6, width, seed=seed), normal(outputs, width, seed=seed + 1)
    weight, bias = normal(width, seed=seed + 2), normal(width, seed=seed + 3)
    expected = F.linear(F.layer_norm(x, (width,), weight, bias), matrix)
    folded, shift = my_fold(matrix, weight, bias)
    torch.testing.assert_close(F.linear(F.layer_norm(x, (width,)), folded, shift), expected)


def test_the_block_is_that_of_transformers():
    config = llama(num_attention_heads=6, num_key_value_heads=2, head_dim=4, rms_norm_eps=1e-5)
    config.rope_parameters = {"rope_type": "default", "rope_theta": 500.0}
    config._attn_implementation = "sdpa"
    layer = LlamaDecoderLayer(config, 0).eval()
    weights = {name: parameter.detach() for name, parameter in layer.named_parameters()}
    for seed, weight in enumerate(weights.values()):
        weight.copy_(normal(*weight.shape, seed=seed) * 0.5)
    x = normal(5, 12).float()
    turn = LlamaRotaryEmbedding(config)(x[None], torch.arange(5)[None])
    with torch.no_grad():
        out = layer(x[None], position_embeddings=turn)
    expected = (out[0] if isinstance(out, tuple) else out).reshape(5, 12)
    ours = my_block(x, weights, lambda q, k, v: my_heads(q, k, v, 500.0), 4)
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=1e-4)


def test_the_blocks_are_smollm2():
    model, tokenizer = real_model()
    for text in TEXTS:
        with torch.no_grad():
            scores = model(torch.tensor([tokenizer.encode(text)]))[0, -1]
        best = scores.topk(3)
        ours = in_the_model(my_block, text)
        assert [word for word, _ in ours] == [tokenizer.decode([int(i)]) for i in best.indices]
        assert [score for _, score in ours] == pytest.approx(best.values.tolist(), abs=2e-3)


# The learner writes the same mistakes differently; the words must be the same.


def neuron_row(x, gate, up, down, i):
    g = gate[i].dot(x)
    return g * g.sigmoid() * up[i].dot(x) * down[i, :]


def folded_bias(matrix, weight, bias):
    new = torch.einsum("oc,c->oc", matrix, weight)
    return new, torch.einsum("oc,c->o", new, bias)


def rolled(tokens, window):
    kept = [*range(tokens)][-window:]
    return kept + (window - len(kept)) * [None]


def block_in_other_words(x, weights, look, head_dim, wrong=""):
    """By torch's own functions, einsum and loops over heads, with one slip."""
    w = {name.removesuffix(".weight").rpartition(".")[2]: tensor for name, tensor in weights.items()}
    eps = {"eps": 1e-6, "eps 1e-3": 1e-3}.get(wrong, 1e-5)

    def norm(x, weight):
        if wrong == "layer norm":
            return F.layer_norm(x, x.shape[-1:], weight, None, eps)
        if wrong == "weight first":
            return F.rms_norm(x * weight, x.shape[-1:], None, eps)
        if wrong == "std":
            return weight * x / x.std(1, keepdim=True)
        if wrong in ("rootless", "over tokens"):
            mean = (x**2).sum(0) / len(x) if wrong == "over tokens" else (x**2).sum(1, True) / x.shape[1]
            return weight * x * (mean + eps) ** (-0.5 if wrong == "over tokens" else -1)
        return F.rms_norm(x, x.shape[-1:], weight, eps)

    read = norm(x, w["input_layernorm"])
    if wrong == "overwrites":
        x = read
    parts = []
    for name in ("q_proj", "k_proj", "v_proj"):
        y = F.linear(read, w[name])
        if wrong in ("cut", "cut and join"):
            parts.append(y.reshape(y.shape[1] // head_dim, len(x), head_dim))
        else:
            parts.append(torch.stack(y.split(head_dim, 1)))
    found = look(*parts[:2], parts[1] if wrong == "values" else parts[2])
    joined = found.reshape(len(x), -1) if wrong in ("join", "cut and join") else torch.cat(list(found), 1)
    stream = torch.einsum("tn,cn->tc", joined, w["o_proj"]) + x
    if wrong == "attention alone":
        return stream
    if wrong == "one read":
        pass
    elif wrong == "at once":
        read = norm(x, w["post_attention_layernorm"])
    elif wrong == "one norm":
        read = norm(stream, w["input_layernorm"])
    else:
        read = norm(stream, w["post_attention_layernorm"])
    if wrong == "overwrites late":
        stream = read
    gate, up = read @ w["gate_proj"].T, read @ w["up_proj"].T
    if wrong == "swapped gate":
        gate, up = up, gate
    thought = F.linear((gate.relu() if wrong == "relu" else gate * gate.sigmoid()) * up, w["down_proj"])
    if wrong == "forgets":
        return x + thought
    if wrong == "post":
        return norm(stream + thought, w["post_attention_layernorm"])
    return thought if wrong == "replaced" else stream + thought


def slip(wrong):
    return lambda *given: block_in_other_words(*given, wrong=wrong)


def joined_by_numbers(x, weights, look, head_dim):
    def looks(q, k, v):
        mixed = torch.stack(list(look(q, k, v)), 2)  # [T, D, H]
        return mixed.reshape(len(x), -1, head_dim).transpose(0, 1)

    return my_block(x, weights, looks, head_dim)


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("block_by_hand", np.array([[-1.4, -1.4], [-2, -2]]), "one more"),
        ("block_by_hand", ((-3.2, -3.2), (-1, -1)), "but its norm"),
        ("silent_test", "F, G", "Two are left out"),
        ("silent_test", {"A", "B", "E", "H"}, "faults that the test sees"),
        ("silent_test", ["d", "f", "g", "e"], "E it does see"),
        ("silent_test", "ACDF", "A it does see: what comes out is the norm of x, and not x. One is left out. The bend"),
        ("silent_test", "ABCDFG", "B it does see"),
        ("one_neuron", neuron_row, "took row i of down"),
        ("one_neuron", lambda x, gate, up, down, i: (up[i] @ x) * (gate[i] @ x).clamp(min=0) * down.T[i], "ReLU"),
        (
            "one_neuron",
            lambda x, g, u, d, i: (0 if g[i] @ x < -3 else F.silu(g[i] @ x)) * (u[i] @ x) * d.T[i],
            "far below",
        ),
        (
            "one_neuron",
            lambda x, g, u, d, i: (z if (z := g[i] @ x) > 5 else F.silu(z)) * (u[i] @ x) * d.T[i],
            "far above",
        ),
        ("one_neuron", lambda x, g, u, d, i: d.T[i] * (u @ x + nn.SiLU()(g @ x))[i], "were added"),
        ("one_neuron", lambda x, g, u, d, i: d[:, : i + 1] @ (F.silu(g @ x) * (u @ x))[: i + 1], "up to number i"),
        ("rolling_slots", lambda n, w: [*range(n - (n - 1) % w - 1, n), *range(n - w, n - (n - 1) % w - 1)], "below 0"),
        (
            "rolling_slots",
            lambda n, w: [max(range(s, n - 1, w), default=None) for s in range(w)],
            "last token was left out",
        ),
        ("rolling_slots", rolled, "sorted"),
        ("rolling_slots", lambda n, w: [max(range(s, n + 1, w), default=None) for s in range(w)], "one token more"),
        ("fold_norm", folded_bias, "sent the bias through the new matrix"),
        ("block_by_hand", ((-1.4, -1.4), (-1.4, -1.4)), "same wiring again"),
        ("block_by_hand", torch.tensor([[-1.4, -1.4], [0, 0]]), "so that nothing is left"),
        ("block_by_hand", [[-0.6432661, -0.8332474], [-0.7071068, -0.7071068]], "squares were summed"),
        ("one_neuron", lambda x, *given: my_neuron(x, *given) + x, "the note alone"),
        ("one_neuron", lambda x, g, u, d, i: F.silu(g[:, i] @ x) * d[:, i] * (u[:, i] @ x), "are their rows"),
        (
            "rolling_slots",
            lambda n, w: [t if (t := max(range(s, n, w), default=None)) else None for s in range(w)],
            "0 counts as false",
        ),
        ("rolling_slots", lambda n, w: [n - w + s if n - w + s >= 0 else None for s in range(w)], "shifts nothing"),
        ("fold_norm", lambda m, w, b: (w.unsqueeze(1) * m, m @ b), "belongs to the inputs"),
        ("fold_norm", lambda m, w, b: (m @ w.diag(), b @ m), "bias @ matrix does not fit"),
        ("fold_norm", lambda m, w, b: (m * b, m @ w), "weight and bias are swapped"),
        ("fold_norm", lambda m, w, b: (m + m * w, (m * b).sum(1)), "1 + weight"),
        ("fold_norm", lambda m, w, b: (w.diag() @ m, m @ b), "stands on the right"),
        ("block_by_hand", (-1.4, -1), "each block gives a list of two"),
        ("block_by_hand", torch.tensor([-1.4, -1.4]), "post-norm block's two numbers are missing"),
        ("block_by_hand", "-1.4, -1.4, -1, -1", "without quotes"),
        ("fold_norm", lambda m, w, b: (m @ b, m * w), "in the other order"),
        ("fold_norm", lambda m, w, b: (m @ w.diag(), m @ b / len(b)), "by a mean"),
        ("fold_norm", lambda m, w, b: (m * w + m * b, 0 * m[:, 0]), "does not depend on n"),
        ("one_neuron", lambda x, g, u, d, i: d.T[i], "column alone"),
        ("one_neuron", lambda x, g, u, d, i: d.T[i] * (F.silu(x * g[i]) @ (x * u[i])), "before the sums"),
        ("rolling_slots", lambda n, w: list(range(n))[-w:], "were listed, the oldest first"),
        ("rolling_slots", lambda n, w: [({t % w: t for t in range(1, n + 1)}).get(s) for s in range(w)], "from 1"),
        ("my_block", slip("one read"), "reads what attention read"),
        ("my_block", slip("weight first"), "the weight comes after the division"),
        ("my_block", slip("values"), "v_proj"),
        ("my_block", slip("std"), "standard deviation"),
        ("my_block", slip("attention alone"), "ends after attention"),
        ("my_block", slip("overwrites"), "first norm overwrites the stream"),
        ("my_block", slip("overwrites late"), "second norm overwrites the stream"),
        ("my_block", slip("rootless"), "RMS is its root"),
        ("my_block", slip("over tokens"), "over the tokens"),
        ("my_block", slip("cut and join"), "both cut and joined in one step"),
        ("my_block", joined_by_numbers, "number by number"),
        ("my_block", slip("eps 1e-3"), "1e-3"),
        ("my_block", slip("cut"), "cut in one step"),
        ("my_block", slip("join"), "joined in one step"),
        ("my_block", slip("at once"), "read the same x"),
        ("my_block", slip("one norm"), "through the first norm"),
        ("my_block", slip("layer norm"), "takes the mean away"),
        ("my_block", slip("eps"), "1e-6"),
        ("my_block", slip("relu"), "with the sign turned"),
        ("my_block", slip("swapped gate"), "It is the gate that is bent"),
        ("my_block", slip("forgets"), "begins again from the old x"),
        ("my_block", slip("replaced"), "replaces the stream"),
        ("my_block", slip("post"), "ends with a norm|goes through a norm"),
        ("my_block", lambda x, w, look, d: x.add_(my_block(x, w, look, d) - x), "changed its input x"),
        ("my_block", lambda x, w, look, d: my_block(x, w, look, d)[-1], "must return the shape of x"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    report = feedback(EXERCISES[name], answer)
    assert report.startswith("✗") and any(part in report for part in words.split("|"))


def test_a_block_that_changes_the_weights_is_told_so_and_harms_nobody():
    def answer(x, weights, look, head_dim):
        weights["input_layernorm.weight"].mul_(2)
        return my_block(x, weights, look, head_dim)

    assert "changed the weights" in feedback(EXERCISES["my_block"], answer)
    assert feedback(EXERCISES["my_block"], my_block).startswith("✓")


def test_the_letters_of_a_wrong_set_are_counted_in_no_order():
    for count in range(1, 9):
        for answer in combinations("ABCDEFGH", count):
            report = feedback(EXERCISES["silent_test"], answer[::-1])
            right = len({*"CDFG"} & set(answer))
            if answer == (*"CDFG",):
                assert report.startswith("✓")
            else:
                assert f"right: {right} of {count}; missing: {4 - right}" in report
                assert "look again" not in report and "too late" not in report and "too early" not in report


@pytest.mark.parametrize("bent", [lambda z: z if z > 8 else F.silu(z), lambda z: 0 if z < -11 else F.silu(z)])
def test_a_gate_that_is_bent_almost_everywhere_is_refused(bent):
    report = feedback(EXERCISES["one_neuron"], lambda x, g, u, d, i: bent(g[i] @ x) * (u[i] @ x) * d[:, i])
    assert report.startswith("✗") and "It looks as if a gate far" in report


RIGHT = {
    "block_by_hand": lambda: np.array([[-1.4, -1.4], [-1.0, -1.0]]),
    "silent_test": lambda: "gfdc",
    "one_neuron": lambda x, gate, up, down, i: down.T[i] * (up @ x)[i] * nn.SiLU()(gate @ x)[i],
    "rolling_slots": lambda n, w: [max(range(s, n, w), default=None) for s in range(w)],
    "fold_norm": lambda matrix, weight, bias: [(matrix @ weight.diag()).tolist(), (matrix * bias).sum(1).numpy()],
    "my_block": block_in_other_words,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def test_a_right_block_as_lists_passes():
    report = feedback(EXERCISES["my_block"], lambda x, w, look, d: my_block(x, w, look, d).tolist())
    assert report.startswith("✓")
