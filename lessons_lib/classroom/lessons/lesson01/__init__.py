"""What lesson 01 asks: from scores to the next token.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson01.bits_per_letter import BITS_PER_LETTER
from lessons_lib.classroom.lessons.lesson01.break_top_p import BREAK_TOP_P
from lessons_lib.classroom.lessons.lesson01.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson01.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson01.sampler import SAMPLER
from lessons_lib.classroom.lessons.lesson01.softmax import SOFTMAX
from lessons_lib.classroom.lessons.lesson01.stays_in import STAYS_IN
from lessons_lib.classroom.lessons.lesson01.top_p import TOP_P
from lessons_lib.classroom.lessons.lesson01.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (SOFTMAX, STAYS_IN, TOP_P, BREAK_TOP_P, BITS_PER_LETTER, SAMPLER)
