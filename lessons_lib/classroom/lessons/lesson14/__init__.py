"""What lesson 14 asks: an interval, a paired test, faults of harnesses, a judge without its letter, and a harness.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson14.my_harness import HARNESS
from lessons_lib.classroom.lessons.lesson14.my_mcnemar import MCNEMAR
from lessons_lib.classroom.lessons.lesson14.my_verdicts import VERDICTS
from lessons_lib.classroom.lessons.lesson14.my_wilson import WILSON
from lessons_lib.classroom.lessons.lesson14.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson14.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson14.which_fault import WHICH
from lessons_lib.classroom.lessons.lesson14.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (WILSON, MCNEMAR, WHICH, VERDICTS, HARNESS)
