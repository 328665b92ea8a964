"""What lesson 00c asks before it shows it."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="slope_twice",
        question="The slope at 4 is 12. You compute the loss anew at the same place and call its backward. What is in "
        "grad then?",
        answer=number(),
    ),
    Prediction(
        id="against_counting",
        question="The trained model sees one letter and guesses the next. Will its loss on the names that it learned "
        "from be lower than the loss of counting pairs?",
        answer=choice("lower", "not lower"),
    ),
)
