"""What lesson 06 asks: the whole model, the files that its weights come in, and whether it is right.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson06.count_parameters import COUNT_PARAMETERS
from lessons_lib.classroom.lessons.lesson06.fourth_patient import FOURTH_PATIENT
from lessons_lib.classroom.lessons.lesson06.interleave_rows import INTERLEAVE_ROWS
from lessons_lib.classroom.lessons.lesson06.is_causal import IS_CAUSAL
from lessons_lib.classroom.lessons.lesson06.my_model import MY_MODEL
from lessons_lib.classroom.lessons.lesson06.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson06.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson06.safetensors_tensor import SAFETENSORS_TENSOR
from lessons_lib.classroom.lessons.lesson06.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (COUNT_PARAMETERS, IS_CAUSAL, SAFETENSORS_TENSOR, INTERLEAVE_ROWS, FOURTH_PATIENT, MY_MODEL)
