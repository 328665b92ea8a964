"""The quiz of lesson 09: answers that can be computed are computed."""

import math

from lessons_lib.classroom.questions import Question


def loss_at_the_start() -> str:
    return f"{math.log(50_000):.1f}"


def places_named() -> str:
    return f"{8 * (113 - 1)}"


def first_adam_move() -> str:
    g, lr = 50.0, 0.01
    m, v = 0.1 * g / (1 - 0.9), 0.05 * g**2 / (1 - 0.95)
    return f"{lr * m / v**0.5:.2f}"


def mean_by_tokens() -> str:
    return f"{(90 * 1.0 + 10 * 5.0) / 100:.1f}"


def rate_at_the_end() -> str:
    from lessons_lib.training import flat_then_down

    return f"{flat_then_down(90, 100, warm_up=0.1, decay=0.5):.1f}"


def cut_gradient() -> str:
    return f"{8.0 / 10.0:.1f}"


def better_vocabulary() -> str:
    bits = {
        "Model A: 2.0 nats a token, 4 bytes a token": 2.0 / 4,
        "Model B: 1.5 nats a token, 2 bytes a token": 1.5 / 2,
        "Model C: 3.6 nats a token, 6 bytes a token": 3.6 / 6,
    }
    return min(bits, key=bits.get)


QUIZ = (
    Question(
        text="A model of 50,000 tokens has weights fresh from the random generator. What loss, in nats, does its first "
        "batch have?",
        choices={
            "0.0": "That would be a model that is sure and right.",
            "1.0": "e tokens to choose between; it has many more.",
            "50,000": "That is its perplexity. The loss is the logarithm.",
            "10.8": "ln 50,000: it knows nothing, and all tokens have about the same chance.",
        },
        answer=loss_at_the_start,
    ),
    Question(
        text="A batch has 8 rows of 113 ids, and nothing in it is ignored. How many guesses does one step learn from?",
        choices={
            "8": "One a row would waste the rest: every place is asked.",
            "896": "112 places a row read something and have a next token.",
            "904": "The last id of a row is only named: nothing follows it here.",
            "112": "That is one row's.",
        },
        answer=places_named,
    ),
    Question(
        text="At the first step of AdamW a number has the gradient 50; the learning rate is 0.01. How far does it go, "
        "decay aside?",
        choices={
            "0.01": "The running mean divided by the root of the squares' is 1, whatever the size of the gradient.",
            "0.50": "That is the plain step, rate times gradient.",
            "0.05": "0.01 times the running mean, 5: not corrected, and not divided by the root of the squares.",
            "5.00": "0.1 times the gradient: a tenth of it is what the running mean gets. The rate is 0.01.",
        },
        answer=first_adam_move,
    ),
    Question(
        text="What does Muon change in the running mean of a matrix's gradients?",
        choices={
            "It keeps only the sign of each number": "That is Lion, in the stretch exercise.",
            "It divides each number by the root of its squares' mean": "That is AdamW.",
            "It brings all singular values near 1 and keeps the directions": "Weak directions then move as far as "
            "strong ones.",
            "It shrinks the whole matrix to length 1": "That is clipping. The strongest direction would still decide.",
        },
        answer="It brings all singular values near 1 and keeps the directions",
    ),
    Question(
        text="A batch is worked off in two parts: 90 labels with a mean loss of 1, and 10 labels with a mean of 5. The "
        "batch's loss is",
        choices={
            "3.0": "The mean of the means: ten labels count as much as ninety.",
            "1.4": "(90 · 1 + 10 · 5) / 100.",
            "6.0": "The sum of the means.",
            "1.0": "The larger part alone.",
        },
        answer=mean_by_tokens,
    ),
    Question(
        text="100 steps, the first tenth up, the last half down to 0. What share of the learning rate has step 90, "
        "counted from 0?",
        choices={
            "1.0": "It has been falling since step 50.",
            "0.1": "Ten of a hundred steps are left, but the way down is fifty long.",
            "0.5": "That was at step 75.",
            "0.2": "Ten of the fifty steps of the way down are left.",
        },
        answer=rate_at_the_end,
    ),
    Question(
        text="A gradient has two numbers, 6 and 8. Gradients longer than 1 are cut to 1. What becomes of the 8?",
        choices={
            "0.8": "The length is 10, and all numbers are divided by it: the direction stays.",
            "1.0": "Cutting each number by itself would change the direction.",
            "8.0": "Its length is 10, more than 1.",
            "0.6": "That is what becomes of the 6.",
        },
        answer=cut_gradient,
    ),
    Question(
        text="Three models read the same text. Which one guesses it best?",
        choices={
            "Model C: 3.6 nats a token, 6 bytes a token": "0.60 nats a byte.",
            "Model B: 1.5 nats a token, 2 bytes a token": "0.75 nats a byte: its tokens are short and so easier.",
            "Model A: 2.0 nats a token, 4 bytes a token": "0.50 nats a byte, the least.",
            "Nothing can be said across vocabularies": "Not by the loss a token; by the loss a byte, yes.",
        },
        answer=better_vocabulary,
    ),
)
