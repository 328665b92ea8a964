"""The solutions of lesson 06 against libraries that nobody here wrote, and the same mistakes in other words."""

import json

import gguf
import numpy as np
import pytest
import safetensors.numpy
import torch
from classroom.styles import accept
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import random_model, token_ids
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from lessons_lib.checkpoint.parity import first_difference, outputs
from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson06
from lessons_lib.classroom.lessons.lesson06.count_parameters import my_count
from lessons_lib.classroom.lessons.lesson06.decode_q4_1 import my_block
from lessons_lib.classroom.lessons.lesson06.first_difference import my_first_difference
from lessons_lib.classroom.lessons.lesson06.interleave_rows import my_interleaved
from lessons_lib.classroom.lessons.lesson06.is_causal import my_is_causal
from lessons_lib.classroom.lessons.lesson06.patients import make_patient
from lessons_lib.classroom.lessons.lesson06.safetensors_tensor import my_tensor

EXERCISES = {exercise.id: exercise for exercise in lesson06.EXERCISES}
Q4_1 = gguf.GGMLQuantizationType.Q4_1
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


@given(SEEDS, st.integers(1, 4))
@EXAMPLES
def test_tensors_are_those_that_the_safetensors_library_wrote(seed, count):
    generator = np.random.default_rng(seed)
    shapes = [generator.integers(1, 5, size=i % 3 + 1) for i in range(count)]
    dtypes = (np.float32, np.float16) * 2
    arrays = [generator.normal(size=shape).astype(dtype) for shape, dtype in zip(shapes, dtypes, strict=False)]
    tensors = {f"layer {i}": array for i, array in enumerate(arrays)}
    data = safetensors.numpy.save(tensors, metadata={"format": "np"})
    for name, expected in tensors.items():
        np.testing.assert_array_equal(my_tensor(data, name), expected)


def test_the_cases_are_files_that_the_safetensors_library_reads():
    for data, name in EXERCISES["safetensors_tensor"].cases:
        np.testing.assert_array_equal(safetensors.numpy.load(data)[name], my_tensor(data, name))


@given(SEEDS)
@EXAMPLES
def test_blocks_are_decoded_as_by_the_gguf_library(seed):
    weights = np.random.default_rng(seed).normal(size=(1, 32)).astype(np.float32)
    block = gguf.quantize(weights, Q4_1)
    expected = gguf.dequantize(block, Q4_1)[0]
    np.testing.assert_allclose(my_block(block.tobytes()), expected, rtol=1e-6, atol=1e-7)


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
            return model(torch.tensor([ids]), attention_mask=mask).logits[0].numpy()

    assert my_is_causal(score, [3, 1, 4, 1, 5], 7) is causal


@given(SEEDS, st.integers(1, 4), st.integers(1, 5), st.sampled_from([0.0, 0.5, 1.5, 9.0]))
@EXAMPLES
def test_the_first_difference_is_where_numpy_fails_to_be_close(seed, tokens, width, tolerance):
    generator = np.random.default_rng(seed)
    theirs = {name: generator.normal(size=(tokens, width)) for name in "abcd"}
    mine = {name: array + generator.normal(size=array.shape) * generator.integers(2) for name, array in theirs.items()}
    far = [name for name in theirs if not np.allclose(mine[name], theirs[name], rtol=0, atol=tolerance)]
    found = my_first_difference(mine, theirs, tolerance)
    if not far:
        assert found == "none"
    else:
        name, token, coordinate = found
        assert name == far[0]
        gaps = abs(mine[name] - theirs[name])
        assert gaps[token, coordinate] == gaps.max()


# The patients


@pytest.mark.parametrize(
    ("number", "part", "spared"),
    [(1, "self_attn.o_proj", 0), (2, "input_layernorm", None), (3, "self_attn.o_proj", 10)],
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


# The learner writes the same mistakes differently; the words must be the same.


def count_with_two_heads(V, C, F, L, H, G, D, tied, bias):
    layer = C * (2 * D * (H + G) + 3 * F + 2) + bias * D * (H + 2 * G)
    return 2 * V * C + C + layer * L


def tensor_from_byte_zero(data, name):
    size = int.from_bytes(data[:8], "little")
    entry = json.loads(data[8:][:size])[name]
    a, b = entry["data_offsets"]
    return np.frombuffer(data[a:b], np.float32 if entry["dtype"] == "F32" else np.float16).reshape(entry["shape"])


def block_byte_by_byte(block):
    d, m = np.frombuffer(block[:4], "<f2").astype(float)
    weights = []
    for byte in block[4:]:
        weights += [d * (byte % 16) + m, d * (byte // 16) + m]
    return np.array(weights)


def rows_sorted_like_the_lesson(rows, head_dim):
    order = [h * head_dim + i for h in range(len(rows) // head_dim) for s in (0, 1) for i in range(s, head_dim, 2)]
    return rows[order]


def causal_with_the_last(score, ids, V):
    rows = score(ids)
    return all(np.array_equal(score(ids[:-1] + [token])[:-1], rows[:-1]) for token in range(V))  # noqa: RUF005


def difference_signed(mine, theirs, tolerance):
    for name in [name for name in mine if name in theirs]:
        apart = np.where(np.isnan(mine[name] - theirs[name]), 1e9, mine[name] - theirs[name])
        if np.max(apart) > tolerance:
            return [name, *divmod(int(np.argmax(apart)), apart.shape[1])]
    return "none"


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("count_parameters", count_with_two_heads, "the head is always counted"),
        ("safetensors_tensor", tensor_from_byte_zero, "counted from the start of the file"),
        ("decode_q4_1", block_byte_by_byte, "stand next to each other"),
        ("interleave_rows", rows_sorted_like_the_lesson, "went the other way"),
        ("is_causal", causal_with_the_last, "only the last token was swapped"),
        ("first_difference", difference_signed, "the sign is kept"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    report = feedback(EXERCISES[name], answer)
    assert report.startswith("✗") and words in report


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
            if abs(score(other)[:cut] - score(ids)[:cut]).max() > 1e-6:
                return False
    return True


def difference_by_loops(mine, theirs, tolerance):
    for name in (n for n in mine if n in theirs):
        worst = (-1.0, 0, 0)
        for t, (a, b) in enumerate(zip(mine[name], theirs[name], strict=True)):
            for c, gap in enumerate(abs(a - b)):
                gap = float("inf") if gap != gap else float(gap)
                worst = max(worst, (gap, -t, -c))
        if worst[0] > tolerance:
            return name, -worst[1], -worst[2]
    return "none"


RIGHT = {
    "count_parameters": lambda V, C, F, L, H, G, D, tied, bias: (
        (2 - tied) * V * C + C * (1 + 2 * L) + L * (C * (2 * D * (H + G) + 3 * F) + bias * D * (H + 2 * G))
    ),
    "safetensors_tensor": lambda data, name: torch.from_numpy(safetensors.numpy.load(data)[name]),
    "decode_q4_1": lambda block: gguf.dequantize(np.frombuffer(block, np.uint8)[None], Q4_1)[0],
    "interleave_rows": rows_one_by_one,
    "is_causal": causal_from_prefixes,
    "first_difference": difference_by_loops,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
