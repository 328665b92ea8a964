"""The exercises and questions of lesson 02b: the tokenizers of real models.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson02b.most_tokens import MOST_TOKENS
from lessons_lib.classroom.lessons.lesson02b.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson02b.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson02b.split import SPLIT
from lessons_lib.classroom.lessons.lesson02b.stream import STREAM
from lessons_lib.classroom.lessons.lesson02b.whose_cut import WHOSE_CUT
from lessons_lib.classroom.lessons.lesson02b.wordpiece import WORDPIECE
from lessons_lib.classroom.lessons.lesson02b.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (MOST_TOKENS, WHOSE_CUT, STREAM, WORDPIECE, SPLIT)
