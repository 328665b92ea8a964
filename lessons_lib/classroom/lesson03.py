"""The exercises and the quiz of lesson 03: vectors, what they are alike to, and where they come from.

Each solution is what `show_solution` shows; each mistake's docstring is what the learner who makes it is told.
The names and arguments of the solutions are those of the stubs in the lesson.
"""

import math

import numpy as np

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.questions import Question


def rows(*values: tuple) -> np.ndarray:
    """A vector or a matrix of floats."""
    return np.array(values, dtype=np.float64)


# 1. cosine


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


# 2. one-hot


def my_one_hot(ids, V):
    matrix = np.zeros((len(ids), V))
    matrix[range(len(ids)), ids] = 1
    return matrix


def one_hot_counts_from_one(ids, V):
    """It looks as if you count from 1: token 0 has its 1 in column 0."""
    return my_one_hot([i - 1 for i in ids], V)


def one_hot_on_its_side(ids, V):
    """It looks as if rows and columns are swapped: one row for each id, one column for each token, [T, V]."""
    return my_one_hot(ids, V).T


def one_hot_in_one_row(ids, V):
    """It looks as if all ids went into one row. Each id has a row of its own, in the order of the ids."""
    return my_one_hot(ids, V).max(0)


def one_hot_every_id_once(ids, V):
    """It looks as if an id that comes again got no row, or the ids were sorted: one row for each place in the list."""
    return my_one_hot(sorted(set(ids)), V)


def one_hot_holds_the_ids(ids, V):
    """It looks as if the rows hold the ids where they should hold a 1."""
    return my_one_hot(ids, V) * np.array(ids)[:, None]


def one_hot_too_narrow(ids, V):
    """It looks as if the matrix is as wide as the largest id needs: it must have V columns, used or not."""
    return my_one_hot(ids, max(ids) + 1)


ONE_HOT = Exercise(
    id="one_hot",
    title="The lookup as a product",
    difficulty=1,
    minutes=6,
    contract="a list of T ids from 0 to V - 1 to a matrix [T, V]: row t is 0 everywhere and 1 in column ids[t].",
    cases=(
        ([1], 3),
        ([0, 2], 3),
        ([2, 0, 2], 4),
        ([4, 3, 1, 0, 1], 6),
    ),
    tried="one id and several, an id that comes twice, id 0, and more columns than ids",
    hints=(
        "Start with a matrix of zeros, np.zeros((len(ids), V)).",
        "Row number t gets a single 1. In which column?",
        "A loop over enumerate(ids) does it: matrix[t, i] = 1.",
    ),
    solution=my_one_hot,
    mistakes=(
        one_hot_counts_from_one,
        one_hot_on_its_side,
        one_hot_in_one_row,
        one_hot_every_id_once,
        one_hot_holds_the_ids,
        one_hot_too_narrow,
    ),
)


# 3. nearest


def my_nearest(vectors, row, k):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    order = (-(unit @ unit[row])).argsort(kind="stable")
    return [int(other) for other in order if other != row][:k]


def nearest_includes_itself(vectors, row, k):
    """It looks as if the row is its own neighbour. Its cosine with itself is 1, so it always wins: leave it out."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    others = (-(unit @ unit[row])).argsort(kind="stable").tolist()
    others.remove(row)
    return [row, *others][:k]


def nearest_by_dot_product(vectors, row, k):
    """It looks as if you compared dot products. Long vectors then win: divide by the lengths."""
    order = (-(vectors @ vectors[row])).argsort(kind="stable")
    return [int(other) for other in order if other != row][:k]


def nearest_by_distance(vectors, row, k):
    """It looks as if you compared distances. A vector may point the same way and still be far: use the cosine."""
    order = np.linalg.norm(vectors - vectors[row], axis=1).argsort(kind="stable")
    return [int(other) for other in order if other != row][:k]


def nearest_least_alike_first(vectors, row, k):
    """It looks as if the least alike come first: argsort sorts upwards, so turn it round."""
    return my_nearest(vectors, row, len(vectors) - 1)[::-1][:k]


def nearest_drops_one_after_cutting(vectors, row, k):
    """It looks as if one neighbour is missing: take the row itself out before you cut off after k."""
    return my_nearest(vectors, row, k - 1)


def nearest_skips_the_first(vectors, row, k):
    """It looks as if you dropped whatever came first in place of the row itself. Where another row points the same
    way it may come first: leave out the row by its number."""
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return (-(unit @ unit[row])).argsort(kind="stable")[1 : k + 1].tolist()


NEAREST = Exercise(
    id="nearest",
    title="Neighbours",
    difficulty=2,
    minutes=10,
    contract="vectors [N, C], a row and k < N to a list of the k rows with the highest cosine to it, most alike first, "
    "without the row itself. Of two that are equally alike the earlier comes first.",
    cases=(
        (rows((1, 0), (0, 1), (3, 1)), 0, 1),
        (rows((1, 0), (0, 1), (1, 3), (3, 1)), 0, 3),
        (rows((1, 2), (9, 0), (2, 5), (-1, 4), (10, 40)), 2, 2),
        (rows((3, 0, 1), (-3, 0, -1), (0, 1, 0), (1, 0, 0), (9, 3, 3)), 3, 4),
        # Rows 1 and 3 are the same: exactly equal scores, on whatever processor.
        (rows((0, 1), (1, 1), (1, 0), (1, 1), (0, 2)), 3, 2),
    ),
    tried="two and three numbers, short and long vectors, opposite ones, and a vector that is there twice",
    hints=(
        "Divide every row by its length first; then dot products are cosines.",
        "unit @ unit[row] is the cosine of every row with yours, [N].",
        "Sort by the negative: (-scores).argsort(kind='stable'), then leave out your row and take k.",
    ),
    solution=my_nearest,
    mistakes=(
        nearest_includes_itself,
        nearest_by_dot_product,
        nearest_by_distance,
        nearest_least_alike_first,
        nearest_drops_one_after_cutting,
        nearest_skips_the_first,
    ),
)


# 4. analogy


def my_analogy(vectors, a, b, c):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = unit @ (unit[b] - unit[a] + unit[c])
    scores[[a, b, c]] = -np.inf
    return int(scores.argmax())


def _answer(vectors, goal, excluded) -> int:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = unit @ goal
    scores[list(excluded)] = -np.inf
    return int(scores.argmax())


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def analogy_may_return_the_question(vectors, a, b, c):
    """It looks as if a row of the question came back. Row c is usually the nearest of all: a, b and c can't be the
    answer."""
    unit = _unit(vectors)
    return _answer(vectors, unit[b] - unit[a] + unit[c], [])


def analogy_the_wrong_way(vectors, a, b, c):
    """It looks as if you took the step backwards: from a to b is b - a, so the goal is c + b - a."""
    unit = _unit(vectors)
    return _answer(vectors, unit[a] - unit[b] + unit[c], (a, b, c))


def analogy_without_unit_lengths(vectors, a, b, c):
    """It looks as if you calculated with the rows as they are. Scale each row to length 1 first, or the longest of the
    three decides."""
    return _answer(vectors, vectors[b] - vectors[a] + vectors[c], (a, b, c))


def analogy_by_dot_product(vectors, a, b, c):
    """It looks as if the candidates kept their lengths. Scale every row to length 1, so that no candidate wins by being
    long."""
    unit = _unit(vectors)
    scores = vectors @ (unit[b] - unit[a] + unit[c])
    scores[[a, b, c]] = -np.inf
    return int(scores.argmax())


def analogy_ignores_c(vectors, a, b, c):
    """It looks as if c is missing from the sum: start at c and take the step from a to b."""
    unit = _unit(vectors)
    return _answer(vectors, unit[b] - unit[a], (a, b, c))


def analogy_nearest_to_c(vectors, a, b, c):
    """It looks as if you returned the neighbour of c: the step from a to b must be added first."""
    return _answer(vectors, _unit(vectors)[c], (a, b, c))


ANALOGY = Exercise(
    id="analogy",
    title="a is to b as c is to ...",
    difficulty=2,
    minutes=12,
    contract="vectors [N, C] and three rows a, b, c to one row: with every row scaled to length 1, the one with the "
    "highest cosine to b - a + c, and none of a, b, c.",
    cases=(
        (rows((1, 0, 0), (0, 1, 0), (1, 0, 3), (0, 1, 3)), 0, 1, 2),
        (rows((1, 0, 0), (0, 1, 0), (1, 0, 2), (0, 1, 2), (40, 30, 60)), 0, 1, 2),
        # The best answer leads by a wide margin, and each known mistake gives another one.
        (rows((2, 4, -1), (0, -6, 15), (-1, 5, -2), (0, 2, 0), (-3, 4, -2), (2, 5, -2), (2, 5, 5)), 5, 2, 6),
        (rows((9, 3, -3), (3, 4, 5), (-1, 0, 2), (-3, 0, -1), (1, -2, 0), (0, -3, 3), (-1, 3, 4)), 1, 2, 3),
    ),
    tried="vectors of equal and of very different lengths, steps both ways, and long candidates",
    hints=(
        "Divide every row by its length; call that unit.",
        "The goal is unit[b] - unit[a] + unit[c]; unit @ goal gives a score for every row, in the order of the cosine.",
        "Give the rows a, b and c the score -np.inf and take argmax.",
    ),
    solution=my_analogy,
    mistakes=(
        analogy_may_return_the_question,
        analogy_the_wrong_way,
        analogy_without_unit_lengths,
        analogy_by_dot_product,
        analogy_ignores_c,
        analogy_nearest_to_c,
    ),
)


# 5. negative sampling


def my_negative_sampling(v, real, noise, rate):
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    pull = (1 - sigmoid(real @ v)) * real
    push = sigmoid(noise @ v) @ noise
    return v + rate * (pull - push)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sampling_pulls_everything(v, real, noise, rate):
    """It looks as if the random words pull too: they push v away, so their part is subtracted."""
    return v + rate * ((1 - _sigmoid(real @ v)) * real + _sigmoid(noise @ v) @ noise)


def sampling_climbs(v, real, noise, rate):
    """It looks as if the step goes the wrong way: v moves towards its real company, so add the pull."""
    return v - rate * ((1 - _sigmoid(real @ v)) * real - _sigmoid(noise @ v) @ noise)


def sampling_without_what_is_missing(v, real, noise, rate):
    """It looks as if the real company pulls by sigma. It pulls by what is missing, 1 - sigma: a pair that is already
    sure of itself needs no more."""
    return v + rate * (_sigmoid(real @ v) * real - _sigmoid(noise @ v) @ noise)


def sampling_without_sigmoid(v, real, noise, rate):
    """It looks as if the sigmoid is missing: the dot product is no chance yet."""
    return v + rate * ((1 - real @ v) * real - (noise @ v) @ noise)


def sampling_with_the_mean_of_the_noise(v, real, noise, rate):
    """It looks as if you took the mean over the random words: each of them pushes with its full part, so sum them."""
    return v + rate * ((1 - _sigmoid(real @ v)) * real - _sigmoid(noise @ v) @ noise / len(noise))


def sampling_without_rate(v, real, noise, rate):
    """It looks as if the learning rate is missing: it scales the whole step."""
    return v + (1 - _sigmoid(real @ v)) * real - _sigmoid(noise @ v) @ noise


def sampling_without_noise(v, real, noise, rate):
    """It looks as if the random words do nothing: each pushes v away by sigma of its dot product."""
    return v + rate * (1 - _sigmoid(real @ v)) * real


def sampling_returns_the_step(v, real, noise, rate):
    """It looks as if you returned the step alone: add it to v."""
    return rate * ((1 - _sigmoid(real @ v)) * real - _sigmoid(noise @ v) @ noise)


NEGATIVE_SAMPLING = Exercise(
    id="negative_sampling",
    title="One step of word2vec",
    difficulty=3,
    minutes=12,
    contract="v [C], its real company [C], K random words [K, C] and a learning rate to the new v [C]: v plus rate "
    "times (1 - sigma(real . v)) real, minus rate times the sum of sigma(u . v) u over the random words u.",
    cases=(
        (rows(1.0, 0.0), rows(0.5, 0.5), rows((0.5, -0.5)), 1.0),
        (rows(0.0, 0.0), rows(1.0, 0.0), rows((0.0, 1.0), (0.0, 3.0)), 0.5),
        (rows(2.0, 1.0, 0.0), rows(-1.0, 0.5, 2.0), rows((1.0, 1.0, 1.0), (0.0, -2.0, 0.5)), 0.1),
        (rows(3.0, -1.0), rows(2.0, 0.0), rows((-2.0, 1.0), (1.0, 1.0), (0.5, 0.0)), 0.025),
    ),
    tried="one random word and several, a vector of zeros, three numbers, and several learning rates",
    hints=(
        "sigma(x) is 1 / (1 + np.exp(-x)); the chance of the real pair is sigma(real @ v).",
        "The real company pulls by what its chance lacks: (1 - sigma(real @ v)) * real.",
        "noise @ v holds a dot product for each random word, [K]; sigma of it, times noise, summed, is the push.",
    ),
    solution=my_negative_sampling,
    mistakes=(
        sampling_pulls_everything,
        sampling_climbs,
        sampling_without_what_is_missing,
        sampling_without_sigmoid,
        sampling_with_the_mean_of_the_noise,
        sampling_without_rate,
        sampling_without_noise,
        sampling_returns_the_step,
    ),
)


# 6. sinusoidal


def my_sinusoidal(length, width):
    speeds = 10000 ** (-np.arange(0, width, 2) / width)
    angles = np.arange(length)[:, None] * speeds
    pattern = np.zeros((length, width))
    pattern[:, 0::2] = np.sin(angles)
    pattern[:, 1::2] = np.cos(angles)
    return pattern


def _pattern(length, width, exponents, first=0):
    angles = np.arange(first, first + length)[:, None] / 10000**exponents  # [T, C/2]
    return np.stack([np.sin(angles), np.cos(angles)], -1).reshape(length, width)


def sinusoidal_in_halves(length, width):
    """It looks as if all sines stand on the left and all cosines on the right: they take turns, sine in column 2i and
    cosine in column 2i + 1."""
    pattern = my_sinusoidal(length, width)
    return np.concatenate([pattern[:, 0::2], pattern[:, 1::2]], 1)


def sinusoidal_without_the_two(length, width):
    """It looks as if the exponent is i / width: it is 2i / width for pair i."""
    return _pattern(length, width, np.arange(width // 2) / width)


def sinusoidal_of_each_column(length, width):
    """It looks as if every column turns at its own speed: the two columns of a pair share one angle."""
    angles = np.arange(length)[:, None] / 10000 ** (np.arange(width) / width)
    return np.where(np.arange(width) % 2, np.cos(angles), np.sin(angles))


def sinusoidal_from_place_one(length, width):
    """It looks as if the places count from 1: place 0 is (0, 1, 0, 1, ...)."""
    return _pattern(length, width, np.arange(0, width, 2) / width, first=1)


def sinusoidal_swapped(length, width):
    """It looks as if sine and cosine are swapped: the sine comes first."""
    return my_sinusoidal(length, width).reshape(length, -1, 2)[:, :, ::-1].reshape(length, width)


def sinusoidal_faster_and_faster(length, width):
    """It looks as if the waves grow faster from pair to pair: divide the place by 10000 ** (2i / width)."""
    return _pattern(length, width, -np.arange(0, width, 2) / width)


def sinusoidal_on_its_side(length, width):
    """It looks as if places and columns are swapped: a row for each place, [length, width]."""
    return my_sinusoidal(length, width).T


SINUSOIDAL = Exercise(
    id="sinusoidal",
    title="The clock with many hands",
    difficulty=3,
    minutes=15,
    contract="length and an even width to a matrix [length, width]: in row p, columns 2i and 2i + 1 hold the sine and "
    "the cosine of p / 10000 ** (2i / width).",
    cases=(
        (1, 2),
        (3, 2),
        (2, 4),
        (5, 6),
        (3, 10),
    ),
    tried="one place and several, one pair of columns and five",
    hints=(
        "Pair i turns by 1 / 10000 ** (2i / width) a place; np.arange(0, width, 2) holds all 2i.",
        "np.arange(length)[:, None] * speeds is the angle of every place and pair, [length, width / 2].",
        "pattern[:, 0::2] are the even columns, for the sines; pattern[:, 1::2] the odd ones, for the cosines.",
    ),
    solution=my_sinusoidal,
    mistakes=(
        sinusoidal_in_halves,
        sinusoidal_without_the_two,
        sinusoidal_of_each_column,
        sinusoidal_from_place_one,
        sinusoidal_swapped,
        sinusoidal_faster_and_faster,
        sinusoidal_on_its_side,
    ),
)

EXERCISES = (COSINE, ONE_HOT, NEAREST, ANALOGY, NEGATIVE_SAMPLING, SINUSOIDAL)


# Quiz: answers that can be computed are computed.


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
