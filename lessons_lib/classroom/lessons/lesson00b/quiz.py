"""The quiz of lesson 00b: answers that can be computed are computed."""

import math

import torch

from lessons_lib.classroom.questions import Question


def total_of_chances() -> str:
    scores = torch.randn(4, 6, 27, generator=torch.Generator().manual_seed(0))
    return f"{scores.softmax(-1).sum():.0f}"


def even_loss() -> str:
    return f"{-math.log(1 / 4):.2f}"


def rows_that_sum_to_one() -> str:
    x = torch.arange(1.0, 25.0).view(4, 6)
    lines = {"x / x.sum(0)": x / x.sum(0), "x / x.sum(1, keepdim=True)": x / x.sum(1, keepdim=True)}
    return next(f"`{line}`" for line, shares in lines.items() if torch.allclose(shares.sum(1), torch.ones(4)))


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
            "[[0, 1], [2, 3], [4, 5]]": "The numbers stay in reading order; only the line breaks move.",
            "[[0, 3], [1, 4], [2, 5]]": "That is the transposed table: there, rows become columns.",
            "an error": "6 numbers fit into 3 rows of 2.",
        },
        reshape_of_a_table,
    ),
    Question(
        "`x` is [4, 6]. Which line divides each row by its own total?",
        {
            "`x / x.sum(0)`": "Those are the columns' totals: [6] meets the last axis, and each column sums to 1.",
            "`x / x.sum(1)`": "The totals are the right ones, but [4] meets the last axis, which has 6: an error.",
            "`x / x.sum(1, keepdim=True)`": "The totals [4, 1] are stretched to [4, 6], so each row meets its own.",
        },
        rows_that_sum_to_one,
    ),
    Question(
        "Why does each round of training clear the slopes?",
        {
            "backward adds to what is there": "Without it a step follows the sum of the slopes of all rounds so far.",
            "step would raise an error otherwise": "Nothing is raised, which is why this fault is hard to find.",
            "the next batch has another shape": "Slopes have the shape of their parameter, whatever the batch.",
        },
        "backward adds to what is there",
    ),
    Question(
        "`x` is 2. Three times you compute `x * x` anew and call its backward, and never clear the slope. What is in "
        "`x.grad`?",
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
        "You measure a trained model's loss after `model.eval()`, but not under no_grad. What happens?",
        {
            "The loss is right; memory is wasted": "Everything is recorded for a backward that never comes.",
            "The loss is wrong: dropout is at work": "eval has switched dropout off, with no_grad or without.",
            "The model goes on learning": "Only a step changes parameters, and nobody calls one.",
        },
        "The loss is right; memory is wasted",
    ),
)
