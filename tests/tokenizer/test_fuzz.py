"""Whatever is done to a tokenizer file, it loads and works, or one CheckpointError says why not."""

import copy
import json

import pytest
from effort import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from lessons_lib.errors import CheckpointError
from lessons_lib.tokenizer import load_tokenizer, tokenizer_from_gguf
from lessons_lib.tokenizer.encoding.alphabet import BYTE_TO_SYMBOL

# 2,000 examples a format: two ways to change a tokenizer.json, one to change the metadata of a GGUF file.
SLOW_IS_FINE = {"suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}
HALF = settings(max_examples=examples(1000), **SLOW_IS_FINE)
ALL = settings(max_examples=examples(2000), **SLOW_IS_FINE)


def small_file():
    """A valid tokenizer.json of few bytes, so that a random change often hits something that matters."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=18, special_tokens=["<|end|>"], show_progress=False)
    made.train_from_iterator(["the sun, the sea, the sand"], trainer)
    made.post_processor = processors.TemplateProcessing("<|end|> $A", special_tokens=[("<|end|>", 0)])
    return made.to_str()


FILE = small_file()
METADATA = {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "smollm",
    "tokenizer.ggml.tokens": ["<|end|>", *"abc", BYTE_TO_SYMBOL[32], "ab", "abc", "<tool>"],
    "tokenizer.ggml.token_type": [3, 1, 1, 1, 1, 1, 1, 4],
    "tokenizer.ggml.merges": ["a b", "ab c"],
    "tokenizer.ggml.bos_token_id": 0,
    "tokenizer.ggml.eos_token_id": 0,
    "tokenizer.ggml.add_bos_token": False,
    "tokenizer.chat_template": "{{ messages }}<|end|>",
}


def outcome(action):
    """Give what the action returns, or the ValueError that it raises; anything else it raises fails the test."""
    try:
        return action()
    except ValueError as error:
        return error


def works_or_says_why(make):
    tokenizer = outcome(make)
    if isinstance(tokenizer, Exception):
        assert type(tokenizer) is CheckpointError
        assert "\n" not in str(tokenizer)
        return False
    for text in ("the sun", "a <|end|> 12"):
        ids = outcome(lambda text=text: tokenizer.encode(text))
        if isinstance(ids, Exception):
            assert "got byte 0x" in str(ids)  # a small vocabulary lacks bytes
        else:
            assert not set(ids) & set(tokenizer.special_tokens.values())
            assert tokenizer.decode(ids) == text
    return True


def test_the_unbroken_ones_work(tmp_path):
    (tmp_path / "tokenizer.json").write_text(FILE, encoding="utf-8")
    assert works_or_says_why(lambda: load_tokenizer(tmp_path / "tokenizer.json"))
    assert works_or_says_why(lambda: tokenizer_from_gguf(METADATA, "m.gguf"))


def test_every_truncation_is_refused(tmp_path):
    path, data = tmp_path / "tokenizer.json", FILE.encode()
    for size in range(len(data.rstrip())):
        path.write_bytes(data[:size])
        with pytest.raises(CheckpointError):
            load_tokenizer(path)


@given(data=st.data())
@HALF
def test_changed_bytes(data, tmp_path):
    content = bytearray(FILE.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = min(len(content), start + data.draw(st.integers(0, 8)))
        kinds = st.one_of(
            st.binary(max_size=4), st.sampled_from([b"null", b"9" * 12, b'"', b"[", b"-1", b"1e9", b"true"])
        )
        content[start:end] = data.draw(kinds)
    path = tmp_path / "tokenizer.json"
    path.write_bytes(content)
    works_or_says_why(lambda: load_tokenizer(path))


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 17, 4 * 10**9, 2**70, 0.5, 1e300]),
    st.sampled_from(
        ["", " ", "a", "a b", "ab", "abc", "Ġ", "\ud800", "\0", "ByteLevel", "BPE", "<|end|>", "日", "x" * 5000]
    ),
    st.lists(st.one_of(st.integers(-1, 9), st.text("abĠ ", max_size=3), st.none()), max_size=3),
    st.dictionaries(
        st.sampled_from(["type", "id", "content", "a"]), st.one_of(st.none(), st.text(max_size=2)), max_size=2
    ),
)


def change_something(draw, node):
    """Walk down to a random place in nested lists and dicts, and replace, remove, repeat or add what is there."""
    while True:
        places = list(range(len(node))) if isinstance(node, list) else list(node)
        if not places:
            return
        place = draw(st.sampled_from(places))
        child = node[place]
        if isinstance(child, list | dict) and child and draw(st.integers(0, 3)):
            node = child
            continue
        action = draw(st.sampled_from(["replace", "remove", "repeat", "add"]))
        if action == "remove":
            del node[place]
        elif action == "replace":
            node[place] = draw(ODD)
        elif isinstance(node, list):
            node.insert(place, copy.deepcopy(child) if action == "repeat" else draw(ODD))
        else:
            node[draw(st.sampled_from(["type", "id", "new", "Ġ", "ab"]))] = copy.deepcopy(child)
        return


@given(data=st.data())
@HALF
def test_changed_json(data, tmp_path):
    content = json.loads(FILE)
    for _ in range(data.draw(st.integers(1, 3))):
        change_something(data.draw, content)
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    works_or_says_why(lambda: load_tokenizer(path))


@given(data=st.data())
@ALL
def test_changed_metadata(data):
    metadata = copy.deepcopy(METADATA)
    for _ in range(data.draw(st.integers(1, 3))):
        change_something(data.draw, metadata)
    works_or_says_why(lambda: tokenizer_from_gguf(metadata, "m.gguf"))
