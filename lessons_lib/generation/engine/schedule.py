"""Which tokens the next step reads: one of each text that is being written, and pieces of prompts in the spare rows."""

from __future__ import annotations

from collections.abc import Sequence

# Measured with SmolLM2 of 8 bits, in seconds of one processor.
ALONE = 256  # tokens of a prompt at once while nothing is written: so soon is a cancel seen, at 0.85 of the full speed
LEAST = 4  # tokens of prompts at least, however many texts are written: beside 16, they cost a step 7%, and 8 cost 45%


def share_out(unread: Sequence[int], most: int) -> list[int]:
    """Say how many tokens of each text the next step reads.

    Args:
        unread: tokens that each text has and that are not read yet, at least one; first come, first served. A text that
            is being written has one.
        most: tokens of a step at which it is fast.

    Returns:
        As many numbers, 0 for a text that has to wait. While nothing is written, a long prompt is read by itself.

    Example:
        >>> share_out([1, 1, 40, 9], most=16)
        [1, 1, 14, 0]
        >>> share_out([40, 9], most=16)
        [40, 0]
        >>> share_out([5, 9], most=16)
        [5, 9]
    """
    if 1 not in unread and unread[0] > most:
        return [min(unread[0], ALONE)] + [0] * (len(unread) - 1)
    writing = sum(n == 1 for n in unread)
    spare = max(most - writing, LEAST)
    counts = []
    for n in unread:
        piece = 1 if n == 1 else min(n, spare)
        spare -= 0 if n == 1 else piece
        counts.append(piece)
    return counts
