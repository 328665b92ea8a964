"""The ids of every published vocabulary equal those of an independent oracle, and decode to what they came from."""

import json
import os
import subprocess
import sys
import sysconfig
import unicodedata
from pathlib import Path

import pytest
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib import corpora
from lessons_lib.tokenizer.encoding.split import splitter

NAMES = ["gpt2", "cl100k", "o200k", "llama3", "llama4", "qwen2.5", "smollm2", "tekken"]
MISSING = [0x04, 0x06, 0x13, 0x14, 0x16, 0x1D, 0xC0, 0xC1, 0xF1, 0xF2, *range(0xF5, 0x100)]  # in SmolLM2


def both(tokenizer, text):
    """The ids that the plain code gives and those that the compiled code gives."""
    encoder = tokenizer.encoder
    text = unicodedata.normalize("NFC", text) if encoder.nfc else text
    return encoder._encode_plainly(text), encoder._compiled.encode(text)


def differences(tokenizer, texts, theirs):
    pairs = zip(texts, theirs, strict=True)
    return [text for text, ids in pairs if any(ours != ids for ours in both(tokenizer, text))]


@pytest.mark.parametrize("name", NAMES)
def test_ids_equal_the_oracle(name, published, oracle_ids, many_strings):
    assert len(many_strings) >= 10_000
    assert differences(published(name), many_strings, oracle_ids(name, many_strings)) == []


@pytest.fixture(scope="module")
def texts():
    folder = Path(sysconfig.get_path("stdlib"))
    code = "".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.py")))
    return [corpora.shakespeare(), corpora.world_english_bible(), code]


@pytest.mark.parametrize("name", NAMES)
def test_whole_corpora_equal_the_oracle(name, published, oracle_ids, texts):
    size = 500_000 if name == "smollm2" else None  # that oracle is the slow one
    texts = [text[:size] for text in texts]
    theirs = oracle_ids(name, texts)
    assert sum(map(len, theirs)) > 400_000
    ours = published(name).encode_batch(texts)
    assert list(map(len, ours)) == list(map(len, theirs))
    assert (ours == theirs) is True  # a diff of millions of ids would help nobody


@pytest.mark.parametrize("name", NAMES)
def test_the_plain_code_equals_the_compiled_code_on_real_text(name, published, texts):
    for text in texts:
        plain, compiled = both(published(name), text[-150_000:])
        assert plain == compiled


@given(data=st.data())
@settings(max_examples=examples(300), derandomize=True, deadline=None)
def test_any_text_equals_the_oracle(data, published, oracle_ids, characters):
    name = data.draw(st.sampled_from(NAMES))
    text = "".join(characters[i] for i in data.draw(st.lists(st.integers(0, len(characters) - 1), max_size=40)))
    assert differences(published(name), [text], oracle_ids(name, [text])) == []


@pytest.mark.parametrize(("name", "wrong"), [("smollm2", "gpt2"), ("llama3", "qwen2"), ("llama4", "llama3")])
def test_a_wrong_split_is_told_apart(name, wrong, published, oracle_ids, strings, monkeypatch):
    monkeypatch.setattr(published(name).encoder, "_cut", splitter(wrong))
    theirs = oracle_ids(name, strings)
    plain = [published(name).encoder._encode_plainly(text) for text in strings]
    assert sum(a != b for a, b in zip(plain, theirs, strict=True)) > 20


@pytest.mark.parametrize("name", NAMES)
def test_decoding_gives_the_text_back(name, published, many_strings):
    tokenizer = published(name)
    for text in many_strings[::5]:
        there = "".join(c for c in text if not set(c.encode()) & set(MISSING)) if name == "smollm2" else text
        there = unicodedata.normalize("NFC", there) if name == "qwen2.5" else there
        assert tokenizer.decode(tokenizer.encode(there)) == there


def test_known_ids(strict_tokenizer):
    assert strict_tokenizer.encode("The sun is shining, and the sky is") == [
        504,
        2388,
        314,
        23952,
        28,
        284,
        260,
        6376,
        314,
    ]


def test_text_comes_back(strict_tokenizer, strings):
    for text in strings:
        if not set(text.encode()) & set(MISSING):
            assert strict_tokenizer.decode(strict_tokenizer.encode(text)) == text


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
@settings(max_examples=examples(1000))
def test_any_text_comes_back_or_names_its_byte(strict_tokenizer, text):
    if set(text.encode()) & set(MISSING):
        with pytest.raises(ValueError, match="text: got byte 0x"):
            strict_tokenizer.encode(text)
    else:
        assert strict_tokenizer.decode_bytes(strict_tokenizer.encode(text)) == text.encode()


@given(data=st.binary(max_size=200))
@settings(max_examples=examples(1000))
def test_any_bytes_come_back_without_the_missing_ones(tokenizer, data):
    there = bytes(byte for byte in data if byte not in MISSING)
    assert tokenizer.decode_bytes(tokenizer.encode_bytes(data)) == there


def test_each_byte_has_a_token_or_a_clear_error(strict_tokenizer):
    for byte in range(256):
        if byte in MISSING:
            with pytest.raises(ValueError, match=f"text: got byte 0x{byte:02X}, allowed the bytes that have a token"):
                strict_tokenizer.encode_bytes(bytes([byte]))
        else:
            assert strict_tokenizer.decode_bytes(strict_tokenizer.encode_bytes(bytes([byte]))) == bytes([byte])


def test_each_id_alone_comes_back(tokenizer, metadata, oracle):
    for i, name in enumerate(metadata["tokenizer.ggml.tokens"]):
        assert tokenizer.decode_bytes([i]) == tokenizer.token_bytes(i)
        assert tokenizer.decode([i]) == (name if i < 17 else oracle.decode([i]))


def test_encoding_does_not_depend_on_the_hash_seed(metadata, strings):
    script = """
import json, sys
from lessons_lib.tokenizer import tokenizer_from_gguf
metadata, texts = json.load(sys.stdin)
json.dump(tokenizer_from_gguf(metadata, "smollm2.gguf", strict=False).encode_batch(texts), sys.stdout)
"""
    fields = {key: value for key, value in metadata.items() if key.startswith("tokenizer.")}
    fields["tokenizer.ggml.token_type"] = list(map(int, fields["tokenizer.ggml.token_type"]))
    job, ids = json.dumps([fields, strings[::7]]), []
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-c", script]
        done = subprocess.run(
            command, input=job, text=True, capture_output=True, check=True, env=environment, timeout=120
        )
        ids.append(json.loads(done.stdout))
    assert ids[0] == ids[1]
    assert sum(map(len, ids[0])) > 1000
