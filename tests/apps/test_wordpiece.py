"""WordPiece against Hugging Face's tokenizers, on every character of Unicode and on texts of all kinds."""

import random
import unicodedata

import pytest
from effort import examples, within
from hypothesis import given, settings
from hypothesis import strategies as st
from texts import TEXTS
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from lessons_lib.apps.embedding import WordPiece
from lessons_lib.apps.embedding.wordpiece import STRETCH, words
from lessons_lib.assets import fetch
from lessons_lib.corpora import conversations, world_english_bible

SMALL = WordPiece(["[CLS]", "[SEP]", "[UNK]", "un", "##fold", "##ed", "fold", "a", "##a", "!"])


@pytest.fixture(scope="module")
def tokens():
    return (fetch("all-minilm-l6-v2") / "vocab.txt").read_text(encoding="utf-8").removesuffix("\n").split("\n")


@pytest.fixture(scope="module")
def ours(tokens):
    return WordPiece(tokens)


@pytest.fixture(scope="module")
def theirs(tokens):
    """The reference, which here takes names of special tokens for text, as we do."""
    made = Tokenizer(models.WordPiece({t: i for i, t in enumerate(tokens)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return made


def equal(ours, theirs, texts):
    expected = [[ours.cls_id, *found.ids, ours.sep_id] for found in theirs.encode_batch(texts)]
    for text, ids in zip(texts, expected, strict=True):
        assert ours.encode(text) == ids, ascii(text)


def words_of_the_reference(text):
    plain = normalizers.BertNormalizer().normalize_str(text)
    return [word for word, _ in pre_tokenizers.BertPreTokenizer().pre_tokenize_str(plain)]


def test_every_character_becomes_the_words_of_the_reference():
    """But for those that Unicode has moved since: the reference has old categories and new small letters."""
    differ = []
    for start in [*range(0, 0x32400, 64), *range(0xE0000, 0xE0200, 64), 0xF0000, 0x10FFC0]:  # the rest is not assigned
        block = [chr(code) for code in range(start, start + 64) if not 0xD800 <= code < 0xE000]
        text = " ".join(f"a{c}b" for c in block)
        if list(words(text)) != words_of_the_reference(text):
            differ += [c for c in block if list(words(f"a{c}b")) != words_of_the_reference(f"a{c}b")]
    old, here = unicodedata.ucd_3_2_0.category, unicodedata.category
    assert [c for c in differ if old(c) == here(c) != "Cn"] == []
    assert len(differ) < 1000


def test_real_texts_become_the_ids_of_the_reference(ours, theirs):
    verses = world_english_bible().split("\n")
    told = sorted({turn for conversation in conversations() for turn in conversation.turns})
    equal(ours, theirs, [*TEXTS.values(), *random.Random(0).sample(verses, 1500), *told[:1500]])


ODD = [
    *"aZ9 .,-'’\n\t\0",
    "é",
    "ß",
    "Σ",
    "ς",
    "ﬁ",
    "İ",
    "ı",
    "猫",
    "が",
    "한",
    "ё",
    "أ",
    "🐈",
    "\u200d",
    "\u0301",
    "\ufffd",
    "\ud7ff",
]
ODD += ["[CLS]", "##s", "\u2028", "\xa0", "\u3000", "\U0002f800", "\U0002b8ff", "\ue000", "\u0378"]


@given(st.lists(st.sampled_from(ODD), max_size=40).map("".join))
@settings(max_examples=examples(3000))
def test_odd_texts_become_the_ids_of_the_reference(ours, theirs, text):
    equal(ours, theirs, [text])


@pytest.mark.parametrize("length", [99, 100, 101, STRETCH - 1, STRETCH, STRETCH + 1, 3 * STRETCH])
def test_long_words_and_seams_are_those_of_the_reference(ours, theirs, length):
    equal(
        ours,
        theirs,
        ["a" * length, "ab " * length, " " * length + "end", "é猫" * length, "-" * length, "a" * length + "-b"],
    )


def test_a_word_is_cut_from_the_left_or_unknown_as_a_whole():
    def told(text):
        return [SMALL.tokens[i] for i in SMALL.encode(text)[1:-1]]

    assert told("Unfolded! fold") == ["un", "##fold", "##ed", "!", "fold"]
    assert told("unfoldedx") == ["[UNK]"]
    assert told("a" * 100) == ["a"] + ["##a"] * 99
    assert told("a" * 101) == ["[UNK]"]


def test_nothing_is_the_two_ends(ours):
    for text in ("", "   ", "\0\n\ufffd", "\u0301"):
        assert ours.encode(text) == [ours.cls_id, ours.sep_id]


def test_most_keeps_the_beginning_and_both_ends(ours):
    whole = ours.encode(TEXTS["english"])
    for most in (2, 3, 50, len(whole), len(whole) + 1):
        kept = whole if most >= len(whole) else [*whole[: most - 1], ours.sep_id]
        assert ours.encode(TEXTS["english"], most) == kept


def test_what_is_cut_off_costs_nothing(ours):
    giant = "The sun, the sea. " * 2_000_000
    assert len(within(0.1, lambda: ours.encode(giant, 256))) == 256


def test_giant_words_are_read_once(ours):
    for sign in ("a", "é", "\U0001d165\U0001d16d", "猫", "\u0301"):
        within(3, lambda sign=sign: ours.encode(sign * 500_000))


def test_a_lone_surrogate_is_an_unknown_word(ours):
    assert ours.encode("\ud800") == [ours.cls_id, ours.unk_id, ours.sep_id]


def test_mistakes_are_named():
    with pytest.raises(ValueError, match=r"text: got None, allowed a str"):
        SMALL.encode(None)
    with pytest.raises(ValueError, match=r"most: got 1, allowed 2 or more"):
        SMALL.encode("a", 1)
    with pytest.raises(ValueError, match=r"got none called \[SEP\], \[UNK\]"):
        WordPiece(["[CLS]", "a"])
    with pytest.raises(ValueError, match="got 1 twice"):
        WordPiece([*SMALL.tokens, "a"])
