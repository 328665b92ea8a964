"""The pieces of text are those of the reference's own regular expressions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, pre_tokenizers

from lessons_lib.tokenizer.alphabet import BYTE_TO_SYMBOL, bytes_to_symbols, symbols_to_bytes
from lessons_lib.tokenizer.split import SPLITS, splitter

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


@pytest.mark.parametrize("name", SPLITS)
@given(text=st.text(max_size=60))
@settings(max_examples=200)
def test_pieces_join_to_the_text(name, text):
    assert "".join(splitter(name)(text)) == text


def test_digits_first_is_not_one_pattern():
    one = splitter("gpt2")("a  12")
    assert list(one) != list(splitter("smollm2")("a  12"))


def test_unknown_split_is_named():
    with pytest.raises(ValueError, match="split: got 'gpt9', allowed gpt2, llama3, qwen2, smollm2"):
        splitter("gpt9")


def test_alphabet_is_the_reference_one():
    assert sorted(BYTE_TO_SYMBOL.values()) == sorted(pre_tokenizers.ByteLevel.alphabet())
    assert bytes_to_symbols(b" \n!\xad") == "ĠĊ!Ń"


@given(data=st.binary(max_size=300))
@settings(max_examples=100)
def test_alphabet_there_and_back(data):
    assert symbols_to_bytes(bytes_to_symbols(data)) == data


@pytest.mark.parametrize("symbols", [" ", "a b", "\n", "\x7f", "\xa0", "日", "\ud800"])
def test_characters_outside_the_alphabet_are_refused(symbols):
    with pytest.raises(ValueError, match="symbols: got"):
        symbols_to_bytes(symbols)
