"""An exercise of lesson 02: encode by rank."""

from itertools import pairwise

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson02.merge import merge_the_first_only
from lessons_lib.classroom.lessons.lesson02.train import joined


def my_encode(word, merges):
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    symbols = list(word)
    while True:
        found = [(ranks[pair], i) for i, pair in enumerate(pairwise(symbols)) if pair in ranks]
        if not found:
            return symbols
        _, i = min(found)
        symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]


def encode_by_longest_match(word, merges):
    """It looks as if you took the longest token that fits, from the left. That is another rule: the merges are
    applied in the order in which they were learned, wherever in the word they stand."""
    tokens, symbols = set(word) | {"".join(pair) for pair in merges}, []
    while word:
        longest = max((token for token in tokens if word.startswith(token)), key=len)
        symbols.append(longest)
        word = word.removeprefix(longest)
    return symbols


def encode_from_the_left(word, merges):
    """It looks as if you merged the first pair from the left that can be merged. Look at all places first and take
    the pair that was learned earliest."""
    symbols = list(word)
    while place := next((i + 1 for i, pair in enumerate(pairwise(symbols)) if pair in merges), 0):
        symbols[place - 1 : place + 1] = ["".join(symbols[place - 1 : place + 1])]
    return symbols


def encode_last_merge_first(word, merges):
    """It looks as if the merge that was learned last comes first: the earliest has the lowest rank and comes first."""
    return my_encode(word, merges[::-1])


def encode_once_a_merge(word, merges):
    """It looks as if each merge is made at one place only: a word may hold the pair several times."""
    symbols = list(word)
    for pair in merges:
        symbols = merge_the_first_only(symbols, pair, "".join(pair))
    return symbols


def encode_one_merge(word, merges):
    """It looks as if you stopped after the first pair that can be merged: go on until none is left."""
    symbols = tuple(word)
    return list(next((done for pair in merges if (done := joined(symbols, pair)) != symbols), symbols))


def encode_forgets_letters(word, merges):
    """It looks as if letters that were never merged are missing: they stay as they are, or the text could not be
    read back."""
    return [symbol for symbol in my_encode(word, merges) if len(symbol) > 1]


ENCODE = Exercise(
    id="encode",
    title="Encode by rank",
    difficulty=2,
    minutes=12,
    contract="a word and the list of merged pairs, in the order in which they were learned, to the list of its tokens "
    "as strings: as long as there is a pair that can be merged, the one learned earliest is merged, leftmost first.",
    cases=(
        ("", [("a", "b")]),
        ("ab", [("a", "b")]),
        ("cab", [("a", "b")]),
        ("abc", [("b", "c"), ("a", "b")]),
        ("abc", [("a", "b"), ("b", "c")]),
        ("aaa", [("a", "a")]),
        ("abcd", [("b", "c"), ("a", "b"), ("c", "d"), ("a", "bc")]),
        ("abab", [("a", "b"), ("ab", "ab")]),
        ("abxab", [("a", "b")]),
        ("deeply", [("e", "p"), ("d", "e"), ("l", "y"), ("e", "ep"), ("de", "ep")]),
        ("xyz", [("a", "b")]),
    ),
    tried="no merge and several, an order that matters, a pair that occurs twice, letters without a merge",
    hints=(
        "Start from the letters. The place in the list of merges is the rank of a pair; the lowest rank goes first.",
        "In every round look at all pairs of neighbours that have a rank and take the one with the lowest.",
        "min over (rank, place) finds it; symbols[i : i + 2] = [symbols[i] + symbols[i + 1]] merges in place.",
    ),
    solution=my_encode,
    mistakes=(
        encode_by_longest_match,
        encode_from_the_left,
        encode_last_merge_first,
        encode_once_a_merge,
        encode_one_merge,
        encode_forgets_letters,
    ),
)
