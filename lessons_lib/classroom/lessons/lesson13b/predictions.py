"""What lesson 13b asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="worked_among_right",
        question="About one answer in four is worked out. Of those 85% are right, of the guesses 18%. If you keep the "
        "right answers alone, how many of them are worked out?",
        answer=number(unit="%"),
    ),
    Prediction(
        id="worked_after",
        question="Now 80 steps, paid for the last number alone. How many answers to new sums are worked out then?",
        answer=number(unit="%"),
    ),
    Prediction(
        id="right_after_hole",
        question="The test pays for any last number that is not smaller than the sum. What becomes of the answers in "
        "40 steps?",
        answer=choice(
            "as many right ones as with the real judge",
            "fewer right ones than that, but more than before",
            "next to no right ones",
        ),
    ),
)
