"""What `benchmarks.load` has recorded of an engine under load, which lesson 17 shows."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

STORED = Path(__file__).with_name("recorded.json")
SETTING = {"model": "smollm2-135m-instruct", "bits": 8, "slots": 8, "cores": 1}
CLIENTS = (1, 2, 4, 8, 16, 32)
PROMPT, NEW = 48, 32  # tokens of a prompt and of a text
TEXTS, LEAST = 2, 6  # texts of a client, and of all clients, at least
ROUNDS = 3


def mark() -> dict[str, Any]:
    """All that decides what is recorded, but for the machine."""
    return SETTING | {"prompt": PROMPT, "new": NEW, "texts": TEXTS, "least": LEAST}


@cache
def rounds() -> dict[int, list[dict[str, Any]]]:
    """For each number of clients its rounds: seconds, tokens, and the seconds to each text's first token."""
    return {int(clients): rounds for clients, rounds in json.loads(STORED.read_text("utf-8"))["rounds"].items()}


def best() -> dict[int, dict[str, Any]]:
    """Of each the round that took least: what else runs on a machine can only slow an engine down."""
    return {clients: min(each, key=lambda round_: round_["seconds"]) for clients, each in rounds().items()}


def speeds() -> dict[int, float]:
    """Tokens a second of all clients, by their number."""
    return {clients: each["tokens"] / each["seconds"] for clients, each in best().items()}


def first() -> dict[int, tuple[float, float]]:
    """Up to how many seconds half of the texts wait for the first token, and 19 of 20, by the number of clients."""
    found = {}
    for clients, each in best().items():
        waits = sorted(each["first"])
        found[clients] = (median(waits), waits[int(0.95 * len(waits))])
    return found
