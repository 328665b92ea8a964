"""What D3 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice

PREDICTIONS = (
    Prediction(
        "harms_a_short_text",
        "All 512 tokens stand in their normal places: nothing needs stretching. Which rule harms the model most?",
        choice("linear", "llama3", "yarn"),
    ),
)
