"""What lesson 11b asks: what keeps experts busy, who is dropped, and a training step that balances.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson11b.my_balance import BALANCE
from lessons_lib.classroom.lessons.lesson11b.my_balanced_training import BALANCED_TRAINING
from lessons_lib.classroom.lessons.lesson11b.my_moving_bias import MOVING_BIAS
from lessons_lib.classroom.lessons.lesson11b.my_served import SERVED
from lessons_lib.classroom.lessons.lesson11b.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson11b.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson11b.which_balance import WHICH
from lessons_lib.classroom.lessons.lesson11b.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (WHICH, BALANCE, MOVING_BIAS, SERVED, BALANCED_TRAINING)
