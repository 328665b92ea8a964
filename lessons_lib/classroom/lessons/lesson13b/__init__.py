"""What lesson 13b asks: advantages, one right of k, the loss of GRPO, logs, and a run that is paid by a judge.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson13b.my_advantages import ADVANTAGES
from lessons_lib.classroom.lessons.lesson13b.my_grpo_loss import LOSS
from lessons_lib.classroom.lessons.lesson13b.my_grpo_training import TRAINING
from lessons_lib.classroom.lessons.lesson13b.my_pass_at_k import PASS
from lessons_lib.classroom.lessons.lesson13b.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson13b.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson13b.which_reward import WHICH
from lessons_lib.classroom.lessons.lesson13b.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (ADVANTAGES, PASS, LOSS, WHICH, TRAINING)
