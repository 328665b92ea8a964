"""BM25 against bm25s: the same scores, and so the same ranks."""

import bm25s
import numpy as np
import pytest
from effort import examples, within
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.apps.retrieval import BM25, fuse, terms
from lessons_lib.corpora import conversations

QUESTIONS = [
    "What is the meaning of life?",
    "Do you like the books of Asimov",
    "computer",
    "the the the",
    "zzz unknown",
]


def reference(texts, k1=1.5, b=0.75):
    """bm25s on the same words, in the form of Lucene."""
    made = bm25s.BM25(k1=k1, b=b, method="lucene", dtype="float64")
    made.index([terms(text) for text in texts], show_progress=False)
    return made


def named(texts):
    return [(str(row), text) for row, text in enumerate(texts)]


@pytest.mark.parametrize(("k1", "b"), [(1.5, 0.75), (1.2, 0.75), (0.9, 0.4), (2.0, 1.0), (1.5, 0.0)])
def test_scores_and_ranks_are_those_of_bm25s(k1, b):
    texts = list(dict.fromkeys(conversation.text for conversation in conversations()))
    ours, theirs = BM25(named(texts), k1, b), reference(texts, k1, b)
    for question in QUESTIONS:
        scores = theirs.get_scores(terms(question))
        assert np.abs(ours.scores(question) - scores).max() < 1e-9
        order = sorted(range(len(texts)), key=lambda row: (-round(scores[row], 9), row))[:20]
        found = (
            BM25(named(texts), k1, b).search(question, 20) if question == QUESTIONS[0] else ours.search(question, 20)
        )
        best = [row for row in order if scores[row] > 0]
        assert [round(hit.score, 9) for hit in found] == [round(scores[row], 9) for row in best]
        clear = [row for row in best if np.isclose(scores, scores[row], rtol=0, atol=1e-9).sum() == 1]
        assert [hit.id for hit in found if int(hit.id) in clear] == [str(row) for row in clear]


WORDS = ["cat", "sofa", "bank", "rain", "Cat!", "tin-roof", "猫"]


@given(
    st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), min_size=1, max_size=8).filter(
        lambda texts: any(map(terms, texts))
    ),
    st.lists(st.sampled_from([*WORDS, "unknown"]), max_size=5).map(" ".join),
)
@settings(max_examples=examples(300))
def test_small_collections_score_as_in_bm25s(texts, question):
    scores = BM25(named(texts)).scores(question)
    known = [word for word in terms(question) if word in {w for text in texts for w in terms(text)}]
    expected = reference(texts).get_scores(known) if known else np.zeros(len(texts))
    assert np.abs(scores - expected).max() < 1e-9


def test_by_hand():
    bm25 = BM25([("a", "cat cat dog"), ("b", "dog")])
    idf = np.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    assert bm25.scores("cat")[0] == pytest.approx(idf * 2 / (2 + 1.5 * (1 - 0.75 + 0.75 * 3 / 2)))
    assert [hit.id for hit in bm25.search("dog")] == ["b", "a"]


def test_nothing_finds_nothing():
    assert BM25([]).search("cat") == [] and BM25([]).scores("cat").shape == (0,)
    assert BM25([("a", ""), ("b", "  ")]).search("cat") == []
    assert BM25([("a", "cat")]).search("") == [] == BM25([("a", "cat")]).search("!?")


def test_giants_are_no_trouble():
    bm25 = BM25([("a", "x" * 3_000_000), ("b", "cat " * 300_000), ("c", "cat")])
    assert [hit.id for hit in within(2, lambda: bm25.search("cat " * 100_000))] == ["b", "c"]


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="passages: got the id 'a' more than once"):
        BM25([("a", "x"), ("a", "y")])
    with pytest.raises(ValueError, match=r"passages\[1\]: got 'text', allowed \(id, text\)"):
        BM25([("a", "x"), "text"])
    with pytest.raises(ValueError, match="question: got None"):
        BM25([("a", "x")]).scores(None)
    with pytest.raises(ValueError, match="b: got 2, allowed 0 to 1"):
        BM25([], b=2)


# Fusion


def test_fusion_by_hand():
    assert fuse([["a", "b"], ["b"]], k=1) == [("b", 1 / 3 + 1 / 2), ("a", 1 / 2)]
    assert fuse([["a", "b"], ["b", "a"]])[0][0] == "a"  # equal sums: who was met first
    assert [name for name, _ in fuse([["a"], ["b"]], weights=[1, 2])] == ["b", "a"]
    assert fuse([]) == [] == fuse([[], []])


@given(st.permutations(list("abcdef")), st.integers(1, 6))
def test_rankings_that_agree_are_kept(ranking, times):
    assert [name for name, _ in fuse([ranking] * times)] == ranking


def test_mistakes_in_rankings_are_named():
    with pytest.raises(ValueError, match=r"rankings\[1\]: .* each once"):
        fuse([["a"], ["b", "b"]])
    with pytest.raises(ValueError, match="weights: got 1, allowed 2"):
        fuse([["a"], ["b"]], weights=[1])
    with pytest.raises(ValueError, match="k: got -1"):
        fuse([["a"]], k=-1)
