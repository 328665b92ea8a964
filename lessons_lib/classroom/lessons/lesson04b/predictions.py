"""What lesson 04b asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice

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
)
