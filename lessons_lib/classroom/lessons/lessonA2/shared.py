"""What the appendix and its last exercise use: the real model's scores and chances for a text."""

from functools import cache

import torch
from torch import Tensor

import lessons_lib


@cache
def real_model():
    """SmolLM2 and its tokenizer, loaded once."""
    return lessons_lib.load("smollm2-135m-instruct")


@cache
@torch.no_grad()
def scores_and_ids(text: str) -> tuple[Tensor, Tensor]:
    """What the model said about each token of a text before it read it.

    Args:
        text: two tokens or more.

    Returns:
        Scores [N, V] and token ids [N], kept for the next call: row i holds the scores from which token i could come.
        The first token of the text has no row: nothing stands before it.
    """
    model, tokenizer = real_model()
    ids = torch.tensor(tokenizer.encode(text))
    return model(ids[None])[0, :-1], ids[1:]


def chances_of(text: str) -> list[tuple[str, float]]:
    """Each token of a text after the first, and the chance that the model gave it."""
    scores, ids = scores_and_ids(text)
    chances = scores.double().softmax(-1)[torch.arange(len(ids)), ids]
    _, tokenizer = real_model()
    return [(tokenizer.decode([int(token)]), float(chance)) for token, chance in zip(ids, chances, strict=True)]
