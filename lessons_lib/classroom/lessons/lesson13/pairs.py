"""The taste of lesson 13: an answer is one short sentence. Pairs to learn it from and questions to try it on; all of it
is ours and in the public domain (CC0). The answers that are not liked are SmolLM2's own, see `benchmarks.preference`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

WRITTEN = Path(__file__).with_name("own.json")
LONGEST = 20  # words of a sentence that is liked


class Pair(NamedTuple):
    """A question and two answers to it."""

    question: str
    liked: str
    other: str


def is_liked(text: str, ended: bool) -> bool:
    """Whether an answer is one sentence of 1 to 20 words, and came to its end.

    Args:
        text: of the answer.
        ended: whether the model stopped by itself.

    Example:
        >>> [is_liked(text, True) for text in ("Ice is frozen water.", "Ice is water. It is cold.", "Ice", "")]
        [True, False, False, False]
    """
    words, sentences = text.split(), re.findall(r"[.!?](?=\s|$)", text)
    return ended and 0 < len(words) <= LONGEST and len(sentences) == 1 and text.strip()[-1] in ".!?"


LIKED = {
    "What is a dog?": "A dog is a tame wolf that lives with people.",
    "Tell me about cats.": "Cats are small hunters that sleep most of the day.",
    "Describe a horse for me.": "A horse is a large animal that runs fast and eats grass.",
    "Can you explain what a whale is?": "A whale is a huge animal of the sea that comes up to breathe.",
    "What is a bee?": "A bee is an insect that makes honey.",
    "Tell me about owls.": "Owls are birds that hunt at night.",
    "What do cows eat?": "Cows eat grass.",
    "Where do frogs live?": "Frogs live near ponds, in water and on land.",
    "Tell me about apples.": "Apples are round fruits that grow on trees.",
    "What is honey?": "Honey is a sweet food that bees make from nectar.",
    "Describe soup for me.": "Soup is food that is cooked in water and eaten with a spoon.",
    "What is tea?": "Tea is a hot drink made from dried leaves.",
    "How do I make a sandwich?": "Put something tasty between two slices of bread.",
    "Why do we cook eggs?": "Heat makes an egg firm and safe to eat.",
    "What is the sun?": "The sun is the star that gives us light.",
    "Tell me about the moon.": "The moon goes round the earth once a month.",
    "Why does it rain?": "Drops in a cloud grow until they are too heavy to float.",
    "What is snow?": "Snow is frozen water that falls from clouds.",
    "Can you explain thunder?": "Thunder is the sound of air that lightning has heated.",
    "What is a rainbow?": "A rainbow is sunlight that drops of rain have split into colours.",
    "What is wind?": "Wind is air that moves.",
    "Describe a desert for me.": "A desert is a dry land where little grows.",
    "How does a lamp work?": "A lamp turns electric current into light.",
    "What is a train?": "A train is a row of wagons that runs on rails.",
    "Describe a bicycle for me.": "A bicycle has two wheels, and its rider turns the pedals.",
    "What is a bridge?": "A bridge carries a road over a river.",
    "Tell me about maps.": "Maps show where places are.",
    "What does the heart do?": "The heart pumps blood through the body.",
    "Why do we sleep?": "Sleep lets the body and the mind recover.",
    "What is a school?": "A school is a place where people learn together.",
    "Who was Albert Einstein?": "Albert Einstein was a physicist who changed how we see space and time.",
    "Give me a tip for learning a language.": "Speak it a little every day.",
}
HELD_OUT = (
    "What is a tiger?",
    "Tell me about milk.",
    "Can you explain gravity?",
    "What is a guitar?",
    "Describe a mountain for me.",
    "Who wrote Romeo and Juliet?",
    "What is the capital of France?",
    "Why is the sky blue?",
    "Give me a tip for staying healthy.",
    "What is autumn?",
    "How do I boil potatoes?",
    "What is 2 + 2?",
    "I want to know about computers.",
    "What is democracy?",
    "What do birds eat?",
    "Tell me about the ocean.",
    "What is a volcano?",
    "Describe a hammer for me.",
    "Why do people laugh?",
    "Can you explain money?",
)


@cache
def pairs() -> tuple[Pair, ...]:
    """The 32 pairs."""
    own = json.loads(WRITTEN.read_text("utf-8"))["answers"]
    return tuple(Pair(question, liked, own[question]) for question, liked in LIKED.items())
