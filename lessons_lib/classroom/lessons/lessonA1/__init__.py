"""What appendix A1 asks: Python, from a slice to a class that stands in front of the real model.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lessonA1.frequent_words import FREQUENT_WORDS
from lessons_lib.classroom.lessons.lessonA1.fresh_list import FRESH_LIST
from lessons_lib.classroom.lessons.lessonA1.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lessonA1.quiz import QUIZ
from lessons_lib.classroom.lessons.lessonA1.read_until import READ_UNTIL
from lessons_lib.classroom.lessons.lessonA1.slices import SLICES
from lessons_lib.classroom.lessons.lessonA1.word_tokenizer import WORD_TOKENIZER
from lessons_lib.classroom.lessons.lessonA1.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (SLICES, FREQUENT_WORDS, READ_UNTIL, FRESH_LIST, WORD_TOKENIZER)
