"""What several parts of lesson 08 use."""

import re

# A model that learns our conversations in a few seconds: fields of `ModelConfig`.
SMALL = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "tie_word_embeddings": True,
}

# Made-up texts, each with what is private in it. Addresses and numbers are those that are kept free for examples.
PRIVATE = (
    ("Write to ann@example.org today.", {"ann@example.org"}),
    ("Two: bob@example.com, eve.stone@example.net", {"bob@example.com", "eve.stone@example.net"}),
    ("My box is carl+news@example.org", {"carl+news@example.org"}),
    ("Call 020 7946 0123 after six.", {"020 7946 0123"}),
    ("Or from abroad +44 20 7946 0456.", {"+44 20 7946 0456"}),
    ("Your order 20261127 is on its way.", set()),
    ("Released in version 10.4.0.1 last week.", set()),
    ("dora at example dot org, you know.", {"dora at example dot org"}),
    ("Ask Mary Miller on the third floor.", {"Mary Miller"}),
)


def sixty(number: int) -> str:
    """Sixty whole numbers as words."""
    return " ".join(map(str, range(number, number + 60)))


_LONG = "you need a bucket, a brush, some soap, warm water and an hour in which nobody walks through the room"
# Made-up texts with copies, near copies, a chain of them, and questions with several answers.
FIFTEEN = (
    f"How do I count?\n{sixty(1)}",
    f"How do I count?\n{sixty(15)}",  # 59% like the first, and 75% like the last, which is as much like the first
    "Where is the cafe\u0301?\nBehind the station.",
    "Where is the caf\u00e9?\nBehind the station.",
    "Where is the café?\u00a0\nBehind the station.",
    "Where is the caf\u00e9?\nIt has closed.",
    "WHERE IS THE CAFÉ\nAsk the baker.",
    f"How do I wash the floor?\nFirst {_LONG}.",
    f"How do I clean the floor?\nFirst {_LONG}.",
    "Is it late?\nYes.",
    "Is it late?\nNo.",
    "Is it late?\nYes.",
    "What is an egg?\nA beginning.",
    "What is an egg?\nA meal.",
    f"How do I count?\n{sixty(8)}",
)


def question_of(text: str) -> str:
    """The first line in lower case, without punctuation."""
    return " ".join(re.findall(r"\w+", text.partition("\n")[0].lower()))


def first_difference(one: str, other: str) -> list[str]:
    """A little of each of two texts, around the first place where they differ."""
    at = next(place for place in range(len(one)) if one[: place + 1] != other[: place + 1])
    return [text[max(0, at - 20) : at + 12] for text in (one, other)]
