"""Files made to be costly end in one error within a second and 200 MB, and its message is short."""

import json
import tracemalloc

import pytest
from effort import within
from models import byte_tokenizer

import lessons_lib
from lessons_lib.checkpoint import CheckpointError
from lessons_lib.files import untrusted
from lessons_lib.tokenizer import load_tokenizer

PLAIN = {"architectures": ["LlamaForCausalLM"], "model_type": "llama"}


def tokenizer(**changes):
    """A good `tokenizer.json` with other values, as text."""
    added = [{"id": 0, "content": "x", "special": True}]
    model = {"type": "BPE", "vocab": {"a": 1}, "merges": []} | changes.pop("model", {})
    parts = {"version": "1.0", "added_tokens": added, "model": model, "decoder": {"type": "ByteLevel"}}
    return json.dumps(parts | {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False}} | changes)


def inside(text, name="x"):
    return f'{{"{name}": {text}}}'


MILLION = 10**6
BOMBS = {
    "a config of 39 MB of lists": ("config.json", lambda: inside("[" + "[],"[:3] * (13 * MILLION) + "0]")),
    "a config of 20 MB of lists": ("config.json", lambda: inside("[" + "[]," * (6 * MILLION) + "0]")),
    "a config of 20 MB of numbers": ("config.json", lambda: inside("[" + "1," * (10 * MILLION) + "0]")),
    "a config of 20 MB of objects": ("config.json", lambda: inside("[" + '{"a":0},' * (2 * MILLION) + "0]")),
    "a config of 20 MB of keys": ("config.json", lambda: "{" + ",".join(f'"{i}":0' for i in range(MILLION)) + "}"),
    "a config of one string": ("config.json", lambda: inside(json.dumps("é" * 20 * MILLION))),
    "a config of one number": ("config.json", lambda: inside("1" * 20 * MILLION)),
    "a config of nesting": ("config.json", lambda: inside("[" * MILLION)),
    "8 million end tokens": (
        "generation_config.json",
        lambda: inside("[" + "1," * (8 * MILLION) + "1]", "eos_token_id"),
    ),
    "900,000 end tokens": ("generation_config.json", lambda: inside("[" + "1," * 900_000 + "1]", "eos_token_id")),
    "a long end token": ("generation_config.json", lambda: inside(json.dumps("x" * MILLION), "eos_token_id")),
    "700,000 added tokens": (
        "tokenizer.json",
        lambda: tokenizer(added_tokens=[{"id": i, "content": f"a{i}", "special": True} for i in range(700_000)]),
    ),
    "200,000 added tokens": (
        "tokenizer.json",
        lambda: tokenizer(added_tokens=[{"id": i, "content": f"a{i}", "special": True} for i in range(200_000)]),
    ),
    "added tokens of a kilobyte": (
        "tokenizer.json",
        lambda: tokenizer(
            added_tokens=[{"id": i, "content": "<" * 1000 + str(i), "special": True} for i in range(16_000)]
        ),
    ),
    "100,000 in added_tokens_decoder": (
        "tokenizer_config.json",
        lambda: inside(
            json.dumps({str(i): {"content": f"a{i}", "special": True} for i in range(100_000)}), "added_tokens_decoder"
        ),
    ),
    "a long key": (
        "tokenizer_config.json",
        lambda: inside("true", "auto_map")[:-1] + f', "{"k" * MILLION}": 1, "a": 2}}',
    ),
    "a long name of a token": ("tokenizer_config.json", lambda: inside(json.dumps("x" * MILLION), "eos_token")),
    "a long rule": ("tokenizer_config.json", lambda: inside(json.dumps({"x" * MILLION: 1}), "add_bos_token")),
    "a million templates": ("tokenizer_config.json", lambda: inside("[" + "0," * 900_000 + "0]", "chat_template")),
    "a sequence of parts": (
        "tokenizer.json",
        lambda: tokenizer(normalizer={"type": "Sequence", "normalizers": [{}] * 99_999}),
    ),
    "merges of one sign": ("tokenizer.json", lambda: tokenizer(model={"merges": ["a a"] * (2 * MILLION)})),
    "a merge of megabytes": ("tokenizer.json", lambda: tokenizer(model={"merges": ["a " * (10 * MILLION)]})),
    "a million ids that are one": (
        "tokenizer.json",
        lambda: tokenizer(model={"vocab": {f"a{i}": 1 for i in range(MILLION)}}),
    ),
    "an id of a million digits": ("tokenizer.json", lambda: tokenizer().replace('"a": 1', f'"a": {"1" * 4000}')),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_in_one_short_error(name, tmp_path):
    file, text = BOMBS[name]
    folder = tmp_path / "model"
    folder.mkdir()
    byte_tokenizer().save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps(PLAIN))
    (folder / file).write_text(text(), encoding="utf-8")
    load = lessons_lib.load if file == "config.json" else load_tokenizer

    def attempt():
        with pytest.raises(CheckpointError) as caught:
            load(folder)
        return caught

    caught = within(1, attempt)
    tracemalloc.start(1)
    attempt()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert file in str(caught.value) and len(str(caught.value)) < 7000 and "\n" not in str(caught.value)
    assert peak < 200e6


def test_limits_are_those_that_published_files_need(tmp_path):
    file = tmp_path / "a.json"
    file.write_text(
        json.dumps({"weight_map": {f"model.layers.{i}.weight": "model-00001.safetensors" for i in range(92_000)}})
    )
    assert len(untrusted.read_json(file)["weight_map"]) == 92_000
    assert untrusted.VOCABULARY.size > 34 << 20 and untrusted.VOCABULARY.signs > 2_300_000


def test_a_rule_that_quotes_a_file_is_cut():
    error = CheckpointError("a.json", "field" * 999, "got" * 999, "rule" * 9999)
    assert len(str(error)) < 6600 and error.got == "got" * 999
