"""Answers that readers of the lessons gave, and others of their kinds: what is right passes, what is wrong gets words.

Words that begin with `not` must be missing from the report.
"""

import codecs
import collections
import decimal
import fractions
import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from lessons_lib.classroom import registry
from lessons_lib.classroom.exercises import Exercise, feedback


def row(*values):
    return torch.tensor(values)


def my_top_k(p, k):
    kept = torch.zeros_like(p)
    places = p.argsort(descending=True, stable=True)[:k]
    kept[places] = p[places]
    return kept / kept.sum()


def my_top_p(p, threshold):
    order = p.argsort(descending=True, stable=True)
    keep = order[p[order].cumsum(0) - p[order] < threshold]
    kept = torch.zeros_like(p)
    kept[keep] = p[keep]
    return kept / kept.sum()


def top_k_leaks_ties(p, k):
    """It looks as if you kept everything that reaches the k-th largest value."""
    floor = p.sort(descending=True).values[min(k, len(p)) - 1]
    kept = torch.where(p >= floor, p, 0.0)
    return kept / kept.sum()


def my_count_pairs(words):
    counts = {}
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] = counts.get(pair, 0) + times
    return counts


def my_encode(word, merges):
    symbols = list(word)
    while found := [(merges.index(pair), i) for i, pair in enumerate(pairwise(symbols)) if pair in merges]:
        _, i = min(found)
        symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]
    return symbols


def floats(values):
    return np.array(values, dtype=np.float64)


def unit_rows(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def my_one_hot(ids, V):
    matrix = np.zeros((len(ids), V))
    matrix[range(len(ids)), ids] = 1
    return matrix


def my_nearest(vectors, row, k):
    order = (-(unit_rows(vectors) @ unit_rows(vectors)[row])).argsort(kind="stable")
    return [int(other) for other in order if other != row][:k]


def nearest_drops_one_after_cutting(vectors, row, k):
    """It looks as if one neighbour is missing: take the row itself out before you cut off after k."""
    return my_nearest(vectors, row, k - 1)


def nearest_later_of_a_tie(vectors, row, k):
    """It looks as if, of two that are equally alike, the later came first."""
    order = (unit_rows(vectors) @ unit_rows(vectors)[row]).argsort(kind="stable")[::-1]
    return [int(other) for other in order if other != row][:k]


def my_analogy(vectors, a, b, c):
    at = unit_rows(vectors)
    return best_row(vectors, at[b] - at[a] + at[c], (a, b, c))


def best_row(vectors, goal, excluded):
    scores = unit_rows(vectors) @ goal
    scores[list(excluded)] = -np.inf
    return int(scores.argmax())


def analogy_without_a(vectors, a, b, c):
    """It looks as if a is missing from the sum: the step from a to b is b - a."""
    at = unit_rows(vectors)
    return best_row(vectors, at[b] + at[c], (a, b, c))


def analogy_nearest_to_c(vectors, a, b, c):
    """It looks as if you returned the neighbour of c."""
    return best_row(vectors, unit_rows(vectors)[c], (a, b, c))


def analogy_without_unit_lengths(vectors, a, b, c):
    """It looks as if you calculated with the rows as they are."""
    return best_row(vectors, vectors[b] - vectors[a] + vectors[c], (a, b, c))


def my_grouped_attention(q, k, v):
    k, v = (part.repeat_interleave(len(q) // len(part), 0) for part in (k, v))
    scores = q @ k.mT / q.shape[-1] ** 0.5
    return scores.masked_fill(torch.ones_like(scores).triu(1).bool(), -torch.inf).softmax(-1) @ v


def weights_over_queries(q, k):
    """Each query shares out its attention, so the softmax runs over the keys, dim=-1."""
    return torch.softmax(q @ k.T / q.shape[-1] ** 0.5, 0)


def pre_norm_block(x, attend, think, norm1, norm2):
    x = x + attend(norm1(x))
    return x + think(norm2(x))


def my_block_parameters(C, F, H, G, D, gated):
    return 2 * C * H * D + 2 * C * G * D + (3 if gated else 2) * C * F + 2 * C


def my_cached_attention(query, key, value, keys, values):
    keys, values = torch.cat((keys, key[None])), torch.cat((values, value[None]))
    return (keys @ query / len(query) ** 0.5).softmax(0) @ values, keys, values


def my_first_difference(mine, theirs, tolerance):
    for name in mine:
        gap = np.abs(mine[name] - theirs[name])
        if gap.max() > tolerance:
            return name, *np.unravel_index(gap.argmax(), gap.shape)
    return "none"


def my_router(x, rows):
    products = x @ rows.T
    return products.argmax(-1), products.amax(-1).sigmoid()


def my_temperature(position, floor_scale, attn_scale):
    return 1 + attn_scale * math.log(1 + (position + 1) // floor_scale)


def plain(name, solution, cases, *mistakes):
    """An exercise as a reader of the first lessons met it."""
    about = {"title": name, "difficulty": 1, "minutes": 1, "contract": name, "tried": name, "hints": ()}
    return Exercise(id=name, cases=cases, solution=solution, mistakes=mistakes, **about)


# Exercises that the first lessons no longer have are kept as their readers met them, without most of their mistakes.
KEPT = (
    plain(
        "softmax",
        lambda scores: scores.softmax(-1),
        (
            (row(0.0, 1.0),),
            (row(3.1, 2.8, 2.0, -4.4),),
            (row((1.0, 2.0, 3.0), (0.0, 0.0, -1.0)),),
            (row(1000.0, 999.0, 0.0),),
            (row(((1.0, 2.0, 4.0, 8.0), (2.0, 2.0, 2.0, 2.0))),),
        ),
    ),
    plain(
        "temperature",
        lambda p, T: p ** (1 / T) / (p ** (1 / T)).sum(),
        ((row(0.8, 0.2), 0.5), (row(0.5, 0.3, 0.2), 1.0), (row(0.7, 0.2, 0.1), 2.0)),
    ),
    plain(
        "top_k",
        my_top_k,
        (
            (row(0.3, 0.7), 1),
            (row(0.1, 0.2, 0.7), 2),
            (row(0.25, 0.25, 0.25, 0.25), 3),
            (row(0.1, 0.4, 0.1, 0.4), 1),
            (row(0.2, 0.3, 0.5), 5),
        ),
        top_k_leaks_ties,
    ),
    plain(
        "top_p",
        my_top_p,
        (
            (row(0.7, 0.3), 0.6),
            (row(0.6, 0.3, 0.1), 0.8),
            (row(0.1, 0.3, 0.6), 0.8),
            (row(0.125, 0.5, 0.125, 0.25), 0.75),
            (row(0.5, 0.25, 0.25), 1.0),
        ),
    ),
    plain(
        "perplexity",
        lambda probabilities: math.exp(sum(-math.log(p) for p in probabilities) / len(probabilities)),
        (([0.5],), ([0.5, 0.125],), ([1.0, 1.0, 1.0],), ([0.125] * 8,), ([0.9, 0.6, 0.001, 0.8],)),
    ),
    plain(
        "count_pairs",
        my_count_pairs,
        (
            ({"de": 1},),
            ({"de": 3},),
            ({"deep": 3, "model": 2},),
            ({"banana": 1},),
            ({"aaa": 2, "aaaa": 1},),
            ({"a": 5, "ab": 1},),
        ),
    ),
    plain(
        "encode",
        my_encode,
        (
            ("", [("a", "b")]),
            ("ab", [("a", "b")]),
            ("cab", [("a", "b")]),
            ("abc", [("b", "c"), ("a", "b")]),
            ("aaa", [("a", "a")]),
            ("abab", [("a", "b"), ("ab", "ab")]),
            ("abxab", [("a", "b")]),
            ("cbabd", [("a", "b")]),
            ("deeply", [("e", "p"), ("d", "e"), ("l", "y"), ("e", "ep"), ("de", "ep")]),
            ("xyz", [("a", "b")]),
        ),
    ),
    plain(
        "cosine",
        lambda a, b: (a * b).sum() / ((a * a).sum() * (b * b).sum()) ** 0.5,
        (
            (floats((1.0, 0.0)), floats((2.0, 0.0))),
            (floats((3.0, 4.0)), floats((4.0, 3.0))),
            (floats((1.0, 0.0)), floats((0.0, 5.0))),
            (floats((1.0, 2.0)), floats((-2.0, -4.0))),
            (floats((0.5, -1.0, 2.0)), floats((3.0, 0.0, 1.0))),
        ),
    ),
    plain("one_hot", my_one_hot, (([1], 3), ([0, 2], 3), ([2, 0, 2], 4), ([4, 3, 1, 0, 1], 6))),
    plain(
        "nearest",
        my_nearest,
        (
            (floats(((1, 0), (0, 1), (3, 1))), 0, 1),
            (floats(((1, 0), (0, 1), (1, 3), (3, 1))), 0, 3),
            (floats(((1, 2), (9, 0), (2, 5), (-1, 4), (10, 40))), 2, 2),
            (floats(((0, 1), (1, 1), (1, 0), (1, 1), (0, 2))), 3, 2),
        ),
        nearest_later_of_a_tie,
        nearest_drops_one_after_cutting,
    ),
    plain(
        "analogy",
        my_analogy,
        (
            (floats(((1, 0, 0), (0, 1, 0), (1, 0, 3), (0, 1, 3))), 0, 1, 2),
            (floats(((1, 0, 0), (0, 1, 0), (1, 0, 2), (0, 1, 2), (40, 30, 60))), 0, 1, 2),
            (
                floats(((2, 4, -1), (0, -6, 15), (-1, 5, -2), (0, 2, 0), (-3, 4, -2), (2, 5, -2), (2, 5, 5))),
                *(5, 2, 6),
            ),
            (
                floats(((9, 3, -3), (3, 4, 5), (-1, 0, 2), (-3, 0, -1), (1, -2, 0), (0, -3, 3), (-1, 3, 4))),
                *(1, 2, 3),
            ),
            (
                floats(
                    (
                        (-2, -5, -3),
                        (1, -5, 2),
                        (-6, 3, 0),
                        (-5, -6, 4),
                        (1, 6, -1),
                        (-5, -6, -4),
                        (-2, -5, -6),
                        (2, -3, 6),
                    )
                ),
                *(5, 4, 2),
            ),
        ),
        analogy_without_a,
        analogy_nearest_to_c,
        analogy_without_unit_lengths,
    ),
    plain(
        "attention_weights",
        lambda q, k: torch.softmax(q @ k.T / q.shape[-1] ** 0.5, -1),
        (
            (row((0.8, 0.4)), row((0.7, 0.5), (0.2, 0.9))),
            (row((1.0, 0.0), (0.0, 2.0), (1.0, 1.0)), row((2.0, 0.0), (0.0, 1.0))),
        ),
        weights_over_queries,
    ),
    plain(
        "grouped_heads",
        my_grouped_attention,
        ((torch.arange(12.0).view(2, 3, 2) / 4, torch.arange(6.0).view(1, 3, 2) / 2, torch.eye(3)[None]),),
    ),
    plain(
        "rms_norm",
        lambda x, weight, eps: x / ((x * x).mean(-1, keepdim=True) + eps) ** 0.5 * weight,
        (
            (row(-1.0, 7.0, -1.0, 7.0), torch.ones(4), 1e-5),
            (row(3.0, 4.0), row(1.0, 2.0), 1e-5),
            (row((1.0, 1.0, 2.0), (10.0, 20.0, 20.0)), row(1.0, 0.5, -1.0), 1e-5),
            (torch.arange(1.0, 13.0).reshape(2, 3, 2), torch.ones(2), 1e-5),
        ),
    ),
    plain(
        "swiglu",
        lambda x, gate, up, down: (torch.nn.functional.silu(x @ gate.T) * (x @ up.T)) @ down.T,
        (
            (row((1.0,)), row((2.0,)), row((-3.0,)), row((1.0,))),
            (row((2.0, 1.0), (-1.0, 3.0), (0.5, -2.0)), row((1.0, -1.0)), row((-1.0, 0.5)), row((1.0,), (2.0,))),
        ),
    ),
    plain(
        "pre_norm_block",
        pre_norm_block,
        ((row((3.0, 4.0)), lambda x: 2 * x, lambda x: x + 1, lambda x: x / 5, lambda x: x / 7),),
    ),
    plain(
        "block_parameters",
        my_block_parameters,
        ((2, 3, 1, 1, 2, False), (4, 6, 2, 1, 2, True), (6, 16, 2, 2, 5, True), (576, 1536, 9, 3, 64, True)),
    ),
    plain(
        "cached_attention",
        my_cached_attention,
        (
            (row(1.0), row(0.0), row(0.0), row((0.0,), (0.6931,)), row((4.0,), (8.0,))),
            (row(1.0, -1.0), row(2.0, 0.5), row(3.0, 1.0), row((1.0, 0.0)), row((-1.0, 2.0))),
        ),
    ),
    plain(
        "first_difference",
        my_first_difference,
        (
            ({"a": np.eye(2)}, {"a": np.eye(2)}, 0.5),
            ({"q": np.eye(2), "v": np.array([[1.0, 2.0], [0.0, 2.0]])}, {"q": np.eye(2), "v": np.eye(2)}, 0.5),
        ),
    ),
    plain(
        "top1_router",
        my_router,
        (
            (row((1.0,)), row((0.5,), (2.0,))),
            (row((2.0, 1.0), (-1.0, 3.0), (-2.0, -1.0), (0.5, 0.25)), row((1.0, 0.0), (0.0, 1.0), (-1.0, -1.0))),
        ),
    ),
    plain("temperature_tuning", my_temperature, ((0, 4, 0.1), (3, 4, 0.1), (8190, 8192, 0.1), (50_000, 8192, 0.3))),
)
COURSE = [exercise for _, lesson in registry.lessons() for exercise in lesson.EXERCISES]
EXERCISES = {exercise.id: exercise for exercise in (*COURSE, *KEPT)}


def solved(name, change=lambda result: result):
    """The solution, its result changed."""
    return lambda *case: change(EXERCISES[name].solution(*case))


def array_of(result):
    return np.asarray(result)


class Lent:
    """A tensor of a library that is not here: it only says how it is read."""

    def __init__(self, value):
        self.value = np.array(value)

    def __array__(self, dtype=None, copy=None):
        return self.value

    def __len__(self):
        return len(self.value)

    def __getitem__(self, place):
        return Lent(self.value[place])


class LentOut:
    """And one that lends out its memory."""

    def __init__(self, value):
        self.value = np.array(value)

    def __dlpack__(self, **settings):
        return self.value.__dlpack__(**settings)

    def __dlpack_device__(self):
        return self.value.__dlpack_device__()


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def softmax_without_keepdim(scores):
    weights = (scores - scores.amax(-1)).exp()
    return weights / weights.sum(-1)


def softmax_in_numpy_without_keepdims(scores):
    scores = scores.numpy()
    weights = np.exp(scores - scores.max(-1))
    return weights / weights.sum(-1)


def count_pairs_replacing(words):
    counts = {}
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] = times
    return counts


def count_pairs_adding_to_nothing(words):
    counts = {}
    for word, times in words.items():
        for pair in pairwise(word):
            counts[pair] += times
    return counts


def merge_comparing_a_list_with_a_tuple(ids, pair, new):
    merged, i = [], 0
    while i < len(ids):
        if ids[i : i + 2] == pair:
            merged.append(new)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def merge_looking_behind_the_end(ids, pair, new):
    merged, i = [], 0
    while i < len(ids):
        if (ids[i], ids[i + 1]) == tuple(pair):
            merged.append(new)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def stream_as_a_generator(tokens):
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    for token in tokens:
        yield decoder.decode(token)
    yield decoder.decode(b"", final=True)


def stream_without_what_is_empty(tokens):
    return (text for text in stream_as_a_generator(tokens) if text)


def analogy_of_sums(vectors, a, b, c):
    rows = unit(vectors)
    scores = rows @ (rows[b] + rows[c])
    scores[[a, b, c]] = -np.inf
    return int(scores.argmax())


def analogy_by_distance(vectors, a, b, c):
    rows = unit(vectors)
    goal = rows[b] - rows[a] + rows[c]
    others = [row for row in range(len(vectors)) if row not in (a, b, c)]
    return min(others, key=lambda row: float(((vectors[row] - goal) ** 2).sum()))


def nearest_turned_round(vectors, row, k):
    order = (unit(vectors) @ unit(vectors)[row]).argsort()[::-1]
    return [int(other) for other in order if other != row][:k]


def neuron_with_relu(x, gate, up, down, i):
    return torch.relu(gate[i] @ x) * (up[i] @ x) * down[:, i]


def neuron_silent_below_zero(x, gate, up, down, i):
    if gate[i] @ x <= 0:
        return torch.zeros_like(down[:, i])
    return torch.nn.functional.silu(gate[i] @ x) * (up[i] @ x) * down[:, i]


def causal_by_prefixes(score, ids, V):
    return all(np.allclose(score(ids[:n]), score(ids)[:n]) for n in range(1, len(ids)))


def rms_norm_without_keepdim(x, weight, eps):
    return x / ((x * x).mean(-1) + eps).sqrt() * weight


def block_in_place(x, attend, think, norm1, norm2):
    x += attend(norm1(x))
    return x + think(norm2(x))


def difference_by_get(one, other):
    return {key: (one.get(key), other.get(key)) for key in one | other if one.get(key) != other.get(key)}


def router_by_topk(x, rows):
    best = (x @ rows.T).topk(1)
    return best.indices, best.values.sigmoid()


def cached_with_an_axis(query, key, value, keys, values):
    keys, values = torch.cat([keys, key[None]]), torch.cat([values, value[None]])
    weights = torch.softmax(query[None] @ keys.T / len(query) ** 0.5, -1)
    return weights @ values, keys, values


def groups_with_an_axis(weights, size):
    numbers, scales = EXERCISES["int8_groups"].solution(weights, size)
    return numbers, array_of(scales)[:, None]


def cosine_returned_too_early(a, b):
    total = 0.0
    for x, y in zip(a, b, strict=True):
        total += float(x * y)
    print(total / math.sqrt(float((a * a).sum()) * float((b * b).sum())))


def perplexity_of_the_first(probabilities):
    for p in probabilities:
        return 1 / p


def perplexity_without_the_last(probabilities):
    kept = probabilities[:-1] or probabilities
    return math.exp(sum(-math.log(p) for p in kept) / len(kept))


def one_hot_unfinished(ids, V):
    rows = np.zeros((len(ids), V))
    for row, number in enumerate(ids):
        rows[row, number] = 1


def top_k_that_leaks_ties_and_fails_above_v(p, k):
    floor = p.sort(descending=True).values[k - 1]
    kept = torch.where(p >= floor, p, 0.0)
    return kept / kept.sum()


def top_k_in_order_of_chance(p, k):
    kept = p.sort(descending=True).values.clone()
    kept[k:] = 0
    return kept / kept.sum()


def top_p_in_order_of_chance(p, threshold):
    kept = p.sort(descending=True, stable=True).values.clone()
    kept[kept.cumsum(0) - kept >= threshold] = 0
    return kept / kept.sum()


def top_p_stopping_before(p, threshold):
    order = p.argsort(descending=True, stable=True)
    keep = order[p[order].cumsum(0) < threshold]
    kept = torch.zeros_like(p)
    kept[keep] = p[keep]
    return kept / kept.sum()


AXIS = "The right numbers with an axis of length 1 too many"
REPORTED = {
    "softmax: no keepdim": ("softmax", softmax_without_keepdim, "with keepdim=True (numpy: keepdims) it stays"),
    "softmax: no keepdims in numpy": ("softmax", softmax_in_numpy_without_keepdims, "Two shapes don't fit"),
    "softmax: two digits": (
        "softmax",
        lambda s: s.softmax(-1).round(decimals=2),
        "rounded to 2 digits behind the point",
    ),
    "softmax: four digits": (
        "softmax",
        lambda s: s.softmax(-1).round(decimals=4),
        "first at [0], beyond the digits shown: expected 0.268941",
    ),
    "softmax: printed": (
        "softmax",
        lambda s: print(s.softmax(-1)),
        "your function printed 'tensor([0.2689, 0.7311])' and",
    ),
    "softmax: no return": (
        "softmax",
        lambda s: [].append(s.softmax(-1)),
        "your function returned nothing: is a return",
    ),
    "one_hot: no return": (
        "one_hot",
        one_hot_unfinished,
        "✗ one_hot: your function returned nothing: is a return missing?",
    ),
    "top_k: ties leak": ("top_k", top_k_that_leaks_ties_and_fails_above_v, "kept everything that reaches the k-th"),
    "top_k: sorted": ("top_k", top_k_in_order_of_chance, "The right items, but in another order"),
    "top_p: sorted": ("top_p", top_p_in_order_of_chance, "The right items, but in another order"),
    "top_p: crossing token": ("top_p", top_p_stopping_before, "nan comes of 0 / 0"),
    "merge: list and tuple": ("merge", merge_comparing_a_list_with_a_tuple, "never equal"),
    "count_pairs: = for +=": ("count_pairs", count_pairs_replacing, "is there a = where += is needed?"),
    "count_pairs: tuples are shown": ("count_pairs", lambda words: {}, "expected  {('d', 'e'): 1}"),
    "stream: a generator": ("stream", stream_as_a_generator, "✓"),
    "stream: the lesson's generator": ("stream", stream_without_what_is_empty, "empty strings are left out"),
    "nearest: ties turned": ("nearest", nearest_turned_round, "the later came first"),
    "analogy: b + c": ("analogy", analogy_of_sums, "a is missing from the sum"),
    "analogy: b + c is not c": ("analogy", analogy_of_sums, "not the neighbour of c"),
    "analogy: distance": ("analogy", analogy_by_distance, "not with the rows as they are"),
    "cosine: printed": (
        "cosine",
        cosine_returned_too_early,
        "your function printed '1.0' and returned nothing: return it",
    ),
    "cosine: in two brackets": ("cosine", solved("cosine", lambda c: [[c]]), "The right number, but inside a list"),
    "cosine: two digits": ("cosine", solved("cosine", lambda c: round(float(c), 2)), "rounded to 2 digits"),
    "neuron: relu": ("one_neuron", neuron_with_relu, "That is ReLU"),
    "neuron: relu is bent": ("one_neuron", neuron_with_relu, "not the gate is not bent"),
    "neuron: silent": ("one_neuron", neuron_silent_below_zero, "the answers below 0 were left out"),
    "is_causal: prefixes": ("is_causal", causal_by_prefixes, "not only one other token was tried"),
    "is_causal: booleans": (
        "is_causal",
        solved("is_causal", lambda found: not found),
        "expected  True\n  got       False",
    ),
    "is_causal: always": ("is_causal", lambda score, ids, V: True, "not only the likeliest token was compared"),
    "rms_norm: no keepdim": ("rms_norm", rms_norm_without_keepdim, "with keepdim=True"),
    "block: in place": ("pre_norm_block", block_in_place, "your code changed its input [[3, 4]] to"),
    "parameters: gated is shown": ("block_parameters", lambda *sizes: 0, "gated = False"),
    "config_difference: None": ("config_difference", difference_by_get, "expected  {'sliding_window': ('absent', 16)}"),
    "config_difference: None is named": (
        "config_difference",
        difference_by_get,
        "None stands where a config lacks a key: get(key) gives None there",
    ),
    "router: topk(1)": ("top1_router", router_by_topk, AXIS),
    "cache: an axis": ("cached_attention", cached_with_an_axis, f"In value 1 of 3: {AXIS}"),
    "groups: an axis": ("int8_groups", groups_with_an_axis, f"In value 2 of 2: {AXIS}"),
    "count: 1,000 too many": ("count_parameters", solved("count_parameters", lambda n: n + (n > 10**8) * 1000), "✗"),
    "grouped_heads: first difference": (
        "grouped_heads",
        lambda q, k, v: v.repeat_interleave(len(q) // len(v), 0),
        "differs   first at [0, 1, 0]",
    ),
}
OWN = {
    # right answers in unusual styles
    "a lent array": ("softmax", solved("softmax", Lent), "✓"),
    "lent memory": ("softmax", solved("softmax", LentOut), "✓"),
    "a list of lent arrays": ("head_parts", solved("head_parts", lambda x: [Lent(part) for part in x]), "✓"),
    "a generator of rows": ("causal_mask", solved("causal_mask", lambda rows: (row for row in rows)), "✓"),
    "a map": ("merge", solved("merge", lambda ids: map(int, ids)), "✓"),
    "a deque": ("encode", solved("encode", collections.deque), "✓"),
    "values of a dict": ("merge", solved("merge", lambda ids: dict(enumerate(ids)).values()), "✓"),
    "an object array of text": ("encode", solved("encode", lambda tokens: np.array([*tokens, None], object)[:-1]), "✓"),
    "a text array": ("split", solved("split", lambda tokens: np.array(tokens) if tokens else tokens), "✓"),
    "a fraction": ("temperature_tuning", solved("temperature_tuning", fractions.Fraction), "✓"),
    "a decimal": ("perplexity", solved("perplexity", decimal.Decimal), "✓"),
    "a tensor of one number": ("sampler", solved("sampler", torch.tensor), "✓"),
    "truth as 1 and 0": ("is_causal", solved("is_causal", int), "✓"),
    "1 and 0 as truth": ("one_hot", solved("one_hot", lambda rows: torch.as_tensor(rows) > 0), "✓"),
    "a mask of floats": ("causal_mask", solved("causal_mask", lambda mask: torch.as_tensor(mask).double()), "✓"),
    "a sparse matrix": ("one_hot", solved("one_hot", lambda rows: torch.as_tensor(rows).to_sparse()), "✓"),
    "whole numbers as floats": ("count_parameters", solved("count_parameters", float), "✓"),
    "whole numbers in 32 bits": ("count_parameters", solved("count_parameters", np.float32), "✓"),
    "a pair as a list": ("first_difference", solved("first_difference", lambda f: list(f) if f != "none" else f), "✓"),
    "a tuple as a list": ("joined_looks", solved("joined_looks", list), "✓"),
    "a mapping": ("config_difference", solved("config_difference", collections.UserDict), "✓"),
    "tensors as keys' values": (
        "count_pairs",
        solved("count_pairs", lambda c: {k: torch.tensor(v) for k, v in c.items()}),
        "✓",
    ),
    "bfloat16 of whole numbers": ("left_pad", solved("left_pad", lambda r: tuple(map(torch.tensor, r))), "✓"),
    # shapes
    "a row too deep": ("rms_norm", solved("rms_norm", lambda x: x[None]), AXIS),
    "a matrix turned": ("swiglu", solved("swiglu", lambda x: x.T), "rows and columns are swapped"),
    "heads behind tokens": (
        "head_parts",
        solved("head_parts", lambda x: x.transpose(0, 2)),
        "axes are in another order",
    ),
    "flat": (
        "swiglu",
        solved("swiglu", lambda x: x.flatten()),
        "The right numbers in the right order, but in another shape",
    ),
    "a column": ("softmax", solved("softmax", lambda x: x[..., None]), AXIS),
    "each with each": (
        "temperature",
        solved("temperature", lambda p: p[:, None] * p / p),
        "Every number met every other",
    ),
    "each row again": ("temperature", solved("temperature", lambda p: p.expand(3, -1)), "several times over"),
    "a number in a list": ("perplexity", solved("perplexity", lambda x: [x]), "The right number, but inside a list"),
    "columns sum to 1": ("attention_weights", lambda q, k: torch.softmax(q @ k.T / q.shape[-1] ** 0.5, 0), "dim=-1"),
    # items
    "reversed": ("merge", solved("merge", lambda ids: ids[::-1]), "The right items, but in reverse order"),
    "sorted": ("encode", solved("encode", sorted), "The right items, but in another order"),
    "a set": ("encode", solved("encode", set), "A set has no order"),
    "one too few": ("nearest", solved("nearest", lambda rows: rows[:-1]), "one neighbour is missing"),
    "the first is missing": ("stream", solved("stream", lambda texts: texts[1:]), "The first item is missing"),
    "one letter too many": ("split", solved("split", lambda pieces: [*pieces, ""]), "The last item is too many"),
    "joined": ("split", solved("split", "".join), "Your function returned text unchanged"),
    "ids as text": ("merge", solved("merge", lambda ids: list(map(str, ids))), "The right numbers, but as text"),
    "a list around it": (
        "encode",
        solved("encode", lambda tokens: [tokens]),
        "The right answer, but inside one more list",
    ),
    "pairs for a dict": (
        "count_pairs",
        solved("count_pairs", lambda c: list(c.items())),
        "The right pairs, but in a list",
    ),
    "with something beside it": ("cosine", solved("cosine", lambda c: (c, 7)), "value 1 is the right one"),
    "bytes for text": ("encode", solved("encode", lambda tokens: [token.encode() for token in tokens]), "as bytes"),
    "positions from 1": (
        "visible_tokens",
        solved("visible_tokens", lambda r: [n + 1 for n in r]),
        "Every number is 1 too large",
    ),
    # numbers
    "no minus": ("cosine", solved("cosine", lambda c: -c), "Every number has the wrong sign"),
    "twice as much": ("swiglu", solved("swiglu", lambda x: x * 2), "Every number is 2 times what is expected"),
    "in percent": (
        "temperature",
        solved("temperature", lambda p: p * 100),
        "The right proportions, but a row does not sum to 1",
    ),
    "squared": ("rms_norm", solved("rms_norm", lambda x: x * x), "Every number is the square"),
    "logarithm": ("perplexity", solved("perplexity", math.log2), "not log2 in place"),
    "not finite": ("swiglu", solved("swiglu", lambda x: x / 0), "a division by 0"),
    # loops
    "return in the loop": ("perplexity", perplexity_of_the_first, "the first item of probabilities alone"),
    "a loop that ends early": ("perplexity", perplexity_without_the_last, "without the last item of probabilities"),
    "behind the end": ("merge", merge_looking_behind_the_end, "The last id has no neighbour"),
    "adding to nothing": ("count_pairs", count_pairs_adding_to_nothing, "your code raised KeyError: ('d', 'e')"),
    "unchanged": ("causal_mask", lambda scores: scores, "Your function returned scores unchanged"),
    "a list has no arithmetic": (
        "perplexity",
        lambda probabilities: 1 / probabilities,
        "A list can't be calculated with",
    ),
    "None on one way": ("cosine", lambda a, b: None if len(a) == 3 else a @ b, "✗"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [*REPORTED, *OWN])
def test_an_answer_of_a_learner(name):
    exercise, answer, words = (REPORTED | OWN)[name]
    report = feedback(EXERCISES[exercise], answer)
    if words.startswith("not "):
        assert report.startswith("✗") and words.removeprefix("not ") not in report
    else:
        assert words in report and report.startswith("✓" if words == "✓" else "✗"), report
