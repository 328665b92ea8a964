"""RunningRequest: one request under way, from the model's scores to the next token and its text."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from lessons_lib.config import ModelConfig
from lessons_lib.generation.request import Request, Token
from lessons_lib.generation.sampling import LogitsError
from lessons_lib.generation.stop_strings import StopStrings

if TYPE_CHECKING:
    from lessons_lib.tokenizer import Tokenizer


class RunningRequest:
    """What the loop keeps for one request.

    Args:
        request: what was asked.
        config: of the model.
        context: how many tokens the text may have, old and new.
        tokenizer: makes text of tokens, and only its tokens may come; None for none.

    Attributes:
        ids: the text so far, old and new.
        last: how many tokens it has at most.
        sampler: the request's own settings, with randomness of its own.
        ends: tokens that end it.
        ended: whether the last item was given out.

    Raises:
        ValueError: for a bad request, at once.
    """

    def __init__(self, request: Request, config: ModelConfig, context: int, tokenizer: Tokenizer | None) -> None:
        asked = request.checked(config.vocab_size, context)
        if asked.stop and tokenizer is None:
            raise ValueError(f"stop: got {asked.stop!r:.80} without a tokenizer, allowed none")
        self.request = request
        self.ids = asked.token_ids
        self.last = min(len(self.ids) + asked.max_new_tokens, context)
        self.ended = False
        self.sampler = dataclasses.replace(request.sampler)
        self.ends = frozenset(config.eos_token_id if asked.stop_token_ids is None else asked.stop_token_ids)
        self._stops = StopStrings(asked.stop)
        self._tokenizer = tokenizer
        self._decoder = tokenizer.stream_decoder() if tokenizer else None
        if self._decoder:  # a text may begin with a space that is not shown; what is new does not begin a text
            for token in self.ids:
                self._decoder.push(token)

    def only_tokens(self, logits: Tensor) -> None:
        """Take the scores [N, V] of ids that the tokenizer lacks away, in place.

        Many models score more ids than there are tokens, up to a round number, and a vocabulary may have gaps.
        """
        if self._tokenizer is not None:
            logits[:, self._tokenizer.unused_ids] = -math.inf
            logits[:, self._tokenizer.vocab_size :] = -math.inf

    def must_end(self) -> Token | None:
        """The last item, if the text ends before its next token: it was cancelled, is long enough or was stopped."""
        if self.request.cancelled:
            return self._end("cancelled")
        if self._stops.found:
            return self._end("stop")
        return self._end("length") if len(self.ids) >= self.last else None

    def choose(self, logits: Tensor) -> Token:
        """Choose the next token by the model's scores [1, V] and append it to the text."""
        self.only_tokens(logits)
        seen = torch.tensor([self.ids]) if self.sampler.reads_text else None  # [1, T]
        try:
            token = int(self.sampler(logits, seen))
        except LogitsError as error:
            return self._end("error", error)
        if token in self.ends:
            return self._end("stop")
        self.ids.append(token)
        text = self._stops.push(self._decoder.push(token)) if self._decoder else ""
        return Token(token, text, *self._report(logits[0], token))

    def _end(self, reason: str, error: LogitsError | None = None) -> Token:
        self.ended = True
        text = self._stops.push(self._decoder.flush()) + self._stops.flush() if self._decoder else ""
        return Token(None, text, finish_reason=reason, error=error)

    def _report(self, logits: Tensor, token: int) -> tuple[float | None, dict[int, float]]:
        if self.request.logprobs is None:
            return None, {}
        logprobs = logits.float().log_softmax(-1)  # [V]
        top = logprobs.topk(self.request.logprobs)
        return logprobs[token].item(), dict(zip(top.indices.tolist(), top.values.tolist(), strict=True))
