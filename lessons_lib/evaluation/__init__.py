"""Evaluation: how good a model is at a task, and how sure one can be of that.

What needs a model is looked up when it is first used: tasks and intervals do without torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lessons_lib.evaluation.intervals import (
    Interval,
    Paired,
    mcnemar,
    needed,
    paired_bootstrap,
    standard_error,
    wilson,
)
from lessons_lib.evaluation.metrics import (
    NORMALISATIONS,
    bits_per_byte,
    calibration_error,
    confidence,
    exact_match,
    normalised,
    perplexity,
    pick,
)
from lessons_lib.evaluation.task import Item, Task, available, load_tasks

if TYPE_CHECKING:
    from lessons_lib.evaluation.likelihood import Asked, Likelihood, encode_pair, encode_text, likelihoods, score

__all__ = [
    "NORMALISATIONS",
    "Asked",
    "Interval",
    "Item",
    "Likelihood",
    "Paired",
    "Task",
    "available",
    "bits_per_byte",
    "calibration_error",
    "confidence",
    "encode_pair",
    "encode_text",
    "exact_match",
    "likelihoods",
    "load_tasks",
    "mcnemar",
    "needed",
    "normalised",
    "paired_bootstrap",
    "perplexity",
    "pick",
    "score",
    "standard_error",
    "wilson",
]

_PLACES = dict.fromkeys(("Asked", "Likelihood", "encode_pair", "encode_text", "likelihoods", "score"), "likelihood")


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'lessons_lib.evaluation' has no attribute {name!r}")
    return getattr(import_module(f"lessons_lib.evaluation.{_PLACES[name]}"), name)
