"""The exercises and the quiz of lesson 11: experts and who goes where, what a layer sees, and what a model counts.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson11.balancing_loss import BALANCE
from lessons_lib.classroom.lessons.lesson11.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson11.sparse_dispatch import DISPATCH
from lessons_lib.classroom.lessons.lesson11.temperature_tuning import TEMPERATURE
from lessons_lib.classroom.lessons.lesson11.top1_router import ROUTER
from lessons_lib.classroom.lessons.lesson11.two_counts import TWO_COUNTS
from lessons_lib.classroom.lessons.lesson11.visible_tokens import VISIBLE

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = (ROUTER, TEMPERATURE, VISIBLE, DISPATCH, TWO_COUNTS, BALANCE)
