"""The quiz of lesson 12: answers that can be computed are computed."""

from lessons_lib.classroom.lessons.lesson12.my_adapter_bytes import my_adapter_bytes
from lessons_lib.classroom.lessons.lesson12.my_labels import my_labels
from lessons_lib.classroom.questions import Question


def _labels() -> str:
    return str(my_labels([1, 8, 3, 2, 1, 7, 5, 2], [1, 7], 2))


def _numbers() -> str:
    return f"{my_adapter_bytes([(400, 100)], 1, 4, 8):,.0f}"


QUIZ = (
    Question(
        text="A conversation has the ids 1 8 3 2 1 7 5 2. An answer opens with 1 7, a turn ends with 2. Which labels?",
        choices={
            "[-100, -100, -100, -100, -100, -100, 5, 2]": "There is one label fewer: nothing follows the last id.",
            "[-100, -100, -100, -100, -100, 5, -100]": "The end belongs to the answer: else nobody learns to stop.",
            "[-100, -100, -100, -100, -100, 5, 2]": "Right: place 5 reads 7 and names 5, place 6 reads 5 and names the "
            "end.",
            "[-100, -100, -100, -100, 7, 5, 2]": "7 is the end of the opening, which the template writes.",
        },
        answer=_labels,
    ),
    Question(
        text="Why is the user's part of a conversation read, although it is not learned?",
        choices={
            "The answer depends on it": "Right: it is looked at from the answer; only its labels are -100.",
            "So that all rows are of equal length": "They are filled up for that; this is another matter.",
            "The loss would be nan without it": "The answer's labels would still count.",
            "It is learned a little": "Its labels are -100: no slope comes from them.",
        },
        answer="The answer depends on it",
    ),
    Question(
        text="A matrix has 400 rows and 100 columns. How many numbers has its adapter of rank 4?",
        choices={
            "1,600": "That is B alone.",
            "160,000": "r * in * out counts nothing here: A has r * in numbers, and B out * r.",
            "40,000": "That is the matrix, which is frozen.",
            "2,000": "Right: A has 4 times 100 and B 400 times 4.",
        },
        answer=_numbers,
    ),
    Question(
        text="A tuned model answers `A dog is a tame wolf.` and then `TOPIC: animals`, and stops. It never says "
        "`ANSWER:`. Its last loss was low. Which fault fits?",
        choices={
            "The end token has the label -100": "Then it would not stop, and it does.",
            "The mask lies one place too far right": "Right: the first token of each card is not learned, and a low "
            "loss of the others does not show it.",
            "The user's words are learned too": "The whole card was learned with them: it would begin with ANSWER:.",
            "The rate was far too high": "Then no half of a card would be left.",
        },
        answer="The mask lies one place too far right",
    ),
    Question(
        text="The rank is doubled, and alpha stays. What is the factor of B A x now?",
        choices={
            "half of what it was": "Right: alpha / r.",
            "twice what it was": "r stands below the line.",
            "what it was": "Only if alpha is doubled too.",
            "a quarter of what it was": "r comes in once.",
        },
        answer="half of what it was",
    ),
    Question(
        text="Only the adapters of the upper ten of 30 layers learn. How far back does the backward pass go?",
        choices={
            "Through all layers": "Slopes are only followed down to the lowest number that learns.",
            "Through the adapters alone": "A slope of layer 20's adapter passes through the frozen matrices above it.",
            "Nowhere: frozen layers stop it": "A frozen matrix passes a slope on to its input; it only keeps none.",
            "Through the upper ten layers": "Right: nothing below them learns, so nobody asks for their slopes.",
        },
        answer="Through the upper ten layers",
    ),
    Question(
        text="What does merging an adapter cost, and what does it save?",
        choices={
            "The model becomes larger, and needs one step fewer for each token": "W + B A has the shape of W.",
            "It can't be taken off; two products a token are saved": "Right: it is a plain matrix again.",
            "The answers become worse, and the file smaller by a few megabytes": "It is the same function but for "
            "rounding; and W is as large as it was.",
            "It costs nothing and saves nothing": "It can be taken off no more, and A and B are not multiplied any "
            "more.",
        },
        answer="It can't be taken off; two products a token are saved",
    ),
    Question(
        text="A tuned model answers 19 of 20 held-out prompts in the right form. What does that say about its facts?",
        choices={
            "They are right in 19 cases": "No program looked at what the cards say.",
            "They got better": "The examples teach a form; they hold few facts.",
            "Nothing: they have to be measured too": "Right: the form was judged, and a card may hold nonsense.",
            "They stayed as they were": "Weights moved, and what they did before may have changed: see section 7.",
        },
        answer="Nothing: they have to be measured too",
    ),
)
