"""What lesson 04c asks: which heads share, what is kept, and what a look costs.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson04c.cache_bytes import CACHE_BYTES
from lessons_lib.classroom.lessons.lesson04c.joined_looks import JOINED
from lessons_lib.classroom.lessons.lesson04c.positions_and_heads import HEADS
from lessons_lib.classroom.lessons.lesson04c.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson04c.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson04c.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (CACHE_BYTES, JOINED, HEADS)
