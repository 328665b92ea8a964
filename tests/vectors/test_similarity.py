"""Cosines, neighbours and analogies against scipy, torch and gensim, and what they refuse."""

import numpy as np
import pytest
import scipy.spatial.distance
import torch
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lessons_lib.vectors import analogy, cosine_similarity, nearest, similarity


def matrices(rows):
    """Whole numbers with no row of zeros: many ties, and no cosine that a float could not hold."""
    vectors = arrays(np.int8, st.tuples(rows, st.just(3)), elements=st.integers(-4, 4))
    return vectors.filter(lambda matrix: matrix.any(1).all()).map(lambda matrix: matrix.astype(np.float32))


@given(matrices(st.integers(1, 5)), matrices(st.integers(1, 7)))
@settings(max_examples=examples(100), derandomize=True, deadline=None)
def test_cosine_equals_scipy(x, y):
    expected = 1 - scipy.spatial.distance.cdist(x.astype(np.float64), y.astype(np.float64), "cosine")
    np.testing.assert_allclose(cosine_similarity(x, y), expected, atol=2e-6)


@given(matrices(st.integers(2, 9)), matrices(st.just(1)), st.floats(0.001, 1000))
@settings(max_examples=examples(50), derandomize=True, deadline=None)
def test_cosine_knows_no_length_and_no_order_and_stays_within_one(x, y, factor):
    scores = cosine_similarity(x, y[0])
    np.testing.assert_allclose(cosine_similarity(x * np.float32(factor), y[0]), scores, atol=1e-6)
    np.testing.assert_allclose(cosine_similarity(y[0], x), scores, atol=1e-6)
    np.testing.assert_allclose(cosine_similarity(-x, y[0]), -scores, atol=1e-6)
    assert np.abs(scores).max() <= 1
    np.testing.assert_allclose(np.diag(cosine_similarity(x, x)), 1, atol=1e-6)


def test_shapes_follow_the_arguments_and_torch_tensors_are_welcome():
    x, y = torch.randn(3, 7), torch.randn(5, 7)
    expected = torch.nn.functional.cosine_similarity(x[:, None], y[None], dim=-1).numpy()  # [3, 5]
    np.testing.assert_allclose(cosine_similarity(x, y), expected, atol=1e-6)
    np.testing.assert_allclose(cosine_similarity(x[1], y), expected[1], atol=1e-6)
    np.testing.assert_allclose(cosine_similarity(x, y[4]), expected[:, 4], atol=1e-6)
    np.testing.assert_allclose(cosine_similarity(x[2], y[0]), expected[2, 0], atol=1e-6)
    assert cosine_similarity(x[2], y[0]).shape == () and cosine_similarity(x, y).dtype == np.float32


@given(matrices(st.integers(4, 40)), matrices(st.integers(1, 5)), st.data())
@settings(max_examples=examples(100), derandomize=True, deadline=None)
def test_nearest_is_a_stable_sort_of_all_scores(vectors, queries, data):
    count = data.draw(st.integers(1, len(vectors) - 2))
    hidden = data.draw(arrays(np.intp, (len(queries), 2), elements=st.integers(0, len(vectors) - 1)))
    found = nearest(queries, vectors, count, hidden)
    unit = queries / np.sqrt((queries * queries).sum(1, dtype=np.float32))[:, None]
    for query, rows, scores, out in zip(unit, found.rows, found.scores, hidden, strict=True):
        all_scores = query[None] @ vectors.T / np.sqrt((vectors * vectors).sum(1, dtype=np.float32))
        all_scores = all_scores[0]
        order = sorted(set(range(len(vectors))) - set(out.tolist()), key=lambda row: (-round(all_scores[row], 5), row))
        np.testing.assert_allclose(scores, all_scores[order[:count]], atol=1e-5)
        assert len(set(rows.tolist())) == count and not set(rows.tolist()) & set(out.tolist())
        assert scores.tolist() == sorted(scores.tolist(), reverse=True)


def test_of_equal_neighbours_the_earlier_row_comes_first():
    vectors = np.array([[0, 1], [3, 0], [1, 1], [3, 0], [3, 0]])
    assert nearest([1, 0], vectors, 4).rows.tolist() == [1, 3, 4, 2]
    assert nearest([1, 0], vectors, 2).rows.tolist() == [1, 3]


def test_neighbours_equal_gensim(glove, keyed):
    queries = glove.vectors[[5, 811, 19_999]] + glove.vectors[7]
    found = nearest(queries, glove.vectors, 25)
    for query, rows, scores in zip(queries, *found, strict=True):
        expected = keyed.similar_by_vector(query, topn=25)
        assert [glove.index_to_key[row] for row in rows] == [word for word, _ in expected]
        np.testing.assert_allclose(scores, [score for _, score in expected], atol=1e-5)


def test_many_queries_give_what_each_gives_alone(glove, monkeypatch):
    monkeypatch.setattr(similarity, "BLOCK", 3 * len(glove))  # so that ten queries need four blocks
    queries, hidden = glove.vectors[100:110], np.arange(100, 110)[:, None]
    together = nearest(queries, glove.vectors, 4, hidden)
    alone = [nearest(query, glove.vectors, 4, out) for query, out in zip(queries, hidden, strict=True)]
    assert together.rows.tolist() == [one.rows.tolist() for one in alone]
    np.testing.assert_allclose(together.scores, [one.scores for one in alone], atol=1e-6)


@pytest.mark.parametrize("exclude", [True, False])
def test_analogies_equal_gensim(glove, keyed, exclude):
    asked = [
        ("man", "woman", "king"),
        ("france", "paris", "italy"),
        ("walk", "walked", "fly"),
        ("big", "bigger", "old"),
    ]
    a, b, c = ([glove.row(word) for word in column] for column in zip(*asked, strict=True))
    found = analogy(glove.vectors, a, b, c, count=7, exclude=exclude)
    for words, rows, scores in zip(asked, *found, strict=True):
        total = keyed[words[1]] / np.linalg.norm(keyed[words[1]]) - keyed[words[0]] / np.linalg.norm(keyed[words[0]])
        total = total + keyed[words[2]] / np.linalg.norm(keyed[words[2]])
        if exclude:
            expected = keyed.most_similar(positive=[words[1], words[2]], negative=[words[0]], topn=7)
        else:
            expected = keyed.similar_by_vector(total, topn=7)
        assert [glove.index_to_key[row] for row in rows] == [word for word, _ in expected]
        np.testing.assert_allclose(scores, [score for _, score in expected], atol=1e-5)


def test_one_analogy_may_be_asked_with_plain_numbers(glove):
    rows = [glove.row(word) for word in ("man", "woman", "king")]
    assert glove.index_to_key[analogy(glove.vectors, *rows).rows[0]] == "queen"
    assert analogy(glove.vectors, *rows, count=3).scores.shape == (3,)


EYE = np.eye(4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cosine_similarity([1, 2], [1, 2, 3]), "y: got vectors of 3 numbers, allowed 2"),
        (lambda: cosine_similarity([], [1, 2]), r"x: got shape \[0\]"),
        (lambda: cosine_similarity([[[1]]], [1]), r"x: got shape \[1, 1, 1\]"),
        (lambda: cosine_similarity([0, 0], [1, 2]), "x: got length 0.0 in row 0"),
        (lambda: cosine_similarity([1, 2], [[1, 2], [0, 0]]), "y: got length 0.0 in row 1"),
        (lambda: cosine_similarity([1, np.nan], [1, 2]), "x: got length nan in row 0"),
        (lambda: nearest([1, np.inf, 0, 0], EYE), "queries: got length inf"),
        (lambda: nearest([1, 0], EYE), r"vectors: got shape \[4, 4\], allowed \[N, 2\]"),
        (lambda: nearest([1, 0, 0, 0], EYE[0]), r"vectors: got shape \[4\]"),
        (lambda: nearest([1, 0, 0, 0], EYE * [[1], [1], [0], [1]], 1), "vectors: got length 0.0 in row 2"),
        (lambda: nearest([1, 0, 0, 0], EYE, 5), "count: got 5, allowed 1 to 4"),
        (lambda: nearest([1, 0, 0, 0], EYE, 0), "count: got 0, allowed 1 to 4"),
        (lambda: nearest([1, 0, 0, 0], EYE, 4, [2]), "count: got 4, allowed 1 to 3"),
        (lambda: nearest([1, 0, 0, 0], EYE, 1, [4]), "excluded: got row 4, allowed 0 to 3"),
        (lambda: nearest([1, 0, 0, 0], EYE, 1, [0.5]), "excluded: got float64, allowed whole numbers"),
        (lambda: nearest(EYE[:3], EYE, 1, [[0], [1]]), r"excluded: got shape \[2, 1\], allowed \[E\] or \[3, E\]"),
        (lambda: analogy(EYE, 0, 1, -1), "a, b, c: got row -1, allowed 0 to 3"),
        (lambda: analogy(EYE, 0, 1, 2, count=2), "count: got 2, allowed 1 to 1"),
        (lambda: analogy(EYE, 0.0, 1, 2), "a, b, c: got float64, allowed whole numbers"),
    ],
)
def test_bad_input_is_refused_with_the_rule(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
