"""The exercises and the quiz of lesson 07: the cache, batches, stopping, small weights and guessing ahead.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson07.accept import ACCEPT
from lessons_lib.classroom.lessons.lesson07.cached_attention import CACHED_ATTENTION
from lessons_lib.classroom.lessons.lesson07.check_guesses import CHECK_GUESSES
from lessons_lib.classroom.lessons.lesson07.int8_groups import INT8_GROUPS
from lessons_lib.classroom.lessons.lesson07.left_pad import LEFT_PAD
from lessons_lib.classroom.lessons.lesson07.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson07.safe_length import SAFE_LENGTH

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = (LEFT_PAD, CACHED_ATTENTION, SAFE_LENGTH, INT8_GROUPS, CHECK_GUESSES, ACCEPT)
