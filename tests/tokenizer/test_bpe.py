"""Merging one piece: right by definition, and never in quadratic time."""

import random
from itertools import pairwise

import pytest
from effort import examples, in_proportion, within
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from lessons_lib.tokenizer.encoding import bpe


@st.composite
def vocabularies(draw):
    """Merges over a small alphabet: tokens, pairs in order of rank, and the id that each makes."""
    tokens, order = list("abc"), []
    for _ in range(draw(st.integers(1, 12))):
        pair = (draw(st.integers(0, len(tokens) - 1)), draw(st.integers(0, len(tokens) - 1)))
        joined = tokens[pair[0]] + tokens[pair[1]]
        if joined not in tokens and len(joined) < 12:
            tokens.append(joined)
            order.append(pair)
    order = draw(st.permutations(order))  # a pair may even rank before the merges that make its parts
    return (
        tokens,
        {pair: rank for rank, pair in enumerate(order)},
        [tokens.index(tokens[a] + tokens[b]) for a, b in order],
    )


def reference(tokens, ranks, text):
    names = {token: i for i, token in enumerate(tokens)}
    merges = [(tokens[a], tokens[b]) for a, b in sorted(ranks, key=ranks.get)]
    return Tokenizer(models.BPE(names, merges)).encode(text).ids


@given(vocabulary=vocabularies(), text=st.text("abc", max_size=90))
@settings(max_examples=examples(500))
def test_merging_equals_the_reference(vocabulary, text):
    tokens, ranks, results = vocabulary
    ids = [tokens.index(c) for c in text]
    theirs = reference(tokens, ranks, text)
    assert bpe._merge_short(list(ids), ranks, results) == theirs
    assert bpe._merge_long(list(ids), ranks, results) == theirs
    assert bpe.merge(ids, ranks, results) == theirs


def test_the_given_ids_are_left_alone():
    ids = [0, 1, 0]
    assert bpe.merge(ids, {(0, 1): 0}, [2]) == [2, 0]
    assert ids == [0, 1, 0]


def merge_in_order_of_text(ids, ranks, results):
    """Wrong: joins the first pair that can be joined, not the one of lowest rank."""
    while pairs := [i for i, pair in enumerate(pairwise(ids)) if pair in ranks]:
        i = pairs[0]
        ids = [*ids[:i], results[ranks[ids[i], ids[i + 1]]], *ids[i + 2 :]]
    return ids


def test_merging_in_order_of_text_is_told_apart():
    ranks, results = {(1, 2): 0, (0, 1): 1}, [3, 4]
    assert bpe.merge([0, 1, 2], ranks, results) == [0, 3]
    assert merge_in_order_of_text([0, 1, 2], ranks, results) == [4, 2]


LONG = {
    "letters": lambda n: "a" * n,
    "spaces": lambda n: " " * n,
    "words": lambda n: ("thequickbrownfox" * n)[:n],
    "random bytes": lambda n: random.Random(0).randbytes(n),
}


@pytest.mark.parametrize("kind", LONG)
def test_one_giant_piece_is_not_quadratic(kind, tokenizer):
    short, long = LONG[kind](250_000), LONG[kind](1_000_000)
    encode = tokenizer.encode_bytes if isinstance(long, bytes) else tokenizer.encode
    within(5, lambda: encode(long))
    # 2.6 a doubling; two doublings, so that one slow moment weighs less.
    in_proportion(lambda: encode(short), lambda: encode(long), 2.6**2)


@pytest.mark.parametrize("kind", LONG)
def test_giant_pieces_equal_the_reference(kind, tokenizer, oracle):
    text = LONG[kind](3000)
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    assert tokenizer.encode(text) == oracle.encode(text).ids
