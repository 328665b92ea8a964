"""The solutions of lesson 04c against peers and the library, and the same mistakes in other words."""

import functools
import math

import numpy as np
import pytest
import torch
from classroom.styles import accept, refuse
from torch.nn import functional as F
from transformers import LlamaConfig
from transformers.models.llama import modeling_llama

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson04c
from lessons_lib.classroom.lessons.lesson04b.shared import made_up, turned
from lessons_lib.classroom.lessons.lesson04c.cache_bytes import my_cache_bytes
from lessons_lib.classroom.lessons.lesson04c.joined_looks import my_joined_looks
from lessons_lib.classroom.lessons.lesson04c.positions_and_heads import my_heads
from lessons_lib.classroom.lessons.lesson04c.shared import heads_as
from lessons_lib.classroom.real_model import real_model
from lessons_lib.config import ModelConfig
from lessons_lib.config.costs import kv_cache_bytes

EXERCISES = {exercise.id: exercise for exercise in lesson04c.EXERCISES}


def test_cache_bytes_are_the_librarys():
    sizes = {"vocab_size": 9, "hidden_size": 2048, "intermediate_size": 8, "num_hidden_layers": 32, "head_dim": 64}
    described = ({"num_key_value_heads": 8}, {}, {"num_key_value_heads": 8, "sliding_window": 4096})
    configs = [ModelConfig(**sizes, num_attention_heads=32, **more) for more in described]
    assert my_cache_bytes() == [kv_cache_bytes(config, 10_000, bits=16) for config in configs]


@pytest.mark.parametrize("split", [0, 1, 4, 7])
def test_joined_looks_are_the_look_at_all_keys(split):
    scores, values = 30 * made_up(7), made_up(7, 3)

    def kept(keys):
        largest = scores[keys].max() if len(scores[keys]) else torch.tensor(-torch.inf)
        weights = (scores[keys] - largest).exp()
        return float(largest), float(weights.sum()), weights @ values[keys]

    largest, total, mixed = my_joined_looks(kept(slice(0, split)), kept(slice(split, 7)))
    assert largest == float(scores.max())
    assert torch.allclose(mixed / total, scores.softmax(0) @ values, atol=1e-5)


def test_the_heads_are_those_of_transformers():
    H, G, T, D = 6, 2, 5, 8
    q, k, v = made_up(H, T, D), made_up(G, T, D), made_up(G, T, D) * 2
    config = LlamaConfig(hidden_size=H * D, num_attention_heads=H, num_key_value_heads=G, rope_theta=500.0)
    config.rope_parameters = {"rope_type": "default", "rope_theta": 500.0}
    cos, sin = modeling_llama.LlamaRotaryEmbedding(config)(q, torch.arange(T)[None])
    turned_q, turned_k = modeling_llama.apply_rotary_pos_emb(q[None], k[None], cos, sin)
    expected = F.scaled_dot_product_attention(turned_q, turned_k, v[None], is_causal=True, enable_gqa=True)[0]
    assert torch.allclose(my_heads(q, k, v, 500.0), expected, atol=1e-5)


def test_the_model_is_as_before_when_its_heads_come_back():
    model, tokenizer = real_model()
    ids = torch.tensor([tokenizer.encode("First came the dog")])
    with torch.no_grad():
        before = model(ids)
        with heads_as(lambda heads: heads.repeat(1, 3, 1, 1)):
            assert not torch.allclose(model(ids), before, atol=0.1)
        assert model(ids).equal(before)


# The learner writes the same mistakes differently; the words must be the same.


def heads_by_sdpa(q, k, v, base, order="half", shared="neighbours", causal=True):
    """As complex numbers, and torch's kernel."""
    T, D = q.shape[-2:]
    turn = torch.polar(torch.ones(T, D // 2), torch.arange(T)[:, None] * base ** (-torch.arange(0, D, 2) / D))

    def at_place(x):
        x = x.unflatten(-1, (2, D // 2)).transpose(-1, -2) if order == "half" else x.unflatten(-1, (-1, 2))
        x = torch.view_as_real(torch.view_as_complex(x.float().contiguous()) * turn)
        return (x.transpose(-1, -2) if order == "half" else x).flatten(-2)

    q, k = at_place(q), at_place(k)
    if shared == "round robin":
        k, v = (torch.cat([x] * (len(q) // len(x))) for x in (k, v))
    return F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=causal, enable_gqa=True)[0]


def heads_in_einsum(
    q,
    k,
    v,
    base,
    over=-1,
    hidden=1,
    late=False,
    fewer=1,
    two_rules=False,
    spread=True,
    unit=1.0,
    first=0,
    ahead=0,
    overwrite=False,
    group=None,
    width=None,
    naive=False,
    scale=None,
    kind=torch.float32,
    window=None,
):
    """Step by step, with one step done in another way."""
    group, (T, D) = group or len(q) // len(k), q.shape[1:]
    speeds = unit * base ** (-2.0 * torch.arange(first, D // 2 + first) / (D / fewer))

    def at(x, places):
        angles = torch.outer(places, speeds)
        if not overwrite:
            return turned(x, angles)
        x = x.clone()
        a, b = x[..., : D // 2], x[..., D // 2 :]
        a[:] = a * angles.cos() - b * angles.sin()
        b[:] = a * angles.sin() + b * angles.cos()
        return x

    places = torch.arange(T).to(kind).float()
    q, k = at(q, places + ahead), at(k, places)
    if spread:
        k = k.repeat_interleave(group, dim=0)
        v = torch.cat([v] * group) if two_rules else v.repeat_interleave(group, dim=0)
    scores = q @ k.transpose(1, 2) / (scale or (len(q) * D if width else D) ** 0.5)
    hide = (torch.ones(T, T).triu(hidden) == 1) | (torch.ones(T, T).tril(-(window or T)) == 1)
    if naive:
        powers = torch.where(hide, 0, scores.exp())
        return torch.einsum("hts,hsd->htd", powers / powers.sum(-1, keepdim=True), v)
    weights = scores.softmax(over) if late else scores.masked_fill(hide, float("-inf")).softmax(over)
    return (weights.masked_fill(hide, float("-inf")) if late else weights) @ v


def heads_that_read(which):
    """Heads in a loop: query head h of H reads key and value head which(h, H, G)."""

    def answer(q, k, v, base):
        angles = torch.arange(q.shape[1])[:, None] * base ** (-torch.arange(0, q.shape[2], 2) / q.shape[2])
        heads = []
        for h, query in enumerate(turned(q, angles)):
            g = which(h, len(q), len(k))
            heads.append(
                F.scaled_dot_product_attention(query[None], turned(k[g], angles)[None], v[g][None], is_causal=True)
            )
        return torch.cat(heads)

    return answer


def heads_that_hide(number, q, k, v, base, repeated=False):
    """The future and all scores that are exactly 0, or the future by a number of one's own; keys perhaps by repeat."""
    group = len(q) // len(k)
    angles = torch.outer(torch.arange(q.shape[1]), base ** (-torch.arange(0, q.shape[2], 2) / q.shape[2]))
    k = turned(k, angles)
    k = torch.cat([k] * group) if repeated else k.repeat_interleave(group, 0)
    scores = torch.einsum("htd,hsd->hts", turned(q, angles), k) / math.sqrt(q.shape[2])
    seen = torch.ones_like(scores).tril() > 0
    hidden = scores * seen == 0 if number == 0 else ~seen
    return torch.where(hidden, number or -torch.inf, scores).softmax(2) @ v.repeat_interleave(group, 0)


def heads_in_groups(q, k, v, base):
    """A view of the query heads, with the axes of key head and group swapped."""
    H, T, D = q.shape
    angles = torch.outer(torch.arange(T), base ** (-torch.arange(0, D, 2) / D))
    groups = turned(q, angles).reshape(H // len(k), len(k), T, D)
    scores = torch.matmul(groups, turned(k, angles).unsqueeze(1).mT) / D**0.5
    return (scores + torch.full((T, T), -torch.inf).triu(1)).softmax(-1).matmul(v.unsqueeze(1)).flatten(0, 1)


def joined_in_python(one, other, start=-np.inf, give_back=False):
    """A running largest score, begun somewhere."""
    largest, total, mixed = start, 0.0, 0 * one[2]
    for its, its_total, its_mixed in (one, other):
        if give_back and its == -math.inf:
            return its, its_total, its_mixed
        new = max(largest, its)
        old, now = math.exp(largest - new), math.exp(its - new)
        largest, total, mixed = new, total * old + its_total * now, mixed * old + its_mixed * now
    return largest, total, mixed


def joined_as_powers(one, other):
    """Brought to 0, added, and brought to the new largest score, with Python's floats."""
    new = max(one[0], other[0])
    total, mixed = (sum(look[i] * math.exp(look[0]) for look in (one, other)) / math.exp(new) for i in (1, 2))
    return new, total, mixed


def by_the_larger_sum(one, other):
    if one[1] > other[1]:
        one, other = other, one
    factor = np.exp(min(one[0] - other[0], 700.0))
    return other[0], other[1] + one[1] * factor, other[2] + one[2] * factor


def joined_to_one(one, other, always=False):
    """The first look as it is; the second by a factor."""
    gap = other[0] - one[0]
    by = np.exp(-abs(gap) if always else gap)
    return np.maximum(one[0], other[0]), by * other[1] + one[1], by * other[2] + one[2]


def joined_in_numpy(one, other, sign=1, divide=False, undo=False, only=None, base=np.e):
    """Both looks side by side, joined in numpy."""
    largest, total = (np.array([look[i] for look in (one, other)], np.float32) for i in range(2))
    mixed = np.stack([look[2].numpy() for look in (one, other)])
    with np.errstate(all="ignore"):
        factor = np.exp(largest) / np.exp(largest.max()) if undo else base ** (sign * (largest - largest.max()))
    if only is not None:
        factor[only] = 1
    with np.errstate(all="ignore"):
        total, mixed = factor @ total, factor @ mixed
    return largest.max(), total, mixed / total if divide else mixed


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("cache_bytes", [20_480_000, 81_920_000, 8_388_608], "one layer"),
        ("cache_bytes", [655.36, 2621.44, 268.435], "megabytes"),
        ("cache_bytes", (655, 2621, 268), "megabytes"),
        ("cache_bytes", [655_360_000, 2_621_440_000, 386_924_544], "fall out of the window"),
        ("joined_looks", by_the_larger_sum, "with the larger sum counts"),
        ("joined_looks", lambda one, other: joined_in_numpy(one, other, base=2), "formed with e"),
        ("positions_and_heads", lambda q, k, v, base: heads_in_einsum(q, k, v, 1e5), "always 100000"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, scale=8), "always divided by 8"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, kind=torch.bfloat16), "from 257 on"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, window=64), "as a window does it"),
        *(
            ("positions_and_heads", functools.partial(heads_that_hide, low), "a low number such as")
            for low in (-1000.0, -5000.0)
        ),
        ("positions_and_heads", functools.partial(heads_that_hide, 0), "A visible score may be 0"),
        (
            "positions_and_heads",
            functools.partial(heads_that_hide, -math.inf, repeated=True),
            "keys by repeat",
        ),
        ("positions_and_heads", heads_that_read(lambda h, H, G: h // (H / G)), "H / G is a number with a point"),
        ("joined_looks", joined_to_one, "with the first look's largest score"),
        ("joined_looks", lambda *looks: joined_to_one(*looks, always=True), "whichever has the larger score"),
        ("joined_looks", lambda one, other: max(other, one, key=lambda look: look[0]), "shrunk"),
        ("joined_looks", lambda one, other: max(one, other, key=lambda look: look[0]), "shrunk"),
        ("cache_bytes", ["655,360,000", "2,621,440,000", "268,435,456"], "without quotes"),
        ("cache_bytes", (65_536, 262_144, 65_536), "the bytes of one token"),
        ("cache_bytes", np.array([655_360_000, 81_920_000, 268_435_456]), "an eighth of the first"),
        ("cache_bytes", [3_276_800_000, 2_621_440_000, 1_342_177_280], "Queries are not kept"),
        ("joined_looks", lambda one, other: joined_in_numpy(one, other, only=slice(2)), "added as they are"),
        ("joined_looks", lambda one, other: joined_in_numpy(one, other, sign=-1), "must shrink"),
        ("joined_looks", lambda one, other: joined_in_numpy(one, other, divide=True), "division comes at the very end"),
        ("joined_looks", lambda one, other: joined_in_numpy(one, other, undo=True), "overflows to infinity"),
        ("joined_looks", lambda one, other: joined_in_numpy(one, other, only=1), "first look alone"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, over=-2), "down the columns"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, over=0), "over the heads"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, hidden=0), "triu(0) takes the diagonal too"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, hidden=2), "leaves its first token open"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, unit=np.pi / 180), "radians already"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, first=1), "count from 0"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, ahead=1), "counted from different places"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, ahead=-1), "counted from different places"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, overwrite=True), "is overwritten"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, group=3), "always serves 3"),
        ("positions_and_heads", lambda q, *kvb: heads_in_einsum(q, *kvb, group=len(kvb[0])), "is repeated G times"),
        ("positions_and_heads", heads_that_read(lambda h, H, G: min(h // G, G - 1)), "reads key head h // G"),
        ("positions_and_heads", heads_in_groups, "H // G groups of G"),
        ("joined_looks", lambda *looks: joined_in_python(*looks, start=0.0), "begins at 0"),
        ("joined_looks", joined_as_powers, "too large for a float"),
        ("joined_looks", lambda *looks: joined_in_python(*looks, give_back=True), "returned as it is"),
        ("cache_bytes", [625, 2500, 256], "mebibytes"),
        ("cache_bytes", [2_621_440_000, 2_621_440_000, 268_435_456], "In the first too, heads share"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, width="all"), "square root of H * D"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, naive=True), "Subtract the largest of each row"),
        ("positions_and_heads", lambda *qkv: torch.cat(list(heads_by_sdpa(*qkv)), -1), "[T, H * D]"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, late=True), "minus infinity after the softmax"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, fewer=2), "with the whole D"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, two_rules=True), "values by repeat"),
        ("positions_and_heads", lambda *qkv: heads_in_einsum(*qkv, spread=False), "The sizes do not fit"),
        ("positions_and_heads", lambda *qkv: heads_by_sdpa(*qkv, order="neighbours"), "neighbours turn together"),
        ("positions_and_heads", lambda *qkv: heads_by_sdpa(*qkv, shared="round robin"), "repeat_interleave"),
        ("positions_and_heads", lambda *qkv: heads_by_sdpa(*qkv, causal=False), "see the future"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


@pytest.mark.parametrize("low", [-20.0, -100.0, -10_000.0])
def test_a_future_that_is_only_unlikely_is_refused(low):
    def answer(q, k, v, base):
        angles = torch.arange(q.shape[1])[:, None] * base ** (-torch.arange(0, q.shape[2], 2) / q.shape[2])
        k, v = (x.repeat_interleave(len(q) // len(x), 0) for x in (turned(k, angles), v))
        scores = turned(q, angles) @ k.mT / q.shape[2] ** 0.5
        return torch.where(torch.ones_like(scores).tril().bool(), scores, low).softmax(-1) @ v

    assert feedback(EXERCISES["positions_and_heads"], answer).startswith("✗")


RIGHT = {
    "cache_bytes": lambda: np.array([655_360_000.0, 2_621_440_000.0, 268_435_456.0]),
    "joined_looks": joined_in_numpy,
    "positions_and_heads": heads_by_sdpa,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def test_heads_by_groups_may_be_written_in_another_way():
    assert feedback(EXERCISES["positions_and_heads"], heads_that_read(lambda h, H, G: h * G // H)).startswith("✓")


def test_the_case_of_made_up_tokens_is_shown_with_its_inputs():
    report = feedback(EXERCISES["positions_and_heads"], lambda *qkv: heads_by_sdpa(*qkv, order="neighbours") * 2)
    assert "'q'" in report and "First" not in report
