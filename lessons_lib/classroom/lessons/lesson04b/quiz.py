"""The quiz of lesson 04b: answers are computed."""

import torch

from lessons_lib.classroom.questions import Question


def score_of_arrows() -> str:
    angle = torch.tensor(20.0).deg2rad() * (31 - 28)
    return f"{torch.cos(angle):.2f}"


def seen_by_the_last() -> str:
    from lessons_lib.layers import chunked_mask

    return f"{int(chunked_mask(10, 10, 4)[9].sum())}"


def reach_of_a_window() -> str:
    from lessons_lib.layers import sliding_window_mask

    step, reach = sliding_window_mask(99, 99, 5).float(), torch.eye(99)
    for _ in range(4):
        reach = step @ reach
    return f"{int((reach[-1] > 0).sum())}"


def equal_at() -> str:
    return f"{12_288_000 // (2 * 16 * 64):,}"


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
        text="A query and a key are the same arrow at place 0, of length 1. Every place turns them by 20°. The query "
        "stands at place 31, the key at 28. What is their score?",
        choices={
            "1.00": "That would be the score at the same place.",
            "0.94": "That is the cosine of 20°, one place apart. Here they are three apart.",
            "0.50": "Right: three places are 60°, and cos 60° = 0.5.",
            "It depends on the text before them": "A score is made of one query and one key, and their places.",
        },
        answer=score_of_arrows,
    ),
    Question(
        text="Where does a model with rotary positions turn what?",
        choices={
            "The embedding of each token, once": "That is where learned and sinusoidal positions are added. Rotary "
            "ones never touch the embedding.",
            "Queries, keys and values, in each layer": "Values are delivered as they are.",
            "The weights, after the softmax": "A weight is one number; there is nothing to turn.",
            "Queries and keys, in each layer": "Right. Their dot product then depends on the distance.",
        },
        answer="Queries and keys, in each layer",
    ),
    Question(
        text="A model's weights are made for halves, and a program turns neighbours. What do you see?",
        choices={
            "Right scores for the first token, wrong ones later, no error": "Right: place 0 is turned by nothing, and "
            "the shapes are the same.",
            "An error, as the shapes differ": "Both layouts keep [T, D]; nothing is raised.",
            "Wrong scores from the first token on": "At place 0 nothing is turned, whatever the layout.",
            "Nothing: the layouts give the same scores": "Only if query and key stand at the same place, or heads have "
            "two numbers.",
        },
        answer="Right scores for the first token, wrong ones later, no error",
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
        text="Chunks of 4 tokens, tokens counted from 0. How many tokens does token 9 see?",
        choices={
            "10": "That would be the causal mask: 0 to 9.",
            "4": "That would be a window of 4: 6 to 9.",
            "2": "Right: its piece begins at 8, so it sees 8 and 9.",
            "1": "That would be token 8, the first of its piece.",
        },
        answer=seen_by_the_last,
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
        text="The matrices of a layer have 12,288,000 numbers; it has 16 query heads of 64 numbers. At how many keys "
        "does looking cost a token as much as the matrices?",
        choices={
            "3,072": "That is SmolLM2, with other matrices and 9 heads.",
            "12,000": "Each key is met twice: its query meets it, and its weight meets the value.",
            "96,000": "A look has 16 heads, each with its own multiplications.",
            "6,000": "Right: 12,288,000 / (2 · 16 · 64).",
        },
        answer=equal_at,
    ),
)
