"""What the deeper lesson D3, on long contexts, asks and draws."""

from lessons_lib.classroom.lessons.lessonD3.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lessonD3.words import WORDS

__all__ = ["PREDICTIONS", "WORDS"]
