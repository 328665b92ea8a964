"""The solutions of lesson 03 against libraries that nobody here wrote, and the same mistakes in other words."""

import math
from itertools import pairwise

import numpy as np
import pytest
import scipy.spatial.distance
import torch
from classroom.styles import accept
from effort import examples
from gensim.models import KeyedVectors
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from transformers.models.speech_to_text.modeling_speech_to_text import Speech2TextSinusoidalPositionalEmbedding

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson03
from lessons_lib.classroom.lessons.lesson03.analogy import my_analogy
from lessons_lib.classroom.lessons.lesson03.cosine import my_cosine
from lessons_lib.classroom.lessons.lesson03.nearest import my_nearest
from lessons_lib.classroom.lessons.lesson03.negative_sampling import my_negative_sampling
from lessons_lib.classroom.lessons.lesson03.one_hot import my_one_hot
from lessons_lib.classroom.lessons.lesson03.sinusoidal import my_sinusoidal

EXERCISES = {exercise.id: exercise for exercise in lesson03.EXERCISES}
TRIALS = settings(max_examples=examples(50), derandomize=True, deadline=None)


def vectors_of(rows, width):
    numbers = st.integers(-40, 40).map(lambda n: n / 8)
    return arrays(np.float64, st.tuples(rows, st.just(width)), elements=numbers).filter(lambda m: m.any(1).all())


def keyed(matrix):
    found = KeyedVectors(matrix.shape[1])
    found.add_vectors([f"w{row}" for row in range(len(matrix))], matrix.astype(np.float32))
    return found


def clear(scores, count):
    """Assume that no two of the best scores are so close that rounding could swap them."""
    best = sorted((score for _, score in scores), reverse=True)[: count + 1]
    assume(all(high - low > 1e-4 for high, low in pairwise(best)))


@given(vectors_of(st.just(2), 5))
@TRIALS
def test_cosine_equals_scipy(pair):
    assert my_cosine(*pair) == pytest.approx(1 - scipy.spatial.distance.cosine(*pair), abs=1e-9)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=9))
@TRIALS
def test_one_hot_equals_torch(ids):
    expected = torch.nn.functional.one_hot(torch.tensor(ids), 13)
    np.testing.assert_array_equal(my_one_hot(ids, 13), expected)


@given(vectors_of(st.integers(4, 9), 3), st.data())
@TRIALS
def test_nearest_equals_gensim(matrix, data):
    row, k = data.draw(st.integers(0, len(matrix) - 1)), data.draw(st.integers(1, len(matrix) - 2))
    expected = keyed(matrix).most_similar(f"w{row}", topn=len(matrix))
    clear(expected, k)
    assert [f"w{other}" for other in my_nearest(matrix, row, k)] == [word for word, _ in expected[:k]]


@given(vectors_of(st.integers(5, 9), 3), st.data())
@TRIALS
def test_analogy_equals_gensim(matrix, data):
    a, b, c = data.draw(st.lists(st.integers(0, len(matrix) - 1), min_size=3, max_size=3, unique=True))
    unit = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    assume(np.linalg.norm(unit[b] - unit[a] + unit[c]) > 1e-3)
    expected = keyed(matrix).most_similar(positive=[f"w{b}", f"w{c}"], negative=[f"w{a}"], topn=2)
    clear(expected, 1)
    assert f"w{my_analogy(matrix, a, b, c)}" == expected[0][0]


@given(vectors_of(st.integers(3, 6), 4), st.floats(0.01, 1))
@TRIALS
def test_negative_sampling_is_a_step_of_torchs_gradient(matrix, rate):
    v = torch.tensor(matrix[0], requires_grad=True)
    real, noise = torch.tensor(matrix[1]), torch.tensor(matrix[2:])
    loss = torch.nn.functional.softplus(-(real @ v)) + torch.nn.functional.softplus(noise @ v).sum()
    loss.backward()
    ours = my_negative_sampling(matrix[0], matrix[1], matrix[2:], rate)
    np.testing.assert_allclose(ours, (v - rate * v.grad).detach(), atol=1e-9)


@pytest.mark.parametrize(("length", "width"), [(1, 2), (17, 6), (300, 64)])
def test_sinusoidal_equals_transformers(length, width):
    # Theirs has all sines before all cosines. Its speeds are those of two columns less, and it has one pair more.
    theirs = Speech2TextSinusoidalPositionalEmbedding.get_embedding(length, width + 2, None)
    sines, cosines = theirs[:, : width // 2], theirs[:, width // 2 + 1 : -1]
    ours = my_sinusoidal(length, width)
    np.testing.assert_allclose(ours[:, 0::2], sines, atol=1e-3)
    np.testing.assert_allclose(ours[:, 1::2], cosines, atol=1e-3)


# The learner writes the same mistakes differently; the words must be the same.


def loop_one_hot(ids, V):
    """Counts tokens from 1; token 0 wraps round."""
    matrix = [[0] * V for _ in ids]
    for row, i in zip(matrix, ids, strict=True):
        row[i - 1] = 1
    return matrix


def loop_sinusoidal(length, width):
    """All sines, then all cosines."""
    speeds = [10000 ** (-2 * i / width) for i in range(width // 2)]
    return [[math.sin(p * s) for s in speeds] + [math.cos(p * s) for s in speeds] for p in range(length)]


def loop_by_columns(length, width):
    waves = (math.sin, math.cos)
    return [[waves[j % 2](p / 10000 ** (j // 2 * 2 / width)) for j in range(width)] for p in range(length)]


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("cosine", lambda a, b: np.dot(a, b), "divide it by both lengths"),
        ("cosine", scipy.spatial.distance.cosine, "returned 1 minus the cosine"),
        ("one_hot", loop_one_hot, "count from 1"),
        ("nearest", lambda v, row, k: ranked(v, row, lambda a, b: -sum(a * b))[:k], "Long vectors then win"),
        ("nearest", lambda v, row, k: ranked(v, row, math.dist)[:k], "compared distances"),
        (
            "analogy",
            lambda v, a, b, c: np.argmin([scipy.spatial.distance.cosine(goal(v, a, b, c), row) for row in v]),
            "a row of the question came back",
        ),
        ("negative_sampling", lambda v, real, noise, rate: v - rate * step(v, real, noise), "wrong way"),
        ("sinusoidal", loop_sinusoidal, "they take turns"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    report = feedback(EXERCISES[name], answer)
    assert report.startswith("✗") and words in report


def ranked(v, row, far):
    return sorted((other for other in range(len(v)) if other != row), key=lambda other: far(v[row], v[other]))


def goal(v, a, b, c):
    unit = v / np.linalg.norm(v, axis=1, keepdims=True)
    return unit[b] - unit[a] + unit[c]


def step(v, real, noise):
    missing = 1 / (1 + math.exp(float(np.dot(real, v))))
    return missing * real - sum(u / (1 + math.exp(-float(np.dot(u, v)))) for u in noise)


def plain_analogy(v, a, b, c):
    left = [row for row in range(len(v)) if row not in (a, b, c)]
    return min(left, key=lambda row: scipy.spatial.distance.cosine(goal(v, a, b, c), v[row]))


RIGHT = {
    "cosine": lambda a, b: torch.nn.functional.cosine_similarity(torch.tensor(a), torch.tensor(b), dim=0),
    "one_hot": lambda ids, V: [[int(i == column) for column in range(V)] for i in ids],
    "nearest": lambda v, row, k: ranked(v, row, lambda a, b: round(scipy.spatial.distance.cosine(a, b), 9))[:k],
    "analogy": plain_analogy,
    "negative_sampling": lambda v, real, noise, rate: torch.tensor(v) + rate * torch.tensor(step(v, real, noise)),
    "sinusoidal": loop_by_columns,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
