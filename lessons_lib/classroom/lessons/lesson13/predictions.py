"""What lesson 13 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="untuned_loss",
        question="Before its first step the model is its own reference. What is the loss of DPO then?",
        answer=choice("0, as nothing has moved", "0.69 for every pair", "another number for each pair"),
    ),
    Prediction(
        id="liked_after",
        question="It learns from 32 pairs, each seen once. Before, the judge liked 2 of 20 answers to other questions. "
        "How many after?",
        answer=number(unit="answers"),
    ),
    Prediction(
        id="liked_by_copying",
        question="The same 16 steps with the second part alone: the liked answers are copied, as in lesson 12. How "
        "many of the 20 answers does the judge like then, beside both parts?",
        answer=choice("hardly more than before", "about half as many", "about as many"),
    ),
    Prediction(
        id="liked_answers_chance",
        question="DPO alone, for twice as many steps. The loss falls to nearly 0. What has become of the chance of the "
        "liked answers?",
        answer=choice("larger", "about the same", "smaller"),
    ),
)
