"""What lesson 07 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="tokens_read",
        question="A prompt of 3 tokens, and 4 new ones are written by this loop. How many tokens does the model read "
        "in all its passes together?",
        answer=number(unit="tokens"),
    ),
    Prediction(
        id="old_notes",
        question="The text has grown from 13 tokens to 29. What has become of the keys that layer 12 makes for the "
        "first 13?",
        answer=choice("the same as before", "all a little different", "different near the end only"),
    ),
    Prediction(
        id="caches_as_heavy",
        question="SmolLM2's weights take 538 MB in 32 bits. A conversation of 1,000 tokens keeps 46 MB. From how many "
        "such conversations on do the caches together weigh more than the weights?",
        answer=number(unit="conversations"),
    ),
)
