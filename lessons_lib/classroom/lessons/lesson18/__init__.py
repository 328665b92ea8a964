"""What lesson 18 asks: a GPU on paper, faulty plans, a bill by the second, a planner.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson18.faulty_plans import FAULTY_PLANS
from lessons_lib.classroom.lessons.lesson18.my_bill import BILL
from lessons_lib.classroom.lessons.lesson18.my_planner import PLANNER
from lessons_lib.classroom.lessons.lesson18.on_paper import ON_PAPER
from lessons_lib.classroom.lessons.lesson18.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson18.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson18.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (ON_PAPER, FAULTY_PLANS, BILL, PLANNER)
