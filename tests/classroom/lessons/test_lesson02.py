"""The solutions of lesson 02 against libraries that nobody here wrote, and the same mistakes in other words."""

import json
import re
import unicodedata
from collections import Counter
from functools import cache
from itertools import pairwise

import pytest
import regex
import tokenizers
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tokenizers import models, pre_tokenizers, trainers

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson02
from lessons_lib.classroom.lessons.lesson02.faulty_words import PAIR, WORDS, forgetful_merge, my_faulty_words
from lessons_lib.classroom.lessons.lesson02.first_merges import TEXT, counted, my_first_merges
from lessons_lib.classroom.lessons.lesson02.merge import my_merge
from lessons_lib.classroom.lessons.lesson02.smaller import my_smaller
from lessons_lib.classroom.lessons.lesson02.tokenizer import PAGE, MyTokenizer, gpt2_parts
from lessons_lib.classroom.lessons.lesson02.train import joined, my_train, pair_counts
from lessons_lib.tokenizer import load_tokenizer
from lessons_lib.tokenizer.encoding.bpe import merge
from lessons_lib.tokenizer.encoding.split import SPLITS
from lessons_lib.tokenizer.training import plain

EXERCISES = {exercise.id: exercise for exercise in lesson02.EXERCISES}
SOME = st.dictionaries(st.text("abc", min_size=1, max_size=9), st.integers(1, 40), min_size=1, max_size=7)
bounded = settings(max_examples=examples(60), derandomize=True, deadline=None)


def test_the_first_merges_are_those_of_tokenizers():
    assert my_first_merges() == ["".join(pair) for pair in merges_of_tokenizers(counted(TEXT), 2)]


def test_both_merges_on_paper_have_one_winner():
    words = {tuple(word): times for word, times in counted(TEXT).items()}
    for winner in my_first_merges():
        (pair, most), (_, second), *_ = pair_counts(words).most_common()
        assert "".join(pair) == winner and most > second
        words = {joined(symbols, pair): times for symbols, times in words.items()}


@given(st.text("abc", max_size=20), st.tuples(st.sampled_from("abc"), st.sampled_from("abc")))
@bounded
def test_merge_equals_replacing_in_a_string(text, pair):
    expected = [ord(letter) for letter in text.replace("".join(pair), "X")]
    assert my_merge([ord(letter) for letter in text], tuple(map(ord, pair)), ord("X")) == expected


def test_the_faulty_words_are_those_that_are_merged_wrongly():
    wrong = {word for word in WORDS if forgetful_merge(tuple(word), PAIR) != joined(tuple(word), PAIR)}
    assert my_faulty_words() == wrong == {"this", "that", "thirtieth"}


@given(SOME, st.integers(1, 8))
@bounded
def test_train_finds_the_merges_of_tokenizers(words, rounds):
    assume(no_ties(words, rounds))  # tokenizers breaks ties by id
    assert my_train(words, rounds) == merges_of_tokenizers(words, rounds)


def merges_of_tokenizers(words, rounds):
    model = tokenizers.Tokenizer(models.BPE())
    model.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    letters = len(set("".join(words)))
    trainer = trainers.BpeTrainer(vocab_size=letters + rounds, show_progress=False, min_frequency=1)
    model.train_from_iterator([" ".join([word] * times) for word, times in words.items()], trainer)
    return [tuple(pair) for pair in json.loads(model.to_str())["model"]["merges"]]


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


@given(SOME, st.text("abcd", min_size=1, max_size=15), st.integers(0, 12), st.integers(0, 12))
@bounded
def test_taking_late_merges_apart_is_encoding_with_fewer(words, piece, many, fewer):
    merges = plain.learn_merges({word.encode(): times for word, times in words.items()}, many)
    size = 256 + min(fewer, len(merges))
    assert my_smaller(encoded(piece, merges), merges, size) == encoded(piece, merges[: size - 256])


def encoded(piece, merges):
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    return merge(list(piece.encode()), ranks, range(256, 256 + len(merges)))


@cache
def gpt2_of_tokenizers():
    """GPT-2's tokenizer in the library of Hugging Face, from the merges that the exercise hands over."""
    tokens, merges = gpt2_parts()
    alphabet = dict(zip((tokens[i][0] for i in range(256)), range(256), strict=True))
    spelled = {byte: symbol for symbol, byte in SYMBOLS.items()}
    names = ["".join(spelled[byte] for byte in token) for token in tokens[:-1]]
    assert sorted(alphabet) == list(range(256))
    model = models.BPE(
        vocab={name: i for i, name in enumerate(names)},
        merges=[(names[left], names[right]) for left, right in merges],
    )
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    return tokenizer


def byte_symbols():
    """The 256 symbols of byte-level files, as GPT-2's own program makes them."""
    shown = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {chr(byte): byte for byte in shown} | {chr(256 + n): byte for n, byte in enumerate(hidden)}


SYMBOLS = byte_symbols()


@pytest.mark.parametrize(
    "text", [PAGE, "strawberry", "don't  12 ab\n", "<|endoftext|>", "Köln 🍓", "O'Reilly's cafe\u0301\r\n\ufeff"]
)
def test_the_tokenizer_gives_the_ids_of_tokenizers(text):
    tokens, merges = gpt2_parts()
    mine, peer = MyTokenizer(list(tokens), dict(merges)), gpt2_of_tokenizers()
    ids = mine.encode(text)
    assert ids == peer.encode(text).ids == load_tokenizer("gpt2").encode(text)
    assert mine.decode(ids) == text == peer.decode(ids)
    assert mine.decode(ids[:-1]) == peer.decode(ids[:-1])


# The learner writes the same mistakes differently; the words must be the same.


def train_all_alike(words, rounds):
    """Goes through the words, not minding how often each occurs."""
    return my_train(dict.fromkeys(words, 7), rounds)


def train_backwards(words, rounds):
    """Turns the words round, and the pairs back."""
    words, merges = {tuple(word): times for word, times in words.items()}, []
    while len(merges) < rounds and (counts := pair_counts(words)):
        left, right = pair = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(pair)
        words = {tuple(my_merge(s[::-1], (right, left), left + right)[::-1]): times for s, times in words.items()}
    return merges


def train_with_index(words, rounds):
    """Looks for the pair in a list of pairs, once a word."""
    words, merges = {tuple(word): times for word, times in words.items()}, []
    while len(merges) < rounds and (counts := pair_counts(words)):
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        merges.append(pair)
        state = {}
        for symbols, times in words.items():
            if pair in (pairs := list(pairwise(symbols))):
                place = pairs.index(pair)
                symbols = (*symbols[:place], "".join(pair), *symbols[place + 2 :])
            state[symbols] = times
        words = state
    return merges


def every_place(ids, pair, new):
    """Notes the places of the pair first, each for itself."""
    places = [i for i in range(len(ids) - 1) if (ids[i], ids[i + 1]) == pair]
    merged = []
    for i, one in enumerate(ids):
        if i in places:
            merged.append(new)
        elif i - 1 not in places:
            merged.append(one)
    return merged


def without_256(ids, merges, size):
    while any(i >= size for i in ids):
        ids = [part for i in ids for part in ((i,) if i < size else merges[i])]
    return ids


class Greedy:
    """Looks for ever shorter beginnings that are tokens."""

    def __init__(self, tokens, merges):
        self.tokens, self.ids = tokens, {token: i for i, token in enumerate(tokens)}

    def encode(self, text):
        ids = []
        for piece in regex.findall(SPLITS["gpt2"][0], text):
            data = piece.encode()
            while data:
                longest = max((data[:end] for end in range(1, len(data) + 1) if data[:end] in self.ids), key=len)
                ids.append(self.ids[longest])
                data = data.removeprefix(longest)
        return ids

    def decode(self, ids):
        return b"".join(map(self.tokens.__getitem__, ids)).decode("utf-8", "replace")


def between_commas(ids, pair, new):
    text = f",{','.join(map(str, ids))},".replace(f",{pair[0]},{pair[1]},", f",{new},")
    return [int(number) for number in text.split(",") if number]


def sorted_pairs(ids, pair, new):
    merged, wanted = [], sorted(pair)
    waiting = list(ids)
    while waiting:
        fits = sorted(waiting[:2]) == wanted
        merged.append(new if fits else waiting[0])
        waiting = waiting[2 if fits else 1 :]
    return merged


def the_last_by_hand(ids, pair, new):
    merged, i = [], 0
    while i + 1 < len(ids):
        fits = ids[i] == pair[0] and ids[i + 1] == pair[1]
        merged += [new if fits else ids[i]]
        i += 1 + fits
    if ids[-1] != pair[1]:
        merged += [ids[-1]]
    return merged


def bytes_of(ids, merges):
    while max(ids, default=0) > 255:
        ids = [x for i in ids for x in ((i,) if i < 256 else merges[i - 256])]
    return list(ids)


def by_leftmost(ids, merges, size):
    """Begins anew at the left after each merge."""
    ids, place = bytes_of(ids, merges), 0
    while place < len(ids) - 1:
        if (pair := (ids[place], ids[place + 1])) in merges[: size - 256]:
            ids[place : place + 2] = [256 + merges.index(pair)]
            place = 0
        else:
            place += 1
    return ids


def by_longest(ids, merges, size):
    data, tokens = bytes(bytes_of(ids, merges)), [bytes(bytes_of([i], merges)) for i in range(size)]
    result = []
    while data:
        best = max(filter(data.startswith, tokens), key=len)
        result.append(tokens.index(best))
        data = data.removeprefix(best)
    return result


def appended(ids, merges, size):
    result = []
    for i in ids:
        result.append(merges[i - 256] if i >= size else i)
    return result


def replace_in_text(ids, pair, new, count=-1):
    return list(map(ord, "".join(map(chr, ids)).replace("".join(map(chr, pair)), chr(new), count)))


def plain_train(words, rounds, overlap=True, end=True):
    """Words as lists with spaces between symbols, as the paper's own program keeps them."""
    lines, merges = {" ".join(word): times for word, times in words.items()}, []
    for _ in range(rounds):
        counts = {}
        for line, times in lines.items():
            for pair in pairwise(line.split()):
                counts[pair] = counts.get(pair, 0) + times
            for pair in set(pairwise(line.split())) if not overlap else ():
                symbols = "".join("x" if (a, b) == pair else "." for a, b in pairwise(line.split()))
                counts[pair] -= symbols.count("xx") * times if pair[0] == pair[1] else 0
        if counts or not end:
            most = max(counts.values())
            merges.append(min(pair for pair in counts if counts[pair] == most))
            pattern = re.compile(r"(?<!\S)" + re.escape(" ".join(merges[-1])) + r"(?!\S)")
            lines = {pattern.sub("".join(merges[-1]), line): times for line, times in lines.items()}
    return merges


def merged_again(ids, merges, size):
    """Spells the piece out in bytes and merges anew, one merge after the other."""
    spelled = {i: [i] for i in range(256)}
    for new, (left, right) in enumerate(merges, 256):
        spelled[new] = spelled[left] + spelled[right]
    result = [byte for i in ids for byte in spelled[i]]
    for new, pair in enumerate(merges[: size - 256], 256):
        result = my_merge(result, pair, new)
    return tuple(result)


class InOrder:
    """Goes through the merges in order, over those of the piece's pairs that have one; ids from a generator."""

    def __init__(self, tokens, merges):
        self.text_of, self.rank = dict(enumerate(tokens)), merges
        self.first = {data: i for i, data in self.text_of.items() if len(data) == 1}
        self.kept = {}

    def encode(self, text):
        pattern = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
        pieces = [text[start:end] for _, (start, end) in pattern.pre_tokenize_str(text)]
        return (i for piece in pieces for i in self.piece(piece))

    def piece(self, piece):
        if piece not in self.kept:
            ids = [self.first[bytes([byte])] for byte in piece.encode("utf-8")]
            while found := sorted({self.rank[pair] for pair in pairwise(ids) if pair in self.rank}):
                pair = next(pair for pair in pairwise(ids) if self.rank.get(pair) == found[0])
                ids = my_merge(ids, pair, found[0])
            self.kept[piece] = ids
        return self.kept[piece]

    def decode(self, ids):
        return str(bytearray().join(self.text_of[i] for i in ids), "utf-8", "replace")


class OnePass(InOrder):
    """Looks for the earliest merge of each piece once."""

    def piece(self, piece):
        ids = [self.first[bytes([byte])] for byte in piece.encode()]
        best = min((self.rank[pair] for pair in pairwise(ids) if pair in self.rank), default=None)
        pair = next((pair for pair in pairwise(ids) if self.rank.get(pair) == best), None)
        return ids if best is None else my_merge(ids, pair, best)


class Nested(InOrder):
    """One list for each piece."""

    def encode(self, text):
        return [tuple(self.piece(piece)) for piece in regex.findall(SPLITS["gpt2"][0], text)]


class OtherRe(InOrder):
    """Compiles the pattern with the standard library."""

    def encode(self, text):
        pattern = re.compile(SPLITS["gpt2"][0])
        return [i for piece in pattern.findall(text) for i in self.piece(piece)]


class SilentAboutTheLast(InOrder):
    """Joins only what is no name in angle brackets."""

    def decode(self, ids):
        return super().decode(i for i in ids if i != 50_256)


class TableOfBytes(InOrder):
    """Keeps the bytes of each id as keys."""

    def encode(self, text):
        return list(super().encode(text))

    def piece(self, piece):
        return [self.first[byte] for byte in piece.encode()]


class Between(InOrder):
    """Splits at the pattern."""

    def encode(self, text):
        return [i for piece in regex.split(SPLITS["gpt2"][0], text) if piece for i in self.piece(piece)]


class RunsOfLetters(InOrder):
    """Cuts a text as section 2 cuts words, more or less."""

    def encode(self, text):
        return [i for match in re.finditer(r"\w+", text) for i in self.piece(match[0])]


class NoCapitals(InOrder):
    """Makes a text small piece by piece."""

    def piece(self, piece):
        return super().piece(piece.lower())


class Batches(InOrder):
    """Merges all pairs that were found, in the order of learning, and then looks again."""

    def piece(self, piece):
        ids = [self.first[bytes([byte])] for byte in piece.encode()]
        while found := sorted((self.rank[pair], pair) for pair in pairwise(ids) if pair in self.rank):
            for new, pair in found:
                ids = my_merge(ids, pair, new)
        return ids


class OneEntry(InOrder):
    """Hands over the tuple."""

    def encode(self, text):
        return [i for match in regex.finditer(SPLITS["gpt2"], text) for i in self.piece(match[0])]


class AnyCase(InOrder):
    """Compiles the pattern with a flag inside."""

    def encode(self, text):
        return [i for piece in regex.findall("(?i)" + SPLITS["gpt2"][0], text) for i in self.piece(piece)]


class Composed(InOrder):
    """Puts accents on their letters."""

    def encode(self, text):
        return super().encode(text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFKC", text))


class UniversalNewlines(InOrder):
    """Joins lines anew."""

    def encode(self, text):
        return super().encode("\n".join(text.split("\r\n")))


class NextPair(InOrder):
    """Merges the leftmost pair that has a merge, everywhere in the piece."""

    def piece(self, piece):
        ids = [self.first[bytes([byte])] for byte in piece.encode()]
        while found := [pair for pair in pairwise(ids) if pair in self.rank]:
            ids = my_merge(ids, found[0], self.rank[found[0]])
        return ids


class Translated(InOrder):
    """Writes the pattern in the signs that the standard library knows."""

    pattern = r"'(?:[stmd]|re|ve|ll)| ?[^\W\d_]+| ?\d+| ?[^\w\s]+|\s+(?!\S)|\s+"

    def encode(self, text):
        return [i for match in re.finditer(self.pattern, text) for i in self.piece(match[0])]


class TranslatedWhole(Translated):
    """Counts the low line among the other signs."""

    pattern = Translated.pattern.replace(r"[^\w\s]", r"(?:[^\w\s]|_)")


class WithTheSpaceBefore(Translated):
    """Cuts before spaces."""

    pattern = r" ?[^\s]+|\s{1,}"


class Words(InOrder):
    """Cuts at single spaces."""

    def encode(self, text):
        return [i for word in text.split(" ") for i in self.piece(word)]


class WithoutArguments:
    """Forgets what it is given."""

    def __init__(self):
        pass

    def encode(self, text):
        return [len(text)]

    def decode(self, ids):
        return str(ids)


def looks_behind_the_end(ids, pair, new):
    merged = []
    i = 0
    while i < len(ids):
        fits = ids[i] == pair[0] and ids[i + 1] == pair[1]
        merged += [new if fits else ids[i]]
        i += 1 + fits
    return merged


def for_loop(ids, pair, new):
    merged = []
    for i in range(len(ids) - 1):
        if ids[i : i + 2] == list(pair):
            merged.append(new)
            i += 2
        else:
            merged.append(ids[i])
    return merged


def train_with_in(words, rounds):
    """Asks of each pair which words hold it."""
    state, merges = [(tuple(word), times) for word, times in words.items()], []
    while len(merges) < rounds:
        pairs = sorted({pair for symbols, _ in state for pair in pairwise(symbols)})
        if not pairs:
            break
        held = {pair: sum(times for symbols, times in state if pair in list(pairwise(symbols))) for pair in pairs}
        merges.append(max(pairs, key=held.get))
        state = [(joined(symbols, merges[-1]), times) for symbols, times in state]
    return merges


def train_in_one_row(words, rounds):
    """Joins all words first."""
    return my_train({"".join(word * times for word, times in words.items()): 1}, rounds)


def train_with(join, words, rounds):
    """Words as lists, in which each merge is made by `join(symbols, pair)`."""
    state, merges = [[list(word), times] for word, times in words.items()], []
    for _ in range(rounds):
        counts = Counter()
        for symbols, times in state:
            for pair in pairwise(symbols):
                counts[pair] += times
        if not counts:
            break
        merges.append(sorted(counts, key=lambda pair: (-counts[pair], pair))[0])
        state = [[list(join(symbols, merges[-1])), times] for symbols, times in state]
    return merges


def unescaped(symbols, pair):
    return re.sub(rf"(?:^|(?<= )){pair[0]} {pair[1]}(?= |$)", "".join(pair), " ".join(symbols)).split()


def forgetting(symbols, pair):
    i, result = 0, symbols
    while i + 1 < len(symbols):
        result = symbols
        if (symbols[i], symbols[i + 1]) == pair:
            result = [*symbols[:i], "".join(pair), *symbols[i + 2 :]]
            i += 1
        i += 1
    return result


def without_the_last(symbols, pair):
    i, result = 0, []
    while i + 1 < len(symbols):
        found = (symbols[i], symbols[i + 1]) == pair
        result.append("".join(pair) if found else symbols[i])
        i += 1 + found
    return result


def train_by_ids(words, rounds):
    """The lesson's own training, on ids of bytes; the pairs are spelled out at the end."""
    state, spelled, merges = (
        {tuple(word.encode()): n for word, n in words.items()},
        {i: bytes([i]) for i in range(256)},
        [],
    )
    while len(merges) < rounds and (counts := pair_counts(state)):
        left, right = pair = min(counts, key=lambda pair: (-counts[pair], [spelled[i] for i in pair]))
        new = len(spelled)
        spelled[new] = spelled[left] + spelled[right]
        merges.append((str(spelled[left], "utf-8", "replace"), str(spelled[right], "utf-8", "replace")))
        state = {tuple(my_merge(ids, pair, new)): n for ids, n in state.items()}
    return merges


def train_past_doubles(words, rounds):
    """Counts two equal symbols and steps over both."""
    state, merges = {tuple(word): n for word, n in words.items()}, []
    while len(merges) < rounds:
        counts = Counter()
        for symbols, n in state.items():
            waiting = list(symbols)
            while len(waiting) > 1:
                left = waiting.pop(0)
                counts[left, waiting[0]] += n
                waiting = waiting[left == waiting[0] :]
        if not counts:
            break
        merges.append(min(counts, key=lambda pair: (-counts[pair], pair)))
        state = {joined(symbols, merges[-1]): n for symbols, n in state.items()}
    return merges


def asks_the_last(ids, pair, new):
    """Steps over an id whenever the last of the result is the new one."""
    merged, i = [], 0
    while i < len(ids):
        merged.append(new if ids[i : i + 2] == list(pair) else ids[i])
        if merged[-1] == new:
            i += 1
        i += 1
    return merged


def again_with_too_many(ids, merges, size):
    return merged_again(ids, merges[:size], 256 + len(merges[:size]))


def only_the_left(ids, merges, size):
    """Keeps what stands right of it as it is."""
    result = []
    for i in ids:
        rest = []
        while i >= size:
            i, right = merges[i - 256]
            rest.insert(0, right)
        result += [i, *rest]
    return result


class EveryToken(InOrder):
    """Asks all tokens for their first byte."""

    def piece(self, piece):
        first = {data[0]: i for i, data in self.text_of.items()}
        ids, done = [first[byte] for byte in piece.encode()], False
        while not done:
            pair = min(pairwise(ids), key=lambda pair: self.rank.get(pair, 10**6), default=None)
            done = pair not in self.rank
            ids = ids if done else my_merge(ids, pair, self.rank[pair])
        return ids


class Latest(InOrder):
    """Takes the largest id, everywhere in the piece."""

    def piece(self, piece):
        ids = [self.first[bytes([byte])] for byte in piece.encode()]
        while found := [(self.rank[pair], pair) for pair in pairwise(ids) if pair in self.rank]:
            ids = my_merge(ids, max(found)[1], max(found)[0])
        return ids


class Once(InOrder):
    """Returns inside its loop."""

    def encode(self, text):
        for match in regex.finditer(SPLITS["gpt2"][0], text):
            return tuple(self.piece(match[0]))
        return ()


class Spaced(InOrder):
    """Puts spaces between tokens."""

    def decode(self, ids):
        return str(b" ".join(map(self.text_of.get, ids)), "utf-8", "replace")


class Trimmed(InOrder):
    """Trims what it has read."""

    def decode(self, ids):
        return super().decode(ids).strip()


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("train", lambda words, rounds: train_with(unescaped, words, rounds), "re.escape"),
        ("train", lambda words, rounds: train_with(forgetting, words, rounds), "the forgetful_merge of section 12"),
        ("train", train_by_ids, "trained on as bytes"),
        ("train", train_past_doubles, "counting goes on two places"),
        (
            "train",
            lambda words, rounds: my_train({word.casefold(): n for word, n in words.items()}, rounds),
            "capitals are made small",
        ),
        ("merge", asks_the_last, "The new id may have been there before"),
        ("smaller", lambda ids, merges, size: ids, "Nothing was taken apart"),
        ("smaller", again_with_too_many, "was given merges[:size]"),
        ("smaller", only_the_left, "only the left part"),
        ("faulty_words", ["with", "this", "thirtieth", "that"], "Look again at with"),
        ("faulty_words", ["bath", "this", "thirtieth", "that"], "Look again at bath"),
        ("faulty_words", "this, that and thirtieth", "in one text"),
        ("first_merges", [("e", "e"), ("h", "e")], "where one text is expected"),
        ("first_merges", ["e e", "h e"], "2 characters long"),
        ("first_merges", ["e+e", "c+h"], "2 characters long"),
        ("first_merges", [("ee", 6), ("ch", 4)], "where one text is expected"),
        ("first_merges", ["ee: 6", "ch: 4"], "2 characters long"),
        ("first_merges", ["ee ch"], "2 characters long"),
        ("tokenizer", EveryToken, "the first byte of every token"),
        ("tokenizer", Latest, "learned last goes first"),
        ("tokenizer", Once, "the return stand inside the loop"),
        ("tokenizer", Spaced, "a space between tokens"),
        ("tokenizer", Trimmed, "white space off the ends"),
        ("first_merges", ["ee", "es"], "is used up"),
        ("first_merges", [("e", "e"), ("c", "h")], "as one string"),
        ("first_merges", ("e e", "c h"), "with a space inside"),
        ("first_merges", ["es", "ch"], "every word is counted once"),
        ("first_merges", "ee ch", "in one text"),
        ("first_merges", ("EE", "CH"), "in capitals"),
        ("first_merges", ["ee", "he"], "is used up in cheese"),
        (
            "merge",
            lambda ids, pair, new: replace_in_text(ids, pair, new, count=1),
            "only the first place is merged",
        ),
        (
            "merge",
            lambda ids, pair, new: [new if ids[i : i + 2] == pair else x for i, x in enumerate(ids)],
            "a list and pair a tuple",
        ),
        ("merge", between_commas, "need the comma between them"),
        ("merge", sorted_pairs, "2, 1 is merged as well"),
        ("merge", the_last_by_hand, "ids is empty here"),
        ("merge", lambda ids, pair, new: the_last_by_hand(ids, pair, new) if ids else [], "by its value"),
        ("faulty_words", ["that", "this", "the", "bath", "with", "thirtieth"], "follow i to the end of the loop"),
        ("faulty_words", ["this", "that", "bath", "with", "thirtieth"], "at bath and with"),
        ("faulty_words", "this, that, thirtieth", "in one text"),
        ("faulty_words", ["THIS", "THAT", "THIRTIETH"], "right: 0 of 3; missing: 3"),
        ("faulty_words", ["Thirtieth", "This", "That"], "in small letters"),
        ("faulty_words", ["this", "that", "thirteenth"], "right: 2 of 3; missing: 1"),
        ("faulty_words", ["this", "that", "thirtieth", "this"], "stands there twice"),
        ("faulty_words", ["thirtieth ", "this", "that"], "white space at an end"),
        ("faulty_words", ("that", "the", "this"), "after the last merge of each word"),
        ("faulty_words", {"that", "document", "this", "thirtieth"}, "nothing to spoil"),
        ("first_merges", ("ee", "re"), "used up in green"),
        ("first_merges", ("ee", "che"), "are still three symbols"),
        ("first_merges", ("he", "ee"), "ee occurs 6 times"),
        ("first_merges", ("ee ", " ch"), "white space at an end"),
        ("merge", looks_behind_the_end, "has no neighbour"),
        ("merge", for_loop, "a for loop takes each place in turn"),
        ("train", train_with_in, "a pair counts once for each word"),
        ("train", train_in_one_row, "Pairs stand within a word"),
        ("smaller", lambda ids, merges, size: bytes_of(ids, merges), "every id was taken apart"),
        ("tokenizer", Batches, "look again after each merge"),
        ("tokenizer", OneEntry, "a tuple with one pattern in it"),
        ("tokenizer", AnyCase, "told to ignore capitals"),
        ("tokenizer", Composed, "an e with an accent behind it"),
        ("tokenizer", UniversalNewlines, "the line break of Windows"),
        ("tokenizer", Words, "cut at spaces, which loses them"),
        ("tokenizer", NextPair, "the first pair from the left"),
        ("tokenizer", WithTheSpaceBefore, "a piece is a space and all up to"),
        ("tokenizer", Translated, "as if _ gets lost"),
        ("train", lambda words, rounds: train_with(without_the_last, words, rounds), "loses the last symbol"),
        ("tokenizer", WithoutArguments, "takes 1 positional argument but 3 were given"),
        ("merge", every_place, "used in two merges"),
        ("train", train_all_alike, "every word counts once"),
        ("train", train_backwards, "merge from the right"),
        ("train", train_with_index, "only the first place in each word"),
        (
            "smaller",
            lambda ids, merges, size: [x for i in ids for x in ((i,) if i < size else tuple(merges[i - 256]))],
            "taken apart once",
        ),
        ("train", lambda words, rounds: plain_train(words, rounds, overlap=False), "every place counts"),
        ("train", lambda words, rounds: [f"{a} {b}" for a, b in my_train(words, rounds)], "a space inside"),
        ("train", lambda words, rounds: plain_train(words, rounds, end=False), "No pair is left"),
        ("smaller", without_256, "was taken for a place in merges"),
        ("smaller", by_leftmost, "the first pair from the left"),
        ("smaller", by_longest, "the longest token that fits"),
        ("smaller", appended, "as a list inside the list"),
        ("tokenizer", Greedy, "you took the longest token that fits"),
        ("tokenizer", OnePass, "you stopped after one merge"),
        ("tokenizer", Nested, "append puts in the whole list"),
        ("tokenizer", OtherRe, "The package regex does"),
        ("tokenizer", SilentAboutTheLast, "leaves out the special token"),
        ("tokenizer", TableOfBytes, "Going through bytes gives numbers"),
        ("tokenizer", Between, "split gives what lies between"),
        ("tokenizer", RunsOfLetters, "a pattern such as"),
        ("tokenizer", NoCapitals, "capitals are made small"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


RIGHT = {
    "first_merges": lambda: ("ee", "ch"),
    "merge": replace_in_text,
    "faulty_words": lambda: Counter(["thirtieth", "that", "this"]).keys(),
    "train": plain_train,
    "smaller": merged_again,
    "tokenizer": InOrder,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def test_a_pattern_in_other_signs_is_right_if_it_loses_nothing():
    assert feedback(EXERCISES["tokenizer"], TranslatedWhole).startswith("✓")


def test_pairs_may_be_lists():
    def answer(words, rounds):
        return [list(pair) for pair in my_train(words, rounds)]

    assert feedback(EXERCISES["train"], answer).startswith("✓")
