"""The ids of the real vocabulary equal those of an independent oracle, and decode to what they came from."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.tokenizer.split import splitter

MISSING = [0x04, 0x06, 0x13, 0x14, 0x16, 0x1D, 0xC0, 0xC1, 0xF1, 0xF2, *range(0xF5, 0x100)]


def differences(tokenizer, oracle, strings):
    theirs = [encoding.ids for encoding in oracle.encode_batch(strings)]
    return [text for text, a, b in zip(strings, tokenizer.encode_batch(strings), theirs, strict=True) if a != b]


def test_ids_and_text_equal_the_oracle(tokenizer, oracle, strings):
    assert len(strings) >= 2000
    assert differences(tokenizer, oracle, strings) == []
    ids = tokenizer.encode_batch(strings)
    assert list(map(tokenizer.decode, ids)) == oracle.decode_batch(ids, skip_special_tokens=False)


def test_a_wrong_split_is_told_apart(tokenizer, oracle, strings, monkeypatch):
    monkeypatch.setattr(tokenizer, "_split", splitter("gpt2"))
    assert len(differences(tokenizer, oracle, strings)) > 20


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
@settings(max_examples=1000)
def test_any_text_comes_back_or_names_its_byte(strict_tokenizer, text):
    if set(text.encode()) & set(MISSING):
        with pytest.raises(ValueError, match="text: got byte 0x"):
            strict_tokenizer.encode(text)
    else:
        assert strict_tokenizer.decode_bytes(strict_tokenizer.encode(text)) == text.encode()


@given(data=st.binary(max_size=200))
@settings(max_examples=1000)
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
