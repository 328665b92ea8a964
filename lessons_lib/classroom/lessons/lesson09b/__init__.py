"""What lesson 09b asks: bars, fair races, how many seeds, and a race of one's own.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson09b.flip_test import FLIP_TEST
from lessons_lib.classroom.lessons.lesson09b.misled import MISLED
from lessons_lib.classroom.lessons.lesson09b.own_race import OWN_RACE
from lessons_lib.classroom.lessons.lesson09b.paired_bar import PAIRED_BAR
from lessons_lib.classroom.lessons.lesson09b.plain_width import PLAIN_WIDTH
from lessons_lib.classroom.lessons.lesson09b.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson09b.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson09b.seeds_needed import SEEDS_NEEDED
from lessons_lib.classroom.lessons.lesson09b.unfair import UNFAIR
from lessons_lib.classroom.lessons.lesson09b.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (PAIRED_BAR, MISLED, PLAIN_WIDTH, UNFAIR, SEEDS_NEEDED, OWN_RACE, FLIP_TEST)
