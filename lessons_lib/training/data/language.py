"""Which language a text is in, told by its runs of letters: `the` is frequent in English, `sch` in German.

Each language has its own chances of runs of one to three letters. A text is in the language that finds it least
surprising: lesson 01's surprise, with a table of counts in the place of a model.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

_LONGEST = 3  # letters of a run
# The share of a run that no sample of the language holds: the same for all languages, or one with a small sample would
# find the unseen less surprising than the others do.
_RARE = 1e-5
_MOST = 2000  # letters of a text that are looked at: more would change no answer


class LanguageGuesser:
    """Guesses the language of a text.

    Args:
        samples: for each language texts in it, some thousand letters or more.

    Raises:
        ValueError: if a language has no letters.

    Example:
        >>> guesser = LanguageGuesser({"en": ["the cat and the dog"], "de": ["die Katze und der Hund"]})
        >>> guesser.guess("and the other")[0], guesser.guess("und die andere")[0]
        ('en', 'de')

    Source: Cavnar and Trenkle 1994 for the runs; their mean surprise is that of a naive Bayes classifier.
    """

    def __init__(self, samples: Mapping[str, Iterable[str]]) -> None:
        counts = {
            language: Counter(run for text in texts for run in _runs(text)) for language, texts in samples.items()
        }
        if empty := [language for language, count in counts.items() if not count]:
            raise ValueError(f"samples: got no letters for {', '.join(map(repr, empty))}, allowed some thousand")
        if not counts:
            raise ValueError("samples: got none, allowed at least one language")
        self._surprise = {
            language: {run: -math.log(number / count.total() + _RARE) for run, number in count.items()}
            for language, count in counts.items()
        }

    @property
    def languages(self) -> list[str]:
        return list(self._surprise)

    def guess(self, text: str) -> tuple[str | None, float]:
        """The language that finds a text least surprising.

        Args:
            text: a sentence or more; the shorter, the less sure.

        Returns:
            The language, None of a text without letters; and how many nats a run the next best language is more
            surprised. Near 0 it is a toss-up.
        """
        runs = _runs(text[:_MOST])
        if not runs:
            return None, 0.0
        surprise = {language: self._of(language, runs) for language in self._surprise}
        first, *others = sorted(surprise, key=surprise.__getitem__)
        return first, surprise[others[0]] - surprise[first] if others else math.inf

    def _of(self, language: str, runs: Counter[str]) -> float:
        """The mean surprise of a run, in nats."""
        known, unseen = self._surprise[language], -math.log(_RARE)
        return sum(number * known.get(run, unseen) for run, number in runs.items()) / runs.total()


def _runs(text: str) -> Counter[str]:
    """The runs of letters in each word; a word begins and ends with a space, which counts as a letter."""
    found: Counter[str] = Counter()
    for word in "".join(letter if letter.isalpha() else " " for letter in text.lower()).split():
        letters = f" {word} "
        for length in range(1, _LONGEST + 1):
            found.update(letters[start : start + length] for start in range(len(letters) - length + 1))
    del found[" "]  # stands twice in each word of any language
    return found
