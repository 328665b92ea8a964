"""What lesson 09 asks: labels, means, optimisers, symptoms, and a training loop of one's own.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson09.accumulate import ACCUMULATE
from lessons_lib.classroom.lessons.lesson09.bits import BITS
from lessons_lib.classroom.lessons.lesson09.collate import COLLATE
from lessons_lib.classroom.lessons.lesson09.lion import LION
from lessons_lib.classroom.lessons.lesson09.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson09.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson09.symptoms import SYMPTOMS
from lessons_lib.classroom.lessons.lesson09.training_loop import TRAINING
from lessons_lib.classroom.lessons.lesson09.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (ACCUMULATE, BITS, COLLATE, SYMPTOMS, LION, TRAINING)
