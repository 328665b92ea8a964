"""What lesson 13 asks: how likely an answer is, the best chances for a reward, the loss of DPO, logs, and a run.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson13.my_answer import ANSWER
from lessons_lib.classroom.lessons.lesson13.my_best_policy import BEST
from lessons_lib.classroom.lessons.lesson13.my_dpo_loss import LOSS
from lessons_lib.classroom.lessons.lesson13.my_dpo_training import TRAINING
from lessons_lib.classroom.lessons.lesson13.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson13.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson13.which_log import WHICH
from lessons_lib.classroom.lessons.lesson13.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (ANSWER, BEST, LOSS, WHICH, TRAINING)
