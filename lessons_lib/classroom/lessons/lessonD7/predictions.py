"""What D7 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        "the_other_riddle",
        "The suitcase was too small. In that sentence, where does head 3 of layer 16 look from it?",
        choice("at trophy, as before", "at suitcase", "at both alike"),
    ),
    Prediction(
        "heads_to_lose",
        "The eight heads that look most at im go off one after the other. After how many is the chance of im below one "
        "half?",
        number(unit="of 8 heads"),
    ),
)
