"""What answers are worth, by numbers small enough for paper and by numpy, scipy and the standard's definition."""

import math

import numpy as np
import pytest
from scipy.special import softmax

from lessons_lib.evaluation import (
    bits_per_byte,
    calibration_error,
    confidence,
    exact_match,
    normalised,
    perplexity,
    pick,
)

CHOICES, LIKELIHOODS = ["ja", "größer", "ein Haus"], [-3.0, -6.0, -7.5]
SCORES = {
    "none": LIKELIHOODS,
    "token": [-3.0, -3.0, -2.5],
    "character": [-1.5, -1.0, -0.9375],
    "byte": [-1.5, -0.75, -0.9375],
    "pmi": [1.0, 2.0, 0.5],
}


@pytest.mark.parametrize("by", SCORES)
def test_each_normalisation_on_paper(by):
    found = normalised(LIKELIHOODS, CHOICES, by, tokens=[1, 2, 3], alone=[-4.0, -8.0, -8.0])
    assert found == SCORES[by]


def test_the_normalisation_decides_who_wins():
    assert [pick(SCORES[by]) for by in ("none", "token", "byte")] == [0, 2, 1]


def test_ties_go_to_the_first_and_a_single_choice_to_itself():
    assert pick([1.0, 2.0, 2.0]) == 1
    assert pick([-math.inf]) == 0
    assert pick([-math.inf, -5.0]) == 1


def test_confidence_is_scipys_softmax():
    scores = np.random.default_rng(0).normal(0, 30, 7).tolist()
    assert confidence(scores) == pytest.approx(softmax(scores).max(), rel=1e-12)
    assert confidence([-1e4, -1e4]) == 0.5
    assert confidence([3.0]) == 1


def test_exact_match_and_what_it_overlooks_when_asked():
    assert exact_match(" 42\n", ["41", "42"])
    assert not exact_match("42.", ["42"]) and not exact_match("", [])
    assert exact_match("Forty-two!", ["forty-two"], ignore_case=True, ignore_punctuation=True)
    assert not exact_match("Forty-two!", ["forty-two"], ignore_punctuation=True)
    assert exact_match("STRASSE", ["straße"], ignore_case=True)


def test_calibration_on_paper():
    sure, right = [0.95, 0.95, 0.55, 0.55, 0.1], [True, True, True, False, False]
    assert calibration_error(sure, right) == pytest.approx((2 * 0.05 + 2 * 0.05 + 0.1) / 5)
    assert calibration_error([1.0, 0.0], [True, False]) == 0
    assert calibration_error([0.9] * 10, [True] * 9 + [False]) == pytest.approx(0)
    assert math.isnan(calibration_error([], []))


def test_texts_by_byte_and_word():
    texts = ["zwei Wörter ", "eins"]  # the harness counts the end behind a blank as a word
    assert bits_per_byte(-17 * math.log(2), texts) == pytest.approx(1)
    assert perplexity(-17.0, texts, "byte") == pytest.approx(math.e)
    assert perplexity(-4.0, texts) == pytest.approx(math.e)
    assert perplexity(-1e9, ["a"]) == math.inf
    assert math.isnan(bits_per_byte(0.0, [])) and math.isnan(perplexity(0.0, []))


WRONG = [
    (normalised, ([-1.0], ["a"], "bytes"), {}, "by: got 'bytes', allowed none, token"),
    (normalised, ([-1.0], ["a", "b"]), {}, "choices: got 2"),
    (normalised, ([-1.0], ["a"], "token"), {}, "tokens: got nothing"),
    (normalised, ([-1.0], ["a"], "pmi"), {"alone": []}, "alone: got 0"),
    (normalised, ([-1.0], [""], "byte"), {}, "got an empty one"),
    (pick, ([],), {}, "got none"),
    (pick, ([1.0, math.nan],), {}, "got NaN"),
    (confidence, ([-math.inf],), {}, "got -inf"),
    (exact_match, ("a", "a"), {}, "got one text"),
    (calibration_error, ([0.5], []), {}, "right: got 0"),
    (calibration_error, ([1.5], [True]), {}, "confidences: got 1.5"),
    (perplexity, (-1.0, ["a"], "line"), {}, "of: got 'line'"),
]


@pytest.mark.parametrize(("call", "given", "named", "words"), WRONG)
def test_mistakes_are_named(call, given, named, words):
    with pytest.raises(ValueError, match=words):
        call(*given, **named)
