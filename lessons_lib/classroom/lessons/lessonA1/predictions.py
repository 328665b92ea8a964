"""What appendix A1 asks before it shows."""

from lessons_lib.classroom.predictions import Prediction, choice, number

PREDICTIONS = (
    Prediction(
        id="two_names",
        question="After `a = [1, 2]`, `b = a` and `b.append(3)`: how long is `a`?",
        answer=number(),
    ),
    Prediction(
        id="entries",
        question="A vocabulary holds `<unk>` and each word of this text once. How many entries has it?",
        answer=number(unit="entries"),
    ),
    Prediction(
        id="step_of_a_generator",
        question="The function `shouted`, which has a `yield`, is called. When does the first line of its body run?",
        answer=choice("at the call", "at the first next", "when its last value is asked for"),
    ),
    Prediction(
        id="second_tokenizer",
        question="`other = WordTokenizer(['dog', 'mouse'])` is a second tokenizer. The ids of 'the dog' by the first "
        "are [8, 3]. By `other`?",
        answer=choice("[8, 3]", "[0, 1]", "[0, 3]", "an error, since it does not know 'the'"),
    ),
    Prediction(
        id="bytes_of_cafe",
        question="The word café has four letters. How many bytes are they?",
        answer=number(unit="bytes"),
    ),
)
