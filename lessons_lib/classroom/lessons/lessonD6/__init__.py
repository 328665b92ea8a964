"""What the deeper lesson D6, on Muon and on moving vectors, holds, asks and draws."""

from lessons_lib.classroom.lessons.lessonD6.words import WORDS

__all__ = ["WORDS"]
