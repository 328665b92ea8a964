"""A text becomes a model by one command, which can be stopped anywhere, and whose mistakes are named."""

import json
import re
import signal
import subprocess
import sys

import pytest

import lessons_lib
from lessons_lib import __main__ as terminal
from lessons_lib.generation import generate
from lessons_lib.training import Recipe
from lessons_lib.training.__main__ import main
from lessons_lib.training.jobs import read_job

TEXT = "".join(f"{a} and {b} are {a + b}.\n" for a in range(40) for b in range(40))
JOB = """
text = "sums.txt"
out = "made"
vocab_size = 300
length = 24
save_every = 4
[model]
hidden_size = 32
num_hidden_layers = 1
[recipe]
steps = 30
batch_size = 4
"""


@pytest.fixture
def job(tmp_path):
    (tmp_path / "sums.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "job.toml").write_text(JOB, encoding="utf-8")
    return tmp_path / "job.toml"


def test_a_text_becomes_a_model_that_opens(job, capsys):
    assert main([str(job)]) == 0
    told = capsys.readouterr().out
    assert "parameters, 30 steps; on text it never read:" in told and "bits a byte" in told
    model, tokenizer = lessons_lib.load(job.parent / "made/model")
    assert tokenizer.vocab_size == model.config.vocab_size == 300
    assert len(list(generate(model, tokenizer.encode("3 and"), max_new_tokens=5, temperature=0))) <= 5
    assert main([str(job)]) == 0  # again: nothing is left to train
    assert capsys.readouterr().out == told


def test_the_terminal_goes_on_with_what_is_typed(job, capsys, monkeypatch):
    """A model of one's own was taught no conversation."""
    assert main([str(job)]) == 0
    capsys.readouterr()
    model, tokenizer = lessons_lib.load(job.parent / "made/model")
    whole = tokenizer.decode(list(generate(model, tokenizer.encode("3 and"), max_new_tokens=6, temperature=0)))
    command = ["lessons_lib", "--model", str(job.parent / "made/model"), "--max-new-tokens", "6"]
    monkeypatch.setattr(sys, "argv", [*command, "3 and"])
    assert terminal.main() == 0
    assert capsys.readouterr().out == whole + "\n"
    typed = iter(["3 and", "/undo", "/help", "/exit"])
    monkeypatch.setattr(sys, "argv", command)
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    assert terminal.main() == 0
    told = capsys.readouterr().out
    assert whole in told and "remembers nothing" in told and told.count("taught no conversation") == 2
    monkeypatch.setattr(sys, "argv", [*command, "--system", "Be kind.", "3 and"])
    assert terminal.main() == 1 and "system" in capsys.readouterr().err


def test_who_is_asked_to_end_saves_and_goes_on_to_the_same_model(job, tmp_path):
    assert main([str(job)]) == 0
    whole = (tmp_path / "made/model/model.safetensors").read_bytes()
    other = tmp_path / "other.toml"
    other.write_text(JOB.replace('"made"', '"other"'), encoding="utf-8")
    command = [sys.executable, "-m", "lessons_lib.training", str(other)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while "/30" not in (read := process.stderr.read(20)) and read:
        pass
    process.send_signal(signal.SIGTERM)
    told, _ = process.communicate()
    assert process.returncode == 0
    step = json.loads((tmp_path / "other/run/run.json").read_text())["step"]
    assert f"saved after step {step} of 30; the same command goes on from there" in told or step == 30
    assert main([str(other)]) == 0
    assert (tmp_path / "other/model/model.safetensors").read_bytes() == whole


def test_a_changed_recipe_does_not_go_on_with_the_old_run(job, capsys):
    assert main([str(job)]) == 0
    job.write_text(JOB.replace("steps = 30", "steps = 40"), encoding="utf-8")
    assert main([str(job)]) == 1
    assert "is of another job; delete it, or choose another out" in capsys.readouterr().err
    (job.parent / "sums.txt").write_text(TEXT[::-1], encoding="utf-8")
    assert main([str(job)]) == 1
    assert "its tokens, its settings or what it was made with differ" in capsys.readouterr().err


def test_a_text_alone_is_a_job_with_the_usual_settings(job):
    read = read_job(job.parent / "sums.txt")
    assert (read.text, read.out) == ((job.parent / "sums.txt",), job.parent / "sums-model")
    assert read.recipe == Recipe(steps=1000)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("length = 24", "lenght = 24"), "job.toml: got lenght, allowed .*length"),
        (('out = "made"', ""), "job.toml: got no out, allowed a file that says it"),
        (("vocab_size = 300", "vocab_size = 256"), "job.toml: vocab_size: got 256, allowed 257 or more"),
        (("length = 24", "length = 0"), "job.toml: length: got 0, allowed 1 or more"),
        (("length = 24", "length = 24\nheld_out = 0.9"), "job.toml: held_out: got 0.9, allowed 0 to 0.5"),
        (('text = "sums.txt"', "text = []"), "job.toml: text: got no file, allowed at least one"),
        (("steps = 30", "steps = -1"), "job.toml: steps: got -1, allowed 1 or more"),
        (("steps = 30", "stpes = 30"), "job.toml: recipe: got stpes, allowed .*steps"),
        (("hidden_size = 32", "hiden_size = 32"), "model: .*hiden_size"),
        (("hidden_size = 32", "hidden_size = 33"), "hidden_size"),
        (('text = "sums.txt"', 'text = "gone.txt"'), "No such file .*gone.txt"),
        (("length = 24", "length = 5000"), "text: got 27,.* characters, .*take a longer text or a smaller length"),
        (("[model]", "[model"), "job.toml: "),
    ],
)
def test_mistakes_in_a_job_are_named(job, change, words, capsys):
    job.write_text(JOB.replace(*change), encoding="utf-8")
    assert main([str(job)]) == 1
    assert re.search(words, capsys.readouterr().err)
