"""A toy language to translate into: the adjective follows the noun, and it and the article take the noun's gender."""

from itertools import product

NOUNS = {"car": ("voiture", "f"), "house": ("maison", "f"), "bus": ("bus", "m"), "garden": ("jardin", "m")}
ADJECTIVES = {"green": ("vert", "verte"), "small": ("petit", "petite"), "white": ("blanc", "blanche")}
VERBS = {"hides": "cache", "follows": "suit", "passes": "passe"}


def in_french(adjective: str, noun: str) -> list[str]:
    """An article, a noun and its adjective."""
    word, gender = NOUNS[noun]
    return ["la" if gender == "f" else "le", word, ADJECTIVES[adjective][gender == "f"]]


def sentences() -> tuple[list[list[str]], list[list[str]]]:
    """All 432 sentences, seven words each, in English and in toy French."""
    english, french = [], []
    for adjective, noun, verb, other, thing in product(ADJECTIVES, NOUNS, VERBS, ADJECTIVES, NOUNS):
        english.append(["the", adjective, noun, verb, "the", other, thing])
        french.append([*in_french(adjective, noun), VERBS[verb], *in_french(other, thing)])
    return english, french


def vocabulary(texts: list[list[str]]) -> list[str]:
    """All words, sorted, behind a sign for the start."""
    return ["<start>", *sorted({word for text in texts for word in text})]
