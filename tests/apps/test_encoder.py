"""The sentence encoder against transformers' BERT with the mean and the length that sentence-transformers gives it."""

import json
import shutil
import warnings

import numpy as np
import pytest
import torch
from texts import TEXTS
from transformers import BertModel

from lessons_lib.apps.embedding import load_encoder
from lessons_lib.assets import fetch
from lessons_lib.errors import AssetError, CheckpointError
from lessons_lib.formats.safetensors import load_safetensors, save_safetensors

SENTENCES = [
    "",
    "Hello",
    "A cat sleeps on the sofa.",
    "A kitten naps on the couch.",
    "The bank raised its rates.",
    "猫 🐈",
]
SENTENCES += ["猫 🐈", *(line for text in TEXTS.values() for line in text.splitlines() if line)]


@pytest.fixture(scope="module")
def bert():
    return BertModel.from_pretrained(fetch("all-minilm-l6-v2")).eval()


@torch.no_grad()
def reference(bert, encoder, text):
    """One text alone: the mean of what BERT gives, at length 1. Padding and batches play no part."""
    row = encoder.wordpiece.encode(text, encoder.max_length)
    mean = bert(input_ids=torch.tensor([row])).last_hidden_state.mean(1)
    return torch.nn.functional.normalize(mean)[0].numpy()


def test_vectors_are_those_of_transformers(encoder, bert):
    ours = encoder.encode(SENTENCES)
    theirs = np.stack([reference(bert, encoder, text) for text in SENTENCES])
    assert ours.shape == (len(SENTENCES), 384) and ours.dtype == np.float32
    assert np.abs(ours - theirs).max() < 1e-6
    assert np.abs(np.linalg.norm(ours, axis=1) - 1).max() < 1e-6


def test_the_order_and_the_neighbours_of_a_text_do_not_matter(encoder):
    together = encoder.encode(SENTENCES)
    backwards = encoder.encode(SENTENCES[::-1])[::-1]
    alone = np.concatenate([encoder.encode([text]) for text in SENTENCES])
    assert np.abs(together - backwards).max() < 1e-6
    assert np.abs(together - alone).max() < 1e-6


def test_the_same_meaning_in_other_words_lies_closer(encoder):
    cat, kitten, bank = encoder.encode(SENTENCES[2:5])
    assert cat @ kitten > 0.5 > 0.2 > cat @ bank


def test_a_long_text_is_cut_and_that_is_said(encoder, bert):
    long = "word " * 5000
    with pytest.warns(UserWarning, match="1 of 2 texts have more than 256 tokens: what follows was not read") as caught:
        vectors = encoder.encode([long, "short"])
    assert caught[0].filename == __file__
    assert np.abs(vectors[0] - reference(bert, encoder, long)).max() < 1e-6


def test_a_text_that_just_fits_is_not_cut(encoder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoder.encode(["a " * 254])
    with pytest.warns(UserWarning, match="1 of 1"):
        encoder.encode(["a " * 255])


def test_no_texts_are_no_rows(encoder):
    assert encoder.encode([]).shape == (0, 384)


@pytest.mark.parametrize("texts", ["one text", b"bytes", None, 7, {"a": 1}])
def test_what_is_no_list_of_texts_is_named(encoder, texts):
    with pytest.raises(ValueError, match=r"texts: got .* allowed a list of str"):
        encoder.encode(texts)
    with pytest.raises(ValueError, match="text: got 5, allowed a str"):
        encoder.encode(["fine", 5])


# Folders that are not as they should be


@pytest.fixture
def folder(tmp_path):
    """A copy of the small files, with a link to the weights."""
    source = fetch("all-minilm-l6-v2")
    for name in ("config.json", "vocab.txt", "sentence_bert_config.json", "1_Pooling/config.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(source / name, tmp_path / name)
    (tmp_path / "model.safetensors").symlink_to(source / "model.safetensors")
    return tmp_path


def change(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_folder_of_ones_own_loads(folder, encoder):
    assert np.array_equal(load_encoder(folder).encode(["one"]), encoder.encode(["one"]))


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("config.json", {"model_type": "roberta"}, "model_type: got roberta"),
        ("config.json", {"position_embedding_type": "relative_key"}, "position_embedding_type: got relative_key"),
        ("config.json", {"hidden_act": "mish"}, "hidden_act"),
        ("config.json", {"hidden_size": "wide"}, "hidden_size"),
        ("config.json", {"num_hidden_layers": 5}, "encoder.layer.5"),
        ("config.json", {"hidden_size": 192}, r"token_type_embeddings: got \[2, 384\]"),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": False}, "pooling_mode_mean_tokens: got False"),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True}, "pooling: got pooling_mode_"),
        ("sentence_bert_config.json", {"max_seq_length": 4096}, "max_seq_length: got 4096"),
        ("sentence_bert_config.json", {"max_seq_length": None}, "max_seq_length: got None"),
    ],
)
def test_what_is_done_differently_elsewhere_is_refused_by_name(folder, name, values, words):
    change(folder / name, **values)
    with pytest.raises(CheckpointError, match=words):
        load_encoder(folder)


def test_a_broken_vocabulary_is_refused(folder):
    (folder / "vocab.txt").write_text("a\nb\n")
    with pytest.raises(CheckpointError, match=r"got none called \[CLS\], \[SEP\], \[UNK\]"):
        load_encoder(folder)


def test_missing_weights_are_named(folder):
    tensors = load_safetensors(fetch("all-minilm-l6-v2") / "model.safetensors")
    del tensors["encoder.layer.3.output.dense.bias"]
    (folder / "model.safetensors").unlink()
    save_safetensors(tensors, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"layers\.3\.mlp\.down_proj\.bias"):
        load_encoder(folder)


def test_an_unknown_name_is_said():
    with pytest.raises(AssetError, match="no asset is named 'no-such-encoder'"):
        load_encoder("no-such-encoder")
