"""The compiled scanner cuts text exactly where the regular expressions do."""

import json
import random
import sys
import unicodedata
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest
from effort import examples, within
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from lessons_lib.corpora import shakespeare
from lessons_lib.tokenizer.encoding import scan
from lessons_lib.tokenizer.encoding.scan import code_points, next_end, scanner
from lessons_lib.tokenizer.encoding.split import SPLITS, splitter

# Something of each class and each special case of the patterns: white space of all kinds, contractions, the long s
# and the Kelvin sign, letters of both, one and no case, marks, numbers that are no digits, signs, half an emoji.
EDGES = [
    *" \t\n\r\x0b\x0c\x1c\x85\u00a0\u2028\u3000\u200b",
    *"'’sSdDmMtTlLvVrReEſK",
    *"aAzZÅéßǅʰª中한\u0301\u0903\u20dd",
    *"0189½Ⅷ٣²",
    *".,!/\\-_(🙂\u200d\0",
    *" \n'/ 1sa",
]


@njit
def scanned(codes, kind, classes):
    ends = np.empty(len(codes), np.int64)
    found, end = 0, 0
    while end < len(codes):
        end = next_end(codes, end, kind, classes)
        ends[found] = end
        found += 1
    return ends[:found]


def ends(split, text):
    return scanned(code_points(text), *scanner(split)).tolist()


def expected(split, text):
    return list(accumulate(map(len, splitter(split)(text))))


def assert_equal(split, text):
    """Compare, and show the surroundings of the first difference."""
    found, wanted = ends(split, text), expected(split, text)
    if found != wanted:
        border = min(set(found) ^ set(wanted))
        raise AssertionError(f"{split}: border at {border} of {text[max(0, border - 20) : border + 20]!r}")


@pytest.mark.parametrize("split", SPLITS)
def test_short_strings_of_edge_characters(split):
    chance = random.Random(split)
    regular = splitter(split)
    kind, classes = scanner(split)
    for _ in range(20_000):
        text = "".join(chance.choices(EDGES, k=chance.randrange(1, 12)))
        borders = [0, *scanned(code_points(text), kind, classes).tolist()]
        assert [text[i:j] for i, j in pairwise(borders)] == list(regular(text)), repr(text)


@pytest.mark.parametrize("split", SPLITS)
def test_long_texts_of_edge_characters(split):
    chance = random.Random(f"long {split}")
    for size in (2, 5, 12, len(EDGES)):  # few kinds of characters make long runs and rare neighbours
        for _ in range(20):
            assert_equal(split, "".join(chance.choices(chance.choices(EDGES, k=size), k=2000)))


@pytest.mark.parametrize("split", ["gpt2", "gpt4", "o200k"])
def test_every_character_between_others(split):
    every = [chr(i) for i in range(sys.maxunicode + 1) if not 0xD800 <= i < 0xE000]
    assert_equal(split, "a".join(every))
    settled = every[:0x3400]
    for before, after in [(" ", "A"), ("'", " "), ("\n", "\n"), ("1", "/"), ("\u0301", "é"), ("Z", "'s")]:
        assert_equal(split, "".join([before + c + after for c in settled]))


@pytest.mark.parametrize("split", SPLITS)
@given(text=st.text(max_size=80))
@settings(max_examples=examples(150))
def test_any_text(split, text):
    assert ends(split, text) == expected(split, text)


@pytest.mark.parametrize("split", SPLITS)
@given(text=st.text(alphabet=EDGES, max_size=30))
@settings(max_examples=examples(150))
def test_any_text_of_edge_characters(split, text):
    assert ends(split, text) == expected(split, text)


@pytest.mark.parametrize("split", SPLITS)
def test_real_texts(split, strings):
    for text in strings:
        assert_equal(split, text)
    for file in sorted(Path(json.__file__).parent.glob("*.py")):
        assert_equal(split, file.read_text(encoding="utf-8"))
    assert_equal(split, shakespeare()[:500_000])


def test_digits_come_first_in_smollm2():
    assert ends("smollm2", "a  12  ½x   ") == [1, 3, 4, 5, 7, 8, 9, 12]
    assert ends("gpt2", "a  12  ½x   ") == [1, 2, 5, 6, 8, 9, 12]


def test_a_wrong_class_is_noticed(monkeypatch):
    wrong = scanner("gpt4").classes.copy()
    wrong[ord("é")] = 0
    monkeypatch.setattr(scan, "_classes", lambda: wrong)
    assert ends("gpt4", "été") != expected("gpt4", "été")


def test_classes_are_those_of_the_unicode_database(characters):
    classes = scanner("gpt2").classes
    assert classes.shape == (0x110000,) and classes.dtype == np.uint8
    for c in characters:
        category, flags = unicodedata.category(c), classes[ord(c)]
        if category != "Cn":
            assert bool(flags & 4) == (category[0] == "L") and bool(flags & 8) == (category[0] == "N"), hex(ord(c))


def test_the_table_is_made_once_and_quickly():
    def make():
        scan._classes.cache_clear()
        return scanner("gpt2").classes

    first = within(0.5, make)
    assert scanner("o200k").classes is first


@pytest.mark.parametrize("filler", ["a", " ", "\n", "中", "\u0301", "A", "'", "/", "aA", "中A", "\u0301A", " \u0301"])
@pytest.mark.parametrize("split", SPLITS)
def test_time_grows_with_the_length(split, filler):
    scanned(code_points("a"), *scanner(split))
    codes = code_points((filler * 200_000)[:200_000] + "b")
    found = within(0.2, lambda: scanned(codes, *scanner(split)))
    assert found[-1] == len(codes)


def test_code_points():
    codes = code_points("aé中🙂\0")
    assert codes.tolist() == [0x61, 0xE9, 0x4E2D, 0x1F642, 0] and codes.dtype == np.uint32
    assert code_points("").shape == (0,)
    with pytest.raises(ValueError, match=r"^text: got the lone surrogate '\\udc80' at 2, allowed Unicode text$"):
        code_points("ab\udc80")


def test_unknown_split_is_named():
    with pytest.raises(ValueError, match="split: got 'gpt9', allowed gpt2, gpt4"):
        scanner("gpt9")
