"""The task "where": a thing is put somewhere and moved; where is it at the end? Two to five places to choose from."""

from __future__ import annotations

from random import Random
from typing import Any

KIND = "choice"
TITLE = "Where a thing is after it was moved"
TEMPLATE = "{query}\nAnswer:"

_WORDS = {
    "person": "cook guard teacher driver farmer sailor painter nurse baker gardener doctor singer",
    "thing": "coin key ring ball book letter spoon apple watch candle map stone glove pen",
}
_PLACES = (
    "in the drawer",
    "in the basket",
    "on the table",
    "under the bed",
    "behind the door",
    "in the green box",
    "in the old suitcase",
    "on the top shelf of the cupboard",
    "next to the window",
    "in the pocket of the coat",
    "under the carpet in the hall",
    "on the roof",
)


def items(random: Random, count: int) -> list[dict[str, Any]]:
    """Stories of two to five moves, no two alike; two things are moved about, and one is asked for."""
    found: dict[str, dict[str, Any]] = {}
    while len(found) < count:
        places = random.sample(_PLACES, random.randint(2, 5))
        people, things = (random.sample(line.split(), 2) for line in _WORDS.values())
        now: dict[str, str] = {}
        told = []
        for place in places:
            person = random.choice(people)
            thing = things[0] if not now else random.choice(things)
            told.append(f"The {person} puts the {thing} {place}.")
            now[thing] = place
        asked = random.choice(sorted(now))
        query = f"{' '.join(told)}\nQuestion: Where is the {asked} now?"
        choices = random.sample(places, len(places))
        found.setdefault(query, {"query": query, "choices": choices, "gold": choices.index(now[asked])})
    return list(found.values())
