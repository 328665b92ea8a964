"""What appendix B2 asks: a lens on paper and on streams, faulty patches, a patch and a steering vector in SmolLM2.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lessonB2.faulty_patches import FAULTY_PATCHES
from lessons_lib.classroom.lessons.lessonB2.lens_on_paper import LENS_ON_PAPER
from lessons_lib.classroom.lessons.lessonB2.my_patch import MY_PATCH
from lessons_lib.classroom.lessons.lessonB2.my_settled import MY_SETTLED
from lessons_lib.classroom.lessons.lessonB2.my_steering import STEERING
from lessons_lib.classroom.lessons.lessonB2.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lessonB2.quiz import QUIZ
from lessons_lib.classroom.lessons.lessonB2.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (LENS_ON_PAPER, MY_SETTLED, FAULTY_PATCHES, MY_PATCH, STEERING)
