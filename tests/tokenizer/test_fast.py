"""The compiled code gives the ids of the plain code, whatever the vocabulary, and never takes quadratic time."""

import random
import subprocess
import sys

import numpy as np
import pytest
from effort import examples, in_proportion, within
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from lessons_lib.tokenizer import ByteLevel
from lessons_lib.tokenizer.encoding import byte_level
from lessons_lib.tokenizer.encoding.compiled import warm_up
from lessons_lib.tokenizer.encoding.tables import NEVER, Merges, packed, pair_table, rank_of

BYTES = [bytes([byte]) for byte in range(256)]
LONG = {
    "one letter": lambda n: "a" * n,
    "spaces": lambda n: " " * n,
    "letters": lambda n: "".join(random.Random(0).choices("abcdefghijklmnopqrstuvwxyz", k=n)),
    "words": lambda n: ("thequickbrownfox" * n)[:n],
}


@st.composite
def encoders(draw):
    """An encoder over a, b and c, by merges in any order or by ids, that may lack a byte."""
    tokens, merges = [b"a", b"b", b"c"], []
    for _ in range(draw(st.integers(1, 14))):
        left, right = draw(st.integers(0, len(tokens) - 1)), draw(st.integers(0, len(tokens) - 1))
        if (joined := tokens[left] + tokens[right]) not in tokens and len(joined) < 40:
            merges.append(((left, right), len(tokens)))
            tokens.append(joined)
    by_ids = draw(st.booleans())
    return ByteLevel(
        [None, *tokens] if by_ids else tokens,
        None if by_ids else draw(st.permutations(merges)),
        split="gpt2",
        whole_pieces=draw(st.booleans()),
        strict=False,
    )


@given(encoder=encoders(), text=st.text("abcd ", max_size=200))
@settings(max_examples=examples(400), derandomize=True, deadline=None)
def test_the_plain_and_the_compiled_code_agree(encoder, text):
    compiled = encoder._compiled
    assert compiled.encode(text) == encoder._encode_plainly(text)
    assert compiled.encode_bytes(text.encode()) == list(encoder._pieces.merged(text.encode()))


def test_the_largest_ids_and_ranks_have_room():
    most = byte_level.MOST_TOKENS - 1
    pairs = {(most, most): byte_level.MOST_MERGES - 1, (most, 0): 0, (0, most): 7, (1 << 19, 3): 5}
    slots = pair_table(np.array([packed(*pair, rank) for pair, rank in pairs.items()]))
    merges = Merges(np.empty(0, np.int32), slots, np.empty(0, np.int32))
    assert {pair: rank_of(merges, *pair) for pair in pairs} == pairs
    assert rank_of(merges, most, 1) == NEVER


def test_merging_by_merges_equals_the_reference():
    tokens = [*"abc", "ab", "abc", "ca", "caab", "bc"]
    order = [("ca", "ab"), ("b", "c"), ("a", "b"), ("c", "a"), ("ab", "c")]
    reference = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, order))
    index = tokens.index
    merges = [((index(a), index(b)), index(a + b)) for a, b in order]
    compiled = ByteLevel([token.encode() for token in tokens], merges, split="gpt2")._compiled
    for n in range(300):
        text = "".join(random.Random(n).choices("abc", k=n))
        assert compiled.encode_bytes(text.encode()) == reference.encode(text).ids


def test_by_ids_any_pair_may_join_but_by_merges_only_those_listed():
    tokens = [*BYTES, b"ab", b"bc", b"abc"]
    listed = ByteLevel(tokens, [((97, 98), 256), ((98, 99), 257), ((97, 257), 258)], split="gpt2")
    ranked = ByteLevel(tokens, split="gpt2")
    for encode in (listed.encode, listed._compiled.encode):
        assert encode("abc") == [256, 99]
    for encode in (ranked.encode, ranked._compiled.encode):
        assert encode("abc") == [258]


def test_long_text_takes_the_compiled_code(monkeypatch):
    encoder = ByteLevel(BYTES, split="gpt2")
    monkeypatch.setattr(byte_level, "_LONG", 10)
    monkeypatch.setattr(encoder, "_encode_plainly", lambda text: ["plain"])
    assert encoder.encode("a" * 9) == ["plain"]
    assert encoder.encode("a" * 10) == [97] * 10
    assert encoder.encode_bytes(b"b" * 10) == [98] * 10


def test_long_text_is_composed_too(monkeypatch):
    monkeypatch.setattr(byte_level, "_LONG", 10)
    encoder = ByteLevel(BYTES, split="gpt2", nfc=True)
    assert bytes(encoder.encode("e\u0301" * 20)).decode() == "é" * 20


@pytest.mark.parametrize("size", [3, 30_000])
def test_errors_are_those_of_the_plain_code(size):
    lacking = ByteLevel([*BYTES[:255], None], [], split="gpt2")
    compiled = lacking._compiled
    for encode in (compiled.encode_bytes, lacking.encode_bytes):
        with pytest.raises(ValueError, match="text: got byte 0xFF, allowed the bytes that have a token; strict=False"):
            encode(b"a" * size + b"\xff")
    for encode in (compiled.encode, lacking._encode_plainly):
        with pytest.raises(ValueError, match=rf"got the lone surrogate '\\ud800' at {size}, allowed Unicode text"):
            encode("a" * size + "\ud800")


def test_nothing_gives_nothing():
    compiled = ByteLevel(BYTES, split="gpt2", whole_pieces=True)._compiled
    assert compiled.encode("") == compiled.encode_bytes(b"") == []


@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("name", ["llama3", "gpt2"])
def test_giant_pieces_take_linear_time(kind, name, published):
    encoder = published(name).encoder
    short, long = LONG[kind](500_000), LONG[kind](1_000_000)
    ids = within(5, lambda: encoder.encode(long))
    assert b"".join(encoder.tokens[i] for i in ids) == long.encode()
    in_proportion(lambda: encoder.encode(short), lambda: encoder.encode(long), 2.6)


def test_giant_random_bytes_take_linear_time(published):
    encoder = published("llama3").encoder
    short, long = (random.Random(size).randbytes(size) for size in (500_000, 1_000_000))
    assert b"".join(encoder.tokens[i] for i in within(5, lambda: encoder.encode_bytes(long))) == long
    in_proportion(lambda: encoder.encode_bytes(short), lambda: encoder.encode_bytes(long), 2.6)


@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("name", ["llama3", "gpt2", "smollm2"])
def test_long_pieces_equal_the_oracle(kind, name, published, oracle_ids):
    text = LONG[kind](3000)
    [theirs] = oracle_ids(name, [text])
    assert published(name).encoder._compiled.encode(text) == theirs


def test_warming_up_leaves_nothing_to_compile():
    warm_up()
    within(0.5, lambda: ByteLevel([*BYTES, b"th"], split="gpt4")._compiled.encode("the " * 100))


def test_importing_the_tokenizer_loads_no_compiler():
    script = "import sys, lessons_lib.tokenizer; sys.exit(bool({'numba', 'torch'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
