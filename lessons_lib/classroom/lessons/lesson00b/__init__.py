"""The exercises and the questions of lesson 00b: tensors, the product of matrices, slopes, five lines that learn."""

from lessons_lib.classroom.lessons.lesson00b.broadcast_shape import BROADCAST_SHAPE
from lessons_lib.classroom.lessons.lesson00b.cross_entropy import CROSS_ENTROPY
from lessons_lib.classroom.lessons.lesson00b.faulty_lines import FAULTY_LINES
from lessons_lib.classroom.lessons.lesson00b.linear import LINEAR
from lessons_lib.classroom.lessons.lesson00b.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson00b.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson00b.shapes import SHAPES
from lessons_lib.classroom.lessons.lesson00b.training_step import TRAINING_STEP
from lessons_lib.classroom.lessons.lesson00b.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (SHAPES, BROADCAST_SHAPE, CROSS_ENTROPY, FAULTY_LINES, LINEAR, TRAINING_STEP)
