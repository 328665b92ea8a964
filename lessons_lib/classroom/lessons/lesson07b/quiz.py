"""The quiz of lesson 07b: answers that can be computed are computed."""

import torch

from lessons_lib.classroom.lessons.lesson07b.int8_groups import my_int8_groups
from lessons_lib.classroom.questions import Question


def tokens_for_balance() -> str:
    peak, bandwidth, bytes_a_weight = 400e9, 40e9, 4
    return str(round(peak / bandwidth * bytes_a_weight / 2))


def most_tokens_at_four_bits() -> str:
    return str(round(100e9 / (8e9 * 5 / 8)))


def rounded_weight() -> str:
    whole, scale = my_int8_groups(torch.tensor([2.54, -0.352]), 2)
    return f"{float(whole[1] * scale[0]):.2f}"


def bits_of_a_weight() -> str:
    return f"{8 + 16 / 64:g}"


def chance_of_acceptance() -> str:
    p, q = torch.tensor([0.6, 0.3, 0.1]), torch.tensor([0.1, 0.5, 0.4])
    return f"{float(torch.minimum(p, q).sum()):.1f}"


def most_tokens_of_a_batch() -> str:
    rows, weights, cache = 5, 0.5e9, 0.1e9
    return str(round(rows * 20e9 / (weights + rows * cache)))


def gain_of_two_guesses() -> str:
    a, c, k, v = 0.6, 0.2, 2, 1.1
    return f"{(1 - a ** (k + 1)) / (1 - a) / (v + k * c):.2f}"


QUIZ = (
    Question(
        "A processor does 400 billion operations a second and fetches 40 billion bytes. From how many tokens a pass "
        "does arithmetic limit, with weights of 32 bits?",
        {
            "5": "A pass over T tokens does T / 2 operations a byte; with 5 tokens that is 2.5, and 10 are needed.",
            "10": "10 operations a byte is the balance, and a pass over T tokens does T / 2 of them.",
            "20": "T / 2 operations for each byte have to reach 400 / 40 = 10.",
            "40": "That would be so for T / 4 operations a byte, that is, for weights of 64 bits.",
        },
        tokens_for_balance,
    ),
    Question(
        "A model of 8 billion weights is stored in 4 bits with groups of 32, 5 bits a weight in all. The memory "
        "delivers 100 GB a second. How many tokens a second at most, for one conversation, one a pass?",
        {
            "3": "That is so at 32 bits a weight.",
            "20": "5 GB for each token.",
            "25": "That leaves the scales and minima out: they take one bit a weight.",
            "100": "A token fetches 5 GB, not one.",
        },
        most_tokens_at_four_bits,
    ),
    Question(
        "The compiled step is faster than the same step in plain torch. What do the two have in common?",
        {
            "How many operations are started": "Some 1,800 in plain torch; the compiled step is one program.",
            "The order in which sums are taken": "It is another, so the last digits of the scores differ.",
            "How near they are to the wall": "The faster one is nearer to it.",
            "How many bytes they fetch": "All weights in 32 bits, and the same cache.",
        },
        "How many bytes they fetch",
    ),
    Question(
        "Two weights, 2.54 and -0.352, are rounded to 8 bits by absmax and turned back. What becomes of the second?",
        {
            "-0.34": "That cuts the decimals off: -17.6 is nearer to -18.",
            "-0.36": "The scale is 2.54 / 127 = 0.02, and -17.6 becomes -18.",
            "-0.40": "The steps are finer: 0.02.",
            "0.00": "Only weights of less than half a step become 0.",
        },
        rounded_weight,
    ),
    Question(
        "8 bits with a scale of 16 bits for each group of 64. How many bits does a weight take?",
        {
            "8": "The scales are stored as well.",
            "8.25": "16 bits for 64 weights are a quarter of a bit each.",
            "8.5": "That is so in groups of 32.",
            "24": "The scale is shared by 64 weights.",
        },
        bits_of_a_weight,
    ),
    Question(
        "The weights take 500 MB, and each of the 5 rows of a batch has a cache of 100 MB. The memory delivers 20 GB a "
        "second. How many tokens a second can the batch write at most?",
        {
            "20": "So many passes a second; each brings a token to 5 rows.",
            "33": "That is one row alone. In a batch the rows share one reading of the weights.",
            "200": "Each row's cache has to be fetched as well.",
            "100": "A pass fetches 500 + 5 · 100 MB and brings 5 tokens; there are 20 passes a second.",
        },
        most_tokens_of_a_batch,
    ),
    Question(
        "A guess is right with the chance 0.6 and costs 0.2 passes of the model. Its pass over 3 tokens takes 1.1 "
        "times as long as one over 1. What is the gain with two guesses?",
        {
            "1.31": "1 + 0.6 + 0.36 tokens in 1.1 + 2 · 0.2 passes.",
            "1.40": "That takes the pass over 3 tokens to cost as much as one over 1.",
            "1.47": "That counts 1 + 2 · 0.6 tokens; a guess behind a wrong one counts nothing.",
            "1.96": "Those are the tokens of a pass. What do they cost?",
        },
        gain_of_two_guesses,
    ),
    Question(
        "The model's chances are 0.6, 0.3, 0.1 and the draft's 0.1, 0.5, 0.4. How often is a guess accepted?",
        {
            "0.1": "So often the draft proposes the first token; of the other two a part is accepted as well.",
            "0.5": "The sum of the smaller ones: 0.1 + 0.3 + 0.1.",
            "0.6": "Acceptance is the overlap of both, not the chance of the model's favourite.",
            "1.0": "The second and the third token are proposed too often, and a part has to be refused.",
        },
        chance_of_acceptance,
    ),
)
