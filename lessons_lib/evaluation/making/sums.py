"""The task "sums": add two numbers below 50 and write down the result."""

from __future__ import annotations

from itertools import product
from random import Random
from typing import Any

KIND = "answer"
TITLE = "The sum of two numbers"
TEMPLATE = "Question: {query}\nAnswer:"

_BELOW = 50


def items(random: Random, count: int) -> list[dict[str, Any]]:
    """Questions, no two alike.

    Raises:
        ValueError: for more than there are pairs of numbers.
    """
    pairs = list(product(range(1, _BELOW), repeat=2))
    if count > len(pairs):
        raise ValueError(f"count: got {count}, allowed at most {len(pairs):,} for sums")
    return [{"query": f"What is {a} plus {b}?", "answer": str(a + b)} for a, b in random.sample(pairs, count)]
