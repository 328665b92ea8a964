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
    InYourWords(
        id="why_share_heads",
        question="Why do query heads share keys and values, and why is it not the queries that are shared?",
        answer="Keys and values of all earlier tokens are kept while a model writes, queries are used once. That store "
        "grows with the text and with the number of key and value heads, so fewer of these save memory; many query "
        "heads still allow many different looks.",
        section="6. Heads that share",
    ),
    InYourWords(
        id="cost_of_a_long_text",
        question="A text grows to twice its length. What happens to the work of one layer and to the table of scores?",
        answer="The matrices do twice the work, since each token passes through them once. Looking at the whole past "
        "takes four times the multiplications and, held as a whole, the table has four times the entries. Which of the "
        "two is dearer depends on the length and on the model: for one token of SmolLM2 they are equal at 3,072 keys. "
        "With a window, looking grows no faster than the text once the window is full: in Mistral 7B it stays under a "
        "sixth of the matrices.",
        section="8. What it costs",
    ),
)
