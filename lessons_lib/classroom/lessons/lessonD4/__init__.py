"""What the deeper lesson D4, on cross attention and a toy translation, holds, asks and draws."""

from lessons_lib.classroom.lessons.lessonD4.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lessonD4.words import WORDS

__all__ = ["PREDICTIONS", "WORDS"]
