"""The quiz of appendix B1: answers that can be computed are computed."""

import math

from lessons_lib.classroom.questions import Question


def _left() -> str:
    return f"{100 * math.exp(-0.05 * 28):.0f}%"


def _delta() -> str:
    held, value, beta = 8, 4, 0.25
    return f"{held + beta * (value - held):g}"


def _chunks() -> str:
    K = V = 64
    n, tokens = 128, 1024
    return f"{(n * (K + V) + 2 * K * V) / (2 * K * V):g} times as many, {tokens // n} in line"


def _kept() -> str:
    tokens, state = 500, 1000
    return f"{(3 * state + tokens) / (4 * tokens):g} times as much"


QUIZ = (
    Question(
        text="A state fades by g = -0.05 at each token. How much of what was written is left after 28 tokens?",
        choices={
            "25%": "Right: exp(-0.05 x 28) is 0.247. Half is left after 14, and half of that after 28.",
            "5%": "Each token leaves 95%, so 28 tokens leave 0.95 multiplied by itself 28 times.",
            "nothing": "It fades by a factor each time, and a factor above 0 leaves something.",
        },
        answer=_left,
    ),
    Question(
        text="Under a key of length 1 the state says 8. The delta rule writes the value 4 there with beta = 0.25. What "
        "does it say then?",
        choices={
            "9": "That is a sum of 8 and a quarter of 4. The difference to 8 is written.",
            "4": "That is with beta = 1, the whole difference.",
            "7": "Right: a quarter of the way from 8 to 4.",
        },
        answer=_delta,
    ),
    Question(
        text="In Mamba-2, what does a token do that makes its step dt very small?",
        choices={
            "It clears the state.": "That is a large step: exp(dt A) is near 0 then, and dt x is large.",
            "It passes by: little fades, and little is written.": "Right: exp(dt A) is near 1, and dt x near 0.",
            "It writes the whole token, and nothing that was there fades.": "One step does both: neither is had alone.",
        },
        answer="It passes by: little fades, and little is written.",
    ),
    Question(
        text="K = V = 64, and 1,024 tokens are read in chunks of 128. How many multiplications does a token take, "
        "against steps, and how many chunks wait in line?",
        choices={
            "128 times as many, 8 in line": "A chunk's 128 x (K + V) stand beside the 2 K V of steps.",
            "3 times as many, 8 in line": "Right: 128 x 128 + 8,192 = 24,576, against 8,192.",
            "3 times as many, 128 in line": "128 is how many tokens of a chunk are taken at once.",
        },
        answer=_chunks,
    ),
    Question(
        text="Three of a hybrid's four layers have a state, each as large as 1,000 tokens' keys and values; the fourth "
        "has attention. With 500 tokens, what does it keep, against four layers with attention?",
        choices={
            "0.25 times as much": "That is its share for texts so long that the states no longer count.",
            "1.75 times as much": "Right: 3 x 1,000 + 500 = 3,500 against 4 x 500 = 2,000. States pay from 1,000 on.",
            "2 times as much": "That is one state against one cache. The fourth layer keeps as much as before.",
        },
        answer=_kept,
    ),
    Question(
        text="A server has read a prompt of 500 tokens into the states of a hybrid. The next prompt begins with 400 of "
        "these. What can it reuse?",
        choices={
            "all 400: its states are cut back to that length": "Keys can be cut back. A state holds all 500, mixed.",
            "the layers with attention alone": "The next layers read what those with a state give.",
            "nothing, unless a copy was made at 400": "Right: a state knows no earlier self.",
        },
        answer="nothing, unless a copy was made at 400",
    ),
)
