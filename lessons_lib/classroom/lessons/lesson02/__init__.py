"""The exercises and questions of lesson 02: make a tokenizer.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson02.faulty_words import FAULTY_WORDS
from lessons_lib.classroom.lessons.lesson02.first_merges import FIRST_MERGES
from lessons_lib.classroom.lessons.lesson02.merge import MERGE
from lessons_lib.classroom.lessons.lesson02.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson02.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson02.smaller import SMALLER
from lessons_lib.classroom.lessons.lesson02.tokenizer import TOKENIZER
from lessons_lib.classroom.lessons.lesson02.train import TRAIN
from lessons_lib.classroom.lessons.lesson02.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (FIRST_MERGES, MERGE, FAULTY_WORDS, TRAIN, SMALLER, TOKENIZER)
