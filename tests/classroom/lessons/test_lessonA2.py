"""The solutions of appendix A2 against libraries that nobody here wrote, and the same mistakes in other words."""

import math
import statistics

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lessonA2
from lessons_lib.classroom.lessons.lessonA2 import figures
from lessons_lib.classroom.lessons.lessonA2.error_bar import my_error_bar
from lessons_lib.classroom.lessons.lessonA2.product_shapes import my_shapes
from lessons_lib.classroom.lessons.lessonA2.rows_meet_columns import my_product
from lessons_lib.classroom.lessons.lessonA2.sentence_perplexity import PAGE, my_perplexity
from lessons_lib.classroom.lessons.lessonA2.shared import chances_of, scores_and_ids
from lessons_lib.classroom.lessons.lessonA2.standardise import my_standardised
from lessons_lib.classroom.lessons.lessonA2.three_links import my_slope

EXERCISES = {exercise.id: exercise for exercise in lessonA2.EXERCISES}
TRIALS = settings(max_examples=examples(50), derandomize=True, deadline=None)
NUMBERS = st.integers(-40, 40).map(lambda n: n / 8)
SIZES = st.integers(1, 6)


@given(st.data(), SIZES, SIZES, SIZES)
@TRIALS
def test_rows_meet_columns_equals_numpy(data, n, k, m):
    a, b = (data.draw(arrays(np.float64, shape, elements=NUMBERS)) for shape in ((n, k), (k, m)))
    np.testing.assert_allclose(my_product(a.tolist(), b.tolist()), a @ b, atol=1e-9)


def test_the_shapes_are_torchs():
    pairs = [((2, 3), (3, 5)), ((3, 5), (2, 3)), ((4,), (4, 6)), ((7, 4, 8), (8, 2)), ((3, 2), (2, 5))]
    assert my_shapes() == [shape_or_none(*pair) for pair in pairs]


def shape_or_none(left, right):
    try:
        return list((torch.zeros(left) @ torch.zeros(right)).shape)
    except RuntimeError:
        return "none"


@given(
    arrays(np.float64, st.tuples(SIZES, st.integers(2, 7)), elements=NUMBERS).filter(lambda x: (np.ptp(x, 1) > 0).all())
)
@TRIALS
def test_standardised_equals_scipy(x):
    np.testing.assert_allclose(my_standardised(torch.tensor(x)), scipy.stats.zscore(x, axis=1), atol=1e-9)


@given(*[st.floats(-2, 2)] * 3)
@TRIALS
def test_three_links_equals_autograd(w, x, y):
    at = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    ((at * x).exp() - y).square().backward()
    assert my_slope(w, x, y) == pytest.approx(at.grad.item(), rel=1e-9, abs=1e-12)


@given(st.lists(NUMBERS, min_size=2, max_size=9))
@TRIALS
def test_the_error_bar_equals_scipy(values):
    middle, error = np.mean(values), scipy.stats.sem(values)
    np.testing.assert_allclose(my_error_bar(values), (middle - 2 * error, middle + 2 * error), atol=1e-9)


@pytest.mark.parametrize("text", ["The cat sat on the mat.", PAGE])
def test_perplexity_equals_torchs_cross_entropy_on_the_real_model(text):
    scores, ids = scores_and_ids(text)
    expected = torch.nn.functional.cross_entropy(scores.double(), ids).exp()
    torch.testing.assert_close(my_perplexity(scores, ids).double(), expected, rtol=1e-4, atol=0)


def test_the_page_is_long_enough_to_lose_a_product_of_floats():
    chances = [chance for _, chance in chances_of(PAGE)]
    assert math.prod(chances) == 0 and min(chances) > 0


@pytest.mark.parametrize("count", [1, 2, 5, 16])
def test_the_total_of_dice_has_the_mean_and_the_variance_of_independent_dice(count):
    totals, chances = figures.total_of_dice(count)
    mean = float(chances @ totals)
    assert chances.sum() == pytest.approx(1)
    assert mean == pytest.approx(3.5 * count)
    assert chances @ (totals - mean) ** 2 == pytest.approx(count * 35 / 12)


@pytest.mark.parametrize(("runs", "errors"), [(3, 4.3), (8, 2.4), (10_000, 2.0)])
def test_so_many_standard_errors_hold_the_mean_19_times_of_20(runs, errors):
    assert scipy.stats.t.ppf(0.975, runs - 1) == pytest.approx(errors, abs=0.05)


@pytest.mark.parametrize(("angle", "length"), [(0, 1), (35, 2.5), (90, 3), (150, 0.5), (180, 2)])
def test_the_panel_says_dot_product_and_cosine(angle, length):
    _, text = figures.two_vectors(angle, length)
    cosine = math.cos(math.radians(angle))
    assert text == f"dot product {2 * length * cosine + 0.0:.2f}, cosine {cosine:.2f}"


# The learner writes the same mistakes differently; the words must be the same.


def loops(a, b, keep):
    """Three loops; `keep` joins what was there with the next product."""
    result = [[0.0] * len(b[0]) for _ in a]
    for i in range(len(a)):
        for j in range(len(b[0])):
            for k in range(len(b)):
                result[i][j] = keep(result[i][j], a[i][k] * b[k][j])
    return result


def numpy_bar(values, ddof=1, root=math.sqrt, wide=2):
    half = wide * np.std(values, ddof=ddof) / root(len(values))
    return [np.mean(values) - half, np.mean(values) + half]


def logs(scores, ids):
    return np.array([scipy.special.log_softmax(row)[i] for row, i in zip(scores.numpy(), ids, strict=True)])


def chances(scores, ids):
    return np.exp(logs(scores, ids)).tolist()


def plain_softmax(scores):
    with np.errstate(all="ignore"):  # inf / inf
        return np.exp(scores) / np.exp(scores).sum(1, keepdims=True)


def squared(w, x, y):
    return (math.exp(w * x) - y) ** 2


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("rows_meet_columns", lambda a, b: loops(a, b, lambda old, new: new), "use += for each product"),
        ("rows_meet_columns", lambda a, b: np.array(b) @ np.array(a), "b times a"),
        ("rows_meet_columns", lambda a, b: (np.array(a) @ np.array(b)).T, "rows and columns of the result"),
        (
            "rows_meet_columns",
            lambda a, b: [
                [sum(a[i][k] * b[k][j] for k in range(len(a))) for j in range(len(b[0]))] for i in range(len(a))
            ],
            "range(len(b))",
        ),
        (
            "rows_meet_columns",
            lambda a, b: [
                [sum(a[i][k] * b[j][k] for k in range(len(b))) for j in range(len(b[0]))] for i in range(len(a))
            ],
            "b[k][j] walks down",
        ),
        (
            "rows_meet_columns",
            lambda a, b: np.cumsum(np.array(a) @ np.array(b)).reshape(len(a), -1),
            "goes on from place",
        ),
        ("rows_meet_columns", lambda a, b: np.cumsum(np.array(a) @ np.array(b), axis=1), "begins at 0 once a row"),
        ("rows_meet_columns", lambda a, b: [[[].append(0) for _ in b[0]] for _ in a], "None: append changes"),
        ("rows_meet_columns", lambda a, b: np.outer(np.sum(a, 1), np.sum(b, 0)), "Multiply first"),
        (
            "rows_meet_columns",
            lambda a, b: (np.array(a)[:, :, None] + np.array(b)[None]).sum(1),
            "Multiply the two",
        ),
        ("product_shapes", lambda: [(2, 5), (3, 3), (6,), (7, 4, 2), (3, 5)], "second product exists"),
        ("product_shapes", lambda: [(2, 5), "none", (6,), (7, 2), (3, 5)], "lost the 4"),
        ("product_shapes", lambda: [(2, 5), "none", (6,), (7, 4, 2), (5, 3)], "turned over"),
        ("product_shapes", lambda: [(2, 5), "none", (6,), (7, 4, 2), (2, 2)], "the 2 is used up"),
        ("product_shapes", lambda: [(2, 5), "none", (1, 6), (7, 4, 2), (3, 5)], "third product"),
        ("product_shapes", lambda: [(2, 5), None, (6,), (7, 4, 2), (3, 5)], 'the text "none"'),
        ("product_shapes", lambda: [(2, 5), "none", 6, (7, 4, 2), (3, 5)], "A shape is a list"),
        ("standardise", lambda x: (x - x.mean(1, keepdim=True)) / x.std(1, keepdim=True), "divide by n - 1"),
        ("standardise", lambda x: scipy.stats.zscore(x.numpy(), axis=0), "each column"),
        ("standardise", lambda x: (x - x.mean(1)) / x.std(1), "keepdim=True and correction=0"),
        ("standardise", lambda x: (x - x.mean(1)) / x.std(1, correction=0), "takes them without an error"),
        ("standardise", lambda x: (x - x.mean(1, True)) / x.std(1, correction=0), "by the spread of some row"),
        (
            "standardise",
            lambda x: (x - x.mean(1)) / x.var(1, keepdim=True, correction=0).sqrt(),
            "the mean of some row",
        ),
        ("standardise", lambda x: (x - x.mean(1, keepdim=True)) / x.std(0), "std still goes down the columns"),
        ("standardise", lambda x: (x - x.mean(1)[:, None]) / (x.var(1, correction=0) + 1e-5)[:, None].sqrt(), "eps=0"),
        *(
            (
                "standardise",
                lambda x, small=small: (y := x - x.mean(1, True)) / (y.std(1, False, keepdim=True) + small),
                "leave it out",
            )
            for small in (1e-5, 1e-6, 1e-8)
        ),
        ("three_links", lambda w, x, y: (squared(w + 0.001, x, y) - squared(w, x, y)) / 0.001, "to one side"),
        ("three_links", lambda w, x, y: 2 * (np.exp(w * x) - y) * w * x * np.exp(w * x - 1), "rule for powers"),
        ("three_links", lambda w, x, y: 2 * x * (np.exp(x * w) - y) * np.exp(w), "exp(w)"),
        ("three_links", lambda w, x, y: 2 * w * x * np.exp(x * w) * (np.exp(x * w) - y), "is w * x itself"),
        ("three_links", lambda w, x, y: 2 * x * np.exp(2 * x * w), "y is missing"),
        ("three_links", lambda w, x, y: 2 * x * 2.718 ** (w * x) * (2.718 ** (w * x) - y), "2.718 for e"),
        ("three_links", lambda w, x, y: 2 * np.exp(x * w) * (np.exp(x * w) - y), "slope of w * x in w is x"),
        ("three_links", lambda w, x, y: 2 * w * np.exp(x * w) * (np.exp(x * w) - y), "w and x are swapped"),
        ("three_links", lambda w, x, y: 2 * x * (np.exp(x * w) - y) * np.exp(x), "exp(w * x)"),
        ("three_links", lambda w, x, y: np.square(np.exp(w * x) - y), "the value itself"),
        ("error_bar", lambda values: numpy_bar(values, ddof=0), "divide by n - 1"),
        (
            "error_bar",
            lambda values: np.mean(values) + np.array([-2, 2]) * statistics.variance(values) / len(values),
            "the root is missing",
        ),
        (
            "error_bar",
            lambda values: numpy_bar(values, wide={2: 12.7, 3: 4.3, 8: 2.4}.get(len(values), 2)),
            "exactly two are asked",
        ),
        (
            "error_bar",
            lambda values: np.median(values) + np.array([-2, 2]) * scipy.stats.sem(values),
            "around the median",
        ),
        ("error_bar", lambda values: numpy_bar(values, root=lambda n: 1), "where single runs lie"),
        ("error_bar", lambda values: (np.mean(values), scipy.stats.sem(values)), "the mean and one standard error"),
        ("error_bar", lambda values: 2 * scipy.stats.sem(values), "two standard errors alone"),
        ("error_bar", lambda values: numpy_bar(values, wide=scipy.stats.norm.ppf(0.975)), "1.96"),
        ("error_bar", lambda values: numpy_bar(values, root=lambda n: (n - 1) ** 0.5), "n - 1 stands in the variance"),
        (
            "sentence_perplexity",
            lambda scores, ids: scores.log_softmax(1)[ids].mean().neg().exp(),
            "the ids choose rows",
        ),
        ("sentence_perplexity", lambda scores, ids: scores.log_softmax(1)[:, ids].mean().neg().exp(), "of every row"),
        ("sentence_perplexity", lambda scores, ids: math.prod(chances(scores, ids)) ** (-1 / len(ids)), "too small"),
        (
            "sentence_perplexity",
            lambda scores, ids: math.exp(-logs(scores, ids).sum() / (len(ids) - 1)),
            "divided by N - 1",
        ),
        (
            "sentence_perplexity",
            lambda scores, ids: np.exp(-logs(scores.softmax(1), ids).mean()),
            "softmax was taken twice",
        ),
        ("sentence_perplexity", lambda scores, ids: np.exp(-logs(scores[1:], ids[:-1]).mean()), "moved ids by one"),
        ("sentence_perplexity", lambda scores, ids: -logs(scores, ids).mean(), "exp turns it into a number"),
        (
            "sentence_perplexity",
            lambda scores, ids: scores.softmax(1).gather(1, ids[:, None]).log().mean().neg().exp(),
            "too small for a float",
        ),
        ("sentence_perplexity", lambda scores, ids: np.exp(-logs(scores[1:], ids[1:]).mean()), "first token is left"),
        (
            "sentence_perplexity",
            lambda scores, ids: torch.distributions.Categorical(logits=scores).entropy().mean().exp(),
            "entropy of each row",
        ),
        (
            "sentence_perplexity",
            lambda scores, ids: scores.log_softmax(1)[range(len(ids)), ids].sum().neg().exp(),
            "without dividing",
        ),
        (
            "sentence_perplexity",
            lambda scores, ids: 1 / torch.tensor(logs(scores, ids)).exp().prod() ** (1 / len(ids)),
            "Add logarithms instead",
        ),
        (
            "sentence_perplexity",
            lambda scores, ids: np.exp(-np.log(plain_softmax(scores.numpy())[np.arange(len(ids)), ids]).mean()),
            "no float can hold",
        ),
        (
            "sentence_perplexity",
            lambda scores, ids: torch.exp(
                sum(row.exp().sum().log() - row[i] for row, i in zip(scores, ids, strict=True)) / len(ids)
            ),
            "no float can hold",
        ),
        (
            "sentence_perplexity",
            lambda scores, ids: (
                torch.log(scores.exp() / scores.sum(1)[:, None].exp())[range(len(ids)), ids].mean().neg().exp()
            ),
            "not by exp of the sum",
        ),
        (
            "sentence_perplexity",
            lambda scores, ids: torch.tensor(logs(scores, ids)).neg().exp(),
            "one number for each token",
        ),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


def nudged(w, x, y):
    return (squared(w + 1e-6, x, y) - squared(w - 1e-6, x, y)) / 2e-6


def statistics_bar(values):
    half = 2 * statistics.stdev(values) / len(values) ** 0.5
    return [statistics.mean(values) - half, statistics.mean(values) + half]


RIGHT = {
    "rows_meet_columns": lambda a, b: loops(a, b, lambda old, new: old + new),
    "product_shapes": lambda: ((2, 5), "none", (6,), (7, 4, 2), (3, 5)),
    "standardise": lambda x: torch.nn.functional.layer_norm(x, x.shape[-1:], eps=0),
    "three_links": nudged,
    "error_bar": statistics_bar,
    "sentence_perplexity": lambda scores, ids: np.exp(-logs(scores, ids).mean()),
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)


def test_the_largest_score_of_a_row_taken_away_is_right_too():
    def by_hand(scores, ids):
        rows = scores.double().numpy()
        rows = rows - rows.max(1, keepdims=True)
        surprises = np.log(np.exp(rows).sum(1)) - rows[np.arange(len(ids)), ids]
        return math.exp(statistics.mean(surprises.tolist()))

    scores, ids = scores_and_ids("The cat sat on the mat.")
    assert by_hand(scores + 1000, ids) == pytest.approx(my_perplexity(scores, ids).item(), rel=1e-4)
    assert feedback(EXERCISES["sentence_perplexity"], by_hand).startswith("✓")


def test_the_first_case_of_the_chain_tells_w_from_x():
    w, x, y = EXERCISES["three_links"].cases[0]
    assert abs(my_slope(w, x, y) - my_slope(x, w, y)) > 1
