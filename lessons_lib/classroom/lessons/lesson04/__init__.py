"""The exercises and the quiz of lesson 04: attention, from one dot product to heads that share and turn.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson04.attention_weights import WEIGHTS
from lessons_lib.classroom.lessons.lesson04.causal_mask import CAUSAL
from lessons_lib.classroom.lessons.lesson04.grouped_heads import GROUPED
from lessons_lib.classroom.lessons.lesson04.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson04.rotate_pair import ROTATE
from lessons_lib.classroom.lessons.lesson04.sliding_mask import SLIDING
from lessons_lib.classroom.lessons.lesson04.split_heads import SPLIT

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = (WEIGHTS, CAUSAL, SPLIT, ROTATE, GROUPED, SLIDING)
