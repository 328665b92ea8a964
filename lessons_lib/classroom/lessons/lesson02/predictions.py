"""What lesson 02 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        "tokens_of_strawberry",
        "The model gets the question below. How many tokens does it get for the word strawberry in it?",
        number(),
    ),
    Prediction(
        "met_once",
        "Shakespeare uses many different words. What share of them occurs only once?",
        number(unit="%"),
    ),
    Prediction(
        "er_after_be",
        "e r occurs 4 times in the cry. How often does it occur once b e has been merged everywhere?",
        choice("0", "1", "4"),
    ),
    Prediction(
        "same_cut",
        "From the left, take the longest token that fits, again and again. Is strawberry then cut as the merges cut "
        "it?",
        choice("the same cut", "another cut"),
    ),
)
