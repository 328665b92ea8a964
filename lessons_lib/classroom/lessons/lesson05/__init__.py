"""The exercises and the quiz of lesson 05: the parts of a transformer block and how they are wired.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson05.block_parameters import BLOCK_PARAMETERS
from lessons_lib.classroom.lessons.lesson05.fold_norm import FOLD_NORM
from lessons_lib.classroom.lessons.lesson05.one_neuron import ONE_NEURON
from lessons_lib.classroom.lessons.lesson05.pre_norm_block import PRE_NORM_BLOCK
from lessons_lib.classroom.lessons.lesson05.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson05.rms_norm import RMS_NORM
from lessons_lib.classroom.lessons.lesson05.swiglu import SWIGLU

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = (RMS_NORM, SWIGLU, ONE_NEURON, PRE_NORM_BLOCK, BLOCK_PARAMETERS, FOLD_NORM)
