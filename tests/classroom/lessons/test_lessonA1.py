"""The solutions of appendix A1 against libraries that nobody here wrote, the same mistakes in other words, and the
lines that it quotes from the lessons."""

import itertools
import re
from collections import Counter
from pathlib import Path

import pytest
from classroom.styles import accept
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lessonA1
from lessons_lib.classroom.lessons.lessonA1.frequent_words import my_vocabulary
from lessons_lib.classroom.lessons.lessonA1.fresh_list import my_collect
from lessons_lib.classroom.lessons.lessonA1.read_until import my_read_until
from lessons_lib.classroom.lessons.lessonA1.word_tokenizer import MyTokenizer

EXERCISES = {exercise.id: exercise for exercise in lessonA1.EXERCISES}
SOURCES = Path(__file__).parents[3] / "notebooks/src"
WORDS = st.text("abc", min_size=1, max_size=3)
TEXTS = st.lists(st.lists(WORDS, max_size=9).map(" ".join), min_size=1, max_size=4)


@given(TEXTS, st.integers(1, 12))
@settings(max_examples=examples(50))
def test_a_vocabulary_is_that_of_the_tokenizers_library(texts, size):
    peer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    peer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordLevelTrainer(vocab_size=size, special_tokens=["<unk>"], show_progress=False)
    peer.train_from_iterator(texts, trainer)
    assert my_vocabulary(texts, size) == sorted(peer.get_vocab(), key=peer.get_vocab().get)


@given(st.lists(WORDS, min_size=1, max_size=9), st.sets(WORDS, max_size=9), st.sets(WORDS, max_size=9), st.randoms())
@settings(max_examples=examples(50))
def test_the_tokenizer_is_that_of_transformers(words, at_first, behind_a_space, chance):
    tokens = ["<unk>", *sorted(at_first), *sorted(" " + word for word in behind_a_space)]
    chance.shuffle(tokens)
    peer = Tokenizer(models.WordLevel({token: place for place, token in enumerate(tokens)}, unk_token="<unk>"))
    peer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_next")
    peer.decoder = decoders.Fuse()
    theirs = PreTrainedTokenizerFast(tokenizer_object=peer, clean_up_tokenization_spaces=False)
    ours, text = MyTokenizer(tokens), " ".join(words)
    ids = ours.encode(text)
    assert ids == theirs.encode(text)
    assert ours.decode(ids) == theirs.decode(ids)


@given(st.lists(st.integers(0, 4), max_size=9), st.integers(0, 4))
@settings(max_examples=examples(50))
def test_reading_until_the_stop_is_takewhile(ids, stop):
    assert list(my_read_until(ids, stop)) == list(itertools.takewhile(lambda number: number != stop, ids))


def test_reading_until_the_stop_ends_where_the_source_does_not():
    assert list(my_read_until(itertools.count(), 3)) == [0, 1, 2]


@given(st.lists(WORDS, max_size=9), st.lists(WORDS, unique=True, max_size=5))
@settings(max_examples=examples(50))
def test_collecting_keeps_the_first_of_each(words, found):
    before = list(found)
    assert my_collect(" ".join(words), found) == list(dict.fromkeys(before + words))
    assert found == before


def quoted_lines():
    """Every line that the appendix quotes, with the number of the lesson in which it should stand."""
    [source] = SOURCES.glob("A1_*.py")
    blocks = re.findall(r"(?s)# ```python\n(.*?)# ```", source.read_text(encoding="utf-8"))
    return re.findall(r"(?m)^# (.+?)  # (\w+)$", "".join(blocks))


def test_the_appendix_quotes_lines():
    assert len(quoted_lines()) >= 20


@pytest.mark.parametrize(("line", "number"), quoted_lines())
def test_a_line_that_the_appendix_quotes_stands_in_its_lesson(line, number):
    [source] = SOURCES.glob(f"{number}_*.py")
    here = f"notebooks/src/A1_python.py quotes {line!r} from lesson {number}: quote a line that stands there today"
    assert line in source.read_text(encoding="utf-8"), here


# The learner writes the same mistakes differently; the words must be the same.


def grows_by_hand(text, found=[]):  # noqa: B006
    """Keeps one list for all calls."""
    found += [word for word in dict.fromkeys(text.split()) if word not in found]
    return found


def changes_what_it_is_given(text, found=None):
    """Adds to the caller's list."""
    found = found or []
    found.extend(word for word in dict.fromkeys(text.split()) if word not in found)
    return found


def counts_by_rank(texts, size):
    """Leaves equally frequent words as they come."""
    counts = {}
    for word in itertools.chain.from_iterable(text.split() for text in texts):
        counts[word] = counts.get(word, 0) + 1
    return ["<unk>", *sorted(counts, key=counts.get, reverse=True)][:size]


class LooksUpBareWords:
    """Looks every word up without its space."""

    def __init__(self, tokens):
        self.tokens = tokens

    def encode(self, text):
        return [self.tokens.index(word) if word in self.tokens else 0 for word in text.split()]

    def decode(self, ids):
        text = ""
        for number in ids:
            text += self.tokens[number]
        return text


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("slices", [[3, 9, 8, 4], [7, 3, 9, 8, 4, 1], [8, 4, 1], [9], [4, 1]], "included the end"),
        ("fresh_list", grows_by_hand, "a default is made once"),
        ("fresh_list", changes_what_it_is_given, "another name for the caller's list"),
        ("frequent_words", counts_by_rank, "Here the alphabet decides"),
        ("read_until", lambda ids, stop: list(itertools.takewhile(lambda n: n != stop, ids)), "yield each id"),
        ("read_until", lambda ids, stop: (number for number in ids if number != stop), "everything ends"),
        ("word_tokenizer", LooksUpBareWords, "every word but the first brings its space"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    report = feedback(EXERCISES[name], answer)
    assert report.startswith("✗") and words in report


def by_counter(texts, size):
    counts = sorted(Counter(" ".join(texts).split()).items(), key=lambda pair: pair[0])
    return ["<unk>", *(word for word, _ in sorted(counts, key=lambda pair: pair[1], reverse=True))][:size]


class ByIndex:
    def __init__(self, tokens):
        self.tokens = tuple(tokens)

    def encode(self, text):
        for place, word in enumerate(text.split()):
            piece = word if place == 0 else f" {word}"
            yield self.tokens.index(piece if piece in self.tokens else "<unk>")

    def decode(self, ids):
        return "".join(map(self.tokens.__getitem__, ids))


RIGHT = {
    "slices": lambda: ([3, 9, 8], [7, 3, 9, 8, 4], (8, 4, 1), [], [4, 1]),
    "fresh_list": lambda text, found=(): tuple(dict.fromkeys([*(found or ()), *text.split()])),
    "frequent_words": by_counter,
    "read_until": lambda ids, stop: iter(lambda: next(ids, stop), stop),
    "word_tokenizer": ByIndex,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
