"""The exercises and the quiz of lesson 02: from text to tokens and back.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

import codecs
from collections import Counter
from itertools import pairwise

import regex

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.questions import Question

# 1. count pairs


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


# 2. merge


def my_merge(ids, pair, new):
    merged, i = [], 0
    while i < len(ids):
        if tuple(ids[i : i + 2]) == tuple(pair):
            merged.append(new)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def merge_the_first_only(ids, pair, new):
    """It looks as if only the first place is merged: go on to the end."""
    for i in range(len(ids) - 1):
        if (ids[i], ids[i + 1]) == pair:
            return [*ids[:i], new, *ids[i + 2 :]]
    return list(ids)


def merge_from_the_old_list(ids, pair, new):
    """It looks as if each merge starts again from the list as it was, so that only the last one survives. Collect the
    result in a new list as you go."""
    merged, i = list(ids), 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == pair:
            merged = [*ids[:i], new, *ids[i + 2 :]]
            i += 2
        else:
            i += 1
    return merged


def merge_without_skipping(ids, pair, new):
    """It looks as if you went on one place after a merge, where the second half of the pair stands. It is used up:
    go on two places."""
    places = range(len(ids))
    return [new if (ids[i], *ids[i + 1 : i + 2]) == pair else ids[i] for i in places]


def merge_from_the_right(ids, pair, new):
    """It looks as if you merged from the right. Where pairs overlap, the left one comes first: 1, 1, 1 is 9, 1."""
    return my_merge(ids[::-1], pair[::-1], new)[::-1]


def merge_drops_the_last(ids, pair, new):
    """It looks as if the last id gets lost when it is not part of a pair. The loop must reach it too."""
    merged, i = [], 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == pair:
            merged.append(new)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def merge_either_order(ids, pair, new):
    """It looks as if 2, 1 is merged as well as 1, 2. The order counts: 'ed' is not 'de'."""
    merged, i = [], 0
    while i < len(ids):
        if tuple(ids[i : i + 2]) in (pair, pair[::-1]):
            merged.append(new)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


MERGE = Exercise(
    id="merge",
    title="Merge a pair",
    difficulty=2,
    minutes=8,
    contract="a list of ids, a pair of ids and a new id to the list in which the new id stands wherever the pair "
    "stood, from left to right.",
    cases=(
        ([], (1, 2), 9),
        ([5], (1, 2), 9),
        ([1, 2], (1, 2), 9),
        ([2, 1], (1, 2), 9),
        ([1, 1, 1], (1, 1), 9),
        ([1, 1, 1, 1], (1, 1), 9),
        ([3, 1, 2, 4, 1, 2], (1, 2), 9),
        ([1, 2, 1, 2, 1, 5], (1, 2), 9),
    ),
    tried="no id and one, no pair, several pairs, equal ids in a row, an id left over at the end",
    hints=(
        "Walk along with a place i and build a new list; the old one stays as it is.",
        "At each place there are two cases: the pair starts here, or it does not. By how much does i grow in each?",
        "ids[i : i + 2] is shorter than 2 at the end, so it can't equal the pair there, and no index is out of range.",
    ),
    solution=my_merge,
    mistakes=(
        merge_the_first_only,
        merge_from_the_old_list,
        merge_without_skipping,
        merge_from_the_right,
        merge_drops_the_last,
        merge_either_order,
    ),
)


# 3. train


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


def trained(words: dict[str, int], rounds: int, choose) -> list[tuple[str, str]]:
    """Merges found when `choose` picks a pair from the counts."""
    words, merges = {tuple(word): times for word, times in words.items()}, []
    while len(merges) < rounds and (counts := pair_counts(words)):
        merges.append(choose(counts))
        words = {joined(symbols, merges[-1]): times for symbols, times in words.items()}
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


def train_ignores_how_often(words, rounds):
    """It looks as if every word counts once: a pair counts as often as the words it stands in."""
    return my_train(dict.fromkeys(words, 1), rounds)


def train_takes_the_first_met(words, rounds):
    """It looks as if, of pairs that tie, you took the one met first. Take the one that sorts first: with
    key=lambda pair: (-counts[pair], pair), min does both."""
    return trained(words, rounds, lambda counts: max(counts, key=counts.get))


def train_takes_the_last_of_a_tie(words, rounds):
    """It looks as if, of pairs that tie, you took the one that sorts last: max over (count, pair) does that. Use min
    over (-count, pair)."""
    return trained(words, rounds, lambda counts: max(counts, key=lambda pair: (counts[pair], pair)))


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


TRAIN = Exercise(
    id="train",
    title="Train",
    difficulty=2,
    minutes=15,
    contract="words, a dict from word to how often it occurs, and a number of rounds to the list of pairs of strings "
    "that were merged, in order. Each round merges the pair that occurs most often; of pairs that tie, the one that "
    "sorts first. It ends early when no pair is left.",
    cases=(
        ({"ab": 1}, 1),
        ({"ab": 1}, 5),
        ({"ba": 1, "ab": 1}, 1),
        ({"deep": 3, "model": 2, "de": 1}, 4),
        ({"low": 5, "lower": 2, "newest": 6, "widest": 3}, 8),
        ({"banana": 2, "aaaa": 1, "nab": 3}, 6),
        ({"zy": 1, "cab": 1, "ca": 1}, 2),
        ({"a": 4}, 2),
    ),
    tried="ties, words that occur often, equal letters in a row, and more rounds than there are pairs",
    hints=(
        "One round is: count the pairs, choose one, merge it in every word. You have written two of the three.",
        "Keep the words as a dict from tuple of symbols to how often: {('d', 'e', 'e', 'p'): 3}.",
        "min(counts, key=lambda pair: (-counts[pair], pair)) chooses; if counts is empty, stop.",
    ),
    solution=my_train,
    mistakes=(
        train_without_recounting,
        train_ignores_how_often,
        train_takes_the_first_met,
        train_takes_the_last_of_a_tie,
        train_returns_tokens,
        train_stops_at_one,
    ),
)


# 4. encode


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


# 5. stream


def my_stream(tokens):
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    texts = [decoder.decode(token) for token in tokens]
    texts.append(decoder.decode(b"", final=True))
    return texts


def stream_each_alone(tokens):
    """It looks as if you decoded every token by itself. A character may be spread over several tokens: bytes that
    are not complete yet must wait for the next token."""
    return [token.decode("utf-8", errors="replace") for token in tokens] + [""]


def stream_ignores_errors(tokens):
    """It looks as if bytes that are no character alone were dropped. They may be the start of one: keep them until
    the next token comes."""
    return [token.decode("utf-8", errors="ignore") for token in tokens] + [""]


def stream_at_the_end(tokens):
    """It looks as if all text comes at the end. A reader who watches wants to see each character as soon as it is
    complete."""
    return [""] * len(tokens) + [b"".join(tokens).decode("utf-8", errors="replace")]


def stream_everything_again(tokens):
    """It looks as if you return all text so far each time: return only what is new."""
    texts = my_stream(tokens)
    return ["".join(texts[: i + 1]) for i in range(len(texts))]


def stream_forgets_the_rest(tokens):
    """It looks as if an unfinished character at the end disappears. Nothing may get lost in silence: show U+FFFD."""
    return [*my_stream(tokens)[:-1], ""]


def stream_without_the_last(tokens):
    """It looks as if the last string is missing: there is one for each token and one more, for what is left at the
    end."""
    return my_stream(tokens)[:-1]


def stream_waits_for_ever(tokens):
    """It looks as if you keep all bytes back until they decode. After a byte that belongs to no character that never
    happens again: what can't become a character any more is shown as U+FFFD at once."""
    texts, waiting = [], b""
    for token in tokens:
        waiting += token
        try:
            texts.append(waiting.decode("utf-8"))
            waiting = b""
        except UnicodeDecodeError:
            texts.append("")
    return [*texts, waiting.decode("utf-8", errors="replace")]


STREAM = Exercise(
    id="stream",
    title="Text as it comes",
    difficulty=2,
    minutes=12,
    contract="a list of tokens, each bytes, to a list of strings: for each token the characters that it completes, and "
    "one more for what is left at the end. Bytes that can't be part of a character become U+FFFD.",
    cases=(
        ([b"a", b" b"],),
        ([],),
        ([b"caf", b"\xc3", b"\xa9"],),
        ([b"\xf0\x9f", b"\x98", b"\x80"],),
        ([b"\xe2\x82", b"\xac 5 \xc3", b"\xbc"],),
        ([b"a\xff", b"b"],),
        ([b"so\xe2", b"\x82"],),
    ),
    tried="plain text, characters over two and three tokens, an invalid byte, and one that is never finished",
    hints=(
        "Join bytes, not strings: a token's bytes are complete characters and, perhaps, the start of another.",
        "The first byte of a character says how many follow. Or let Python's codecs module keep count.",
        'codecs.getincrementaldecoder("utf-8")(errors="replace") has .decode(data), and .decode(b"", final=True) '
        "for the end.",
    ),
    solution=my_stream,
    mistakes=(
        stream_each_alone,
        stream_ignores_errors,
        stream_at_the_end,
        stream_everything_again,
        stream_forgets_the_rest,
        stream_without_the_last,
        stream_waits_for_ever,
    ),
)


# 6. split

WORD = r" ?[A-Za-z]+"


def my_split(text):
    return regex.findall(r" ?[A-Za-z]+|[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9]))|[\s\S]", text)


def split_threes_from_the_left(text):
    """It looks as if the threes are counted from the left, as GPT-4 does it. From the right, 1234567 is 1, 234, 567,
    as people group it."""
    return regex.findall(WORD + r"|[0-9]{1,3}|[\s\S]", text)


def split_numbers_whole(text):
    """It looks as if numbers stay whole: cut them into threes, counted from the right."""
    return regex.findall(WORD + r"|[0-9]+|[\s\S]", text)


def split_space_apart(text):
    """It looks as if the space stands apart. One space in front of a word belongs to the word."""
    return [part for piece in my_split(text) for part in regex.findall(r" |[^ ]+", piece)]


def split_space_behind(text):
    """It looks as if the space behind a word belongs to it. It is the space in front that does."""
    return regex.findall(r"[A-Za-z]+ ?|[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9]))|[\s\S]", text)


def split_space_before_numbers(text):
    """It looks as if a number takes the space in front of it. Only words do: a number looks the same wherever it
    stands."""
    return regex.findall(r" ?[A-Za-z]+| ?[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9]))|[\s\S]", text)


def split_takes_all_spaces(text):
    """It looks as if a word takes all spaces in front of it: it takes one, the others stand alone."""
    return regex.findall(r" *[A-Za-z]+|[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9]))|[\s\S]", text)


def split_loses_the_rest(text):
    """It looks as if signs and spare spaces are lost. The pieces, joined, must be the text again."""
    return [piece for piece in my_split(text) if regex.search(r"\w", piece)]


SPLIT = Exercise(
    id="split",
    title="Your own split pattern",
    difficulty=3,
    minutes=20,
    contract="text to the list of its pieces, which joined are the text: the letters a to z and A to Z in a row, with "
    "one space in front if there is one; the digits 0 to 9 in threes counted from the right, so that 1234567 is 1, "
    "234, 567; every other character alone.",
    cases=(
        ("",),
        ("a",),
        ("two words",),
        ("1234",),
        ("1234567",),
        ("in 2024!",),
        ("a  b",),
        ("x12y 345678\n",),
        ("100000 $5",),
    ),
    tried="words with and without a space, numbers of 1 to 7 digits, signs, two spaces in a row, a line break",
    hints=(
        "A pattern with three alternatives will do, with re.findall or regex.findall: words, threes, and "
        '[\\s\\S] for "any character".',
        "A three may start where the number of digits that follow it is a multiple of three.",
        "(?=...) looks ahead without taking anything: [0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9])).",
    ),
    solution=my_split,
    mistakes=(
        split_threes_from_the_left,
        split_numbers_whole,
        split_space_apart,
        split_space_behind,
        split_space_before_numbers,
        split_takes_all_spaces,
        split_loses_the_rest,
    ),
)

EXERCISES = (COUNT_PAIRS, MERGE, TRAIN, ENCODE, STREAM, SPLIT)


# Quiz: answers that can be computed are computed.


def first_merge() -> str:
    [pair] = my_train({"low": 5, "lower": 2, "newest": 6, "widest": 3}, 1)
    return " and ".join(pair)


def abc_by_rank() -> str:
    return ", ".join(my_encode("abc", [("b", "c"), ("a", "b")]))


def aaaaa_merged() -> str:
    return ", ".join(joined(tuple("aaaaa"), ("a", "a")))


def ids_up_to_151664() -> str:
    return f"{len(range(151_664 + 1)):,}"


def bytes_of_a_smile() -> str:
    return f"At most {len('😀'.encode())} tokens, its bytes"


def streamed_halves() -> str:
    halves = "😀".encode()[:2], "😀".encode()[2:]
    alone = "".join(half.decode("utf-8", errors="replace") for half in halves)
    right = "".join(my_stream(list(halves)))
    return "The tokens hold parts of a character" if alone != right else "The vocabulary lacks the character"


QUIZ = (
    Question(
        "A text holds low 5 times, lower 2 times, newest 6 times and widest 3 times. Which pair is merged first?",
        {
            "l and o": "It occurs 5 + 2 = 7 times.",
            "e and s": "It occurs 6 + 3 = 9 times, as often as s and t; of the two, e and s sorts first.",
            "w and e": "It occurs 2 + 6 = 8 times.",
        },
        first_merge,
    ),
    Question(
        "The pair a, a is merged in aaaaa. What comes out?",
        {
            "aa, aa, a": "From left to right; a letter that is used up can't be used again.",
            "a, aa, aa": "That is the merge from the right.",
            "aa, aa, aa, aa": "Each letter can go into one token only.",
        },
        aaaaa_merged,
    ),
    Question(
        "A tokenizer learned b + c first and a + b second. How does it encode abc?",
        {
            "ab, c": "That would be right if reading from the left decided. What was learned first is merged first.",
            "abc": "Nobody learned to join a and bc, or ab and c.",
            "a, bc": "b + c has the lower rank. After it, no a and b stand side by side any more.",
        },
        abc_by_rank,
    ),
    Question(
        "An emoji never occurred in the training text. What does a byte-level tokenizer make of 😀?",
        {
            "An <UNK>": "Every byte is a token from the start, so nothing is unknown.",
            "At most 4 tokens, its bytes": "UTF-8 writes it in 4 bytes, and each has its token. If two of the bytes "
            "were merged for another emoji's sake, it takes fewer.",
            "Nothing, it is left out": "Then decoding could not give the text back.",
        },
        bytes_of_a_smile,
    ),
    Question(
        "The ids of a vocabulary run from 0 to 151,664. How many are there?",
        {
            "151,665": "From 0 to n there are n + 1.",
            "151,664": "That is the largest id. The first is 0.",
            "151,936": "So many rows has Qwen2.5's table of vectors; it is rounded up, and the last rows stay unused.",
        },
        ids_up_to_151664,
    ),
    Question(
        "You print each token of an answer as it comes, and now and then a � appears. Why?",
        {
            "The vocabulary lacks the character": "Then the whole answer, decoded at once, would show it too.",
            "The model made a mistake": "Decoded at once, the same ids give the right character.",
            "The tokens hold parts of a character": "Its bytes are spread over several tokens. Keep unfinished bytes "
            "until the rest has come.",
        },
        streamed_halves,
    ),
    Question(
        "A user writes <|im_end|> into a message. What should the tokenizer do?",
        {
            "Encode it as ordinary text": "Then it is a few harmless tokens. The real one is put there by the program "
            "alone, when it lays out the conversation.",
            "Turn it into the special token": "Then anybody could end the message and speak in another role.",
            "Remove it": "People may want to write about it, as this lesson does.",
        },
        "Encode it as ordinary text",
    ),
    Question(
        "Why does the same sentence cost more tokens in Hindi than in English?",
        {
            "Hindi sentences are longer": "They have about as many characters.",
            "The merges were learned from text that is mostly English": "Frequent strings become tokens; what is rare "
            "in the training text stays in small pieces, and each Hindi letter starts as 3 bytes.",
            "The model knows less Hindi": "That may be so, but the tokenizer was fixed before the model learned "
            "anything.",
        },
        "The merges were learned from text that is mostly English",
    ),
)
