"""SentencePiece's byte-pair encoding: characters are merged, not bytes, and the pair of the highest score goes first.

A space is a character like any other, written ▁. A text gets one more in front, so that its first word looks like the
others. A character that no piece holds becomes the bytes of its UTF-8.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from itertools import chain, pairwise

from lessons_lib.tokenizer.encoding.split import lone_surrogate

SPACE = "\u2581"  # ▁, which looks like an underscore and is none


class SentencePiece:
    """The encoder that Llama 2, TinyLlama and the first Mistral use.

    Args:
        pieces: What each id stands for: text, with ▁ for a space; one byte to fall back on; or None, for an id that
            no text turns into.
        scores: Score of each id. The neighbours whose join scores highest are joined first, the leftmost of equals.
        whole: Ids of the pieces that are found in a text before anything is joined, and stay as they are.
        adds_space: Whether a text gets a space in front, which decoding drops.
        legacy: Whether text after a special token gets one too, as the first releases had it.

    Raises:
        ValueError: There is not one score an id, or not one id a byte.

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
        scores: Sequence[float],
        *,
        whole: Iterable[int] = (),
        adds_space: bool = True,
        legacy: bool = False,
    ) -> None:
        if len(scores) != len(pieces):
            raise ValueError(f"scores: got {len(scores)}, allowed {len(pieces)}, one an id")
        byte_ids = {piece[0]: i for i, piece in enumerate(pieces) if isinstance(piece, bytes) and len(piece) == 1}
        if len(byte_ids) < 256:
            raise ValueError(f"pieces: got {len(byte_ids)} of the 256 bytes, allowed all of them")
        # Encoding needs them in another form; files need them as they are.
        self.pieces, self.scores, self.whole, self.legacy = pieces, scores, frozenset(whole), legacy
        self.tokens = [piece.replace(SPACE, " ").encode() if isinstance(piece, str) else piece for piece in pieces]
        self.drops_first_space = adds_space
        whole_ids = {pieces[i]: i for i in self.whole}
        ids = {piece: i for i, piece in enumerate(pieces) if isinstance(piece, str) and piece not in whole_ids}
        order = {score: rank for rank, score in enumerate(sorted({scores[i] for i in ids.values()}, reverse=True))}
        self._words = _Words(ids, {piece: order[scores[i]] for piece, i in ids.items()}, byte_ids, whole_ids)
        self._cut = _cutter(ids, whole_ids)

    def encode(self, text: str, first: bool = True) -> list[int]:
        """Turn text into ids; ``first`` says that no special token stands before it.

        Raises:
            ValueError: The text holds a lone surrogate.
        """
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise lone_surrogate(text) from None
        return self._encode(text, first)

    def encode_bytes(self, data: bytes) -> list[int]:
        """Turn bytes into ids: as text where they are text without a ▁, else one by one."""
        mark = SPACE.encode().decode("ascii", "surrogateescape")
        return self._encode(data.decode("utf-8", "surrogateescape").replace(SPACE, mark), first=True)

    def _encode(self, text: str, first: bool) -> list[int]:
        if text and self.drops_first_space and (first or self.legacy):
            text = " " + text
        return list(chain.from_iterable(map(self._words.__getitem__, self._cut(text.replace(" ", SPACE)))))


class _Words(dict[str, tuple[int, ...]]):
    """The ids of each word seen so far: a dict that fills itself, since most words of a text come again."""

    _MOST = 1 << 16  # entries; at some 250 bytes each, 16 MB
    _LONGEST = 64  # characters of a word worth keeping

    def __init__(
        self,
        ids: Mapping[str, int],
        ranks: Mapping[str, int],
        byte_ids: Mapping[int, int],
        whole_ids: Mapping[str, int],
    ) -> None:
        super().__init__()
        self._ids, self._ranks, self._byte_ids, self._whole_ids = ids, ranks, byte_ids, whole_ids

    def __missing__(self, word: str) -> tuple[int, ...]:
        ids = self._merged(word)
        if len(word) <= self._LONGEST:
            if len(self) >= self._MOST:
                self.clear()
            self[word] = ids
        return ids

    def _merged(self, word: str) -> tuple[int, ...]:
        if (whole := self._whole_ids.get(word)) is not None:
            return (whole,)
        ids = []
        for symbol in merge(word, self._ranks):
            if (i := self._ids.get(symbol)) is not None:
                ids.append(i)
            else:  # one character; a surrogate here stands for a byte that is not UTF-8
                ids += [self._byte_ids[byte] for byte in symbol.encode("utf-8", "surrogateescape")]
        return tuple(ids)


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


def _cutter(pieces: Iterable[str], whole: Iterable[str]) -> Callable[[str], Iterable[str]]:
    """Give a function that cuts text where nothing could be joined anyway, so that words can be looked up.

    Two neighbours are joined only if some piece holds both of their edges side by side. So a character that stands in
    no longer piece is alone, and where a ▁ follows something else no join is possible, unless a piece has that inside.
    """
    longer = [piece for piece in pieces if len(piece) > 1]
    # Characters beyond the first 65,536 count as joined: in a pattern, many of them would be slow.
    joined = "".join({c for piece in longer for c in piece if c < "\U00010000"} - {SPACE})
    inside = f"[{re.escape(joined)}\U00010000-\U0010ffff]"
    if any(SPACE in piece.lstrip(SPACE) for piece in longer):
        word = f"(?:{SPACE}|{inside})+|."
    else:
        word = f"{SPACE}*{inside}+|{SPACE}+|."
    words = re.compile(word, re.DOTALL).findall
    # The longest counts where several start at one place.
    longest_first = sorted(whole, key=len, reverse=True)
    if not longest_first:
        return words
    found = re.compile(f"({'|'.join(map(re.escape, longest_first))})")

    def cut(text: str) -> Iterable[str]:
        stretches = enumerate(found.split(text))  # text, whole piece, text, ...
        return chain.from_iterable([stretch] if i % 2 else words(stretch) for i, stretch in stretches)

    return cut
