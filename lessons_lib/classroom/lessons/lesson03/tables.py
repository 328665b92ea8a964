"""The real vectors of lesson 03: the words that are one token of SmolLM2, with their rows of its table."""

from functools import cache

import numpy as np

from lessons_lib.classroom.real_model import real_model
from lessons_lib.vectors import WordVectors, load_glove


def single_token(word: str) -> int | None:
    """SmolLM2's id of a word inside a sentence, with a capital if it needs one; None if it is cut in pieces."""
    tokenizer = real_model()[1]
    for form in (f" {word}", f" {word.capitalize()}"):
        if len(ids := tokenizer.encode(form)) == 1:
            return ids[0]
    return None


@cache
def smollm2_words() -> WordVectors:
    """The words of GloVe that are one token of SmolLM2, in the same order, with their rows of its embedding matrix."""
    ids = {word: found for word in load_glove().index_to_key if (found := single_token(word)) is not None}
    table = real_model()[0].model.embed_tokens.weight.detach().numpy()  # [V, C]
    return WordVectors(list(ids), table[list(ids.values())])


def spread_out(points: np.ndarray, count: int) -> np.ndarray:
    """Points [N, C] seen along the `count` directions in which they spread most: [N, count].

    Principal component analysis. A direction has two signs; the one is taken whose largest number is positive.
    """
    centred = points.astype(np.float64) - points.mean(0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    largest = np.abs(directions).argmax(1)
    signs = np.sign(directions[range(len(directions)), largest])
    return centred @ (directions * signs[:, None])[:count].T
