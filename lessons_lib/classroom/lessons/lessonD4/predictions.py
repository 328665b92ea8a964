"""What D4 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice

ENGLISH, FRENCH = "from the English car", "from the voiture that it wrote itself"
PREDICTIONS = (
    Prediction(
        "whence_the_gender",
        "It has written la voiture and now writes verte, not vert. Where does it take from that the car is feminine?",
        choice(ENGLISH, FRENCH),
    ),
)
