"""What appendix A1 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="two_names",
        question="After `a = [1, 2]`, `b = a` and `b.append(3)`: how long is `a`?",
        answer=number(),
    ),
    Prediction(
        id="step_of_a_generator",
        question="A generator is called. When does the first line of its body run?",
        answer=choice("at the call", "at the first next", "when its last value is asked for"),
    ),
)
