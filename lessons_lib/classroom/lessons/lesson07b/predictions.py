"""What lesson 07b asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="most_tokens",
        question="SmolLM2's weights are 538 MB in 32 bits. A machine fetches 20 GB a second from memory. How many "
        "tokens a second can it write at most, one a pass?",
        answer=number(unit="tokens a second"),
    ),
    Prediction(
        id="small_weight",
        question="Among eight weights one is -12.7, and the scale is 0.1. What becomes of the weight 0.02 when it is "
        "rounded and turned back?",
        answer=choice("0.02", "0.1", "0"),
    ),
    Prediction(
        id="tokens_of_a_pass",
        question="The text is a b c a b. The draft guesses c a. The model, reading b c a, would itself write c, d and "
        "e behind these. How many new tokens does this pass bring?",
        answer=number(unit="tokens"),
    ),
)
