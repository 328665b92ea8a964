"""What lesson 04b asks the reader to say in their own words."""

from lessons_lib.classroom.words import InYourWords

WORDS = (
    InYourWords(
        id="why_positions",
        question="Why does a model need to be told where its tokens stand? What does it know of the order without "
        "that?",
        answer="A look is a weighted sum over tokens, and a sum does not depend on their order. A causal mask helps a "
        "little: tokens in the middle see different pasts, and from the second layer on a later token can read that "
        "off them. The model here was trained with positions: at place 0 it gave two orders one answer.",
        section="1. One look loses the order",
    ),
    InYourWords(
        id="added_or_turned",
        question="Name two ways to say positions by adding and one by turning. What does each do with a text longer "
        "than any in training?",
        answer="A learned table has no row beyond its end, so the model stops there. A sinusoidal pattern and a "
        "rotation have a value for every place; but the model has not learned what far places or far distances mean. "
        "The first two are added once, below the first layer; the rotation acts on queries and keys in every layer.",
        section="3. Sinusoidal positions: a clock with many hands",
    ),
    InYourWords(
        id="only_the_distance",
        question="Why does the score of two turned arrows depend on the difference of their places alone?",
        answer="A dot product depends on the two lengths and on the angle between the arrows. Turning keeps the "
        "lengths. The query is turned by its place times a fixed angle and the key by its own place times that angle, "
        "so the angle between them changes by the difference of the places times it.",
        section="4. Rotary positions: turn queries and keys",
    ),
)
