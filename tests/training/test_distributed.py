"""Several processes take the steps that one would take, save together, and end together."""

import json
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch
from models import our_config
from processes import asked_to_end, data, die, numbers, run, stay_for, together, train

import lessons_lib
from lessons_lib import Transformer
from lessons_lib.errors import CheckpointError
from lessons_lib.training import Run, distributed
from lessons_lib.training.__main__ import main
from lessons_lib.training.distributed import WAYS, processes, spread

JOB = """
text = "sums.txt"
out = "made"
vocab_size = 300
length = 24
save_every = 5
spread = "fsdp"
[model]
hidden_size = 32
num_hidden_layers = 1
[recipe]
steps = 12
batch_size = 5
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    going = run()
    for _ in range(3):
        going.advance()
    going.save(folder / "one")
    return folder


@pytest.fixture(scope="module")
def two(folder):
    return returned(together(2, train, folder))


@pytest.fixture(scope="module")
def four(folder, two):  # goes on from what the two have saved
    return returned(together(4, train, folder))


@pytest.fixture(scope="module")
def one():
    return numbers(run())


def returned(together):
    results, codes = together
    assert codes == [0] * len(codes)
    return [result for result, _ in results]


def agree(found, expected):
    reports, weights = found
    np.testing.assert_allclose(reports, expected[0][-len(reports) :], rtol=1e-5)
    for ours, theirs in zip(weights or [], expected[1], strict=bool(weights)):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


@pytest.mark.parametrize("way", WAYS)
def test_one_two_and_four_processes_reach_the_same_loss(way, one, two, four):
    assert len(two) == 2 and len(four) == 4
    for found in (*two, *four):
        assert len(found[way, "whole"][0]) == 8
        agree(found[way, "whole"], one)
    agree(two[0][way, "parts"], one)


@pytest.mark.parametrize("saver", [*WAYS, "one"])
def test_what_any_number_saved_any_number_goes_on_with(saver, one, two, four, folder):
    for found in (*two, *four):
        for way in WAYS:
            assert len(found[way, saver][0]) == 5
            agree(found[way, saver], one)
    agree(numbers(Run.resume(folder / saver, data())), one)


@pytest.mark.parametrize("way", WAYS)
def test_two_processes_go_on_bit_for_bit(way, two):
    (reports, weights), (later, others) = two[0][way, "whole"], two[0][way, way]
    assert later == reports[3:] and all(np.array_equal(a, b) for a, b in zip(weights, others, strict=True))


@pytest.mark.parametrize("way", WAYS)
def test_each_writes_its_part_without_pickle(way, two, folder):
    files = sorted(file.name for file in (folder / way).iterdir())
    assert files == ["run.json", *(f"shard-0000{n}-model-00001-of-00001.safetensors" for n in (1, 2))]
    sizes = [(folder / way / name).stat().st_size for name in files[1:]]
    assert max(sizes) < 0.7 * sum(sizes)


def test_a_changed_or_missing_part_is_named(two, folder, tmp_path):
    shutil.copytree(folder / "fsdp", tmp_path / "changed")
    file = next((tmp_path / "changed").glob("shard-00002*"))
    content = bytearray(file.read_bytes())
    content[-3] ^= 1
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"shard-00002.*: sha256"):
        Run.resume(tmp_path / "changed", data())
    file.unlink()
    with pytest.raises(CheckpointError, match=r"run.json: sha256: got .*shard-00002.*, allowed the files that are"):
        Run.resume(tmp_path / "changed", data())


def test_parts_need_a_package_that_is_named(two, folder, monkeypatch):
    monkeypatch.setattr(distributed.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CheckpointError, match="got no safetensors, allowed pip install safetensors"):
        Run.resume(folder / "ddp", data())


@pytest.mark.parametrize("way", WAYS)
def test_who_loses_another_ends_with_an_error(way):
    results, codes = together(2, die, way)
    assert results == [None, None] and codes == [1, -signal.SIGKILL]


def job_in(folder):
    folder.mkdir()
    (folder / "sums.txt").write_text("".join(f"{a} and {b} are {a + b}.\n" for a in range(40) for b in range(40)))
    (folder / "job.toml").write_text(JOB)
    return folder / "job.toml"


def test_all_save_when_one_is_asked_to_end_and_torchrun_goes_on_to_the_model_of_one_process(tmp_path, capsys):
    shared, alone = job_in(tmp_path / "shared"), job_in(tmp_path / "alone")
    results, codes = together(2, asked_to_end, shared)
    assert [code for code, _ in results] == codes == [0, 0]
    assert json.loads((tmp_path / "shared/made/run/run.json").read_text())["step"] == 3
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    ended = subprocess.run([*torchrun, "-m", "lessons_lib.training", shared], capture_output=True, text=True)
    assert ended.returncode == 0 and ended.stdout.count("bits a byte") == 1
    assert main([str(alone)]) == 0 and capsys.readouterr().out.split("It goes on")[0] in ended.stdout
    model, _ = lessons_lib.load(tmp_path / "shared/made/model")
    expected, _ = lessons_lib.load(tmp_path / "alone/made/model")
    torch.testing.assert_close(list(model.parameters()), list(expected.parameters()), atol=1e-4, rtol=0)


def test_no_thread_outlives_a_group_of_ddp():
    results, codes = together(2, stay_for, 2)
    assert codes == [0, 0] and [threads for _, threads in results] == [0, 0]


def test_what_cannot_be_shared_is_named(monkeypatch):
    monkeypatch.setattr(distributed, "place", lambda: (0, 2))
    model = Transformer(our_config())
    with pytest.raises(ValueError, match="vocab_size: got 97, allowed a multiple of 2 processes, such as 98"):
        spread(model, "fsdp")
    with pytest.raises(ValueError, match="model: got Linear, allowed a Transformer with spread = 'fsdp'"):
        spread(torch.nn.Linear(3, 4), "fsdp")
    with pytest.raises(ValueError, match="spread: got 'magic', allowed ddp or fsdp"):
        spread(model, "magic")
    with pytest.raises(ValueError, match=r"batch_size: got 7, allowed at least 2 processes \* accumulate \(4\)"):
        run("ddp", accumulate=4)
    assert run(accumulate=4).world == 1  # who does not ask for it takes all rows


def test_a_run_stands_on_the_device_that_is_asked_for(tmp_path):
    going = run()
    going.advance()
    going.save(tmp_path / "run")
    assert Run.resume(tmp_path / "run", data(), device="cpu").advance() == going.advance()
    assert Run(going.model, data(), going.recipe, device="meta").model.lm_head.weight.is_meta


def test_a_device_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="device: got 'cuda', allowed 'cpu': torch finds no GPU"), processes("cuda"):
        pass
