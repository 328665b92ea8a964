"""The plain pieces that a learner has built by lesson 07, and SmolLM2's files in the form in which they take them."""

from __future__ import annotations

from functools import cache
from typing import Any

from lessons_lib.classroom.lessons.lesson01.sampler import my_sampler
from lessons_lib.classroom.lessons.lesson02.tokenizer import MyTokenizer
from lessons_lib.classroom.lessons.lesson05.my_block import my_block
from lessons_lib.classroom.lessons.lesson06.my_model import my_model
from lessons_lib.classroom.lessons.lesson07.my_look import MyLook
from lessons_lib.classroom.real_model import real_model, real_weights

__all__ = ["MyLook", "MyTokenizer", "my_block", "my_model", "my_sampler", "smollm2_files", "vocabulary"]


def vocabulary(encoder: Any) -> tuple[list[bytes], dict[tuple[int, int], int], list[int | None]]:
    """A vocabulary of bytes as lesson 02 counts it: the 256 bytes, then a token for each merge, in the order learned.

    Args:
        encoder: that of a tokenizer of the library, which numbers its tokens in another order.

    Returns:
        The tokens, the merges by lesson 02's numbers, and the model's number of each token: None for a byte that it
        does not know.
    """
    tokens = [bytes([byte]) for byte in range(256)] + [encoder.tokens[both] for _, both in encoder.merges]
    ids = {token: i for i, token in enumerate(encoder.tokens)}
    ours = {ids[token]: i for i, token in enumerate(tokens) if token in ids}
    merges = {(ours[left], ours[right]): ours[both] for (left, right), both in encoder.merges}
    return tokens, merges, [ids.get(token) for token in tokens]


@cache
def _smollm2() -> dict[str, Any]:
    _, tokenizer = real_model()
    weights, config = real_weights()
    tokens, merges, numbers = vocabulary(tokenizer.encoder)
    files = {"tokens": tokens, "merges": merges, "numbers": numbers, "stop": tokenizer.eos_token_id}
    return files | {"weights": weights, "config": config}


def smollm2_files() -> dict[str, Any]:
    """SmolLM2 as the plain pieces take it: `tokens` and `merges` for the tokenizer, `numbers`, which gives for each of
    its tokens the model's number, `stop`, the model's number of the token that ends a text, `weights` and `config`."""
    return dict(_smollm2())
