"""What lesson 04b asks: how attention is told where tokens stand.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson04b.blind_tests import BLIND_TESTS
from lessons_lib.classroom.lessons.lesson04b.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson04b.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson04b.rotate_2d import ROTATE_2D
from lessons_lib.classroom.lessons.lesson04b.turning import TURNING
from lessons_lib.classroom.lessons.lesson04b.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (BLIND_TESTS, ROTATE_2D, TURNING)
