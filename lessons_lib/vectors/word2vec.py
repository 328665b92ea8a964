"""Word vectors learned from plain text: skip-gram with negative sampling, as word2vec does it.

Each word learns to tell the words that stand near it from words drawn at random. Words with the same company end up
with vectors that point the same way. The steps themselves are compiled; see `skip_gram.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np

from lessons_lib.vectors.words import WordVectors

PART = 10_000  # tokens trained on before the learning rate is lowered again
NOISE_SLOTS = 1 << 20
SENTENCE_END = -1


def train_word2vec(
    sentences: Iterable[Sequence[str]] | Sequence[str],
    vector_size: int = 100,
    window: int = 5,
    negative: int = 5,
    epochs: int = 5,
    min_count: int = 5,
    seed: int = 1,
    *,
    sample: float = 1e-3,
    alpha: float = 0.025,
    min_alpha: float = 0.0001,
    progress: bool = True,
) -> WordVectors:
    """Learn a vector for every word that occurs often enough; the arguments are gensim's.

    Args:
        sentences: lists of words, or one long list of words. No window reaches over the end of a sentence.
        vector_size: numbers in a vector, C.
        window: how far from a word its company reaches at most; each time the reach is drawn from 1 to this.
        negative: random words that each real neighbour is set against.
        epochs: how often the text is read.
        min_count: rarer words are left out.
        seed: the same seed gives the same vectors, on any processor.
        sample: words more frequent than this share of the text are skipped at random, the more the more frequent;
            0 skips none.
        alpha, min_alpha: the learning rate at the start and at the end; it falls in a straight line.
        progress: whether a bar is shown when it takes more than two seconds.

    Returns:
        The words, most frequent first, and their vectors.

    Raises:
        ValueError: for a setting out of range, a text that is not cut into words, or one without frequent words.

    Source: Mikolov et al. 2013, "Distributed Representations of Words and Phrases and their Compositionality",
    equation 4 and sections 2.2 and 2.3.

    Example:
        >>> words = train_word2vec([["sun", "and", "moon"], ["moon", "and", "stars"]] * 10, vector_size=4)
        >>> words.index_to_key
        ['and', 'moon', 'stars', 'sun']
    """
    settings = {"vector_size": vector_size, "window": window, "negative": negative, "epochs": epochs}
    for name, value in (settings | {"min_count": min_count}).items():
        if value < 1:
            raise ValueError(f"{name}: got {value}, allowed 1 or more")
    if not 0 < min_alpha <= alpha or sample < 0:
        raise ValueError(
            f"min_alpha, alpha, sample: got {min_alpha}, {alpha}, {sample}, allowed 0 < min_alpha <= alpha, 0 <= sample"
        )
    sentences = _sentences(sentences)
    counts = _frequent_words(sentences, min_count)
    tokens = _encode(sentences, {word: row for row, word in enumerate(counts)})  # [tokens]
    frequencies = np.array(list(counts.values()), np.float64)  # [V]

    vectors = np.random.default_rng(seed).random((len(counts), vector_size), np.float32)  # [V, C]
    vectors = (vectors - np.float32(0.5)) / np.float32(vector_size)
    contexts = np.zeros_like(vectors)  # [V, C]: the vectors that words have as somebody's company
    tables = _keep_table(frequencies, sample), _noise_table(frequencies)
    _train(tokens, vectors, contexts, tables, window, negative, epochs, (alpha, min_alpha), seed, progress)
    return WordVectors(list(counts), vectors)


def _sentences(sentences: Iterable[Sequence[str]] | Sequence[str]) -> list[Sequence[str]]:
    if isinstance(sentences, str):
        raise ValueError(f"sentences: got the text {sentences[:20]!r}, allowed lists of words; split it first")
    sentences = list(sentences)
    if sentences and isinstance(sentences[0], str):
        return [sentences]
    if wrong := [sentence for sentence in sentences if isinstance(sentence, str)]:
        raise ValueError(f"sentences: got the text {wrong[0][:20]!r}, allowed lists of words; split it first")
    return sentences


def _frequent_words(sentences: list[Sequence[str]], min_count: int) -> dict[str, int]:
    """How often each word occurs, most frequent first, then by alphabet, so that ties are settled everywhere alike."""
    counts = Counter(chain.from_iterable(sentences))
    frequent = {word: n for word, n in sorted(counts.items(), key=lambda item: (-item[1], item[0])) if n >= min_count}
    if len(frequent) < 2:
        raise ValueError(
            f"min_count: got {min_count}, allowed a number that leaves two words or more; it leaves {len(frequent)}"
        )
    return frequent


def _encode(sentences: list[Sequence[str]], rows: dict[str, int]) -> np.ndarray:
    """The whole text as rows, with a mark behind each sentence; words without a row are dropped."""
    ids = ([*(rows[word] for word in sentence if word in rows), SENTENCE_END] for sentence in sentences)
    return np.fromiter(chain.from_iterable(ids), np.int32)


# The tables are rounded: powers and exponentials differ in their last digits from processor to processor.


def _keep_table(frequencies: np.ndarray, sample: float) -> np.ndarray:
    """For each word the chance to be read, in parts of 2**32: [V] int64."""
    if sample == 0:
        return np.full(len(frequencies), 1 << 32, np.int64)
    excess = frequencies / frequencies.sum() / sample  # [V]
    chance = np.minimum(np.sqrt(1 / excess) + 1 / excess, 1)  # [V]
    return np.rint(chance * 1e6).astype(np.int64) * (1 << 32) // 10**6


def _noise_table(frequencies: np.ndarray) -> np.ndarray:
    """Words to draw from, each in as many slots as its frequency to the power 3/4 earns: [NOISE_SLOTS]."""
    shares = np.cumsum(frequencies**0.75)
    ends = np.rint(shares / shares[-1] * NOISE_SLOTS).astype(np.int64)  # [V]
    return np.repeat(np.arange(len(ends), dtype=np.int32), np.diff(ends, prepend=0))


def _train(tokens, vectors, contexts, tables, window, negative, epochs, alphas, seed, progress) -> None:
    from tqdm import tqdm

    from lessons_lib.vectors import skip_gram  # here, since it loads the compiler

    random = skip_gram.random_state(seed)
    sigmoid = skip_gram.sigmoid_table()
    done = 0
    total = len(tokens) * epochs
    with tqdm(total=total, desc="word2vec", unit=" words", unit_scale=True, delay=2, disable=not progress) as bar:
        for part in chain.from_iterable(_parts(tokens) for _ in range(epochs)):
            rate = np.float32(alphas[0] - (alphas[0] - alphas[1]) * done / total)
            skip_gram.train(part, vectors, contexts, *tables, sigmoid, window, negative, rate, random)
            done += len(part)
            bar.update(len(part))


def _parts(tokens: np.ndarray) -> Iterator[np.ndarray]:
    """The text in pieces of about `PART` tokens, cut behind a sentence where there is one."""
    start = 0
    while start < len(tokens):
        stop = min(start + PART, len(tokens))
        ends = np.flatnonzero(tokens[start:stop] == SENTENCE_END)
        stop = start + int(ends[-1]) + 1 if len(ends) else stop
        yield tokens[start:stop]
        start = stop
