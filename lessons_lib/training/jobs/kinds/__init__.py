"""The kinds of tuning: what a row must say, what is made smaller, and what a model is judged by."""

from lessons_lib.training.jobs.kinds.kind import Kind, Row
from lessons_lib.training.jobs.kinds.preference import Preference
from lessons_lib.training.jobs.kinds.reward import Reward
from lessons_lib.training.jobs.kinds.sft import Sft

KINDS: dict[str, type[Kind]] = {kind.name: kind for kind in (Sft, Preference, Reward)}

__all__ = ["KINDS", "Kind", "Row"]
