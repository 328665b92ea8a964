"""The exercises and the questions of lesson 00b: tensors, broadcasting, the product of matrices, names by counting."""

from lessons_lib.classroom.lessons.lesson00b.broadcast_shape import BROADCAST_SHAPE
from lessons_lib.classroom.lessons.lesson00b.counted import COUNTED
from lessons_lib.classroom.lessons.lesson00b.linear import LINEAR
from lessons_lib.classroom.lessons.lesson00b.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson00b.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson00b.shapes import SHAPES
from lessons_lib.classroom.lessons.lesson00b.words import WORDS
from lessons_lib.classroom.lessons.lesson00b.write import WRITE

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (SHAPES, BROADCAST_SHAPE, LINEAR, COUNTED, WRITE)
