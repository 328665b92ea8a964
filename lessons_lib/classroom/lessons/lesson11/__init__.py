"""What lesson 11 asks: who sees what, what a batch fetches, who reads which token, and two parts of a real Llama 4.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson11.bytes_read import BYTES_READ
from lessons_lib.classroom.lessons.lesson11.my_llama4_block import MY_LLAMA4_BLOCK
from lessons_lib.classroom.lessons.lesson11.near_look import NEAR_LOOK
from lessons_lib.classroom.lessons.lesson11.patients import PATIENTS
from lessons_lib.classroom.lessons.lesson11.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson11.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson11.sparse_dispatch import DISPATCH
from lessons_lib.classroom.lessons.lesson11.visible_tokens import VISIBLE
from lessons_lib.classroom.lessons.lesson11.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (VISIBLE, BYTES_READ, DISPATCH, PATIENTS, MY_LLAMA4_BLOCK, NEAR_LOOK)
