"""What D4 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice

ENGLISH, FRENCH = "from the English car", "from la voiture, which it wrote itself"
PREDICTIONS = (
    Prediction(
        "whence_the_gender",
        "It has written la voiture and now writes verte, not vert. Where does it take from that the car is feminine?",
        choice(ENGLISH, FRENCH),
    ),
    Prediction(
        "whose_vector",
        "Model 0 looks at the with 0.98 when it writes voiture. It gets the's vector from the sentence with the house, "
        "and car's own vector stays. Which noun does it write?",
        choice("voiture", "maison"),
    ),
)
