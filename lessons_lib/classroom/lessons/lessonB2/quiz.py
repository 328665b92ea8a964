"""The quiz of appendix B2: answers that can be computed are computed."""

from lessons_lib.classroom.questions import Question


def _written() -> str:
    gate, up, column = -0.25, 8.0, 0.5
    return "downwards" if gate * up * column < 0 else "upwards"


def _together() -> str:
    alone, joint = (0.3, 0.2, 0.1), 3.0
    return f"{joint / sum(alone):.0f} times the sum: they seem to cover for each other"


def _lens() -> str:
    a, b = 3.0, 2.0  # the stream; the gain is 1 and 2
    return "blue" if 1 * a * 1 > 2 * b * 1 else "grey"


QUIZ = (
    Question(
        text="The stream is (3, 2), the last norm's gain (1, 2). The row of blue is (1, 0), that of grey (0, 1). Which "
        "does the lens put first?",
        choices={
            "blue": "That is without the gain: 3 against 2.",
            "grey": "Right: behind the gain (3, 4) is left, up to a length that changes no order.",
            "both alike": "3 times 1 against 2 times 2, both divided by the same length.",
        },
        answer=_lens,
    ),
    Question(
        text="The lens puts Paris at place 15,000 at some token behind 12 layers. What follows?",
        choices={
            "The numbers there don't yet say that it is about France.": "Section 6 has the counterexample: those at "
            "the country decide the answer, and the lens sees no capital in them.",
            "The last norm and the head don't read Paris there.": "Right. What the layers still to come read there, "
            "the lens can't say.",
            "Layer 12 has not understood the question.": "The lens reads one state with a head made for another.",
        },
        answer="The last norm and the head don't read Paris there.",
    ),
    Question(
        text="A neuron of a gated layer has the column 0.5 for the word her. Its gate, bent by SiLU, gives -0.25 "
        "here, and up gives 8. Which way does it push her?",
        choices={
            "upwards": "The column is above 0, but it is multiplied by -0.25 x 8 = -2.",
            "downwards": "Right: -0.25 x 8 x 0.5 = -1.",
            "not at all: the gate is closed": "SiLU lets a little through below 0, and up multiplies it.",
        },
        answer=_written,
    ),
    Question(
        text="Three heads cost 0.3, 0.2 and 0.1 alone, and 3 when all three are off. What does that say?",
        choices={
            "5 times the sum: they seem to cover for each other": "Right: where one is off, others may do its work.",
            "The single prices were measured wrongly.": "Both can be right: prices need not add up.",
            "The three heads do nothing.": "Together they cost 3.",
        },
        answer=_together,
    ),
    Question(
        text="A state of another run is put in, and the old answer is gone. With random numbers in its place the old "
        "answer goes as well. What has the patch shown so far?",
        choices={
            "That the old answer was made there.": "It may only have passed through, or anything wrong there spoils "
            "the run.",
            "Nothing at all.": "That the run can't do without it is something.",
            "That something there is needed; what it says is open.": "Right. If the other run's answer comes, and with "
            "random numbers it does not, that says more.",
        },
        answer="That something there is needed; what it says is open.",
    ),
    Question(
        text="A vector made of glad and sad sentences makes a model say good more often. Which test asks whether it is "
        "about mood and nothing else?",
        choices={
            "a random vector as long": "That shows that direction matters, and not which meaning it has.",
            "other beginnings, kept back": "That shows that it holds beyond those it was made of.",
            "vectors from sentences that differ in something else": "Right: if food less war does it too, the name is "
            "too narrow.",
        },
        answer="vectors from sentences that differ in something else",
    ),
)
