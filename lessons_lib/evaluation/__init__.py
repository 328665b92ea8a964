"""Evaluation: how good a model is at a task, and how sure one can be of that.

What needs a model is looked up when it is first used: tasks and intervals do without torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from lessons_lib.lazy import looked_up

if TYPE_CHECKING:
    from lessons_lib.evaluation.generation import answers
    from lessons_lib.evaluation.likelihood import Asked, Likelihood, encode_pair, encode_text, likelihoods, score
    from lessons_lib.evaluation.results import Comparison, Measure, Results, evaluate, load_results

__all__ = [
    "NORMALISATIONS",
    "Asked",
    "Comparison",
    "Interval",
    "Item",
    "Likelihood",
    "Measure",
    "Paired",
    "Results",
    "Task",
    "answers",
    "available",
    "bits_per_byte",
    "calibration_error",
    "confidence",
    "encode_pair",
    "encode_text",
    "evaluate",
    "exact_match",
    "likelihoods",
    "load_results",
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

_PLACES = {
    "generation": ["answers"],
    "likelihood": ["Asked", "Likelihood", "encode_pair", "encode_text", "likelihoods", "score"],
    "results": ["Comparison", "Measure", "Results", "evaluate", "load_results"],
}
__getattr__ = looked_up(__name__, {name: module for module, names in _PLACES.items() for name in names})
