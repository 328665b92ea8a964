"""Languages are told apart on text that the guesser has not seen, and any text has an answer."""

import math

import pytest
from effort import within
from hypothesis import given
from hypothesis import strategies as st
from texts import TEXTS

from lessons_lib.classroom.lessons.lesson02b.shared import ARTICLE
from lessons_lib.corpora import world_english_bible
from lessons_lib.training.data import LanguageGuesser

SAMPLES = {
    "English": [world_english_bible()[:20_000]],
    "German": [
        "Der Zug hielt mitten auf der Strecke, und niemand wusste, warum. Draußen lag Schnee auf den Feldern, und ein "
        "Mann mit einer Laterne ging langsam an den Wagen entlang. Die Kinder drückten ihre Gesichter an die Scheiben. "
        "Nach einer halben Stunde kam der Schaffner und sagte, dass ein Baum auf den Schienen liege. Es dauerte noch "
        "lange, bis die Reise weiterging, aber keiner beklagte sich mehr, denn jemand hatte angefangen zu singen.",
    ],
    "French": [
        "Le boulanger ouvrait sa boutique avant le jour, et l'odeur du pain réveillait toute la rue. Les voisins "
        "descendaient un par un, encore endormis, et se parlaient à voix basse. Quand il pleuvait, ils restaient plus "
        "longtemps, parce que personne n'avait envie de sortir. Un matin, la porte est restée fermée, et chacun a "
        "compris que quelque chose d'important venait de changer dans leur quartier.",
    ],
    "Russian": [
        "Поезд остановился посреди поля, и никто не знал почему. За окном лежал снег, и человек с фонарём медленно "
        "шёл вдоль вагонов. Дети прижимались лицами к стеклу. Через полчаса пришёл проводник и сказал, что на пути "
        "упало дерево. Прошло ещё много времени, прежде чем они поехали дальше, но никто уже не жаловался.",
    ],
}
GUESSER = LanguageGuesser(SAMPLES)


@pytest.mark.parametrize("language", ["English", "German", "Russian"])
def test_an_article_is_in_its_language_sentence_by_sentence(language):
    for sentence in ARTICLE[language].split(". "):
        found, margin = GUESSER.guess(sentence)
        assert found == language and margin > 0.05


def test_a_longer_text_leaves_less_doubt_than_a_word():
    assert GUESSER.guess(TEXTS["english"])[0] == "English"
    assert GUESSER.guess("die")[1] < GUESSER.guess("die Kinder und der Schnee auf den Schienen")[1]


def test_the_size_of_a_sample_does_not_decide():
    """English has fifty times as many letters to learn from."""
    assert GUESSER.guess("Niemand sagte etwas, und der Mann ging weiter.")[0] == "German"
    assert GUESSER.guess("Personne ne parlait dans la rue.")[0] == "French"


def test_case_signs_and_digits_do_not_count():
    assert GUESSER.guess("UND DER ZUG?! 123") == GUESSER.guess("und der zug")


@pytest.mark.parametrize("text", ["", "123 !?", "😀", "\0\n"])
def test_no_letters_no_language(text):
    assert GUESSER.guess(text) == (None, 0.0)


def test_letters_that_nobody_has_seen_are_a_toss_up():
    language, margin = GUESSER.guess("猫在沙发上睡觉")
    assert language in GUESSER.languages and margin < 3


def test_one_language_is_sure():
    assert LanguageGuesser({"en": ["the"]}).guess("anything") == ("en", math.inf)


@pytest.mark.parametrize(
    ("samples", "words"),
    [({}, "samples: got none"), ({"en": ["the"], "xx": ["1", ""]}, "samples: got no letters for 'xx'")],
)
def test_samples_without_letters_are_refused(samples, words):
    with pytest.raises(ValueError, match=words):
        LanguageGuesser(samples)


@given(st.text(max_size=200))
def test_any_text_is_guessed(text):
    language, margin = GUESSER.guess(text)
    assert margin >= 0
    assert language in GUESSER.languages if any(map(str.isalpha, text)) else language is None


def test_a_long_text_takes_no_longer_than_it_must():
    within(1, lambda: GUESSER.guess("wort " * 1_000_000))
