"""The journal: one line of JSON for each thing that happened. What was asked and answered never stands in it."""

from __future__ import annotations

import json
import logging
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

_LOGGER = logging.getLogger("lessons_lib.apps.server")


@dataclass
class Entry:
    """One request under way, and what the journal will say of it.

    Attributes:
        route: the path, as the server knows it.
        id: which the client is told too.
        owner: the digest of its key.
        start: of the clock.
        first: seconds to the first token.
        told: what else there is to say.
    """

    route: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    owner: str = ""
    start: float = field(default_factory=time.perf_counter)
    first: float | None = None
    told: dict[str, Any] = field(default_factory=dict)


def note(event: str, **values: Any) -> None:
    """Write a line: the time, the event, and what there is to say of it; None is left out.

    Numbers, and names of the server's own. No prompt, no answer, no key, no address, and no words of an error, for they
    may hold any of these.
    """
    time_ = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    told = {name: value for name, value in values.items() if value is not None}
    _LOGGER.info(json.dumps({"time": time_, "event": event, **told}))
