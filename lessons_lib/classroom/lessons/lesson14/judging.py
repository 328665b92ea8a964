"""A model as a judge: which of two answers does it call the better one, and what besides their worth decides that?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lessons_lib.evaluation import Item, exact_match

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lessons_lib import Tokenizer, Transformer

PAIRS = 60
ASKED = (
    "Question: {query}\nAnswer A: {a}\nAnswer B: {b}\nWhich answer is better, A or B? Reply with one letter, A or B."
)
PADDING = " Thank you for this interesting question. I am always glad to help with anything that you want to know."


class Pair(NamedTuple):
    """A question and two answers to compare."""

    query: str
    first: str
    second: str


def sentence(choice: str) -> str:
    """A choice as an answer."""
    return f"The answer is: {choice}."


def right_and_wrong(items: Sequence[Item]) -> list[Pair]:
    """The right choice, and the one behind it."""
    return [
        Pair(item.query, sentence(item.told), sentence(item.choices[(item.gold + 1) % len(item.choices)]))
        for item in items[:PAIRS]
    ]


def padded_and_plain(items: Sequence[Item]) -> list[Pair]:
    """The right choice with two sentences behind it that say nothing, and without."""
    return [Pair(item.query, sentence(item.told) + PADDING, sentence(item.told)) for item in items[:PAIRS]]


def failed(items: Sequence[Item], written: Sequence[str]) -> list[tuple[Item, str]]:
    """Items that the model answered with another word than the right one, and that word; the first `PAIRS` of them."""
    found = [
        (item, text.strip())
        for item, text in zip(items, written, strict=True)
        if text.strip() and not exact_match(text, [item.told], ignore_case=True, ignore_punctuation=True)
    ]
    return found[:PAIRS]


def own_and_right(items: Sequence[Item], written: Sequence[str]) -> list[Pair]:
    """What the model wrote, which is wrong, and the right choice."""
    return [Pair(item.query, sentence(text.rstrip(".")), sentence(item.told)) for item, text in failed(items, written)]


def other_and_right(items: Sequence[Item], written: Sequence[str]) -> list[Pair]:
    """For the same questions a wrong choice that the model did not write, and the right choice."""
    found = []
    for item, text in failed(items, written):
        wrong = [choice for choice in item.choices if choice != item.told and choice != text.rstrip(".")]
        found.append(Pair(item.query, sentence(wrong[0]), sentence(item.told)))
    return found


def verdicts(model: Transformer, tokenizer: Tokenizer, pairs: Sequence[Pair]) -> list[list[float]]:
    """For each pair by how much "A" is likelier than "B", in nats: with the first answer as A, and with the second."""
    from lessons_lib.evaluation import Asked, score

    letters = [tokenizer.encode(letter) for letter in "AB"]
    asked = []
    for query, first, second in pairs:
        for a, b in ((first, second), (second, first)):
            content = ASKED.format(query=query, a=a, b=b)
            context = tokenizer.encode_chat([{"role": "user", "content": content}])
            asked += [Asked(context, letter) for letter in letters]
    nats = [each.nats for each in score(model, asked)]
    gaps = [a - b for a, b in zip(nats[::2], nats[1::2], strict=True)]
    return [gaps[n : n + 2] for n in range(0, len(gaps), 2)]


def by_likelihood(model: Transformer, tokenizer: Tokenizer, pairs: Sequence[Pair]) -> list[float]:
    """For each pair by how much the first answer is likelier behind the question than the second, in nats."""
    from lessons_lib.evaluation import encode_pair, score

    asked = [
        encode_pair(tokenizer, f"Question: {query}\nAnswer:", f" {answer}")
        for query, *answers in pairs
        for answer in answers
    ]
    nats = [each.nats for each in score(model, asked)]
    return [first - second for first, second in zip(nats[::2], nats[1::2], strict=True)]
