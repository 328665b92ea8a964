"""The quiz of lesson 13b: answers that can be computed are computed."""

import torch

from lessons_lib.classroom.lessons.lesson13b import recorded
from lessons_lib.classroom.lessons.lesson13b.my_grpo_loss import my_grpo_loss
from lessons_lib.classroom.questions import Question


def _brought() -> str:
    _, runs = recorded.of("GRPO")
    return f"{100 * (sum(run.told.greedy for run in runs) / len(runs) - recorded.before().greedy):.0f}"


def _which_has_a_slope() -> str:
    found = []
    for name, ratio, advantage in (("A", 1.5, 1.0), ("B", 0.5, -1.0), ("C", 1.5, -1.0)):
        policy = torch.tensor([[ratio]]).log().requires_grad_()
        my_grpo_loss(policy, torch.zeros(1, 1), torch.tensor([advantage]), torch.tensor([[True]]), 0.2).backward()
        if policy.grad.abs().item() > 0:
            found.append(name)
    return " and ".join(found)


QUIZ = (
    Question(
        text="Before training 34% are right if drawn at random and 54% greedily; afterwards 86% and 96%. You always "
        "take the likeliest character. How many points has the training brought you?",
        choices={
            "62": "That is greedy after against random before, and counts what greedy decoding had already.",
            "52": "That is random against random. You don't draw at random.",
            "42": "Right: greedy against greedy.",
            "20": "That is what greedy decoding brought before any training.",
        },
        answer=_brought,
    ),
    Question(
        text="What does a baseline change?",
        choices={
            "How much single draws scatter": "Right: the slopes of ln p alone have the mean 0, so a baseline falls out "
            "of the mean.",
            "The direction in which the model goes in the mean": "The mean stays what it was.",
            "The reward that the judge gives": "It is taken away afterwards.",
            "The length of the answers": "Nothing in it asks for length.",
        },
        answer="How much single draws scatter",
    ),
    Question(
        text="Epsilon is 0.2. A: ratio 1.5, advantage 1. B: ratio 0.5, advantage −1. C: ratio 1.5, advantage −1. For "
        "which does the loss still push?",
        choices={
            "A": "It has become likelier by more than 1.2 already, as wanted: clipped.",
            "B": "It has become unlikelier already, as wanted: clipped.",
            "A and B": "Both have gone far in the wanted direction: clipped.",
            "C": "Right: a worse answer has become likelier. It must be able to come back.",
        },
        answer=_which_has_a_slope,
    ),
    Question(
        text="Before training the model solves no problem of a certain kind in a thousand answers. What does GRPO "
        "learn from such problems?",
        choices={
            "The most, as they are the hardest": "Every answer gets the reward 0, so every advantage is 0.",
            "Nothing": "Right: where all of a group fail, all advantages are 0.",
            "To answer shorter": "Nothing is paid for it.",
            "The right answer, from the judge": "The judge never says what the right answer is.",
        },
        answer="Nothing",
    ),
    Question(
        text="After training by reward, the model of this lesson is right far more often. What has changed most?",
        choices={
            "It adds better": "When it works a sum out, it is right in 88 to 91%, and was in 85% before, with a "
            "standard error of 3 points: that is little or nothing.",
            "It has learned the held-out sums by heart": "It was never asked one of them while it learned.",
            "It works sums out that it used to guess": "Right: a habit that it had already, one time in four.",
            "It draws less at random": "Greedy decoding before did not come near it.",
        },
        answer="It works sums out that it used to guess",
    ),
    Question(
        text="The reward of a run rises and rises. What shows whether the model gets better at what you want?",
        choices={
            "A measure that is not paid": "Right, and answers that you read: a hole in the reward shows in neither the "
            "loss nor the reward.",
            "The loss": "At a ratio of 1 its value depends on advantages and lengths alone.",
            "The reward itself, if it rises for long enough": "So it did with the test that checks one side.",
            "The length of the answers": "It rises where thinking helps, and says nothing of whether it does.",
        },
        answer="A measure that is not paid",
    ),
)
