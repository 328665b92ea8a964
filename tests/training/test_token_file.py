"""Tokens in a file are those of the tokenizer, read as far as asked, and damage is named."""

import json

import numpy as np
import pytest
import torch

from lessons_lib.errors import CheckpointError
from lessons_lib.tokenizer import load_tokenizer, train_bpe
from lessons_lib.training import Windows
from lessons_lib.training.data import TokenFile, write_tokens

TEXTS = ["low lower lowest", "", "<|end|>", "newer 🍓"] * 200
SMALL = train_bpe("low lower lowest newer", vocab_size=262, special_tokens=["<|end|>"])
END = SMALL.special_tokens["<|end|>"]


@pytest.fixture
def written(tmp_path):
    write_tokens(tmp_path / "train.bin", iter(TEXTS), SMALL, separator=END)
    return tmp_path / "train.bin"


def test_the_ids_are_those_of_each_text_with_its_end(written):
    file = TokenFile(written, SMALL)
    assert file.tokens.tolist() == [each for text in TEXTS for each in (*SMALL.encode(text), END)]
    assert (file.tokens.dtype, len(file), file.vocab_size) == (np.uint16, len(file.tokens), SMALL.vocab_size)
    assert file.tokens.tolist().count(END) == len(TEXTS)  # a name that stands in a text is plain text


def test_a_large_vocabulary_takes_four_bytes(tmp_path):
    large = load_tokenizer("cl100k")
    count = write_tokens(tmp_path / "t.bin", ["naïve 🍓 straw"], large)
    assert TokenFile(tmp_path / "t.bin").tokens.tolist() == large.encode("naïve 🍓 straw")
    assert (tmp_path / "t.bin").stat().st_size == 4 * count


def test_a_run_reads_it_as_it_reads_a_tensor(written):
    file = TokenFile(written)
    ids = torch.tensor(file.tokens.tolist())
    assert torch.equal(Windows(file.tokens, 7).batch(3, 4)[0], Windows(ids, 7).batch(3, 4)[0])


def about(**values):
    def change(path):
        file = path.with_suffix(".json")
        file.write_text(json.dumps(json.loads(file.read_text()) | values))

    return change


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-2]), r"train.bin: size: got \d+ bytes, allowed"),
        (lambda path: path.write_bytes(b"\1" + path.read_bytes()[1:]), "train.bin: sha256: got"),
        (about(dtype="float64"), "train.json: dtype: got 'float64', allowed uint16 or uint32"),
        (about(dtype=["uint16"]), "train.json: dtype"),
        (about(count=-3), "train.json: count: got -3, allowed a whole number, 1 or more"),
        (about(count="all"), "train.json: count: got 'all'"),
        (about(vocab_size=True), "train.json: vocab_size: got True"),
        (lambda path: path.with_suffix(".json").write_text("[1]"), "train.json"),
    ],
)
def test_damage_is_named(written, damage, words):
    damage(written)
    with pytest.raises(CheckpointError, match=words):
        TokenFile(written)


def test_tokens_of_another_vocabulary_are_refused(written):
    with pytest.raises(CheckpointError, match=r"vocab_size: got 262, allowed 50257, as the tokenizer has"):
        TokenFile(written, load_tokenizer("gpt2"))


def test_no_token_is_no_file(tmp_path):
    with pytest.raises(ValueError, match="documents: got no token, allowed at least one"):
        write_tokens(tmp_path / "train.bin", [""], SMALL)
    assert not list(tmp_path.iterdir())


def test_a_text_that_fails_leaves_the_file_before(written):
    before = TokenFile(written).tokens.tolist()

    def texts():
        yield from TEXTS
        raise RuntimeError("the disk of the texts is gone")

    with pytest.raises(RuntimeError, match="the disk of the texts is gone"):
        write_tokens(written, texts(), SMALL)
    assert TokenFile(written).tokens.tolist() == before
