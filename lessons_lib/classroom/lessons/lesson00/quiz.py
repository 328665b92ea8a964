"""The quiz of lesson 00: answers that can be computed are computed."""

import numpy as np

from lessons_lib.classroom.lessons.lesson00.shared import KNOB, WARMER
from lessons_lib.classroom.lessons.lesson00.spam import MESSAGES, SPAM
from lessons_lib.classroom.lessons.lesson00.train import my_train
from lessons_lib.classroom.questions import Question

PARAMETERS, BYTES_EACH, TOKENS_READ = 1_000_000_000, 2, 4_000_000_000_000


def after_one_step() -> str:
    slope, rate, number = -4, 0.1, 0
    return f"{number - rate * slope:.1f}"


def at_rate_six_tenths() -> str:
    losses = [
        np.mean((a * KNOB + b - WARMER) ** 2)
        for a, b in (my_train(KNOB, WARMER, 5.0, 0.0, 0.6, steps) for steps in range(5))
    ]
    return "It grows from step to step" if all(np.diff(losses) > 0) else "It falls, only faster"


def where_a_stands() -> str:
    kinds = {kind for message, kind in MESSAGES if "a" in message.lower().split()}
    return (
        "In these 20 messages it occurs in spam only" if kinds == {SPAM} else "The word is typical of spam in general"
    )


def best_flat_line() -> str:
    return f"{np.mean(WARMER):.0f}"


def bytes_kept() -> str:
    return f"{PARAMETERS * BYTES_EACH / TOKENS_READ:.4f}"


QUIZ = (
    Question(
        "A number stands at 0, its slope is -4, the learning rate is 0.1. Where does it stand after one step?",
        {
            "-0.4": "That is one step uphill. A negative slope says that the loss falls as the number grows.",
            "0.4": "0 minus 0.1 times -4: against the slope, by a tenth of it.",
            "4.0": "The step is a share of the slope, not all of it: multiply by the learning rate.",
        },
        after_one_step,
    ),
    Question(
        "The shower's line starts at a = 5, b = 0. What does the loss do with a learning rate of 0.6?",
        {
            "It falls, only faster": "At 0.2 that is so. At 0.6 each step for a jumps over the best place and "
            "lands farther off than before.",
            "It stays where it is": "That is 0.5 after the first step, where a lands as far off on the other side.",
            "It grows from step to step": "Each step for a is more than twice as long as it should be.",
        },
        at_rate_six_tenths,
    ),
    Question(
        "The filter gives the word `a` one of its largest weights. Why?",
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
            "0": "There every error has the size of the measurement; their mean is 2 and not 0, so the slope isn't 0.",
            "2": "The slope is 0 where the errors have the mean 0, and the mean of the five measurements is 2.",
            "3": "That is the best a. A flat line has none, and its loss stays high.",
        },
        best_flat_line,
    ),
    Question(
        "A model has a billion numbers of 2 bytes each and has read 4 trillion (4,000,000,000,000) tokens. How many "
        "bytes has it for each?",
        {
            "0.0005": "2 billion bytes for 4,000 billion tokens: a two-thousandth, where a token's letters take about "
            "4.",
            "2": "That is one of its numbers. It has read 4,000 tokens for each number.",
            "0.5": "Count the zeros again: 2 billion to 4,000 billion, not to 4 billion.",
        },
        bytes_kept,
    ),
    Question(
        "SmolLM2 goes on with “Sydney” after the bare sentence, and with “Canberra” if a question stands before it. "
        "What does that show?",
        {
            "It looks the capital up when it is asked": "There is nothing to look it up in: the same numbers work in "
            "both.",
            "It has changed its mind": "No number changed between the two. Only training changes them.",
            "Its chances depend on all the text before": "It holds no entry for Australia, only numbers that turn a "
            "text into chances, and the two texts differ.",
        },
        "Its chances depend on all the text before",
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
)
