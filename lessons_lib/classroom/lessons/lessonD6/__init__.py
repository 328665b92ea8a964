"""What the deeper lesson D6, on Muon, size and moving vectors, holds, asks and draws."""

from lessons_lib.classroom.lessons.lessonD6.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lessonD6.words import WORDS

__all__ = ["PREDICTIONS", "WORDS"]
