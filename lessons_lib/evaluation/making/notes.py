"""The task "notes": find one fact in a note and write it down. There is one right answer, word for word."""

from __future__ import annotations

from random import Random
from typing import Any

KIND = "answer"
TITLE = "One fact out of a note"
TEMPLATE = "{query}"

_WORDS = {
    "city": "London Paris Berlin Rome Madrid Vienna Prague Warsaw Athens Cairo Lima Oslo Dublin Tokyo Sydney",
    "goods": "apples books candles chairs clocks cups lamps maps pears pens ropes shoes stamps tables tiles",
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
}
_FORMS = (
    "On {day} the lorry brought {number} {goods} to {city}.",
    "{number} {goods} go to {city} on {day}.",
    "The shop in {city} has asked for {number} {goods} by {day}.",
    "By {day}, send {number} {goods} to the office in {city}.",
    "In {city} we sold {number} {goods} last {day}.",
)


def items(random: Random, count: int) -> list[dict[str, Any]]:
    """Notes of one or two sentences, no two alike; of two, the question says which."""
    found: dict[str, dict[str, Any]] = {}
    while len(found) < count:
        several = random.randint(1, 2)
        columns = {name: random.sample(line.split(), several) for name, line in _WORDS.items()}
        columns["number"] = [str(random.randint(2, 99)) for _ in range(several)]
        facts = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        note = " ".join(random.choice(_FORMS).format(**fact) for fact in facts)
        fact, wanted = random.choice(facts), random.choice(["city", "day", "number"])
        query = f"Note: {note}\n{wanted.capitalize()} of the {fact['goods']}:"
        found.setdefault(query, {"query": query, "answer": fact[wanted]})
    return list(found.values())
