"""Evaluation: how good a model is at a task, and how sure one can be of that."""

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

__all__ = [
    "NORMALISATIONS",
    "Interval",
    "Item",
    "Paired",
    "Task",
    "available",
    "bits_per_byte",
    "calibration_error",
    "confidence",
    "exact_match",
    "load_tasks",
    "mcnemar",
    "needed",
    "normalised",
    "paired_bootstrap",
    "perplexity",
    "pick",
    "standard_error",
    "wilson",
]
