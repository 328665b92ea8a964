"""An answer that can be checked: it says nothing where nothing was found, and what it quotes must stand in the text.

A small model never says that it does not know, and quotes what was never written; so both are decided outside of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lessons_lib import arguments
from lessons_lib.apps.retrieval.passage import Hit

UNKNOWN = "I don't know: nothing that I have read says it."


class Quote(NamedTuple):
    """Words between quotation marks, and where they stand.

    Attributes:
        text: the words as the answer has them.
        id: of the first passage that has them; None where none does.
        start, end: their place in that passage, in characters; 0 where none has them.
    """

    text: str
    id: str | None
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Answer:
    """What was answered, and what it rests on.

    Attributes:
        text: the answer; `UNKNOWN` where nothing was found.
        hits: the passages that it was written from, best first; none where nothing was found.
        quotes: what stands in it between quotation marks.
    """

    text: str
    hits: tuple[Hit, ...] = ()
    quotes: tuple[Quote, ...] = ()

    @property
    def abstains(self) -> bool:
        """Whether nothing was found that is near enough to the question."""
        return not self.hits

    @property
    def invented(self) -> tuple[Quote, ...]:
        """The quotes that stand in no passage: a reader should not believe them."""
        return tuple(quote for quote in self.quotes if quote.id is None)

    @property
    def sources(self) -> tuple[str, ...]:
        """The ids of the passages that are truly quoted, each once, in the order of the quotes."""
        return tuple(dict.fromkeys(quote.id for quote in self.quotes if quote.id is not None))


def answer(
    question: str,
    hits: Sequence[Hit],
    write: Callable[[str, Sequence[Hit]], str],
    threshold: float,
) -> Answer:
    """Answer from passages, or not at all.

    Args:
        question: what was asked.
        hits: what a search found. Their scores decide, so they must be of the kind that `threshold` was measured for.
        write: makes the answer of the question and the passages at or above the threshold, with a model or without;
            not called where there are none.
        threshold: the least score that counts.

    Raises:
        ValueError: if the threshold is no number, or `write` gave no str.

    Example:
        >>> hits = [Hit("cats", "Cats sleep a lot.", 0.7), Hit("tea", "Tea is hot.", 0.1)]
        >>> said = answer("Do cats sleep?", hits, lambda question, hits: 'Yes: "Cats sleep a lot."', threshold=0.3)
        >>> said.sources, said.invented
        (('cats',), ())
        >>> answer("Who won?", hits[1:], lambda question, hits: "Me!", threshold=0.3).abstains
        True
    """
    threshold = arguments.real("threshold", threshold, -1e30, 1e30, "a number")
    near = tuple(hit for hit in hits if hit.score >= threshold)
    if not near:
        return Answer(UNKNOWN)
    text = write(question, near)
    if not isinstance(text, str):
        raise ValueError(f"write: gave {arguments.described(text)}, allowed a str")
    return Answer(text, near, tuple(check_quotes(text, near)))


def check_quotes(text: str, hits: Sequence[Hit]) -> list[Quote]:
    """Look up in the passages whatever stands between quotation marks, "..." or “...”.

    The words must be the same, letter for letter and whole; only spaces and line ends may differ.

    Example:
        >>> hits = [Hit("cats", "Cats sleep\\na lot.", 0.7)]
        >>> [quote.id for quote in check_quotes('They say "sleep a lot" and "all day".', hits)]
        ['cats', None]
    """
    return [_looked_up(quoted, hits) for quoted in _QUOTED.findall(text) if quoted.strip()]


def _looked_up(quoted: str, hits: Sequence[Hit]) -> Quote:
    wanted = " ".join(quoted.split())
    for hit in hits:
        words = [match.span() for match in re.finditer(r"\S+", hit.text)]
        plain = " ".join(hit.text[start:end] for start, end in words)  # every gap is one space here
        if (place := _whole(wanted, plain)) is not None:
            first, last = (plain.count(" ", 0, at) for at in (place, place + len(wanted)))
            before, inside = plain.rfind(" ", 0, place) + 1, plain.rfind(" ", 0, place + len(wanted)) + 1
            return Quote(
                quoted, hit.id, words[first][0] + place - before, words[last][0] + place + len(wanted) - inside
            )
    return Quote(quoted, None)


def _whole(wanted: str, text: str) -> int | None:
    """Where words stand in a text so that no letter goes on at either end."""
    place = text.find(wanted)
    while place >= 0:
        end = place + len(wanted)
        if not _goes_on(text[max(place - 1, 0) : place + 1]) and not _goes_on(text[end - 1 : end + 1]):
            return place
        place = text.find(wanted, place + 1)
    return None


def _goes_on(pair: str) -> bool:
    """Whether two characters side by side belong to one word."""
    return re.fullmatch(r"\w\w", pair) is not None


_QUOTED = re.compile('["“]([^"“”]*)["”]')
