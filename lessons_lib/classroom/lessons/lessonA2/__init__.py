"""The exercises, the questions and the quiz of appendix A2: the maths that the course uses.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lessonA2.error_bar import ERROR_BAR
from lessons_lib.classroom.lessons.lessonA2.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lessonA2.product_shapes import PRODUCT_SHAPES
from lessons_lib.classroom.lessons.lessonA2.quiz import QUIZ
from lessons_lib.classroom.lessons.lessonA2.rows_meet_columns import ROWS_MEET_COLUMNS
from lessons_lib.classroom.lessons.lessonA2.sentence_perplexity import SENTENCE_PERPLEXITY
from lessons_lib.classroom.lessons.lessonA2.standardise import STANDARDISE
from lessons_lib.classroom.lessons.lessonA2.three_links import THREE_LINKS
from lessons_lib.classroom.lessons.lessonA2.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (ROWS_MEET_COLUMNS, PRODUCT_SHAPES, STANDARDISE, THREE_LINKS, ERROR_BAR, SENTENCE_PERPLEXITY)
