"""One compiled computation on several processors: its caller works, and helper threads take pieces off its hands.

The caller never waits for a helper to begin, only for pieces that are under way. So it is as fast in one thread of the
program as in another, two at once do not disturb each other (who comes second has no helpers), and where other programs
keep the processors busy it goes on alone.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property

import numpy as np
from numba import types

from lessons_lib.compiling.atomics import add, call, load, pause, store, swap
from lessons_lib.compiling.decorator import compiled

try:
    import resource
except ImportError:  # Windows
    resource = None

# Places on the board, int64. Those that several threads write are far apart, for processors share memory in lines.
HELPERS, STALLED, FUNCTION, JOB, PIECES, TICKET, DONE = 0, 1, 2, 3, 4, 16, 32
CLOSED = 2**31  # a ticket's lower half is the next piece; this many there are never
LINGER = 20_000  # looks at the board before a helper goes, half a millisecond or so: the next step may come soon
STALL = 30_000  # looks at the board before a piece under way counts as stuck

ALONE = np.zeros(DONE + 1, np.int64)
"""A board on which nobody looks."""
ALONE[TICKET] = CLOSED


class Piece:
    """A function `(job, piece)` of two whole numbers, for `share`; compiled when its address is first asked for.

    Args:
        function: does a piece of the work that is described at the address `job`.
        options: numba's own, such as `fastmath`.
    """

    def __init__(self, function: Callable[[int, int], None], options: dict) -> None:
        self.function, self._options = function, options

    @cached_property
    def address(self) -> int:
        return self._compiled.address

    @cached_property
    def _compiled(self):
        return compiled(as_callback=types.void(types.int64, types.int64), **self._options)(self.function)


def piece(**options: object) -> Callable[[Callable[[int, int], None]], Piece]:
    """The decorator that makes a `Piece`."""
    return lambda function: Piece(function, options)


@compiled(nogil=True)
def share(board, function, job, pieces):
    """Call `function(job, i)` for all i below `pieces`, some of them in helper threads; return when all are done.

    board: from `helped`, or `ALONE`; function: a `Piece`'s address; job: the address of what describes the work.
    """
    if board[HELPERS] == 0 or board[STALLED] or pieces == 1:
        for i in range(pieces):
            call(function, job, i)
        return
    turn = (load(board, TICKET) >> 32) + 1
    board[FUNCTION], board[JOB], board[PIECES], board[DONE] = function, job, pieces, 0
    store(board, TICKET, turn << 32)
    while _take(board):
        pass
    store(board, TICKET, turn << 32 | CLOSED)
    looks = 0
    while load(board, DONE) < pieces:
        pause()
        looks += 1
        if looks == STALL:
            board[STALLED] = 1


@compiled(nogil=True)
def _take(board):
    """Do the next piece, if there is one; returns whether there was.

    The job is read before the ticket is exchanged: if the caller has gone on to another job, the ticket is another too.
    """
    ticket = load(board, TICKET)
    i = ticket & (2**32 - 1)
    function, job = board[FUNCTION], board[JOB]
    if i >= board[PIECES]:
        return False
    if swap(board, TICKET, ticket, ticket + 1):
        call(function, job, i)
        add(board, DONE, 1)
    return True


@compiled(nogil=True)
def _help(board):
    looks = 0
    while looks < LINGER:
        looks = 0 if _take(board) else looks + 1
        pause()


class Team:
    """The helper threads of this process, which serve one caller at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._board = ALONE.copy()
        self._pool: ThreadPoolExecutor | None = None
        self._at_work: list[Future] = []
        self._alone, self._pause = 0, 1  # calls to go without helpers, now and after the next stall

    @contextmanager
    def helped(self, threads: int) -> Iterator[np.ndarray]:
        """Have up to `threads - 1` helpers while the block runs.

        Yields:
            The board for `share`; `ALONE` where the helpers serve somebody else or had better be left out.
        """
        if threads < 2 or not self._lock.acquire(blocking=False):
            yield ALONE
            return
        try:
            if self._alone:
                self._alone -= 1
                yield ALONE
                return
            self._call(threads - 1)
            before = _preemptions()
            yield self._board
            self._look_back(_preemptions() - before)
        finally:
            self._lock.release()

    def _call(self, helpers: int) -> None:
        self._pool = self._pool or ThreadPoolExecutor(os.cpu_count(), "lessons-helper")
        self._at_work = [helper for helper in self._at_work if not helper.done()]
        self._at_work += [self._pool.submit(_help, self._board) for _ in range(helpers - len(self._at_work))]
        self._board[HELPERS], self._board[STALLED] = helpers, 0

    def _look_back(self, preemptions: int) -> None:
        """Where this thread or a helper was kept from running, do without helpers for a while, and longer each time."""
        if preemptions or self._board[STALLED]:
            self._alone, self._pause = self._pause, min(2 * self._pause, 64)
        else:
            self._pause = max(1, self._pause // 2)


def _preemptions() -> int:
    """How often this thread had to leave its processor to others, where the system tells."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw if hasattr(resource, "RUSAGE_THREAD") else 0


_team = Team()


def helped(threads: int):
    """`Team.helped` of this process's one team."""
    return _team.helped(threads)


def _after_fork() -> None:
    global _team
    _team = Team()  # the helpers stayed behind


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
