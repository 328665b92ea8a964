"""The exercise of D7 against PyTorch's attention with many heads, and the same mistakes in other words."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from classroom.styles import accept
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lessonD7
from lessons_lib.classroom.lessons.lessonD7.head_parts import my_head_parts

EXERCISES = {exercise.id: exercise for exercise in lessonD7.EXERCISES}
SEEDS = st.integers(0, 1000)
bounded = settings(max_examples=examples(40), derandomize=True, deadline=None)


def random(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2


@given(SEEDS, st.integers(1, 5), st.integers(1, 4), st.integers(1, 3))
@bounded
def test_the_parts_of_the_heads_add_up_to_torchs_multi_head_attention(seed, t, heads, d):
    width = heads * d
    module = torch.nn.MultiheadAttention(width, heads, bias=False, batch_first=True, dtype=torch.float64)
    x = random(seed, t, width)
    expected = module(x[None], x[None], x[None], need_weights=False)[0][0]
    q, k, v = (part.unflatten(-1, (heads, d)).transpose(0, 1) for part in (x @ module.in_proj_weight.T).chunk(3, -1))
    parts = my_head_parts(F.scaled_dot_product_attention(q, k, v), module.out_proj.weight.T)  # [H, T, C]
    torch.testing.assert_close(parts.sum(0), expected)


# The learner writes the same mistakes differently; the words must be the same.


def parts_joined_by_reshape(mixes, W_o):
    """The heads in turn, joined without swapping the axes first."""
    heads, tokens, _ = mixes.shape
    return torch.stack(
        [(mixes * (torch.arange(heads) == h)[:, None, None]).view(tokens, -1) @ W_o for h in range(heads)]
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda m, W: torch.einsum("htd,hcd->htc", m, W.T.reshape(len(m), len(W.T), -1)), "✗"),
        (lambda m, W: torch.cat(list(m), 1) @ W, "for all heads together"),
        (
            lambda m, W: np.stack([np.asarray(each) @ W[: each.shape[1]].numpy() for each in m]),
            "first D rows",
        ),
        (lambda m, W: np.einsum("htd,dhc->htc", m, W.reshape(m.shape[2], len(m), -1)), "every H-th row"),
        (parts_joined_by_reshape, "in the order of memory"),
        (
            lambda m, W: torch.stack([x @ W[:, h * x.shape[1] :][:, : x.shape[1]] for h, x in enumerate(m)]),
            "its own columns of W_o",
        ),
        (lambda m, W: m.bmm(W.T.reshape(len(m), m.shape[2], -1)), "W_o was turned over"),
        (
            lambda m, W: torch.stack([x @ rows for x, rows in zip(m, W.split(m.shape[2])[::-1], strict=True)]),
            "from the end",
        ),
        (lambda m, W: [m.transpose(0, 1).flatten(1) @ (W / len(m)) for _ in m], "equal shares"),
        (lambda m, W: m.bmm(W.reshape(len(m), -1, m.shape[2])), "as [H, C, D]"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(answer, words):
    report = feedback(EXERCISES["head_parts"], answer)
    assert report.startswith("✗") and words in report


RIGHT = {
    "head_parts": lambda mixes, W_o: [
        (mix.numpy() @ rows.numpy()).tolist() for mix, rows in zip(mixes, W_o.chunk(len(mixes)), strict=True)
    ],
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
