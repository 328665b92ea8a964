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


def question_of(text: str) -> str:
    """The first line in lower case, without punctuation."""
    return " ".join(re.findall(r"\w+", text.partition("\n")[0].lower()))


def first_difference(one: str, other: str) -> list[str]:
    """A little of each of two texts, around the first place where they differ."""
    at = next(place for place in range(len(one)) if one[: place + 1] != other[: place + 1])
    return [text[max(0, at - 20) : at + 12] for text in (one, other)]
