"""The quiz of lesson 03: answers that can be computed are computed."""

import math

import numpy as np

from lessons_lib.classroom.lessons.lesson03.cosine import my_cosine
from lessons_lib.classroom.lessons.lesson03.nearest import my_nearest
from lessons_lib.classroom.lessons.lesson03.one_hot import my_one_hot
from lessons_lib.classroom.lessons.lesson03.shared import rows
from lessons_lib.classroom.lessons.lesson03.sinusoidal import my_sinusoidal
from lessons_lib.classroom.questions import Question


def cosine_of_a_longer_vector() -> str:
    return f"It stays {my_cosine(rows(1.0, 2.0), rows(5.0, 10.0)):.0f}"


def one_hot_product() -> str:
    table = rows((1, 2), (3, 4), (5, 6))
    return f"Row {[row.tolist() for row in table].index((my_one_hot([2], 3) @ table)[0].tolist())} of the table"


def turned_neighbours() -> str:
    points = np.random.default_rng(0).normal(size=(30, 5))
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))
    same = all(my_nearest(points, row, 3) == my_nearest(points @ turn, row, 3) for row in range(30))
    return "Yes, every one" if same else "No, they are mixed up"


def order_in_an_average() -> str:
    dog, bites, man = rows((1, 2), (3, 5), (8, 1))
    places = my_sinusoidal(3, 2)
    one, other = ((np.stack(words) + places).mean(0) for words in ((dog, bites, man), (man, bites, dog)))
    return "No, the average is still the same" if np.allclose(one, other) else "Yes, the average now knows the order"


def dot_of_places() -> str:
    pattern = my_sinusoidal(60, 8)
    same = math.isclose(pattern[2] @ pattern[7], pattern[40] @ pattern[45])
    return "They are equal" if same else "The second is smaller"


QUIZ = (
    Question(
        "A vector is made five times as long. What happens to its cosine with the vector it was?",
        {
            "It stays 1": "The cosine divides by the lengths: only the direction counts.",
            "It becomes 5": "That is what the dot product would do; a cosine is never above 1.",
            "It falls to 0.2": "The length cancels, whichever way it changes.",
        },
        cosine_of_a_longer_vector,
    ),
    Question(
        "A one-hot row with its 1 in column 2 is multiplied with the embedding matrix. What comes out?",
        {
            "Column 2 of the table": "The row runs along the tokens, and tokens are the rows of the table.",
            "Row 2 of the table": "Every other row is multiplied by 0.",
            "The number 1": "A row times a matrix is a row: here one of C numbers.",
        },
        one_hot_product,
    ),
    Question(
        "All vectors of a table are turned by the same rotation. Do the words keep their neighbours?",
        {
            "No, they are mixed up": "Every number changes, but no length and no angle does.",
            "Only the nearest one": "All cosines are as before, so the whole order is.",
            "Yes, every one": "Neighbours depend on angles alone. That is why single columns need not mean anything.",
        },
        turned_neighbours,
    ),
    Question(
        "Why do `hot` and `cold` lie close together in word2vec?",
        {
            "They keep the same company": "The weather is hot, the weather is cold: the method sees company, no more.",
            "The training went wrong": "It did what it was asked to do: words in the same places get like vectors.",
            "They are spelled alike": "It never sees the letters.",
        },
        "They keep the same company",
    ),
    Question(
        "Why does word2vec need random words at all?",
        {
            "To make training faster": "They cost time: each is one more dot product.",
            "Without them the best answer is to make all pairs look real": "If nothing is ever wrong, "
            "large vectors that all point the same way win.",
            "To learn rare words": "Rare words are drawn rarely, too. The random words are there to be told apart.",
        },
        "Without them the best answer is to make all pairs look real",
    ),
    Question(
        "A paper reports 70% on analogies. What else must you know?",
        {
            "Nothing, it is a standard test": "The same vectors gave from a sixth to all, by relation alone.",
            "Only how many dimensions the vectors have": "That belongs to the vectors. The "
            "rate depends on the test as well.",
            "The questions, the list of words, and whether query words were allowed": "Each of the three changed the "
            "rate in this lesson.",
        },
        "The questions, the list of words, and whether query words were allowed",
    ),
    Question(
        "You add positions to the word vectors and average the sentence. Does the average know the order now?",
        {
            "Yes, the average now knows the order": "The mean of sums is the sum of means: swap two words and nothing "
            "changes.",
            "No, the average is still the same": "The words and the places are each averaged; their pairing is lost.",
            "Only for short sentences": "It holds for any length.",
        },
        order_in_an_average,
    ),
    Question(
        "Sinusoidal positions: compare the dot product of places 2 and 7 with that of places 40 and 45.",
        {
            "The second is smaller": "Places do not fade; each pair of columns only turns.",
            "They are equal": "Both are 5 apart, and the dot product depends on the distance alone.",
            "They have opposite signs": "The places themselves drop out of the sum.",
        },
        dot_of_places,
    ),
)
