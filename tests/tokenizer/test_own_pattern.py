"""A split pattern of one's own cuts as the `tokenizers` library does with it, in training, encoding and files."""

import json
import random
import time
import unicodedata

import pytest
import regex
from tokenizers import Regex, pre_tokenizers
from tokenizers import Tokenizer as Peer

from lessons_lib.errors import CheckpointError
from lessons_lib.tokenizer import ByteLevel, load_tokenizer, save_tokenizer, train_bpe
from lessons_lib.tokenizer.encoding.own_pattern import check_pattern
from lessons_lib.tokenizer.encoding.split import SPLITS, check_split, splitter

PATTERNS = [
    r"\w+|[^\w\s]+|\s+",
    r"\w+",  # leaves out what is between words
    r"[A-Z]?[a-z]+|[A-Z]+|\p{N}|\s+|.",
    r"(?<=[a-z])(?=[A-Z])",  # matches nothing, and cuts there
    r"(?=\s)|\p{N}",
    r"\s*",  # may match nothing
    r"|a",
    r"\p{L}*?",
    r"\p{N}{1,2}|\p{Han}|[^\p{N}\p{Han}]+",
    r"(a|b)+|(?:c)",  # with groups
    r"[^\n]*\n|[^\n]+",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,2}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    r"(?>a+)b|\u00e9|\x41|\-|[\]\[]",
    r"[\s\S]",
    r".+?(?=[.!?]\s|\z)",
    r"\W",
    r"[^\w']|\A'",
    r"日本|\p{Hiragana}+",
]
UNITS = ["a", "b", "ab", "c", "Ab", "camelCase", " ", "  ", "\n", "\r\n", "1", "123", "'s", "'LL", "é", "e\u0301", "²",
         "日本", "ひ", "-", ".", "! ", "A", "_", "\t", "🙂", "ſ", "\u200d", "[", "\0"]  # fmt: skip


def texts(n, seed=0):
    chance = random.Random(seed)
    return ["".join(chance.choices(UNITS, k=chance.randrange(1, 15))) for _ in range(n)]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_pieces_are_those_of_tokenizers(pattern):
    peer, cut = pre_tokenizers.Split(Regex(check_split(pattern)), "isolated"), splitter(pattern)
    for text in texts(400):
        pieces = list(cut(text))
        assert pieces == [piece for piece, _ in peer.pre_tokenize_str(text) if piece], text
        assert "".join(pieces) == text and all(pieces)
    assert list(cut("")) == []


def test_what_w_means_is_what_oniguruma_has():
    every = "".join(chr(i) for i in range(0x110000) if unicodedata.ucd_3_2_0.category(chr(i)) not in ("Cn", "Cs"))
    for pattern in (r"\w", r"\W", r"[\w]", r"[^\w]"):
        peer = pre_tokenizers.Split(Regex(pattern), "removed")
        kept = "".join(piece for piece, _ in peer.pre_tokenize_str(every))
        assert "".join(regex.findall(f"(?!{check_pattern(pattern)})[\\s\\S]", every)) == kept


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        (SPLITS["gpt4"][0], "gpt4"),
        (SPLITS["o200k"][0], "o200k"),
        (r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s", "gpt2"),
        (
            r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|"
            r"\s*[\r\n]|\s+(?!\S)|\s",
            "gpt4",
        ),
        (
            r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|"
            r"\s+(?!\S)|\s+",
            "llama3",
        ),
    ],
)
def test_a_known_pattern_is_compiled_however_it_is_worded(pattern, name, strings):
    assert check_split(pattern) == name
    as_worded = regex.compile(pattern).findall
    for text in strings:
        assert list(splitter(name)(text)) == as_worded(text)
    assert train_bpe("low lower", 258, pattern).encoder.split == name


@pytest.mark.parametrize("pattern", PATTERNS)
def test_training_counts_the_pieces_of_the_pattern(pattern):
    corpus = texts(300, seed=1)
    ours = train_bpe(corpus, 300, pattern)
    borders = train_bpe([piece for text in corpus for piece in splitter(pattern)(text)], 300, r"[\s\S]+")
    assert ours.encoder.tokens == borders.encoder.tokens
    text = "".join(corpus)
    assert ours.decode(ours.encode(text)) == text


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_is_saved_opens_with_the_same_ids(pattern, tmp_path):
    path = tmp_path / "tokenizer.json"
    ours = train_bpe(texts(300, seed=2), 330, pattern, special_tokens=["<|end|>"])
    save_tokenizer(ours, path)
    again, peer = load_tokenizer(path), Peer.from_file(str(path))
    assert again.encoder.split == ours.encoder.split
    for text in texts(300, seed=3):
        assert peer.encode(text).ids == again.encode(text) == ours.encode(text)


def test_a_possessive_count_in_a_file_is_refused(tmp_path):
    # To the tokenizers library, which wrote it, this is a group again and again; to the regex module it is not.
    path = tmp_path / "tokenizer.json"
    save_tokenizer(train_bpe("low lower", 258, "[a-z]+"), path)
    wording = (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|"
        r"\s*[\r\n]|\s+(?!\S)|\s"
    )
    assert check_split(wording) == "gpt4"
    path.write_text(path.read_text(encoding="utf-8").replace('"[a-z]+"', json.dumps(wording)), encoding="utf-8")
    with pytest.raises(CheckpointError, match="pre_tokenizer"):
        load_tokenizer(path)


def test_a_long_text_is_never_cut_elsewhere():
    pattern = r"[^\n]+|\n"  # a piece is a line, with all its words
    line = "the sun is shining " * 20_000  # longer than a block
    ours = train_bpe(line, 300, pattern)
    assert ours.encoder.split == pattern
    assert any(b"sun is" in ours.token_bytes(i) for i in range(256, 300))
    encoded = ours.encode(line)
    assert ours.decode(encoded) == line


def test_patterns_are_checked_wherever_they_come_in():
    with pytest.raises(ValueError, match="split: got 'gpt9', allowed gpt2"):
        ByteLevel([b"a"], [], split="gpt9")
    with pytest.raises(ValueError, match=r"split: got '\(\?P<name>a\)' at 0"):
        ByteLevel([b"a"], [], split="(?P<name>a)")
    assert ByteLevel([b"a"], [], split=r"\w").split == check_pattern(r"\w")


@pytest.mark.parametrize(
    "pattern",
    [
        r"\p{N}{1,3}+",  # possessive to one, a repeated group to the other
        r"a$",
        r"^a",
        r"a\Z",
        r"\bword",
        r"\h+",
        r"(?m)a",
        r"(?s:.)",
        r"(?x) a",
        r"(?i:straße)",
        r"(?i:[a-z]+)",
        r"(?P<name>a)",
        r"(a)\1",
        r"(?R)",
        r"a{2}?",
        r"(?:word){e<=1}",
        r"[[:punct:]]",
        r"[a-z&&[^b]]",
        r"[\p{L}--\p{Lu}]",
        r"\p{IsHan}",
        r"\p{Script=Han}",
        r"\X",
        r"\Ga",
        r"a\Kb",
        r"(?<=a+)b",
        r"(?|a|b)",
        r"\x{41}",
        r"\xe9",
        r"\U00000041",
        r"\N{DIGIT ONE}",
        r"[\W\d]",
        "(",
        "a)",
        "[a",
        "a**",
        "+a",
        "\ud800|.",
        "",
        "|".join(["a"] * 3000),
    ],
)
def test_what_two_engines_read_in_two_ways_is_refused(pattern):
    with pytest.raises(ValueError, match=r"^pattern: got "):
        train_bpe("some text", 300, pattern)


@pytest.mark.parametrize("pattern", [None, 3, b"a+", ["a"]])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(ValueError, match=r"^pattern: got .*, allowed gpt2, gpt4"):
        train_bpe("some text", 300, pattern)


@pytest.mark.parametrize("pattern", [r"(?:a|a)+b", r"(?:a|aa)+[bc]"])
def test_a_search_without_end_is_ended(pattern):
    start = time.monotonic()
    with pytest.raises(ValueError, match=r"pattern: got .*, which searches too long; allowed 2 s for 60 characters"):
        list(splitter(pattern)("a" * 60))
    assert time.monotonic() - start < 60
