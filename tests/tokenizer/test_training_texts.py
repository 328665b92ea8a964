"""Many texts are trained on as each alone would be, whatever they hold; what is no text is named."""

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import rustbpe
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Peer

from lessons_lib.tokenizer import load_tokenizer, save_tokenizer, train_bpe
from lessons_lib.tokenizer.encoding.split import SPLITS, splitter
from lessons_lib.tokenizer.training import compiled_counting, counting, plain
from lessons_lib.tokenizer.training.source import blocks

# What a border between texts could be taken for, and what a text could end or start with.
UNITS = ["a", "ab", " ", "  ", "\n", "\r\n", "\0", "\x1e", "\uffff", "\ufeff", "\U0010ffff", "1", "12", "'s", "'", "é",
         "\u0301", "日本", "🙂", "ſ", "<|end|>", "<|", "!", "A", "\u2028", "\x85"]  # fmt: skip
many_texts = st.lists(st.lists(st.sampled_from(UNITS), max_size=5).map("".join), max_size=12)


def tokens_of(tokenizer):
    return [tokenizer.token_bytes(i) for i in range(tokenizer.vocab_size)]


@pytest.mark.parametrize("split", SPLITS)
@given(texts=many_texts)
@settings(max_examples=examples(60))
def test_gathered_texts_have_the_pieces_of_each_alone(split, texts):
    wanted = Counter(piece.encode() for text in texts for piece in splitter(split)(text))
    for count_pieces in (counting.count_pieces, compiled_counting.count_pieces):
        found = count_pieces(iter(texts), split)
        assert found == wanted
        assert list(found) == list(wanted)  # in the order in which they come, too


@given(texts=many_texts)
@settings(max_examples=examples(60))
def test_merges_are_those_of_the_plain_trainer_text_by_text(texts):
    counts = Counter(piece.encode() for text in texts for piece in splitter("gpt4")(text))
    merges = plain.learn_merges(counts, 30)
    if counts:
        tokens = [bytes([byte]) for byte in range(256)]
        for left, right in merges:
            tokens.append(tokens[left] + tokens[right])
        for source in (texts, iter(texts), (text for text in texts)):
            assert tokens_of(train_bpe(source, 256 + 30)) == tokens


def test_lines_give_the_tokens_of_rustbpe():
    chance = random.Random(0)
    texts = ["".join(chance.choices(UNITS, k=chance.randrange(9))) for _ in range(30_000)]
    peer = rustbpe.Tokenizer()
    peer.train_from_iterator(iter(texts), 700, pattern=SPLITS["llama3"][0])
    assert tokens_of(train_bpe(texts, 700, "llama3")) == [bytes(token) for token, _ in peer.get_mergeable_ranks()]


def test_blocks_of_many_sizes_meet_at_every_place(monkeypatch):
    texts = ["the cat", "", " sat", "on\n", "'s", "\0", "12", "3"] * 40
    wanted = counting.count_pieces(texts, "gpt4")
    for size in range(1, 60):
        monkeypatch.setattr(compiled_counting, "_GATHERED", size)
        assert compiled_counting.count_pieces(texts, "gpt4") == wanted


def test_the_table_of_pieces_grows_in_the_middle_of_a_gathered_block():
    texts = [f"{n} word{n} {'x' * (n % 50)}" for n in range(20_000)]
    assert compiled_counting.count_pieces(texts, "gpt4") == counting.count_pieces(texts, "gpt4")


def test_a_lone_surrogate_is_found_in_its_own_text():
    for texts in (["fine", "ab\ud800"], ["\ud83d", "\ude42"], ["a" * 200_000, "b", "xy\udfff"]):
        with pytest.raises(ValueError, match=r"text: got the lone surrogate .* at [02], allowed Unicode text"):
            train_bpe(texts, 300)


@given(texts=many_texts)
@settings(max_examples=examples(60))
def test_special_names_end_texts_in_gathered_ones(texts):
    alone = [part for text in texts for part in text.split("<|end|>")]
    assert list(blocks(texts, ["<|end|>"])) == list(filter(None, alone))


# What is no text


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("corpus.txt").write_text("low lower lowest", encoding="utf-8")
    Path("no ending").write_text("low lower lowest", encoding="utf-8")
    return Path("corpus.txt")


@pytest.mark.parametrize(
    ("source", "field"),
    [
        ("corpus.txt", "source"),
        ("no ending", "source"),
        ("./corpus.txt", "source"),
        ("missing.txt", "source"),
        ("data/missing.jsonl", "source"),
        (["corpus.txt", "corpus.txt"], r"source\[0\]"),
        (iter(["no ending"]), r"source\[0\]"),
    ],
)
def test_the_name_of_a_file_is_not_trained_on(corpus, source, field):
    with pytest.raises(ValueError, match=rf"^{field}: got '.*', the name of a file; allowed text, or pathlib\.Path"):
        train_bpe(source, 300)


def test_a_path_and_an_open_file_are_read(corpus):
    tokens = tokens_of(train_bpe("low lower lowest", 300))
    assert tokens_of(train_bpe(corpus, 300)) == tokens_of(train_bpe([corpus], 300)) == tokens
    with corpus.open(encoding="utf-8") as lines:
        assert tokens_of(train_bpe(lines, 300)) == tokens
    assert train_bpe("see corpus.txt", 300).vocab_size > 256  # a text that names a file


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"abc", "source: got bytes"),
        (bytearray(b"abc"), "source: got bytearray"),
        ({"text": "abc"}, "source: got dict"),
        (None, "source: got NoneType"),
        (7, "source: got int"),
        ([b"abc"], r"source\[0\]: got bytes"),
        (["abc", 3], r"source\[1\]: got int"),
        (["abc", ["def"]], r"source\[1\]: got list"),
        (["abc", {"text": "def"}], r"source\[1\]: got dict"),
        ((text for text in ["abc", "def", None]), r"source\[2\]: got NoneType"),
    ],
)
def test_what_is_neither_text_nor_path_is_named(source, message):
    with pytest.raises(ValueError, match=rf"^{message}, allowed texts \(str\) and files \(pathlib.Path\)"):
        train_bpe(source, 300)


# Special tokens that a file could not hold


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["b"], r"special_tokens\[0\]: got 'b', which files write for b'b', allowed another name"),
        (["<a>", "Ġ"], r"special_tokens\[1\]: got 'Ġ', which files write for b' '"),
        (["Ġthe"], r"special_tokens\[0\]: got 'Ġthe', which files write for b' the'"),
        (["Ċ"], r"which files write for b'\\n'"),
        (["é"], r"which files write for b'\\xe9'"),
        (["æĹ¥"], r"which files write for"),  # how files spell 日
        (["x" * 200], r"special_tokens\[0\]: got 200 characters, allowed at most 128"),
        ([f"<|{n}|>" for n in range(50_000)], "special_tokens: got 50000, allowed at most"),
        (["<a>", "<a>"], r"special_tokens\[1\]: got '<a>', allowed a name that no other token has"),
        ([""], r"special_tokens\[0\]: got ''"),
        (["\ud800"], r"special_tokens\[0\]: got '\\ud800', allowed Unicode text"),
        ("<a>", "special_tokens: got one str, allowed a list of names"),
        (b"<a>", "special_tokens: got one bytes, allowed a list of names"),
        (7, "special_tokens: got one int, allowed a list of names"),
    ],
)
def test_special_tokens_that_no_file_can_hold_are_refused_before_training(names, message):
    with pytest.raises(ValueError, match=message):
        train_bpe("banana the band", 60_000, special_tokens=names)


NAMES = ["<|end|>", "ab", "the band", " <x> ", "<é>", "日本", "né", "🙂", "Ġ日", "\n\n", "x" * 128, "<|één|>", "\u0301"]


@pytest.mark.parametrize("name", NAMES)
def test_special_tokens_that_files_can_hold_come_back(name, tmp_path):
    text = "banana the band ab né naïve 日本 🙂 "
    ours = train_bpe(text * 3, 300, special_tokens=(one for one in [name]))
    save_tokenizer(ours, tmp_path / "tokenizer.json")
    again, peer = load_tokenizer(tmp_path / "tokenizer.json"), Peer.from_file(str(tmp_path / "tokenizer.json"))
    assert again.special_tokens == ours.special_tokens
    assert again.encode(text) == ours.encode(text)
    said = f"a{name}b"
    assert again.encode(said, allow_special=True) == ours.encode(said, allow_special=True) == peer.encode(said).ids


def test_sizes_of_other_kinds():
    assert train_bpe("low lower", np.int64(258)).vocab_size == 258
    for size in (257.0, "257", None):
        with pytest.raises(ValueError, match=r"vocab_size: got .*, allowed 256 or more"):
            train_bpe("low lower", size)
