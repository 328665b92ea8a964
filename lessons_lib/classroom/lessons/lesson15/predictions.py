"""What lesson 15 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="review_shots",
        question="Under a constraint and without examples the model calls 47 of 48 reviews negative; 24 are. Now it "
        "sees four examples first, two of each kind. What does it say?",
        answer=choice("about half and half", "still nearly always negative", "nearly always positive"),
    ),
    Prediction(
        id="tokens_at_first",
        question="The constraint is `-?[0-9]+( C)?`, and nothing is written yet. Of the 49,152 tokens of the "
        "vocabulary, how many may come?",
        answer=number(unit="tokens"),
    ),
    Prediction(
        id="capital",
        question="What is the capital of France? The model may answer Paris, Rome or Berlin, and nothing else; each "
        "time the best allowed token is taken. What does it say?",
        answer=choice("Paris", "Rome", "Berlin"),
    ),
)
