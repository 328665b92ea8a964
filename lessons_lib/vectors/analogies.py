"""A set of questions "a is to b as c is to ...", and how many of them some word vectors get right."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

from lessons_lib.vectors.similarity import analogy
from lessons_lib.vectors.words import WordVectors

QUESTIONS = Path(__file__).with_name("analogies.toml")


class HitRate(NamedTuple):
    """How many questions were answered correctly, out of how many."""

    right: int
    asked: int

    @property
    def share(self) -> float:
        """From 0 to 1; 0 where nothing could be asked."""
        return self.right / self.asked if self.asked else 0.0


def analogy_pairs() -> dict[str, list[tuple[str, str]]]:
    """Pairs of words by relation, such as `("france", "paris")` under `"capitals"`."""
    relations = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))
    return {relation: [tuple(pair.split()) for pair in pairs] for relation, pairs in relations.items()}


def questions(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str, str, str]]:
    """Each pair with each other pair, as words a, b, c, d: a is to b as c is to d.

    Example:
        >>> questions([("man", "woman"), ("king", "queen")])
        [('man', 'woman', 'king', 'queen'), ('king', 'queen', 'man', 'woman')]
    """
    return [(a, b, c, d) for (a, b), (c, d) in permutations(pairs, 2)]


def hit_rates(
    words: WordVectors, pairs: Mapping[str, Iterable[tuple[str, str]]], exclude: bool = True
) -> dict[str, HitRate]:
    """How often the word nearest to b - a + c is d, by relation.

    Args:
        words: the vectors that are asked; any of their words may be the answer.
        pairs: pairs of words by relation, as `analogy_pairs` gives them. Pairs with a word that has no vector are
            left out, which `HitRate.asked` shows.
        exclude: whether a, b and c themselves may not be the answer.

    Example:
        >>> from lessons_lib.vectors import load_glove
        >>> hit_rates(load_glove(), {"royals": [("man", "woman"), ("king", "queen")]})
        {'royals': HitRate(right=2, asked=2)}
    """
    rates = {}
    for relation, given in pairs.items():
        asked = questions(pair for pair in given if pair[0] in words and pair[1] in words)
        rates[relation] = HitRate(_right(words, asked, exclude), len(asked))
    return rates


def _right(words: WordVectors, asked: list[tuple[str, str, str, str]], exclude: bool) -> int:
    if not asked:
        return 0
    a, b, c, d = ([words.row(word) for word in column] for column in zip(*asked, strict=True))
    return int((analogy(words.vectors, a, b, c, exclude=exclude).rows[:, 0] == d).sum())
