"""What lesson 17 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="continuous_steps",
        question="Two slots, and texts of 2, 8, 3, 2 and 5 tokens. In static batches they take 8 + 3 + 5 = 16 steps. "
        "If the next text takes a slot as soon as it is free, how many steps do all five take?",
        answer=number(unit="steps"),
    ),
    Prediction(
        id="whole_or_pieces",
        question="A prompt of 24 tokens, read whole in one step, or in pieces beside two texts that are being written. "
        "In which way is its own first token there after fewer steps?",
        answer=choice("whole", "in pieces", "the same"),
    ),
    Prediction(
        id="four_times_the_clients",
        question="A server has 8 slots. In place of 8 clients 32 ask at the same time. What happens to the tokens that "
        "it writes in a second, for all together?",
        answer=choice("about four times as many", "about as many", "about a quarter"),
    ),
)
