"""Counters: what an engine has done so far, for health checks and metrics."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Counters:
    """Numbers of an engine since it began. They say nothing about what was asked.

    Attributes:
        running: texts that hold a slot.
        waiting: texts that wait for one.
        submitted: texts that were taken.
        refused: texts that were not, because the engine was full.
        ended: texts that have ended, by `finish_reason`.
        prompt_tokens: tokens of prompts that were read.
        reused_tokens: tokens of prompts that stood in a slot already, and were not read.
        new_tokens: tokens that were written.
        steps: passes over the model.
        seconds: spent in them.
    """

    running: int = 0
    waiting: int = 0
    submitted: int = 0
    refused: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    prompt_tokens: int = 0
    reused_tokens: int = 0
    new_tokens: int = 0
    steps: int = 0
    seconds: float = 0.0

    def copy(self, running: int, waiting: int) -> Counters:
        """These numbers as they are now, which stay so."""
        return dataclasses.replace(self, running=running, waiting=waiting, ended=Counter(self.ended))
