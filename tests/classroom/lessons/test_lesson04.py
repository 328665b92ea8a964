"""The solutions of lesson 04 against libraries that nobody here wrote, and the same mistakes in other words."""

import math

import numpy as np
import pytest
import scipy.special
import torch
import torch.nn.functional as F
from classroom.styles import accept
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LlamaConfig
from transformers.masking_utils import sliding_window_causal_mask_function
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson04
from lessons_lib.classroom.lessons.lesson04.attention_weights import my_weights
from lessons_lib.classroom.lessons.lesson04.causal_mask import my_causal_weights
from lessons_lib.classroom.lessons.lesson04.grouped_heads import my_grouped_attention
from lessons_lib.classroom.lessons.lesson04.rotate_pair import my_rotate
from lessons_lib.classroom.lessons.lesson04.sliding_mask import my_sliding_mask
from lessons_lib.classroom.lessons.lesson04.split_heads import my_split_heads

EXERCISES = {exercise.id: exercise for exercise in lesson04.EXERCISES}
SEEDS = st.integers(0, 1000)


def random(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2


@given(SEEDS, st.integers(1, 4), st.integers(1, 5), st.integers(1, 7))
@settings(max_examples=examples(40), derandomize=True, deadline=None)
def test_weights_and_values_are_torchs_attention(seed, t, s, d):
    q, k, v = random(seed, t, d), random(seed + 1, s, d), random(seed + 2, s, d)
    expected = F.scaled_dot_product_attention(q[None], k[None], v[None])[0]
    torch.testing.assert_close(my_weights(q, k) @ v, expected)


@given(SEEDS, st.integers(1, 6))
@settings(max_examples=examples(40), derandomize=True, deadline=None)
def test_causal_weights_are_torchs_attention(seed, t):
    q, k, v = random(seed, t, 3), random(seed + 1, t, 3), random(seed + 2, t, 5)
    expected = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
    torch.testing.assert_close(my_causal_weights(q @ k.T / math.sqrt(3)) @ v, expected)


@given(SEEDS, st.integers(1, 5), st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=examples(40), derandomize=True, deadline=None)
def test_heads_are_split_as_torchs_multi_head_attention_splits_them(seed, t, heads, d):
    width = heads * d
    module = torch.nn.MultiheadAttention(width, heads, bias=False, batch_first=True, dtype=torch.float64)
    x = random(seed, t, width)
    expected = module(x[None], x[None], x[None], need_weights=False)[0][0]
    q, k, v = (my_split_heads(part, heads) for part in (x @ module.in_proj_weight.T).chunk(3, -1))
    out = F.scaled_dot_product_attention(q, k, v).transpose(0, 1).flatten(1)
    torch.testing.assert_close(out @ module.out_proj.weight.T, expected)


@given(SEEDS, st.integers(1, 5), st.integers(0, 300), st.sampled_from([100.0, 10000.0, 500000.0]))
@settings(max_examples=examples(40), derandomize=True, deadline=None)
def test_rotation_equals_transformers(seed, pairs, position, base):
    x = random(seed, 2 * pairs).float()
    config = LlamaConfig(
        hidden_size=2 * pairs,
        num_attention_heads=1,
        num_key_value_heads=1,
        rope_parameters={"rope_type": "default", "rope_theta": base},
    )
    cos, sin = LlamaRotaryEmbedding(config)(x[None, None], torch.tensor([[position]]))
    expected, _ = apply_rotary_pos_emb(x[None, None, None], x[None, None, None], cos, sin)
    torch.testing.assert_close(my_rotate(x, position, base), expected[0, 0, 0], rtol=1e-4, atol=2e-4)


@given(SEEDS, st.integers(1, 3), st.integers(1, 3), st.integers(1, 6), st.integers(1, 5))
@settings(max_examples=examples(40), derandomize=True, deadline=None)
def test_grouped_attention_is_torchs(seed, groups, shared_by, t, d):
    q, k, v = random(seed, groups * shared_by, t, d), random(seed + 1, groups, t, d), random(seed + 2, groups, t, d)
    expected = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True, enable_gqa=True)[0]
    torch.testing.assert_close(my_grouped_attention(q, k, v), expected)


@pytest.mark.parametrize(("tokens", "window"), [(1, 1), (4, 2), (7, 3), (7, 7), (5, 12)])
def test_the_sliding_mask_is_that_of_transformers(tokens, window):
    allowed = sliding_window_causal_mask_function(window)
    expected = [[bool(allowed(0, 0, torch.tensor(i), torch.tensor(j))) for j in range(tokens)] for i in range(tokens)]
    assert my_sliding_mask(tokens, window).tolist() == expected


# The learner writes the same mistakes differently; the words must be the same.


def numpy_weights(q, k):
    return scipy.special.softmax(np.asarray(q) @ np.asarray(k).T / np.asarray(q).shape[1], axis=1)


def zeros_by_loop(scores):
    rows = scores.tolist()
    hidden = [[x if j <= i else 0.0 for j, x in enumerate(row)] for i, row in enumerate(rows)]
    return scipy.special.softmax(hidden, axis=-1)


def rotate_by_loop(x, position, base):
    """Turns neighbours."""
    out, x = [0.0] * len(x), x.tolist()
    for i in range(0, len(x), 2):
        angle = position * base ** (-i / len(x))
        out[i] = x[i] * math.cos(angle) - x[i + 1] * math.sin(angle)
        out[i + 1] = x[i] * math.sin(angle) + x[i + 1] * math.cos(angle)
    return out


def modulo_heads(q, k, v):
    heads = [
        F.scaled_dot_product_attention(q[h][None], k[h % len(k)][None], v[h % len(k)][None], is_causal=True)[0]
        for h in range(len(q))
    ]
    return torch.stack(heads)


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("attention_weights", numpy_weights, "divided by D"),
        ("causal_mask", zeros_by_loop, "to 0 before the softmax"),
        ("split_heads", lambda x, heads: np.asarray(x).reshape(heads, len(x), -1), "in the order of memory"),
        ("rotate_pair", rotate_by_loop, "turned the neighbours"),
        ("grouped_heads", modulo_heads, "repeat_interleave, not repeat"),
        (
            "sliding_mask",
            lambda tokens, window: [[int(i - window <= j <= i) for j in range(tokens)] for i in range(tokens)],
            "one too many",
        ),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    report = feedback(EXERCISES[name], answer)
    assert report.startswith("✗") and words in report


def plain_rotate(x, position, base):
    x, half = x.tolist(), len(x) // 2
    turned = [complex(x[i], x[i + half]) * np.exp(1j * position * base ** (-2 * i / len(x))) for i in range(half)]
    return [number.real for number in turned] + [number.imag for number in turned]


def plain_grouped(q, k, v):
    return F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True, enable_gqa=True)[0]


RIGHT = {
    "attention_weights": lambda q, k: scipy.special.softmax((q @ k.T).numpy() / math.sqrt(q.shape[1]), axis=1),
    "causal_mask": lambda scores: [
        [*scipy.special.softmax(row[: i + 1]), *[0.0] * (len(row) - i - 1)] for i, row in enumerate(scores.tolist())
    ],
    "split_heads": lambda x, heads: torch.stack(x.chunk(heads, dim=1)),
    "rotate_pair": plain_rotate,
    "grouped_heads": plain_grouped,
    "sliding_mask": lambda tokens, window: np.tri(tokens) - np.tri(tokens, k=-window),
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
