"""The races of lesson 09b: what is stored comes from today's recipes, a run gives it again, and work is shared."""

import json
import math
from statistics import mean

import pytest
import torch

from benchmarks import races
from lessons_lib.classroom.lessons.lesson09b import results, track


def test_what_is_stored_comes_from_todays_recipes():
    stored = json.loads(results.STORED.read_text("utf-8"))["variants"]
    assert list(stored) == list(track.VARIANTS)
    for name, variant in track.VARIANTS.items():
        assert stored[name]["fingerprint"] == track.fingerprint(variant), f"run python -m benchmarks.races: {name}"
        assert stored[name]["parameters"] == track.build(variant, 0).num_parameters()


def test_each_variant_ran_at_the_best_of_its_rates_with_all_seeds():
    raced = results.races()
    for name, variant in track.VARIANTS.items():
        chosen = raced[variant.rate_of or name]
        assert raced[name].rate == min(chosen.trials, key=lambda rate: mean(chosen.trials[rate]))
        assert len(raced[name].loss) == len(raced[name].thing) == len(raced[name].curve) == len(track.SEEDS)


@pytest.mark.parametrize("name", ["no attention", "baseline"])
def test_a_run_gives_what_is_stored(name):
    """To what another processor keeps: early steps closely, the end roughly."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    raced = results.races()[name]
    try:
        result = track.race(track.VARIANTS[name], 0, raced.rate)
    finally:
        torch.set_num_threads(threads)
    assert result.curve[:4] == pytest.approx(raced.curve[0][:4], abs=0.02)
    assert result.loss == pytest.approx(raced.loss[0], abs=0.03)


def test_a_variant_differs_in_what_it_says_and_starts_like_the_baseline():
    base = track.build(track.VARIANTS["baseline"], 3)
    again = track.build(track.VARIANTS["same again"], 3)
    normed = track.build(track.VARIANTS["LayerNorm"], 3)
    weights = [model.model.layers[1].mlp.up_proj.weight for model in (base, normed, again)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])
    assert len({track.fingerprint(variant) for variant in track.VARIANTS.values()}) == len(track.VARIANTS)


def test_parts_that_are_taken_out_are_out():
    ids = track.texts().unread[:2, :-1]
    for name in ("no attention", "no feed-forward", "no adding", "no norm"):
        assert not torch.allclose(
            track.build(track.VARIANTS[name], 0)(ids), track.build(track.VARIANTS["baseline"], 0)(ids)
        )
    alone = track.build(track.VARIANTS["no attention"], 0)
    other = ids.clone()
    other[:, :10] = ids[:, :10].flip(0)  # another beginning can't reach a later word
    assert torch.allclose(alone(ids)[:, 10:], alone(other)[:, 10:], atol=1e-5)


def test_what_is_named_again_is_the_second_time_and_later():
    rows = track.texts().unread
    again = track.named_again(rows)
    things = [{track.vocabulary()[thing] for thing in track.THINGS} & set(row.tolist()) for row in rows]
    for row, marked, thing in zip(rows.tolist(), again.tolist(), things, strict=True):
        places = [place for place, word in enumerate(row) if word in thing]
        assert [place for place, mark in enumerate(marked) if mark] == places[1:]


def test_no_unread_story_was_read():
    read, *others = (set(map(tuple, part.tolist())) for part in track.texts())
    assert all(len(part & read) < 3 for part in others)  # beginnings of different stories, of which few are alike


def test_shares_make_one_whole_and_a_stopped_worker_goes_on(tmp_path, monkeypatch, capsys):
    short = {"steps": 10}
    variants = {"a": track.Variant(recipe=short), "b": track.Variant({"norm_type": "layer"}, short, rate_of="a")}
    monkeypatch.setattr(track, "VARIANTS", variants)
    monkeypatch.setattr(track, "SEEDS", range(2))
    monkeypatch.setattr(track, "TRIAL_SEEDS", (100,))
    monkeypatch.setattr(track, "RATES", (0.1, 1.0))
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    stored = tmp_path / "races.json"
    assert races.main([str(tmp_path / "runs"), "--share", "0/2"], stored) == 0
    assert not stored.exists()
    file = tmp_path / "runs" / "runs-0-of-2.jsonl"
    whole = file.read_text()
    file.write_text(whole[:-20])  # killed while it wrote
    races.main([str(tmp_path / "runs"), "--share", "0/2"], stored)
    assert capsys.readouterr().out.count("times the rate") == 4 + 1
    races.main([str(tmp_path / "runs"), "--share", "1/2"], stored)
    monkeypatch.setattr(results, "STORED", stored)
    found = json.loads(stored.read_text())["variants"]
    assert found["a"]["rate"] == found["b"]["rate"] == 1.0 and len(found["b"]["loss"]) == 2
    assert found["a"]["loss"][0] < math.log(195)
