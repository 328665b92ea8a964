"""Which tokens of a conversation the assistant says: those from which a model learns when it is tuned to answer.

A chat template lays a conversation out, and what it lays out is traced. What opens an answer the template itself is
asked for, and what ends a turn is known by the model's end tokens: where they lack the one that the template writes,
the end is not said. The text of a question need not be the beginning of the text of its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple


class Piece(NamedTuple):
    """A stretch of a laid-out conversation.

    Attributes:
        text: what stands there.
        special: the id of the special token that it is; None of plain text.
        is_content: whether the template was given it to say.
        message: the number of the message that it is from, where that is known.
    """

    text: str
    special: int | None
    is_content: bool
    message: int | None


def by_assistant(
    pieces: Sequence[Piece], answers: Collection[int], opening: str, ends: Collection[int]
) -> Iterator[tuple[Piece, bool]]:
    """Tell for each piece whether the assistant says it, cutting it in two where that changes within.

    The assistant says its messages, what the template writes between their parts, and the token behind that ends the
    turn. It also says what the template writes before them, as far as that is no part of what opens an answer.

    Args:
        pieces: the whole conversation, in order.
        answers: the numbers of the assistant's messages.
        opening: what the template writes between a question and the place where a model is asked to go on; nothing
            where it has no words to ask.
        ends: ids of the tokens that end a turn.
    """
    waiting: list[Piece] = []  # the template's own words since anybody spoke: it shows behind them whose they are
    speaker = None
    for piece in pieces:
        if not piece.is_content:
            waiting.append(piece)
            if speaker is not None and piece.special in ends:
                yield from ((each, True) for each in waiting)
                waiting, speaker = [], None
            continue
        is_answer = piece.message in answers
        if is_answer and piece.message == speaker:
            yield from ((each, True) for each in waiting)
        else:
            yield from _behind(waiting, opening if is_answer else "")
        waiting, speaker = [], piece.message if is_answer else None
        yield piece, is_answer
    yield from ((each, False) for each in waiting)


def _behind(pieces: Sequence[Piece], opening: str) -> Iterator[tuple[Piece, bool]]:
    """The pieces, of which the assistant says what stands behind the opening: nothing, if that is not there."""
    text = "".join(piece.text for piece in pieces)
    found = text.rfind(opening) if opening else -1
    border = len(text) if found < 0 else found + len(opening)
    place = 0
    for piece in pieces:
        cut = min(max(border - place, 0), len(piece.text))
        place += len(piece.text)
        if cut:
            yield piece._replace(text=piece.text[:cut]), False
        if cut < len(piece.text):
            yield piece._replace(text=piece.text[cut:]), True


def tokens_of(run: Sequence[tuple[str, bool]], encode: Callable[[str], list[int]]) -> tuple[list[int], list[bool]]:
    """Encode a run of plain text whole, and tell for each token whether the assistant says it.

    A token that lies across a border counts as said: without it the answer would lack its end.

    Args:
        run: stretches of text, at least one, and whether the assistant says them.
        encode: turns the text of a run, or the beginning of it, into ids.
    """
    ids = encode("".join(text for text, _ in run))
    mask: list[bool] = []
    text, stretches = "", [(said, "".join(part for part, _ in group)) for said, group in groupby(run, lambda x: x[1])]
    for said, stretch in stretches[:-1]:
        text += stretch
        before = encode(text)
        same = next(
            (n for n, (a, b) in enumerate(zip(before, ids, strict=False)) if a != b), min(len(before), len(ids))
        )
        end = same + 1 if said and same < len(before) else same
        mask += [said] * (end - len(mask))
    return ids, mask + [stretches[-1][0]] * (len(ids) - len(mask))
