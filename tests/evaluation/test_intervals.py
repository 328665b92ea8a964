"""Intervals and tests, beside scipy, R's documentation, and questions drawn by the thousand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lessons_lib.evaluation import mcnemar, needed, paired_bootstrap, standard_error, wilson

ANSWERS = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60)


@given(n=st.integers(1, 3000), data=st.data(), confidence=st.floats(0.5, 0.999))
def test_wilson_is_scipys(n, data, confidence):
    right = data.draw(st.integers(0, n))
    theirs = stats.binomtest(right, n).proportion_ci(confidence, method="wilson")
    ours = wilson(right, n, confidence)
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert 0 <= ours.low <= right / n <= ours.high <= 1


def test_wilson_of_nothing_and_of_all():
    assert wilson(0, 0) == (0, 1)
    assert wilson(0, 1).low == 0 and wilson(1, 1).high == 1
    assert 0.2 < wilson(1, 1).low < 0.21


def test_wilson_holds_the_truth_as_often_as_it_says_where_the_plain_interval_does_not():
    counts, truth = np.arange(21), 0.97
    chances = stats.binom.pmf(counts, 20, truth)
    inside = [wilson(k, 20).low <= truth <= wilson(k, 20).high for k in range(21)]
    plain = [abs(k / 20 - truth) <= 1.96 * math.sqrt(k / 20 * (1 - k / 20) / 20) for k in range(21)]
    assert chances[inside].sum() > 0.95
    assert chances[plain].sum() < 0.5


@given(ANSWERS)
def test_mcnemar_is_scipys_exact_binomial_test(answers):
    one, other = [a for a, _ in answers], [b for _, b in answers]
    found = mcnemar(one, other)
    tosses = found.only_first + found.only_second
    assert found.only_first == sum(a and not b for a, b in answers)
    assert found.only_second == sum(b and not a for a, b in answers)
    assert found.p == pytest.approx(stats.binomtest(found.only_first, tosses).pvalue if tosses else 1, rel=1e-12)
    assert mcnemar(other, one) == (found.only_second, found.only_first, found.p)


def test_mcnemar_counts_many():
    one = np.arange(20_000) % 2 == 0
    found = mcnemar(one, np.arange(20_000) % 4 == 1)
    assert found[:2] == (10_000, 5_000) and found.p == stats.binomtest(5_000, 15_000).pvalue == 0


def test_the_standard_error_is_scipys_and_that_of_one_value_is_unknown():
    values = np.random.default_rng(0).random(50)
    assert standard_error(values) == pytest.approx(stats.sem(values), rel=1e-14)
    assert math.isnan(standard_error([])) and math.isnan(standard_error([1]))


def test_the_bootstrap_is_scipys_within_what_draws_differ_by():
    random = np.random.default_rng(1)
    one, other = random.normal(0.3, 1, 80), random.normal(0, 1, 80)
    theirs = stats.bootstrap(
        (one, other),
        lambda a, b, axis: a.mean(axis) - b.mean(axis),
        paired=True,
        method="percentile",
        n_resamples=10_000,
        rng=np.random.default_rng(2),
    ).confidence_interval
    assert paired_bootstrap(one, other) == pytest.approx((theirs.low, theirs.high), abs=0.02)
    assert paired_bootstrap(one, other) == paired_bootstrap(one, other)
    assert paired_bootstrap(one, other) != paired_bootstrap(one, other, seed=1)


def test_the_bootstrap_knows_pairs():
    hard = np.random.default_rng(3).normal(0, 10, 50)
    low, high = paired_bootstrap(hard + 0.1, hard)
    assert low == pytest.approx(0.1) and high == pytest.approx(0.1)
    assert paired_bootstrap([1.0], [0.0]) == (1, 1)


def test_needed_is_what_rs_documentation_says():
    assert needed(0.50, 0.75, power=0.90) == 77  # power.prop.test(p1 = .50, p2 = .75, power = .90): n = 76.7
    assert needed(0.75, 0.50, power=0.90) == 77


@pytest.mark.parametrize(("differing", "power"), [(0.1, 0.8), (0.3, 0.9), (0.2, 0.5)])
def test_so_many_questions_find_the_difference_as_often_as_asked(differing, power):
    n = math.ceil(1.1 * needed(0.60, 0.65, differing=differing, power=power))
    random = np.random.default_rng(0)
    tosses = random.multinomial(n, [(differing + 0.05) / 2, (differing - 0.05) / 2, 1 - differing], 4000)[:, :2]
    found = np.mean([stats.binomtest(int(a), int(a + b)).pvalue < 0.05 for a, b in tosses])
    assert found == pytest.approx(power, abs=0.05)


WRONG = [
    (wilson, (3, 2), {}, "right: got 3, allowed 0 to 2"),
    (wilson, (-1, 2), {}, "right"),
    (wilson, (0, -1), {}, "n: got -1"),
    (wilson, (1, 2), {"confidence": 1.0}, "confidence: got 1.0"),
    (wilson, (1, 2), {"confidence": math.nan}, "confidence"),
    (mcnemar, ([True], [True, False]), {}, "second: got 2 answers"),
    (mcnemar, ([0.5], [1]), {}, "neither True nor False"),
    (mcnemar, ([math.nan], [1]), {}, "neither True nor False"),
    (paired_bootstrap, ([], []), {}, "no scores"),
    (paired_bootstrap, ([math.nan], [1.0]), {}, "not finite"),
    (paired_bootstrap, ([1.0], [1.0]), {"draws": 0}, "draws"),
    (needed, (0.5, 0.5), {}, "another share"),
    (needed, (0.5, 1.5), {}, "second: got 1.5"),
    (needed, (0.5, 0.6), {"differing": 0.05}, "differing: got 0.05"),
    (needed, (0.5, 0.6), {"power": 1.0}, "power"),
]


@pytest.mark.parametrize(("call", "given", "named", "words"), WRONG)
def test_mistakes_are_named(call, given, named, words):
    with pytest.raises(ValueError, match=words):
        call(*given, **named)
