"""The solutions of lesson 02 against libraries that nobody here wrote, and the same mistakes in other words."""

import codecs
import json
import re
from itertools import pairwise

import pytest
import regex
import tokenizers
from classroom.styles import accept
from effort import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tokenizers import models, pre_tokenizers, trainers

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson02
from lessons_lib.classroom.lessons.lesson02.count_pairs import my_count_pairs
from lessons_lib.classroom.lessons.lesson02.encode import my_encode
from lessons_lib.classroom.lessons.lesson02.merge import my_merge
from lessons_lib.classroom.lessons.lesson02.split import my_split
from lessons_lib.classroom.lessons.lesson02.stream import my_stream
from lessons_lib.classroom.lessons.lesson02.train import joined, my_train, pair_counts
from lessons_lib.tokenizer.encoding.bpe import merge

EXERCISES = {exercise.id: exercise for exercise in lesson02.EXERCISES}
WORDS = st.dictionaries(st.text("abc", min_size=1, max_size=9), st.integers(1, 40), min_size=1, max_size=7)
bounded = settings(max_examples=examples(60), derandomize=True, deadline=None)


@given(WORDS)
@bounded
def test_count_pairs_equals_an_overlapping_search(words):
    found = [pair for word, times in words.items() for pair in regex.findall("..", word, overlapped=True) * times]
    assert my_count_pairs(words) == {tuple(pair): found.count(pair) for pair in found}


@given(st.text("abc", max_size=20), st.tuples(st.sampled_from("abc"), st.sampled_from("abc")))
@bounded
def test_merge_equals_replacing_in_a_string(text, pair):
    expected = [ord(letter) for letter in text.replace("".join(pair), "X")]
    assert my_merge([ord(letter) for letter in text], tuple(map(ord, pair)), ord("X")) == expected


@given(WORDS, st.integers(1, 8))
@bounded
def test_train_finds_the_merges_of_tokenizers(words, rounds):
    assume(no_ties(words, rounds))  # tokenizers breaks ties by id
    model = tokenizers.Tokenizer(models.BPE())
    model.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    letters = len(set("".join(words)))
    trainer = trainers.BpeTrainer(vocab_size=letters + rounds, show_progress=False, min_frequency=1)
    model.train_from_iterator([" ".join([word] * times) for word, times in words.items()], trainer)
    learned = json.loads(model.to_str())["model"]["merges"]
    assert my_train(words, rounds) == [tuple(pair) for pair in learned]


def no_ties(words, rounds):
    """Whether every round has one winner, and no two merges make the same token."""
    merges = my_train(words, rounds)
    state = {tuple(word): times for word, times in words.items()}
    for pair in merges:
        counts = pair_counts(state)
        if list(counts.values()).count(counts[pair]) > 1:
            return False
        state = {joined(symbols, pair): times for symbols, times in state.items()}
    return len({"".join(pair) for pair in merges}) == len(merges)


@given(WORDS, st.integers(0, 12), st.text("abcd", max_size=15))
@bounded
def test_encode_equals_tokenizers_and_the_library(words, rounds, word):
    merges = my_train(words, rounds)
    tokens = list(dict.fromkeys([*"abcd", *("".join(pair) for pair in merges)]))
    ids = {token: i for i, token in enumerate(tokens)}
    assume(len(tokens) == 4 + len(merges))
    expected = tokenizers.Tokenizer(models.BPE(vocab=ids, merges=merges)).encode(word).tokens
    assert my_encode(word, merges) == expected
    ranks = {(ids[left], ids[right]): rank for rank, (left, right) in enumerate(merges)}
    results = [ids[left + right] for left, right in merges]
    assert [tokens[i] for i in merge([ids[letter] for letter in word], ranks, results)] == expected


@given(st.text("aé€😀", max_size=8), st.sets(st.integers(1, 20), max_size=6), st.sampled_from([b"", b"\xff", b"\xe2"]))
@bounded
def test_stream_shows_what_is_complete_and_ends_like_decode(text, cuts, extra):
    data = text.encode() + extra
    ends = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    tokens = [data[start:end] for start, end in pairwise(ends)]
    shown = my_stream(tokens)
    assert len(shown) == len(tokens) + 1
    assert "".join(shown) == data.decode("utf-8", errors="replace")
    for i, end in enumerate(ends[1:]):
        assert "".join(shown[: i + 1]) == codecs.utf_8_decode(data[:end], "replace", False)[0]


@given(st.lists(st.sampled_from(["a", "Zb", " ", "\n", "7", "20", "345", "!", "é", "_"]), max_size=15).map("".join))
@bounded
def test_split_equals_another_regex_engine(text):
    pattern = tokenizers.Regex(r" ?[A-Za-z]+|[0-9]{1,3}(?=([0-9]{3})*(?![0-9]))|[\s\S]")
    expected = [piece for piece, _ in pre_tokenizers.Split(pattern, "isolated").pre_tokenize_str(text)]
    assert my_split(text) == expected
    assert "".join(my_split(text)) == text


@given(st.integers(0, 10**13))
@bounded
def test_split_groups_digits_as_python_prints_them(number):
    assert my_split(f"{number} years") == [*f"{number:,}".split(","), " years"]


# The learner writes the same mistakes differently; the words must be the same.


def train_all_alike(words, rounds):
    """Goes through the words, not minding how often each occurs."""
    return my_train(dict.fromkeys(words, 7), rounds)


def greedy(word, merges):
    """Looks for ever shorter beginnings that are tokens."""
    tokens, result = {left + right for left, right in merges}, []
    while word:
        end = next(end for end in range(len(word), 0, -1) if word[:end] in tokens or end == 1)
        result.append(word[:end])
        word = word[end:]
    return result


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        (
            "count_pairs",
            lambda words: {
                (w[i], w[i + 1]): sum(w2[j : j + 2] == w[i : i + 2] for w2 in words for j in range(len(w2)))
                for w in words
                for i in range(len(w) - 1)
            },
            "every word counts once",
        ),
        (
            "merge",
            lambda ids, pair, new: replace_in_text(ids, pair, new, count=1),
            "only the first place is merged",
        ),
        ("train", train_all_alike, "every word counts once"),
        ("encode", greedy, "you took the longest token that fits"),
        (
            "stream",
            lambda tokens: [*(str(token, "utf-8", "replace") for token in tokens), ""],
            "decoded every token by itself",
        ),
        ("split", lambda text: re.split(r"( ?[a-zA-Z]+|\d{1,3}|\W)", text)[1::2], "counted from the left"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    report = feedback(EXERCISES[name], answer)
    assert report.startswith("✗") and words in report


def replace_in_text(ids, pair, new, count=-1):
    return list(map(ord, "".join(map(chr, ids)).replace("".join(map(chr, pair)), chr(new), count)))


def plain_train(words, rounds):
    """Words as lists with spaces between symbols, as the paper's own program keeps them."""
    lines, merges = {" ".join(word): times for word, times in words.items()}, []
    for _ in range(rounds):
        counts = {}
        for line, times in lines.items():
            for pair in pairwise(line.split()):
                counts[pair] = counts.get(pair, 0) + times
        if counts:
            most = max(counts.values())
            merges.append(min(pair for pair in counts if counts[pair] == most))
            pattern = re.compile(r"(?<!\S)" + re.escape(" ".join(merges[-1])) + r"(?!\S)")
            lines = {pattern.sub("".join(merges[-1]), line): times for line, times in lines.items()}
    return merges


def plain_encode(word, merges):
    symbols = list(word)
    for pair in merges:
        i = 0
        while i < len(symbols) - 1:
            if (symbols[i], symbols[i + 1]) == pair:
                symbols[i : i + 2] = ["".join(pair)]
            i += 1
    return tuple(symbols)


def plain_stream(tokens):
    ends = [len(b"".join(tokens[: i + 1])) for i in range(len(tokens))]
    data = b"".join(tokens)
    texts = [codecs.utf_8_decode(data[:end], "replace", False)[0] for end in ends] + [data.decode(errors="replace")]
    return [after[len(before) :] for before, after in pairwise(["", *texts])]


def plain_split(text):
    pieces = []
    for part in re.findall(r" ?[a-zA-Z]+|[0-9]+|[^0-9]", text):
        if part.isdecimal():
            first = len(part) % 3
            part = [part[:first]] * bool(first) + [part[i : i + 3] for i in range(first, len(part), 3)]
        pieces += part if isinstance(part, list) else [part]
    return pieces


RIGHT = {
    "count_pairs": lambda words: pair_counts({tuple(word): times for word, times in words.items()}),
    "merge": replace_in_text,
    "train": plain_train,
    "encode": plain_encode,
    "stream": plain_stream,
    "split": plain_split,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def test_pairs_may_be_lists():
    def answer(words, rounds):
        return [list(pair) for pair in my_train(words, rounds)]

    assert feedback(EXERCISES["train"], answer).startswith("✓")
