"""What lesson 05 asks: the parts of a transformer block, how they are wired, and two whole models side by side.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson05.block_by_hand import BLOCK_BY_HAND
from lessons_lib.classroom.lessons.lesson05.fold_norm import FOLD_NORM
from lessons_lib.classroom.lessons.lesson05.my_block import MY_BLOCK
from lessons_lib.classroom.lessons.lesson05.one_neuron import ONE_NEURON
from lessons_lib.classroom.lessons.lesson05.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson05.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson05.rolling_slots import ROLLING_SLOTS
from lessons_lib.classroom.lessons.lesson05.silent_test import SILENT_TEST
from lessons_lib.classroom.lessons.lesson05.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (BLOCK_BY_HAND, SILENT_TEST, ONE_NEURON, ROLLING_SLOTS, FOLD_NORM, MY_BLOCK)
