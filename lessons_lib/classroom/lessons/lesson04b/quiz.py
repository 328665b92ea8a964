"""The quiz of lesson 04b: answers are computed."""

import torch

from lessons_lib.classroom.questions import Question


def read_by_query_head() -> str:
    return f"{int(torch.arange(3).repeat_interleave(12 // 3)[6])}"


def twins_in_bfloat16() -> str:
    pairs = ((1, 2), (255, 256), (100, 356), (1000, 1001))
    (twins,) = (pair for pair in pairs if torch.tensor(pair[0]).bfloat16() == torch.tensor(pair[1]).bfloat16())
    return f"{twins[0]:,} and {twins[1]:,}"


def reach_of_a_window() -> str:
    from lessons_lib.layers import sliding_window_mask

    step, reach = sliding_window_mask(99, 99, 5).float(), torch.eye(99)
    for _ in range(4):
        reach = step @ reach
    return f"{int((reach[-1] > 0).sum())}"


def shrunk_by() -> str:
    return f"{torch.tensor(2.0 - 3.0).exp():.2f}"


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
        text="Looking block by block, the largest score so far is 2. The next block's largest is 3. By what are the "
        "sum and the mix so far multiplied, before the block is added?",
        choices={
            "1.00": "They were formed with 2 subtracted from each score; from now on 3 is.",
            "0.37": "Right: e to the power 2 - 3. What was formed with 2 subtracted now has 3 subtracted.",
            "2.72": "That is e to the power 3 - 2: what is old would grow, and overflow in the end.",
            "0.67": "Scores are subtracted in the exponent, not divided.",
        },
        answer=shrunk_by,
    ),
    Question(
        text="12 query heads share 3 key/value heads, all counted from 0. Which of these does query head 6 read?",
        choices={
            "2": "That would be 6 // 3. A group has 12 / 3 = 4 query heads.",
            "0": "That would be 6 % 3, the order of repeat. Neighbours share.",
            "1": "Right: 6 // 4 = 1. Neighbours share: query heads 4 to 7 read it.",
            "All three": "Each query head reads one.",
        },
        answer=read_by_query_head,
    ),
    Question(
        text="Each layer has a window of 5. From how many tokens, itself included, can the last of 99 tokens have "
        "heard after 4 layers?",
        choices={
            "5": "That is one layer. The tokens that it sees have themselves looked back.",
            "17": "Right: 1 + 4 · 4. Each layer reaches 4 further back.",
            "20": "A token sees itself and 4 others, so a layer adds 4, not 5.",
            "99": "Word travels by 4 tokens a layer.",
        },
        answer=reach_of_a_window,
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
