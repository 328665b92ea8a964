"""What lesson 03 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        "like_king",
        "Which of these rows is most like the row of ␣king?",
        choice("␣queen", "␣kings", "␣King", "␣prince"),
    ),
    Prediction(
        "hot_cold",
        "Which of the two is more like hot in GloVe?",
        choice("cold", "warm"),
    ),
    Prediction(
        "of_nine",
        "Nine sums that are often quoted, such as paris - france + italy = rome. How many come out in GloVe?",
        number(unit="of nine"),
    ),
)
