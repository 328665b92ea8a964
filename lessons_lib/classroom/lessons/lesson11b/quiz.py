"""The quiz of lesson 11b: answers that can be computed are computed."""

import torch

from lessons_lib.classroom.lessons.lesson11b.my_balance import my_balance
from lessons_lib.classroom.lessons.lesson11b.my_moving_bias import my_moving_bias
from lessons_lib.classroom.lessons.lesson11b.my_served import my_served
from lessons_lib.classroom.questions import Question


def _even_balance() -> str:
    chosen, scores = torch.tensor([[0], [1], [2], [3]]), torch.full((4, 4), 0.3)
    return f"{my_balance(chosen, scores):.0f}"


def _collapsed_balance() -> str:
    scores = torch.tensor([[1.0, 0, 0, 0, 0, 0, 0, 0]]).repeat(6, 1)
    return f"{my_balance(torch.zeros(6, 1, dtype=torch.long), scores):.0f}"


def _moved() -> str:
    scores = torch.tensor([[0.9, 0.1], [0.8, 0.2], [0.7, 0.6], [0.2, 0.9]])
    new = my_moving_bias(scores, torch.zeros(2), 1, 0.02)[2]
    return f"expert 0: {new[0]:+.2f}, expert 1: {new[1]:+.2f}".replace("-", "−")


def _dropped() -> str:
    chosen = [0] * 6 + [1, 2]
    return str(my_served(chosen, [0.1 * n for n in range(8)], 4, 1.5).count(False))


QUIZ = (
    Question(
        text="In a training step no word of the batch was sent to expert 5. What has a slope of the text's loss?",
        choices={
            "Its weights, not its row of the router": "It did not run, so the loss does not depend on its weights.",
            "Its row of the router, not its weights": "Its score counted in no answer. (AdamW may move the row all the "
            "same, by decay and earlier slopes.)",
            "Neither": "Right. A balancing loss does reach the row.",
            "Both, a small one": "A slope that is not there is not small.",
        },
        answer="Neither",
    ),
    Question(
        text="Four experts are equally busy, and all scores are 0.3. What is the balancing loss?",
        choices={
            "1": "Right: f and P are a quarter each, and 4 times 4 times 1/16 is 1.",
            "0": "Even work is its usual level, and that is not 0.",
            "0.3": "The scores are first made to add up to 1.",
            "4": "That is about what one expert that takes everything makes of it.",
        },
        answer=_even_balance,
    ),
    Question(
        text="Eight experts. One takes all words, with score 1, and all other scores are 0. The balancing loss is",
        choices={
            "1": "That is even work.",
            "2": "f and P are both 1 for this expert. Times what?",
            "64": "E comes in once.",
            "8": "Right: E times 1 times 1.",
        },
        answer=_collapsed_balance,
    ),
    Question(
        text="Why does the balancing loss need P, when f already says who is busy?",
        choices={
            "f is a count and has no slope": "Right: P has one, and f says how hard to push.",
            "f can be larger than 1": "With one expert a word it is a share.",
            "P says which expert is the best": "It says how much an expert is liked on the mean.",
            "f is not known until the end of the run": "It is counted in every step.",
        },
        answer="f is a count and has no slope",
    ),
    Question(
        text="Two experts had 3 and 1 words of a step. Speed 0.02. How do their biases move?",
        choices={
            "expert 0: −0.04, expert 1: +0.04": "The distance from the mean does not count, only its sign.",
            "expert 0: −0.02, expert 1: +0.02": "Right: the busy one goes down, the other up, by the speed.",
            "expert 0: +0.02, expert 1: −0.02": "Then the busy one would be chosen more often still.",
            "expert 0: −0.02, expert 1: +0.00": "Those with less than the mean go up.",
        },
        answer=_moved,
    ),
    Question(
        text="With a moving bias, by what is the token multiplied that Llama 4's chosen expert reads?",
        choices={
            "by the score plus the bias": "Then the bias would change what is computed, and not only by whom.",
            "by the bias": "That would forget how well the two suit.",
            "by nothing": "The score still counts; without it the router would not learn.",
            "by the score alone": "Right: the bias counts only where experts are chosen.",
        },
        answer="by the score alone",
    ),
    Question(
        text="Eight tokens, four experts, a capacity factor of 1.5. Six tokens choose expert 0, one each the experts 1 "
        "and 2. How many tokens are dropped?",
        choices={
            "0": "There are twelve places, but only three of them are with expert 0.",
            "2": "Count the places of one expert: 1.5 times 8, divided by 4.",
            "3": "Right: expert 0 has three places for six tokens. The empty places of others don't help.",
            "6": "Expert 0 serves as many as it has places.",
        },
        answer=_dropped,
    ),
    Question(
        text="How much did the word alone tell about its expert in the untrained model?",
        choices={
            "As much as nothing": "A random router is fixed: the same word comes with a similar vector each time.",
            "Less than in the trained one, but more than nothing": "Right, in every layer: part of the order is there "
            "before anything is learned.",
            "More than in the trained one": "Compare the two rows of the table in section 4.",
            "Everything": "In a layer a word's vector also holds what attention brought from other words.",
        },
        answer="Less than in the trained one, but more than nothing",
    ),
)
