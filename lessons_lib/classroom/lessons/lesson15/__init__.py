"""What lesson 15 asks: chances behind a mask, a derivative, what a schema lets through, and a constrained generator.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson15.can_it_write import CAN
from lessons_lib.classroom.lessons.lesson15.my_chances import CHANCES
from lessons_lib.classroom.lessons.lesson15.my_constrained import CONSTRAINED
from lessons_lib.classroom.lessons.lesson15.my_derivative import DERIVATIVE
from lessons_lib.classroom.lessons.lesson15.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson15.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson15.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (CHANCES, DERIVATIVE, CAN, CONSTRAINED)
