"""Rules that tell text from lists, menus, code and noise. Each has a name, so that nothing is thrown away unexplained.

A rule is a guess about a page that nobody reads; each also throws good text away: verse, dialogue, tables, code. What
one removes is to be looked at before it is used.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

_STOP_WORDS = {"the", "be", "to", "of", "and", "that", "have", "with"}
ENDS = (".", "'", '"', "!", "?")  # what a finished line ends with
_ELLIPSES = ("...", "…")
_BULLETS = ("•", "-", "*", "‣", "●")


class Page:
    """A text with what rules ask of it, each computed once.

    Args:
        text: the text; its words are what white space parts.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def tokens(self) -> list[str]:
        return self.text.split()

    @cached_property
    def words(self) -> list[str]:
        """The tokens that are more than one punctuation mark."""
        return [token for token in self.tokens if not (len(token) == 1 and token in string.punctuation)]

    @cached_property
    def lines(self) -> list[str]:
        return [line for line in self.text.splitlines() if line.strip()]

    @cached_property
    def paragraphs(self) -> list[str]:
        return [part.strip() for part in re.split(r"\n\s*\n", self.text) if part.strip()]

    def share(self, items: Sequence[str], is_such: Callable[[str], bool]) -> float:
        """The share of items that are such; 0 where there are none."""
        return sum(map(is_such, items)) / len(items) if items else 0.0

    def per_word(self, count: int) -> float:
        return count / len(self.words) if self.words else 0.0

    def repeated(self, items: Iterable[str]) -> float:
        """The share of the characters that stand in items which stood before."""
        seen: set[str] = set()
        again = 0
        for item in items:
            again += len(item) if item in seen else 0
            seen.add(item)
        return again / max(1, len(self.text))

    def most_frequent(self, length: int) -> float:
        """The share of the characters in the most frequent run of `length` words; 0 where none stands twice."""
        runs = Counter(" ".join(self.tokens[i : i + length]) for i in range(len(self.tokens) - length + 1))
        run, count = max(runs.items(), key=lambda item: item[1], default=("", 0))
        return len(run) * count / max(1, len(self.text)) if count > 1 else 0.0

    def repeated_runs(self, length: int) -> float:
        """The share of the characters in words of runs of `length` that stood before, none counted twice."""
        seen: set[tuple[str, ...]] = set()
        again, place = 0, 0
        while place + length <= len(self.tokens):
            run = tuple(self.tokens[place : place + length])
            if run in seen:
                again += sum(map(len, run))
                place += length
            else:
                seen.add(run)
                place += 1
        return again / max(1, len(self.text))


@dataclass(frozen=True)
class Rule:
    """A rule that a page may break.

    Attributes:
        name: what is wrong with a page that breaks it.
        broken: whether a page does.
    """

    name: str
    broken: Callable[[Page], bool]


def quality_problems(text: str, rules: Sequence[Rule] | None = None) -> list[str]:
    """Name the rules that a text breaks.

    Args:
        text: the text.
        rules: in order; `GOPHER` by default.

    Returns:
        Names; none for a text to keep.

    Example:
        >>> quality_problems("Home | Products | Contact")
        ['fewer than 50 words', 'fewer than 2 of 8 common words']
    """
    page = Page(text)
    return [rule.name for rule in (GOPHER if rules is None else rules) if rule.broken(page)]


def _mean_length(page: Page) -> float:
    return sum(map(len, page.words)) / len(page.words) if page.words else 5.0  # of no words: neither short nor long


# Rae et al. 2021, "Scaling Language Models: Methods, Analysis & Insights from Training Gopher", table A1.
GOPHER = (
    Rule("fewer than 50 words", lambda page: len(page.words) < 50),
    Rule("more than 100,000 words", lambda page: len(page.words) > 100_000),
    Rule("words shorter than 3 letters on average", lambda page: _mean_length(page) < 3),
    Rule("words longer than 10 letters on average", lambda page: _mean_length(page) > 10),
    Rule("a # for every 10 words", lambda page: page.per_word(page.text.count("#")) > 0.1),
    Rule("an ellipsis for every 10 words", lambda page: page.per_word(sum(map(page.text.count, _ELLIPSES))) > 0.1),
    Rule(
        "90% of the lines are points of a list",
        lambda page: page.share(page.lines, lambda line: line.lstrip().startswith(_BULLETS)) > 0.9,
    ),
    Rule(
        "30% of the lines end in an ellipsis",
        lambda page: page.share(page.lines, lambda line: line.rstrip().endswith(_ELLIPSES)) > 0.3,
    ),
    Rule(
        "fewer than 80% of the words have a letter",
        lambda page: bool(page.words) and page.share(page.words, lambda word: any(map(str.isalpha, word))) < 0.8,
    ),
    Rule("fewer than 2 of 8 common words", lambda page: len(_STOP_WORDS & set(map(str.lower, page.tokens))) < 2),
)

# The same table.
REPETITION = (
    Rule("30% of the lines stood before", lambda page: _again(page.lines) > 0.3),
    Rule("30% of the paragraphs stood before", lambda page: _again(page.paragraphs) > 0.3),
    Rule("20% of the text is lines that stood before", lambda page: page.repeated(page.lines) > 0.2),
    Rule("20% of the text is paragraphs that stood before", lambda page: page.repeated(page.paragraphs) > 0.2),
    *(
        Rule(
            f"{limit:.0%} of the text is one run of {length} words",
            lambda page, length=length, limit=limit: page.most_frequent(length) > limit,
        )
        for length, limit in ((2, 0.20), (3, 0.18), (4, 0.16))
    ),
    *(
        Rule(
            f"{limit:.0%} of the text is runs of {length} words that stood before",
            lambda page, length=length, limit=limit: page.repeated_runs(length) > limit,
        )
        for length, limit in ((5, 0.15), (6, 0.14), (7, 0.13), (8, 0.12), (9, 0.11), (10, 0.10))
    ),
)

# Penedo et al. 2024, "The FineWeb Datasets", section 3.6: three rules found by comparing good and bad crawls.
FINEWEB = (
    Rule(
        "12% or fewer of the lines end as sentences do",
        lambda page: page.share(page.lines, lambda line: line.rstrip().endswith(ENDS)) <= 0.12,
    ),
    Rule(
        "67% of the lines are of at most 30 characters",
        lambda page: page.share(page.lines, lambda line: len(line) <= 30) >= 0.67,
    ),
    Rule("1% of the text is lines that stood before", lambda page: page.repeated(page.lines) >= 0.01),
)


def _again(items: Sequence[str]) -> float:
    """The share of the items that stood before."""
    return 1 - len(set(items)) / len(items) if items else 0.0
