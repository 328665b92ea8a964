"""What lesson 04 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        "where_it_looks",
        "One head reads the last Qu of the sentence. Which token does it look at?",
        choice("Mrs, the token before it", "the first Qu", "im, which followed the first Qu", "the full stop"),
    ),
    Prediction(
        "note_reach",
        "A name, then 1, 2, 4, 8 or 16 other words. Up to how many do all eight networks remember the name?",
        choice("2", "4", "8", "16"),
    ),
    Prediction(
        "best_of_64",
        "A random query of 64 numbers and 64 random keys, scores as they are. Which share does softmax give to the "
        "best key, on average?",
        number(unit="%"),
    ),
    Prediction(
        "which_head",
        "Switch one of these heads off. Without which is im least likely to follow the last Qu?",
        choice(
            "layer 18, head 6: gives im 0.98",
            "layer 17, head 3: gives im 0.62",
            "layer 16, head 0: looks one token back",
        ),
    ),
)
