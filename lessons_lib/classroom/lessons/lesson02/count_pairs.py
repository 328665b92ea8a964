"""An exercise of lesson 02: count the pairs."""

from collections import Counter
from itertools import pairwise

from lessons_lib.classroom.exercises import Exercise


def my_count_pairs(words):
    counts = {}
    for word, times in words.items():
        for left, right in pairwise(word):
            counts[left, right] = counts.get((left, right), 0) + times
    return counts


def pairs_of_each_word_once(words):
    """It looks as if every word counts once. A pair in a word that occurs 3 times occurs 3 times: add the word's
    number, not 1."""
    return dict(Counter(pair for word in words for pair in pairwise(word)))


def pairs_without_repeats(words):
    """It looks as if a pair counts once a word, however often it stands in it. In 'banana' the pair a, n occurs
    twice."""
    counts = Counter()
    for word, times in words.items():
        counts.update(dict.fromkeys(pairwise(word), times))
    return dict(counts)


def pairs_without_overlaps(words):
    """It looks as if pairs of equal letters were counted without overlap. Every place counts: 'aaa' holds the pair
    a, a at two places."""
    counts = my_count_pairs(words)
    for pair in counts:
        counts[pair] = sum(word.count("".join(pair)) * times for word, times in words.items())
    return counts


def pairs_across_words(words):
    """It looks as if you joined the words first. The last letter of one word and the first of the next are no pair:
    a token never crosses the border of a word."""
    return dict(Counter(pairwise("".join(word * times for word, times in words.items()))))


def pairs_without_the_last(words):
    """It looks as if the last pair of each word is missing. A word of n letters has n - 1 pairs."""
    counts = Counter()
    for word, times in words.items():
        for i in range(len(word) - 2):
            counts[word[i], word[i + 1]] += times
    return dict(counts)


def pairs_as_strings(words):
    """It looks as if the keys are strings. Make them pairs, ('d', 'e'): later, when tokens are longer, 'dee' could
    be d, ee or de, e."""
    return {"".join(pair): times for pair, times in my_count_pairs(words).items()}


COUNT_PAIRS = Exercise(
    id="count_pairs",
    title="Count the pairs",
    difficulty=1,
    minutes=5,
    contract="words, a dict from word to how often it occurs, to a dict from pair of neighbouring letters, a tuple, to "
    "how often that occurs in all words together.",
    cases=(
        ({"de": 1},),
        ({"de": 3},),
        ({"deep": 3, "model": 2},),
        ({"banana": 1},),
        ({"aaa": 2, "aaaa": 1},),
        ({"a": 5, "ab": 1},),
    ),
    tried="words that occur once and often, a pair twice in a word, equal letters in a row, a word of one letter",
    hints=(
        "Go through the words; in each, through the places where a pair starts.",
        "zip(word, word[1:]) gives the pairs of one word, and so does itertools.pairwise(word).",
        "For each pair: counts[pair] = counts.get(pair, 0) + times.",
    ),
    solution=my_count_pairs,
    mistakes=(
        pairs_of_each_word_once,
        pairs_without_repeats,
        pairs_without_overlaps,
        pairs_across_words,
        pairs_without_the_last,
        pairs_as_strings,
    ),
)
