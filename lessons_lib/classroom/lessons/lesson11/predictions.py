"""What lesson 11 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="share_met",
        question="Scout's text model has about 108 billion learned numbers. How many percent of them take part when "
        "one token is scored?",
        answer=number(unit="%"),
    ),
    Prediction(
        id="half_a_score",
        question="On the output, a score of a half makes half of 3.52. On the input, the neuron reads 1 in place of 2. "
        "What does it answer?",
        answer=choice("half of it", "less than half of it", "more than half of it"),
    ),
    Prediction(
        id="after_three",
        question="Chunks of 8. From how many tokens has token 44, counted from 0, heard after three chunked layers, "
        "itself included?",
        answer=number(unit="tokens"),
    ),
    Prediction(
        id="batch_of_128",
        question="For one row, Scout and Maverick fetch equally much. Now 128 rows write a token each. How many times "
        "as much as Scout does Maverick fetch?",
        answer=number(unit="times"),
    ),
)
