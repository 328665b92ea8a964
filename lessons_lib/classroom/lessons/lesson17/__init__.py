"""What lesson 17 asks: steps on paper, events from pieces, a limit of tokens, faulty servers, a scheduler.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson17.faulty_servers import FAULTY_SERVERS
from lessons_lib.classroom.lessons.lesson17.first_tokens import FIRST_TOKENS
from lessons_lib.classroom.lessons.lesson17.my_bucket import BUCKET
from lessons_lib.classroom.lessons.lesson17.my_events import EVENTS
from lessons_lib.classroom.lessons.lesson17.my_serve import MY_SERVE
from lessons_lib.classroom.lessons.lesson17.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson17.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson17.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (FIRST_TOKENS, EVENTS, BUCKET, FAULTY_SERVERS, MY_SERVE)
