"""The solutions of lesson 01 against libraries that nobody here wrote, and the same mistakes in other words."""

import math

import pytest
import scipy.special
import torch
from classroom.styles import accept
from effort import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson01
from lessons_lib.classroom.lessons.lesson01.perplexity import my_perplexity
from lessons_lib.classroom.lessons.lesson01.sampler import my_choose
from lessons_lib.classroom.lessons.lesson01.softmax import my_softmax
from lessons_lib.classroom.lessons.lesson01.temperature import my_temperature
from lessons_lib.classroom.lessons.lesson01.top_k import my_top_k
from lessons_lib.classroom.lessons.lesson01.top_p import my_top_p
from lessons_lib.generation import sampling

# Hundredths: scores closer than a float can tell apart after softmax would be ties for one side only.
SCORES = st.lists(st.integers(-900, 900).map(lambda n: n / 100), min_size=2, max_size=11, unique=True)
EXERCISES = {exercise.id: exercise for exercise in lesson01.EXERCISES}


@given(st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=7), st.integers(1, 3))
@settings(max_examples=examples(50))
def test_softmax_equals_scipy(scores, rows):
    block = torch.tensor([scores] * rows)
    expected = torch.from_numpy(scipy.special.softmax(block.double().numpy(), axis=-1))
    torch.testing.assert_close(my_softmax(block).double(), expected, rtol=1e-3, atol=1e-6)


@given(SCORES, st.floats(0.2, 5))
@settings(max_examples=examples(50))
def test_temperature_equals_transformers(scores, T):
    logits = torch.tensor([scores])
    expected = TemperatureLogitsWarper(T)(None, logits).softmax(-1)[0]
    torch.testing.assert_close(my_temperature(logits.softmax(-1)[0], T), expected, rtol=1e-3, atol=1e-6)


@given(SCORES, st.integers(1, 13))
@settings(max_examples=examples(50))
def test_top_k_equals_transformers(scores, k):
    logits = torch.tensor(scores)
    expected = TopKLogitsWarper(k)(None, logits[None]).softmax(-1)[0]
    torch.testing.assert_close(my_top_k(logits.softmax(-1), k), expected, rtol=1e-4, atol=1e-6)


@given(SCORES, st.floats(0.05, 0.95))
@settings(max_examples=examples(50))
def test_top_p_equals_transformers(scores, threshold):
    p = torch.tensor(scores).softmax(-1)
    totals = p.sort(descending=True).values.cumsum(0)
    assume((totals - threshold).abs().min() > 1e-4)  # nearer, rounding decides; the exercise has the exact cases
    expected = TopPLogitsWarper(threshold)(None, p.log()[None]).softmax(-1)[0]
    torch.testing.assert_close(my_top_p(p, threshold), expected, rtol=1e-3, atol=1e-6)


@given(SCORES, st.integers(1, 13), st.floats(0.05, 0.95), st.floats(0.2, 5))
@settings(max_examples=examples(50))
def test_solutions_on_probabilities_equal_the_library_on_scores(scores, k, threshold, T):
    logits = torch.tensor(scores)
    p = logits.softmax(-1)
    totals = p.sort(descending=True).values.cumsum(0)
    assume((totals - threshold).abs().min() > 1e-4)
    pairs = [
        (my_softmax(logits), logits),
        (my_temperature(p, T), sampling.apply_temperature(logits, T)),
        (my_top_k(p, k), sampling.top_k(logits, k)),
        (my_top_p(p, threshold), sampling.top_p(logits, threshold)),
    ]
    for ours, library in pairs:
        torch.testing.assert_close(ours, sampling.softmax(library), rtol=1e-3, atol=1e-6)


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=20))
@settings(max_examples=examples(50))
def test_perplexity_is_exp_of_the_cross_entropy(probabilities):
    p = torch.tensor(probabilities, dtype=torch.float64)
    loss = torch.nn.functional.nll_loss(p.log()[:, None], torch.zeros(len(p), dtype=torch.long))
    assert my_perplexity(probabilities) == pytest.approx(loss.exp().item())


def test_choose_draws_with_the_probabilities_that_transformers_gives():
    scores, T, k, threshold = torch.tensor([2.0, 0.5, 1.5, -1.0, 1.0]), 1.3, 4, 0.85
    logits = scores[None]
    for processor in (TemperatureLogitsWarper(T), TopKLogitsWarper(k), TopPLogitsWarper(threshold)):
        logits = processor(None, logits)
    draws = 2000
    counts = [0] * len(scores)
    for step in range(draws):
        counts[my_choose(scores, T, k, threshold, (step + 0.5) / draws)] += 1
    shares = torch.tensor(counts) / draws
    torch.testing.assert_close(shares, logits.softmax(-1)[0], rtol=0, atol=1.5 / draws)


# The learner writes the same mistakes differently; the words must be the same.


def overflow_by_list(scores):
    flat = scores.reshape(-1, scores.shape[-1])
    rows = [[torch.exp(x) / torch.exp(r).sum() for x in r] for r in flat]
    return torch.tensor(rows).reshape(scores.shape)


def loop_top_p(p, threshold):
    """Leaves the token out that would carry the total over the threshold."""
    p = p.tolist()
    kept, total = [], 0.0
    for i in sorted(range(len(p)), key=lambda i: -p[i]):
        if total + p[i] > threshold and kept:
            break
        kept.append(i)
        total += p[i]
    return [p[i] / total if i in kept else 0.0 for i in range(len(p))]


def walking_choose(scores, T, k, threshold, u):
    """Walks along the row and stops when the total reaches u, on the border one too early."""
    p = scores.softmax(-1) if T == 0 else (scores / T).softmax(-1)
    if T == 0:
        return scores.tolist().index(max(scores.tolist()))
    p, total = my_top_p(my_top_k(p, k), threshold).tolist(), 0.0
    for token, share in enumerate(p):
        total += share
        if total >= u:
            return token


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("softmax", overflow_by_list, "subtract the largest score of each row first"),
        ("temperature", lambda p, T: torch.exp(T * p.log()) / torch.exp(T * p.log()).sum(), "raised to the power T"),
        ("top_k", lambda p, k: plain_top_k(p, k + 1), "kept k + 1 tokens"),
        ("top_p", loop_top_p, "dropped the token that crosses"),
        ("perplexity", lambda p: torch.tensor(p).reciprocal().mean(), "averaged 1 / p"),
        ("sampler", walking_choose, "stays with the earlier token"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    report = feedback(EXERCISES[name], answer)
    assert report.startswith("✗") and words in report


def plain_top_k(p, k):
    kept = sorted(range(len(p)), key=lambda i: (-p[i], i))[:k]
    return [float(x) / sum(float(p[i]) for i in kept) if i in kept else 0.0 for i, x in enumerate(p)]


def plain_top_p(p, threshold):
    kept, total = [], 0.0
    for i in sorted(range(len(p)), key=lambda i: (-p[i], i)):
        if total < threshold:
            kept.append(i)
            total += float(p[i])
    return [float(x) / total if i in kept else 0.0 for i, x in enumerate(p)]


def plain_choose(scores, T, k, threshold, u):
    if T == 0:
        return max(range(len(scores)), key=lambda i: scores[i])
    p = plain_top_p(plain_top_k(scipy.special.softmax(scores.numpy() / T), k), threshold)
    total = 0.0
    for token, share in enumerate(p):
        total += share
        if total > u:
            return token
    raise AssertionError(f"the row {p} does not reach {u}")


RIGHT = {
    "softmax": lambda scores: scipy.special.softmax(scores.numpy(), axis=-1),
    "temperature": lambda p, T: [x ** (1 / T) / sum(y ** (1 / T) for y in p.tolist()) for x in p.tolist()],
    "top_k": plain_top_k,
    "top_p": plain_top_p,
    "perplexity": lambda probabilities: math.prod(probabilities) ** (-1 / len(probabilities)),
    "sampler": plain_choose,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
