"""The solutions of lesson 04 against libraries that nobody here wrote, and the same mistakes in other words."""

import functools
import math

import numpy as np
import pytest
import scipy.special
import torch
import torch.nn.functional as F
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson04
from lessons_lib.classroom.lessons.lesson04 import notes
from lessons_lib.classroom.lessons.lesson04.attention import (
    GOSSIP,
    LARGE,
    SMALL,
    attention_of,
    made_up,
    my_attention,
    written,
)
from lessons_lib.classroom.lessons.lesson04.causal_mask import my_causal_weights
from lessons_lib.classroom.lessons.lesson04.leaks import my_leaks, seven_ways
from lessons_lib.classroom.lessons.lesson04.previous_word import inputs, my_previous
from lessons_lib.classroom.lessons.lesson04.shared import lower_triangle
from lessons_lib.classroom.lessons.lesson04.weight_by_hand import my_row
from lessons_lib.classroom.real_model import real_model
from lessons_lib.generation import generate

EXERCISES = {exercise.id: exercise for exercise in lesson04.EXERCISES}
SEEDS = st.integers(0, 1000)
bounded = settings(max_examples=examples(40), derandomize=True, deadline=None)


def random(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2


def test_the_row_on_paper_is_scipys():
    dots = np.array([2, 0, 4]) * math.log(2)
    np.testing.assert_allclose(my_row(), [*scipy.special.softmax(dots / math.sqrt(4)), 0])


@given(SEEDS, st.integers(1, 6))
@bounded
def test_causal_weights_are_torchs_attention(seed, t):
    q, k, v = random(seed, t, 3), random(seed + 1, t, 3), random(seed + 2, t, 5)
    expected = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
    torch.testing.assert_close(my_causal_weights(q @ k.T / math.sqrt(3)) @ v, expected)


@given(SEEDS, st.integers(1, 3), st.integers(1, 4), st.integers(1, 6), st.integers(1, 5))
@bounded
def test_attention_is_torchs(seed, texts, heads, t, d):
    q, k, v = random(seed, 3, texts, heads, t, d)
    torch.testing.assert_close(my_attention(q, k, v), F.scaled_dot_product_attention(q, k, v, is_causal=True))


@pytest.mark.parametrize("seed", range(5))
def test_a_way_leaks_whenever_the_last_word_reaches_an_earlier_row(seed):
    """By slopes, where the solution changes a word: what an earlier row delivers must not move with the last word."""
    q, k, v = (random(seed + n, 6, 4).requires_grad_() for n in range(3))
    leaking = set()
    for letter, weights in seven_ways(q @ k.T / 2, torch.ones(6, 6).tril().bool()).items():
        slopes = torch.autograd.grad((weights @ v)[:5].square().sum(), (q, k, v), retain_graph=True)
        if any(slope[5].abs().max() > 0 for slope in slopes):
            leaking.add(letter)
    assert leaking == my_leaks() == {"b", "c", "d", "f"}


@given(SEEDS, st.integers(1, 6), st.integers(2, 12))
@bounded
def test_the_designed_head_copies_the_word_before(seed, words, places):
    text = torch.randint(words, (places,), generator=torch.Generator().manual_seed(seed)).tolist()
    q, k, v = (inputs(words, places, text).float() @ W for W in my_previous(words, places))
    mix = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
    assert mix[1:].argmax(-1).tolist() == text[:-1]
    assert mix[1:].amax(-1).min() > 0.96


@pytest.mark.parametrize("places", [40, 100, 400, 1000])
def test_the_designed_head_is_as_sharp_in_the_longest_text(places):
    """By numpy, and for every length up to the longest that the exercise names."""
    W_q, W_k, W_v = map(np.asarray, my_previous(3, places))
    text = np.random.default_rng(0).integers(0, 3, places)
    x = np.concatenate([np.eye(3)[text], np.eye(places)], 1)
    scores = (x @ W_q) @ (x @ W_k).T / math.sqrt(places)
    scores[np.triu_indices(places, 1)] = -np.inf
    mix = scipy.special.softmax(scores, -1) @ (x @ W_v)
    np.testing.assert_allclose(mix[1:], np.eye(3)[text[:-1]], atol=1e-6)


def test_the_real_model_writes_on_unchanged_and_is_put_back():
    model, tokenizer = real_model()
    ids = tokenizer.encode(GOSSIP)
    expected = tokenizer.decode(list(generate(model, ids, max_new_tokens=3)))
    before = model(torch.tensor([ids]))
    assert written(my_attention, GOSSIP, 3)["written"] == expected == "imbletop"
    assert torch.equal(model(torch.tensor([ids])), before)


@torch.no_grad()
def test_what_is_compared_of_the_real_model_is_far_from_rounding():
    """Another order of sums must not turn a right answer into a wrong one."""
    model, tokenizer = real_model()
    for prompt, tokens in EXERCISES["attention"].cases[2:]:  # the first two are made-up numbers alone
        ids = tokenizer.encode(prompt)
        ids += list(generate(model, ids, max_new_tokens=tokens))[:-1]
        chance = float(model(torch.tensor([ids]))[0, -1].softmax(-1).max())
        assert abs(chance * 100 % 1 - 0.5) > 0.1


@pytest.mark.parametrize("sizes", [SMALL, LARGE])
def test_the_made_up_numbers_ask_for_more_than_a_low_score(sizes):
    q, k, _ = made_up(*sizes)
    assert ((q[:, :, 0] * k[:, :, 0]).sum(-1) / math.sqrt(q.shape[-1]) < -1e9).all()
    assert ((q[:, :, 1] * k[:, :, 1]).sum(-1) / math.sqrt(q.shape[-1]) > 100).all()  # its power is inf
    assert not q[:, :, -1].any()  # scores of exactly 0, all of them visible
    assert len(set(LARGE)) == 4


def test_runs_side_by_side_are_as_if_alone():
    """The first of two networks learns what it learns without the second."""

    class Alone(notes.Note):
        def __init__(self):
            super().__init__(runs=2)
            for parameter in self.parameters():
                parameter.data = parameter.data[:1].clone()

    together = notes.recalled(lambda: notes.Note(runs=2), gap=8, steps=30)
    torch.testing.assert_close(notes.recalled(Alone, gap=8, steps=30)[0], together[0])


def test_the_one_look_is_torchs_attention():
    reader = notes.OneLook(runs=2)
    reader.query.data += random(3, *reader.query.shape)
    x = random(4, 2, 3, 5, notes.WIDTH)
    expected = F.scaled_dot_product_attention(reader.query.expand(2, 3, 1, -1), x, x)[:, :, 0]
    torch.testing.assert_close(reader.read(x), expected)


def test_the_note_is_torchs_rnn():
    reader, cell = notes.Note(runs=1), torch.nn.RNN(notes.WIDTH, notes.WIDTH, bias=False, dtype=torch.float64)
    with torch.no_grad():
        cell.weight_ih_l0.copy_(torch.eye(notes.WIDTH))
        cell.weight_hh_l0.copy_(reader.keep[0].T)
        x = random(5, 7, 3, notes.WIDTH)  # [T, B, WIDTH]
        torch.testing.assert_close(reader.read(x.transpose(0, 1)[None])[0], cell(x)[1][0])


# The learner writes the same mistakes differently; the words must be the same.


def zeros_by_loop(scores):
    rows = scores.tolist()
    hidden = [[x if j <= i else 0.0 for j, x in enumerate(row)] for i, row in enumerate(rows)]
    return scipy.special.softmax(hidden, axis=-1)


def hidden(scores):
    """A table to add: minus infinity in the future."""
    return torch.full(scores.shape, -torch.inf).triu(1)


def causal_below(number, scores):
    return scores.where(torch.ones_like(scores).tril() > 0, number).softmax(-1)


def attention_below(number, q, k, v):
    scores = q @ k.mT / q.shape[-1] ** 0.5
    return torch.stack([torch.stack([causal_below(number, head) for head in text]) for text in scores]) @ v


def attention_by_own_powers(q, k, v):
    powers = torch.einsum("bhid,bhjd->bhij", q, k).div(q.shape[-1] ** 0.5).exp()
    powers = powers * torch.ones(powers.shape[-2:]).tril()
    return powers @ v / powers.sum(-1)[..., None]


def attention_by_einsum_without_a_root(q, k, v):
    scores = torch.einsum("bhtd,bhsd->bhts", q, k)
    mask = torch.full(scores.shape[-2:], -torch.inf).triu(1)
    return torch.einsum("bhts,bhsd->bhtd", (scores + mask).softmax(-1), v)


def attention_that_hides_zeros(q, k, v):
    s = (q @ k.mT / q.shape[-1] ** 0.5).tril()
    s[s == 0] = -torch.inf
    return s.softmax(-1) @ v


def previous_by_one(words, places):
    """With a 1 where a large number is needed."""
    step, own = np.zeros((words + places, places)), np.zeros((words + places, places))
    for i in range(places):
        own[words + i, i] = 1
        if i:
            step[words + i, i - 1] = 1
    return step, own, np.eye(words + places)[:, :words]


def previous_two_back(words, places):
    W_q, W_k, W_v = previous_by_one(words, places)
    W_q = np.zeros_like(W_q)
    for i in range(2, places):
        W_q[words + i, i - 2] = 40 * places**0.5
    return W_q, W_k, W_v


def previous_and_its_own(words, places):
    W_q, W_k, W_v = previous_by_one(words, places)
    return 50 * places**0.5 * (W_q + W_k), W_k, W_v


def previous_that_says(size, words, places):
    W_q, W_k, W_v = my_previous(words, places)
    return W_q, W_k, size * W_v


def previous_scaled(words, places, number):
    W_q, W_k, W_v = previous_by_one(words, places)
    return W_q * number, W_k, W_v


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("weight_by_hand", (0.2, 0.1, 0.4, 0.0), "✗"),
        ("weight_by_hand", [math.log(2), 0, math.log(4), -math.inf], "Softmax comes next"),
        ("weight_by_hand", np.array([0.693, 0, 1.386]), "Softmax comes next"),
        ("causal_mask", lambda scores: (p := scores.exp().tril()) / p.sum(1)[:, None], "yourself"),
        (
            "causal_mask",
            lambda scores: ((p := scores.exp().tril()) / p.sum(1, keepdim=True)).nan_to_num(0),
            "put 0 where",
        ),
        ("causal_mask", lambda scores: (scores + hidden(scores)).log_softmax(1), "not log_softmax"),
        ("causal_mask", lambda scores: (scores + torch.full((5, 5), -torch.inf).triu(1)).softmax(1), "a fixed size"),
        ("weight_by_hand", [4 / 21, 1 / 21, 16 / 21, 0], "not divided"),
        ("causal_mask", zeros_by_loop, "to 0 before the softmax"),
        (
            "causal_mask",
            lambda scores: torch.where(torch.ones_like(scores).tril() > 0, scores, -100.0).softmax(-1),
            "a low number in place of minus infinity",
        ),
        ("causal_mask", lambda scores: (scores - 1e4 * torch.ones_like(scores).triu(1)).softmax(-1), "✗"),
        *(
            ("causal_mask", functools.partial(causal_below, number), "a low number")
            for number in (-1e4, -1e5, -1e9, -1e12)
        ),
        *(("causal_mask", functools.partial(causal_below, number), "a low number") for number in (-9, -10)),
        ("causal_mask", lambda scores: causal_below(scores.min() - 1e4, scores), "✗"),
        (
            "causal_mask",
            lambda scores: (scores + torch.full_like(scores, -torch.inf).triu()).softmax(1).nan_to_num(),
            "nan was made 0",
        ),
        (
            "causal_mask",
            lambda scores: (p := (scores - scores.amax(1)[:, None]).exp().tril()) / (p.sum(1)[:, None] + 1e-9),
            "with a small number added",
        ),
        ("weight_by_hand", [math.log(2), 0, math.log(4), 0], "Hidden is minus infinity, not 0"),
        (
            "causal_mask",
            lambda scores: (p := (scores + hidden(scores)).sub(scores.tril().max()).exp()) / p.sum(1)[:, None],
            "the highest score of the whole table",
        ),
        ("weight_by_hand", [4 / 277, 1 / 277, 16 / 277, 256 / 277], "neither divided"),
        ("leaks", "b, d, f", "columns sum to 1"),
        ("leaks", ["f", "b"], "two are missing"),
        ("causal_mask", lambda scores: torch.softmax(scores * len(scores) ** -0.5 + hidden(scores), -1), "root of T"),
        ("causal_mask", lambda scores: (scores + hidden(scores)).numpy(), "softmax of each row"),
        ("previous_word", lambda words, places: previous_scaled(words, places, places**0.5), "scores are too small"),
        ("previous_word", lambda words, places: previous_scaled(words, places, 100), "sharp in short texts"),
        ("previous_word", lambda words, places: previous_scaled(words, places, 60), "too little of the weight"),
        ("previous_word", lambda words, places: previous_scaled(words, places, 7 * places**0.5), "enough for 999"),
        ("previous_word", lambda words, places: previous_scaled(words, places, 3 * places**0.5), "must grow with what"),
        ("previous_word", previous_two_back, "asks for place i - 2"),
        ("previous_word", previous_and_its_own, "share the weight"),
        ("leaks", ["B", "C", "F"], "-9 is a low score"),
        *(
            ("previous_word", functools.partial(previous_that_says, size), f"says {size} where 1")
            for size in (0.5, 2.0)
        ),
        (
            "attention",
            lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=q.shape[-1] ** 0.5),
            "were multiplied",
        ),
        ("attention", lambda q, k, v: attention_of(q, k, v, mask=~lower_triangle(q.shape[-2])), "a ~ is missing"),
        (
            "attention",
            lambda q, k, v: (
                (q @ k.mT / q.shape[-1] ** 0.5)
                .masked_fill(~lower_triangle(q.shape[-2]).tril(-1), -torch.inf)
                .softmax(-1)
                .nan_to_num()
                @ v
            ),
            "nan was made 0",
        ),
        ("attention", lambda q, k, v: attention_of(q, k, v, scale=0.125), "D is 3 or 6"),
        ("previous_word", previous_by_one, "your scores are too small"),
        ("previous_word", lambda words, places: torch.zeros(2, words + places, places), "three matrices of"),
        ("previous_word", lambda words, places: previous_scaled(words, places, 30), "too little of the weight"),
        ("attention", lambda q, k, v: F.scaled_dot_product_attention(q, v, k, is_causal=True), "changed places"),
        ("attention", attention_that_hides_zeros, "score of exactly 0"),
        ("attention", lambda q, k, v: F.scaled_dot_product_attention(k, q, v, is_causal=True), "queries and keys have"),
        ("attention", lambda q, k, v: F.scaled_dot_product_attention(q, k, k, is_causal=True), "keys are mixed"),
        ("attention", lambda q, k, v: ((q @ k.mT / q.shape[-1] ** 0.5) + hidden(q @ k.mT)).softmax(1) @ v, "the heads"),
        (
            "attention",
            lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=q[0, :, 0].numel() ** -0.5),
            "root of H * D",
        ),
        ("attention", attention_by_einsum_without_a_root, "not divided by the square root of D"),
        *(("attention", functools.partial(attention_below, number), "a low number") for number in (-1e5, -1e6, -1e9)),
        ("attention", attention_by_own_powers, "took e to the power"),
        ("attention", lambda q, k, v: attention_of(q, k, v, mask=lower_triangle(len(q[0]))), "a row for each head"),
        (
            "attention",
            lambda q, k, v: ((q @ k.mT / q.shape[-1] ** 0.5) + hidden(q[0, :, 0] @ q[0, :, 0].T)).softmax(-1) @ v,
            "a row for each head",
        ),
        ("attention", lambda q, k, v: attention_of(q, k, v, mask=lower_triangle(len(q))), "a row for each head"),
        (
            "attention",
            lambda q, k, v: F.scaled_dot_product_attention(q, k.reshape(*q.mT.shape).mT, v, is_causal=True),
            "deals the numbers out anew",
        ),
        ("leaks", list("gfedcba"), "Three of the seven"),
        *(("leaks", none, "asked for is a set of letters") for none in (set(), {2, 3, 4, 6}, "", 4)),
        *(("weight_by_hand", row, "in per cent") for row in ([28.6, 14.3, 57.1, 0], (29, 14, 57, 0))),
        (
            "previous_word",
            lambda words, places: dict(zip(("W_q", "W_k", "W_v"), previous_by_powers(words, places), strict=True)),
            "without names",
        ),
        ("attention", lambda q, k, v: (q @ k.mT)[..., :1], "must have the shape of q"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


def previous_by_powers(words, places):
    """Two columns: the query of token i meets -(i - 1 - j)² at place j."""
    where = torch.arange(places).float()
    W_k = torch.cat([torch.zeros(words, 3), torch.stack([where**2, where, torch.ones(places)], 1)])
    asked = where - 1
    W_q = torch.cat([torch.zeros(words, 3), 40 * torch.stack([-torch.ones(places), 2 * asked, -(asked**2)], 1)])
    return [W_q, W_k, F.pad(torch.eye(words), (0, 0, 0, places))]


def attention_by_loop(q, k, v):
    out = np.zeros(q.shape, dtype=np.float32)
    for b, h, i in np.ndindex(*q.shape[:3]):
        scores = k[b, h, : i + 1].double() @ q[b, h, i].double() / math.sqrt(q.shape[-1])
        out[b, h, i] = scipy.special.softmax(scores.numpy()) @ v[b, h, : i + 1].numpy()
    return out


RIGHT = {
    "weight_by_hand": np.array([0.28571, 0.14286, 0.57143, 0.0]),
    "causal_mask": lambda scores: [
        [*scipy.special.softmax(row[: i + 1]), *[0.0] * (len(row) - i - 1)] for i, row in enumerate(scores.tolist())
    ],
    "leaks": lambda: ["f", "d", "c", "b"],
    "previous_word": previous_by_powers,
    "attention": attention_by_loop,
}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("weight_by_hand", ["2/7", "1/7", "4 / 7", "0"]),
        ("weight_by_hand", [0.286, 0.143, 0.571, 0]),
        ("weight_by_hand", torch.tensor([0.29, 0.14, 0.57, 0])),
        ("weight_by_hand", [0.28, 0.14, 0.57, 0]),
        ("previous_word", lambda words, places: previous_scaled(words, places, 15 * places**0.5)),
        ("causal_mask", lambda scores: (seen := scores + hidden(scores)).sub(seen.logsumexp(-1, keepdim=True)).exp()),
    ],
)
def test_texts_and_logarithms_are_right_too(name, answer):
    assert feedback(EXERCISES[name], answer).startswith("✓")


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
