"""The benchmark of a training step: all Llamas take the same steps, and the peer of another kind is as large."""

import pytest
import torch

from benchmarks import training_growth, training_step, tuning
from benchmarks.harness import run
from benchmarks.peers import Models
from lessons_lib.model import Transformer
from lessons_lib.training import Run, Windows

TINY = training_step.TINY


def test_all_llamas_take_the_same_steps():
    data = training_step.windows(TINY)
    ours = Run(training_step.fresh(TINY), data, training_step.recipe(5))
    others = [
        training_step.stepper(*make(TINY), data, 5) for make in (training_step.in_slices, training_step.transformers)
    ]
    for report, _ in zip(ours, range(6), strict=False):
        assert [step() for step in others] == pytest.approx([report.loss] * 2, rel=1e-5)


def test_the_gpt_is_as_large_and_learns():
    sizes = [
        sum(p.numel() for p in make(training_step.CONFIG)[0].parameters())
        for make in (training_step.gpt, training_step.transformers)
    ]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.02) and sizes[1] == pytest.approx(12.2e6, rel=0.01)
    step = training_step.stepper(*training_step.gpt(TINY), Windows(torch.arange(2000) % 97, 13), 5)
    losses = [step() for _ in range(30)]
    assert losses[-1] < losses[0] - 0.3


@pytest.mark.parametrize("bfloat16", [False, True])
def test_a_quick_run_of_the_step_has_a_row_each(bfloat16, tmp_path):
    rows = run(training_step.benchmark(Models(tmp_path, quick=True), bfloat16), rounds=1, warm_ups=0)
    roles = ["ours", "ours", "peer", "peer"] + ["limit"] * (not bfloat16)
    assert [row.role for row in rows] == roles and rows[0].times_peer > 0


@pytest.mark.parametrize("benchmark", [training_growth.sizes, training_growth.contexts])
def test_a_quick_run_of_growth_has_time_and_memory_of_each(benchmark, tmp_path):
    rows = run(benchmark(Models(tmp_path, quick=True)), rounds=1, warm_ups=0)
    assert {row.name for row in rows} == set(training_growth.MAKERS)
    assert {row.unit.split(", ")[0] for row in rows} == {"ms a step", "MB at most"}
    assert all(row.median > 0 for row in rows)


@pytest.mark.parametrize(("millions", "shape"), training_growth.SIZES.items())
def test_models_of_growth_are_as_large_as_their_names(millions, shape):
    with torch.device("meta"):
        assert Transformer(training_step.config_of(*shape, 256)).num_parameters() / 1e6 == pytest.approx(
            millions, rel=0.15
        )


def test_a_quick_run_of_tuning_has_time_and_memory_of_each(tmp_path):
    rows = run(tuning.benchmark(Models(tmp_path, quick=True), "GRPO"), rounds=1, warm_ups=0)
    assert {(row.role, row.unit) for row in rows} == {
        (role, unit) for role in ("ours", "peer") for unit in ("ms a step", "ms of answers", "MB at most")
    }


@pytest.mark.parametrize("size", [tuning.QUICK, tuning.Size()])
def test_both_sides_of_tuning_read_the_same(size):
    for asked, told, other in tuning.triples(size):
        assert told[-1] == other[-1] == tuning.END and tuning.END not in asked + told[:-1] + other[:-1]
        assert size.asked - 2 <= len(asked) <= size.asked and abs(len(told) - len(other)) < 4
