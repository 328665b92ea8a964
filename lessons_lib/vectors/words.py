"""Words and their vectors side by side: look one up, compare two, find the neighbours of a sum."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from lessons_lib.vectors.similarity import cosine_similarity, nearest, unit

GLOVE = Path(__file__).with_name("glove_6b_50d.npz")  # made by workshop/glove.py


class WordVectors:
    """A list of words and a matrix with a row for each; the names are those of gensim's `KeyedVectors`.

    Args:
        words: N different words, most frequent first if there is an order.
        vectors: [N, C], kept as float32.

    Attributes:
        index_to_key: the words.
        key_to_index: the row of each word.
        vectors: [N, C] float32.

    Raises:
        ValueError: for words that are not different, or a matrix of another shape or with numbers that are not finite.

    Example:
        >>> words = WordVectors(["car", "grass", "bus"], [[0.9, 0.1], [0.1, 0.9], [0.8, 0.2]])
        >>> words.most_similar("car", topn=1)[0][0]
        'bus'
    """

    def __init__(self, words: Sequence[str], vectors: ArrayLike) -> None:
        self.index_to_key = list(words)
        self.key_to_index = {word: row for row, word in enumerate(self.index_to_key)}
        self.vectors = np.asarray(vectors, dtype=np.float32)
        if not self.index_to_key or len(self.key_to_index) != len(self.index_to_key):
            raise ValueError(
                f"words: got {len(self.index_to_key)} with {len(self.key_to_index)} different ones, "
                "allowed one or more, all different"
            )
        if self.vectors.ndim != 2 or len(self.vectors) != len(self.index_to_key) or not self.vectors.shape[1]:
            raise ValueError(f"vectors: got shape {list(self.vectors.shape)}, allowed [{len(self.index_to_key)}, C]")
        if not np.isfinite(self.vectors).all():
            word = self.index_to_key[int(np.argmin(np.isfinite(self.vectors).all(1)))]
            raise ValueError(f"vectors: got a number that is not finite for {word!r}, allowed finite numbers")

    @property
    def vector_size(self) -> int:
        """How many numbers a vector has, C."""
        return self.vectors.shape[1]

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __contains__(self, word: object) -> bool:
        return word in self.key_to_index

    def __getitem__(self, words: str | Iterable[str]) -> np.ndarray:
        """The vector of a word [C], or of several [W, C]."""
        return self.vectors[self.row(words) if isinstance(words, str) else [self.row(word) for word in words]]

    def row(self, word: str) -> int:
        """The row of a word.

        Raises:
            ValueError: for a word that has no vector; the message names near spellings.
        """
        if word not in self.key_to_index:
            near = difflib.get_close_matches(str(word), self.index_to_key, n=3)
            found = f"; near spellings: {', '.join(near)}" if near else ""
            raise ValueError(f"word: got {word!r}, allowed one of the {len(self):,} words with a vector{found}")
        return self.key_to_index[word]

    def similarity(self, first: str, second: str) -> float:
        """The cosine similarity of two words, from -1 to 1."""
        return float(cosine_similarity(self[first], self[second]))

    def most_similar(
        self, positive: str | Sequence[str], negative: str | Sequence[str] = (), topn: int = 10, exclude: bool = True
    ) -> list[tuple[str, float]]:
        """The words nearest to a sum: each vector scaled to length 1, `positive` ones added, `negative` ones taken off.

        Args:
            positive: a word or several.
            negative: a word or several.
            topn: how many words; fewer come where there are fewer.
            exclude: whether the words asked about may not be an answer.

        Returns:
            Words with their cosine similarity to the sum, most alike first.

        Raises:
            ValueError: for a word that has no vector, no words at all, or a sum of zero.

        Example:
            >>> load_glove().most_similar(["king", "woman"], "man", topn=1)[0][0]
            'queen'
        """
        added, taken = ([words] if isinstance(words, str) else list(words) for words in (positive, negative))
        rows = [self.row(word) for word in (*added, *taken)]
        if not rows:
            raise ValueError("positive: got no words, allowed one or more")
        signs = np.repeat(np.float32([1, -1]), [len(added), len(taken)])  # [W]
        total = unit("sum of the words", signs @ unit("words", self.vectors[rows]))  # [C]
        hidden = sorted(set(rows)) if exclude else []
        topn = min(topn, len(self) - len(hidden))
        found = nearest(total, self.vectors, topn, np.array(hidden, np.intp))
        return [(self.index_to_key[row], float(score)) for row, score in zip(*found, strict=True)]


def load_glove() -> WordVectors:
    """The 20,000 most frequent words of GloVe 6B with 50 numbers each; they come with the library.

    Only words made of letters, in lower case. See `glove_6b_50d.txt` beside the file for where they come from.

    Source: Pennington, Socher and Manning 2014, "GloVe: Global Vectors for Word Representation".

    Example:
        >>> glove = load_glove()
        >>> len(glove), glove.vector_size
        (20000, 50)
    """
    with np.load(GLOVE) as file:
        return WordVectors(file["words"].tobytes().decode("utf-8").split("\n"), file["vectors"])
