"""The solutions of lesson 03 against libraries that nobody here wrote, and the same mistakes in other words."""

import math
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import scipy.spatial.distance
import torch
from classroom.styles import accept, refuse
from effort import examples
from gensim.models import KeyedVectors
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lessons_lib import vectors
from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson03
from lessons_lib.classroom.lessons.lesson03.all_cosines import my_cosines
from lessons_lib.classroom.lessons.lesson03.figures import own_words
from lessons_lib.classroom.lessons.lesson03.keeps_cosines import my_numbers
from lessons_lib.classroom.lessons.lesson03.negative_sampling import my_negative_sampling
from lessons_lib.classroom.lessons.lesson03.own_neighbour import FOUND, hasty_nearest, my_table, tried_on
from lessons_lib.classroom.lessons.lesson03.rank_texts import VECTORS, my_ranking
from lessons_lib.classroom.lessons.lesson03.tables import a_turn, smollm2_tokens, smollm2_words, spread_out
from lessons_lib.classroom.lessons.lesson03.word_vectors import BEHIND, WORD_VECTORS, known_as, with_words
from lessons_lib.classroom.real_model import real_model
from lessons_lib.vectors import WordVectors

EXERCISES = {exercise.id: exercise for exercise in lesson03.EXERCISES}
TRIALS = settings(max_examples=examples(50), derandomize=True, deadline=None)


def vectors_of(rows, width):
    numbers = st.integers(-40, 40).map(lambda n: n / 8)
    return arrays(np.float64, st.tuples(rows, st.just(width)), elements=numbers).filter(lambda m: m.any(1).all())


def keyed(words, matrix):
    found = KeyedVectors(matrix.shape[1])
    found.add_vectors(list(words), matrix.astype(np.float32))
    return found


@given(vectors_of(st.integers(1, 4), 5), vectors_of(st.integers(1, 6), 5))
@TRIALS
def test_all_cosines_equal_scipy(x, y):
    np.testing.assert_allclose(my_cosines(x, y), 1 - scipy.spatial.distance.cdist(x, y, "cosine"), atol=1e-9)


def test_the_changes_that_keep_cosines():
    assert my_numbers() == {1, 4, 5, 7}


@given(vectors_of(st.integers(3, 6), 4), st.floats(0.01, 1))
@TRIALS
def test_negative_sampling_is_a_step_of_torchs_gradient(matrix, rate):
    v = torch.tensor(matrix[0], requires_grad=True)
    real, noise = torch.tensor(matrix[1]), torch.tensor(matrix[2:])
    loss = torch.nn.functional.softplus(-(real @ v)) + torch.nn.functional.softplus(noise @ v).sum()
    loss.backward()
    ours = my_negative_sampling(matrix[0], matrix[1], matrix[2:], rate)
    np.testing.assert_allclose(ours, (v - rate * v.grad).detach(), atol=1e-9)


@given(vectors_of(st.integers(2, 5), 3), st.data())
@TRIALS
def test_own_neighbour_is_found_where_gensim_names_another_row(matrix, data):
    row = data.draw(st.integers(0, len(matrix) - 1))
    [named] = hasty_nearest(matrix, row, 1)
    assert (tried_on(lambda: (matrix.tolist(), row)) == FOUND) == (named == row)
    words = [f"w{number}" for number in range(len(matrix))]
    assert keyed(words, matrix).most_similar(words[row], topn=1)[0][0] != words[row]


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (5, "not a pair"),
        (([[1, 0], [1]], 0), "all of one length"),
        (([[1, 0]], 0), "two rows or more"),
        (([[1, 0], [0, 0]], 0), "a row without a direction"),
        (([[1, 0], [0, 1]], 2), "from 0 to 1"),
        (([[1, 0], [0, 1]], 0), "all rows are equally long"),
        (([[1, 0], [0, 5]], 0), "comes first"),
        (([[1, 0], [2, 0], [3, 1]], 0), "comes third or later"),
        (my_table(), FOUND),
        (([[1, 0], [1, 0]], 1), FOUND),
    ],
)
def test_own_neighbour_says_what_it_sees(pair, words):
    assert words in tried_on(lambda: pair)


WORDS = st.lists(st.sampled_from([*VECTORS, "and"]), min_size=1, max_size=4)


@given(WORDS, st.lists(WORDS, min_size=2, max_size=4))
@TRIALS
def test_texts_are_ranked_as_scipy_does(question, texts):
    assume(all(any(word in VECTORS for word in words) for words in [question, *texts]))
    means = [np.mean([VECTORS[word] for word in words if word in VECTORS], axis=0) for words in [question, *texts]]
    assume(all(np.linalg.norm(mean) > 0.1 for mean in means))
    far = [scipy.spatial.distance.cosine(means[0], mean) for mean in means[1:]]
    assume(all(b - a > 1e-6 for a, b in pairwise(sorted(far))))
    assert my_ranking(question, texts, VECTORS) == np.argsort(far).tolist()


@pytest.mark.parametrize("case", WORD_VECTORS.cases)
def test_word_vectors_answer_as_gensim_does(case):
    rows_of, word, count, (a, b, c) = case
    known = known_as(rows_of)
    theirs = keyed(known.index_to_key, known.vectors)
    near = theirs.most_similar(word, topn=count + 1)[: len(known) - 1]
    answers = theirs.most_similar(positive=[b, c], negative=[a], topn=2)
    for scores in (near, answers):
        assert all(high - low > 1e-4 for (_, high), (_, low) in pairwise(scores)), "too close for another rounding"
    expected = {"nearest": [other for other, _ in near[:count]], "analogy": answers[0][0]}
    assert with_words(WORD_VECTORS.solution, *case) == expected


@pytest.mark.parametrize(
    ("typed", "arithmetic", "expected", "missing"),
    [
        ("up, left", "", ["cosine of up and left 0.18"], ["no vector"]),
        ("up left", "up + + left", ["is no sum"], [" = "]),
        ("up left", "up sideways", ["no vector for sideways"], [" = "]),
        ("up left back", "up − left", ["up − left ="], ["is no sum"]),
    ],
)
def test_the_panel_says_what_it_can_not_do(typed, arithmetic, expected, missing):
    figure, words = own_words(known_as(BEHIND), typed, arithmetic, "five words")
    plt.close(figure)
    assert all(part in words for part in expected) and not any(part in words for part in missing)


def test_a_turn_changes_no_length_and_is_no_mirror():
    turn = a_turn(7)
    np.testing.assert_allclose(turn @ turn.T, np.eye(7), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)


def test_the_words_of_smollm2_are_its_own_rows():
    model, tokenizer = real_model()
    known = smollm2_words()
    assert len(known) > 10_000 and "emperor" in known and "nebuchadnezzar" not in known
    for word, form in (("king", " king"), ("paris", " Paris"), ("fast", " fast")):
        [row] = tokenizer.encode(form)
        np.testing.assert_array_equal(known[word], model.model.embed_tokens.weight[row].detach())


def test_the_building_exercise_ends_with_the_answers_of_the_opening():
    model, tokenizer = real_model()
    known = smollm2_tokens()
    table = model.model.embed_tokens.weight.detach().numpy()
    np.testing.assert_array_equal(known.vectors, table)
    assert len(set(known.index_to_key)) == len(table) == tokenizer.vocab_size
    king, man, woman = (tokenizer.encode(word)[0] for word in (" king", " man", " woman"))
    near = vectors.nearest(table[king], table, count=7, excluded=[king]).rows
    [answer] = vectors.analogy(table, man, woman, king, count=1).rows
    *near, answer = (tokenizer.decode([int(row)]).replace(" ", "␣") for row in (*near, answer))
    case = next(case for case in WORD_VECTORS.cases if case[1] == "␣king")
    assert with_words(WORD_VECTORS.solution, *case) == {"nearest": near, "analogy": answer}
    assert f"{len(table):,} rows of the opening: your class names {near[0]} first" in WORD_VECTORS.tried
    assert f"{answer} for the sum" in WORD_VECTORS.tried


def test_the_rows_of_a_small_case_are_shown_whole():
    report = feedback(WORD_VECTORS, Forbids)
    assert all(f"'{word}': {row}" in report for word, row in WORD_VECTORS.cases[0][0].items())


@given(vectors_of(st.integers(4, 9), 4), st.integers(1, 4))
@TRIALS
def test_points_are_spread_out_as_by_the_eigenvectors_of_their_covariance(points, count):
    centred = points - points.mean(0)
    variances = np.linalg.eigvalsh(centred.T @ centred)[::-1]
    seen = spread_out(points, count)
    np.testing.assert_allclose((seen**2).sum(0), variances[:count].clip(0)[: seen.shape[1]], atol=1e-6)


# The learner writes the same mistakes differently; the words must be the same.


class InLoops:
    """Compares dot products, one row after the other."""

    def __init__(self, words, table):
        self.table = dict(zip(words, table.astype(np.float64), strict=True))

    def ordered(self, goal, left_out):
        rest = [word for word in self.table if word not in left_out]
        return sorted(rest, key=lambda word: -float(self.table[word] @ goal))

    def nearest(self, word, count):
        return self.ordered(self.table[word], {word})[:count]

    def analogy(self, a, b, c):
        return self.ordered(self.table[c] + self.table[b] - self.table[a], {a, b, c})[0]


class Scipy(InLoops):
    """Right, by another library's cosine."""

    def __init__(self, words, table):
        super().__init__(words, table / np.linalg.norm(table, axis=1)[:, None])


class Forbids(Scipy):
    """Lets the words of the question answer."""

    def analogy(self, a, b, c):
        return self.ordered(self.table[c] + self.table[b] - self.table[a], set())[0]


class LeavesOutTwo(Scipy):
    """Forgets that b can't be the answer."""

    def analogy(self, a, b, c):
        return self.ordered(self.table[c] + self.table[b] - self.table[a], {a, c})[0]


class LetsAAnswer(Scipy):
    """Forgets that a can't be the answer."""

    def analogy(self, a, b, c):
        return self.ordered(self.table[c] + self.table[b] - self.table[a], {b, c})[0]


class Multiplies(Scipy):
    """Multiplies the cosines where they should be added."""

    def analogy(self, a, b, c):
        def score(word):
            near_a, near_b, near_c = ((1 + self.table[word] @ self.table[each]) / 2 for each in (a, b, c))
            return near_b * near_c / (near_a + 0.001)

        return max((word for word in self.table if word not in (a, b, c)), key=score)


class InPlace(Scipy):
    """Scales the table that it was handed."""

    def __init__(self, words, table):
        for row in table:
            row /= np.linalg.norm(row)
        super().__init__(words, table)


class SkipsOne(Scipy):
    """Takes for granted that the word itself comes first."""

    def nearest(self, word, count):
        return self.ordered(self.table[word], set())[1 : count + 1]


class Swaps(Scipy):
    """Starts at a."""

    def analogy(self, a, b, c):
        return self.ordered(self.table[a] + self.table[b] - self.table[c], {a, b, c})[0]


class Ascends(Scipy):
    """Sorts upwards, with what is left out at minus infinity."""

    def ordered(self, goal, left_out):
        def score(word):
            return -math.inf if word in left_out else float(self.table[word] @ goal)

        return sorted(self.table, key=score)


class AscendsFromTheWord(Ascends):
    def analogy(self, a, b, c):
        return Scipy.ordered(self, self.table[c] + self.table[b] - self.table[a], {a, b, c})[0]


class ByColumns(InLoops):
    def __init__(self, words, table):
        super().__init__(words, table / np.sqrt((table**2).sum(0)))


class ByOneLength(InLoops):
    def __init__(self, words, table):
        super().__init__(words, table / math.sqrt((table**2).sum()))


class WithoutSigns(Scipy):
    def ordered(self, goal, left_out):
        rest = [word for word in self.table if word not in left_out]
        return sorted(rest, key=lambda word: -abs(float(self.table[word] @ goal)))


class Centred(Scipy):
    def __init__(self, words, table):
        super().__init__(words, table - np.mean(table, axis=0, keepdims=True))


class Strict(Scipy):
    """Takes every word of the same direction for the word itself."""

    def nearest(self, word, count):
        at = self.table[word]
        return [near for near in self.ordered(at, set()) if at @ self.table[near] < 0.99999][:count]


class NearByDistance(Scipy):
    """With the rows as they are, and the word itself first."""

    def __init__(self, words, table):
        super().__init__(words, table)
        self.words, self.rows = words, table

    def nearest(self, word, count):
        far = ((self.rows - self.rows[self.words.index(word)]) ** 2).sum(1)
        return [self.words[row] for row in far.argsort()[1 : count + 1]]


class Bare(Scipy):
    def nearest(self, word, count):
        near = super().nearest(word, count)
        return near if count > 1 else near[0]


class CountsItself(Scipy):
    """Counts the word itself among the neighbours, and then drops the first."""

    def nearest(self, word, count):
        return self.ordered(self.table[word], set())[1:count]


class OnTheClass(Scipy):
    """Keeps its table where all objects share it."""

    def __init__(self, words, table):
        super().__init__(words, table)
        OnTheClass.table = self.__dict__.pop("table")


class OneSpare(Scipy):
    """Takes two candidates, which may both be words of the question."""

    def analogy(self, a, b, c):
        found = iter(self.ordered(self.table[c] + self.table[b] - self.table[a], set())[:2])
        while (word := next(found)) in (a, b, c):
            pass
        return word


class Scored(Scipy):
    """Returns pairs."""

    def nearest(self, word, count):
        at = self.table[word]
        return [(near, float(at @ self.table[near])) for near in super().nearest(word, count)]


class BestAtTheEnd(Scipy):
    """Cuts the end off an upward sorting."""

    def nearest(self, word, count):
        return list(reversed(super().nearest(word, count)))


class Lazy(Scipy):
    """Takes no step."""

    def analogy(self, a, b, c):
        return self.ordered(self.table[c], {c})[0]


class Borrows:
    """Asks the library."""

    def __init__(self, words, table):
        self.known = WordVectors(words, table)

    def nearest(self, word, count):
        return [near for near, _ in self.known.most_similar(word, topn=count)]

    def analogy(self, a, b, c):
        return self.known.most_similar([b, c], a, topn=1)[0][0]


def scored(question, texts, vectors_of):
    asked, *means = (np.mean([vectors_of[w] for w in words if w in vectors_of], axis=0) for words in [question, *texts])
    return [float(1 - scipy.spatial.distance.cosine(asked, mean)) for mean in means]


def by_scores(question, texts, vectors_of, change):
    return np.argsort([-change(score) for score in scored(question, texts, vectors_of)], kind="stable")


def keyed_by_score(question, texts, vectors_of):
    found = dict(zip(scored(question, texts, vectors_of), range(len(texts)), strict=True))
    return [found[score] for score in sorted(found)[::-1]]


def by_index(question, texts, vectors_of):
    scores = scored(question, texts, vectors_of)
    return [scores.index(score) for score in sorted(scores)[::-1]]


def first_words(question, texts, vectors_of):
    def first(words):
        return next(vectors_of[word] for word in words if word in vectors_of)

    far = [scipy.spatial.distance.cosine(first(question), first(text)) for text in texts]
    return np.argsort(far, kind="stable")


def in_turn(v, real, noise, rate):
    moved = v.copy()
    for other in noise:
        moved -= rate * other / (1 + math.exp(-float(other @ moved)))
    return moved + rate * real / (1 + math.exp(float(real @ v)))


def of_sums(question, texts, vectors_of, change=lambda score: score, skip=(False, True)):
    """The right ranking in other words, with a slip in one place."""

    def total(words, careful):
        return np.sum([vectors_of[word] for word in words if not careful or word in vectors_of], axis=0)

    asked, careful = total(question, skip[0]), skip[1]
    near = []
    for number, text in enumerate(texts):
        mean = total(text, careful)
        near.append((-change(float(np.sum(asked * mean) / np.sqrt(np.sum(asked**2) * np.sum(mean**2)))), number))
    return [number for _, number in sorted(near)]


def by_numbers(question, texts, vectors_of):
    one, *others = (np.mean([vectors_of[w] for w in words if w in vectors_of]) for words in [question, *texts])
    with np.errstate(invalid="ignore"):
        scores = [one * other / np.sqrt(one * one * (other * other)) for other in others]
    return sorted(range(len(texts)), key=lambda number: -scores[number])


def swaps_equal_texts(question, texts, vectors_of):
    """As an argsort that is not stable may do."""
    order = my_ranking(question, texts, vectors_of)
    return order[1::-1] + order[2:] if texts[order[0]] == texts[order[1]] else order


def places(question, texts, vectors_of):
    order = my_ranking(question, texts, vectors_of)
    return [order.index(number) for number in range(len(texts))]


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("all_cosines", lambda x, y: x @ y.T / (np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)), "in pairs"),
        ("keeps_cosines", [0, 3, 4, 6], "from 1 to 8"),
        ("keeps_cosines", [1], "not the only thing"),
        ("keeps_cosines", [4, 7], "several are missing"),
        ("keeps_cosines", [1, 4, 7, 8], "One arrow now points the other way"),
        ("keeps_cosines", [1, 2, 4, 7], "2 is one that does not belong there"),
        ("keeps_cosines", np.array([4.0, 5.0, 7.0]), "number 1 is missing"),
        ("keeps_cosines", [1.5, 4, 5, 7], "no list of whole numbers"),
        ("keeps_cosines", ["1", "3"], "no list of whole numbers"),
        ("keeps_cosines", [1, 4, 5, 7, 9], "no number from 1 to 8"),
        ("keeps_cosines", [True, False, False, True] + [True, False] * 2, "whether it keeps"),
        ("own_neighbour", ([[1, 0], [1, 0], [1, 0]], 2), "Two or more other rows come before"),
        ("own_neighbour", ([[1, 0], [1, 0]], 0), "all rows are equally long"),
        ("own_neighbour", ([[1e200, 0], [1e250, 0]], 0), "no finite number"),
        ("rank_texts", lambda q, texts, v: by_scores(q, texts, v, abs), "lost their signs"),
        ("rank_texts", lambda q, texts, v: keyed_by_score(q, texts, v), "share one key"),
        ("rank_texts", lambda q, texts, v: by_index(q, texts, v), "named twice"),
        ("rank_texts", lambda q, texts, v: np.argsort(scored(q, texts, v), kind="stable")[::-1], "turns them round"),
        ("rank_texts", lambda q, texts, v: first_words(q, texts, v), "one word stands"),
        ("rank_texts", lambda q, texts, v: of_sums(q, texts, v), "in the question too"),
        (
            "rank_texts",
            lambda q, texts, v: of_sums(q, texts, v, skip=(False, False)),
            "in the question as in the texts",
        ),
        (
            "rank_texts",
            lambda q, texts, v: of_sums(q, texts, v, lambda s: round(s, 1), skip=(True, True)),
            "are rounded",
        ),
        (
            "rank_texts",
            lambda q, texts, v: of_sums(q, texts, v, lambda s: round(s, 2), skip=(True, True)),
            "are rounded",
        ),
        ("rank_texts", lambda q, texts, v: by_numbers(q, texts, v), "a single number"),
        ("rank_texts", swaps_equal_texts, 'kind="stable"'),
        ("own_neighbour", [[1, 0], [3, 1]], "first a list of rows, then"),
        ("own_neighbour", (0, [[1, 0], [3, 1]]), "first a list of rows, then"),
        ("word_vectors", LeavesOutTwo, "not all three words"),
        ("word_vectors", LetsAAnswer, "a may be the answer"),
        ("negative_sampling", lambda v, real, noise, rate: in_turn(v, real, noise, rate), "after each random word"),
        ("negative_sampling", lambda v, real, noise, rate: v * rate + rate * step(v, real, noise), "scales v itself"),
        (
            "negative_sampling",
            lambda v, real, noise, rate: v + rate * step(v, real, noise[:1]),
            "only the first random",
        ),
        ("all_cosines", lambda x, y: abs(my_cosines(x, y)), "lost their signs"),
        ("word_vectors", Scored, "each word with its score"),
        ("word_vectors", CountsItself, "cut off after count"),
        ("word_vectors", OnTheClass, "a second object changes the first"),
        ("word_vectors", OneSpare, "may be the three best"),
        (
            "all_cosines",
            lambda x, y: x @ y.T / np.add.outer(np.sqrt((x**2).sum(1)), np.sqrt((y**2).sum(1))),
            "their product",
        ),
        ("all_cosines", lambda x, y: [[math.acos(min(1, max(-1, c))) for c in r] for r in my_cosines(x, y)], "arccos"),
        ("rank_texts", lambda q, texts, v: np.argsort(scored(q, texts, v), kind="stable"), "turn it round"),
        (
            "rank_texts",
            lambda q, texts, v: of_sums(q, [sorted(set(t)) for t in texts], v, skip=(True, True)),
            "in a text",
        ),
        (
            "rank_texts",
            lambda q, texts, v: [(n, scored(q, texts, v)[n]) for n in my_ranking(q, texts, v)],
            "numbers alone",
        ),
        (
            "negative_sampling",
            lambda v, real, noise, rate: v + rate * (step(v, real, []) - sum(step(v, u, []) for u in noise)),
            "push by sigma",
        ),
        ("word_vectors", BestAtTheEnd, "best last"),
        ("word_vectors", Lazy, "names the neighbour of c"),
        ("rank_texts", places, "its place in the ranking"),
        ("rank_texts", lambda q, texts, v: [texts[n] for n in my_ranking(q, texts, v)], "return the texts themselves"),
        ("word_vectors", InPlace, "changes the table"),
        ("word_vectors", SkipsOne, "drops whatever comes first"),
        ("word_vectors", Swaps, "a and c are swapped"),
        ("word_vectors", Borrows, "your own code"),
        ("negative_sampling", lambda v, real, noise, rate: climbs_along(v, real, noise, rate), "moves along itself"),
        ("negative_sampling", lambda v, real, noise, rate: turned_round(v, real, noise, rate), "the sign of x"),
        ("all_cosines", lambda x, y: np.einsum("ac,bc->ab", x, y), "divide each by both lengths"),
        ("all_cosines", lambda x, y: [[np.dot(a, b) / math.hypot(*a) for b in y] for a in x], "only the rows of x"),
        ("keeps_cosines", [7, 4, 1], "number 5 is missing"),
        ("keeps_cosines", [1, 2, 4, 5, 7], "Number 2 does not belong"),
        ("negative_sampling", lambda v, real, noise, rate: v - rate * step(v, real, noise), "wrong way"),
        ("own_neighbour", ([[1, 0], [0, 1], [0.6, 0.8]], 0), "all rows are equally long"),
        ("rank_texts", lambda q, texts, v: my_ranking(q, texts, v)[::-1], "turn it round"),
        ("word_vectors", InLoops, "keep their lengths"),
        ("word_vectors", Forbids, "names a word of the question"),
        ("word_vectors", AscendsFromTheWord, "nearest has the lowest scores first"),
        ("word_vectors", ByColumns, "axis=0"),
        ("word_vectors", ByOneLength, "one length for the whole table"),
        ("word_vectors", WithoutSigns, "lost their signs"),
        ("word_vectors", Centred, "the mean row was subtracted"),
        ("word_vectors", Strict, "cosine of nearly 1"),
        ("word_vectors", Bare, "a bare word"),
        ("word_vectors", NearByDistance, "nearest looks for the smallest distance"),
        ("all_cosines", lambda x, y: (x * y).sum(1) / np.sqrt((x**2).sum(1) * (y**2).sum(1)), "row 0 met row 0"),
        (
            "all_cosines",
            lambda x, y: x @ y.T / np.linalg.norm(x, axis=1, keepdims=True) / np.linalg.norm(y, axis=1, keepdims=True),
            "✗",
        ),
        (
            "all_cosines",
            lambda x, y: (
                x @ y.T / (np.linalg.norm(x, axis=1, keepdims=True) * np.linalg.norm(y, axis=1, keepdims=True))
            ),
            "turn the second over",
        ),
        ("all_cosines", lambda x, y: x @ y.T / np.sqrt((x**2).sum(0) * (y**2).sum(0)), "lengths are those of the"),
        (
            "negative_sampling",
            lambda v, real, noise, rate: v + rate * sum(each / (1 + np.exp(each @ v)) for each in [real, *noise]),
            "treated as real ones",
        ),
        ("rank_texts", lambda q, texts, v: sorted(scored(q, texts, v))[::-1], "return the cosines"),
        ("rank_texts", lambda q, texts, v: int(np.argmax(scored(q, texts, v))), "the best text alone"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


def test_an_analogy_that_multiplies_is_rejected():
    assert feedback(EXERCISES["word_vectors"], Multiplies).startswith("✗")


def step(v, real, noise):
    missing = 1 / (1 + math.exp(float(np.dot(real, v))))
    return missing * real - sum(u / (1 + math.exp(-float(np.dot(u, v)))) for u in noise)


def climbs_along(v, real, noise, rate):
    change = 1 / (1 + math.exp(float(real @ v)))
    for u in noise:
        change -= 1 / (1 + math.exp(-float(u @ v)))
    return [x + rate * change * x for x in v]


def turned_round(v, real, noise, rate):
    sigmas = 1 / (1 + np.exp(np.stack([real, *noise]) @ v))  # [1 + K]
    return v + rate * (np.array([1.0] + [0.0] * len(noise)) - sigmas) @ np.stack([real, *noise])


def ranked_in_torch(question, texts, vectors_of):
    def mean(words):
        return torch.stack([torch.tensor(vectors_of[word]) for word in words if word in vectors_of]).sum(0)

    asked = mean(question)
    scores = torch.stack([torch.nn.functional.cosine_similarity(asked, mean(text), dim=0) for text in texts])
    return scores.argsort(descending=True)


RIGHT = {
    "all_cosines": lambda x, y: torch.nn.functional.cosine_similarity(
        torch.tensor(x)[:, None], torch.tensor(y)[None], dim=-1
    ),
    "keeps_cosines": lambda: (7, 5, 4, 1),
    "negative_sampling": lambda v, real, noise, rate: torch.tensor(v) + rate * torch.tensor(step(v, real, noise)),
    "own_neighbour": lambda: (np.array([[0.0, 9.0, 9.0], [0.0, 0.1, 0.0]]), 1),
    "rank_texts": ranked_in_torch,
    "word_vectors": Scipy,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
