"""Text is normalised once and for all, damage is mended, and sound text in many languages stays as it is."""

import unicodedata

import ftfy
import pytest
from effort import within
from hypothesis import given
from hypothesis import strategies as st
from texts import TEXTS

from lessons_lib.corpora import conversations, shakespeare, world_english_bible
from lessons_lib.training.data import mend_mojibake, normalise


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("e\u0301", "é"),
        ("½ m² ﬁne", "½ m² ﬁne"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("\ufeffco\u00adop\u200b", "coop"),
        ("10\u00a0km", "10 km"),
        ("a\0b\x1b[0m\tc", "ab[0m\tc"),
        ("\ud83d half", " half"),
        ("👨\u200d👩\u200d👧 می\u200cخواهم", "👨\u200d👩\u200d👧 می\u200cخواهم"),
        ("", ""),
    ],
)
def test_normalised(text, right):
    assert normalise(text) == right


@given(st.text(st.characters(), max_size=60))
def test_once_is_enough_and_the_result_can_be_encoded(text):
    once = normalise(text)
    assert normalise(once) == once == unicodedata.normalize("NFC", once)
    once.encode()


SOUND = [
    "CAFÉ—the best",
    "café”—and more",
    "Ça va? « Très bien », dit-il… à",
    "Straße, Äpfel, Öl, Übermut „so“",
    "Ñandú ¿qué? ¡no!",
    "Ελληνικά Ðinar Þór",
    "naïve™ résumé® ½",
    "русский текст",
    "日本語 中文 한국어",
    "😀 🍓 👨‍👩‍👧",
]


def test_real_conversations_stay_as_with_ftfy():
    for conversation in conversations():
        for turn in conversation.turns:
            assert mend_mojibake(turn) == turn == ftfy.fix_encoding(turn)


@pytest.mark.parametrize("text", [text for text in SOUND if "日" not in text])
def test_what_ftfy_mends_is_mended(text):
    """Text in the wrong alphabet, word by word as it comes; what ftfy leaves alone may be left alone."""
    for word in text.split():
        broken = damaged(word)
        if ftfy.fix_encoding(broken) == word != broken:
            assert mend_mojibake(broken) == word


@pytest.mark.parametrize("text", SOUND)
def test_sound_text_stays(text):
    assert mend_mojibake(text) == text


def damaged(text):
    return "".join(bytes([b]).decode("cp1252", "replace").replace("\ufffd", chr(b)) for b in text.encode())


@pytest.mark.parametrize(
    "text", ["café", "needed—we’ll", "Äpfel für 5 €", "Ελληνικά", "русский", "😀 ok", "“yes…”", "½"]
)
@pytest.mark.parametrize("times", [1, 2])
def test_damage_is_mended(text, times):
    bad = damaged(text) if times == 1 else damaged(damaged(text))
    assert bad != text and mend_mojibake(bad) == text


def test_damage_beside_sound_letters_is_mended_and_they_stay():
    assert mend_mojibake("naïve cafÃ© “so”") == "naïve café “so”"


def test_books_and_texts_of_many_languages_stay():
    for text in (shakespeare(), world_english_bible(), *TEXTS.values()):
        assert mend_mojibake(text) == text


def test_long_hostile_lines_take_no_longer_than_they_must():
    for text in ("Ã" * 1_000_000, "â€" * 500_000, "ðŸ˜" * 300_000):
        within(5, lambda text=text: mend_mojibake(normalise(text)))
