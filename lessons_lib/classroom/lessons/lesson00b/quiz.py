"""The quiz of lesson 00b: answers that can be computed are computed."""

import torch

from lessons_lib.classroom.lessons.lesson00b.counted import my_counted
from lessons_lib.classroom.lessons.lesson00b.names import LETTERS
from lessons_lib.classroom.questions import Question


def total_of_chances() -> str:
    scores = torch.randn(4, 6, 27, generator=torch.Generator().manual_seed(0))
    return f"{scores.softmax(-1).sum():.0f}"


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


def sum_of_three_axes() -> str:
    return str(list((torch.ones(5, 1, 3) + torch.ones(4, 3)).shape))


def all_but_the_last() -> str:
    shape = list(torch.zeros(27, 8)[torch.zeros(4, 6, dtype=torch.long)][:, :-1].shape)
    return f"the vectors of all letters but the last, {shape}"


def row_of_the_mark() -> str:
    after_the_mark = {letter for letter, share in zip(LETTERS, my_counted(["bo", "ada"])[0], strict=True) if share}
    sides = {
        "those of the letters with which names begin": {"a", "b"},
        "those of the letters with which names end": {"a", "o"},
    }
    return next(words for words, letters in sides.items() if letters == after_the_mark)


def flat_view_of_a_transposed_table() -> str:
    try:
        return str(torch.arange(6).view(2, 3).T.view(6).tolist())
    except RuntimeError:
        return "an error"


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
        "A tensor of shape [5, 1, 3] is added to one of shape [4, 3]. What is the shape of the sum?",
        {
            "an error": "The ends meet: 3 with 3, 1 with 4, and the 5 with nothing, which counts as 1. All fit.",
            "[5, 4, 3]": "The 1 is stretched to 4, and the missing axis on the left to 5.",
            "[5, 1, 3]": "The 1 meets a 4 and is stretched.",
        },
        sum_of_three_axes,
    ),
    Question(
        "`ids` is [4, 6] and `table` [27, 8]. What does `table[ids][:, :-1]` hold?",
        {
            "all vectors without their last number, [4, 6, 7]": "The second place in the brackets is the second axis: "
            "letters, not numbers.",
            "the vectors of all letters but the last, [4, 5, 8]": "`table[ids]` is [4, 6, 8]; the stretch `:-1` of the "
            "second axis leaves out the last letter of each name.",
            "the vectors of the last letters, [4, 8]": "A stretch keeps its axis, and this one stops before the last.",
        },
        all_but_the_last,
    ),
    Question(
        "Which shares stand in row 0, that of `.`, of the table that counts names?",
        {
            "those of the letters with which names begin": "A `.` stands before each name, and what follows it is the "
            "first letter.",
            "those of the letters with which names end": "They stand in column 0: there the `.` is what follows.",
            "none: the dot is no letter": "Then nobody could draw a first letter.",
        },
        row_of_the_mark,
    ),
    Question(
        "`six = torch.arange(6).view(2, 3)`. What is `six.T.view(6)`?",
        {
            "[0, 1, 2, 3, 4, 5]": "So the numbers lie in memory. In the order of `six.T` they would be 0, 3, 1, ...",
            "[0, 3, 1, 4, 2, 5]": "That is `six.T.reshape(6)`, which copies them into this order.",
            "an error": "Read row by row, `six.T` is not in the order of memory, and view copies nothing.",
        },
        flat_view_of_a_transposed_table,
    ),
)
