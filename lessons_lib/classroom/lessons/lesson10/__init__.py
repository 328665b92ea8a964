"""The disguises, the exercises and the quiz of lesson 10: reading configs, and the parts that separate the families.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson10.config_difference import CONFIG_DIFFERENCE
from lessons_lib.classroom.lessons.lesson10.latent_look import LATENT_LOOK
from lessons_lib.classroom.lessons.lesson10.my_config import MY_CONFIG
from lessons_lib.classroom.lessons.lesson10.numbers_kept import NUMBERS_KEPT
from lessons_lib.classroom.lessons.lesson10.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson10.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson10.read_config import READ_CONFIG
from lessons_lib.classroom.lessons.lesson10.words import WORDS
from lessons_lib.classroom.lessons.lesson10.wrong_switch import WRONG_SWITCH

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (CONFIG_DIFFERENCE, NUMBERS_KEPT, READ_CONFIG, WRONG_SWITCH, MY_CONFIG, LATENT_LOOK)
