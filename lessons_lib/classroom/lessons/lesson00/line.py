"""An exercise of lesson 00: what a line predicts. It is there to show how exercises work."""

from lessons_lib.classroom.exercises import Exercise


def my_line(a, b, x):
    return a * x + b


def line_adds_first(a, b, x):
    """It looks as if b was added before you multiplied: multiply a by x, then add b."""
    return a * (x + b)


def line_swaps_its_numbers(a, b, x):
    """It looks as if a and b have changed places: a is multiplied by x, b is added."""
    return b * x + a


def line_without_its_height(a, b, x):
    """It looks as if b is missing: multiply a by x, then add b."""
    return a * x


def line_subtracts(a, b, x):
    """It looks as if b was subtracted: it is added."""
    return a * x - b


def line_adds_everything(a, b, x):
    """It looks as if all three were added: a is multiplied by x."""
    return a + x + b


def line_rounds(a, b, x):
    """It looks as if you round: give the number as it is."""
    return round(a * x + b, 1)


def line_with_a_hat(a, b, x):
    """It looks as if you wrote a ^ x, which Python reads as something else: times is written *."""
    return a ^ (x + b)  # so Python reads a ^ x + b


def line_of_school(a, b, x):
    """It looks as if you wrote a(x), as in school. In Python that calls a as a function: write a * x."""
    return a(x) + b


LINE = Exercise(
    id="line",
    title="What the line says",
    difficulty=1,
    minutes=2,
    kind="rebuild",
    contract="numbers a, b and x to one number: a times x, plus b.",
    cases=((3, 2, 2), (3, 2, 0), (5, 1, -2), (0.5, -1, 4), (0.5, 0.2, 3), (0.25, 0.5, 0.5)),
    tried="x at 0, above and below, and numbers with a fraction",
    hints=(
        "The three dots are where your line goes. It begins with the word return.",
        "In Python, times is written *.",
        "return a * x + b",
    ),
    solution=my_line,
    mistakes=(
        line_adds_first,
        line_swaps_its_numbers,
        line_without_its_height,
        line_subtracts,
        line_adds_everything,
        line_rounds,
        line_with_a_hat,
        line_of_school,
    ),
)
