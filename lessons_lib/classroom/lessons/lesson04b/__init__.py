"""What lesson 04b asks: where tokens stand, which heads share, and what a look costs.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson04b.blind_tests import BLIND_TESTS
from lessons_lib.classroom.lessons.lesson04b.cache_bytes import CACHE_BYTES
from lessons_lib.classroom.lessons.lesson04b.joined_looks import JOINED
from lessons_lib.classroom.lessons.lesson04b.positions_and_heads import HEADS
from lessons_lib.classroom.lessons.lesson04b.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson04b.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson04b.rotate_2d import ROTATE_2D
from lessons_lib.classroom.lessons.lesson04b.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (CACHE_BYTES, BLIND_TESTS, ROTATE_2D, JOINED, HEADS)
