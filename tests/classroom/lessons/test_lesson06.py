"""The solutions of lesson 06 against libraries that nobody here wrote, and the same mistakes in other words."""

import json
import math
from itertools import product

import numpy as np
import pytest
import safetensors.torch
import torch
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import random_model, token_ids
from torch.nn import functional as F
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from lessons_lib import ModelConfig
from lessons_lib.checkpoint.parity import first_difference, outputs
from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson06
from lessons_lib.classroom.lessons.lesson05.my_block import my_block
from lessons_lib.classroom.lessons.lesson06.count_parameters import my_count
from lessons_lib.classroom.lessons.lesson06.interleave_rows import my_interleaved
from lessons_lib.classroom.lessons.lesson06.is_causal import my_is_causal
from lessons_lib.classroom.lessons.lesson06.my_model import made_up, my_model, real_parts, whole_model
from lessons_lib.classroom.lessons.lesson06.patients import ILL_BLOCK, SEEN, make_patient
from lessons_lib.classroom.lessons.lesson06.safetensors_tensor import my_tensor
from lessons_lib.classroom.lessons.lesson06.shared import (
    copy_of,
    parts_of,
    with_one_size_for_all,
    without_mask,
)
from lessons_lib.classroom.real_model import real_model
from lessons_lib.config.costs import num_parameters

EXERCISES = {exercise.id: exercise for exercise in lesson06.EXERCISES}
SEEDS = st.integers(0, 1000)
EXAMPLES = settings(max_examples=examples(30), derandomize=True, deadline=None)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(("family", "bias"), [("llama", False), ("qwen2", True)])
def test_the_count_equals_transformers(family, bias, tied):
    sizes = {
        "vocab_size": 97,
        "hidden_size": 36,
        "intermediate_size": 52,
        "num_hidden_layers": 3,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
        "head_dim": 10,
        "tie_word_embeddings": tied,
    }
    kinds = {"llama": (LlamaForCausalLM, LlamaConfig), "qwen2": (Qwen2ForCausalLM, Qwen2Config)}
    model, config = kinds[family]
    with torch.device("meta"):
        expected = sum(parameter.numel() for parameter in model(config(**sizes)).parameters())
    assert my_count(97, 36, 52, 3, 6, 2, 10, tied, bias) == expected


@given(SEEDS, st.integers(1, 6))
@EXAMPLES
def test_tensors_are_those_that_the_safetensors_library_wrote(seed, count):
    generator = torch.Generator().manual_seed(seed)
    dtypes = (torch.float32, torch.bfloat16, torch.float16) * 2
    shapes = [tuple(range(2, 2 + i % 4)) for i in range(count)]
    tensors = {
        f"layer {i}": torch.randn(shape, generator=generator).to(dtype)
        for i, (shape, dtype) in enumerate(zip(shapes, dtypes, strict=False))
    }
    data = safetensors.torch.save(tensors, metadata={"format": "pt"})
    for name, expected in tensors.items():
        np.testing.assert_array_equal(my_tensor(data, name), expected.float().numpy())


def test_the_cases_are_files_that_the_safetensors_library_reads():
    for data, name in EXERCISES["safetensors_tensor"].cases:
        expected = safetensors.torch.load(data)[name].float().numpy()
        np.testing.assert_array_equal(my_tensor(data, name), expected)


@given(SEEDS, st.sampled_from([(1, 6), (3, 4), (2, 10), (5, 2)]))
@EXAMPLES
def test_interleaved_rows_turned_as_complex_numbers_score_as_halves_do_in_transformers(seed, sizes):
    heads, head_dim = sizes
    generator = torch.Generator().manual_seed(seed)
    query, key = torch.randn(2, heads * head_dim, 5, generator=generator, dtype=torch.float64)
    x = torch.randn(7, 5, generator=generator, dtype=torch.float64)  # [T, C]
    speeds = torch.rand(head_dim // 2, generator=generator, dtype=torch.float64)
    angles = torch.arange(7.0, dtype=torch.float64)[:, None] * speeds  # [T, D/2]

    def by_head(rows):
        return (x @ rows.T).view(7, heads, head_dim).transpose(0, 1)[None]  # [1, heads, T, D]

    def turned(rows):
        pairs = torch.view_as_complex(by_head(rows).unflatten(-1, (-1, 2)))  # [1, heads, T, D/2]
        return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)

    cos, sin = (torch.cat((wave, wave), -1)[None] for wave in (angles.cos(), angles.sin()))
    q, k = apply_rotary_pos_emb(by_head(query), by_head(key), cos, sin)
    ours = [turned(my_interleaved(rows, head_dim)) for rows in (query, key)]
    torch.testing.assert_close(ours[0] @ ours[1].mT, q @ k.mT)


@pytest.mark.parametrize("causal", [True, False])
def test_causality_is_that_of_transformers(causal):
    sizes = {
        "vocab_size": 7,
        "hidden_size": 12,
        "intermediate_size": 20,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
    }
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(**sizes, attn_implementation="eager", initializer_range=0.3)).double().eval()
    mask = None if causal else torch.zeros(1, 1, 5, 5, dtype=torch.float64)  # nothing is hidden

    def score(ids):
        with torch.no_grad():
            return model(torch.tensor([ids]), attention_mask=mask).logits[0]

    assert my_is_causal(score, [3, 1, 4, 1, 5], 7) is causal


@pytest.mark.parametrize("tied", [True, False])
def test_the_made_up_model_is_that_of_transformers(tied):
    weights, config, looks = made_up(tied=tied)
    sizes = {name: value for name, value in config.items() if name != "rope_theta"}
    bases = [look.keywords["base"] for look in looks]
    rotary = {"rope_type": "default", "rope_theta": bases[0]}
    reference = LlamaForCausalLM(LlamaConfig(**sizes, rope_parameters=rotary)).eval()
    reference.load_state_dict(weights | ({"lm_head.weight": weights["model.embed_tokens.weight"]} if tied else {}))
    for block in reference.model.layers:  # the blocks' own epsilon is lesson 05's
        block.input_layernorm.variance_epsilon = block.post_attention_layernorm.variance_epsilon = 1e-5
    ids = [3, 1, 4, 1, 5]
    with torch.no_grad():
        expected = reference(torch.tensor([ids])).logits[0]
        assert not torch.allclose(my_model(ids, weights, config, looks), expected, rtol=1e-3)  # each layer its own base
        alike = my_model(ids, weights, config, looks[:1] * len(looks))
    torch.testing.assert_close(alike, expected, rtol=1e-4, atol=1e-6)


def test_the_whole_model_is_the_library():
    model, tokenizer = real_model()
    ids = tokenizer.encode("Salt is made of sodium and")
    with torch.no_grad():
        expected = model(torch.tensor([ids]))[0]
        ours = my_model(ids, *real_parts())
    torch.testing.assert_close(ours, expected, rtol=1e-3, atol=1e-3)


def test_the_first_sentence_is_the_one_that_is_said():
    exercise = EXERCISES["my_model"]
    prompt, tokens = exercise.cases[-1]
    assert f"{prompt}{whole_model(my_model, prompt, tokens)}" in exercise.tried


# What the lesson takes a model apart with


def test_parts_are_the_model():
    model, ids = random_model(), token_ids(1, 7)
    parts = parts_of(model)
    with torch.no_grad():
        x = parts["embed"](ids[0].tolist())
        for block in parts["blocks"]:
            x = block(x)
        torch.testing.assert_close(parts["head"](parts["norm"](x)), model(ids)[0])


def test_copies_share_what_is_not_changed():
    model = random_model()
    name = "model.layers.0.mlp.up_proj.weight"
    other = torch.zeros_like(model.state_dict()[name])
    copy = copy_of(model, {name: other}, rms_norm_eps=0.5)
    assert copy.config.rms_norm_eps == 0.5
    for each, tensor in copy.state_dict().items():
        assert tensor.data_ptr() == (other if each == name else model.state_dict()[each]).data_ptr()


@pytest.mark.parametrize("fault", ["no mask", "one size"])
def test_faults_let_a_later_token_move_an_earlier_one(fault):
    model, ids = random_model(), token_ids(1, 5)
    other = ids.clone()
    other[0, -1] = (ids[0, -1] + 1) % model.config.vocab_size
    with torch.no_grad():
        assert torch.equal(model(ids)[0, 0], model(other)[0, 0])
        if fault == "one size":
            ill = with_one_size_for_all(model)
            assert not torch.allclose(ill(ids)[0, 0], ill(other)[0, 0])
        else:
            with without_mask():
                assert not torch.allclose(model(ids)[0, 0], model(other)[0, 0])
        assert torch.equal(model(ids)[0, 0], model(other)[0, 0])


# The patients


@pytest.mark.parametrize(
    ("number", "part", "spared"),
    [(1, "input_layernorm", None), (2, "self_attn.o_proj", 10), (3, "self_attn.o_proj", 0)],
)
def test_each_patient_shows_its_fault_in_the_first_block(number, part, spared):
    model, ids = random_model(std=0.02), token_ids(1, 11)
    patient = make_patient(number, model)
    found = first_difference(patient, model, ids, tolerance=1e-5)
    assert found.first.part == f"model.layers.0.{part}"
    name = found.first.part
    off = (outputs(patient, ids)[name] - outputs(model, ids)[name]).abs().amax((0, 2))  # [T]
    assert [t for t in range(11) if off[t] < 1e-7] == ([] if spared is None else [spared])


def test_patients_share_the_weights_and_leave_the_model_as_it_was():
    model, ids = random_model(), token_ids(1, 5)
    before = model(ids)
    for number in (1, 2, 3):
        patient = make_patient(number, model)
        patient(ids)
        assert patient.model.norm.weight.data_ptr() == model.model.norm.weight.data_ptr()
    assert torch.equal(model(ids), before)


def test_the_fourth_patient_has_all_tensors_and_one_block_that_sees_too_little():
    model, tokenizer = real_model()
    fourth = make_patient(4, model)
    own = model.state_dict()
    assert all(torch.equal(tensor, own[name]) for name, tensor in fourth.state_dict().items())
    ids = torch.tensor([tokenizer.encode("The capital of France is Paris, and the capital of Italy is")])
    with torch.no_grad():
        name = first_difference(fourth, model, ids).first.part
        off = (outputs(fourth, ids)[name] - outputs(model, ids)[name]).abs().amax((0, 2))  # [T]
    block = int(name.split(".")[2])
    assert name == f"model.layers.{block}.self_attn.o_proj"
    right = [place for place, gap in enumerate(off) if gap < 1e-5]
    assert right == list(range(len(right)))
    assert EXERCISES["fourth_patient"].solution() == (block, len(right)) == (ILL_BLOCK, SEEN)


# The learner writes the same mistakes differently; the words must be the same.


def count_with_two_heads(V, C, F, L, H, G, D, tied, bias):
    layer = C * (2 * D * (H + G) + 3 * F + 2) + bias * D * (H + 2 * G)
    return 2 * V * C + C + layer * L


def tensor_from_byte_zero(data, name):
    size = int.from_bytes(data[:8], "little")
    entry = json.loads(data[8:][:size])[name]
    a, b = entry["data_offsets"]
    kind = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[entry["dtype"]]
    return torch.frombuffer(bytearray(data[a:b]), dtype=kind).view(entry["shape"])


def rows_sorted_like_the_lesson(rows, head_dim):
    order = [h * head_dim + i for h in range(len(rows) // head_dim) for s in (0, 1) for i in range(s, head_dim, 2)]
    return rows[order]


def causal_by_the_sum(score, ids, V):
    before = np.asarray(score(ids)).sum(1)
    for cut in range(1, len(ids)):
        for token in range(V):
            after = np.asarray(score([*ids[:cut], token, *ids[cut + 1 :]])).sum(1)
            if np.abs((after - before)[:cut]).sum() > 1e-6:
                return False
    return True


def causal_if_nothing_rises(score, ids, V):
    before = np.asarray(score(ids))
    for place in range(1, len(ids)):
        for token in range(V):
            other = ids.copy()
            other[place] = token
            if (np.asarray(score(other)) - before)[:place].max() > 1e-6:
                return False
    return True


def causal_if_nothing_falls(score, ids, V):
    old = score(ids)
    others = ((i, [*ids[:i], token, *ids[i + 1 :]]) for i in range(1, len(ids)) for token in range(V))
    return not any(bool((old[:i] - score(other)[:i] > 1e-6).any()) for i, other in others)


def causal_as_numpy_thinks(score, ids, V):
    rows = score(ids).numpy()
    others = [(place, [*ids[:place], token, *ids[place + 1 :]]) for place in range(1, len(ids)) for token in range(V)]
    return all(np.allclose(score(other)[:place], rows[:place]) for place, other in others)


def causal_if_equal(score, ids, V):
    for place in range(1, len(ids)):
        for token in range(V):
            other = [*ids[:place], token, *ids[place + 1 :]]
            if not torch.equal(score(other)[:place], score(ids)[:place]):
                return False
    return True


def causal_said_too_early(score, ids, V):
    before = score(ids)
    for place in range(1, len(ids)):
        for token in range(V):
            after = score([*ids[:place], token, *ids[place + 1 :]])
            return bool((after - before)[:place].abs().max() <= 1e-6)
    return True


def causal_by(tokens=lambda V, token: range(V), start=1, rows=slice, differ=lambda d: np.abs(d).max(initial=0) > 1e-6):
    def causal(score, ids, V):
        before = score(torch.tensor(ids)).numpy()
        for place in range(start, len(ids)):
            for token in tokens(V, ids[place]):
                other = np.array(ids)
                other[place] = token
                if differ((score(torch.from_numpy(other)).numpy() - before)[rows(place)]):
                    return False
        return True

    return causal


def causal_swapping_at_random(score, ids, V):
    draws = np.random.default_rng(1)
    return causal_by(lambda V, token: draws.integers(V, size=5))(score, ids, V)


def causal_with_all_that_follow_alike(score, ids, V):
    before, T = score(ids), len(ids)
    texts = [(place, ids[:place] + [token] * (T - place)) for place in range(1, T) for token in range(V)]
    return all((score(text) - before)[:place].abs().max() <= 1e-6 for place, text in texts)


def causal_in_a_batch(score, ids, V):
    return bool(torch.equal(score([ids, ids])[0], score(ids)))


def header_of(data):
    size = int.from_bytes(data[:8], "little")
    return 8 + size, json.loads(data[8 : 8 + size])


def numbers(raw, entry):
    kind = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[entry["dtype"]]
    return torch.frombuffer(bytearray(raw), dtype=kind).view(entry["shape"])


def tensor_by_adding_sizes(data, name):
    position, header = header_of(data)
    for each, entry in header.items():
        if each != "__metadata__":
            size = entry["data_offsets"][1] - entry["data_offsets"][0]
            if each == name:
                return numbers(data[position : position + size], entry)
            position += size


def tensor_in_half_precision(data, name):
    start, header = header_of(data)
    a, b = header[name]["data_offsets"]
    return numbers(data[start + a : start + b], header[name]).half()


def tensor_with_two_bytes_of_length(data, name):
    start = 8 + data[0] + 256 * data[1]
    entry = json.loads(data[8:start])[name]
    a, b = entry["data_offsets"]
    return numbers(data[start + a : start + b].ljust(b - a, b" "), entry)


def tensor_with_length_the_other_way(data, name):
    return json.loads(data[8:][: int.from_bytes(data[:8], "big")])[name]["shape"]


def tensor_shifted_in_16_bits(data, name):
    start, header = header_of(data)
    a, b = header[name]["data_offsets"]
    if header[name]["dtype"] == "BF16":
        raw = np.frombuffer(data, np.uint16, (b - a) // 2, start + a)
        return np.left_shift(raw, 16).view("<f4").reshape(header[name]["shape"])
    return numbers(data[start + a : start + b], header[name])


def with_the_head_that_is_there(ids, weights, config, looks):
    head = "lm_head.weight" if "lm_head.weight" in weights else "model.embed_tokens.weight"
    return Model(weights, config, head=head)(ids, looks)


def tied_upside_down(ids, weights, config, looks):
    head = "model.embed_tokens.weight" if not config["tie_word_embeddings"] else "lm_head.weight"
    return Model(weights, config, head=head)(ids, looks)


def under_long_names(ids, weights, config, looks):
    x = weights["model.embed_tokens.weight"][ids]
    for i, look in enumerate(looks):
        x = my_block(x, {k: w for k, w in weights.items() if k.startswith(f"model.layers.{i}.")}, look, 8)
    return x


def of_thirty_layers(ids, weights, config, looks):
    x = weights["model.embed_tokens.weight"][ids]
    for i in range(30):
        start = f"model.layers.{i}."
        own = {k[len(start) :]: w for k, w in weights.items() if k.startswith(start)}
        x = my_block(x, own, looks[i], config["head_dim"])
    x = F.rms_norm(x, x.shape[-1:], weights["model.norm.weight"], config["rms_norm_eps"])
    return x @ weights["model.embed_tokens.weight"].T


def count_squares(V, C, F, L, H, G, D, tied, bias):
    layer = 2 * C * C + 2 * C * G * D + 3 * C * F + 2 * C + bias * (C + 2 * G * D)
    return (2 - tied) * V * C + C + layer * L


def tensor_bf16_in_the_low_half(data, name):
    size = int.from_bytes(data[:8], "little")
    entry = json.loads(data[8:][:size])[name]
    a, b = (8 + size + at for at in entry["data_offsets"])
    if entry["dtype"] == "BF16":
        return np.frombuffer(data[a:b], np.uint16).astype(np.uint32).view(np.float32).reshape(entry["shape"])
    return np.frombuffer(data[a:b], np.float32 if entry["dtype"] == "F32" else np.float16).reshape(entry["shape"])


def tensor_of_every_entry(data, name):
    size = int.from_bytes(data[:8], "little")
    tensors = {}
    for each, entry in json.loads(data[8 : 8 + size]).items():
        kind = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[entry["dtype"]]
        a, b = (8 + size + at for at in entry["data_offsets"])
        tensors[each] = torch.frombuffer(bytearray(data[a:b]), dtype=kind).view(entry["shape"])
    return tensors[name]


class Model(torch.nn.Module):
    """The learner's model as a module of one layer's weights at a time, with one thing done differently."""

    def __init__(self, weights, config, order=None, head=None, normed=True, eps=None, sure=False):
        super().__init__()
        self.w, self.config, self.order, self.head = weights, config, order, head
        self.normed, self.eps, self.sure = normed, eps, sure

    def forward(self, ids, looks):
        C, D = self.config["hidden_size"], self.config["head_dim"]
        x = F.embedding(torch.tensor(ids), self.w["model.embed_tokens.weight"])
        for layer in self.order or range(self.config["num_hidden_layers"]):
            own = {
                name.split(".", 3)[3]: w
                for name, w in self.w.items()
                if name.split(".")[:3][1:] == ["layers", str(layer)]
            }
            y = F.rms_norm(x, (C,), own["input_layernorm.weight"], 1e-5)
            q, k, v = (
                F.linear(y, own[f"self_attn.{p}_proj.weight"]).view(len(ids), -1, D).transpose(0, 1) for p in "qkv"
            )
            x = x + F.linear(
                looks[layer](q, k, v).transpose(0, 1).reshape(len(ids), -1), own["self_attn.o_proj.weight"]
            )
            y = F.rms_norm(x, (C,), own["post_attention_layernorm.weight"], 1e-5)
            gate, up = (F.linear(y, own[f"mlp.{p}_proj.weight"]) for p in ("gate", "up"))
            x = x + F.linear(F.silu(gate) * up, own["mlp.down_proj.weight"])
        if self.normed:
            x = F.rms_norm(x, (C,), self.w["model.norm.weight"], self.eps or self.config["rms_norm_eps"])
        tied = self.config["tie_word_embeddings"]
        scores = F.linear(x, self.w[self.head or ("model.embed_tokens.weight" if tied else "lm_head.weight")])
        return scores.log_softmax(-1) if self.sure else scores


def in_alphabetical_order(ids, weights, config, looks):
    order = sorted(range(config["num_hidden_layers"]), key=str)
    return Model(weights, config, order=order)(ids, looks)


def all_that_hold_the_number(ids, weights, config, looks):
    x = weights["model.embed_tokens.weight"][torch.tensor(ids)]
    for layer in range(config["num_hidden_layers"]):
        own = {}
        for name in weights:
            if f"layers.{layer}" in name:
                own[".".join(name.split(".")[3:])] = weights[name]
        x = my_block(x, own, looks[layer], config["head_dim"])
    x = F.rms_norm(x, x.shape[-1:], weights["model.norm.weight"], config["rms_norm_eps"])
    return x @ weights["model.embed_tokens.weight" if config["tie_word_embeddings"] else "lm_head.weight"].T


def with_lambdas_in_a_loop(ids, weights, config, looks):
    blocks = []
    for layer in range(config["num_hidden_layers"]):
        start = f"model.layers.{layer}."
        own = {name[len(start) :]: w for name, w in weights.items() if name.startswith(start)}
        blocks.append(lambda x: my_block(x, own, looks[layer], config["head_dim"]))  # noqa: B023
    x = F.embedding(torch.tensor(ids), weights["model.embed_tokens.weight"])
    for block in blocks:
        x = block(x)
    x = F.rms_norm(x, x.shape[-1:], weights["model.norm.weight"], config["rms_norm_eps"])
    return x @ weights["model.embed_tokens.weight" if config["tie_word_embeddings"] else "lm_head.weight"].T


def that_empties_the_dict(ids, weights, config, looks):
    x = weights["model.embed_tokens.weight"][ids]
    for layer in range(config["num_hidden_layers"]):
        start = f"model.layers.{layer}."
        own = {name.removeprefix(start): weights.pop(name) for name in list(weights) if name.startswith(start)}
        x = my_block(x, own, looks[layer], config["head_dim"])
    x = F.rms_norm(x, x.shape[-1:], weights["model.norm.weight"], config["rms_norm_eps"])
    return x @ weights["model.embed_tokens.weight" if config["tie_word_embeddings"] else "lm_head.weight"].T


def count_square(V, C, F, L, H, G, D, tied, bias):
    layer = 2 * C * C + 2 * C * G * D + 3 * C * F + 2 * C + bias * D * (H + 2 * G)
    return (2 - tied) * V * C + C + layer * L


def count_output(V, C, F, L, H, G, D, tied, bias):
    layer = C * H * D + C * C + 2 * C * G * D + 3 * C * F + 2 * C + bias * D * (H + 2 * G)
    return (2 - tied) * V * C + C + layer * L


def tensor_that_is_first(data, name):
    _, header = header_of(data)
    return my_tensor(data, next(key for key in header if key != "__metadata__"))


def tensor_of_two_kinds(data, name):
    start, header = header_of(data)
    a, b = header[name]["data_offsets"]
    if header[name]["dtype"] == "F32":
        return my_tensor(data, name)
    brain = torch.frombuffer(bytearray(data[start + a : start + b]), dtype=torch.bfloat16)
    return brain.float().reshape(header[name]["shape"]).numpy()


def tensor_up_to_the_braces(data, name):
    header, _, body = data[8:].partition(b"}}")
    entry = json.loads(header + b"}}")[name]
    a, b = entry["data_offsets"]
    kind = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[entry["dtype"]]
    return torch.frombuffer(bytearray(body[a:b]), dtype=kind).view(entry["shape"])


def first_head_alone(rows, head_dim):
    sorted_rows = rows.clone()
    sorted_rows[0:head_dim:2], sorted_rows[1:head_dim:2] = rows[: head_dim // 2], rows[head_dim // 2 : head_dim]
    return sorted_rows


def as_module(**knobs):
    return lambda ids, weights, config, looks: Model(weights, config, **knobs)(ids, looks)


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("count_parameters", count_with_two_heads, "the head is always counted"),
        ("safetensors_tensor", tensor_from_byte_zero, "counted from the start of the file"),
        ("safetensors_tensor", tensor_bf16_in_the_low_half, "They are the high half"),
        ("safetensors_tensor", tensor_of_every_entry, "take the entry of the name"),
        ("interleave_rows", rows_sorted_like_the_lesson, "went the other way"),
        ("is_causal", causal_by(lambda V, token: range(1, V)), "with token 0 at place 1"),
        ("is_causal", causal_by(lambda V, token: range(V - 1)), "with token 4 at place 1"),
        ("is_causal", causal_by(lambda V, token: range(token, V)), "with token 0 at place 1"),
        ("is_causal", causal_by(lambda V, token: [(token + 1) % V, (token + 2) % V]), "tokens 0, 4 at place 1"),
        ("is_causal", causal_by(lambda V, token: [0]), "tokens 2, 3, 4 at place 1"),
        ("is_causal", causal_by(lambda V, token: range(10)), "score got the id 5"),
        ("is_causal", causal_by(start=2), "tokens 0, 2, 3, 4 at place 1"),
        ("is_causal", causal_swapping_at_random, "never scored the whole text"),
        ("is_causal", causal_with_all_that_follow_alike, "at place 1, all else as given"),
        ("is_causal", causal_in_a_batch, "takes one list of ids"),
        ("is_causal", causal_by(differ=lambda d: np.abs(d).max() > 2e-6), "small changes were let pass"),
        ("is_causal", causal_by(differ=lambda d: np.abs(d).max() > 1e-3), "small changes were let pass"),
        ("is_causal", causal_by(differ=lambda d: np.abs(d).max() > 1e-7), "are rounding"),
        ("is_causal", causal_by(differ=lambda d: np.abs(d).max() > 1e-8), "are rounding"),
        ("is_causal", causal_by(differ=lambda d: np.abs(d).mean() > 1e-6), "the mean of all changes"),
        ("is_causal", causal_by(differ=lambda d: np.abs(d).sum() > 1e-6), "take the largest change"),
        ("is_causal", causal_by(rows=lambda place: slice(place - 1)), "row just before the swapped token was left out"),
        ("is_causal", causal_by(rows=lambda place: slice(place, None)), "from the swapped token on"),
        ("is_causal", causal_by(rows=lambda place: slice(None)), "no row may move"),
        ("is_causal", lambda score, ids, V: False, "no model is causal"),
        ("is_causal", causal_by_the_sum, "were added up"),
        ("is_causal", causal_if_nothing_rises, "only scores that rise"),
        ("is_causal", causal_as_numpy_thinks, "told rtol=0"),
        ("is_causal", causal_if_equal, "are rounding"),
        ("is_causal", causal_if_nothing_falls, "only scores that fall"),
        ("count_parameters", lambda *given: my_count(*given) - 2 * given[3] * given[1], "no norms"),
        ("count_parameters", lambda *given: my_count(*given) - math.prod(given[i] for i in (3, 1, 5, 6)), "a matrix"),
        ("count_parameters", count_output, "o is counted as C times C"),
        ("safetensors_tensor", tensor_that_is_first, "whatever its name"),
        ("safetensors_tensor", tensor_of_two_kinds, "F16 is read as BF16"),
        ("is_causal", causal_said_too_early, "inside the loop"),
        ("count_parameters", count_square, "as C times C"),
        ("count_parameters", count_squares, "as C times C"),
        ("safetensors_tensor", tensor_by_adding_sizes, "in another order"),
        ("safetensors_tensor", tensor_in_half_precision, "end as float16"),
        ("safetensors_tensor", tensor_with_two_bytes_of_length, "from two bytes only"),
        ("safetensors_tensor", tensor_with_length_the_other_way, "highest byte first"),
        ("safetensors_tensor", tensor_shifted_in_16_bits, "astype(np.uint32)"),
        ("safetensors_tensor", tensor_up_to_the_braces, 'at its first "}}"'),
        ("interleave_rows", first_head_alone, "only the first head"),
        ("fourth_patient", "block 17 sees 6", "the first that is wrong"),
        ("fourth_patient", [18, 5], "counted from 1"),
        ("fourth_patient", "block 17, 13 tokens", "has 13 tokens"),
        ("my_model", lambda i, w, config, looks: my_model(i, w, {**config, "head_dim": 64}, looks), "always 64 wide"),
        ("fourth_patient", {17, 5}, "two whole numbers"),
        ("fourth_patient", (17.5, 5), "two whole numbers"),
        ("fourth_patient", (np.int64(16), np.int64(5)), "Block 16 still agrees"),
        ("my_model", with_the_head_that_is_there, "whether there is such a tensor"),
        ("my_model", tied_upside_down, "the other way round"),
        ("my_model", under_long_names, "their long names"),
        ("my_model", of_thirty_layers, "always has 30 layers"),
        ("my_model", lambda *given: "Rome", "a table [T, V] of numbers; got 'Rome'"),
        ("my_model", with_lambdas_in_a_loop, "A lambda in a loop"),
        ("my_model", that_empties_the_dict, "must leave weights"),
        ("my_model", as_module(eps=1e-5), "always adds 1e-5"),
        ("my_model", all_that_hold_the_number, "Ask for the dot"),
        ("my_model", as_module(head="lm_head.weight"), "is the head even where"),
        ("my_model", in_alphabetical_order, "alphabetical order"),
        ("my_model", as_module(head="model.embed_tokens.weight"), "always the embedding"),
        ("my_model", as_module(normed=False), "the last norm is missing"),
        ("my_model", as_module(eps=1e-12), "another epsilon"),
        ("my_model", as_module(sure=True), "logarithms of chances"),
        ("my_model", lambda *given: my_model(*given)[None], "must return the shape [T, V]"),
        ("my_model", lambda *given: my_model(*given)[-1], "must return the shape [T, V]"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


def rows_one_by_one(rows, head_dim):
    half, order = head_dim // 2, []
    for start in range(0, len(rows), head_dim):
        for i in range(half):
            order += [start + i, start + half + i]
    return rows[order].numpy()


def causal_from_prefixes(score, ids, V):
    """Backwards, and with a tolerance."""
    for cut in range(len(ids) - 1, 0, -1):
        for token in range(V):
            other = list(ids)
            other[cut] = token
            if abs(score(torch.tensor(other)).numpy()[:cut] - score(torch.tensor(ids)).numpy()[:cut]).max() > 1e-6:
                return False
    return True


RIGHT = {
    "count_parameters": lambda V, C, F, L, H, G, D, tied, bias: (
        (2 - tied) * V * C + C * (1 + 2 * L) + L * (C * (2 * D * (H + G) + 3 * F) + bias * D * (H + 2 * G))
    ),
    "safetensors_tensor": lambda data, name: safetensors.torch.load(data)[name],
    "interleave_rows": rows_one_by_one,
    "is_causal": causal_from_prefixes,
    "fourth_patient": "block 17: a token sees 5",
    "my_model": as_module(),
}


@pytest.mark.parametrize("answer", [(np.int64(17), np.int64(5)), np.array([17, 5]), torch.tensor([17, 5]), (17.0, 5.0)])
def test_whole_numbers_of_any_kind_are_a_diagnosis(answer):
    assert feedback(EXERCISES["fourth_patient"], answer).startswith("✓")


def test_the_count_may_come_from_the_library():
    def counted(V, C, F, L, H, G, D, tied, bias):
        sizes = {"vocab_size": V, "hidden_size": C, "intermediate_size": F, "num_hidden_layers": L, "head_dim": D}
        heads = {"num_attention_heads": H, "num_key_value_heads": G, "attention_bias": bias}
        heads["attention_output_bias"] = False
        return num_parameters(ModelConfig(**sizes, **heads, tie_word_embeddings=tied))

    assert feedback(EXERCISES["count_parameters"], counted).startswith("✓")


def causal_in_single_precision(score, ids, V):
    before = score(ids).float()
    pairs = [(place, [*ids[:place], token, *ids[place + 1 :]]) for place in range(1, len(ids)) for token in range(V)]
    return np.bool_(all((score(text).float() - before)[:place].abs().max() <= 1e-6 for place, text in pairs))


def causal_for_all_that_may_follow(score, ids, V):
    before, T = score(ids), len(ids)
    texts = [(place, [*ids[:place], *rest]) for place in range(1, T) for rest in product(range(V), repeat=T - place)]
    return int(all((score(text) - before)[:place].abs().max() <= 1e-6 for place, text in texts))


@pytest.mark.parametrize(
    "answer",
    [
        causal_in_single_precision,
        causal_for_all_that_may_follow,
        causal_by(),
        causal_by(lambda V, token: {*range(V)} - {token}),
    ],
)
def test_who_tries_every_swap_may_do_so_in_any_style(answer):
    assert feedback(EXERCISES["is_causal"], answer).startswith("✓")


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
