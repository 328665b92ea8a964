"""What D3 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice

ALL, SLOW = "halving all 32", "halving only the slow 12"
PREDICTIONS = (
    Prediction(
        "harms_a_short_text",
        "All 512 tokens stand in their normal places: nothing needs stretching. What harms the model there?",
        choice(ALL, SLOW, "both", "neither"),
    ),
)
