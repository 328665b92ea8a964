"""The exercises and questions of lesson 04: attention, from one dot product to the heads of a real model.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson04.attention import ATTENTION
from lessons_lib.classroom.lessons.lesson04.causal_mask import CAUSAL
from lessons_lib.classroom.lessons.lesson04.leaks import LEAKS
from lessons_lib.classroom.lessons.lesson04.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson04.previous_word import PREVIOUS_WORD
from lessons_lib.classroom.lessons.lesson04.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson04.weight_by_hand import WEIGHT_BY_HAND
from lessons_lib.classroom.lessons.lesson04.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (WEIGHT_BY_HAND, CAUSAL, LEAKS, PREVIOUS_WORD, ATTENTION)
