"""The protocol, the other way: from the tokens of texts to what a client gets, whole or as it is made."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lessons_lib.apps.server.protocol import Asked
from lessons_lib.apps.server.tools import call_object, call_of
from lessons_lib.generation import ConstraintError, EngineStopped, Handle, Token
from lessons_lib.tokenizer import Tokenizer

_LEAST = -9999.0  # what OpenAI says for a chance of 0, since JSON has no infinity


@dataclass
class Said:
    """One text so far: its pieces, its tokens with their chances, and why it ended."""

    pieces: list[str] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    reason: str | None = None

    def add(self, token: Token) -> None:
        """Take the next item of a text.

        Raises:
            LogitsError, EngineStopped: what has ended the text, if that was an error of ours.
        """
        self.pieces.append(token.text)
        if token.id is not None:
            self.tokens.append(token)
        if token.finish_reason == "cancelled":
            raise EngineStopped("engine: closed before the end of the text, allowed another server")
        if isinstance(token.error, ConstraintError):
            self.reason = "length"  # the official client's `parse` makes an error of it
        elif token.error is not None:
            raise token.error
        else:
            self.reason = token.finish_reason

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class Reply:
    """The answer to one request.

    Args:
        asked: what was asked.
        tokenizer: names the tokens where their chances are reported.
        chat: whether it is an answer in a conversation; otherwise texts are gone on with.
    """

    def __init__(self, asked: Asked, tokenizer: Tokenizer, chat: bool) -> None:
        self._asked, self._tokenizer, self._chat = asked, tokenizer, chat
        self.said = [Said() for _ in asked.requests]
        kind = "chat.completion" if chat else "text_completion"
        self._head = {
            "id": f"{'chatcmpl' if chat else 'cmpl'}-{uuid.uuid4().hex}",
            "object": f"{kind}.chunk" if chat and asked.stream else kind,
            "created": int(time.time()),
            "model": asked.model,
        }

    @property
    def done(self) -> bool:
        """Whether all texts have ended."""
        return all(said.reason for said in self.said)

    def whole(self, handles: Sequence[Handle]) -> dict[str, Any]:
        """The answer in one piece."""
        choices = [self._whole_choice(n, said) for n, said in enumerate(self.said)]
        return {**self._head, "choices": choices, "usage": self.usage(handles)}

    def chunks(self, number: int, token: Token) -> Iterator[dict[str, Any]]:
        """The pieces of a stream that the next item of a text makes ready: none, one, or several.

        Why a text ended stands in a piece of its own, behind its last words: some clients stop reading there.
        """
        said = self.said[number]
        if self._chat and not said.pieces:
            yield self._chunk(number, {"role": "assistant", "content": ""})
        said.add(token)
        held = self._asked.calls and (said.text.startswith("{") or not said.text)  # until it is a whole call
        logprobs = self._logprobs(said.tokens[-1:], said) if token.id is not None else None
        if not held and (token.text or logprobs):
            yield self._chunk(number, token.text, logprobs=logprobs)
        if said.reason is None:
            return
        if held and (call := call_of(said.text)):
            yield self._chunk(number, {"tool_calls": [{"index": 0} | call_object(call)]})
            said.reason = "tool_calls"
        elif held and said.text:
            yield self._chunk(number, said.text)
        yield self._chunk(number, {} if self._chat else "", said.reason)

    def last_chunk(self, handles: Sequence[Handle]) -> dict[str, Any]:
        """The piece behind all texts that says how many tokens there were."""
        return {**self._head, "choices": [], "usage": self.usage(handles)}

    def usage(self, handles: Sequence[Handle]) -> dict[str, Any]:
        """How many tokens there were; a prompt counts once, however many texts go on with it."""
        prompts = {id(handle.request.token_ids): handle for handle in handles}.values()
        read, made = sum(h.prompt_length for h in prompts), sum(len(said.tokens) for said in self.said)
        return {
            "prompt_tokens": read,
            "completion_tokens": made,
            "total_tokens": read + made,
            "prompt_tokens_details": {"cached_tokens": sum(h.reused_tokens for h in prompts)},
        }

    def _whole_choice(self, number: int, said: Said) -> dict[str, Any]:
        reason, text = said.reason, said.text
        choice = {"index": number, "logprobs": self._logprobs(said.tokens, said)}
        if not self._chat:
            return {**choice, "text": text, "finish_reason": reason}
        message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": None}
        if self._asked.calls and (call := call_of(text)):
            message |= {"content": None, "tool_calls": [call_object(call)]}
            reason = "tool_calls"
        return {**choice, "message": message, "finish_reason": reason}

    def _chunk(self, number: int, said: Any, reason: str | None = None, logprobs: Any = None) -> dict[str, Any]:
        choice = {"index": number, "finish_reason": reason, "logprobs": logprobs}
        if self._chat:
            choice["delta"] = {"content": said} if isinstance(said, str) else said
        else:
            choice["text"] = said
        return {**self._head, "choices": [choice]} | ({"usage": None} if self._asked.usage else {})

    def _logprobs(self, tokens: Sequence[Token], said: Said) -> dict[str, Any] | None:
        if self._asked.requests[0].logprobs is None:
            return None
        if self._chat:
            entries = [self._entry(t.id, t.logprob) | {"top_logprobs": self._top(t)} for t in tokens]
            return {"content": entries, "refusal": None}
        offsets, names = [], [self._name(token.id) for token in tokens]
        at = sum(len(token.text) for token in said.tokens) - sum(len(token.text) for token in tokens)
        for token in tokens:
            offsets.append(at)
            at += len(token.text)
        top = [{each["token"]: each["logprob"] for each in self._top(token)} for token in tokens]
        chances = [_finite(token.logprob) for token in tokens]
        return {"tokens": names, "token_logprobs": chances, "top_logprobs": top, "text_offset": offsets}

    def _top(self, token: Token) -> list[dict[str, Any]]:
        return [self._entry(i, logprob) for i, logprob in token.top_logprobs.items()]

    def _entry(self, token_id: int, logprob: float) -> dict[str, Any]:
        data = self._bytes(token_id)
        return {"token": data.decode("utf-8", "replace"), "logprob": _finite(logprob), "bytes": [*data]}

    def _name(self, token_id: int) -> str:
        return self._bytes(token_id).decode("utf-8", "replace")

    def _bytes(self, token_id: int) -> bytes:
        known = token_id < self._tokenizer.vocab_size and token_id not in self._tokenizer.unused_ids
        return self._tokenizer.token_bytes(token_id) if known else b""


def _finite(logprob: float) -> float:
    return max(logprob, _LEAST)
