"""What lesson 04b asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="all_at_place_0",
        question="Now every token is told that it stands at place 0. What does the model answer to the two orders of "
        "the sentence?",
        answer=choice(
            "the right animal to each, less surely", "hardly either animal, to both alike", "each time the wrong animal"
        ),
    ),
    Prediction(
        id="moved_by_700",
        question="Every token is told a place that is 700 too high, so the sentence begins at place 700. What becomes "
        "of the chances of dog and cat?",
        answer=choice("the same as before", "a little different", "lost, as with place 0"),
    ),
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
