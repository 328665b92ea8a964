"""What appendix A3 asks: three broken programs to mend, and how an error is read."""

from lessons_lib.classroom.lessons.lessonA3.mean_rows import MEAN_ROWS
from lessons_lib.classroom.lessons.lessonA3.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lessonA3.quiet_training import QUIET_TRAINING
from lessons_lib.classroom.lessons.lessonA3.smallest_example import SMALLEST_EXAMPLE
from lessons_lib.classroom.lessons.lessonA3.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "WORDS"]

EXERCISES = (MEAN_ROWS, QUIET_TRAINING, SMALLEST_EXAMPLE)
