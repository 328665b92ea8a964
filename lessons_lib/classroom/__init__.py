"""What lessons need besides the library they teach: checks, hints, predictions, quizzes, own words, claims,
panels, figures, sources, progress.

Importing it loads neither torch nor matplotlib nor widgets; each is imported when it is first used.
"""

from lessons_lib.classroom.claims import claim
from lessons_lib.classroom.exercises import check, hint, show_solution
from lessons_lib.classroom.panels.explorer import explore
from lessons_lib.classroom.panels.figures import show, use_style
from lessons_lib.classroom.predictions import predict, reveal
from lessons_lib.classroom.questions import quiz
from lessons_lib.classroom.record import progress
from lessons_lib.classroom.source import show_source
from lessons_lib.classroom.words import say

__all__ = [
    "check",
    "claim",
    "explore",
    "hint",
    "predict",
    "progress",
    "quiz",
    "reveal",
    "say",
    "show",
    "show_solution",
    "show_source",
    "use_style",
]
