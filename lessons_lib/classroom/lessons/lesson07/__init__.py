"""What lesson 07 asks: the cache, batches, stopping, chats, and the learner's own loop.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson07.best_cache import BEST_CACHE
from lessons_lib.classroom.lessons.lesson07.faulty_programs import FAULTY_PROGRAMS
from lessons_lib.classroom.lessons.lesson07.left_pad import LEFT_PAD
from lessons_lib.classroom.lessons.lesson07.my_generate import MY_GENERATE
from lessons_lib.classroom.lessons.lesson07.my_look import MY_LOOK
from lessons_lib.classroom.lessons.lesson07.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson07.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson07.safe_length import SAFE_LENGTH
from lessons_lib.classroom.lessons.lesson07.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (LEFT_PAD, SAFE_LENGTH, FAULTY_PROGRAMS, BEST_CACHE, MY_LOOK, MY_GENERATE)
