"""The habit of lesson 12: each answer is a card of two lines. Examples to learn it from, made by this program, and
prompts to try it on; all of it is ours and in the public domain (CC0).
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import NamedTuple

_CARD = re.compile(r"ANSWER: [^\n]+\.\nTOPIC: [a-z]+")


class Example(NamedTuple):
    """What a user asks, and the card that answers it."""

    question: str
    card: str


def is_card(text: str) -> bool:
    """Whether a text is a card and nothing else: `ANSWER: ` and a text that ends in a full stop, and on the next line
    `TOPIC: ` and a word in small letters.

    Example:
        >>> is_card("ANSWER: A dog is a tame wolf.\\nTOPIC: animals"), is_card("A dog is a tame wolf.")
        (True, False)
    """
    return _CARD.fullmatch(text) is not None


SUBJECTS = {  # by topic; the subject as it stands in a question, and what the card says of it
    "animals": {
        "a dog": "A dog is a tame wolf that guards a house",
        "a cat": "A cat catches mice and sleeps most of the day",
        "a cow": "A cow eats grass and gives milk",
        "a horse": "A horse is strong enough to carry a rider",
        "a lion": "A lion hunts in a group with other lions",
        "a whale": "A whale lives in the sea and comes up to breathe",
        "an eagle": "An eagle sees a rabbit from high in the air",
        "a frog": "A frog begins its life in water as a tadpole",
        "a bee": "A bee carries pollen from flower to flower",
        "a spider": "A spider catches insects in its web",
        "an owl": "An owl hunts at night and hears very well",
    },
    "food": {
        "bread": "Bread is baked from flour, water and yeast",
        "rice": "Rice is a grain that grows in flooded fields",
        "cheese": "Cheese is made from milk that has turned solid",
        "soup": "Soup is food that is cooked in water and eaten with a spoon",
        "an apple": "An apple is a round fruit that grows on a tree",
        "honey": "Honey is a sweet food that bees make",
        "pizza": "Pizza is flat bread with tomato and cheese on top",
        "an egg": "An egg is laid by a hen and can be boiled",
        "butter": "Butter is the fat of milk",
        "a cake": "A cake is sweet and baked for a birthday",
        "tea": "Tea is a hot drink made from leaves",
    },
    "sky": {
        "the sun": "The sun is the star that warms the earth",
        "the moon": "The moon goes round the earth once a month",
        "rain": "Rain is water that falls from clouds",
        "snow": "Snow is water that froze in the air",
        "a cloud": "A cloud is made of tiny drops of water",
        "thunder": "Thunder is the noise that lightning makes",
        "a star": "A star is a ball of hot gas far away",
        "a rainbow": "A rainbow is sunlight that drops of rain have split",
        "wind": "Wind is air that moves",
        "fog": "Fog is a cloud that lies on the ground",
    },
    "home": {
        "a chair": "A chair is a seat with a back for one person",
        "a bed": "A bed is what people sleep in",
        "a lamp": "A lamp gives light when it is dark",
        "a door": "A door closes the way into a room",
        "a key": "A key opens a lock",
        "a spoon": "A spoon is used to eat soup",
        "a window": "A window lets light into a room",
        "a roof": "A roof keeps the rain out of a house",
        "soap": "Soap loosens dirt so that water takes it away",
        "a clock": "A clock shows what time it is",
    },
    "travel": {
        "a train": "A train runs on rails from town to town",
        "a boat": "A boat floats and carries people over water",
        "a bicycle": "A bicycle has two wheels and no engine",
        "a plane": "A plane has wings and flies through the air",
        "a bus": "A bus carries many people along a road",
        "a map": "A map shows where places lie",
        "a bridge": "A bridge leads a road over a river",
        "a ticket": "A ticket shows that you have paid for the ride",
        "a road": "A road leads from one town to another",
        "a car": "A car has four wheels and an engine",
    },
    "body": {
        "the heart": "The heart pumps blood through the body",
        "the hand": "The hand has five fingers and can hold things",
        "the eye": "The eye turns light into what we see",
        "a tooth": "A tooth is hard and cuts or grinds food",
        "the skin": "The skin covers the body and keeps it from drying",
        "the brain": "The brain thinks, remembers and moves the body",
        "a bone": "A bone is hard and holds the body up",
        "the nose": "The nose smells and warms the air",
        "the ear": "The ear turns sound into what we hear",
        "the stomach": "The stomach breaks food into small parts",
    },
}
PHRASINGS = (
    "What is {}?",
    "Tell me about {}.",
    "Can you explain {}?",
    "Describe {} for me.",
    "I want to know about {}.",
)
HELD_OUT = (  # new subjects in the same phrasings, and then questions of other kinds
    "What is a tiger?",
    "Tell me about milk.",
    "Can you explain gravity?",
    "What is a guitar?",
    "Describe a mountain for me.",
    "I want to know about computers.",
    "What is a volcano?",
    "Describe a hammer for me.",
    "Can you explain money?",
    "What is democracy?",
    "Tell me about penguins.",
    "What is a library?",
    "What is the capital of France?",
    "Who wrote Romeo and Juliet?",
    "Why is the sky blue?",
    "What do fish eat?",
    "How do I boil an egg?",
    "What is 2 + 2?",
    "Give me a tip for staying healthy.",
    "Where do polar bears live?",
)
RULE = (
    "Answer in exactly two lines. The first line is ANSWER: and one sentence. The second line is TOPIC: and one word "
    "in small letters."
)


def examples(seed: int = 0) -> list[Example]:
    """All examples, in an order that the seed decides: each subject in three of the five phrasings."""
    chooser = random.Random(seed)
    made = [
        Example(phrasing.format(subject), f"ANSWER: {sentence}.\nTOPIC: {topic}")
        for topic, subjects in SUBJECTS.items()
        for subject, sentence in subjects.items()
        for phrasing in chooser.sample(PHRASINGS, 3)
    ]
    chooser.shuffle(made)
    return made


def prompt(question: str, rule: bool = False, shown: Sequence[Example] = ()) -> list[dict[str, str]]:
    """A question as messages: alone, behind the rule in words, behind examples as earlier turns, or behind both."""
    said = [{"role": "system", "content": RULE}] if rule else []
    for example in shown:
        said += dialogue(example)
    return [*said, {"role": "user", "content": question}]


def dialogue(example: Example) -> list[dict[str, str]]:
    """An example as messages."""
    return [{"role": "user", "content": example.question}, {"role": "assistant", "content": example.card}]
