"""The exercises and the questions of lesson 00c: slopes, modules, the loss, five lines that learn."""

from lessons_lib.classroom.lessons.lesson00c.cross_entropy import CROSS_ENTROPY
from lessons_lib.classroom.lessons.lesson00c.faulty_lines import FAULTY_LINES
from lessons_lib.classroom.lessons.lesson00c.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson00c.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson00c.train_names import TRAIN_NAMES
from lessons_lib.classroom.lessons.lesson00c.training_step import TRAINING_STEP
from lessons_lib.classroom.lessons.lesson00c.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (CROSS_ENTROPY, FAULTY_LINES, TRAINING_STEP, TRAIN_NAMES)
