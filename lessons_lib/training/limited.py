"""A time limit for a reward: what a model wrote may run for ever, end the process, or break it."""

from __future__ import annotations

import json
import os
import select
import signal
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from lessons_lib import arguments

Reward = Callable[[Any, str, bool], float | None]
"""Judges an answer: from the problem, the text, and whether it came to an end, to a number; None for no judgement."""

_MOST = 300  # characters of an error that are passed on: what a pipe surely takes at once


def limited(reward: Reward, seconds: float, otherwise: float | None = 0.0) -> Reward:
    """Call a reward in a process of its own, which is killed with all that it started when its time is over.

    The process is a copy of this one, so the reward may be defined anywhere, in a notebook too; what it changes is gone
    with it. It costs some milliseconds an answer. This is a limit of time and no prison: what runs there may read and
    write what you may. And it is the clock that decides: an answer that needs about as long as it may is judged now one
    way, now the other.

    Args:
        reward: judges one answer; in one thread, for torch's others stay behind.
        seconds: that it may take for an answer.
        otherwise: the reward where time is over or the process ended without a word.

    Returns:
        A reward. It raises RuntimeError with the words of what the one inside raised.

    Raises:
        ValueError: for seconds that are not above 0.
        OSError: where a process can't be copied, as on Windows.

    Example:
        >>> def counts(problem, text, ended):
        ...     while int(text) < 0:
        ...         pass
        ...     return float(text)
        >>> judge = limited(counts, seconds=0.5)
        >>> judge(None, "3", True), judge(None, "-3", True)
        (3.0, 0.0)
    """
    arguments.real("seconds", seconds, 0, 1e6, "above 0", above=True)
    if not hasattr(os, "fork"):
        raise OSError("limited: a process can't be copied on this system, which has no os.fork")

    def judge(problem: Any, text: str, ended: bool) -> float | None:
        here, there = os.pipe()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # of other threads, which the reward doesn't need
                child = os.fork()
            if not child:
                _speak(there, lambda: reward(problem, text, ended))
            os.close(there)
            try:
                said = _listen(here, seconds)
            finally:
                _end(child)
        finally:
            os.close(here)
        if "error" in said:
            raise RuntimeError(said["error"])
        return said.get("reward", otherwise)

    return judge


def _speak(there: int, call: Callable[[], float | None]) -> None:
    """In the copy: say what came out, and end without any of what a Python process does at its end."""
    try:
        os.setsid()  # so that what it starts can be killed with it
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        try:
            value = call()
            said = {"reward": None if value is None else float(value)}
        except BaseException as error:
            said = {"error": f"{type(error).__name__}: {error}"[:_MOST]}
        os.write(there, json.dumps(said).encode())
    finally:
        os._exit(0)


def _listen(here: int, seconds: float) -> dict[str, Any]:
    """What the copy says; nothing if its time is over first, or it ends without a word."""
    poll = select.poll()
    poll.register(here, select.POLLIN | select.POLLHUP)
    words = os.read(here, 1 << 16) if poll.poll(1000 * seconds) else b""
    return json.loads(words or "{}")


def _end(child: int) -> None:
    """Kill a copy with all that it started, and see it end."""
    for kill in (os.killpg, os.kill):
        with suppress(ProcessLookupError, PermissionError):
            kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
