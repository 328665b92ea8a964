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
        text="In a training step of a Llama 4 no word of the batch was sent to expert 5. What has a slope of the "
        "text's loss?",
        choices={
            "Its weights, not its row of the router": "It did not run, so the loss does not depend on its weights.",
            "Its row of the router, not its weights": "Its score, a sigmoid of its own, counted in no answer. "
            "(AdamW may move the row all the same, by decay and earlier slopes.)",
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
            "4": "That is what one expert makes of it that takes everything with all the score.",
        },
        answer=_even_balance,
    ),
    Question(
        text="Eight experts. One takes all words, with score 1, and all other scores are 0. The balancing loss is",
        choices={
            "1": "That is even work, or scores that hardly differ.",
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
            "by the bias": "That would forget the score.",
            "by nothing": "The score still counts; without it the router would not learn.",
            "by the score alone": "Right: the bias counts only where experts are chosen.",
        },
        answer="by the score alone",
    ),
    Question(
        text="Eight tokens, four experts, each with places for 1.5 times its even share. Six tokens choose expert 0, "
        "one each the experts 1 and 2. How many tokens are dropped?",
        choices={
            "0": "There are twelve places, but only three of them are with expert 0.",
            "2": "Count the places of one expert: 1.5 times 8, divided by 4.",
            "3": "Right: expert 0 has three places for six tokens. The empty places of others don't help.",
            "6": "Expert 0 serves as many as it has places.",
        },
        answer=_dropped,
    ),
    Question(
        text="How much did a word's *kind* (thing, place, ...) tell about its expert in the untrained models?",
        choices={
            "Next to nothing": "Right: a few points at most. The single word told more: a random router is "
            "fixed, and the same word often comes to it alike.",
            "As much as in the trained one": "In the trained one it tells many times as much.",
            "As much as the word itself": "Compare the two rows in section 4.",
            "Nearly everything": "Then the experts would have their kinds before training.",
        },
        answer="Next to nothing",
    ),
    Question(
        text="All shared experts silent at once hurt more than all routed ones. One layer at a time, the routed were "
        "missed more in each. What follows?",
        choices={
            "The shared experts are the more important ones": "In each single layer it is the other way round.",
            "Who is missed more depends on how much is silenced": "Right: and how a model trained without them would "
            "do, neither number says.",
            "One of the two counts is wrong": "Both are losses of the same model; they answer two questions.",
            "A model without routed experts would learn as well": "Silencing says nothing of a model that learned so.",
        },
        answer="Who is missed more depends on how much is silenced",
    ),
    Question(
        text="Somebody raced three mixtures against one dense model and shows you only the best, ahead by a hair. What "
        "do you ask for?",
        choices={
            "More digits": "The hair stays a hair; luck is in the seeds and in the choice.",
            "A larger dense model": "That would be another question.",
            "The other two, and a second race of the best": "Right: the best of three was chosen after the race, with "
            "its luck.",
            "Nothing: its bar misses zero": "Of several bars one misses zero by luck more easily than of one.",
        },
        answer="The other two, and a second race of the best",
    ),
    Question(
        text="A layer's chunks have 16 words, and the cache keeps room for 64 more than the next word may look back "
        "to. How many keys does it keep of a text of 10,000 words?",
        choices={
            "10,000": "So many the far layer keeps.",
            "16": "The room to spare is missing; and of its chunk a word looks back to 15 others.",
            "79": "Right: 15 and 64, however long the text.",
            "640": "Nothing is multiplied here.",
        },
        answer="79",
    ),
)
