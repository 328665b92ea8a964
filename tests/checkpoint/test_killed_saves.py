"""A process killed in the middle of a save, at every step: the old model or the new one is there, and no litter."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from models import byte_tokenizer, random_model

import lessons_lib
from lessons_lib.checkpoint import save as saving
from lessons_lib.checkpoint import save_pretrained
from lessons_lib.tokenizer import load_tokenizer, train_bpe

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("killed.py")


def model(seed):
    return random_model(seed, vocab_size=300, eos_token_id=2)


def first_weights(folder):
    return lessons_lib.load(folder)[0].model.embed_tokens.weight[0].tolist()


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """The places that a killed save left, one for each step that it can be killed at."""
    if sys.platform == "win32":
        pytest.skip("Windows has neither fork nor SIGKILL")
    folder = tmp_path_factory.mktemp("killed")
    byte_tokenizer().save(str(folder / "tokenizer.json"))
    save_pretrained(model(0), folder / "start" / "model", load_tokenizer(folder / "tokenizer.json"))
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    subprocess.run([sys.executable, PROGRAM, folder], env=os.environ | {"PYTHONPATH": path}, check=True)
    return sorted((place for place in folder.iterdir() if place.name.isdigit()), key=lambda place: int(place.name))


def test_a_save_is_killed_at_every_kind_of_moment(killed):
    left = {tuple(sorted(path.suffix for path in place.iterdir())) for place in killed}
    assert len(killed) > 40
    assert left == {("",), ("", ".tmp"), (".old", ".tmp"), ("", ".old")}


def test_the_old_model_or_the_new_one_is_there_or_an_error_says_where(killed):
    old, new = (model(seed).model.embed_tokens.weight[0].tolist() for seed in (0, 1))
    found = []
    for place in killed:
        if (place / "model").exists():
            found.append(first_weights(place / "model"))
            continue
        [aside] = place.glob(".model.*.old")
        with pytest.raises(FileNotFoundError, match=f"model that was there lies whole in {aside}: rename it"):
            lessons_lib.load(place / "model")
        assert first_weights(aside) == old
        found.append("aside")
    assert found.count("aside") == 1
    [border] = [i for i, state in enumerate(found) if state == "aside"]
    assert found[:border] == [old] * border
    assert found[border + 1 :] == [new] * (len(found) - border - 1)
    assert border > 40


def test_the_next_save_clears_up_and_keeps_the_tokenizer(killed, tmp_path):
    for place in killed:
        again = shutil.copytree(place, tmp_path / place.name)
        save_pretrained(model(2), again / "model")  # no tokenizer is given: the one that lies there stays
        assert [path.name for path in again.iterdir()] == ["model"]
        assert torch.equal(lessons_lib.load(again / "model")[0].lm_head.weight, model(2).lm_head.weight)


def test_a_save_that_fails_puts_back_what_stepped_aside(killed, tmp_path, monkeypatch):
    [place] = [place for place in killed if not (place / "model").exists()]
    again = shutil.copytree(place, tmp_path / "again")

    def fail(*_):
        raise OSError("no space left")

    monkeypatch.setattr(saving, "save_tokenizer", fail)
    with pytest.raises(OSError, match="no space left"):
        save_pretrained(model(2), again / "model", train_bpe("low lower", vocab_size=258))
    assert [path.name for path in again.iterdir()] == ["model"]
    assert first_weights(again / "model") == model(0).model.embed_tokens.weight[0].tolist()
