"""Who may ask, how often, and how much at once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import math
import time
from collections.abc import Callable, Iterable
from typing import Any

from starlette.requests import Request

from lessons_lib.apps.server.refusal import Refusal
from lessons_lib.errors import CheckpointError
from lessons_lib.files.untrusted import PAGE, parse_json


class Keys:
    """The keys that open the server.

    Args:
        keys: any texts; none lets everybody in.

    Example:
        >>> Keys(["secret"]).owner("Bearer secret")[:8], Keys([]).owner(None)
        ('2bb80d53', '')
    """

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._digests = [_digest(key) for key in keys]

    def owner(self, authorization: str | None) -> str:
        """Who asks: the key's digest, and an empty text where none is needed.

        It takes the same time for each wrong key, whatever it has in common with a right one: digests are compared, and
        all of them.

        Raises:
            Refusal: 401, for no key or a wrong one.
        """
        if not self._digests:
            return ""
        kind, _, key = (authorization or "").partition(" ")
        if kind.lower() != "bearer" or not key:
            raise Refusal("Authorization: got no key, allowed Bearer and a key", 401, code="invalid_api_key")
        digest = _digest(key.strip())
        if not sum(hmac.compare_digest(digest, each) for each in self._digests):
            raise Refusal("Authorization: got a wrong key, allowed one of this server's", 401, code="invalid_api_key")
        return digest


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class Rate:
    """So many requests a minute for each who asks: a bucket that fills steadily, from which each takes one.

    Args:
        a_minute: of each; they may come at once. None for no limit.
        clock: seconds.

    Example:
        >>> now = [0.0]
        >>> rate = Rate(2, clock=lambda: now[0])
        >>> [rate.wait("a") for _ in range(3)]  # seconds until there is one more
        [0.0, 0.0, 30.0]
        >>> now[0] = 30.0
        >>> rate.wait("a")
        0.0
    """

    def __init__(self, a_minute: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = a_minute, clock
        self._buckets: dict[str, tuple[float, float]] = {}  # what is left, and since when; owners are few: the keys

    def wait(self, owner: str) -> float:
        """Take one, and return 0; or take none, and return the seconds until there will be one."""
        if self._most is None:
            return 0.0
        now = self._clock()
        left, since = self._buckets.get(owner, (float(self._most), now))
        left = min(self._most, left + (now - since) * self._most / 60)
        enough = left >= 1
        self._buckets[owner] = (left - enough, now)
        return 0.0 if enough else (1 - left) * 60 / self._most

    def take(self, owner: str) -> None:
        """Take one.

        Raises:
            Refusal: 429, saying when there will be one.
        """
        if seconds := self.wait(owner):
            message = f"requests: got more than {self._most} in a minute, allowed that many"
            raise Refusal(message, 429, code="rate_limit_exceeded", headers={"Retry-After": str(math.ceil(seconds))})


async def read_body(http: Request, most: int, seconds: float) -> dict[str, Any]:
    """Read a JSON object that a stranger sends.

    Args:
        most: bytes, at most.
        seconds: that it may take to come.

    Raises:
        Refusal: 413, 408, 415 or 400.
        ClientDisconnect: whoever sent it has gone.
    """
    if http.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        # Pages of strangers may send other kinds to a server on this machine, without asking the browser's leave.
        raise Refusal("Content-Type: got another, allowed application/json", 415)
    too_large = Refusal(f"body: got more than {most} bytes, allowed that many", 413)
    announced = http.headers.get("content-length", "0")
    if not announced.isascii() or not announced.isdigit() or int(announced[:20]) > most:
        raise too_large
    data = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in http.stream():
                data += part
                if len(data) > most:
                    raise too_large
    except TimeoutError:
        raise Refusal(f"body: got none in {seconds:g} s, allowed that long", 408) from None
    try:
        return parse_json("body", "JSON", bytes(data), PAGE._replace(size=most))
    except CheckpointError as error:
        raise Refusal(f"body: got {error.got}, allowed {error.allowed}"[:300]) from None
