"""Masks beside brute force, which asks for each token alone whether a text may go on with it."""

import gc
import json
import re
import weakref
from pathlib import Path

import numpy as np
import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.generation.constraint import choice, regex
from lessons_lib.generation.constraint.derivative import derivative
from lessons_lib.generation.constraint.expression import NOTHING, changed
from lessons_lib.generation.constraint.masks import MOST_MASKS, START, Masks
from lessons_lib.generation.constraint.vocabulary import Vocabulary
from lessons_lib.tokenizer import ByteLevel, Tokenizer

SMALL = [b"a", b"b", b"c", b"ab", b"abc", b"bc", b"ca", b"abab", b"", None, b"ab", b"\xc3", b"\xa9", "é".encode(), b"z"]
END = 3  # the token "ab", which is another time an end
PATTERNS = ["(ab)*", "a*b", "[ab]{2,5}", "(abc|ca)+", "é|a", "a?(b|c){1,}", "[^z]*", "ab", "z?a"]


def brute_force(expression, tokens, ends):
    found = np.zeros(len(tokens), bool)
    for i, token in enumerate(tokens):
        left = expression
        for value in token or ():
            left = derivative(left, value)
        found[i] = bool(token) and left is not NOTHING
    found[list(ends)] = expression.nullable
    return found


def letters(tokens, ends):
    """The bytes that have a token of their own, as a set."""
    return sum({1 << t[0] for i, t in enumerate(tokens) if t is not None and len(t) == 1 and i not in ends})


def check_all_states(pattern, tokens, ends, size=None):
    """Follow every allowed token from the start, and compare each mask on the way."""
    size = len(tokens) if size is None else size
    masks = Masks(regex(pattern).expression, Vocabulary(tokens), ends, size)
    usable = letters(tokens[:size], ends)
    first = changed(regex(pattern).expression, lambda values: values & usable)
    todo, seen = [(START, first)], {START}
    while todo and len(seen) < 200:
        state, expression = todo.pop()
        expected = brute_force(expression, [*tokens, *[None] * (size - len(tokens))][:size], ends)
        assert np.array_equal(masks.mask(state), expected), (pattern, state)
        assert masks.mask(state).any() or masks.must_end(state)  # no dead end
        assert masks.may_end(state) == expression.nullable
        for i in np.flatnonzero(expected):
            if i in ends:
                continue
            left = expression
            for value in tokens[i]:
                left = derivative(left, value)
            after = masks.after(state, int(i))
            if after not in seen:
                seen.add(after)
                todo.append((after, left))


@pytest.mark.parametrize("ends", [(), (END,), (9,)])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_masks_are_those_of_brute_force_in_every_state(pattern, ends):
    check_all_states(pattern, SMALL, frozenset(ends))


@given(st.lists(st.binary(min_size=1, max_size=4), max_size=30), st.sampled_from(PATTERNS), st.integers(0, 12))
@settings(max_examples=examples(150), deadline=None)
def test_masks_of_random_vocabularies(tokens, pattern, more):
    tokens = [*tokens, *(bytes([value]) for value in range(256))]
    check_all_states(pattern, tokens, frozenset({7}), len(tokens) + more)


def test_a_model_with_fewer_ids_than_the_tokenizer():
    check_all_states("[ab]+", SMALL, frozenset(), 4)


def test_the_tree_of_a_real_vocabulary(tokenizer):
    vocabulary = Vocabulary.of(tokenizer)
    assert Vocabulary.of(tokenizer) is vocabulary
    assert sorted(vocabulary.ids) == [i for i, token in enumerate(tokenizer.encoder.tokens) if token]
    masks = Masks(regex(r"\{\"name\": \"[a-zé ]{1,12}\"\}").expression, vocabulary, {2}, tokenizer.vocab_size)
    state = START
    for token in tokenizer.encode('{"name": "ada é"}'):
        assert np.flatnonzero(masks.mask(state)).max() < tokenizer.vocab_size
        assert masks.mask(state)[token]
        assert not masks.mask(state)[list(tokenizer.special_tokens.values())].any()
        state = masks.after(state, token)
    assert masks.must_end(state) and list(np.flatnonzero(masks.mask(state))) == [2]


@pytest.fixture(scope="module")
def tokenizer():
    from lessons_lib.tokenizer import load_tokenizer

    return load_tokenizer("smollm2")


def test_special_tokens_never_even_where_their_names_fit():
    tokens = [bytes([value]) for value in range(256)]
    tokenizer = Tokenizer(ByteLevel(tokens, [], split="gpt2"), special_tokens={"<|end|>": 256}, eos_token_ids=[256])
    masks = Masks(regex(".*").expression, Vocabulary.of(tokenizer), {256}, 257)
    assert masks.mask(START)[256]  # it may end here
    masks = Masks(regex(".+").expression, Vocabulary.of(tokenizer), {256}, 257)
    assert not masks.mask(START)[256]
    masks = Masks(regex(".*").expression, Vocabulary.of(tokenizer), frozenset(), 257)
    assert not masks.mask(START)[256]


def test_a_byte_without_a_token_takes_out_the_texts_that_need_it():
    tokens = [b"a", b"b", b"xb"]
    masks = Masks(choice(["a", "ax"]).expression, Vocabulary(tokens), frozenset(), 3)
    assert list(masks.mask(START)) == [True, False, False] and masks.must_end(masks.after(START, 0))
    with pytest.raises(ValueError, match="no tokens of this tokenizer"):
        Masks(choice(["x", "ax"]).expression, Vocabulary(tokens), frozenset(), 3)
    with pytest.raises(ValueError, match="no tokens of this tokenizer"):
        Masks(choice(["a"]).expression, Vocabulary(tokens), {0}, 3)


@pytest.mark.parametrize("token", [1, 2, 8, 9])
def test_a_token_that_is_not_allowed_is_refused(token):
    masks = Masks(choice(["a"]).expression, Vocabulary(SMALL), frozenset(), len(SMALL))
    with pytest.raises(ValueError, match="does not allow"):
        masks.after(START, token)


def test_masks_are_kept_and_not_too_many_of_them():
    masks = Masks(regex(f"a{{{MOST_MASKS + 5}}}").expression, Vocabulary([b"a"]), frozenset(), 1)
    state = START
    for _ in range(MOST_MASKS + 5):
        assert masks.mask(state) is masks.mask(state)
        state = masks.after(state, 0)
    assert len(masks._kept) == MOST_MASKS


def test_a_tokenizer_may_go():
    tokenizer = Tokenizer(ByteLevel([bytes([value]) for value in range(256)], [], split="gpt2"))
    Vocabulary.of(tokenizer)
    left = weakref.ref(tokenizer)
    del tokenizer
    gc.collect()
    assert left() is None


RECORDED = json.loads((Path(__file__).parent / "llguidance.json").read_text())


@pytest.mark.parametrize("case", RECORDED["cases"], ids=lambda case: case["pattern"])
def test_masks_are_those_of_llguidance(case):
    tokens = [bytes.fromhex(token) for token in RECORDED["tokens"]]
    masks = Masks(regex(case["pattern"]).expression, Vocabulary([*tokens, None]), {len(tokens)}, len(tokens) + 1)
    assert re.fullmatch(case["pattern"], case["text"], re.ASCII)
    state = START
    for token, allowed in case["steps"]:
        ours = np.flatnonzero(masks.mask(state)).tolist()
        if len({tokens[i][0] for i in ours if i < len(tokens)}) == 1 and not masks.may_end(state):
            assert set(ours) >= set(allowed)  # where the next byte is certain, it asks for one way to cut the text
        else:
            assert ours == allowed
        state = masks.after(state, token) if token < len(tokens) else state
