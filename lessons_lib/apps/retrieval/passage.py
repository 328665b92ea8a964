"""What is searched for: a passage with a name, and a passage that was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from lessons_lib import arguments


class Passage(NamedTuple):
    """A stretch of text that can be found.

    Attributes:
        id: its name, which no other has, such as "lesson-04#masks".
        text: what it says.
    """

    id: str
    text: str


class Hit(NamedTuple):
    """A passage that was found, and how well it fits: more is better, and what one is worth depends on the search."""

    id: str
    text: str
    score: float


def checked(passages: Iterable[Passage | tuple[str, str]], known: Iterable[str] = ()) -> list[Passage]:
    """Take passages whose ids are new and differ.

    Args:
        passages: any number.
        known: ids that are taken.

    Raises:
        ValueError: naming the passage that is none, or up to three ids that stand there twice.
    """
    found = []
    for place, passage in enumerate(passages):
        if not isinstance(passage, tuple) or len(passage) != 2 or not all(isinstance(part, str) for part in passage):
            raise ValueError(f"passages[{place}]: got {arguments.described(passage)}, allowed (id, text), both str")
        found.append(Passage(*passage))
    counts = Counter(passage.id for passage in found)
    counts.update(set(known) & counts.keys())
    if twice := [name for name, count in counts.items() if count > 1]:
        raise ValueError(f"passages: got the id {', '.join(map(repr, twice[:3]))} more than once, allowed once each")
    return found
