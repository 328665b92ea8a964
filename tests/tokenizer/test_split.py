"""The pieces of text are those of the reference's own regular expressions."""

import json
import random

import pytest
import regex
import tiktoken
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from tiktoken_ext import openai_public
from tokenizers import Regex, pre_tokenizers

from lessons_lib import assets
from lessons_lib.tokenizer.encoding.alphabet import BYTE_TO_SYMBOL, bytes_to_symbols, symbols_to_bytes
from lessons_lib.tokenizer.encoding.split import SPLITS, splitter

WORKED = {
    "a 12": ("a| 12", "a| |1|2", "a| |12", "a| |1|2"),
    "a  12": ("a| | 12", "a|  |1|2", "a| | |12", "a| | |1|2"),
    "x = 12345 ": ("x| =| 12345| ", "x| =| |1|2|3|4|5| ", "x| =| |123|45| ", "x| =| |1|2|3|4|5| "),
    "I'LL don't": ("I|'|LL| don|'t", "I|'|LL| don|'t", "I|'LL| don|'t", "I|'LL| don|'t"),
    "a\n\n  b": ("a|\n\n | b", "a|\n\n | b", "a|\n\n| | b", "a|\n\n| | b"),
    "foo_bar(x)\n": ("foo|_|bar|(|x|)|\n", "foo|_|bar|(|x|)|\n", "foo|_bar|(x|)\n", "foo|_bar|(x|)\n"),
    "don’t": ("don|’|t", "don|’|t", "don|’t", "don|’t"),
}


@pytest.mark.parametrize("text", WORKED)
def test_worked_splits(text):
    found = tuple("|".join(splitter(name)(text)) for name in ("gpt2", "smollm2", "llama3", "qwen2"))
    assert found == WORKED[text]


def reference(name):
    words = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    if name == "gpt2":
        return words
    if name == "smollm2":
        return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), words])
    bytes_only = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(SPLITS[name][0]), "isolated"), bytes_only])


@pytest.mark.parametrize("name", SPLITS)
def test_splits_of_many_strings_equal_the_reference(name, strings):
    split, oracle = splitter(name), reference(name)
    for text in strings:
        theirs = [symbols for symbols, _ in oracle.pre_tokenize_str(text)]
        assert [bytes_to_symbols(piece.encode()) for piece in split(text)] == theirs, repr(text)


@pytest.fixture(scope="module")
def published():
    """The patterns in the words of those who published them."""
    with pytest.MonkeyPatch.context() as patch:  # they come with ranks that would be fetched
        patch.setattr(openai_public, "load_tiktoken_bpe", lambda *_, **__: {})
        tiktokens = {
            name: openai_public.ENCODING_CONSTRUCTORS[name]() for name in ("r50k_base", "cl100k_base", "o200k_base")
        }
    gpt2, gpt4, o200k = (tiktokens[name]["pat_str"] for name in tiktokens)
    tekken = json.loads(assets.fetch("tekken").read_text(encoding="utf-8"))["config"]["pattern"]
    return {"gpt2": gpt2, "gpt4": gpt4, "o200k": o200k, "tekken": tekken}


def tiktoken_pieces(pattern, texts):
    """Cut texts as tiktoken does. Every part of every text is a token, and it takes a piece that is a token whole."""
    parts = {text[i:j].encode() for text in texts for i in range(len(text)) for j in range(i + 1, len(text) + 1)}
    tokens = [bytes([byte]) for byte in range(256)] + sorted(part for part in parts if len(part) > 1)
    ranks = {token: rank for rank, token in enumerate(tokens)}
    encoding = tiktoken.Encoding("parts", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
    return [[tokens[i].decode() for i in encoding.encode(text)] for text in texts]


@pytest.fixture(scope="module")
def short_strings(strings):
    chance = random.Random(0)
    edges = [*" \t\n\r\u3000.,/'’!-_19½sdmtSDMTſaAzZéÉǅʰ中\u0301🙂", "ll", "RE", "ve", "  ", "\n\n"]
    generated = ["".join(chance.choices(edges, k=chance.randrange(1, 13))) for _ in range(3000)]
    return [*generated, *[string for string in strings if len(string) < 16]]


@pytest.mark.parametrize("name", ["gpt2", "gpt4", "o200k", "tekken"])
def test_splits_equal_those_of_tiktoken(name, published, short_strings):
    split = splitter(name)
    for text, theirs in zip(short_strings, tiktoken_pieces(published[name], short_strings), strict=True):
        assert list(split(text)) == theirs, repr(text)


@pytest.mark.parametrize("name", ["gpt2", "gpt4", "o200k", "tekken"])
def test_splits_equal_the_published_patterns(name, published, strings, short_strings):
    split, theirs = splitter(name), regex.compile(published[name]).findall
    for text in [*strings, *short_strings]:
        assert list(split(text)) == theirs(text), repr(text)


def test_gpt4_keeps_white_space_at_the_end_whole_and_llama3_does_not():
    texts = ["a\n  ", "a\n  b", " \n \n ", "a  ", "\n"]
    assert [list(splitter("gpt4")(text)) for text in texts[:3]] == [["a", "\n  "], ["a", "\n", " ", " b"], [" \n \n "]]
    differ = [text for text in texts if list(splitter("gpt4")(text)) != list(splitter("llama3")(text))]
    assert differ == ["a\n  ", " \n \n "]


@pytest.mark.parametrize(
    ("text", "o200k", "tekken"),
    [
        ("HTMLParser", "HTMLParser", "HTMLParser"),
        ("parseHTML", "parse|HTML", "parse|HTML"),
        ("I'LL don't", "I'LL| don't", "I|'LL| don|'t"),
        ("12345", "123|45", "1|2|3|4|5"),
        ("a/\n//b", "a|/\n//|b", "a|/\n//|b"),
        ("中A", "中|A", "中|A"),
        ("e\u0301É", "e\u0301|É", "e\u0301|É"),
    ],
)
def test_worked_splits_with_cases(text, o200k, tekken):
    assert ["|".join(splitter(name)(text)) for name in ("o200k", "tekken")] == [o200k, tekken]


@pytest.mark.parametrize("name", SPLITS)
@given(text=st.text(max_size=60))
@settings(max_examples=examples(200))
def test_pieces_join_to_the_text(name, text):
    assert "".join(splitter(name)(text)) == text


def test_digits_first_is_not_one_pattern():
    one = splitter("gpt2")("a  12")
    assert list(one) != list(splitter("smollm2")("a  12"))


def test_unknown_split_is_named():
    with pytest.raises(
        ValueError, match="split: got 'gpt9', allowed gpt2, gpt4, llama3, o200k, qwen2, smollm2, tekken"
    ):
        splitter("gpt9")


def test_alphabet_is_the_reference_one():
    assert sorted(BYTE_TO_SYMBOL.values()) == sorted(pre_tokenizers.ByteLevel.alphabet())
    assert bytes_to_symbols(b" \n!\xad") == "ĠĊ!Ń"


@given(data=st.binary(max_size=300))
@settings(max_examples=examples(100))
def test_alphabet_there_and_back(data):
    assert symbols_to_bytes(bytes_to_symbols(data)) == data


@pytest.mark.parametrize("symbols", [" ", "a b", "\n", "\x7f", "\xa0", "日", "\ud800"])
def test_characters_outside_the_alphabet_are_refused(symbols):
    with pytest.raises(ValueError, match="symbols: got"):
        symbols_to_bytes(symbols)
