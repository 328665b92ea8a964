"""What lesson 02b asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        "fewest_tokens",
        "Whose vocabulary needs the fewest tokens for the sentence below?",
        choice("GPT-2, 2019", "GPT-4, 2023", "Llama 4, 2025", "TinyLlama, 2023"),
    ),
    Prediction(
        "hindi_in_gpt2",
        "With GPT-2, how many times as many tokens does the article cost in Hindi as in English?",
        number(unit="times as many"),
    ),
    Prediction(
        "unbelievable",
        "How many of the seven cut unbelievable, at the start of a text, into un, believ and able?",
        number(unit="of 7"),
    ),
)
