"""The quiz of lesson 00: answers that can be computed are computed."""

import numpy as np

from lessons_lib.classroom.lessons.lesson00.shared import KNOB, WARMER
from lessons_lib.classroom.lessons.lesson00.spam import MESSAGES, SPAM
from lessons_lib.classroom.lessons.lesson00.train import my_train
from lessons_lib.classroom.questions import Question


def after_one_step() -> str:
    slope, rate, number = -4, 0.1, 0
    return f"{number - rate * slope:.1f}"


def at_rate_six_tenths() -> str:
    losses = [
        np.mean((a * KNOB + b - WARMER) ** 2)
        for a, b, _ in (my_train(KNOB, WARMER, 5.0, 0.0, 0.6, steps) for steps in range(5))
    ]
    return "It grows from step to step" if all(np.diff(losses) > 0) else "It falls, only faster"


def where_a_stands() -> str:
    kinds = {kind for message, kind in MESSAGES if "a" in message.lower().split()}
    return (
        "In these 20 messages it occurs in spam only" if kinds == {SPAM} else "The word is typical of spam in general"
    )


def best_flat_line() -> str:
    return f"{np.mean(WARMER):.0f}"


QUIZ = (
    Question(
        "A number stands at 0, its slope is -4, the learning rate is 0.1. Where does it stand after one step?",
        {
            "-0.4": "That is one step uphill. A negative slope says that the loss falls as the number grows.",
            "0.4": "0 minus 0.1 times -4: against the slope, by a tenth of it.",
            "-4": "That is the slope, which says how fast the loss changes. The step is a share of it, with "
            "the sign turned.",
            "4": "The step is a share of the slope, not all of it: multiply by the learning rate.",
        },
        after_one_step,
    ),
    Question(
        "The shower's line starts at a = 5, b = 0. What does the loss do with a learning rate of 0.6?",
        {
            "It falls, only faster": "At 0.2 that is so. At 0.6 each step for a jumps over the best place and "
            "lands farther off than before.",
            "It stays where it is": "That is 0.5 after the first step, where a lands as far off on the other side.",
            "It grows from step to step": "Each step takes a beyond 3, to a place farther off than before: the slope "
            "is 4 (a - 3), and 0.6 of it is 2.4 times what lies between.",
        },
        at_rate_six_tenths,
    ),
    Question(
        "The filter counts the word `a` for spam: its weight is above 0. Why?",
        {
            "In these 20 messages it occurs in spam only": "The weights hold what the examples show, coincidences "
            "included.",
            "The word is typical of spam in general": "Any letter to you is full of it. The filter can't know: it has "
            "seen 20 messages.",
            "All weights start out large": "They start at 0. The steps moved them.",
        },
        where_a_stands,
    ),
    Question(
        "A filter sorts 100 of the 100 messages that it learned from, and 70 of 100 others like them. What will it do "
        "with the next 100?",
        {
            "about 70 right": "Messages that it has not seen tell what to expect of those to come.",
            "about 85 right": "The 100 that it learned from don't count: it has adjusted to them.",
            "about 100 right": "That figure says how well it fits what it has seen. It may be overfitting.",
        },
        "about 70 right",
    ),
    Question(
        "You fit the shower with a flat line y = b and train until nothing changes. Where does b end?",
        {
            "0": "There every error is minus the measurement; their mean is -2 and not 0, so the slope isn't 0.",
            "2": "The slope is 0 where the errors have the mean 0, and the mean of the five measurements is 2.",
            "3": "That is the best a. A flat line has none, and its loss stays high.",
        },
        best_flat_line,
    ),
    Question(
        "A language model is to write 50 tokens. How often does it give chances to the next token?",
        {
            "Once, for all 50 together": "The chances of the second depend on which one was chosen first.",
            "50 times: choose one, append it, ask again": "Each time the text that it reads is one token longer.",
            "As often as it knows tokens, thousands of times": "One asking gives a chance to "
            "every token that it knows; choosing one makes the text one token longer.",
        },
        "50 times: choose one, append it, ask again",
    ),
    Question(
        "“Ottawa” led with 25% and was right, “Istanbul” led with 32% and was wrong. What does such a chance say?",
        {
            "How likely it is that the answer is true": "Then Istanbul would be the safer of the two.",
            "How often this very sentence stood in the training": "No such count is kept: there is a chance after any "
            "text, also after one that nobody ever wrote.",
            "How well the token goes on with this text": "And only that. A question before it changed the text, and "
            "raised the chance of Istanbul.",
        },
        "How well the token goes on with this text",
    ),
    Question(
        "An assistant on your phone names today's weather rightly. What did its language model contribute?",
        {
            "It remembered the forecast from its training": "Today's weather was in no training text.",
            "It wrote the sentence, with a tool's figures": "The product asked a weather service; "
            "the model went on with a text that now held the figures.",
            "It worked the weather out from the season": "It would write something plausible, which is right by luck.",
        },
        "It wrote the sentence, with a tool's figures",
    ),
    Question(
        "Which of these is machine learning, but not deep learning?",
        {
            "Our spam rules, six words that somebody chose": "Nothing in them was learned: AI by rules.",
            "SmolLM2, which goes on with a text": "It is a network of many layers: deep learning, and so machine "
            "learning too.",
            "Our spam weights, learned from 20 messages": "Learned from examples, but by one sum, not by many layers.",
        },
        "Our spam weights, learned from 20 messages",
    ),
)
