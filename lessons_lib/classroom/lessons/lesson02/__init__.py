"""The exercises and the quiz of lesson 02: from text to tokens and back.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson02.count_pairs import COUNT_PAIRS
from lessons_lib.classroom.lessons.lesson02.encode import ENCODE
from lessons_lib.classroom.lessons.lesson02.merge import MERGE
from lessons_lib.classroom.lessons.lesson02.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson02.split import SPLIT
from lessons_lib.classroom.lessons.lesson02.stream import STREAM
from lessons_lib.classroom.lessons.lesson02.train import TRAIN

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = (COUNT_PAIRS, MERGE, TRAIN, ENCODE, STREAM, SPLIT)
