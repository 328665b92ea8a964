"""The quiz of lesson 09b: answers that can be computed are computed."""

from statistics import stdev

from lessons_lib.classroom.questions import Question


def two_errors() -> str:
    return f"{2 * stdev([0.0, 3.0, 6.0] * 3) / 9**0.5:.1f}"


def seeds_for_half_a_bar() -> str:
    return f"{8 * 2**2}"


def fair_width() -> str:
    return f"{3 * 128 * 200 // (2 * 128)}"


def looking_back() -> str:
    import math

    return f"{2 * math.log(8) / 40:.2f}"


QUIZ = (
    Question(
        text="Nine paired differences are 0, 0, 0, 3, 3, 3, 6, 6 and 6. What stands behind the ±, if two standard "
        "errors are shown?",
        choices={
            "2.6": "That is the standard deviation: how far single differences lie from the mean.",
            "1.7": "Six squares of 9 and three of 0 make 54; 54 / 8 = 6.75, root 2.6, over √9 = 0.87, twice.",
            "0.9": "That is one standard error.",
            "1.6": "The squares were divided by 9: their mean came from the same numbers, so divide by 8.",
        },
        answer=two_errors,
    ),
    Question(
        text="Eight seeds gave ±0.04. About how many would give ±0.02?",
        choices={
            "16": "Twice as many shorten the bar by √2 only.",
            "64": "That would be the square of 8: ±0.014.",
            "9": "One more hardly changes the bar.",
            "32": "The bar shrinks with the root of their number: half as long takes four times as many.",
        },
        answer=seeds_for_half_a_bar,
    ),
    Question(
        text="A variant's difference is −0.013 ± 0.020. What does the race say?",
        choices={
            "It is better, by 0.013": "The bar reaches from −0.033 to +0.007.",
            "It makes no difference": "It may be worth 0.03. Not to be able to tell is not to know that there is none.",
            "It can't be settled with these seeds": "Zero lies within the bar, and so do gains that matter.",
            "It is worse": "The mean is below zero: a lower loss is better.",
        },
        answer="It can't be settled with these seeds",
    ),
    Question(
        text="A gated feed-forward network of C = 128 and F = 200 races against a plain one, both without biases. "
        "Which width makes the plain one as large?",
        choices={
            "300": "3 · 128 · 200 = 2 · 128 · 300.",
            "200": "Then it has two matrices where the other has three.",
            "133": "That makes it smaller still: the plain one has fewer matrices and must be wider.",
            "400": "That would count the gate as two matrices.",
        },
        answer=fair_width,
    ),
    Question(
        text="Eight runs a side, and a seed that is bad for the one is bad for the other too. What do pairs do?",
        choices={
            "They make the mean difference smaller": "The mean of differences is the difference of the means.",
            "They leave fewer numbers, so the bar grows": "It gets less sure, not longer, and the shared luck is gone.",
            "They make each loss more exact": "A loss is what it is; the difference loses what both sides share.",
            "They shorten the bar: the shared luck cancels": "And where nothing is shared they gain nothing.",
        },
        answer="They shorten the bar: the shared luck cancels",
    ),
    Question(
        text="A new block is tried at five learning rates, the old block at the rate of an old paper. The new one "
        "wins. What was raced?",
        choices={
            "The blocks, since each ran at a rate that works": "One had five chances to find a good rate, the other "
            "none.",
            "Nothing: learning rates don't belong to a block": "They do: what suits one variant can ruin another.",
            "The block together with the search for its rate": "Give both the same choice, on seeds that don't race.",
            "The two rates alone": "They differ, but so do the blocks: the two can't be told apart.",
        },
        answer="The block together with the search for its rate",
    ),
    Question(
        text="In rows of 40 words a thing, one of 8, is named once and then twice again. About how much lower, in "
        "nats a word, is the loss of a model that looks back?",
        choices={
            "2.08": "That is ln 8, the worth of one place. There are two of them among 40 words.",
            "0.10": "2 · ln 8 / 40: the two later places, spread over all words.",
            "0.16": "The first time nobody can know the thing: two places count, not three.",
            "0.05": "That is one place's worth; it is named twice again.",
        },
        answer=looking_back,
    ),
    Question(
        text="All races have 8 seeds. In which case is a surprising result most likely to be luck?",
        choices={
            "One comparison, planned beforehand, at 2 standard errors": "It errs about once in ten times.",
            "The best of twenty comparisons, at 2 standard errors": "Among twenty that do nothing one or "
            "two are expected to miss zero, and the best one was picked afterwards.",
            "One comparison, at 5 standard errors": "A longer bar errs less.",
            "The best of twenty, which then came out again on 8 new seeds": "Luck seldom comes back.",
        },
        answer="The best of twenty comparisons, at 2 standard errors",
    ),
)
