"""The solutions of lesson 07 against libraries that nobody here wrote, and the same mistakes in other words."""

import numpy as np
import pytest
import regex
import torch
import torch.nn.functional as F
from classroom.styles import accept
from effort import examples
from gguf.quants import GGMLQuantizationType
from gguf.quants import quantize as gguf_quantize
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch.nn.utils.rnn import pad_sequence

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson07
from lessons_lib.classroom.lessons.lesson07.accept import my_accept
from lessons_lib.classroom.lessons.lesson07.cached_attention import my_cached_attention
from lessons_lib.classroom.lessons.lesson07.check_guesses import my_check_guesses
from lessons_lib.classroom.lessons.lesson07.int8_groups import my_int8_groups
from lessons_lib.classroom.lessons.lesson07.left_pad import my_left_pad
from lessons_lib.classroom.lessons.lesson07.safe_length import my_safe_length

EXERCISES = {exercise.id: exercise for exercise in lesson07.EXERCISES}


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=7), min_size=1, max_size=5), st.integers(0, 9))
@settings(max_examples=examples(50))
def test_left_pad_equals_torch(rows, pad):
    table, mask = my_left_pad(rows, pad)
    expected = pad_sequence([torch.tensor(row) for row in rows], True, pad, padding_side="left")
    real = pad_sequence([torch.ones(len(row), dtype=torch.long) for row in rows], True, 0, padding_side="left")
    assert (table, mask) == (expected.tolist(), real.tolist())


@given(st.integers(1, 6), st.integers(1, 9), st.integers(0, 2**31))
@settings(max_examples=examples(50))
def test_cached_attention_is_the_last_row_of_torchs_attention(width, kept, seed):
    generator = torch.Generator().manual_seed(seed)
    q, k, v = torch.randn(3, kept + 1, width, generator=generator)
    out, keys, values = my_cached_attention(q[-1], k[-1], v[-1], k[:-1], v[:-1])
    expected = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0, -1]
    torch.testing.assert_close(out, expected, rtol=1e-4, atol=1e-5)
    assert keys.equal(k) and values.equal(v)


@given(st.text("abc", max_size=9), st.lists(st.text("abc", min_size=1, max_size=5), max_size=3))
@settings(max_examples=examples(50))
def test_safe_length_is_where_a_partial_match_of_regex_begins(text, stops):
    assume(not any(stop in text for stop in stops))
    found = regex.search("|".join(map(regex.escape, stops)), text, partial=True) if stops else None
    assert my_safe_length(text, stops) == (found.start() if found else len(text))


@given(st.integers(1, 4), st.integers(0, 2**31))
@settings(max_examples=examples(50))
def test_int8_groups_of_32_are_those_of_gguf(groups, seed):
    weights = np.random.default_rng(seed).standard_normal(32 * groups, dtype=np.float32)
    q, scale = my_int8_groups(torch.from_numpy(weights), 32)
    blocks = gguf_quantize(weights[None], GGMLQuantizationType.Q8_0).reshape(-1, 34)
    np.testing.assert_array_equal(q.reshape(-1, 32).numpy(), blocks[:, 2:].view(np.int8))
    np.testing.assert_array_equal(scale.half().numpy(), blocks[:, :2].copy().view(np.float16)[:, 0])


@given(st.lists(st.integers(0, 2), max_size=6), st.integers(0, 2**31))
@settings(max_examples=examples(50))
def test_checked_guesses_write_the_greedy_text(guesses, seed):
    follows = np.random.default_rng(seed).integers(0, 3, 3)  # the model: what follows each token
    choices = [int(follows[token]) for token in [0, *guesses]]
    new = my_check_guesses(guesses, choices)
    text = [0]
    for token in new:
        assert token == follows[text[-1]]
        text.append(token)
    assert new[:-1] == guesses[: len(new) - 1]  # no guess is used that was not made
    assert len(new) > len(guesses) or new[-1] != guesses[len(new) - 1]  # and none is left out that was right


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=2, max_size=4))
@settings(max_examples=examples(50))
def test_accept_gives_the_models_distribution(pairs):
    p, q = (torch.tensor(column, dtype=torch.float64) for column in zip(*pairs, strict=True))
    p, q = p / p.sum(), q / q.sum()
    assume((p - q).abs().max() > 1e-3)
    steps, chances = 40, torch.zeros(len(p), dtype=torch.float64)
    for guess in range(len(p)):
        accepted = min(1.0, float(p[guess] / q[guess]))
        chances[guess] += q[guess] * accepted
        if accepted < 1:
            for step in range(steps):  # u above the ratio: the dart decides, and is spread evenly
                token = my_accept(p, q, guess, (accepted + 1) / 2, (step + 0.5) / steps)
                chances[token] += q[guess] * (1 - accepted) / steps
        assert my_accept(p, q, guess, accepted * 0.999, 0.0) == guess
    torch.testing.assert_close(chances, p, rtol=0, atol=1 / steps)


# The learner writes the same mistakes differently; the words must be the same.


def right_pad_by_torch(rows, pad):
    table = pad_sequence([torch.tensor(row) for row in rows], True, pad)
    return table, pad_sequence([torch.ones(len(row)) for row in rows], True, 0)


def attention_by_torch_without_itself(query, key, value, keys, values):
    out = F.scaled_dot_product_attention(query[None, None], keys[None], values[None])[0, 0]
    return out, torch.vstack((keys, key)), torch.vstack((values, value))


def guesses_up_to_the_wrong_one(guesses, choices):
    new = []
    for guess, choice in zip(guesses, choices, strict=False):
        new.append(guess)
        if guess != choice:
            return new
    return [*new, choices[-1]]


def refused_by_list(p, q, guess, u, dart):
    """Draws from p after a refusal."""
    if u * q[guess] < p[guess]:
        return guess
    total = 0.0
    for token, chance in enumerate(p.tolist()):
        total += chance
        if total > dart:
            return token
    raise AssertionError(f"the row {p} does not reach {dart}")


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("left_pad", right_pad_by_torch, "padding stands on the right"),
        ("cached_attention", attention_by_torch_without_itself, "does not look at itself"),
        ("safe_length", lambda text, stops: max(0, len(text) - max([len(s) for s in stops] or [1]) + 1), "always hold"),
        (
            "int8_groups",
            lambda w, n: ((w / (w.abs().max() / 127)).round(), [w.abs().max() / 127] * (len(w) // n)),
            "one",
        ),
        ("check_guesses", guesses_up_to_the_wrong_one, "first wrong guess is kept"),
        ("accept", refused_by_list, "replaced by a draw from p"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    report = feedback(EXERCISES[name], answer)
    assert report.startswith("✗") and words in report


def numpy_attention(query, key, value, keys, values):
    keys, values = np.vstack((keys, key)), np.vstack((values, value))
    scores = np.exp(keys @ query.numpy() / np.sqrt(len(query)))
    return scores / scores.sum() @ values, keys, values


def safe_by_regex(text, stops):
    found = regex.search("|".join(map(regex.escape, stops)), text, partial=True) if stops else None
    return found.start() if found else len(text)


def int8_by_list(weights, size):
    q, scales = [], []
    for at in range(0, len(weights), size):
        group = weights[at : at + size].tolist()
        scales.append(max(map(abs, group)) / 127)
        q += [round(w / scales[-1]) if scales[-1] else 0 for w in group]
    return q, scales


def guesses_by_zip(guesses, choices):
    new = []
    for guess, choice in zip([*guesses, None], choices, strict=True):
        new.append(choice)
        if guess != choice:
            break
    return new


def accept_by_numpy(p, q, guess, u, dart):
    if u * float(q[guess]) < float(p[guess]):
        return guess
    missing = np.maximum(p.numpy() - q.numpy(), 0)
    return int(np.searchsorted(np.cumsum(missing / missing.sum()), dart, side="right"))


RIGHT = {
    "left_pad": lambda rows, pad: (
        tuple((pad,) * (max(map(len, rows)) - len(row)) + tuple(row) for row in rows),
        np.array([[0] * (max(map(len, rows)) - len(row)) + [1] * len(row) for row in rows]),
    ),
    "cached_attention": numpy_attention,
    "safe_length": safe_by_regex,
    "int8_groups": int8_by_list,
    "check_guesses": guesses_by_zip,
    "accept": accept_by_numpy,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
