"""Learning word vectors: one step against torch's gradient, the whole against gensim, and the same on any processor."""

import hashlib
import os
import random
import subprocess
import sys
import time

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from effort import examples
from gensim.models import Word2Vec
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.vectors import skip_gram, train_word2vec, word2vec

SIGMOID = skip_gram.sigmoid_table()


def two_worlds(sentences=600, seed=0):
    """Sentences about the sea or about the kitchen, with small words that occur in both."""
    chance = random.Random(seed)
    worlds = [["ship", "sail", "wave", "harbour", "anchor"], ["pan", "oven", "soup", "spoon", "salt"]]
    return [
        [word for _ in range(4) for word in (chance.choice(["the", "a", "of"]), chance.choice(worlds[number % 2]))]
        for number in range(sentences)
    ]


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.floats(0.01, 1))
@settings(max_examples=examples(50), derandomize=True, deadline=None)
def test_a_step_follows_torchs_gradient(seed, targets, rate):
    random_numbers = np.random.default_rng(seed)
    vectors, contexts = random_numbers.normal(size=(2, 9, 5)).astype(np.float32)  # [V, C] each
    word, chosen = 3, random_numbers.choice(9, targets, replace=False).astype(np.int32)
    v = torch.tensor(vectors, dtype=torch.float64, requires_grad=True)
    u = torch.tensor(contexts, dtype=torch.float64, requires_grad=True)
    signs = torch.tensor([1.0] + [-1.0] * (targets - 1), dtype=torch.float64)
    loss = -torch.nn.functional.logsigmoid(signs * (u[chosen.tolist()] @ v[word])).sum()
    loss.backward()
    skip_gram.train_pair(vectors, contexts, word, chosen, SIGMOID, np.float32(rate))
    # The table is off by at most 0.0003 in each sigmoid; a wrong sign or a missing factor is off by far more.
    np.testing.assert_allclose(vectors, (v - rate * v.grad).detach(), atol=2e-3)
    np.testing.assert_allclose(contexts, (u - rate * u.grad).detach(), atol=2e-3)
    assert (
        vectors[[row for row in range(9) if row != word]] == v.detach().float().numpy()[[0, 1, 2, 4, 5, 6, 7, 8]]
    ).all()


def test_the_sigmoid_table_equals_scipy():
    x = np.linspace(-skip_gram.REACH, skip_gram.REACH, len(SIGMOID))
    np.testing.assert_allclose(SIGMOID, scipy.special.expit(x), atol=1e-6)


def test_words_of_one_world_end_up_together():
    words = train_word2vec(two_worlds(), vector_size=12, window=3, epochs=10, sample=0, alpha=0.05)
    sea, kitchen = ["ship", "sail", "wave", "harbour", "anchor"], ["pan", "oven", "soup", "spoon", "salt"]
    for world in (sea, kitchen):
        for word in world:
            others = [near for near, _ in words.most_similar(word, topn=10) if near in {*sea, *kitchen}]
            assert set(others[:4]) == set(world) - {word}


def test_similarities_agree_with_gensims():
    text = two_worlds(900, seed=5)
    settings = {"vector_size": 12, "window": 3, "negative": 5, "epochs": 8, "min_count": 5, "seed": 3}
    ours = train_word2vec(text, **settings)
    theirs = Word2Vec(text, sg=1, workers=1, **settings).wv
    pairs = [(a, b) for a in ours.index_to_key for b in ours.index_to_key if a < b]
    agreement = scipy.stats.spearmanr(
        [ours.similarity(*pair) for pair in pairs], [theirs.similarity(*pair) for pair in pairs]
    )
    assert agreement.statistic > 0.8
    assert set(ours.index_to_key) == set(theirs.index_to_key)


def test_the_keep_table_is_gensims():
    frequencies = np.array([9000, 700, 40, 12])
    text = [[str(number)] * int(count) for number, count in enumerate(frequencies)]
    model = Word2Vec(sg=1, min_count=1, sample=1e-3)
    model.build_vocab(text)
    expected = [model.wv.get_vecattr(str(number), "sample_int") for number in range(4)]
    np.testing.assert_allclose(word2vec._keep_table(frequencies, 1e-3) / 2**32, np.array(expected) / 2**32, atol=1e-6)
    assert (word2vec._keep_table(frequencies, 0) == 1 << 32).all()


def test_the_noise_table_holds_each_word_as_often_as_gensims():
    frequencies = np.array([9000, 700, 40, 12])
    model = Word2Vec(sg=1, min_count=1, negative=5)
    model.build_vocab([[str(number)] * int(count) for number, count in enumerate(frequencies)])
    expected = np.diff(model.cum_table.astype(np.float64), prepend=0) / model.cum_table[-1]
    table = word2vec._noise_table(frequencies)
    np.testing.assert_allclose(np.bincount(table) / len(table), expected, atol=2e-6)
    assert len(table) & (len(table) - 1) == 0  # a power of two, which the draw relies on


def test_no_window_reaches_over_a_sentence_end_and_rare_words_are_dropped():
    words = ["near", "close", "far", "away"]
    apart = [words[:2], words[2:]] * 500
    learned = train_word2vec([*apart, ["rare"]], vector_size=6, window=5, sample=0, min_count=2)
    assert sorted(learned.index_to_key) == sorted(words)
    assert learned.most_similar("near", topn=3)[-1][1] < 0.5
    tokens = word2vec._encode([["a", "x", "b"], [], ["b"]], {"a": 0, "b": 1})
    assert tokens.tolist() == [0, 1, -1, -1, 1, -1]


def test_a_long_text_is_read_in_parts_that_end_with_sentences(monkeypatch):
    monkeypatch.setattr(word2vec, "PART", 6)
    tokens = np.array([1, 2, -1, 3, -1, 4, 5, -1, *range(8), -1])
    parts = [part.tolist() for part in word2vec._parts(tokens)]
    assert parts == [[1, 2, -1, 3, -1], [4, 5, -1], [0, 1, 2, 3, 4, 5], [6, 7, -1]]


PROGRAM = """
import hashlib, random
from lessons_lib.vectors import train_word2vec
chance = random.Random(1)
text = [[chance.choice("abcdefgh") * 2 for _ in range(9)] for _ in range(400)]
words = train_word2vec(text, vector_size=11, epochs=2, seed={seed})
print(hashlib.sha256(words.vectors.tobytes() + "".join(words.index_to_key).encode()).hexdigest())
"""


def digest(seed, **environment):
    command = [sys.executable, "-c", PROGRAM.format(seed=seed)]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True).stdout


def test_a_seed_gives_the_same_bits_on_another_processor_and_another_seed_others():
    here = digest(7)
    assert here == digest(7, NUMBA_CPU_NAME="nehalem", NPY_DISABLE_CPU_FEATURES="AVX2", PYTHONHASHSEED="5")
    assert here != digest(8)
    assert len(here.strip()) == len(hashlib.sha256().hexdigest())


def test_one_list_of_words_is_one_sentence():
    flat = [word for sentence in two_worlds(60) for word in sentence]
    one, same = train_word2vec(flat, vector_size=4), train_word2vec([flat], vector_size=4)
    np.testing.assert_array_equal(one.vectors, same.vectors)
    assert one.index_to_key == same.index_to_key and one.vectors.dtype == np.float32


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"vector_size": 0}, "vector_size: got 0, allowed 1 or more"),
        ({"window": 0}, "window: got 0, allowed 1 or more"),
        ({"negative": 0}, "negative: got 0"),
        ({"epochs": 0}, "epochs: got 0"),
        ({"min_count": 0}, "min_count: got 0, allowed 1 or more"),
        ({"min_count": 10**6}, "it leaves 0"),
        ({"alpha": 0.01, "min_alpha": 0.02}, "min_alpha, alpha, sample: got 0.02, 0.01"),
        ({"sample": -1}, "min_alpha, alpha, sample: got"),
        ({"sentences": "the whole text"}, "sentences: got the text 'the whole text', allowed lists of words"),
        ({"sentences": [["a"], "a sentence"]}, "sentences: got the text 'a sentence'"),
        ({"sentences": []}, "it leaves 0"),
    ],
)
def test_bad_settings_are_refused_with_the_rule(arguments, words):
    with pytest.raises(ValueError, match=words):
        train_word2vec(**({"sentences": two_worlds(60)} | arguments))


@pytest.mark.parametrize(("progress", "shown"), [(True, "word2vec: 100%"), (False, "")])
def test_training_of_more_than_two_seconds_shows_its_progress(capsys, monkeypatch, progress, shown):
    train = skip_gram.train

    def slow(*arguments):
        time.sleep(2.1)
        train(*arguments)

    monkeypatch.setattr(skip_gram, "train", slow)
    train_word2vec(two_worlds(60), vector_size=4, epochs=1, progress=progress)
    written = capsys.readouterr().err
    assert shown in written and bool(written) == progress
