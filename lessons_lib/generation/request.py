"""What is asked of the loop, and what it gives: a `Request` in, a `Token` at a time out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from lessons_lib import arguments
from lessons_lib.generation.constraint import Constraint, ConstraintError
from lessons_lib.generation.sampling import LogitsError, Sampler


@dataclass
class Request:
    """One text to continue.

    Args:
        token_ids: the text so far; at least one token, fewer than the model's context.
        max_new_tokens: the most tokens to make. It ends earlier at a stop, or where the context is full.
        sampler: how tokens are chosen. Its seed starts anew with each run, so two requests may share a sampler.
        stop_token_ids: tokens that end the text and are not given out; None for the model's own end tokens.
        stop: strings that end the text and are not given out, even where they begin inside a token.
        logprobs: how many of the likeliest tokens to report beside each chosen one; None for no report.
        constraint: the texts that may be made, such as `regex("[0-9]+")`; None for any. It needs a tokenizer. Where
            nothing can follow, the text ends. One that is cut before it may end is an error, so what ends otherwise is
            always whole. Stop strings, which could cut it too, are not allowed beside it.

    Example:
        >>> request = Request([1, 2, 3], max_new_tokens=20, sampler=Sampler(temperature=0.8, seed=0))
        >>> request.cancel()
        >>> request.cancelled
        True
    """

    token_ids: Sequence[int]
    max_new_tokens: int = 128
    sampler: Sampler = field(default_factory=Sampler)
    stop_token_ids: Sequence[int] | None = None
    stop: Sequence[str] = ()
    logprobs: int | None = None
    constraint: Constraint | None = None
    cancelled: bool = field(default=False, init=False)

    def cancel(self) -> None:
        """End this text before its next token. May be called at any time, from any thread."""
        self.cancelled = True

    def checked(self, vocab_size: int, context: int) -> Checked:
        """Say at once what is wrong with a request, before any work is done.

        Returns:
            Its fields in their plain forms: lists and whole numbers.

        Raises:
            ValueError: naming the field, the value and the rule.
        """
        ids = arguments.token_ids("token_ids", self.token_ids)
        if not 0 < len(ids) < context:
            raise ValueError(f"token_ids: got {len(ids)} tokens, allowed 1 to {context - 1} (the context less one)")
        _check_ids("token_ids", ids, vocab_size)
        most = arguments.whole("max_new_tokens", self.max_new_tokens, 0)
        if not isinstance(self.sampler, Sampler):
            raise ValueError(f"sampler: got {arguments.described(self.sampler)}, allowed a Sampler")
        if isinstance(self.sampler.seed, Sequence):
            raise ValueError(f"seed: got {self.sampler.seed}, allowed None or one number")
        if self.logprobs is not None and not 0 <= arguments.whole("logprobs", self.logprobs, -1) <= vocab_size:
            raise ValueError(f"logprobs: got {self.logprobs}, allowed None or 0 to {vocab_size}")
        if not isinstance(self.constraint, Constraint | None):
            rule = "None or a Constraint, such as regex(...) gives"
            raise ValueError(f"constraint: got {arguments.described(self.constraint)}, allowed {rule}")
        stop = _strings(self.stop)
        if stop and self.constraint is not None:
            raise ValueError(f"stop: got {stop!r:.80} beside a constraint, allowed none")
        return Checked(ids, most, _ends(self.stop_token_ids, vocab_size), stop)


class Checked(NamedTuple):
    """What a request asks for, in plain forms; `stop_token_ids` None for the model's own."""

    token_ids: list[int]
    max_new_tokens: int
    stop_token_ids: list[int] | None
    stop: list[str]


@dataclass(frozen=True)
class Token:
    """One token of an answer; and at last, for each request, an item without an id that says why it ended.

    Attributes:
        id: the token; None at the end.
        text: what has become ready to print, often less or more than this token's own text: an unfinished character
            waits, and so does what could be the start of a stop string. Joined, it is the whole answer.
        logprob: the natural logarithm of the probability that the model gave to this token, before temperature and
            filters; None where no report was asked for.
        top_logprobs: the same for the likeliest tokens, by id, likeliest first.
        finish_reason: at the end "stop" (a stop token or string, or nothing that a constraint allows can follow),
            "length" (`max_new_tokens` or the context is used up), "cancelled" or "error"; else None.
        error: with "error", what was wrong with the model's scores, or that a constraint's text was cut.
    """

    id: int | None
    text: str = ""
    logprob: float | None = None
    top_logprobs: dict[int, float] = field(default_factory=dict)
    finish_reason: str | None = None
    error: LogitsError | ConstraintError | None = None


def _ends(ids: Iterable[int] | None, vocab_size: int) -> list[int] | None:
    if ids is None:
        return None
    if isinstance(ids, str):
        raise ValueError(f"stop_token_ids: got {ids!r:.80}, allowed token ids; stop takes strings")
    ends = arguments.token_ids("stop_token_ids", list(ids) if isinstance(ids, Set) else ids)
    _check_ids("stop_token_ids", ends, vocab_size)
    return ends


def _strings(stop: Sequence[str]) -> list[str]:
    if isinstance(stop, str):
        raise ValueError(f"stop: got one string {stop!r:.80}, allowed a list of strings")
    try:
        strings = list(stop)
    except TypeError:
        raise ValueError(f"stop: got {arguments.described(stop)}, allowed a list of strings") from None
    for string in strings:
        if not isinstance(string, str):
            raise ValueError(f"stop: got {arguments.described(string)}, allowed strings")
        if not string:
            raise ValueError("stop: got an empty string, allowed strings of at least one character")
    return strings


def _check_ids(name: str, token_ids: Sequence[int], vocab_size: int) -> None:
    wrong = [token for token in token_ids if not 0 <= token < vocab_size]
    if wrong:
        raise ValueError(f"{name}: got {wrong[0]}, allowed 0 to {vocab_size - 1}")
