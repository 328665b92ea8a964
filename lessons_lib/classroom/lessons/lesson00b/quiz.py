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
    return next(line for line, shares in lines.items() if torch.allclose(shares.sum(1), torch.ones(4)))


def reshape_of_a_table() -> str:
    return str(torch.arange(6).view(2, 3).reshape(3, 2).tolist())


def mixture_of_a_recipe() -> str:
    described = torch.tensor([[1.0, 2.0], [4.0, 8.0], [6.0, 0.0]])
    row = torch.tensor([[0.0, 0.5, 0.5]]) @ described
    mixtures = {
        "the sum of all rows of described": described.sum(0),
        "half of each number in the first row": described[0] / 2,
        "the mean of its second and third rows": described[1:].mean(0),
    }
    return next(words for words, mixture in mixtures.items() if torch.equal(row[0], mixture))


def slope_of_three() -> str:
    a = torch.tensor(4.0, requires_grad=True)
    for _ in range(3):
        ((2 * a - 5) ** 2).backward()
    return f"{a.grad:.0f}"


def slope_with_one_detached() -> str:
    c = torch.tensor(5.0, requires_grad=True)
    (c * c.detach()).backward()
    return f"{c.grad:.0f}"


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
            "x / x.sum(0)": "Those are the columns' totals: [6] meets the last axis, and each column sums to 1.",
            "x / x.sum(1)": "The totals are the right ones, but [4] meets the last axis, which has 6: an error.",
            "x / x.sum(1, keepdim=True)": "The totals [4, 1] are stretched to [4, 6], so each row meets its own.",
        },
        rows_that_sum_to_one,
    ),
    Question(
        "A row of recipes is [0, 0.5, 0.5]. What does `recipes @ described` hold in that row?",
        {
            "the sum of all rows of described": "For that the recipe would be [1, 1, 1].",
            "half of each number in the first row": "The first row has the amount 0, so it plays no part.",
            "the mean of its second and third rows": "Half of the one plus half of the other.",
        },
        mixture_of_a_recipe,
    ),
    Question(
        "The model with one letter was trained alike but for the learning rate. Here are the losses of its first "
        "batch, and after 10 and 20 steps. Which learning rate was too large?",
        {
            "3.42, 3.25, 3.13": "It falls, and slowly: that was 0.1, on the small side.",
            "3.42, 2.74, 2.55": "Fast down and still falling: that was 1, which fits.",
            "3.42, 1436, 117 billion": "That was 15, too large: the steps lead uphill, each further than the last.",
        },
        "3.42, 1436, 117 billion",
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
        "The slope of a loss at `a` is 12. Three times the loss is computed anew and `backward` called, without a step "
        "and without clearing. `a.grad` is then",
        {
            "36": "backward adds to what is there: 12 + 12 + 12.",
            "12": "Only if `a.grad` was cleared before each backward.",
            "1728": "Slopes multiply along one chain; those of several losses are added.",
        },
        slope_of_three,
    ),
    Question(
        "`c` is 5. What is `c.grad` after `(c * c.detach()).backward()`?",
        {
            "10": "That is the slope of c · c. Here one of the two is a fixed number.",
            "5": "5 times c, where the 5 is fixed, has the slope 5.",
            "0": "Only the detached one is out of the notes; the other counts.",
        },
        slope_with_one_detached,
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
    Question(
        "One network has a loss of 1.74 on the names that it read and 2.39 on unread ones, another 2.15 and 2.26. "
        "Which do you take to write new names?",
        {
            "the first, with 1.74": "It knows the names that it read by heart; on new ones it is the worse of the two.",
            "the second, with 2.26": "New names are unread names: that loss counts.",
            "either: their means are close": "The two losses answer two questions, and only one of them is yours.",
        },
        "the second, with 2.26",
    ),
)
