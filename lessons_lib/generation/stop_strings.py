"""Stop strings: where a text ends, although it comes in pieces that are cut anywhere."""

from __future__ import annotations

from collections.abc import Sequence


class StopStrings:
    """Passes text on up to the first stop string, keeping back only what could still be the start of one.

    The first to be complete counts, so it does not matter how the text is cut.

    Args:
        stop: strings of at least one character.

    Attributes:
        found: whether a stop string has come. Nothing more is passed on then.

    Example:
        >>> stops = StopStrings(["END"])
        >>> [stops.push(piece) for piece in ("bread", " E", "ND of")]
        ['bread', ' ', '']
        >>> stops.found
        True
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self.stop = tuple(stop)
        self.found = False
        self._held = ""

    def push(self, piece: str) -> str:
        """Take the next piece; return what is safe to give out, which may be empty."""
        if self.found:
            return ""
        text = self._held + piece
        ends = [(at + len(stop), at) for stop in self.stop if (at := text.find(stop)) >= 0]
        if ends:
            self.found = True
            self._held = ""
            return text[: min(ends)[1]]
        safe = len(text) - max((_overlap(text, stop) for stop in self.stop), default=0)
        self._held = text[safe:]
        return text[:safe]

    def flush(self) -> str:
        """Return what was kept back, once no more text comes."""
        held = self._held
        self._held = ""
        return held


def _overlap(text: str, stop: str) -> int:
    """The length of the longest end of `text` that is a beginning of `stop`, but not all of it."""
    lengths = range(min(len(text), len(stop) - 1), 0, -1)
    return next((n for n in lengths if text.endswith(stop[:n])), 0)
