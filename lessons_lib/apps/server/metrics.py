"""Metrics: numbers of what the server does, in Prometheus's text. They say nothing about what was asked."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence

from lessons_lib.generation.engine import Counters

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Histogram:
    """How often something took up to so many seconds.

    Example:
        >>> times = Histogram((0.5, 1))
        >>> for seconds in (0.2, 0.7, 3):
        ...     times.add(seconds)
        >>> times.counts, times.total
        ([1, 1, 1], 3.9)
    """

    def __init__(self, edges: Sequence[float] = SECONDS) -> None:
        self.edges, self.counts, self.total = edges, [0] * (len(edges) + 1), 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(self.edges, seconds)] += 1
        self.total += seconds


class Metrics:
    """What is counted besides the engine's own counters.

    Attributes:
        answers: requests by route and status; 499 where the client has gone.
        first: seconds to the first token of an answer.
        whole: seconds to the end of one.
    """

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, int]] = Counter()
        self.first, self.whole = Histogram(), Histogram()

    def text(self, engine: Counters | None, alive: bool) -> str:
        """All numbers.

        Args:
            engine: its counters; None while there is none.
            alive: whether it works.

        Source: https://prometheus.io/docs/instrumenting/exposition_formats, text format 0.0.4.
        """
        lines = ["# HELP lessons_up Whether the model answers.", "# TYPE lessons_up gauge", f"lessons_up {int(alive)}"]
        answers = {f'{{route="{route}",status="{code}"}}': count for (route, code), count in self.answers.items()}
        lines += _family("requests_total", "counter", "Requests by route and status.", answers)
        lines += _histogram("first_token_seconds", "Seconds to the first token.", self.first)
        lines += _histogram("answer_seconds", "Seconds to the end of an answer.", self.whole)
        if engine is not None:
            for name, kind, about, value in (
                ("texts_running", "gauge", "Texts that hold a slot.", engine.running),
                ("texts_waiting", "gauge", "Texts that wait for one.", engine.waiting),
                ("texts_submitted_total", "counter", "Texts that were taken.", engine.submitted),
                ("texts_refused_total", "counter", "Texts that found the engine full.", engine.refused),
                ("prompt_tokens_total", "counter", "Tokens of prompts that were read.", engine.prompt_tokens),
                ("reused_tokens_total", "counter", "Tokens of prompts that need not be read.", engine.reused_tokens),
                ("new_tokens_total", "counter", "Tokens that were written.", engine.new_tokens),
                ("steps_total", "counter", "Passes over the model.", engine.steps),
                ("step_seconds_total", "counter", "Seconds spent in them.", engine.seconds),
            ):
                lines += _family(name, kind, about, {"": value})
            ended = {f'{{reason="{reason}"}}': count for reason, count in sorted(engine.ended.items())}
            lines += _family("texts_ended_total", "counter", "Texts that have ended, by reason.", ended)
        return "\n".join(lines) + "\n"


def _family(name: str, kind: str, about: str, values: dict[str, float]) -> Iterable[str]:
    yield f"# HELP lessons_{name} {about}"
    yield f"# TYPE lessons_{name} {kind}"
    for labels, value in values.items():
        yield f"lessons_{name}{labels} {value}"


def _histogram(name: str, about: str, times: Histogram) -> Iterable[str]:
    running, counts = 0, {}
    for edge, count in zip([*map(str, times.edges), "+Inf"], times.counts, strict=True):
        running += count
        counts[f'_bucket{{le="{edge}"}}'] = running
    yield from _family(name, "histogram", about, counts | {"_sum": times.total, "_count": running})
