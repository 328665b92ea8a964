"""The benchmarks' own arithmetic, order and reports, with a clock that the tests turn."""

import json
import os
import platform
import subprocess
import sys

import pytest
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import __main__ as command
from benchmarks import loading, process, report
from benchmarks.harness import Benchmark, number, per_second, run, summarise
from benchmarks.limits import matrix_multiplier, memory_reader
from benchmarks.peers import TINY, Models
from lessons_lib import Transformer


class Clock:
    """Stands still but where a test's work moves it; and remembers who worked."""

    def __init__(self):
        self.now, self.calls = 0.0, []

    def __call__(self):
        return self.now

    def candidate(self, name, done, seconds, units):
        """A candidate that does `done`, and takes as long as `seconds` says, call by call."""
        durations = iter(seconds)

        def work():
            self.calls.append(name)
            self.now += next(durations)
            return done

        return per_second(work, units, self)


@pytest.fixture
def rows():
    """Warm-up and three rounds of a fast and a slow candidate, two peers and two limits, far from each other."""
    clock = Clock()
    tokens = {"tokens/s": 1}
    return clock, run(
        Benchmark(
            title="Reading",
            ours={
                "fast": clock.candidate("fast", 12, [99, 1, 2, 3], tokens),  # 12, 6, 4 tokens/s
                "slow": clock.candidate("slow", 12, [99, 12, 6, 4], tokens),  # 1, 2, 3
            },
            peers={
                "early": clock.candidate("early", 12, [99, 2, 12, 12], tokens),  # 6, 1, 1
                "late": clock.candidate("late", 12, [99, 12, 12, 6], tokens),  # 1, 1, 2
            },
            limits={
                "low": clock.candidate("low", 96, [99, 8, 16, 8], {"tokens/s": 2, "GB/s": 4}),  # 6, 3, 6; 3, 1.5, 3
                "high": clock.candidate("high", 96, [99, 2, 2, 2], {"tokens/s": 2, "GB/s": 4}),  # 24; 12
            },
        ),
        rounds=3,
    )


def test_candidates_run_in_turn(rows):
    assert rows[0].calls == ["fast", "slow", "early", "late", "low", "high"] * 4


def test_medians_leave_the_warm_up_out(rows):
    assert {(row.role, row.name, row.unit): row.median for row in rows[1]} == {
        ("ours", "fast", "tokens/s"): 6,
        ("ours", "slow", "tokens/s"): 2,
        ("peer", "early", "tokens/s"): 1,
        ("peer", "late", "tokens/s"): 1,
        ("limit", "low", "tokens/s"): 6,
        ("limit", "high", "tokens/s"): 24,
        ("limit", "low", "GB/s"): 3,
        ("limit", "high", "GB/s"): 12,
    }
    assert rows[1][0].samples == [12, 6, 4]


def test_ratios_are_taken_pair_by_pair_against_the_best(rows):
    found = {row.name: (row.times_peer, row.of_limit) for row in rows[1] if row.unit == "tokens/s"}
    assert found["fast"] == (2, 6 / 24)  # of 12/6, 6/1, 4/2; the ratio of the medians would be 6
    assert found["slow"] == (pytest.approx(1.5), pytest.approx(2 / 24))  # of 1/6, 2/1, 3/2
    assert found["early"] == (None, pytest.approx(1 / 24))
    assert found["high"] == (None, None)


def test_of_seconds_and_megabytes_less_is_better():
    samples = {"a": [{"s": 2.0, "MB": 50.0}], "b": [{"s": 8.0, "MB": 25.0}], "least": [{"MB": 10.0}]}
    benchmark = Benchmark("Load", ours={"a": None}, peers={"b": None}, limits={"least": None})
    found = {(row.name, row.unit): (row.times_peer, row.of_limit) for row in summarise(benchmark, samples)}
    assert found == {
        ("a", "s"): (4, None),
        ("b", "s"): (None, None),
        ("a", "MB"): (0.5, 0.2),
        ("b", "MB"): (None, 0.4),
        ("least", "MB"): (None, None),
    }


def test_every_measurement_is_announced(rows, capsys):
    benchmark = Benchmark("Load", ours={"ours": lambda: {"s": 1.234, "MB": 1234.5}})
    run(benchmark, rounds=1)
    assert capsys.readouterr().err.splitlines() == [
        "Load | warm-up | ours: 1.23 s, 1,234 MB",
        "Load | round 1 of 1 | ours: 1.23 s, 1,234 MB",
    ]


@pytest.mark.parametrize(("value", "text"), [(0.5, "0.50"), (12.345, "12.3"), (123.4, "123"), (12345.6, "12,346")])
def test_figures_have_three_digits(value, text):
    assert number(value) == text


def test_results_are_written_as_table_json_and_picture(rows, tmp_path):
    load = Benchmark("Load", ours={"ours": lambda: {"s": 1.5}}, peers={"theirs": lambda: {"s": 3.0}})
    results = rows[1] + run(load, rounds=3, warm_ups=0)
    report.write(results, tmp_path)
    text = (tmp_path / "benchmarks/results.md").read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert "| fast        | 6.00   | 4.00 – 12.0 | tokens/s | 2.00   | 25%      |" in table
    assert "Medians of 3 rounds; " in text and f"torch {torch.__version__}" in text
    stored = json.loads((tmp_path / "benchmarks/results.json").read_text(encoding="utf-8"))
    assert [row["samples"] for row in stored["rows"]] == [row.samples for row in results]
    facts = (f"{os.cpu_count()} cores", f"python {platform.python_version()}", f"torch {torch.__version__}")
    for row in stored["rows"]:
        assert all(fact in row["machine"] for fact in (*facts, "transformers ", "numba "))
    with Image.open(tmp_path / "assets/benchmarks.png") as picture:
        assert picture.format == "PNG" and min(picture.size) > 300
        assert picture.convert("L").getextrema() == (0, 255)


def test_table_lines_up(rows):
    for block in report.table(rows[1]).split("\n\n")[1:]:
        assert len({len(line) for line in block.splitlines()}) == 1


def test_multiplying_does_all_matrices_of_the_blocks():
    model, shapes = Transformer(TINY), []
    with FlopCounterMode(display=False) as counter:
        done = matrix_multiplier(model, 11, lambda x, weight: shapes.append(weight.shape) or x @ weight.T)()
    assert done == counter.get_total_flops()
    assert len(shapes) == 7 * TINY.num_hidden_layers


def test_reading_memory_counts_bytes():
    assert memory_reader(4 * 1001)() == 10 * 4 * 1001


@torch.no_grad()
def test_both_models_compute_the_same(tmp_path):
    models = Models(tmp_path, quick=True)
    ids = torch.arange(3, 40)[None]
    torch.testing.assert_close(models.ours(ids), models.transformers(ids).logits, atol=1e-5, rtol=0)


def test_a_quick_run_shows_its_tables_and_stores_nothing(tmp_path, capsys):
    names = ["decode", "decode-8", "decode-4", "threads", "neighbour", "prefill", "speculate-code", "context", "batch"]
    assert command.main(["--quick", *names], tmp_path) == 0
    text = capsys.readouterr().out
    for words in (
        *("ours, 32 bits", "ours, plain torch", "transformers", "llama.cpp, Q8_0", "llama.cpp, Q4_1"),
        *("limit: reading memory", "limit: multiplying", "guesses from 4 bits", "ms a token, 64 tokens", "16 texts"),
    ):
        assert words in text
    assert not list(tmp_path.iterdir())


def test_only_a_full_run_of_all_stores_results(tmp_path, monkeypatch):
    subject = Benchmark("Load", ours={"ours": lambda: {"s": 1.5}})
    monkeypatch.setattr(command, "SUBJECTS", {"one": lambda models: subject, "two": lambda models: subject})
    command.main(["two"], tmp_path)
    assert not list(tmp_path.iterdir())
    command.main(["--rounds", "2"], tmp_path)
    assert len(json.loads((tmp_path / "benchmarks/results.json").read_text(encoding="utf-8"))["rows"]) == 2


def test_named_results_take_the_place_of_their_old_ones(tmp_path, monkeypatch):
    def subject(title, value):
        return lambda models: Benchmark(title, ours={"ours": lambda: {"s": value}})

    def stored():
        rows = json.loads((tmp_path / "benchmarks/results.json").read_text(encoding="utf-8"))["rows"]
        return [(row["title"], row["median"]) for row in rows]

    monkeypatch.setattr(command, "SUBJECTS", {"one": subject("One", 1.0), "two": subject("Two", 2.0)})
    command.main([], tmp_path)
    monkeypatch.setattr(command, "SUBJECTS", {"one": subject("One", 5.0), "three": subject("Three", 3.0)})
    command.main(["three", "one"], tmp_path)
    assert stored() == [("One", 1), ("Two", 2)]
    command.main(["three", "one", "--store"], tmp_path)
    assert stored() == [("One", 5), ("Two", 2), ("Three", 3)]


@pytest.mark.parametrize("arguments", [["decoed"], ["--rounds", "0"]])
def test_wrong_arguments_are_named(arguments, capsys):
    with pytest.raises(SystemExit):
        command.main(arguments)
    assert f"got {arguments[-1]}, allowed" in capsys.readouterr().err


def test_both_loaders_load_what_transformers_saves(tmp_path):
    folder = Models(tmp_path, quick=True).saved
    for loader in ("ours", "transformers"):
        assert loading.measure(loader, str(folder))["s"] > 0


def test_peak_memory_is_that_of_the_process_alone():
    """A process that holds much less than this one does says so."""
    held = bytearray(b"x" * 300_000_000)
    program = "from benchmarks.process import peak_memory; print(peak_memory())"
    output = subprocess.check_output([sys.executable, "-c", program], cwd=process.ROOT, text=True)
    assert 3e6 < int(output) < len(held) < process.peak_memory()


def test_a_loader_runs_in_a_process_of_its_own(monkeypatch):
    seen = {}

    def fake_run(command, **settings):
        seen.update(command=command, offline=settings["env"]["HF_HUB_OFFLINE"])
        return subprocess.CompletedProcess(command, 0, stdout=b'{"s": 0.5, "MB": 700.0}')

    monkeypatch.setattr(subprocess, "run", fake_run)
    assert loading.in_process("ours", process.ROOT)() == {"s": 0.5, "MB": 700.0}
    assert seen["command"][1:] == ["-m", "benchmarks.loading", "ours", str(process.ROOT)] and seen["offline"] == "1"
