"""The quiz of appendix A2: the answers are computed."""

import math

import torch

from lessons_lib.classroom.questions import Question


def sum_of_logs() -> str:
    return f"{math.log2(1 / 4) + math.log2(8):.0f}"


def three_matrices() -> str:
    return str(list((torch.zeros(6, 8) @ torch.zeros(8, 3) @ torch.zeros(3, 5)).shape))


def two_bits() -> str:
    return f"{2**2.0:.0f}"


def beliefs() -> str:
    p, q = torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.1, 0.2, 0.7])
    entropy, cross = -(p * p.log()).sum(), -(p * q.log()).sum()
    return "The cross entropy" if cross > entropy else "The entropy"


def fifty_layers() -> str:
    return "Nearly nothing" if 0.8**50 < 1e-4 else "About four fifths"


QUIZ = (
    Question(
        "What is log₂(1/4) + log₂(8)?",
        {
            "1": "The sum of the logarithms is the logarithm of the product: log₂(8 / 4) = log₂ 2.",
            "3.04": "That is log₂(8.25). A sum of logarithms belongs to a product, not to a sum.",
            "-6": "That multiplies -2 and 3. They are added.",
        },
        sum_of_logs,
    ),
    Question(
        "[6, 8] @ [8, 3] @ [3, 5]: which shape comes out?",
        {
            "[6, 3]": "That is the shape after the first product; it still meets [3, 5].",
            "[8, 3]": "These are the inner sizes. They are used up by the sums.",
            "[6, 5]": "The rows of the first and the columns of the last stay; 8 and 3 are used up.",
        },
        three_matrices,
    ),
    Question(
        "It is sunny, cloudy or rainy with chances 0.7, 0.2, 0.1. Somebody believes 0.1, 0.2, 0.7. Which is larger?",
        {
            "The entropy": "The entropy is the mean surprise of somebody who believes the true chances; nobody is "
            "surprised less.",
            "The cross entropy": "Who believes the wrong chances is surprised more, on average, than who knows the "
            "true ones.",
            "They are equal": "Only if the beliefs are the true chances.",
        },
        beliefs,
    ),
    Question(
        "A model is surprised by 2 bits a token, on average. What is its perplexity?",
        {
            "4": "Two bits are as much as a choice between four equally likely tokens: 2 to the power 2.",
            "7.39": "That is exp(2), right for 2 nats. Bits go with 2 to the power.",
            "1": "That is log₂ of the 2. Perplexity undoes the logarithm.",
        },
        two_bits,
    ),
    Question(
        "A slope passes back through 50 layers, and each multiplies it by 0.8. How much of it arrives?",
        {
            "About four fifths": "That is after one layer. The chain rule multiplies the links.",
            "Nearly nothing": "0.8 multiplied by itself 50 times is 0.00001: the slope has vanished.",
            "Fifty times as much": "Slopes of links are multiplied, not added, and 0.8 makes smaller.",
        },
        fifty_layers,
    ),
)
