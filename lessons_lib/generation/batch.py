"""The loop that makes text, for any number of texts at once: score, choose, append, again.

A step reads all weights, however many texts take part in it, so eight texts together need little longer than one.
Texts of different lengths are padded on the left: their ends stand in one column, and there the new tokens go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from lessons_lib import arguments
from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.generation.prompt_cache import PromptCache
from lessons_lib.generation.request import Request, Token
from lessons_lib.generation.runner import Runner
from lessons_lib.generation.running_request import RunningRequest
from lessons_lib.model import Transformer
from lessons_lib.parts import check_model, check_tokenizer

if TYPE_CHECKING:
    from lessons_lib.tokenizer import Tokenizer


def generate_batch(
    model: Transformer, requests: Sequence[Request], tokenizer: Tokenizer | None = None
) -> Iterator[tuple[int, Token]]:
    """Continue several texts together, each with its own sampler, limits and stops.

    A text gets the tokens that it would get alone, unless two of its tokens are as likely as each other to the last
    digit: scores come out of another order of sums. A text that has ended leaves the batch, so it costs nothing more.
    One whose scores break down ends with its error, and the others go on.

    Args:
        model: any `Transformer`.
        requests: what to continue. Cancel one with `request.cancel()`.
        tokenizer: makes text of the tokens, and finds stop strings. Ids that it lacks are not chosen.

    Returns:
        An iterator of the number of a request and its next `Token`, as they are made; the last of each request has a
        `finish_reason`. A step is computed when its first token is asked for.

    Raises:
        ValueError: at once, for a bad request, naming its number, the field, the value and the rule.

    Example:
        >>> from lessons_lib import ModelConfig
        >>> model = Transformer(ModelConfig(vocab_size=50, hidden_size=16, intermediate_size=40, num_hidden_layers=2,
        ...                                 num_attention_heads=4))
        >>> texts = {0: [1, 2, 3], 1: [4]}
        >>> for i, token in generate_batch(model, [Request(ids, max_new_tokens=5) for ids in texts.values()]):
        ...     texts[i] += [token.id] if token.finish_reason is None else []
        >>> [len(ids) for ids in texts.values()]
        [8, 6]
    """
    check_model(model)
    if tokenizer is not None:
        check_tokenizer(tokenizer)
    rows = []
    for i, request in enumerate(_listed(requests)):
        try:
            rows.append(RunningRequest(request, model.config, model.config.max_position_embeddings, tokenizer))
        except ValueError as error:
            raise ValueError(f"requests[{i}].{error}") from None
    return run(model, rows)


def run_one(
    model: Transformer, request: Request, tokenizer: Tokenizer | None = None, cache: PromptCache | None = None
) -> Iterator[Token]:
    """The same for one request, which may start from what a `PromptCache` holds; its error is raised."""
    row = row_of(model, request, tokenizer, cache)
    return _raise_errors(token for _, token in run(model, [row], cache))


def row_of(
    model: Transformer, request: Request, tokenizer: Tokenizer | None, cache: PromptCache | None
) -> RunningRequest:
    """Begin one request, which may start from what a `PromptCache` holds."""
    check_model(model)
    if tokenizer is not None:
        check_tokenizer(tokenizer)
    if not isinstance(cache, PromptCache | None):
        raise ValueError(f"cache: got {arguments.described(cache)}, allowed a PromptCache")
    context = model.config.max_position_embeddings if cache is None else cache.length_for(model)
    return RunningRequest(request, model.config, context, tokenizer)


def run(
    model: Transformer, rows: Sequence[RunningRequest], prompt_cache: PromptCache | None = None
) -> Iterator[tuple[int, Token]]:
    """The loop itself."""
    runner, cache, going = Runner(model), None, list(enumerate(rows))
    while True:
        for i, row in going:
            last = None if row.ended else row.must_end()
            if last:
                yield i, last
        unfinished = [i for i, (_, row) in enumerate(going) if not row.ended]
        if not unfinished:
            return
        if cache is not None and len(unfinished) < len(going):
            cache.select(unfinished)
        going = [going[i] for i in unfinished]
        if cache is None:
            cache, unread = _start(model, [row for _, row in going], prompt_cache)  # [B, T]
        else:
            if prompt_cache is not None:
                prompt_cache.check_owner(rows[0].ids)
            unread = torch.tensor([row.ids[-1:] for _, row in going])  # [B, 1]
        logits = runner(unread, cache, logits_to_keep=1)[:, -1]  # [B, V]
        for (i, row), scores in zip(going, logits, strict=True):
            if not row.request.cancelled:
                yield i, row.choose(scores[None])


def _listed(requests: Sequence[Request]) -> list[Request]:
    """The requests, all of them requests: not one alone, texts or ids."""
    rule = "requests: Request(tokenizer.encode_prompt(text)) is one"
    if isinstance(requests, str | bytes | Request) or not isinstance(requests, Iterable):
        raise ValueError(f"requests: got {arguments.described(requests)}, allowed a list of {rule}")
    found = list(requests)
    for i, request in enumerate(found):
        if not isinstance(request, Request):
            raise ValueError(f"requests[{i}]: got {arguments.described(request)}, allowed {rule}")
    return found


def _raise_errors(tokens: Iterator[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.error:
            raise token.error
        yield token


def _start(
    model: Transformer, rows: Sequence[RunningRequest], prompt_cache: PromptCache | None
) -> tuple[KVCache, Tensor]:
    """A cache, and the tokens [B, T] to read first."""
    if prompt_cache is not None:
        unread = prompt_cache.start(rows[0].ids)
        return prompt_cache.cache, torch.tensor([unread])  # [1, T]
    cache = KVCache.of(model, len(rows), max(row.last for row in rows))
    longest = max(len(row.ids) for row in rows)
    padding = [longest - len(row.ids) for row in rows]
    if any(padding):
        cache.padding = torch.tensor(padding, device=cache.keys[0].device)  # [B]
    return cache, torch.tensor([[0] * n + row.ids for n, row in zip(padding, rows, strict=True)])  # [B, T]
