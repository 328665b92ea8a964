"""Stories that a small grammar makes, and a judge that reads them: a child, a thing, a trouble and a helper.

Four facts are chosen at the start of a story and come back later: the child's name, the pronoun that goes with it, the
thing, and what happened to it. A writer gets them right only by looking back, which a program can check.
"""

from __future__ import annotations

import math
import random
import re
from typing import NamedTuple

NAMES = {
    "she": ("Ada", "Bea", "Cleo", "Dora", "Edith", "Flora", "Gina", "Hilda", "Ines", "Jana"),
    "he": ("Albert", "Bruno", "Carl", "David", "Emil", "Felix", "Gus", "Hugo", "Ivan", "Jonas"),
}
PRONOUNS = {"she": ("she", "her", "her", "girl"), "he": ("he", "his", "him", "boy")}  # and what the child is
THINGS = ("ball", "kite", "boat", "hat", "book", "lamp", "drum", "key", "coat", "box", "bell", "cup", "shell", "spoon")
COLOURS = ("red", "blue", "green", "yellow", "white", "black", "golden", "purple")
ANIMALS = ("dog", "cat", "bird", "rabbit", "fox", "bear", "frog", "duck", "mouse", "horse", "goat", "hedgehog")
KINDS = ("little", "big", "old", "kind", "brave", "shy", "clever", "sleepy", "merry", "quiet")
PLACES = ("park", "garden", "forest", "beach", "river", "hill", "market", "farm", "lake", "school")
WEATHERS = ("sunny", "rainy", "windy", "snowy", "warm", "cold", "cloudy")
GIFTS = ("an apple", "some bread", "a piece of cake", "warm soup", "sweet berries", "a pancake")
RESCUES = {  # what happened to the thing, and what brings it back
    "fell into the water": "swam out and brought it back",
    "rolled down the slope": "ran after it and caught it",
    "got stuck in a tree": "climbed up and took it down",
    "was lost in the grass": "looked for it and found it",
    "broke in two": "fetched some glue and mended it",
    "flew away in the wind": "jumped high and caught it",
    "sank into the sand": "dug a hole and pulled it out",
}
SENTENCES = (  # of each line one
    ("Once there was {a_kind} {child} named {name}.", "{name} was {a_kind} {child}."),
    ("{name} had {a_colour} {thing}.", "{He} loved {his} {colour} {thing}.", "{He} liked to play with {his} {thing}."),
    (
        "One {weather} day {name} took {his} {thing} to the {place}.",
        "One {weather} morning {he} went to the {place} with {his} {thing}.",
    ),
    ("But then the {colour} {thing} {trouble}!", "Suddenly the {thing} {trouble}."),
    ("Then {a_helper} {animal} came along.", "Just then {he} met {a_helper} {animal}."),
    ('"My {thing} {trouble}," said {name}.', '"Please help me," {he} said. "My {thing} {trouble}."'),
    ("The {animal} {rescue}.", '"Do not worry," said the {animal}, and it {rescue}.'),
    ("{name} thanked the {animal} and gave it {gift}.", "{name} was happy and gave the {animal} {gift}."),
    (
        "From that day on {name} and the {animal} were friends.",
        "Together they played with the {colour} {thing}.",
        "{name} hugged {his} {thing} all the way home.",
    ),
)
OF_NAME = {name: pronoun for pronoun, names in NAMES.items() for name in names}


class Verdict(NamedTuple):
    """What a judge found in a story.

    Attributes:
        thing: it is about one thing, named at least twice.
        pronoun: there are words such as `he` and `his`, and all are those of the first name.
        name: there is one name, which comes at least twice.
    """

    thing: bool
    pronoun: bool
    name: bool


def stories(count: int, seed: int = 0) -> list[str]:
    """Stories of about eighty words, the same for the same seed; a shorter list is the beginning of a longer one."""
    chance = random.Random(seed)
    return [_story(chance) for _ in range(count)]


def judge(story: str) -> Verdict:
    """Whether a story keeps its thing, its pronoun and its name."""
    words = re.findall(r"[A-Za-z]+", story)
    names = [word for word in words if word in OF_NAME]
    things = [word for word in words if word in THINGS]
    kinds = {kind for kind, forms in PRONOUNS.items() for word in words if word.lower() in forms[:3]}
    return Verdict(
        thing=len(things) > 1 and len(set(things)) == 1,
        pronoun=bool(names) and kinds == {OF_NAME[names[0]]},
        name=len(names) > 1 and len(set(names)) == 1,
    )


def _story(chance: random.Random) -> str:
    he = chance.choice(tuple(NAMES))
    _, his, him, child = PRONOUNS[he]
    trouble = chance.choice(tuple(RESCUES))
    colour = chance.choice(COLOURS)
    facts = {
        "name": chance.choice(NAMES[he]),
        "he": he,
        "He": he.capitalize(),
        "his": his,
        "him": him,
        "child": child,
        "a_kind": _with_article(chance.choice(KINDS)),
        "thing": chance.choice(THINGS),
        "colour": colour,
        "a_colour": _with_article(colour),
        "weather": chance.choice(WEATHERS),
        "place": chance.choice(PLACES),
        "trouble": trouble,
        "rescue": RESCUES[trouble],
        "animal": chance.choice(ANIMALS),
        "a_helper": _with_article(chance.choice(KINDS)),
        "gift": chance.choice(GIFTS),
    }
    return " ".join(chance.choice(ways).format(**facts) for ways in SENTENCES)


def _with_article(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def surprise_of_choices() -> float:
    """How many nats the choices of a story are worth at most: the loss of a whole story, for a reader who knows the
    grammar. It is a little less where a fact that was chosen, such as the colour, is not told.
    """
    facts = (NAMES, NAMES["he"], RESCUES, COLOURS, KINDS, THINGS, WEATHERS, PLACES, ANIMALS, KINDS, GIFTS)
    return sum(math.log(len(choices)) for choices in (*facts, *SENTENCES))
