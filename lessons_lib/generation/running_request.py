"""RunningRequest: one request under way, from the model's scores to the next token and its text."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from lessons_lib.config import ModelConfig
from lessons_lib.generation.constraint import ConstraintError
from lessons_lib.generation.constraint.guide import Guide
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
        sampler: the request's own settings, with randomness of its own; it obeys the constraint.
        ends: tokens that end it.
        guide: where the text stands in its constraint; None for none.
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
        self.guide = self._guided(config.vocab_size, tokenizer)
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
        if self.guide is not None and self.guide.must_end:
            return self._end("stop")
        if len(self.ids) < self.last:
            return None
        cut = self.cut()
        return self._end("error", cut) if cut else self._end("length")

    def cut(self) -> ConstraintError | None:
        """What is wrong with a text for which there is no more room."""
        if self.guide is None or self.guide.may_end:
            return None
        most = self.request.max_new_tokens
        rule = "so many that the constraint lets the text end, and a context with room for them"
        return ConstraintError(f"max_new_tokens: got {most}, which cut a text with a constraint, allowed {rule}")

    def choose(self, logits: Tensor) -> Token:
        """Choose the next token by the model's scores [1, V] and append it to the text."""
        self.only_tokens(logits)
        seen = torch.tensor([self.ids]) if self.sampler.reads_text else None  # [1, T]
        try:
            token = int(self.sampler(logits, seen))
        except (LogitsError, ConstraintError) as error:
            return self._end("error", error)
        if token in self.ends:
            return self._end("stop")
        if self.guide is not None:
            self.guide.add(token)
        self.ids.append(token)
        text = self._stops.push(self._decoder.push(token)) if self._decoder else ""
        return Token(token, text, *self._report(logits[0], token))

    def _guided(self, vocab_size: int, tokenizer: Tokenizer | None) -> Guide | None:
        """Set the sampler under the request's constraint."""
        constraint = self.request.constraint
        if constraint is None:
            return None
        if tokenizer is None:
            raise ValueError("constraint: got one without a tokenizer, allowed with one")
        masks = constraint.masks(tokenizer, self.ends, vocab_size)
        guide = Guide(masks, self.ends, self.sampler.logits_processor)
        self.sampler.logits_processor = guide
        return guide

    def _end(self, reason: str, error: LogitsError | ConstraintError | None = None) -> Token:
        self.ended = True
        text = self._stops.push(self._decoder.flush()) + self._stops.flush() if self._decoder else ""
        return Token(None, text, finish_reason=reason, error=error)

    def _report(self, logits: Tensor, token: int) -> tuple[float | None, dict[int, float]]:
        if self.request.logprobs is None:
            return None, {}
        logprobs = logits.float().log_softmax(-1)  # [V]
        top = logprobs.topk(self.request.logprobs)
        return logprobs[token].item(), dict(zip(top.indices.tolist(), top.values.tolist(), strict=True))
