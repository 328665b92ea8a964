"""The exercises and the quiz of lesson 03: vectors, what they are alike to, and where they come from.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson03.analogy import ANALOGY
from lessons_lib.classroom.lessons.lesson03.cosine import COSINE
from lessons_lib.classroom.lessons.lesson03.nearest import NEAREST
from lessons_lib.classroom.lessons.lesson03.negative_sampling import NEGATIVE_SAMPLING
from lessons_lib.classroom.lessons.lesson03.one_hot import ONE_HOT
from lessons_lib.classroom.lessons.lesson03.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson03.sinusoidal import SINUSOIDAL

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = (COSINE, ONE_HOT, NEAREST, ANALOGY, NEGATIVE_SAMPLING, SINUSOIDAL)
