"""The quiz of lesson 07b: answers that can be computed are computed."""

import torch

from lessons_lib.classroom.lessons.lesson07b.accept import P3, Q3
from lessons_lib.classroom.lessons.lesson07b.int8_groups import my_int8_groups
from lessons_lib.classroom.lessons.lesson07b.my_speculate import made_up_draft, tried
from lessons_lib.classroom.lessons.lesson07b.my_speculate import my_speculate as solution
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
    return f"{float(torch.minimum(P3, Q3).sum()):.1f}"


def tokens_from_a_wrong_guess() -> str:
    ids = [3, 1, 4]
    assert made_up_draft("always wrong")(ids)
    _, passes, _ = tried(solution, ids, 6, "always wrong")
    return str(6 // passes)


def gain_of_two_guesses() -> str:
    a, c, k = 0.5, 0.25, 2
    return f"{(1 - a ** (k + 1)) / (1 - a) / (1 + k * c):.2f}"


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
        "What makes the compiled step faster than the same step in plain torch?",
        {
            "It fetches fewer bytes": "Both fetch all weights in 32 bits.",
            "It does fewer multiplications": "The same; only their order differs.",
            "It keeps more in the cache": "The cache is the same.",
            "It starts fewer operations": "Some 1,800 small jobs become one program.",
        },
        "It starts fewer operations",
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
        "All four guesses of a draft are wrong. How many tokens does the pass bring?",
        {
            "0": "The model's own choice in place of the first guess is right by definition.",
            "4": "None of them stands.",
            "5": "That is so where all are right.",
            "1": "The model's own token in place of the first guess.",
        },
        tokens_from_a_wrong_guess,
    ),
    Question(
        "A guess is right half of the time and costs a quarter of a pass. What is the gain with two guesses?",
        {
            "1.17": "1 + 1/2 + 1/4 tokens in 1 + 2/4 passes.",
            "1.33": "That counts 1 + 2 · 1/2 tokens; a guess behind a wrong one counts nothing.",
            "1.75": "Those are the tokens of a pass. What do they cost?",
            "3.00": "That is so where all guesses are right and free.",
        },
        gain_of_two_guesses,
    ),
    Question(
        "The model's chances are 0.5, 0.3, 0.2 and the draft's 0.2, 0.7, 0.1. How often is a guess accepted?",
        {
            "0.5": "Acceptance is the overlap of both, not the chance of the favourite.",
            "0.6": "The sum of the smaller ones: 0.2 + 0.3 + 0.1.",
            "0.7": "The second token is proposed so often, and accepted less.",
            "1.0": "The second token is proposed too often, and most of it has to be refused.",
        },
        chance_of_acceptance,
    ),
)
