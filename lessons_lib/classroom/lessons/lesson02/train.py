"""An exercise of lesson 02: train."""

import re
from collections import Counter
from itertools import pairwise

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson02.merge import my_merge


def joined(symbols: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    """The symbols of a word after one merge. Solutions spell this out; mistakes use it."""
    return tuple(my_merge(symbols, pair, "".join(pair)))


def pair_counts(words: dict[tuple[str, ...], int]) -> Counter:
    """How often each pair of symbols occurs."""
    counts = Counter()
    for symbols, times in words.items():
        for pair in pairwise(symbols):
            counts[pair] += times
    return counts


def smallest(counts: Counter) -> tuple[str, str]:
    """The pair to merge: the most frequent one, and of those that tie the one that sorts first."""
    return min(counts, key=lambda pair: (-counts[pair], pair))


def trained(words: dict[str, int], rounds: int, choose=smallest, join=joined) -> list[tuple[str, str]]:
    """Merges found when `choose` picks a pair from the counts and `join` merges it in a word."""
    words, merges = {tuple(word): times for word, times in words.items()}, []
    while len(merges) < rounds and (counts := pair_counts(words)):
        merges.append(choose(counts))
        words = {join(symbols, merges[-1]): times for symbols, times in words.items()}
    return merges


def my_train(words, rounds):
    words = {tuple(word): times for word, times in words.items()}
    merges = []
    for _ in range(rounds):
        counts = Counter()
        for symbols, times in words.items():
            for pair in pairwise(symbols):
                counts[pair] += times
        if not counts:
            break
        best = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(best)
        merged = {}
        for symbols, times in words.items():
            result, i = [], 0
            while i < len(symbols):
                found = symbols[i : i + 2] == best
                result.append("".join(best) if found else symbols[i])
                i += 2 if found else 1
            merged[tuple(result)] = times
        words = merged
    return merges


def train_without_recounting(words, rounds):
    """It looks as if you counted once and took the best pairs of that count. Every merge makes new pairs and uses up
    old ones: count again in each round."""
    counts = pair_counts({tuple(word): times for word, times in words.items()})
    return sorted(counts, key=lambda pair: (-counts[pair], pair))[:rounds]


def train_counts_a_pair_once_a_word(words, rounds):
    """It looks as if a pair counts once for each word that holds it. Every place counts: banana holds a n twice."""
    words, merges = {tuple(word): times for word, times in words.items()}, []
    while len(merges) < rounds:
        counts = Counter()
        for symbols, times in words.items():
            for pair in set(pairwise(symbols)):
                counts[pair] += times
        if not counts:
            break
        merges.append(smallest(counts))
        words = {joined(symbols, merges[-1]): times for symbols, times in words.items()}
    return merges


def train_across_words(words, rounds):
    """It looks as if the words stand in one row, and the last letter of one makes a pair with the first of the next.
    Pairs stand within a word: go through the words one by one."""
    return trained({tuple(letter for word, times in words.items() for letter in word * times): 1}, rounds)


def train_ignores_how_often(words, rounds):
    """It looks as if every word counts once: a pair counts as often as the words it stands in."""
    return my_train(dict.fromkeys(words, 1), rounds)


def train_takes_the_first_met(words, rounds):
    """It looks as if, of pairs that tie, you took the one met first. Take the one that sorts first: with
    key=lambda pair: (-counts[pair], pair), min does both."""
    return trained(words, rounds, lambda counts: max(counts, key=counts.get))


def train_takes_the_oldest(words, rounds):
    """It looks as if, of pairs that tie, you took the one whose symbols are oldest, as the lesson's own training does.
    Here it is the pair that sorts first: min with key=lambda pair: (-counts[pair], pair) does both."""
    age = {letter: place for place, letter in enumerate(sorted(set("".join(words))))}

    def oldest(counts):
        best = min(counts, key=lambda pair: (-counts[pair], age[pair[0]], age[pair[1]]))
        age["".join(best)] = len(age)
        return best

    return trained(words, rounds, oldest)


def train_takes_the_last_of_a_tie(words, rounds):
    """It looks as if, of pairs that tie, you took the one that sorts last: max over (count, pair) does that. Use min
    over (-count, pair)."""
    return trained(words, rounds, lambda counts: max(counts, key=lambda pair: (counts[pair], pair)))


def train_sorts_by_spelling(words, rounds):
    """It looks as if, of pairs that tie, you compared the joined spellings. Compare the pairs: ('a', 'c') sorts before
    ('ab', 'a'), though aba sorts before ac."""
    return trained(words, rounds, lambda counts: min(counts, key=lambda pair: (-counts[pair], "".join(pair))))


def train_in_strings(words, rounds):
    """It looks as if pairs are replaced in a string with spaces between the symbols. There "a b" is also found inside
    "ca b" and in "a bc": compare whole symbols."""
    lines, merges = {" ".join(word): times for word, times in words.items()}, []
    for _ in range(rounds):
        counts = pair_counts({tuple(line.split()): times for line, times in lines.items()})
        if not counts:
            break
        merges.append(min(counts, key=lambda pair: (-counts[pair], pair)))
        lines = {line.replace(" ".join(merges[-1]), "".join(merges[-1])): times for line, times in lines.items()}
    return merges


def train_in_patterns(words, rounds):
    """It looks as if pairs are replaced by a pattern, and a sign such as . is read as part of it. re.escape makes it a
    plain letter; symbols in a tuple need no pattern."""
    return trained(words, rounds, join=by_pattern)


def by_pattern(symbols, pair):
    pattern = r"(?<!\S)" + " ".join(pair) + r"(?!\S)"
    return tuple(re.sub(pattern, "".join(pair), " ".join(symbols)).split(" "))


def train_on_bytes(words, rounds):
    """It looks as if the words were trained on as bytes. Here the first symbols are the letters, and é is one letter of
    two bytes: tuple(word) gives the letters."""
    words, spelled = {tuple(word.encode()): times for word, times in words.items()}, [bytes([i]) for i in range(256)]
    merges = []
    while len(merges) < rounds and (counts := pair_counts(words)):
        pair = min(counts, key=lambda pair: (-counts[pair], spelled[pair[0]], spelled[pair[1]]))
        merges.append(tuple(spelled[i].decode(errors="replace") for i in pair))
        words = {tuple(my_merge(symbols, pair, len(spelled))): times for symbols, times in words.items()}
        spelled.append(spelled[pair[0]] + spelled[pair[1]])
    return merges


def train_in_small_letters(words, rounds):
    """It looks as if capitals are made small. A is another letter than a: take the words as they are."""
    return trained({word.lower(): times for word, times in words.items()}, rounds)


def train_forgets_what_it_merged(words, rounds):
    """It looks as if a merge gets lost where the word goes on behind it: is this the forgetful_merge of section 12?
    Then the pair stays and is chosen again. Collect the merged symbols in a new list."""

    def forgetful(symbols, pair):
        result, i = symbols, 0
        while i < len(symbols) - 1:
            fits = symbols[i : i + 2] == pair
            result = (*symbols[:i], "".join(pair), *symbols[i + 2 :]) if fits else symbols
            i += 2 if fits else 1
        return result

    return trained(words, rounds, join=forgetful)


def train_loses_the_last_symbol(words, rounds):
    """It looks as if a merge loses the last symbol of a word that does not end in the pair. The loop must reach it
    too."""

    def up_to_the_last(symbols, pair):
        merged = joined(symbols, pair)
        return merged if symbols and merged[-1] != symbols[-1] else merged[:-1]

    return trained(words, rounds, join=up_to_the_last)


def train_skips_after_equal_letters(words, rounds):
    """It looks as if, after two equal symbols, counting goes on two places: then a, b is missed in aab, and a, a is
    counted once in aaa. Every place counts."""
    words, merges = {tuple(word): times for word, times in words.items()}, []
    while len(merges) < rounds:
        counts = Counter()
        for symbols, times in words.items():
            i = 0
            while i < len(symbols) - 1:
                counts[symbols[i : i + 2]] += times
                i += 2 if symbols[i] == symbols[i + 1] else 1
        if not counts:
            break
        merges.append(smallest(counts))
        words = {joined(symbols, merges[-1]): times for symbols, times in words.items()}
    return merges


def train_forgets_to_add(words, rounds):
    """It looks as if the count of a pair is set and not added to: counts[pair] = times keeps only the last word's
    number. Add: counts[pair] = counts.get(pair, 0) + times."""
    state, merges = {tuple(word): times for word, times in words.items()}, []
    while len(merges) < rounds:
        counts = {pair: times for symbols, times in state.items() for pair in pairwise(symbols)}
        if not counts:
            break
        merges.append(min(counts, key=lambda pair: (-counts[pair], pair)))
        state = {joined(symbols, merges[-1]): times for symbols, times in state.items()}
    return merges


def train_returns_tokens(words, rounds):
    """It looks as if you returned the new tokens. Return the pairs, ('d', 'e'): encoding needs to know what to join."""
    return ["".join(pair) for pair in my_train(words, rounds)]


def train_stops_at_one(words, rounds):
    """It looks as if you stopped when no pair occurred more than once. That is a sensible rule, but not the one asked
    for: go on until the rounds are over or no pair is left."""
    words, merges = {tuple(word): times for word, times in words.items()}, []
    while len(merges) < rounds and max((counts := pair_counts(words)).values(), default=1) > 1:
        merges.append(min(counts, key=lambda pair: (-counts[pair], pair)))
        words = {joined(symbols, merges[-1]): times for symbols, times in words.items()}
    return merges


def train_counts_without_overlap(words, rounds):
    """It looks as if aaa holds a, a once in your count. Here every place counts, so it holds it twice, though a merge
    takes only one of the two."""
    words, merges = {tuple(word): times for word, times in words.items()}, []
    while len(merges) < rounds:
        counts = Counter()
        for symbols, times in words.items():
            for pair in set(pairwise(symbols)):
                counts[pair] += times * my_merge(symbols, pair, None).count(None)
        if not counts:
            break
        merges.append(min(counts, key=lambda pair: (-counts[pair], pair)))
        words = {joined(symbols, merges[-1]): times for symbols, times in words.items()}
    return merges


def trained_without_an_end(words, rounds, choose):
    """What `trained` would find if it did not ask whether there are pairs left."""
    words, merges = {tuple(word): times for word, times in words.items()}, []
    for _ in range(rounds):
        merges.append(choose(pair_counts(words)))
        words = {joined(symbols, merges[-1]): times for symbols, times in words.items()}
    return merges


def train_without_an_end(words, rounds):
    """No pair is left, and there are rounds to go: each word has become one symbol. Ask whether there are counts before
    you choose, and stop if not."""
    return trained_without_an_end(words, rounds, smallest)


def train_without_an_end_by_max(words, rounds):
    """No pair is left, and there are rounds to go: each word has become one symbol. Ask whether there are counts before
    you choose, and stop if not."""

    def choose(counts):
        most = max(counts.values())
        return min(pair for pair in counts if counts[pair] == most)

    return trained_without_an_end(words, rounds, choose)


def train_returns_spaced_text(words, rounds):
    """The right merges, but each as one text with a space inside. Return tuples of two strings: ('d', 'e')."""
    return [" ".join(pair) for pair in my_train(words, rounds)]


def train_merges_from_the_right(words, rounds):
    """It looks as if you merge from the right. Where a pair overlaps itself, the left one is merged: a a a b becomes aa
    a b."""

    def from_the_right(symbols, pair):
        return tuple(my_merge(symbols[::-1], pair[::-1], "".join(pair))[::-1])

    return trained(words, rounds, join=from_the_right)


def train_merges_one_place(words, rounds):
    """It looks as if only the first place in each word is merged. Go on to the end of the word: banana holds a n
    twice."""

    def at_the_first_place(symbols, pair):
        i = next((i for i, both in enumerate(pairwise(symbols)) if both == pair), None)
        return symbols if i is None else (*symbols[:i], "".join(pair), *symbols[i + 2 :])

    return trained(words, rounds, join=at_the_first_place)


TRAIN = Exercise(
    id="train",
    title="Train",
    difficulty=2,
    minutes=20,
    contract="my_train(words, rounds). words: a dict {word: how often it occurs}. rounds: how many merges to learn. It "
    "returns a list of the pairs that were merged, in order, each a tuple of two strings. Each round merges the pair "
    "that occurs most often, in every word, from left to right. Every place counts: aaa holds a, a twice. Of pairs "
    "that tie, the one that sorts first is merged. When no pair is left, training ends early.",
    cases=(
        ({"ab": 1}, 1),
        ({"ab": 1}, 5),
        ({"ba": 1, "ab": 1}, 1),
        ({"deep": 3, "model": 2, "de": 1}, 4),
        ({"ab": 5, "abc": 1, "bc": 3}, 3),
        ({"abac": 3}, 2),
        ({"this_": 4, "is_": 2, "the_": 4, "first_": 1, "words_": 1}, 6),
        ({"low": 5, "lower": 2, "newest": 6, "widest": 3}, 8),
        ({"banana": 2, "aaaa": 1, "nab": 3}, 6),
        ({"zy": 1, "cab": 1, "ca": 1}, 2),
        ({"a": 4}, 2),
        ({"aaab": 1}, 3),
        ({"aaaaa": 2, "ab": 1}, 4),
        ({"café": 2, "thé": 2}, 2),
        ({"A.": 2, "Ax": 1}, 2),
    ),
    tried="ties, words that occur often, equal letters in a row, accents, capitals and signs, and more rounds than "
    "there are pairs",
    hints=(
        "One round is: count the pairs, choose one, merge it in every word. Section 3 counts, your my_merge "
        "merges; only the choice is new.",
        "Keep the words as a dict from tuple of symbols to how often: {('d', 'e', 'e', 'p'): 3}.",
        "min(counts, key=lambda pair: (-counts[pair], pair)) chooses; if counts is empty, stop.",
    ),
    solution=my_train,
    mistakes=(
        train_without_recounting,
        train_counts_a_pair_once_a_word,
        train_across_words,
        train_ignores_how_often,
        train_takes_the_first_met,
        train_takes_the_oldest,
        train_takes_the_last_of_a_tie,
        train_sorts_by_spelling,
        train_in_strings,
        train_in_patterns,
        train_on_bytes,
        train_in_small_letters,
        train_forgets_what_it_merged,
        train_forgets_to_add,
        train_returns_tokens,
        train_stops_at_one,
        train_counts_without_overlap,
        train_loses_the_last_symbol,
        train_skips_after_equal_letters,
        train_without_an_end,
        train_without_an_end_by_max,
        train_returns_spaced_text,
        train_merges_from_the_right,
        train_merges_one_place,
    ),
)
