"""What lesson 10 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="darkest_column",
        question="Which of these four sets the most switches in another way than Llama 3 8B?",
        answer=choice("gpt2", "gemma-2-2b", "llama-4-scout", "deepseek-v3"),
    ),
    Prediction(
        id="bias_without_rotation",
        question="A model without positions gets a bias: the same vector is added to all keys. What does that do to "
        "the shares of attention?",
        answer=choice("some keys gain, whatever is asked", "all shares come closer together", "nothing"),
    ),
    Prediction(
        id="short_test",
        question="The model's window is 7, the loader made it 8. We try texts of 6, 7, 8 and 41 tokens. How long must "
        "one be at least, for a difference to show?",
        answer=number(unit="tokens"),
    ),
)
