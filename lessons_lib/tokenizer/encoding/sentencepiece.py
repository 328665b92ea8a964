"""SentencePiece's byte-pair encoding: characters are merged, not bytes, and the pair of the highest score goes first.

A space is a character like any other, written ▁. A text gets one more in front, so that its first word looks like the
others. A character that no piece holds becomes the bytes of its UTF-8.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import chain, pairwise

from lessons_lib.tokenizer.encoding.bpe import Pair
from lessons_lib.tokenizer.encoding.bpe import merge as merge_pairs
from lessons_lib.tokenizer.encoding.names import any_of
from lessons_lib.tokenizer.encoding.split import lone_surrogate

SPACE = "\u2581"  # ▁, which looks like an underscore and is none


class SentencePiece:
    """The encoder that Llama 2, TinyLlama, Gemma and the first Mistral use.

    A score ranks each piece, in SentencePiece's own files: any two neighbours may join that make up a piece. A list of
    merges ranks pairs of pieces instead, in `tokenizer.json`: only those listed may join.

    Args:
        pieces: what each id stands for: text, with ▁ for a space; one byte to fall back on; or None, for an id that
            no text turns into.
        scores: score of each id. The neighbours whose join scores highest are joined first, the leftmost of equals.
            None if there are merges.
        merges: pair of ids and the id they join into, the first to be joined first. None if there are scores.
        whole: id of each piece that is found in a text before anything is joined, by what is looked for: spaces are
            written ▁ by then.
        apart: ids of those that are found before all else: what stands between two of them is a text of its own, and
            a ▁ in them is no space.
        adds_space: whether a text gets a space in front.
        doubles_space: whether a text that starts with a space gets another one, and one that starts with a whole piece
            gets one too.
        drops_space: whether decoding drops a space in front; None if `adds_space`.
        legacy: whether text after a special token, or a piece that stands apart, gets a space too, as the first
            releases had it.
        cuts_words: whether a ▁ starts a word of its own, so that no piece holds one but at its start.
        squeezes: whether spaces at the ends of a text are left out, and one stands for several elsewhere.

    Raises:
        ValueError: there is not one score an id, or not one id a byte.

    Example:
        >>> pieces = [bytes([byte]) for byte in range(256)] + ["▁", "h", "i", "hi", "▁hi"]
        >>> encoder = SentencePiece(pieces, scores=[0.0] * 259 + [-1.0, -2.0])
        >>> encoder.encode("hi é")
        [260, 256, 195, 169]

    Source: Kudo and Richardson 2018, "SentencePiece: A simple and language independent subword tokenizer", section 3.
    """

    def __init__(
        self,
        pieces: Sequence[str | bytes | None],
        scores: Sequence[float] | None = None,
        *,
        merges: Sequence[tuple[Pair, int]] | None = None,
        whole: Mapping[str, int] | None = None,
        apart: Iterable[int] = (),
        adds_space: bool = True,
        doubles_space: bool = True,
        drops_space: bool | None = None,
        legacy: bool = False,
        cuts_words: bool = False,
        squeezes: bool = False,
    ) -> None:
        if (scores is None) == (merges is None):
            raise ValueError("scores, merges: got both or neither, allowed one")
        if scores is not None and len(scores) != len(pieces):
            raise ValueError(f"scores: got {len(scores)}, allowed {len(pieces)}, one an id")
        byte_ids = {piece[0]: i for i, piece in enumerate(pieces) if isinstance(piece, bytes) and len(piece) == 1}
        if len(byte_ids) < 256:
            raise ValueError(f"pieces: got {len(byte_ids)} of the 256 bytes, allowed all of them")
        # Encoding needs them in another form; files need them as they are.
        self.pieces, self.scores, self.merges = pieces, scores, merges
        self.whole, self.apart = dict(whole or {}), frozenset(apart)
        self.adds_space, self.doubles_space, self.legacy = adds_space, doubles_space, legacy
        self.cuts_words, self.squeezes = cuts_words, squeezes
        self.drops_first_space = adds_space if drops_space is None else drops_space
        self.tokens = [piece.replace(SPACE, " ").encode() if isinstance(piece, str) else piece for piece in pieces]
        for spelling, i in self.whole.items():
            self.tokens[i] = spelling.replace(SPACE, " ").encode()
        self._starts_whole = re.compile(any_of(self.whole)).match
        self._apart_ids = {pieces[i]: i for i in self.apart}
        self._sections = re.compile(f"({any_of(self._apart_ids)})").split
        ids = {piece: i for i, piece in enumerate(pieces) if isinstance(piece, str) and piece not in self.whole}
        if merges is None:
            order = {score: rank for rank, score in enumerate(sorted({scores[i] for i in ids.values()}, reverse=True))}
            ids = {piece: i for piece, i in ids.items() if i not in self.apart}
            join = _by_scores(ids, {piece: order[scores[i]] for piece, i in ids.items()}, byte_ids)
            joined = ids
        else:
            join = _by_merges(ids, merges, byte_ids)
            joined = {pieces[i] for _, i in merges}
        self._words = _Words(join, self.whole)
        self._cut = _cutter(joined, self.whole, cuts_words)
        self.kept_whole = [name.replace(SPACE, " ") for name in (*self.whole, *self._apart_ids)]
        self._goes_on = set() if cuts_words else _before_space(joined)

    def border(self, text: str, start: int, end: int) -> int:
        """Give the last place between two others where the text may be cut, or 0: in front of a single space."""
        while not self.squeezes and (place := text.rfind(" ", start, end)) > start:
            if text[place - 1].isalnum() and text[place - 1] not in self._goes_on:
                return place
            end = place
        return 0

    def encode(self, text: str, first: bool = True, continues: bool = False) -> list[int]:
        """Turn text into ids; `first` says that no special token stands before it, `continues` that other text does.

        Raises:
            ValueError: the text holds a lone surrogate.
        """
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise lone_surrogate(text) from None
        return self._encode(text, first, continues)

    def encode_bytes(self, data: bytes) -> list[int]:
        """Turn bytes into ids: as text where they are text without a ▁, else one by one."""
        mark = SPACE.encode().decode("ascii", "surrogateescape")
        return self._encode(data.decode("utf-8", "surrogateescape").replace(SPACE, mark), first=True)

    def _encode(self, text: str, first: bool, continues: bool = False) -> list[int]:
        if not self.apart:
            return self._encode_section(text, first, continues)
        ids = []
        for i, section in enumerate(self._sections(text)):  # text, a piece that stands apart, text, ...
            goes_on = continues and i == 0
            ids += [self._apart_ids[section]] if i % 2 else self._encode_section(section, first and i == 0, goes_on)
        return ids

    def _encode_section(self, text: str, first: bool, continues: bool) -> list[int]:
        if self.squeezes:
            text = re.sub(" +", " ", text.strip(" "))
        text = text.replace(" ", SPACE)
        starts = (first or self.legacy) and not continues
        if text and self.adds_space and starts and (self.doubles_space or not self._is_spaced(text)):
            text = SPACE + text
        return list(chain.from_iterable(map(self._words.__getitem__, self._cut(text))))

    def _is_spaced(self, text: str) -> bool:
        return text[0] == SPACE or self._starts_whole(text) is not None


class _Words(dict[str, tuple[int, ...]]):
    """The ids of each word seen so far: a dict that fills itself, since most words of a text come again."""

    _MOST = 1 << 16  # entries; at some 250 bytes each, 16 MB
    _LONGEST = 64  # characters of a word worth keeping

    def __init__(self, join: Callable[[str], Iterable[int]], whole_ids: Mapping[str, int]) -> None:
        super().__init__()
        self._join, self._whole_ids = join, whole_ids

    def __missing__(self, word: str) -> tuple[int, ...]:
        whole = self._whole_ids.get(word)
        ids = tuple(self._join(word)) if whole is None else (whole,)
        if len(word) <= self._LONGEST:
            if len(self) >= self._MOST:
                self.clear()
            self[word] = ids
        return ids


def _by_scores(
    ids: Mapping[str, int], ranks: Mapping[str, int], byte_ids: Mapping[int, int]
) -> Callable[[str], Iterable[int]]:
    def join(word: str) -> Iterable[int]:
        for symbol in merge(word, ranks):
            if (i := ids.get(symbol)) is not None:
                yield i
            else:  # one character
                yield from _fall_back(symbol, byte_ids)

    return join


def _by_merges(
    ids: Mapping[str, int], merges: Sequence[tuple[Pair, int]], byte_ids: Mapping[int, int]
) -> Callable[[str], Iterable[int]]:
    ranks = {pair: rank for rank, (pair, _) in enumerate(merges)}
    results = [joined for _, joined in merges]

    def join(word: str) -> Iterable[int]:
        found: list[int] = []
        for character in word:
            if (i := ids.get(character)) is not None:
                found.append(i)
            else:
                found += _fall_back(character, byte_ids)
        return merge_pairs(found, ranks, results)

    return join


def _fall_back(character: str, byte_ids: Mapping[int, int]) -> list[int]:
    # A surrogate here stands for a byte that is not UTF-8.
    return [byte_ids[byte] for byte in character.encode("utf-8", "surrogateescape")]


def merge(text: str, ranks: Mapping[str, int]) -> list[str]:
    """Join neighbours, characters at first, whose join has a rank: the lowest first, the leftmost of equals.

    Example:
        >>> merge("banana", {"na": 0, "an": 1, "ana": 2})
        ['b', 'ana', 'na']
    """
    symbols = list(text)
    # A symbol keeps the place of its first character and is linked to its neighbours. A pair that may be joined is one
    # number, rank times n plus place: those there at first wait in a sorted list, those found later in a heap. A pair
    # is stale, and passed over, when its symbols have changed since.
    n = len(symbols)
    after, before = list(range(1, n + 1)), list(range(-1, n - 1))
    found = ((ranks.get(left + right), place) for place, (left, right) in enumerate(pairwise(symbols)))
    early = sorted([rank * n + place for rank, place in found if rank is not None], reverse=True)
    late: list[int] = []
    while early or late:
        from_early = early and not (late and late[0] < early[-1])
        rank, place = divmod(early.pop() if from_early else heappop(late), n)
        neighbour = after[place]
        if neighbour == n or not symbols[place] or ranks.get(joined := symbols[place] + symbols[neighbour]) != rank:
            continue
        symbols[place], symbols[neighbour] = joined, ""
        after[place] = following = after[neighbour]
        if following < n:
            before[following] = place
            if (rank := ranks.get(joined + symbols[following])) is not None:
                heappush(late, rank * n + place)
        if (preceding := before[place]) >= 0 and (rank := ranks.get(symbols[preceding] + joined)) is not None:
            heappush(late, rank * n + preceding)
    return [symbol for symbol in symbols if symbol]


def _before_space(pieces: Iterable[str]) -> set[str]:
    """Give the characters behind which a space may go on with the same piece."""
    return {left for piece in pieces for left, right in pairwise(piece) if right == SPACE} - {SPACE}


def _cutter(pieces: Iterable[str], whole: Iterable[str], cuts_words: bool) -> Callable[[str], Iterable[str]]:
    """Give a function that cuts text where nothing could be joined anyway, so that words can be looked up.

    Two neighbours are joined only if some piece holds both of their edges side by side. So a character that stands in
    no longer piece is alone, and where a ▁ follows something else no join is possible, unless a piece has that inside.
    """
    longer = [piece for piece in pieces if len(piece) > 1]
    # Characters beyond the first 65,536 count as joined: in a pattern, many of them would be slow.
    joined = "".join({c for piece in longer for c in piece if c < "\U00010000"} - {SPACE})
    inside = f"[{re.escape(joined)}\U00010000-\U0010ffff]"
    if cuts_words:
        word = f"{SPACE}?{inside}+|."
    else:
        before = "".join(_before_space(pieces))
        goes_on = f"(?:(?<=[{re.escape(before)}]){SPACE}+{inside}*)*" if before else ""
        word = f"{SPACE}*{inside}+{goes_on}|{SPACE}+|."
    words = re.compile(word, re.DOTALL).findall
    if not whole:
        return words
    found = re.compile(f"({any_of(whole)})")

    def cut(text: str) -> Iterable[str]:
        stretches = enumerate(found.split(text))  # text, whole piece, text, ...
        return chain.from_iterable([stretch] if i % 2 else words(stretch) for i, stretch in stretches)

    return cut
