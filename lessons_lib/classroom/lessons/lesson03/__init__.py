"""The exercises and questions of lesson 03: vectors, what they are alike to, and where they come from.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson03.all_cosines import ALL_COSINES
from lessons_lib.classroom.lessons.lesson03.keeps_cosines import KEEPS_COSINES
from lessons_lib.classroom.lessons.lesson03.negative_sampling import NEGATIVE_SAMPLING
from lessons_lib.classroom.lessons.lesson03.own_neighbour import OWN_NEIGHBOUR
from lessons_lib.classroom.lessons.lesson03.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson03.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson03.rank_texts import RANK_TEXTS
from lessons_lib.classroom.lessons.lesson03.word_vectors import WORD_VECTORS
from lessons_lib.classroom.lessons.lesson03.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (ALL_COSINES, KEEPS_COSINES, NEGATIVE_SAMPLING, OWN_NEIGHBOUR, RANK_TEXTS, WORD_VECTORS)
