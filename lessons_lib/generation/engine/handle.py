"""Handle: what whoever asks for a text holds in hand: its tokens as they come, its end, and a way to stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lessons_lib.generation.request import Token
from lessons_lib.generation.running_request import RunningRequest


class EngineFull(Exception):
    """As many texts run and wait as an engine takes; ask again later."""


class EngineStopped(Exception):
    """An engine was closed, or a failure has ended its thread; the message says which."""


class Answer(NamedTuple):
    """A text that has ended: its new tokens, what they say, and why it ended (see `Token`)."""

    token_ids: list[int]
    text: str
    finish_reason: str


class Handle:
    """One text under way in an `Engine`. All may be called from any thread, at any time.

    Iterate over it for each `Token` as it comes, the last of which has a `finish_reason`; again, for all from the
    first. As a context manager it cancels the text where the block ends, however it does.

    Attributes:
        request: what was asked.
        key: who asked.
        adapter: the name of the adapter that it is made with; None for none.
        prompt_length: tokens of the prompt.
        reused_tokens: those of them that stood in a slot already, and are not read again; 0 while it waits.
    """

    def __init__(
        self,
        row: RunningRequest,
        key: str | None = None,
        listener: Callable[[Token], object] | None = None,
        adapter: str | None = None,
    ) -> None:
        self.row, self.request, self.key, self.adapter = row, row.request, key, adapter
        self.prompt_length, self.reused_tokens = len(row.ids), 0
        self.when_cancelled: Callable[[], object] = lambda: None
        self._listener = listener
        self._items: list[Token] = []
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    @property
    def done(self) -> bool:
        """Whether the text has ended."""
        return self._error is not None or bool(self._items and self._items[-1].finish_reason)

    def cancel(self) -> None:
        """End the text before its next token; wherever it stands, its place becomes free."""
        self.request.cancel()
        self.when_cancelled()

    def result(self, timeout: float | None = None) -> Answer:
        """Wait for the end.

        Raises:
            TimeoutError: after so many seconds; the text goes on.
            EngineStopped, LogitsError, ConstraintError: what ended the text, if it was an error.
        """
        items = [*self._wait_for_all(timeout)]
        token_ids = [token.id for token in items if token.id is not None]
        return Answer(token_ids, "".join(token.text for token in items), items[-1].finish_reason)

    def __iter__(self) -> Iterator[Token]:
        return self._wait_for_all(None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.done:
            self.cancel()

    def give(self, token: Token) -> None:
        """Take the next item; called by the engine."""
        with self._changed:
            self._items.append(token)
            self._changed.notify_all()
        if self._listener is not None:
            self._listener(token)

    def fail(self, error: BaseException, cause: BaseException | None = None) -> None:
        """Take an error as the end; called by the engine. The listener gets an item that holds it."""
        error.__cause__ = cause or error.__cause__
        with self._changed:
            ended, self._error = self.done, error
            self._changed.notify_all()
        if self._listener is not None and not ended:
            try:
                self._listener(Token(None, finish_reason="error", error=error))
            except Exception:
                self._listener = None

    def _wait_for_all(self, timeout: float | None) -> Iterator[Token]:
        until = None if timeout is None else time.monotonic() + timeout
        at, over = 0, False
        while not over:
            with self._changed:
                while len(self._items) == at and self._error is None:
                    left = None if until is None else until - time.monotonic()
                    if left is not None and left <= 0:
                        raise TimeoutError(f"handle: got no end in {timeout} s, allowed to wait longer")
                    self._changed.wait(left)
                new, error = self._items[at:], self._error
            for token in new:
                over = token.finish_reason is not None
                if token.error is not None:
                    raise token.error
                yield token
            at += len(new)
            if error is not None and not over:
                raise error
