"""What lesson 08 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="leaked",
        question="2,026 conversations are shuffled and a tenth is set aside as a test. Of 100 test "
        "conversations, how many stand word for word among those for training?",
        answer=number(unit="of 100"),
    ),
    Prediction(
        id="after_copies",
        question="All copies are gone. 899 conversations are shuffled and a tenth is set aside again. Has any test "
        "conversation something in common with those for training?",
        answer=choice(
            "no, each stands there once", "a few share their question", "about a quarter share their question"
        ),
    ),
    Prediction(
        id="true_candidates",
        question="Signatures in 32 bands of 4 name 57 pairs out of 403,651 as candidates. How many of them are at "
        "least 70% alike?",
        answer=number(unit="pairs"),
    ),
    Prediction(
        id="gopher_keeps",
        question="A lab's ten rules for good web pages are put to our 899 conversations. How many do they keep?",
        answer=number(unit="conversations"),
    ),
)
