"""The exercises, the questions and the quiz of lesson 00: what learning is, and what a language model is.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson00.line import LINE
from lessons_lib.classroom.lessons.lesson00.next_words import NEXT_WORDS
from lessons_lib.classroom.lessons.lesson00.one_step import ONE_STEP
from lessons_lib.classroom.lessons.lesson00.parabola import PARABOLA
from lessons_lib.classroom.lessons.lesson00.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson00.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson00.train import TRAIN
from lessons_lib.classroom.lessons.lesson00.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (LINE, ONE_STEP, TRAIN, PARABOLA, NEXT_WORDS)
