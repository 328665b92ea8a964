"""What lesson 19 asks: a config counted, a card judged, and three capstones with a proof each.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson19.beats_gzip import BEATS_GZIP
from lessons_lib.classroom.lessons.lesson19.card_claims import CARD_CLAIMS
from lessons_lib.classroom.lessons.lesson19.count_it import COUNT_IT
from lessons_lib.classroom.lessons.lesson19.my_program import MY_PROGRAM
from lessons_lib.classroom.lessons.lesson19.open_family import OPEN_FAMILY
from lessons_lib.classroom.lessons.lesson19.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson19.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson19.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (COUNT_IT, CARD_CLAIMS, OPEN_FAMILY, BEATS_GZIP, MY_PROGRAM)
