"""A sentence is printed only while it is true, and only truth values can bear it."""

import numpy as np
import pytest
import torch

from lessons_lib.classroom import claim

SENTENCE = "Adding 100 to every score changes no chance."


@pytest.mark.parametrize("true", [True, np.True_, torch.tensor(True), torch.tensor([2.0]).lt(3)])
def test_a_true_sentence_is_printed(capsys, true):
    claim(SENTENCE, true)
    assert capsys.readouterr().out == f"{SENTENCE}\n"


@pytest.mark.parametrize("false", [False, np.False_, torch.tensor(False)])
def test_a_false_sentence_fails_the_cell_and_is_not_printed(capsys, false):
    with pytest.raises(AssertionError, match=SENTENCE):
        claim(SENTENCE, false)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("other", [None, 1, "x > 3", (True, False), np.float64(0.5), torch.tensor(1)])
def test_what_is_no_truth_value_bears_nothing(capsys, other):
    with pytest.raises(TypeError, match=r"condition: got .*, allowed True or False"):
        claim(SENTENCE, other)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("several", [np.array([True, True]), torch.tensor([True, False])])
def test_several_truth_values_bear_nothing(several):
    with pytest.raises((ValueError, RuntimeError)):
        claim(SENTENCE, several)
