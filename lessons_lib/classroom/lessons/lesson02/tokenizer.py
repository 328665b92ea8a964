"""The building exercise of lesson 02: a whole tokenizer, which gets GPT-2's real merges."""

import functools
import re
import unicodedata
from itertools import pairwise

import regex

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.tokenizer import Tokenizer, load_tokenizer
from lessons_lib.tokenizer.encoding.bpe import merge
from lessons_lib.tokenizer.encoding.split import SPLITS

GPT2 = SPLITS["gpt2"][0]  # the lesson's name for it

PAGE = """Strawberries, 3 kg
========================================

It was the first week of June 2019, and we'd promised Ana a strawberry cake for her birthday. The recipe asked for
1,250 g of berries; the market had only raspberries and blackberries. "They're the same thing," said the seller.
They aren't! A strawberry isn't even a berry: botanists count bananas, tomatoes and pumpkins as berries, and call the
strawberry an accessory fruit. Unhappily, nobody can bake a cake of botany.

    def cake(berries, sugar=250):
        return "cake" if berries >= 1250 and sugar > 0 else None

So we drove 45 km to Köln, bought the last 3 kg (for 17.80 €), ate 1.7 of them on the way home,  and baked the rest.
Erdbeeren, fraises, клубника, 草莓, स्ट्रॉबेरी: the cake was gone within 12 minutes. 🍓🎂 It's what I'd call a success.
"""


@functools.cache
def gpt2() -> Tokenizer:
    """GPT-2's tokenizer, loaded once."""
    return load_tokenizer("gpt2")


@functools.cache
def gpt2_parts() -> tuple[tuple[bytes, ...], dict[tuple[int, int], int]]:
    """GPT-2's tokens by id, and its merges. Its file holds the tokens only: the pair that made a token is what the
    earlier merges leave of its bytes."""
    tokenizer = gpt2()
    tokens = tuple(tokenizer.token_bytes(i) for i in range(tokenizer.vocab_size))
    byte_ids = {tokens[i][0]: i for i in range(256)}
    merges: dict[tuple[int, int], int] = {}
    for new in range(256, 50_256):
        merges[tuple(merge([byte_ids[byte] for byte in tokens[new]], merges, range(new)))] = new
    return tokens, merges


def with_gpt2(answer, text):
    """The ids of a text; what is decoded from these, from these without the last, and with the special token behind."""
    tokens, merges = gpt2_parts()
    mine = answer(list(tokens), dict(merges))
    ids = gpt2().encode(text)
    return {
        "ids": mine.encode(text),
        "decoded": mine.decode(ids),
        "decoded without the last id": mine.decode(ids[:-1]),
        "decoded with the special token behind": mine.decode([*ids, len(tokens) - 1]),
    }


class MyTokenizer:
    def __init__(self, tokens, merges):
        self.tokens, self.merges = tokens, merges
        self.byte_ids = {tokens[i][0]: i for i in range(256)}

    def encode(self, text):
        ids = []
        for piece in regex.findall(GPT2, text):
            ids += self.encode_piece([self.byte_ids[byte] for byte in piece.encode()])
        return ids

    def encode_piece(self, ids):
        while known := [pair for pair in pairwise(ids) if pair in self.merges]:
            earliest = min(known, key=self.merges.get)
            i = list(pairwise(ids)).index(earliest)
            ids = [*ids[:i], self.merges[earliest], *ids[i + 2 :]]
        return ids

    def decode(self, ids):
        data = b"".join(self.tokens[i] for i in ids)
        return data.decode("utf-8", errors="replace")


class LongestMatch(MyTokenizer):
    """It looks as if you took the longest token that fits, from the left. That is another rule: of the pairs that can
    be merged, the one that was learned earliest goes first, wherever in the piece it stands."""

    def encode_piece(self, ids):
        data, known = b"".join(self.tokens[i] for i in ids), {token: i for i, token in enumerate(self.tokens)}
        result = []
        while data:
            end = next(end for end in range(len(data), 0, -1) if data[:end] in known)
            result.append(known[data[:end]])
            data = data[end:]
        return result


class FromTheLeft(MyTokenizer):
    """It looks as if you merged the first pair from the left that can be merged. Look at all pairs of the piece first
    and take the one that was learned earliest: its new id is the smallest."""

    def encode_piece(self, ids):
        while (i := next((i for i, pair in enumerate(pairwise(ids)) if pair in self.merges), None)) is not None:
            ids = [*ids[:i], self.merges[ids[i], ids[i + 1]], *ids[i + 2 :]]
        return ids


class FromTheLeftEverywhere(MyTokenizer):
    """It looks as if you merged the first pair from the left that can be merged. Look at all pairs of the piece first
    and take the one that was learned earliest: its new id is the smallest."""

    def encode_piece(self, ids):
        while pair := next((pair for pair in pairwise(ids) if pair in self.merges), None):
            ids = merge(ids, {pair: 0}, [self.merges[pair]])
        return ids


class LastLearnedFirst(MyTokenizer):
    """It looks as if the merge that was learned last goes first. The earliest one does: its new id is the smallest."""

    def encode_piece(self, ids):
        while known := [pair for pair in pairwise(ids) if pair in self.merges]:
            latest = max(known, key=self.merges.get)
            i = list(pairwise(ids)).index(latest)
            ids = [*ids[:i], self.merges[latest], *ids[i + 2 :]]
        return ids


class LastLearnedFirstEverywhere(MyTokenizer):
    """It looks as if the merge that was learned last goes first. The earliest one does: its new id is the smallest."""

    def encode_piece(self, ids):
        while known := {self.merges[pair]: pair for pair in pairwise(ids) if pair in self.merges}:
            ids = merge(ids, {known[max(known)]: 0}, [max(known)])
        return ids


class OneMerge(MyTokenizer):
    """It looks as if you stopped after one merge of each piece: go on until no pair of the piece has a merge."""

    def encode_piece(self, ids):
        known = [pair for pair in pairwise(ids) if pair in self.merges]
        if not known:
            return ids
        i = list(pairwise(ids)).index(earliest := min(known, key=self.merges.get))
        return [*ids[:i], self.merges[earliest], *ids[i + 2 :]]


class OneMergeEverywhere(MyTokenizer):
    """It looks as if you stopped after one merge of each piece: go on until no pair of the piece has a merge."""

    def encode_piece(self, ids):
        known = [pair for pair in pairwise(ids) if pair in self.merges]
        if not known:
            return ids
        return merge(ids, {min(known, key=self.merges.get): 0}, [min(map(self.merges.get, known))])


class OneMergeFromTheLeft(MyTokenizer):
    """It looks as if you stopped after one merge of each piece: go on until no pair of the piece has a merge. And the
    pair that was learned earliest goes first, not the first from the left."""

    def encode_piece(self, ids):
        i = next((i for i, pair in enumerate(pairwise(ids)) if pair in self.merges), None)
        return ids if i is None else [*ids[:i], self.merges[ids[i], ids[i + 1]], *ids[i + 2 :]]


class AppendsPieces(MyTokenizer):
    """It looks as if the ids of each piece come as a list inside the list. ids += piece or ids.extend(piece) puts each
    of them in; append puts in the whole list as one item."""

    def encode(self, text):
        pieces = regex.findall(GPT2, text)
        return [self.encode_piece([self.byte_ids[byte] for byte in piece.encode()]) for piece in pieces]


class OnlyTheFirstPiece(MyTokenizer):
    """These are the ids of the first piece alone: does the return stand inside the loop?"""

    def encode(self, text):
        for piece in regex.findall(GPT2, text):
            return self.encode_piece([self.byte_ids[byte] for byte in piece.encode()])
        return []


class PythonsOwnRe(MyTokenizer):
    r"""Python's own re does not know \p{L}, the sign for any letter. The package regex does: import regex, and call
    regex.findall."""

    def encode(self, text):
        return re.findall(GPT2, text)


class TupleOfPatterns(MyTokenizer):
    """SPLITS['gpt2'] is a tuple with one pattern in it. Section 9 took it out and named it GPT2: regex.findall(GPT2,
    text)."""

    def encode(self, text):
        return regex.findall(SPLITS["gpt2"], text)


class InABatch(MyTokenizer):
    """It looks as if the pairs of a piece are looked up once and then all merged, one after the other. Each merge gives
    its neighbours new pairs, and one of these may have been learned earlier than the next on your list: look again
    after each merge."""

    def encode_piece(self, ids):
        while known := sorted({self.merges[pair] for pair in pairwise(ids) if pair in self.merges}):
            for new in known:
                ids = merge(ids, {self.pairs[new]: 0}, [new])
        return ids

    @functools.cached_property
    def pairs(self):
        return {new: pair for pair, new in self.merges.items()}


class InOneBatch(InABatch):
    """It looks as if the pairs of a piece are looked up once and then all merged, one after the other. Each merge gives
    its neighbours new pairs, and one of these may have been learned earlier than the next on your list: look again
    after each merge."""

    def encode_piece(self, ids):
        for new in sorted({self.merges[pair] for pair in pairwise(ids) if pair in self.merges}):
            ids = merge(ids, {self.pairs[new]: 0}, [new])
        return ids


class NoMerges(MyTokenizer):
    """It looks as if nothing is merged: these are the ids of the single bytes. Keys of merges are tuples of two ids; a
    list of two ids is never equal to one."""

    def encode_piece(self, ids):
        return ids


class BytesAsIds(MyTokenizer):
    """It looks as if you took each byte for its own id. GPT-2 numbers the 256 bytes in an order of its own: look up
    which of the first 256 tokens is that byte."""

    def __init__(self, tokens, merges):
        super().__init__(tokens, merges)
        self.byte_ids = {byte: byte for byte in range(256)}


class AllTokensAsBytes(MyTokenizer):
    """It looks as if your dict holds the first byte of every token, so that a long token overwrites the byte it begins
    with. Only the first 256 tokens are single bytes: go through these alone."""

    def __init__(self, tokens, merges):
        super().__init__(tokens, merges)
        self.byte_ids = {token[0]: i for i, token in enumerate(tokens)}


class LooksUpNumbers(MyTokenizer):
    """Going through bytes gives numbers, and the keys of your dict are bytes: 98 is not b"b". Take tokens[i][0] as the
    key."""

    def __init__(self, tokens, merges):
        super().__init__(tokens, merges)
        self.byte_ids = {tokens[i]: i for i in range(256)}


class SplitsAtPieces(MyTokenizer):
    """No ids came. split gives what lies between the places where the pattern fits, and that is nothing:
    regex.findall gives the pieces themselves."""

    def encode(self, text):
        pieces = regex.split(GPT2, text)
        return [i for piece in pieces for i in self.encode_piece([self.byte_ids[byte] for byte in piece.encode()])]


class OwnPattern(MyTokenizer):
    r"""It looks as if a pattern such as \w+ cuts the text. It leaves out spaces and signs: take GPT2, with which the
    pieces, joined, are the text."""

    findall = staticmethod(regex.findall)

    def encode(self, text):
        pieces = self.findall(r"\w+", text)
        return [i for piece in pieces for i in self.encode_piece([self.byte_ids[byte] for byte in piece.encode()])]


class OwnPatternByRe(OwnPattern):  # its letters are not quite those of regex
    r"""It looks as if a pattern such as \w+ cuts the text. It leaves out spaces and signs: take GPT2, with which the
    pieces, joined, are the text."""

    findall = staticmethod(re.findall)


class EnglishLetters(MyTokenizer):
    r"""It looks as if only A to Z and 0 to 9 count as letters and digits. \p{L} and \p{N} take those of every script,
    é and к too: the pattern GPT2 and the package regex do that."""

    pattern = r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+"

    def encode(self, text):
        pieces = re.findall(self.pattern, text)
        return [i for piece in pieces for i in self.encode_piece([self.byte_ids[byte] for byte in piece.encode()])]


class LosesTheLowLine(MyTokenizer):
    r"""It looks as if _ gets lost. Python's own re counts it to \w, so neither [^\W\d_] nor [^\s\w] takes it. GPT2 with
    the package regex leaves nothing out."""

    pattern = r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?\d+| ?[^\s\w]+|\s+(?!\S)|\s+"

    def encode(self, text):
        pieces = re.findall(self.pattern, text)
        return [i for piece in pieces for i in self.encode_piece([self.byte_ids[byte] for byte in piece.encode()])]


class IgnoresCapitals(MyTokenizer):
    """It looks as if the pattern is told to ignore capitals. Then the 'R of O'Reilly counts as the 're of we're. The
    endings of the pattern are in small letters only: take it as it is."""

    def encode(self, text):
        pieces = regex.findall(GPT2, text, flags=regex.IGNORECASE)
        return [i for piece in pieces for i in self.encode_piece([self.byte_ids[byte] for byte in piece.encode()])]


class OneSpelling(MyTokenizer):
    """This é is an e with an accent behind it, two characters, and it looks as if they were made one before encoding.
    Decoding must give the text back as it was: encode it as it is."""

    def encode(self, text):
        return super().encode(unicodedata.normalize("NFC", text))


class OneLineBreak(MyTokenizer):
    r"""It looks as if \r\n, the line break of Windows, was made \n before encoding. Decoding must give the text back
    as it was: encode it as it is."""

    def encode(self, text):
        return super().encode(text.replace("\r\n", "\n"))


class Stripped(MyTokenizer):
    """It looks as if white space at the ends of the text is taken off. Decoding must give the text back as it was:
    encode it as it is."""

    def encode(self, text):
        return super().encode(text.strip())


class SmallLetters(MyTokenizer):
    """It looks as if capitals are made small. GPT-2 has other tokens for How than for how, and decoding must give the
    text back: encode it as it is."""

    def encode(self, text):
        return super().encode(text.lower())


class SmallPieces(MyTokenizer):
    """It looks as if capitals are made small. GPT-2 has other tokens for How than for how, and decoding must give the
    text back: encode it as it is."""

    def encode_piece(self, ids):
        small = b"".join(self.tokens[i] for i in ids).decode().lower().encode()
        return super().encode_piece([self.byte_ids[byte] for byte in small])


class WithoutPieces(MyTokenizer):
    """It looks as if the text was not cut into pieces first. Then merges cross the border of a piece, at first between
    two line breaks before a word. Cut it with the pattern, and merge inside each piece."""

    def encode(self, text):
        return self.encode_piece([self.byte_ids[byte] for byte in text.encode()])


class CutAtSpaces(MyTokenizer):
    """It looks as if the text was cut at spaces, which loses them. GPT-2's pattern keeps the space with the word behind
    it: regex.findall(pattern, text)."""

    def encode(self, text):
        return [i for word in text.split() for i in self.encode_piece([self.byte_ids[b] for b in word.encode()])]


class CutAtEachSpace(MyTokenizer):
    """It looks as if the text was cut at spaces, which loses them. GPT-2's pattern keeps the space with the word behind
    it: regex.findall(pattern, text)."""

    def encode(self, text):
        return [i for word in text.split(" ") for i in self.encode_piece([self.byte_ids[b] for b in word.encode()])]


class CutBeforeSpaces(MyTokenizer):
    r"""It looks as if a piece is a space and all up to the next one. GPT-2's pattern also cuts between letters, numbers
    and signs, and leaves the last of several spaces to what follows: regex.findall(GPT2, text)."""

    def encode(self, text):
        pieces = re.findall(r" ?\S+|\s+", text)
        return [i for piece in pieces for i in self.encode_piece([self.byte_ids[byte] for byte in piece.encode()])]


class SpecialByName(MyTokenizer):
    """It looks as if the name of a special token in the text becomes that token. encode takes text as text: only the
    program that uses the tokenizer may put a special id in place."""

    def encode(self, text):
        parts = text.split("<|endoftext|>")
        ids = super().encode(parts[0])
        for part in parts[1:]:
            ids += [50_256, *super().encode(part)]
        return ids


class CharactersForBytes(MyTokenizer):
    """It looks as if you took the number of each character, ord(c), where a byte is asked for. They agree for English
    letters only: piece.encode() gives the bytes."""

    def encode(self, text):
        pieces = regex.findall(GPT2, text)
        return [i for piece in pieces for i in self.encode_piece([self.byte_ids[ord(c)] for c in piece])]


class DecodesStrictly(MyTokenizer):
    """The ids are right. Some lists of ids end in the middle of a character, and decoding must not fail then: show �
    for such bytes, with errors="replace"."""

    def decode(self, ids):
        return b"".join(self.tokens[i] for i in ids).decode("utf-8")


class DecodesEachToken(MyTokenizer):
    """The ids are right. It looks as if each token is decoded by itself: a token may hold a part of a character. Join
    the bytes of all tokens first, then read them as UTF-8."""

    def decode(self, ids):
        return "".join(self.tokens[i].decode("utf-8", errors="replace") for i in ids)


class DropsTheSpecialToken(MyTokenizer):
    """The ids are right. It looks as if decode leaves out the special token. Its bytes, those of its name, stand in
    tokens like those of any other."""

    def decode(self, ids):
        return super().decode([i for i in ids if i < len(self.tokens) - 1])


class DropsParts(MyTokenizer):
    """The ids are right. It looks as if bytes that are no character are dropped. Show them as �, so that a reader sees
    that something is missing: errors="replace"."""

    def decode(self, ids):
        return b"".join(self.tokens[i] for i in ids).decode("utf-8", errors="ignore")


class DropsTheMark(MyTokenizer):
    r"""The ids are right. It looks as if decode takes off the mark \ufeff with which some files begin, as utf-8-sig
    does. The text had it: read the bytes as utf-8."""

    def decode(self, ids):
        return b"".join(self.tokens[i] for i in ids).decode("utf-8-sig", errors="replace")


class BytesAsCharacters(MyTokenizer):
    """The ids are right. It looks as if each byte was taken for a character. Join the bytes and read them as UTF-8:
    data.decode("utf-8", errors="replace")."""

    def decode(self, ids):
        return "".join(chr(byte) for i in ids for byte in self.tokens[i])


class DecodesWithSpaces(MyTokenizer):
    """The ids are right. It looks as if decode puts a space between tokens. Theirs are in their bytes: join with
    nothing."""

    def decode(self, ids):
        return b" ".join(self.tokens[i] for i in ids).decode("utf-8", errors="replace")


class DecodesStripped(MyTokenizer):
    """The ids are right. It looks as if decode takes white space off the ends. The text had it: leave it."""

    def decode(self, ids):
        return super().decode(ids).strip()


TOKENIZER = Exercise(
    id="tokenizer",
    title="Your tokenizer, with GPT-2's merges",
    difficulty=3,
    minutes=25,
    contract="MyTokenizer(tokens, merges), with two methods. tokens: a list of the bytes of each id. The first 256 ids "
    "are the single bytes, in an order of GPT-2's own; the last is the special token. merges: a dict {(left id, right "
    "id): new id} in the order learned, in which the new ids rise. encode(text) returns a list of ids. The text is cut "
    "as it is by GPT2, the pattern of section 9, with the package regex; in each piece the earliest learned merge goes "
    "first, until none is left. Names of special tokens are ordinary text. decode(ids) returns the text: the bytes of "
    "all ids, the special one too, read as UTF-8, with � for what is no character.",
    cases=(
        ("",),
        ("b",),
        ("strawberry",),
        ("How many r's are in strawberry?",),
        ("unhappiness  12345\n\n",),
        ("a café, 🍓",),
        ("O'Reilly",),
        ("my_name",),
        ("cafe\u0301",),
        ("\ufeffone\r\ntwo",),
        ("<|endoftext|>",),
        (PAGE,),
    ),
    tried="strawberry, spaces, numbers, other scripts, and a page of text: every id is GPT-2's",
    hints=(
        "Three steps: regex.findall(GPT2, text) gives the pieces; piece.encode() the bytes of one; then the loop "
        "of section 6 merges their ids.",
        "A byte is a number, its id another: make a dict from tokens[i][0] to i for the first 256 ids.",
        "decode: b''.join(tokens[i] for i in ids).decode('utf-8', errors='replace').",
    ),
    solution=MyTokenizer,
    mistakes=(
        LongestMatch,
        FromTheLeft,
        FromTheLeftEverywhere,
        LastLearnedFirst,
        LastLearnedFirstEverywhere,
        OneMerge,
        OneMergeEverywhere,
        OneMergeFromTheLeft,
        AppendsPieces,
        OnlyTheFirstPiece,
        PythonsOwnRe,
        TupleOfPatterns,
        InABatch,
        InOneBatch,
        NoMerges,
        BytesAsIds,
        AllTokensAsBytes,
        LooksUpNumbers,
        SplitsAtPieces,
        OwnPattern,
        OwnPatternByRe,
        EnglishLetters,
        LosesTheLowLine,
        IgnoresCapitals,
        OneSpelling,
        OneLineBreak,
        Stripped,
        SmallLetters,
        SmallPieces,
        WithoutPieces,
        CutAtSpaces,
        CutAtEachSpace,
        CutBeforeSpaces,
        SpecialByName,
        CharactersForBytes,
        DecodesStrictly,
        DecodesEachToken,
        DropsTheSpecialToken,
        DropsParts,
        DropsTheMark,
        BytesAsCharacters,
        DecodesWithSpaces,
        DecodesStripped,
    ),
    kind="build",
    harness=with_gpt2,
)
