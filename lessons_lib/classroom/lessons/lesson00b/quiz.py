"""The quiz of lesson 00b: answers that can be computed are computed."""

import math

import torch
from torch import nn

from lessons_lib.classroom.questions import Question


def shape_of_weight() -> str:
    return f"[{', '.join(map(str, nn.Linear(16, 27).weight.shape))}]"


def total_of_chances() -> str:
    scores = torch.randn(4, 6, 27, generator=torch.Generator().manual_seed(0))
    return f"{scores.softmax(-1).sum():.0f}"


def even_loss() -> str:
    return f"{-math.log(1 / 4):.2f}"


def third_row() -> str:
    weights = torch.tensor([[1.0, 0, 0], [0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]])
    return f"{(weights @ torch.tensor([[3.0], [9.0], [0.0]]))[2].item():.0f}"


def reshape_of_a_table() -> str:
    return str(torch.arange(6).view(2, 3).reshape(3, 2).tolist())


def slope_after_three() -> str:
    x = torch.tensor(2.0, requires_grad=True)
    for _ in range(3):
        (x * x).backward()
    return f"{x.grad.item():.0f}"


QUIZ = (
    Question(
        "A batch of 4 names of 6 places has scores [4, 6, 27], and softmax is taken over the last axis. What do all "
        "its results sum to?",
        {
            "1": "Each place has chances of its own that sum to 1, and there are more places than one.",
            "24": "One for each of the 4 · 6 places.",
            "27": "That is the number of letters, over which each 1 is shared out.",
        },
        total_of_chances,
    ),
    Question(
        "`torch.tensor([[0, 1, 2], [3, 4, 5]]).reshape(3, 2)` is",
        {
            "[[0, 3], [1, 4], [2, 5]]": "That is the transposed table: there, rows become columns.",
            "[[0, 1], [2, 3], [4, 5]]": "The numbers stay in reading order; only the line breaks move.",
            "an error": "6 numbers fit into 3 rows of 2.",
        },
        reshape_of_a_table,
    ),
    Question(
        "The rows of a triangular matrix are [1, 0, 0], [1/2, 1/2, 0] and [1/3, 1/3, 1/3]. It is multiplied with a "
        "column of 3, 9 and 0. What is the third number of the result?",
        {
            "0": "That is the column's third number. The row mixes all three.",
            "4": "A third of each: the mean of 3, 9 and 0.",
            "12": "That is their sum; the weights of the row are thirds.",
        },
        third_row,
    ),
    Question(
        "What is the shape of the weight of `nn.Linear(16, 27)`?",
        {
            "[16, 27]": "That is the order in which you ask for it. It is stored with one row for each output.",
            "[27, 16]": "One row of 16 weights for each of the 27 outputs; hence x @ W.T.",
            "[27]": "That is the bias.",
        },
        shape_of_weight,
    ),
    Question(
        "`x` is 2. You call `(x * x).backward()` three times and never clear the slope. What is in `x.grad`?",
        {
            "4": "That is the slope at 2. Each call adds it once more.",
            "8": "Two calls would give that.",
            "12": "Three times the slope 4.",
        },
        slope_after_three,
    ),
    Question(
        "A model gives each of 4 letters the same chance. What is its cross entropy, whatever the right answer?",
        {
            "0.25": "That is the chance; the loss is minus its logarithm.",
            "1.39": "-ln(1/4): the loss of knowing nothing about 4 choices.",
            "4.00": "That is the number of choices; e to the power of the loss gives it back.",
        },
        even_loss,
    ),
    Question(
        "You measure a trained model's loss after `model.eval()`, without no_grad. What does that cost you?",
        {
            "The numbers change": "eval has already switched dropout off, so the loss is the same.",
            "The model goes on learning": "Only a step changes parameters, and nobody calls one.",
            "Memory": "Everything is still recorded for a backward that never comes.",
        },
        "Memory",
    ),
)
