"""A text encoded as it comes, in chunks of any size, has the ids of the whole, and little of it is held."""

import random
import tracemalloc
import unicodedata
from functools import cache

import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.corpora import shakespeare
from lessons_lib.tokenizer import train_bpe
from lessons_lib.tokenizer.encoding import borders
from lessons_lib.tokenizer.encoding.split import SPLITS

NAMES = ["gpt2", "cl100k", "o200k", "llama3", "qwen3", "smollm2", "tekken", "mistral-v1"]
UNITS = ["a", "The", " sun", "  ", "\n", "\r\n", "1", "123", "'s", "'", "é", "e\u0301", "\u0958", "\u0340", "\u212b",
         "\u1fef", "각", "\u1100\u1161", "日本", "🙂", "▁", "<s>", "<|endoftext|>", "<|im_end|>", "<|", "!", "don't",
         "\0", "½", "\u037e"]  # fmt: skip


@pytest.fixture
def small_parts(monkeypatch):
    """Parts of a few characters, so that texts are cut wherever they can be."""

    def of(size):
        monkeypatch.setattr(borders.cut, "__defaults__", ((), size))

    return of


def chunks(text, size):
    return (text[start : start + size] for start in range(0, len(text), size))


@pytest.mark.parametrize("allow_special", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_ids_are_those_of_the_whole(name, allow_special, published, small_parts):
    tokenizer, chance = published(name), random.Random(name)
    for n in range(250):
        text = "".join(chance.choices(UNITS, k=chance.randrange(1, 25)))
        wanted = tokenizer.encode(text, allow_special=allow_special)
        small_parts(1 + n % 13)
        given_chunks = chunks(text, chance.randrange(1, 9))
        assert list(tokenizer.encode_iterable(given_chunks, allow_special=allow_special)) == wanted, text


@pytest.mark.parametrize("name", ["smollm2", "qwen3", "mistral-v1"])
def test_ids_of_real_texts_are_those_of_the_whole(name, published, strings, small_parts):
    tokenizer = published(name)
    for n, text in enumerate(strings[-400:]):
        small_parts(1 + n % 40)
        assert list(tokenizer.encode_iterable(chunks(text, 1 + n % 7))) == tokenizer.encode(text)


@pytest.mark.parametrize("split", SPLITS)
@given(parts=st.lists(st.sampled_from(UNITS), max_size=25), size=st.integers(1, 9))
@settings(max_examples=examples(40))
def test_every_split_may_be_cut_there(split, parts, size):
    tokenizer = trained(split)
    text = "".join(parts)
    ids = []
    for part in borders.cut(parts, tokenizer.encoder.border, size=size):
        ids += tokenizer.encode(part)
    assert ids == tokenizer.encode(text)


@cache
def trained(split):
    return train_bpe(shakespeare()[:20_000], 400, split)


def test_no_character_behind_a_border_changes_its_kind_when_composed():
    changed = [c for c in map(chr, range(0x110000)) if not unicodedata.is_normalized("NFC", c)]
    assert len(changed) > 1000
    for c in changed:
        if borders.word_border(f"a{c}", 0, 2):
            assert borders.word_border(unicodedata.normalize("NFC", f"a{c}"), 0, 9) == 1


def test_patterns_of_ones_own_hold_the_text_whole(small_parts):
    small_parts(3)
    tokenizer = train_bpe("the sun is shining\n" * 9, 300, r"[^\n]+|\n")
    text = "the sun is shining, and the sky is blue\n" * 3
    assert list(tokenizer.encode_iterable(chunks(text, 5))) == tokenizer.encode(text)


@pytest.mark.parametrize("name", ["smollm2", "mistral-v1"])
def test_little_is_held(name, published):
    tokenizer, line = published(name), "All that glitters is not gold; often have you heard that told.\n"
    list(tokenizer.encode_iterable([line] * 5_000))
    tracemalloc.start()
    count = sum(1 for _ in tokenizer.encode_iterable(line for _ in range(40_000)))  # 3 MB
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == pytest.approx(40 * len(tokenizer.encode(line * 1000)), rel=0.01)
    assert peak < 12_000_000  # the ids alone, as a list, would take more


def test_ids_come_before_the_text_ends(published):
    def endless():
        while True:
            yield "the sun is shining "

    ids = published("gpt2").encode_iterable(endless())
    assert [next(ids) for _ in range(4)] == published("gpt2").encode("the sun is shining")


@pytest.mark.parametrize(
    ("given_chunks", "message"),
    [
        ("one text", "chunks: got 'one text'"),
        (3, "chunks: got 3"),
        ([b"bytes"], r"chunks\[0\]: got b'bytes', allowed a str"),
        (["a", None], r"chunks\[1\]: got None, allowed a str"),
        (["a", "\ud800"], "text: got the lone surrogate"),
    ],
)
def test_what_is_no_text_is_named(given_chunks, message, published):
    with pytest.raises(ValueError, match=f"^{message}"):
        list(published("gpt2").encode_iterable(given_chunks))


def test_nothing_gives_nothing(published):
    for given_chunks in ([], [""], iter(["", ""])):
        assert list(published("gpt2").encode_iterable(given_chunks)) == []
