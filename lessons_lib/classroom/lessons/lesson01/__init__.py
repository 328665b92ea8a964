"""The exercises and the quiz of lesson 01: from scores to the next token.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson01.perplexity import PERPLEXITY
from lessons_lib.classroom.lessons.lesson01.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson01.sampler import SAMPLER
from lessons_lib.classroom.lessons.lesson01.softmax import SOFTMAX
from lessons_lib.classroom.lessons.lesson01.temperature import TEMPERATURE
from lessons_lib.classroom.lessons.lesson01.top_k import TOP_K
from lessons_lib.classroom.lessons.lesson01.top_p import TOP_P

__all__ = ["EXERCISES", "QUIZ"]

EXERCISES = (SOFTMAX, TEMPERATURE, TOP_K, TOP_P, PERPLEXITY, SAMPLER)
