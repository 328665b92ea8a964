"""What lesson 04c asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, number

PREDICTIONS = (
    Prediction(
        id="bytes_of_a_token",
        question="SmolLM2 has 30 layers with 9 query heads and 3 key/value heads of 64 numbers, 4 bytes each. How many "
        "bytes does it keep for one token?",
        answer=number(unit="bytes"),
    ),
    Prediction(
        id="looking_is_dearer",
        question="A layer of SmolLM2: C = 576, H = 9 query heads and G = 3 key/value heads of D = 64 numbers, F = "
        "1,536. At how many keys does a token's looking cost as much as all matrices of the layer?",
        answer=number(unit="keys"),
    ),
)
