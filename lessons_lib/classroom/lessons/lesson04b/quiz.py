"""The quiz of lesson 04b: answers are computed."""

import torch

from lessons_lib.classroom.questions import Question


def twins_in_bfloat16() -> str:
    pairs = ((1, 2), (255, 256), (100, 356), (1000, 1001))
    (twins,) = (pair for pair in pairs if torch.tensor(pair[0]).bfloat16() == torch.tensor(pair[1]).bfloat16())
    return f"{twins[0]:,} and {twins[1]:,}"


QUIZ = (
    Question(
        text="A causal model without positions has one layer. For which pair of texts does its last token receive the "
        "same?",
        choices={
            "cold red tea, and red cold tea": "Yes: tea sees the same three tokens with the same scores, and a sum "
            "has no order.",
            "red tea cold, and red cold tea": "The last tokens differ, and so do their queries.",
            "For no pair: the mask gives the order": "The mask hides the future. The last token has none, and sees the "
            "past without order.",
            "For every pair with the same words": "Not where the last words differ: the query is another one.",
        },
        answer="cold red tea, and red cold tea",
    ),
    Question(
        text="A program turns queries, keys and values by their places. What is wrong?",
        choices={
            "Nothing: all three stand at a place": "A value is what is delivered. Turned, the same word would deliver "
            "something else at each place.",
            "Keys must stay as they are": "Then the query's place alone would count, and not the difference.",
            "Values must stay as they are": "Right: only the score compares two places. Values are delivered as they "
            "are.",
            "The scores no longer depend on the places": "They do, as before: no value enters a score.",
        },
        answer="Values must stay as they are",
    ),
    Question(
        text="Three models were trained on texts of 1,024 tokens: one with learned positions, one with sinusoidal, one "
        "with rotary ones. Which can compute scores for token 2,000?",
        choices={
            "Only the rotary one: distances have no end": "A sine has a value for every place too.",
            "All three, but none was trained on it": "A table of 1,024 rows has none for it.",
            "None: a place that was never seen has no value": "Two of them compute it by a formula.",
            "The sinusoidal and the rotary one": "Right: a formula has no end, a table has. Whether they read well "
            "there is another question.",
        },
        answer="The sinusoidal and the rotary one",
    ),
    Question(
        text="A model's weights are made for halves, and a program turns neighbours. What do you see?",
        choices={
            "Right scores for the first token, also wrong ones later, no error": "Right: place 0 is turned by nothing, "
            "and the shapes are the same.",
            "An error, as the shapes differ": "Both layouts keep [T, D]; nothing is raised.",
            "Wrong scores from the first token on": "At place 0 nothing is turned, whatever the layout.",
            "Nothing: the layouts give the same scores": "Only if query and key stand at the same place, or heads have "
            "two numbers.",
        },
        answer="Right scores for the first token, also wrong ones later, no error",
    ),
    Question(
        text="A program keeps places in bfloat16. Which two places become one?",
        choices={
            "1 and 2": "Eight binary digits can write down both.",
            "255 and 256": "Up to 256 every whole number can be written.",
            "100 and 356": "They are 256 apart, and nothing starts again there: large numbers lose their last digits.",
            "1,000 and 1,001": "Right: 1,001 would need ten binary digits. From 512 to 1,024 only every fourth number "
            "is there.",
        },
        answer=twins_in_bfloat16,
    ),
)
