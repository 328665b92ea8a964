"""The solutions of appendix A1 against libraries that nobody here wrote, the same mistakes in other words, and the
lines that it quotes from the lessons."""

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from classroom.styles import accept, refuse
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
from lessons_lib.classroom.lessons.lessonA1.shared import caught
from lessons_lib.classroom.lessons.lessonA1.word_tokenizer import MyTokenizer, real_tokens

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


def test_errors_are_shown_with_an_arrow_and_their_words(capsys):
    with caught():
        print([][1])
    assert re.fullmatch(
        r"----> \d+ +print\(\[\]\[1\]\)\nIndexError: list index out of range\n\n", capsys.readouterr().out
    )
    with pytest.raises(RuntimeError, match="were to go wrong"), caught():
        pass


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
    assert len(quoted_lines()) >= 4


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


def hands_back_what_it_was_given(text, found=None):
    """Copies only where there are words."""
    return list(dict.fromkeys([*(found or []), *text.split()])) if text.split() else found or []


def copies_its_default(text, found=()):
    """Can't do with None."""
    known = list(found)
    return list(dict.fromkeys(known + text.split()))


KEPT = {}


def remembers(text, found=None):
    """Keeps its results, and hands out the same list twice."""
    return KEPT.setdefault((text, tuple(found or ())), my_collect(text, found))


class Misspelt:
    def _init_(self, tokens):
        self.tokens = tokens

    def encode(self, text):
        return [self.tokens.index(text)]

    def decode(self, ids):
        return "".join(self.tokens[number] for number in ids)


class EncodesInRoundBrackets(MyTokenizer):
    def encode(self, text):
        return (number for number in super().encode(text))


class EncodesToATuple(MyTokenizer):
    def encode(self, text):
        return tuple(super().encode(text))


class TurnsItsDictRound(MyTokenizer):
    def __init__(self, tokens):
        self.tokens = tokens
        self.ids_of = {number: token for number, token in enumerate(tokens)}  # noqa: C416


class GivesText(MyTokenizer):
    def encode(self, text):
        first, *rest = text.split(" ")
        return [self.ids_of.get(piece, "<unk>") for piece in [first, *(" " + word for word in rest)]]


def test_a_result_that_is_kept_for_the_next_call_is_rejected():
    assert "a list of its own" in feedback(EXERCISES["fresh_list"], remembers)


class LacksSelfInEncode(MyTokenizer):
    def encode(self, text):
        return [ids_of[word] for word in text.split()]  # noqa: F821


class KeepsNothing(MyTokenizer):
    def __init__(self, tokens):
        ids_of = {token: number for number, token in enumerate(tokens)}
        assert ids_of

    def encode(self, text):
        return [self.ids_of[word] for word in text.split()]


class EncodesWithoutSelf(MyTokenizer):
    def encode(text):
        return []


class SharesByAppending:
    """Keeps the tokens of all its objects in one list."""

    tokens = []  # noqa: RUF012

    def __init__(self, tokens):
        self.tokens += tokens

    def encode(self, text):
        first, *rest = text.split(" ")
        pieces = [first, *(f" {word}" for word in rest)]
        ids_of = {token: number for number, token in enumerate(self.tokens)}
        return [ids_of.get(piece, ids_of["<unk>"]) for piece in pieces]

    def decode(self, ids):
        return "".join(self.tokens[number] for number in ids)


class ForgetsTheSecondValue(MyTokenizer):
    def encode(self, text):
        return [self.ids_of.get(word if place == 0 else " " + word) for place, word in enumerate(text.split())]


def adds_to_none(text, found=None):
    words = list(found or [])
    for word in text.split():
        if word not in words:
            words = words.append(word)
    return words


def goes_by_place(ids, stop):
    place = 0
    while place < len(ids) and ids[place] != stop:
        yield ids[place]
        place += 1


def counts_runs_of_letters(texts, size):
    return my_vocabulary([" ".join(re.findall(r"\w+", text)) for text in texts], size)


def parts_words_and_marks(texts, size):
    return my_vocabulary([re.sub(r"([.,!?])", r" \1 ", text) for text in texts], size)


def counts_what_is_letters(texts, size):
    return my_vocabulary([" ".join(filter(str.isalpha, text.split())) for text in texts], size)


class ReadsRunsOfLetters(MyTokenizer):
    def encode(self, text):
        return [self.ids_of.get(piece, self.ids_of["<unk>"]) for piece in re.findall(r" ?\w+", text)]


class PartsWordsAndMarks(MyTokenizer):
    def encode(self, text):
        return [self.ids_of.get(piece, self.ids_of["<unk>"]) for piece in re.split(r"(?=[ .])", text)]


def cuts_first(texts, size):
    counts = Counter(" ".join(texts).split())
    kept = sorted(counts, key=lambda word: -counts[word])[: size - 1]
    return ["<unk>", *sorted(kept, key=lambda word: (-counts[word], word))]


def cuts_at_spaces(texts, size):
    counts = Counter(sorted(" ".join(texts).split(" ")))
    return ["<unk>", *(word for word, _ in counts.most_common(size - 1))]


def returns_in_the_loop(text, found=None):
    words = [*(found or ())]
    for word in text.split():
        words += [word] * (word not in words)
        return words


OUTSIDE, GROWN, COUNTED = [], [], Counter()


def empties_a_list_outside(text, found=None):
    del OUTSIDE[:]
    OUTSIDE.extend(dict.fromkeys([*(found or ()), *text.split()]))
    return OUTSIDE


def grows_a_list_outside(text, found=None):
    for word in [*(found or ()), *text.split()]:
        if word not in GROWN:
            GROWN.append(word)
    return GROWN


def adds_what_is_new(text, found=None):
    if found is None:
        found = []
    new = [word for word in dict.fromkeys(text.split()) if word not in found]
    return found + new if new else found


def adds_to_its_default(text, found=[]):  # noqa: B006
    new = [word for word in dict.fromkeys(text.split()) if word not in found]
    return found + new if new else found


def names_it_otherwise(text, words=None):
    return my_collect(text, words)


def puts_the_new_first(text, found=None):
    new = list(dict.fromkeys(text.split()))
    return new + [word for word in found or () if word not in new]


def names_what_sort_returns(texts, size):
    counts = Counter(" ".join(texts).split())
    ordered = list(counts).sort(key=lambda word: (-counts[word], word))
    return ["<unk>", *ordered[: size - 1]]


def counts_outside(texts, size):
    for text in texts:
        COUNTED.update(text.split())
    return ["<unk>", *sorted(COUNTED, key=lambda word: (-COUNTED[word], word))][:size]


def sorts_the_texts(texts, size):
    texts.sort()
    return my_vocabulary(texts, size)


def adds_one_to_nothing(texts, size):
    counts = {}
    for word in " ".join(texts).split():
        counts[word] += 1
    return my_vocabulary(texts, size)


def by_text_of_the_count(texts, size):
    counts = Counter(" ".join(texts).split())
    return ["<unk>", *(word for _, word in sorted((str(-count), word) for word, count in counts.items()))][:size]


def asks_ids_for_the_next(ids, stop):
    while True:
        number = next(ids, stop)
        if number == stop:
            return
        yield number


def yields_nothing_for_the_stop(ids, stop):
    for number in ids:
        if number == stop:
            yield None
        else:
            yield number


def compares_with_zero(ids, stop):
    yield from itertools.takewhile(lambda number: number != 0, ids)


class LooksAgainWithASpace(MyTokenizer):
    def encode(self, text):
        ids = super().encode(text)
        if ids[0] == self.ids_of["<unk>"]:
            ids[0] = self.ids_of.get(" " + text.split(" ")[0], ids[0])
        return ids


class AsksForTheFirstPlace(MyTokenizer):
    def encode(self, text):
        words = text.split(" ")
        pieces = [" " * (words.index(word) > 0) + word for word in words]
        return [self.ids_of.get(piece, self.ids_of["<unk>"]) for piece in pieces]


class PrintsWhatItDecodes(MyTokenizer):
    def decode(self, ids):
        print(super().decode(ids))


def strips(tokenizer):
    return type("Strips", (tokenizer,), {"decode": lambda self, ids: tokenizer.decode(self, ids).strip()})


class AssignsToTheClass(MyTokenizer):
    ids_of = {}  # noqa: RUF012

    def __init__(self, tokens):
        self.tokens = tokens
        AssignsToTheClass.ids_of = {token: number for number, token in enumerate(tokens)}


@dataclass
class AsADataclass:
    """Its fields stand in a dict of the class that can't be copied."""

    tokens: list
    ids_of: dict = field(init=False)

    def __post_init__(self):
        self.ids_of = {token: number for number, token in enumerate(self.tokens)}

    def encode(self, text):
        pieces = text.replace(" ", "\n ").split("\n")
        return [self.ids_of.get(piece, self.ids_of["<unk>"]) for piece in pieces]

    def decode(self, ids):
        return "".join(self.tokens[number] for number in ids)


def test_a_dataclass_passes():
    assert feedback(EXERCISES["word_tokenizer"], AsADataclass).startswith("✓")


def test_the_real_tokens_are_different():
    assert len(set(real_tokens())) == len(real_tokens()) == 49152


class DecodesByTheKeys(MyTokenizer):
    """A dict keeps the order in which its keys came."""

    def decode(self, ids):
        return "".join([*self.ids_of][number] for number in ids)


def test_a_tokenizer_that_decodes_by_its_keys_passes():
    assert feedback(EXERCISES["word_tokenizer"], DecodesByTheKeys).startswith("✓")


def test_an_object_is_told_to_be_a_class():
    assert "hand over the class itself" in feedback(EXERCISES["word_tokenizer"], MyTokenizer(["<unk>"]))


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("slices", [(3, 9, 8), (7, 3, 9, 8, 4), (8, 4, 1), (), (4, 1)], "for ids[1:4] came (3, 9, 8), a tuple"),
        ("slices", ([3, 9, 8], [7, 3, 9, 8, 4], [8, 4, 1], [], [4, 1]), "never equals a list"),
        ("slices", [str([3, 9, 8]), [7, 3, 9, 8, 4], [8, 4, 1], [], [4, 1]], "a text"),
        ("slices", [[3, 9, 8], [7, 3, 9, 8, 4], [8, 4, 1], 9, [4, 1]], "for ids[2:2] came 9, a number"),
        ("slices", [[3, 9, 8, 4], [7, 3, 9, 8, 4], [8, 4, 1], [9], [4, 1]], "the second of two places"),
        ("slices", [[3, 9, 8], [7, 3, 9, 8, 4], [1, 4, 8], [], [4, 1]], "backwards"),
        (
            "fresh_list",
            lambda text, found=None: [*dict.fromkeys(found.copy() + text.split())],
            "it is None, and no list",
        ),
        ("fresh_list", returns_in_the_loop, "the return stands inside the loop"),
        ("fresh_list", empties_a_list_outside, "stands outside of the function"),
        ("fresh_list", grows_a_list_outside, "stands outside of the function"),
        ("fresh_list", adds_what_is_new, "the caller's own list"),
        ("fresh_list", adds_to_its_default, "the caller's own list"),
        ("fresh_list", names_it_otherwise, "no argument is called found"),
        ("fresh_list", puts_the_new_first, "They come first"),
        (
            "fresh_list",
            lambda text, found=None: [].append(text),
            "`append` changes what stands before it and returns None",
        ),
        (
            "frequent_words",
            lambda texts, size: ["<unk>"].append(counts_by_rank(texts, size)),
            "`append` changes what stands before it",
        ),
        ("frequent_words", names_what_sort_returns, "what `sort` returns"),
        ("frequent_words", lambda texts, size: tuple(my_vocabulary(texts, size)), "a tuple came back"),
        ("frequent_words", counts_outside, "is made once and keeps its counts"),
        ("frequent_words", sorts_the_texts, "your code changed its input"),
        ("frequent_words", adds_one_to_nothing, "+= 1 reads first"),
        ("frequent_words", by_text_of_the_count, "counts that are text"),
        ("frequent_words", lambda texts, size: sorted(my_vocabulary(texts, size)), "by the alphabet alone"),
        ("read_until", asks_ids_for_the_next, "ids = iter(ids)"),
        ("read_until", yields_nothing_for_the_stop, "None in place of the stop id"),
        ("read_until", compares_with_zero, "compare with 0"),
        ("word_tokenizer", LooksAgainWithASpace, "looked up again with a space before it"),
        ("word_tokenizer", AsksForTheFirstPlace, "is taken for the first one"),
        ("word_tokenizer", PrintsWhatItDecodes, "decode returned nothing"),
        ("fresh_list", hands_back_what_it_was_given, "a new list in this case too"),
        ("fresh_list", copies_its_default, "None, handed over"),
        ("fresh_list", lambda text, found=None: tuple(my_collect(text, found)), "a tuple came back"),
        ("fresh_list", lambda text, found=None: iter(my_collect(text, found)), "which is no list"),
        ("fresh_list", lambda text, found=None: [*dict.fromkeys([*(found or ()), *text.split(" ")])], "single space"),
        ("frequent_words", cuts_at_spaces, "at each single space"),
        ("frequent_words", lambda texts, size: [*my_vocabulary(texts, size)[1:], "<unk>"], "It is the first token"),
        ("read_until", lambda ids, stop: ids[: ids.index(stop)], "no places"),
        ("word_tokenizer", Misspelt, "Python looks for __init__"),
        ("word_tokenizer", EncodesInRoundBrackets, "a generator, which can be walked through once"),
        ("word_tokenizer", EncodesToATuple, "encode gave a tuple"),
        ("word_tokenizer", TurnsItsDictRound, "from a place to a token"),
        ("word_tokenizer", GivesText, "in place of an id"),
        ("word_tokenizer", LacksSelfInEncode, "what the object keeps is read as self.ids_of"),
        ("word_tokenizer", KeepsNothing, "does __init__ keep it, as self.ids_of = ...?"),
        ("word_tokenizer", EncodesWithoutSelf, "encode lacks self"),
        ("word_tokenizer", SharesByAppending, "belongs to all its objects"),
        ("word_tokenizer", ForgetsTheSecondValue, "`get` has no second value"),
        ("fresh_list", adds_to_none, "`append` changes the list and returns None"),
        ("fresh_list", lambda text, found=None: list({*(found or ()), *text.split()}), "lost in a set"),
        ("read_until", goes_by_place, "has no length and no places"),
        ("read_until", lambda ids, stop: [print(number) for number in ids] and None, "a yield is missing"),
        ("slices", [[3, 9, 8], [7, 3, 9, 8, 4], [8, 4, 1], None, [4, 1]], "an empty one"),
        ("frequent_words", counts_runs_of_letters, "marks were taken off"),
        ("frequent_words", parts_words_and_marks, "words of their own"),
        ("frequent_words", counts_what_is_letters, "words with a mark were left out"),
        ("fresh_list", lambda text, found=None: my_collect(text.replace(".", ""), found), "marks were taken off"),
        ("word_tokenizer", ReadsRunsOfLetters, "Only a space ends a word"),
        ("word_tokenizer", PartsWordsAndMarks, "Only a space ends a word"),
        ("frequent_words", cuts_first, "Sort all the words, then cut"),
        ("word_tokenizer", strips(MyTokenizer), "They belong to the tokens"),
        ("word_tokenizer", AssignsToTheClass, "belongs to all its objects"),
        ("read_until", lambda ids, stop: next(ids, None), "hands over that one alone"),
        ("frequent_words", lambda texts, size: ["<unk>", *Counter(texts)][:size], "counted whole texts"),
        ("slices", [[7, 3, 9, 8], [7, 3, 9, 8, 4], [8, 4, 1], [3], [8, 4, 1]], "counted from 1 and included the end"),
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
    refuse(EXERCISES[name], answer, words)


def by_counter(texts, size):
    counts = sorted(Counter(" ".join(texts).split()).items(), key=lambda pair: pair[0])
    return ["<unk>", *(word for word, _ in sorted(counts, key=lambda pair: pair[1], reverse=True))][:size]


class ByIndex:
    def __init__(self, tokens):
        self.tokens = tuple(tokens)

    def encode(self, text):
        ids = []
        for place, word in enumerate(text.split()):
            piece = word if place == 0 else f" {word}"
            ids.append(self.tokens.index(piece if piece in self.tokens else "<unk>"))
        return ids

    def decode(self, ids):
        return "".join(map(self.tokens.__getitem__, ids))


RIGHT = {
    "slices": lambda: [[7, 3, 9, 8, 4, 1][first:end] for first, end in ((1, 4), (0, 5), (3, 6), (2, 2), (4, None))],
    "fresh_list": lambda text, found=(): [*dict.fromkeys([*(found or ()), *text.split()])],
    "frequent_words": by_counter,
    "read_until": lambda ids, stop: iter(partial(next, iter(ids), stop), stop),
    "word_tokenizer": ByIndex,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
