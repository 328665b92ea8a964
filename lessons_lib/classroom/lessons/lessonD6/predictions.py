"""What D6 asks before it shows it."""

from lessons_lib.classroom.predictions import Prediction, choice

PREDICTIONS = (
    Prediction(
        id="size_or_steps",
        question="A model of 113,152 numbers learns for 120 steps, and one of 427,008 numbers, nearly four times as "
        "many, for 30. Both compute about the same. Which knows unread stories better?",
        answer=choice("the smaller model, for longer", "the larger model, for less long"),
    ),
)
