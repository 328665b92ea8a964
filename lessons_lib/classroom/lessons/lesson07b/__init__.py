"""What lesson 07b asks: the two walls, small weights, and guessing ahead.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson07b.accept import ACCEPT
from lessons_lib.classroom.lessons.lesson07b.best_k import BEST_K
from lessons_lib.classroom.lessons.lesson07b.impossible import IMPOSSIBLE
from lessons_lib.classroom.lessons.lesson07b.int8_groups import INT8_GROUPS
from lessons_lib.classroom.lessons.lesson07b.my_speculate import MY_SPECULATE
from lessons_lib.classroom.lessons.lesson07b.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson07b.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson07b.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (IMPOSSIBLE, INT8_GROUPS, BEST_K, ACCEPT, MY_SPECULATE)
