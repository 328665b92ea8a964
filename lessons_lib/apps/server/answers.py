"""What goes back to a client: JSON, a stream of events, or an error in the protocol's words."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from lessons_lib.apps.server.refusal import Refusal
from lessons_lib.generation import EngineFull, EngineStopped

GONE = 499  # the status, in logs and metrics alone, of an answer whose client has gone
LATER = {"Retry-After": "1"}


def refusal_of(error: Exception) -> Refusal:
    """What a client is told of an error; of those that are nobody's business, no more than that."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, EngineFull):
        return Refusal(str(error), 429, code="queue_full", headers=LATER)
    if isinstance(error, EngineStopped):
        return Refusal("engine: stopped, ask another server", 503, code="stopped")
    return Refusal("server: an error of its own, which its log names", 500, code="internal")


class Told:
    """Says once how a stream has ended."""

    def __init__(self, tell: Callable[[int], object]) -> None:
        self.status, self._tell = GONE, tell

    def __call__(self) -> None:
        self._tell(self.status)


class Stream(StreamingResponse):
    """Server-sent events; whatever ends them, `told` is called."""

    def __init__(self, pieces: AsyncIterator[str], told: Told) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(pieces, media_type="text/event-stream", headers=headers)
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._told()


def event(piece: dict[str, Any]) -> str:
    """A piece of a stream as an event, as browsers know them."""
    return f"data: {json.dumps(piece)}\n\n"


def as_json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer in one piece. In ASCII, for a text may hold half a character, which UTF-8 cannot say."""
    return Response(json.dumps(value), status, headers, "application/json")
