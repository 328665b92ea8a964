"""What many answers to one problem are good for: one of them right, or more of one kind than of any other."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

_LAST = re.compile(r"([0-9]+)$")


def pass_at_k(n: int, right: int, k: int) -> float:
    """The chance that of k answers, taken from n of which some are right, at least one is.

    Source: Chen et al. 2021 ("Evaluating Large Language Models Trained on Code"), equation 1.
    """
    return 1 - math.comb(n - right, k) / math.comb(n, k)


def last_number(text: str) -> str:
    """The number at the end of an answer; nothing if there is none, as in one that was cut."""
    found = _LAST.search(text)
    return found[1] if found else ""


def majority(texts: Sequence[str]) -> str:
    """The last number that most answers have; of those that are equally frequent the one that came first."""
    return Counter(map(last_number, texts)).most_common(1)[0][0]
