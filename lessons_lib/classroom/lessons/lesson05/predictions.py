"""What lesson 05 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="share_of_attention",
        question="A block's learned numbers are in its attention and in its feed-forward network (and a few in two "
        "norms). How many percent are in attention, in SmolLM2?",
        answer=number(unit="%"),
    ),
    Prediction(
        id="rewriting_at_three",
        question="Every part replaces the vector by what it computes. The factor is 0.5, then 1, then 2. What becomes "
        "of the gradient on its way to the first part?",
        answer=choice("vanishing at all three", "vanishing at one, exploding at another", "much the same at all three"),
    ),
    Prediction(
        id="who_moves",
        question="In the model of 2017 another word stands at the end of the source. At which of the five places of "
        "the target do the scores change?",
        answer=choice("all five", "the last", "none"),
    ),
)
