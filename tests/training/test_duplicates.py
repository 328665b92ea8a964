"""Near-duplicates against exact comparison of all pairs, and MinHash against its own theory."""

import itertools
import random

import numpy as np
import pytest
from effort import within
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.duplicates import by_datasketch
from lessons_lib.corpora import conversations
from lessons_lib.training.data import MinHash, candidate_chance, jaccard, near_duplicates, shingles

WORDS = [f"w{number}" for number in range(400)]


def edited(text, chance, share):
    return " ".join(chance.choice(WORDS) if chance.random() < share else word for word in text.split())


def corpus(seed=0, texts=60):
    chance = random.Random(seed)
    made = [" ".join(chance.choices(WORDS, k=chance.randint(30, 60))) for _ in range(texts // 3)]
    return [edited(chance.choice(made), chance, chance.choice((0, 0.02, 0.05, 0.2))) for _ in range(texts)]


def brute_force(texts, threshold, length=3):
    """Groups by comparing every pair of Python sets."""
    rows = map(str.split, texts)
    runs = [{tuple(row[i : i + length]) for i in range(max(1, len(row) - length + 1))} for row in rows]
    group = list(range(len(texts)))
    for a, b in itertools.combinations(range(len(texts)), 2):
        if len(runs[a] & runs[b]) / len(runs[a] | runs[b]) >= threshold and group[a] != group[b]:
            low, high = sorted((group[a], group[b]))
            group = [low if each == high else each for each in group]
    return group


@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.9, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_groups_are_those_of_comparing_all_pairs(threshold, seed):
    texts = corpus(seed)
    found = near_duplicates(texts, threshold, bands=64, rows=2)  # misses one pair of a likeness of 0.5 in 10^8
    assert found == brute_force(texts, threshold)
    assert 1 < len(set(found)) < len(texts)


def test_real_conversations_fall_into_the_groups_of_datasketch():
    texts = [conversation.text for conversation in conversations()][:1200]
    found = near_duplicates(texts, 0.7, bands=64, rows=2)
    assert found == by_datasketch(texts, 0.7, bands=64, rows=2)
    assert len(set(found)) < len(set(texts)) < len(texts)  # some are copies, and some nearly


def test_candidates_are_compared_exactly():
    texts = corpus(1, texts=90)
    for bands, rows in ((64, 1), (32, 4), (8, 16)):
        exact = [shingles(text) for text in texts]
        for place, first in enumerate(near_duplicates(texts, 0.7, bands=bands, rows=rows)):
            others = [numbers for other, numbers in enumerate(exact) if other != place]
            assert first == place or any(jaccard(exact[place], other) >= 0.7 for other in others)


def test_shingles_are_runs_of_words_whatever_their_capitals_and_signs():
    assert np.array_equal(shingles("The cat, the DOG!"), shingles("the cat the dog"))
    assert not np.array_equal(shingles("the dog the cat"), shingles("the cat the dog"))
    assert len(shingles("a b c d a b c", 3)) == 4
    assert len(shingles("a b", 3)) == len(shingles("", 3)) == 1
    assert jaccard(shingles("a b", 3), shingles("a b c", 3)) == 0


@given(st.sets(st.integers(0, 30), min_size=1), st.sets(st.integers(0, 30), min_size=1))
def test_jaccard_is_that_of_sets(a, b):
    found = jaccard(*(np.array(sorted(each), np.uint64) for each in (a, b)))
    assert found == pytest.approx(len(a & b) / len(a | b))


def test_signatures_estimate_the_likeness_as_well_as_chance_allows():
    count, chance, errors = 128, random.Random(5), []
    minhash = MinHash(count, seed=2)
    for _ in range(300):
        a = set(chance.sample(range(10**6), 80))
        b = set(chance.sample(sorted(a), chance.randint(5, 75))) | set(chance.sample(range(10**6, 10**7), 20))
        one, other = (np.array(sorted(each), np.uint64) for each in (a, b))
        exact = jaccard(one, other)
        estimate = (minhash.signature(one) == minhash.signature(other)).mean()
        errors.append((estimate - exact) / (exact * (1 - exact) / count) ** 0.5)
    assert abs(np.mean(errors)) < 0.2 and 0.85 < np.std(errors) < 1.15


def test_the_chance_to_be_a_candidate_is_that_of_the_book():
    likeness = [s / 10 for s in range(2, 9)]  # the table of "Mining of Massive Datasets", section 3.4.2
    table = [0.006, 0.047, 0.186, 0.470, 0.802, 0.975, 0.9996]
    assert [candidate_chance(s, bands=20, rows=5) for s in likeness] == pytest.approx(table, abs=6e-4)


@pytest.mark.parametrize(("bands", "rows"), [(8, 2), (16, 4)])
def test_pairs_become_candidates_as_often_as_the_curve_says(bands, rows):
    numbers = np.random.default_rng(0).integers(0, 2**64, 80, dtype=np.uint64)
    a, b = np.sort(numbers[:60]), np.sort(numbers[20:])  # 40 shared of 80
    met = 0
    for seed in range(400):
        minhash = MinHash(bands * rows, seed)
        one, other = (minhash.signature(each).reshape(bands, rows) for each in (a, b))
        met += (one == other).all(1).any()
    expected = candidate_chance(jaccard(a, b), bands, rows)
    assert abs(met / 400 - expected) < 4 * (expected * (1 - expected) / 400) ** 0.5


@pytest.mark.parametrize("texts", [[], [""], ["", ""], ["\ud800", "\ud800 x", "a\0b"], ["word"] * 3])
def test_odd_texts(texts):
    found = near_duplicates(texts)
    assert len(found) == len(texts) and all(first <= place for place, first in enumerate(found))


def test_a_thousand_copies_and_a_long_line_take_no_longer_than_they_must():
    copies = ["The same page of a forum, word for word, again and again."] * 5000
    page = "The same long page of a forum, word for word, again and again until somebody wrote"
    nearly = [f"{page} {number}" for number in range(1000)]
    found = within(8, lambda: near_duplicates([*copies, *nearly, "word " * 200_000]))
    assert set(found[:5000]) == {0} and set(found[5000:6000]) == {5000} and found[-1] == 6000


@pytest.mark.parametrize("threshold", [-0.1, 1.5, "high", None])
def test_a_threshold_out_of_range_is_named(threshold):
    with pytest.raises(ValueError, match=r"threshold: got .*, allowed 0 to 1"):
        near_duplicates(["a"], threshold)
