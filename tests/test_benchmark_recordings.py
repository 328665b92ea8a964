"""What lessons 09 and D6 show of recorded runs: it comes from today's recipes, and a run gives it again."""

import json
from statistics import mean
from types import SimpleNamespace

import pytest
import torch

from benchmarks import cards, llama4, preference, recordings
from lessons_lib.classroom.lessons.lesson09 import schedules
from lessons_lib.classroom.lessons.lesson09b import track
from lessons_lib.classroom.lessons.lesson12 import recorded as recorded12
from lessons_lib.classroom.lessons.lesson13 import recorded as recorded13
from lessons_lib.classroom.lessons.lessonD6 import moving, sizes


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_the_schedules_come_from_todays_recipes_with_all_seeds():
    stored = json.loads(schedules.STORED.read_text("utf-8"))["settings"]
    assert tuple(schedules.recorded()) == schedules.SETTINGS
    for row in stored:
        assert row["fingerprint"] == track.fingerprint(schedules.variant(row["warm_up"], row["decay"]))
        assert len(row["loss"]) == len(row["curve"]) == len(track.SEEDS)
        assert {len(curve) for curve in row["curve"]} == {10}


@pytest.mark.parametrize("setting", [(0.1, 0.5, 2.0), (0.0, 0.0, 0.5)])
def test_a_schedules_run_gives_what_is_stored(setting):
    """To what another processor keeps: early steps closely, the end roughly."""
    warm_up, decay, rate = setting
    result = track.race(schedules.variant(warm_up, decay), 3, rate)
    runs = schedules.recorded()[setting]
    assert result.curve[:4] == pytest.approx(runs.curve[3][:4], abs=0.02)
    assert result.loss == pytest.approx(runs.loss[3], abs=0.05)


def test_the_sizes_come_from_todays_recipes_with_all_seeds():
    stored = json.loads(sizes.STORED.read_text("utf-8"))["widths"]
    assert tuple(sizes.recorded()) == sizes.WIDTHS
    for row in stored:
        variants = [sizes.variant(row["width"], steps) for steps in sizes.STEPS]
        assert row["fingerprints"] == [track.fingerprint(variant) for variant in variants]
        assert row["parameters"] == track.build(variants[0], 0).num_parameters()
        assert set(row["rate"].values()) <= set(sizes.RATES[1:-1])  # the best lies between two that were tried
        assert {len(losses) for losses in row["loss"].values()} == {len(track.SEEDS)}


def test_a_sizes_run_gives_what_is_stored():
    recorded = sizes.recorded()[32]
    result = track.race(sizes.variant(32, 30), 5, recorded.rate[30])
    assert result.loss == pytest.approx(recorded.loss[30][5], abs=0.03)


def test_a_rate_is_chosen_on_seeds_that_do_not_count():
    asked = []

    def race(variant, seed, rate):
        asked.append((variant.recipe["steps"], seed))
        return {"loss": {0.125: 1.5, 0.25: 1.3, 0.5: 1.1, 1.0: 0.9, 2.0: 0.5, 4.0: 0.7, 8.0: 0.8}[rate] + seed / 1000}

    assert recordings.best_rate(race, sizes.variant(64, sizes.STEPS[-1])) == 2.0
    assert set(asked) == {(sizes.STEPS[-1], seed) for seed in track.TRIAL_SEEDS}
    assert not set(track.TRIAL_SEEDS) & set(track.SEEDS)


def test_a_run_that_was_kept_is_not_run_again(tmp_path, monkeypatch):
    raced = []

    def quick(variant, seed, rate, *, judged_on):
        raced.append(judged_on is track.texts().trial)
        return track.Result(1.0, 1.0, [2.0] * 10)

    monkeypatch.setattr(track, "race", quick)
    variant = schedules.variant(0.1, 0.5)
    for _ in range(2):
        race = recordings.kept(tmp_path)
        assert race(variant, 0, 2.0)["loss"] == race(variant, 100, 2.0)["loss"] == 1.0
    assert raced == [False, True]
    with (tmp_path / "runs.jsonl").open("a", encoding="utf-8") as file:
        file.write('\n{"key": ["cut')  # a line that was not finished
    assert recordings.kept(tmp_path)(variant, 0, 2.0)["loss"] == 1.0


def test_whoever_stopped_after_the_puzzles_goes_on(tmp_path, monkeypatch):
    """Puzzles, races and small Llama 4s may lie in one folder, and none is run again."""
    made = []

    def quick(*which, **settings):
        made.append(which[:2])
        return {"loss": 1.0, "?": [100.0]}

    monkeypatch.setattr(track, "race", lambda *which, **settings: track.Result(quick(*which)["loss"], 1.0, []))
    monkeypatch.setattr(recordings.puzzle, "race", quick)
    monkeypatch.setattr(llama4.recorded, "race", quick)
    first, again = (
        (
            recordings.all_puzzles(tmp_path),
            recordings.kept(tmp_path)(schedules.variant(0.1, 0.5), 0, 2.0),
            llama4.kept_race(tmp_path, "small Llama 4", "none", 100, 0, 0.01),
        )
        for _ in range(2)
    )
    assert first == again
    assert len(made) == len(recordings.puzzle.RACERS) * len(recordings.puzzle.SEEDS) + 2


def test_seeds_that_were_tuned_apart_are_written_together(tmp_path, monkeypatch):
    made, stored = [], tmp_path / "runs.json"

    def quick(way, seed):
        made.append((way, seed))
        return {"losses": [0.0], "told": {"cards": seed, "facts": 0, "perplexity": 1.0}}

    monkeypatch.setattr(recorded12, "tune", quick)
    monkeypatch.setattr(recorded12, "untuned", dict)
    monkeypatch.setattr(recorded12, "STORED", stored)
    for seed in reversed(recorded12.SEEDS):
        cards.main([str(tmp_path), "--seed", str(seed)])
        assert {of for _, of in made} == set(recorded12.SEEDS[seed:]) and not stored.exists()
    count = len(made)
    cards.main([str(tmp_path)])
    assert len(made) == count == sum(len(seeds) for _, seeds in recorded12.KINDS)
    for kind, (way, seeds) in zip(json.loads(stored.read_text("utf-8"))["kinds"], recorded12.KINDS, strict=True):
        assert kind["way"] == way._asdict() and [run["told"]["cards"] for run in kind["runs"]] == list(seeds)


def test_seeds_that_were_taught_apart_are_written_together(tmp_path, monkeypatch):
    made, stored = [], tmp_path / "runs.json"

    class Quick(preference.Recorder):
        def _load(self):
            return None, None

        def _reference(self, ended):
            return None

    def quick(model, tokenizer, data, way, seed):
        made.append((way, seed))
        return {"told": {"liked": seed, "perplexity": 1.0}}

    monkeypatch.setattr(preference, "Recorder", Quick)
    monkeypatch.setattr(preference, "Pairs", lambda rows, seed: SimpleNamespace())
    monkeypatch.setattr(preference.liking, "rows", lambda tokenizer, ended: [])
    monkeypatch.setattr(recorded13, "taught", quick)
    monkeypatch.setattr(recorded13, "measured", lambda *model: {})
    monkeypatch.setattr(recorded13, "STORED", stored)
    for seed in reversed(recorded13.SEEDS):
        preference.main([str(tmp_path), "--seed", str(seed)])
        assert {of for _, of in made} == set(recorded13.SEEDS[seed:]) and not stored.exists()
    count = len(made)
    preference.main([str(tmp_path)])
    assert len(made) == count == len(recorded13.KINDS) * len(recorded13.SEEDS)
    for kind in json.loads(stored.read_text("utf-8"))["kinds"]:
        assert [run["told"]["liked"] for run in kind["runs"]] == list(recorded13.SEEDS)


def test_the_watched_words_had_no_say_in_the_directions():
    finding = {word for words in moving.FINDING.values() for word in words}
    watched = [word for words in moving.WATCHED.values() for word in words]
    assert not finding & set(watched) and list(moving.recorded().places) == watched
    assert torch.tensor(moving.recorded().directions).norm(dim=1).tolist() == pytest.approx([1, 1], abs=1e-3)


def test_the_words_begin_where_the_untrained_model_has_them():
    moved = moving.recorded()
    _, tokenizer = moving.read_by_the_model()
    start = moving.vectors(moving.fresh_model(), tokenizer, tuple(moved.places))
    found = start @ torch.tensor(moved.directions).T
    stored = torch.tensor([path[0] for path in moved.places.values()])
    assert torch.allclose(found, stored, atol=1e-3)
    assert {len(path) for path in moved.places.values()} == {len(moved.steps)} == {25}
    assert mean(moved.steps) == 120
