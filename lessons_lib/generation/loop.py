"""The loop that makes text: score, choose, append, again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from lessons_lib.generation.compiled import DecodeStep, applies
from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.generation.sampling import Sampler
from lessons_lib.model import Transformer

if TYPE_CHECKING:
    from lessons_lib.tokenizer import Tokenizer


def generate(
    model: Transformer,
    token_ids: Sequence[int],
    max_new_tokens: int = 128,
    temperature: float = 0.0,
    top_k: int | None = None,
    top_p: float = 1.0,
    min_p: float = 0.0,
    repetition_penalty: float = 1.0,
    seed: int | None = None,
    stop_token_ids: Sequence[int] | None = None,
) -> Iterator[int]:
    """Continue a text, one token at a time.

    Args:
        model: any `Transformer`.
        token_ids: the text so far; at least one token, fewer than the model's context.
        max_new_tokens: the most tokens to make. It ends earlier at a stop token, or where the context is full.
        temperature, top_k, top_p, min_p, repetition_penalty, seed: as in `Sampler`.
        stop_token_ids: tokens that end the text and are not given out; None for the model's own end tokens.

    Returns:
        An iterator of new token ids. Each is computed when it is asked for; stop asking and nothing more happens.

    Raises:
        ValueError: at once, for an empty or overlong text, an id outside the vocabulary or a bad setting.
        LogitsError: later, if the model's scores are not a distribution.
    """
    context = model.config.max_position_embeddings
    if not 0 < len(token_ids) < context:
        raise ValueError(f"token_ids: got {len(token_ids)} tokens, allowed 1 to {context - 1} (the context less one)")
    wrong = [token for token in token_ids if not 0 <= token < model.config.vocab_size]
    if wrong:
        raise ValueError(f"token_ids: got {wrong[0]}, allowed 0 to {model.config.vocab_size - 1}")
    if max_new_tokens < 0:
        raise ValueError(f"max_new_tokens: got {max_new_tokens}, allowed 0 or more")
    sampler = Sampler(temperature, top_k, top_p, min_p, repetition_penalty, seed)
    stops = frozenset(model.config.eos_token_id if stop_token_ids is None else stop_token_ids)
    room = min(max_new_tokens, context - len(token_ids))
    return _loop(model, torch.tensor([list(token_ids)]), room, sampler, stops)


def stream(
    model: Transformer,
    tokenizer: Tokenizer,
    prompt: str | Sequence[dict[str, str]],
    max_new_tokens: int = 128,
    temperature: float = 0.0,
    top_k: int | None = None,
    top_p: float = 1.0,
    min_p: float = 0.0,
    repetition_penalty: float = 1.0,
    seed: int | None = None,
    stop: Sequence[str] = (),
) -> Iterator[str]:
    """Continue a text or answer a chat, as pieces of text that are ready to print.

    Args:
        prompt: the text so far, or a chat: a list of `{"role": ..., "content": ...}`.
        stop: strings that end the text and are not given out, even where they begin inside a token.
        The rest as in `generate`.

    Returns:
        An iterator of non-empty strings. No piece ends inside a character.

    Example:
        `for piece in stream(model, tokenizer, "The sun", max_new_tokens=32): print(piece, end="", flush=True)`
    """
    if any(not text for text in stop):
        raise ValueError("stop: got an empty string, allowed strings of at least one character")
    token_ids = tokenizer.encode(prompt) if isinstance(prompt, str) else tokenizer.encode_chat(prompt)
    new_ids = generate(model, token_ids, max_new_tokens, temperature, top_k, top_p, min_p, repetition_penalty, seed)
    return hold_back(_texts(tokenizer, token_ids, new_ids), stop)


def hold_back(pieces: Iterator[str], stop: Sequence[str]) -> Iterator[str]:
    """Pass text on up to the first stop string, keeping back only what could still be the start of one.

    Args:
        pieces: text, cut anywhere.
        stop: non-empty strings. The first to be complete counts, so it does not matter how the text is cut.

    Returns:
        An iterator of non-empty strings; joined, the text before the first stop string.
    """
    held = ""
    for piece in pieces:
        held += piece
        found = [(at + len(text), at) for text in stop if (at := held.find(text)) >= 0]
        if found:
            held = held[: min(found)[1]]
            break
        safe = len(held) - max((_overlap(held, text) for text in stop), default=0)
        if safe:
            yield held[:safe]
            held = held[safe:]
    if held:
        yield held


def _overlap(text: str, stop: str) -> int:
    """The length of the longest end of `text` that is a beginning of `stop`."""
    lengths = range(min(len(text), len(stop) - 1), 0, -1)
    return next((n for n in lengths if text.endswith(stop[:n])), 0)


def _texts(tokenizer: Tokenizer, prompt: Sequence[int], new_ids: Iterator[int]) -> Iterator[str]:
    decoder = tokenizer.stream_decoder()
    for token in prompt:  # a text may begin with a space that is not shown; what is new does not begin a text
        decoder.push(token)
    for token in new_ids:
        yield decoder.push(token)
    yield decoder.flush()


def _loop(model: Transformer, token_ids: Tensor, room: int, sampler: Sampler, stops: frozenset[int]) -> Iterator[int]:
    weight = model.lm_head.weight
    cache = KVCache(model.config, 1, token_ids.shape[1] + room, weight.dtype, weight.device)
    step = DecodeStep(model) if applies(model) else None
    unread = token_ids
    for _ in range(room):
        if step and cache.length:
            logits = step(int(unread), cache)  # [1, V]
        else:
            with torch.no_grad():  # not around the `yield`: the caller's own code must not run under it
                logits = model(unread.to(weight.device), cache, logits_to_keep=1)[:, -1].cpu()  # [1, V]
        unread = sampler(logits, token_ids)[:, None]  # [1, 1]
        token_ids = torch.cat((token_ids, unread), 1)  # [1, T]
        token = int(unread)
        if token in stops:
            return
        yield token
