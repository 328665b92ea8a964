"""A model of letters that only counts: how often each letter followed the three before it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

BEFORE = 3  # letters that it looks back


def letter_chances(read: str, text: str) -> list[float]:
    """The natural logarithm of the chance that it gives to each letter of a text.

    What stood behind the last three letters counts most; behind fewer letters, less; and each letter that there is has
    a small chance of its own.

    Args:
        read: what it has counted.
        text: what it is asked about.

    Source: Witten and Bell 1991, "The zero-frequency problem", method C.
    """
    counted: list[defaultdict[str, Counter[str]]] = [defaultdict(Counter) for _ in range(BEFORE + 1)]
    for place, letter in enumerate(read):
        for back in range(min(place, BEFORE) + 1):
            counted[back][read[place - back : place]][letter] += 1
    letters, found = len(set(read) | set(text)), []
    for place, letter in enumerate(text):
        chance = 1 / letters
        for back in range(min(place, BEFORE) + 1):
            behind = counted[back].get(text[place - back : place])
            if behind:
                seen, kinds = sum(behind.values()), len(behind)
                chance = (behind[letter] + kinds * chance) / (seen + kinds)
        found.append(math.log(chance))
    return found
