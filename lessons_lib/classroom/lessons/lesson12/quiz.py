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
            "[-100, -100, -100, -100, -100, 5, 2]": "Right: place 5 reads 7 and names 5, place 6 reads 5 and names the "
            "end.",
            "[-100, -100, -100, -100, -100, 5, -100]": "The end belongs to the answer: else nobody learns to stop.",
            "[-100, -100, -100, -100, 7, 5, 2]": "7 is the end of the opening, which the template writes.",
        },
        answer=_labels,
    ),
    Question(
        text="Why is the user's part of a conversation read, although it is not learned?",
        choices={
            "So that all rows are of equal length": "They are filled up for that; this is another matter.",
            "The loss would be nan without it": "The answer's labels would still count.",
            "It is learned a little": "Its labels are -100: no slope comes from them.",
            "The answer depends on it": "Right: it is looked at from the answer; only its labels are -100.",
        },
        answer="The answer depends on it",
    ),
    Question(
        text="A matrix has 400 rows and 100 columns. How many numbers has its adapter of rank 4?",
        choices={
            "1,600": "That is B alone.",
            "2,000": "Right: A has 4 times 100 and B 400 times 4.",
            "160,000": "A and B are not as large as the matrix: only their product is.",
            "40,000": "That is the matrix, which is frozen.",
        },
        answer=_numbers,
    ),
    Question(
        text="Before the first step, how do the scores of a model with a fresh adapter differ from those without?",
        choices={
            "A little, by small random numbers": "A is random, but it is multiplied by B, which is zero.",
            "By alpha / r": "That is a factor of what is added, and zero times it is zero.",
            "It depends on the seed": "The seed draws A. What is added is zero all the same.",
            "Not at all": "Right: B is zero, so nothing is added.",
        },
        answer="Not at all",
    ),
    Question(
        text="The rank is doubled and alpha stays. By what is what A and B give multiplied now?",
        choices={
            "By twice as much": "r stands below the line.",
            "By half as much as before": "Right: alpha / r.",
            "By as much as before": "Only if alpha is doubled too.",
            "By a quarter": "r comes in once.",
        },
        answer="By half as much as before",
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
            "It makes the model larger and each step slower": "W + B A has the shape of W.",
            "It can no longer be switched off; each token saves the two thin products": "Right: it is a plain "
            "matrix again.",
            "It makes the answers worse": "It is the same function but for rounding.",
            "Nothing, and it saves nothing": "An adapter that is merged is no longer there to be taken off.",
        },
        answer="It can no longer be switched off; each token saves the two thin products",
    ),
    Question(
        text="A tuned model answers 19 of 20 held-out prompts in the right form. What does that say about its facts?",
        choices={
            "They are right in 19 cases": "No program looked at what the cards say.",
            "They got better": "The examples teach a form; they hold few facts.",
            "They stayed as they were": "Weights moved, and what they did before may have changed: see section 7.",
            "Nothing: they have to be measured too": "Right: the form was judged, and a card may hold nonsense.",
        },
        answer="Nothing: they have to be measured too",
    ),
)
