"""What lesson 08 asks: how raw text is cleaned, and how it is divided so that a test means something.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson08.bands_for import BANDS_FOR
from lessons_lib.classroom.lessons.lesson08.chunks import CHUNKS
from lessons_lib.classroom.lessons.lesson08.clean_corpus import CLEAN_CORPUS
from lessons_lib.classroom.lessons.lesson08.groups_of_pairs import GROUPS_OF_PAIRS
from lessons_lib.classroom.lessons.lesson08.precision_recall import PRECISION_RECALL
from lessons_lib.classroom.lessons.lesson08.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson08.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson08.same_key import SAME_KEY
from lessons_lib.classroom.lessons.lesson08.which_leak import WHICH_LEAK
from lessons_lib.classroom.lessons.lesson08.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (WHICH_LEAK, SAME_KEY, BANDS_FOR, PRECISION_RECALL, CHUNKS, GROUPS_OF_PAIRS, CLEAN_CORPUS)
