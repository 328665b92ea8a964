"""BM25: a text fits a question if it has the question's words, most of all the rare ones, and is not just long."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from lessons_lib import arguments
from lessons_lib.apps.retrieval.passage import Hit, Passage, checked
from lessons_lib.vectors.similarity import highest


def terms(text: str) -> list[str]:
    """The words of a text in lower case. Words as common as "the" stay: BM25 itself gives them next to no weight.

    Example:
        >>> terms("The cat's whiskers, 12 of them")
        ['the', 'cat', 's', 'whiskers', '12', 'of', 'them']
    """
    return re.findall(r"\w+", text.lower())


class BM25:
    """Search by words. What each word adds to the score of each text is worked out once, when the texts come in.

    A word that stands `n` times in a text of `l` words, where texts have `m` words on average, adds
    `idf * n / (n + k1 * (1 - b + b * l / m))`. Of `N` texts `d` have the word, and `idf` is
    `ln(1 + (N - d + 0.5) / (d + 0.5))`.

    Args:
        passages: (id, text) each; any number.
        k1: how much it still counts if a word stands there again: 0 for not at all.
        b: how much long texts are held back: 0 for not at all, 1 for in full.
        split: makes words of a text or a question.

    Raises:
        ValueError: for an id that stands there twice, or a number out of range.

    Example:
        >>> bm25 = BM25([("a", "a cat on a sofa"), ("b", "a bank"), ("c", "the cat and the other cat")])
        >>> [hit.id for hit in bm25.search("Where is the cat?")]
        ['c', 'a']

    Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", equation 3.15; in
    the form of Apache Lucene, whose idf is never negative and which leaves out the constant factor.
    """

    def __init__(
        self,
        passages: Iterable[Passage | tuple[str, str]],
        k1: float = 1.5,
        b: float = 0.75,
        split: Callable[[str], Sequence[str]] = terms,
    ) -> None:
        self.passages = checked(passages)
        self.split = split
        k1 = arguments.real("k1", k1, 0, 1e6, "0 to 1,000,000")
        b = arguments.real("b", b, 0, 1, "0 to 1")
        bags = [Counter(split(passage.text)) for passage in self.passages]
        lengths = np.array([bag.total() for bag in bags], float)  # [N]
        relative = lengths / max(lengths.mean(), 1e-9) if bags else lengths
        places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, bag in enumerate(bags):
            for word, count in bag.items():
                places[word].append((row, count))
        self._adds = {}
        for word, found in places.items():
            rows, counts = np.array(found).T  # [d] each
            idf = np.log1p((len(bags) - len(rows) + 0.5) / (len(rows) + 0.5))
            self._adds[word] = rows, idf * counts / (counts + k1 * (1 - b + b * relative[rows]))

    def scores(self, question: str) -> np.ndarray:
        """How well each text fits a question: [N] float64, 0 for one that has none of its words."""
        if not isinstance(question, str):
            raise ValueError(f"question: got {arguments.described(question)}, allowed a str")
        found = [
            self._adds[word] for word in self.split(question) if word in self._adds
        ]  # a word asked twice adds twice
        if not found:
            return np.zeros(len(self.passages))
        rows, adds = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return np.bincount(rows, adds, len(self.passages))  # the sum of what is added to each row

    def search(self, question: str, count: int = 10) -> list[Hit]:
        """The texts that fit best, best first; of two that fit equally the earlier one first.

        Args:
            question: any string; one without a known word finds nothing.
            count: texts at most, 1 or more.

        Returns:
            Hits with a score above 0.
        """
        count = arguments.whole("count", count, least=1)
        scores = self.scores(question)
        best = highest(scores[None], min(count, len(scores)))[0] if len(scores) else []
        return [Hit(*self.passages[row], float(scores[row])) for row in best if scores[row] > 0]
