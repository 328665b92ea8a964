"""What the deeper lesson D7, on the heads of the real model, asks and draws."""

from lessons_lib.classroom.lessons.lessonD7.head_parts import HEAD_PARTS
from lessons_lib.classroom.lessons.lessonD7.predictions import PREDICTIONS

__all__ = ["EXERCISES", "PREDICTIONS"]

EXERCISES = (HEAD_PARTS,)
