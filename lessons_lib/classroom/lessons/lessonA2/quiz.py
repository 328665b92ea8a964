"""The quiz of appendix A2: the answers are computed."""

import math
import statistics

import torch

from lessons_lib.classroom.questions import Question


def sum_of_logs() -> str:
    return f"{math.log2(1 / 4) + math.log2(8):.0f}"


def three_matrices() -> str:
    return str(list((torch.zeros(6, 8) @ torch.zeros(8, 3) @ torch.zeros(3, 5)).shape))


def red_and_blue() -> str:
    true, believed = torch.tensor([3 / 4, 1 / 4, 0]), torch.tensor([1 / 2, 1 / 4, 1 / 4])
    return f"{-(true * believed.log2()).sum():.3g} bits"


def turned_together() -> str:
    here, there = (torch.polar(torch.tensor(length), torch.tensor(angle).deg2rad()) for length, angle in ARROWS)
    return f"{(here * there.conj()).real:.3g}"


ARROWS = ((3.0, 20.0), (2.0, 80.0))


def three_tokens() -> str:
    return f"{statistics.geometric_mean([2, 4, 64]):.0f}"


def nine_runs() -> str:
    return f"{statistics.stdev(NINE) / math.sqrt(len(NINE)):.3g}"


NINE = (2, 2, 2, 2, 5, 8, 8, 8, 8)  # mean 5, squares 8 · 9, and 72 / 8 = 9


def square_in_a_chain() -> str:
    w = torch.tensor(2.0, requires_grad=True)
    ((3 * w - 4) ** 2).backward()
    return f"{w.grad:.0f}"


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
        "Two arrows of length 3 and 2 stand 60° apart; the cosine of 60° is 0.5. Both are turned by 20°. What is their "
        "dot product now?",
        {
            "1.04": "That is for 80° between them. Both were turned, so the angle between them stays 60°.",
            "3": "Turned by the same angle, they are 60° apart as before: 3 · 2 · 0.5.",
            "0.5": "That is the cosine alone. The dot product is both lengths times the cosine.",
        },
        turned_together,
    ),
    Question(
        "A bag holds three red balls and a blue one. Somebody believes: red ½, blue ¼, green ¼. What is the cross "
        "entropy?",
        {
            "1.25 bits": "Red comes with ¾ and costs 1 bit, blue with ¼ and costs 2: ¾ · 1 + ¼ · 2.",
            "1.5 bits": "That counts each surprise as often as it is believed. Count it as often as it comes.",
            "0.81 bits": "That is the entropy: the mean surprise of somebody who knows the true chances.",
        },
        red_and_blue,
    ),
    Question(
        "A model gives the three tokens of a text the chances 1/2, 1/4 and 1/64. What is its perplexity?",
        {
            "3": "That is the mean surprise in bits: (1 + 2 + 6) / 3. The perplexity is 2 to that power.",
            "8": "The surprises are 1, 2 and 6 bits, their mean is 3 bits, and 2 to that power is 8.",
            "23": "That averages 2, 4 and 64, so that one unlikely token outweighs the others. Average the surprises.",
            "512": "That is 2 to the sum of all surprises, 9 bits. The perplexity takes their mean.",
        },
        three_tokens,
    ),
    Question(
        "Nine runs have a mean of 5 and a standard deviation of 3. What is the standard error of the mean?",
        {
            "0.333": "That is 3 / 9. A sum of nine spreads √9 times as much as one run, so its ninth has 3 / √9.",
            "1": "3 / √9: of nine runs the mean is three times as sure as one of them.",
            "3": "That says where single runs lie. Their mean lies closer: by the root of nine.",
        },
        nine_runs,
    ),
    Question(
        "What is the slope of (3w − 4)² in w, at w = 2?",
        {
            "12": "The inside is 2; the square has the slope 4 there, the inside 3, and slopes of links multiply.",
            "4": "That is the slope of the square alone, 2 · 2. The inside grows three times as fast as w.",
            "7": "That adds the slopes of the two links, 4 and 3. They multiply.",
        },
        square_in_a_chain,
    ),
)
