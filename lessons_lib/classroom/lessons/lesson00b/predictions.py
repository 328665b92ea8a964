"""What lesson 00b asks before it shows it."""

from lessons_lib.classroom.predictions import Prediction, choice

PREDICTIONS = (
    Prediction(
        id="without_keepdim",
        question="A table of counts [3, 3] is divided by `counts.sum(1)`, without keepdim. What comes out?",
        answer=choice("a table whose rows sum to 1", "an error", "a table whose rows sum to other numbers"),
    ),
)
