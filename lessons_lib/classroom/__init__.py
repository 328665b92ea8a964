"""What lessons need besides the library they teach: checks, hints, quizzes, panels, figures, sources, progress.

Importing it loads neither torch nor matplotlib nor widgets; each is imported when it is first used.
"""

from lessons_lib.classroom.exercises import check, hint, show_solution
from lessons_lib.classroom.panels.explorer import explore
from lessons_lib.classroom.panels.figures import show, use_style
from lessons_lib.classroom.questions import quiz
from lessons_lib.classroom.record import progress
from lessons_lib.classroom.source import show_source

__all__ = ["check", "explore", "hint", "progress", "quiz", "show", "show_solution", "show_source", "use_style"]
