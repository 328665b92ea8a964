"""What lesson 12 asks: what is learned of a conversation, what an adapter adds, and a layer of one's own in SmolLM2.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

from lessons_lib.classroom.lessons.lesson12.my_adapter_bytes import ADAPTER_BYTES
from lessons_lib.classroom.lessons.lesson12.my_labels import LABELS
from lessons_lib.classroom.lessons.lesson12.my_lora import LORA
from lessons_lib.classroom.lessons.lesson12.my_lora_layer import LORA_LAYER
from lessons_lib.classroom.lessons.lesson12.predictions import PREDICTIONS
from lessons_lib.classroom.lessons.lesson12.quiz import QUIZ
from lessons_lib.classroom.lessons.lesson12.which_adapter import WHICH
from lessons_lib.classroom.lessons.lesson12.words import WORDS

__all__ = ["EXERCISES", "PREDICTIONS", "QUIZ", "WORDS"]

EXERCISES = (LABELS, LORA, ADAPTER_BYTES, WHICH, LORA_LAYER)
