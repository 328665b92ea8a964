"""The exercises, the patients and the quiz of lesson 06: counting a model, reading its files, and finding its faults.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson06.count_parameters import COUNT_PARAMETERS
from lessons_lib.classroom.lessons.lesson06.decode_q4_1 import DECODE_Q4_1
from lessons_lib.classroom.lessons.lesson06.first_difference import FIRST_DIFFERENCE
from lessons_lib.classroom.lessons.lesson06.interleave_rows import INTERLEAVE_ROWS
from lessons_lib.classroom.lessons.lesson06.is_causal import IS_CAUSAL
from lessons_lib.classroom.lessons.lesson06.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson06.safetensors_tensor import SAFETENSORS_TENSOR

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = (COUNT_PARAMETERS, SAFETENSORS_TENSOR, DECODE_Q4_1, INTERLEAVE_ROWS, IS_CAUSAL, FIRST_DIFFERENCE)
