"""Text from one prompt: `generate` gives token ids, `stream` gives text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Unpack

from lessons_lib.generation.batch import run_one
from lessons_lib.generation.constraint import Constraint
from lessons_lib.generation.prompt_cache import PromptCache
from lessons_lib.generation.request import Request, Token
from lessons_lib.generation.sampling import Sampler, SamplerSettings
from lessons_lib.model import Transformer
from lessons_lib.parts import check_tokenizer

if TYPE_CHECKING:
    from lessons_lib.tokenizer import Tokenizer


def generate(
    model: Transformer,
    token_ids: Sequence[int],
    max_new_tokens: int = 128,
    *,
    stop_token_ids: Sequence[int] | None = None,
    cache: PromptCache | None = None,
    tokenizer: Tokenizer | None = None,
    constraint: Constraint | None = None,
    **settings: Unpack[SamplerSettings],
) -> Iterator[int]:
    """Continue a text, one token at a time.

    Args:
        model: any `Transformer`.
        token_ids: the text so far; at least one token, fewer than the model's context. Of a plain text they are what
            `tokenizer.encode_prompt` gives.
        max_new_tokens: the most tokens to make. It ends earlier at a stop token, or where the context is full.
        stop_token_ids: tokens that end the text and are not given out; None for the model's own, `eos_token_id` in its
            config, which `load` takes from `generation_config.json` where that names some. An empty list for none.
        cache: a `PromptCache` that may hold the start of this text, and keeps the whole for the next.
        tokenizer: only its tokens may be chosen; None for any id that the model scores, which may be more.
        constraint: the only texts that may be made, such as `regex("[0-9]+")`; it needs the tokenizer. See `Request`.
        settings: `temperature`, `top_p`, `seed` and all others of `Sampler`.

    Returns:
        An iterator of new token ids. Each is computed when it is asked for; stop asking and nothing more happens.

    Raises:
        ValueError: at once, for an empty or overlong text, an id outside the vocabulary or a bad setting.
        LogitsError: later, if the model's scores are not a distribution.
        ConstraintError: at the end, if the text was cut before its constraint let it end.
    """
    sampler = Sampler(**settings)
    request = Request(token_ids, max_new_tokens, sampler, stop_token_ids, constraint=constraint)
    return _ids(run_one(model, request, tokenizer, cache))


def stream(
    model: Transformer,
    tokenizer: Tokenizer,
    prompt: str | Sequence[dict[str, str]],
    max_new_tokens: int = 128,
    *,
    stop: Sequence[str] = (),
    cache: PromptCache | None = None,
    stop_token_ids: Sequence[int] | None = None,
    constraint: Constraint | None = None,
    **settings: Unpack[SamplerSettings],
) -> Iterator[str]:
    """Continue a text or answer a chat, as pieces of text that are ready to print.

    Args:
        prompt: the text so far, or a chat: a list of `{"role": ..., "content": ...}`. A text gets the token in front
            that the model expects there (`Tokenizer.encode_prompt`); of a chat, the template says everything.
        stop: strings that end the text and are not given out, even where they begin inside a token.
        The rest as in `generate`.

    Returns:
        An iterator of non-empty strings. No piece ends inside a character.

    Example:
        `for piece in stream(model, tokenizer, "The sun", max_new_tokens=32): print(piece, end="", flush=True)`
    """
    check_tokenizer(tokenizer)
    token_ids = tokenizer.encode_prompt(prompt) if isinstance(prompt, str) else tokenizer.encode_chat(prompt)
    sampler = Sampler(**settings)
    request = Request(token_ids, max_new_tokens, sampler, stop_token_ids, stop, constraint=constraint)
    return _texts(run_one(model, request, tokenizer, cache))


def _ids(tokens: Iterator[Token]) -> Iterator[int]:
    return (token.id for token in tokens if token.id is not None)


def _texts(tokens: Iterator[Token]) -> Iterator[str]:
    return (token.text for token in tokens if token.text)
