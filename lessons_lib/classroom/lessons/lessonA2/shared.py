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
    """What the model said about each token of a text before it read it; a sign in front says that a text begins.

    Returns:
        Scores [N, V] and token ids [N], kept for the next call: row i holds the scores from which token i could come.
    """
    model, tokenizer = real_model()
    ids = torch.tensor(tokenizer.encode(f"<|endoftext|>{text}", allow_special=True))
    return model(ids[None])[0, :-1], ids[1:]


def chances_of(text: str) -> list[tuple[str, float]]:
    """Each token of a text, its space written ␣, and the chance that the model gave it."""
    scores, ids = scores_and_ids(text)
    chances = scores.double().softmax(-1)[torch.arange(len(ids)), ids]
    _, tokenizer = real_model()
    tokens = [tokenizer.decode([token]).replace(" ", "␣") for token in ids.tolist()]
    return list(zip(tokens, chances.tolist(), strict=True))
