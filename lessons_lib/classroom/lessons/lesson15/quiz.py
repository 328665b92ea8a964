"""The quiz of lesson 15: answers that can be computed are computed."""

from lessons_lib.classroom.lessons.lesson15.expressions import EMPTY, byte, either, star, text, then
from lessons_lib.classroom.lessons.lesson15.my_derivative import my_derivative
from lessons_lib.classroom.questions import Question


def _after() -> str:
    expression = then(star(text("ab")), text("c"))
    rest = my_derivative(expression, ord("a"))
    names = {
        then(text("b"), star(text("ab")), text("c")): "b(ab)*c",
        then(star(text("ab")), text("c")): "(ab)*c",
        text("c"): "c",
        then(text("b"), text("c")): "bc",
    }
    return names[rest]


def _may_end() -> str:
    number = then(either(text("-"), EMPTY), byte(b"0123456789"), star(byte(b"0123456789")))
    found = []
    for written in ("", "-", "-4", "4"):
        rest = number
        for value in written.encode():
            rest = my_derivative(rest, value)
        if rest[0] == "star":
            found.append(written)
    return " and ".join(found)


QUIZ = (
    Question(
        text="What is the derivative of `(ab)*c` by the byte a?",
        choices={
            "(ab)*c": "That would forget that a b is due.",
            "bc": "After the b another ab may follow.",
            "b(ab)*c": "Right: what is left of this time, the star again, and c.",
            "c": "The star has begun, and its b is due.",
        },
        answer=_after,
    ),
    Question(
        text="The constraint is `-?[0-9]+`. After which of these may the end token come: nothing, -, -4, 4?",
        choices={
            "-4 and 4": "Right: behind a digit nothing is due any more.",
            "only -4": "The minus may be left out.",
            "after each of them": "Behind a minus a digit is due, and the empty text is no number.",
            "after none": "More digits may follow, but needn't: the model chooses.",
        },
        answer=_may_end,
    ),
    Question(
        text="Why do forbidden tokens get minus infinity, and not 0?",
        choices={
            "0 is no number for softmax": "It is a score like any other.",
            "It is faster": "The time is the same.",
            "So that the scores add up to 1": "Scores needn't; chances do.",
            "Softmax gives a score of 0 a chance": "Right: and where all scores lie below 0, it is more "
            "than what any allowed token has.",
        },
        answer="Softmax gives a score of 0 a chance",
    ),
    Question(
        text="A prompt was the best of twenty on 48 questions: 90% right. What is to be expected on new ones?",
        choices={
            "90%": "It was chosen because it did well on just these.",
            "Somewhat less, in the mean": "Right: part of being the best of twenty is luck with these questions.",
            "Somewhat more": "Nothing speaks for that.",
            "Nothing can be said": "An interval can, from questions that had no say in the choice.",
        },
        answer="Somewhat less, in the mean",
    ),
    Question(
        text="Under a JSON schema the model writes an age for a text that names none. What mends it?",
        choices={
            "A sharper pattern for numbers": "Any number that the pattern allows can be wrong.",
            "A lower temperature": "Our example was greedy already.",
            "A check by code that the value stands in the text": "Right: null was allowed in section 8, too, and our "
            "model did not take it.",
            "Telling the model not to lie": "That was not measured here; text is no guarantee.",
        },
        answer="A check by code that the value stands in the text",
    ),
)
