"""Learning rates rise and fall as published, and settings out of range are named."""

import itertools
import math

import pytest

from lessons_lib.training import Recipe, cosine, flat_then_down


def test_up_flat_and_down():
    rates = [flat_then_down(step, 20, warm_up=0.2, decay=0.25) for step in range(20)]
    assert rates[:4] == [0.25, 0.5, 0.75, 1.0]
    assert rates[4:16] == [1.0] * 12
    assert rates[16:] == pytest.approx([0.8, 0.6, 0.4, 0.2])
    assert [Recipe(steps=20, warm_up=0.2, decay=0.25).rate(step) for step in range(20)] == rates


@pytest.mark.parametrize(("warm_up", "decay"), [(0, 0), (0, 1), (1, 0), (0.7, 0.7), (1e-9, 1e-9)])
def test_no_rate_is_0_or_above_the_peak(warm_up, decay):
    rates = [flat_then_down(step, 13, warm_up, decay) for step in range(13)]
    assert all(0 < rate <= 1 for rate in rates)


def test_the_cosine_of_published_runs():
    rates = [cosine(step, peak=1.0, floor=0.1, warm_up=7, end=21) for step in range(25)]
    assert rates[:8] == pytest.approx([step / 7 for step in range(8)])
    assert rates[14] == pytest.approx(0.55)  # half way down
    assert rates[8] == pytest.approx(0.1 + 0.45 * (1 + math.cos(math.pi / 14)))
    assert rates[21:] == [0.1] * 4
    assert all(a >= b for a, b in itertools.pairwise(rates[7:]))


def test_the_cosine_is_torchs():
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.3)
    torchs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=11, eta_min=0.02)
    for step in range(11):
        assert cosine(step, peak=0.3, floor=0.02, warm_up=0, end=11) == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        torchs.step()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"steps": 0}, "steps: got 0, allowed 1 or more"),
        ({"batch_size": 2.5}, "batch_size: got 2.5, allowed a whole number, 1 or more"),
        ({"accumulate": 17}, r"accumulate: got 17, allowed at most batch_size \(16\)"),
        ({"warm_up": 40}, "warm_up: got 40, allowed 0 to 1"),
        ({"decay": -0.1}, "decay: got -0.1, allowed 0 to 1"),
        ({"learning_rate": math.nan}, "learning_rate: got nan, allowed 0 or more"),
        ({"matrix_learning_rate": "fast"}, "matrix_learning_rate: got 'fast', allowed 0 or more, or None"),
        ({"clip": -1}, "clip: got -1, allowed 0 or more"),
        ({"bfloat16": 1}, "bfloat16: got 1, allowed True or False"),
        ({"seed": -1}, "seed: got -1, allowed 0 or more"),
    ],
)
def test_settings_out_of_range_are_named(settings, words):
    with pytest.raises(ValueError, match=words):
        Recipe(**{"steps": 10} | settings)
