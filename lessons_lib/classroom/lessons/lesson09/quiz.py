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


def slope_of_a_weight() -> str:
    chances, x = (0.2, 0.7, 0.1), (3.0, 1.0)
    return f"{(chances[1] - 1) * x[0]:.1f}"


def where_to_stop() -> str:
    unread = {"step 100": 3.4, "step 200": 2.9, "step 300": 3.1, "step 400": 3.8}
    return min(unread, key=unread.get)


def rate_at_the_end() -> str:
    from lessons_lib.training import flat_then_down

    return f"{flat_then_down(90, 100, warm_up=0.1, decay=0.5):.1f}"


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
        text="The last layer reads x = (3, 1) and gives three tokens the chances 0.2, 0.7 and 0.1. The second is "
        "right. What is the slope of the loss for the weight in the second row and the first column?",
        choices={
            "2.1": "0.7 times 3: the chance of the right token lacks its minus 1.",
            "-0.3": "That is the slope of the second score. The weight's is this times its x, 3.",
            "-0.9": "Error times input: (0.7 - 1) times 3. A step against it makes the weight larger.",
            "0.6": "0.2 times 3: that is the weight above it, in the first row.",
        },
        answer=slope_of_a_weight,
    ),
    Question(
        text="A resumed run shows at its first step exactly the loss that the killed run would have had. What does "
        "that prove about the optimisers' running means?",
        choices={
            "Nothing": "It is measured before they are used: a wrong mean shows in the second loss at the earliest.",
            "They were saved": "The loss of a batch depends on the weights and the rows alone.",
            "They were not needed": "From the second step on the losses differ without them.",
            "They are right if the batch is": "Weights and batch are right, and that is all it says.",
        },
        answer="Nothing",
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
        text="A run's losses at steps 100, 200, 300 and 400 are 2.9, 1.6, 0.8 and 0.3 on rows that it reads again and "
        "again, and 3.4, 2.9, 3.1 and 3.8 on text kept aside. Which saved state do you take?",
        choices={
            "step 400": "It knows best what it has read, by heart; of other text it knows least.",
            "step 200": "From there on the loss on unread text rises.",
            "step 300": "On unread text it is worse than a hundred steps before.",
            "step 100": "Both losses still fall after it: it has more to learn that holds for all text.",
        },
        answer=where_to_stop,
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
