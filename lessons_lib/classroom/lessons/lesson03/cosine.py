"""An exercise of lesson 03: which way do they point?"""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson03.shared import rows


def my_cosine(a, b):
    lengths = (a * a).sum() ** 0.5 * (b * b).sum() ** 0.5
    return (a * b).sum() / lengths


def cosine_without_lengths(a, b):
    """It looks as if you returned the dot product: divide it by both lengths, or long vectors look alike to all."""
    return (a * b).sum()


def cosine_without_roots(a, b):
    """It looks as if you divided by the squares of the lengths: the length is the root of the sum of squares."""
    return (a * b).sum() / ((a * a).sum() * (b * b).sum())


def cosine_of_one_length(a, b):
    """It looks as if you divided by one length only: divide by the length of a and by the length of b."""
    return (a * b).sum() / (a * a).sum() ** 0.5


def cosine_of_sums(a, b):
    """It looks as if you divided by the sums of the numbers. A length is the root of the sum of squares."""
    return (a * b).sum() / (abs(a).sum() * abs(b).sum())


def cosine_as_distance(a, b):
    """It looks as if you returned the distance, the length of a - b. The cosine asks for the direction alone."""
    return ((a - b) ** 2).sum() ** 0.5


def cosine_of_absolute_values(a, b):
    """It looks as if the sign was lost: vectors that point in opposite directions have the cosine -1."""
    return abs(my_cosine(a, b))


def cosine_turned_round(a, b):
    """It looks as if you returned 1 minus the cosine. That is a distance; the cosine is 1 for the same direction."""
    return 1 - my_cosine(a, b)


COSINE = Exercise(
    id="cosine",
    title="Which way do they point?",
    difficulty=1,
    minutes=5,
    contract="two vectors a [C] and b [C], not all zero, to one number from -1 to 1: the dot product divided by both "
    "lengths.",
    cases=(
        (rows(1.0, 0.0), rows(2.0, 0.0)),
        (rows(3.0, 4.0), rows(4.0, 3.0)),
        (rows(1.0, 0.0), rows(0.0, 5.0)),
        (rows(1.0, 2.0), rows(-2.0, -4.0)),
        (rows(0.5, -1.0, 2.0), rows(3.0, 0.0, 1.0)),
    ),
    tried="the same, a right and the opposite direction, several lengths, and negative numbers",
    hints=(
        "The dot product is (a * b).sum().",
        "The length of a is the root of (a * a).sum().",
        "Divide the dot product by the product of both lengths.",
    ),
    solution=my_cosine,
    mistakes=(
        cosine_without_lengths,
        cosine_without_roots,
        cosine_of_one_length,
        cosine_of_sums,
        cosine_as_distance,
        cosine_of_absolute_values,
        cosine_turned_round,
    ),
)
