"""Answers in the model's own words: prompts continued in batches, the likeliest token each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lessons_lib import arguments
from lessons_lib.evaluation.likelihood import begun
from lessons_lib.generation import Request, generate_batch
from lessons_lib.model import Transformer
from lessons_lib.parts import check_model, check_tokenizer
from lessons_lib.tokenizer import Tokenizer

BATCH = 16  # texts that are continued together


def answers(
    model: Transformer,
    tokenizer: Tokenizer,
    prompts: Sequence[str],
    *,
    max_new_tokens: int,
    stop: Sequence[str] = (),
    add_bos: bool | None = None,
) -> Iterator[tuple[int, str]]:
    """Continue each prompt, up to an end that the model makes, a stop string, or so many tokens.

    Args:
        model: any `Transformer`.
        tokenizer: that of the model.
        prompts: what to continue. One that leaves no room for the answer loses its beginning; in the place of an empty
            one stands the token that begins or ends a text.
        max_new_tokens: the most tokens of an answer, less than the model's context.
        stop: strings that end an answer and are not part of it.
        add_bos: whether the token that begins a text stands in front; None for what the model expects.

    Yields:
        The number of a prompt and its answer, those of a batch when all are done.

    Raises:
        ValueError: for a bad argument.
        LogitsError: if the model's scores break down.
    """
    check_model(model)
    check_tokenizer(tokenizer)
    context = model.config.max_position_embeddings
    most = arguments.whole("max_new_tokens", max_new_tokens, 1, context - 1)
    ids = [begun(tokenizer, tokenizer.encode(prompt), add_bos) for prompt in prompts]
    order = sorted(range(len(ids)), key=lambda number: -len(ids[number]))  # those of a length together
    for start in range(0, len(order), BATCH):
        numbers = order[start : start + BATCH]
        requests = [Request(ids[n][-(context - most) :], max_new_tokens=most, stop=list(stop)) for n in numbers]
        texts = [""] * len(numbers)
        for row, token in generate_batch(model, requests, tokenizer):
            if token.error:
                raise token.error
            texts[row] += token.text
        yield from zip(numbers, texts, strict=True)
