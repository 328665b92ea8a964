"""What appendix B1 asks: a state on paper, where it pays, what is wrong with one, one token back, a rule in a hybrid.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lessonB1.faulty_states import FAULTY_STATES
from lessons_lib.classroom.lessons.lessonB1.my_crossing import CROSSING
from lessons_lib.classroom.lessons.lessonB1.my_gated_delta import GATED_DELTA
from lessons_lib.classroom.lessons.lessonB1.my_undo import MY_UNDO
from lessons_lib.classroom.lessons.lessonB1.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lessonB1.quiz import QUIZ
from lessons_lib.classroom.lessons.lessonB1.state_on_paper import STATE_ON_PAPER
from lessons_lib.classroom.lessons.lessonB1.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (STATE_ON_PAPER, CROSSING, FAULTY_STATES, MY_UNDO, GATED_DELTA)
