"""The disguises, the exercises and the quiz of lesson 10: reading configs, and the parts that separate the families.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson10.config_difference import CONFIG_DIFFERENCE
from lessons_lib.classroom.lessons.lesson10.latent_scores import LATENT_SCORES
from lessons_lib.classroom.lessons.lesson10.layer_kinds import LAYER_KINDS
from lessons_lib.classroom.lessons.lesson10.numbers_kept import NUMBERS_KEPT
from lessons_lib.classroom.lessons.lesson10.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson10.read_config import READ_CONFIG
from lessons_lib.classroom.lessons.lesson10.softmax_top_k import SOFTMAX_TOP_K

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = (CONFIG_DIFFERENCE, LAYER_KINDS, SOFTMAX_TOP_K, NUMBERS_KEPT, READ_CONFIG, LATENT_SCORES)
