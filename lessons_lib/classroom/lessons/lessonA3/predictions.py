"""What appendix A3 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="line_to_mend",
        question="A cell calls `total`, which calls `longest`, which asks for `row.split()` of a number. Which line is "
        "to be mended?",
        answer=choice("the last one, with split", "the one in total", "the call in the cell"),
    ),
    Prediction(
        id="quiet_shape",
        question="`column` has shape [3, 1], `row` has shape [3]. How many numbers has `column - row`?",
        answer=number(unit="numbers"),
    ),
    Prediction(
        id="second_backward",
        question="The slope of a loss is 4. A second round computes the same loss again and calls backward, without "
        "`zero_grad`. What does `grad` say then?",
        answer=number(),
    ),
)
