"""What lesson 16 asks: scores by words, two rankings made one, a threshold with a price, calls that run, a retriever.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson16.my_bm25 import BM25
from lessons_lib.classroom.lessons.lesson16.my_fuse import FUSE
from lessons_lib.classroom.lessons.lesson16.my_retriever import RETRIEVER
from lessons_lib.classroom.lessons.lesson16.my_threshold import THRESHOLD
from lessons_lib.classroom.lessons.lesson16.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson16.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson16.which_calls import CALLS_RUN
from lessons_lib.classroom.lessons.lesson16.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (BM25, FUSE, THRESHOLD, CALLS_RUN, RETRIEVER)
