"""Rank files and tekken.json: good ones load, broken ones end in one CheckpointError."""

import base64
import copy
import json
import tracemalloc

import pytest
from effort import examples, within
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lessons_lib.errors import CheckpointError
from lessons_lib.tokenizer import ByteLevel, load_tokenizer, read_ranks
from lessons_lib.tokenizer.encoding.split import SPLITS

TOKENS = [bytes([byte]) for byte in range(256)] + [b"th", b"the", b" the"]
SPELLINGS = [base64.b64encode(token).decode() for token in TOKENS]
FUZZ = settings(
    max_examples=examples(1000),
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def rank_file(folder, spellings=SPELLINGS, lines=None):
    lines = lines or [f"{spelling} {i}" for i, spelling in enumerate(spellings)]
    path = folder / "some.tiktoken"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def tekken():
    return {
        "config": {
            "pattern": SPLITS["tekken"][0],
            "default_vocab_size": 4 + 258,
            "default_num_special_tokens": 4,
            "version": "v11",
        },
        "vocab": [{"rank": i, "token_bytes": spelling, "token_str": None} for i, spelling in enumerate(SPELLINGS)],
        "special_tokens": [
            {"rank": 0, "token_str": "<s>", "is_control": True},
            {"rank": 1, "token_str": "</s>", "is_control": True},
            {"rank": 2, "token_str": "[SHOWN]", "is_control": False},
        ],
    }


def load_tekken(folder, content):
    path = folder / "tekken.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return load_tokenizer(path)


def test_a_good_rank_file(tmp_path):
    assert read_ranks(rank_file(tmp_path)) == TOKENS


def test_a_good_tekken_file(tmp_path):
    tokenizer = load_tekken(tmp_path, tekken())
    assert tokenizer.encode("the") == [4 + 257]
    assert tokenizer.encode(" the") == [4 + 32, 4 + 257]  # the last token is beyond the vocabulary's size
    assert tokenizer.special_tokens == {"<s>": 0, "</s>": 1, "[SHOWN]": 2, "<SPECIAL_3>": 3}
    assert tokenizer.decode([0, 2, 4 + 97, 1], skip_special_tokens=True) == "[SHOWN]a"
    assert (tokenizer.bos_token_id, tokenizer.eos_token_ids, tokenizer.pad_token_id) == (0, [1], None)


def spelled(place, spelling):
    return [*SPELLINGS[:place], spelling, *SPELLINGS[place + 1 :]]


BAD_SPELLINGS = {
    "not base64": (spelled(3, "!!!!"), "ranks[3]"),
    "base64 cut off": (spelled(3, "YW"), "ranks[3]"),
    "not ASCII": (spelled(3, "日本"), "ranks[3]"),
    "nothing": (spelled(3, ""), "ranks[3]"),
    "a token twice": (spelled(257, "dGg="), "ranks[257]"),
    "a token over-long": (spelled(257, base64.b64encode(b"a" * 5000).decode()), "ranks[257]"),
    "a byte lost": (spelled(65, "dGhl"), "ranks[257]"),
    "too few": (SPELLINGS[:255], "ranks"),
}
BAD_LINES = {
    "a gap": (["IQ== 0", "Ig== 2"], "ranks[1]"),
    "a rank twice": (["IQ== 0", "Ig== 0"], "ranks[1]"),
    "a rank of 4e9": (["IQ== 4000000000"], "ranks[0]"),
    "a negative rank": (["IQ== -1"], "ranks[0]"),
    "a rank in other digits": (["IQ== ٠"], "ranks[0]"),
    "a rank with a sign": (["IQ== +0"], "ranks[0]"),
    "no rank": (["IQ=="], "ranks[0]"),
    "two spaces": (["IQ==  0"], "ranks[0]"),
    "an empty line": (["IQ== 0", "", "Ig== 1"], "ranks[1]"),
    "other line ends": (["IQ== 0\r", "Ig== 1\r"], "ranks[0]"),
    "a NUL": (["IQ== 0\0"], "ranks[0]"),
    "a giant rank": (["IQ== " + "9" * 10_000], "ranks[0]"),
}


def refused(action):
    def attempt():
        with pytest.raises(CheckpointError) as caught:
            action()
        return caught

    caught = within(1, attempt)
    tracemalloc.start()
    attempt()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 800
    assert peak < 200e6
    return caught.value.field


@pytest.mark.parametrize("name", BAD_SPELLINGS)
def test_bad_tokens_are_refused(name, tmp_path):
    spellings, field = BAD_SPELLINGS[name]
    path = rank_file(tmp_path, spellings)
    assert refused(lambda: read_ranks(path)) == field


@pytest.mark.parametrize("name", BAD_LINES)
def test_bad_lines_are_refused(name, tmp_path):
    lines, field = BAD_LINES[name]
    path = rank_file(tmp_path, lines=lines)
    assert refused(lambda: read_ranks(path)) == field


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff\xfe 0", b"\0" * 100])
def test_what_is_no_rank_file_is_refused(data, tmp_path):
    path = tmp_path / "some.tiktoken"
    path.write_bytes(data)
    refused(lambda: read_ranks(path))


def config(**changes):
    return lambda content: content["config"].update(changes)


def special(i, **changes):
    return lambda content: content["special_tokens"][i].update(changes)


def part(**changes):
    return lambda content: content.update(changes)


def entry(i, **changes):
    return lambda content: content["vocab"][i].update(changes)


BREAKS = {
    "an unknown part": (part(charm=1), "charm"),
    "vocab an object": (part(vocab={}), "config, vocab"),
    "config missing": (part(config=[]), "config, vocab"),
    "another pattern": (config(pattern="(a+)+$"), "config.pattern"),
    "a pattern that is a list": (config(pattern=[]), "config.pattern"),
    "more special tokens than ids": (config(default_num_special_tokens=2, default_vocab_size=258), "special_tokens"),
    "special tokens without end": (config(default_num_special_tokens=10**9), "config.default_num_special_tokens"),
    "a negative number": (config(default_num_special_tokens=-1), "config.default_num_special_tokens"),
    "a size beyond the file": (config(default_vocab_size=10**9), "config.default_vocab_size"),
    "a size of nothing": (config(default_vocab_size=4), "config.default_vocab_size"),
    "a size that is true": (config(default_vocab_size=True), "config.default_vocab_size"),
    "a gap": (entry(7, rank=8), "vocab[7]"),
    "a rank that is text": (entry(7, rank="7"), "vocab[7]"),
    "a rank that is a float": (entry(7, rank=7.0), "vocab[7]"),
    "no bytes": (entry(7, token_bytes=None), "vocab[7]"),
    "bytes that are a number": (entry(7, token_bytes=7), "vocab[7]"),
    "bytes that are no base64": (entry(7, token_bytes="%"), "vocab[7]"),
    "an entry that is a list": (lambda content: content["vocab"].__setitem__(7, []), "vocab[7]"),
    "special tokens missing": (lambda content: content.pop("special_tokens"), "special_tokens"),
    "special tokens an object": (part(special_tokens={}), "special_tokens"),
    "a special token out of order": (special(1, rank=2), "special_tokens[1].rank"),
    "a special token without a name": (special(1, token_str=""), "special_tokens[1]"),
    "a special token with half a surrogate": (special(1, token_str="\ud800"), "special_tokens[1]"),
    "a special token over-long": (special(1, token_str="x" * 200), "special_tokens[1]"),
    "a special token twice": (special(1, token_str="<s>"), "special_tokens"),
    "a special token named as a filler": (special(1, token_str="<SPECIAL_3>"), "special_tokens"),
    "a special token that is text": (special(1, is_control="yes"), "special_tokens[1]"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_broken_tekken_files_are_refused(name, tmp_path):
    content = tekken()
    change, field = BREAKS[name]
    change(content)
    assert refused(lambda: load_tekken(tmp_path, content)) == field


def loads_or_says_why(load):
    try:
        loaded = load()
    except CheckpointError:
        return
    encoder = ByteLevel(loaded, split="gpt2") if isinstance(loaded, list) else loaded.encoder
    ids = encoder.encode("the sun, the sea")
    assert b"".join(encoder.tokens[i] for i in ids) == b"the sun, the sea"


@given(data=st.data())
@FUZZ
def test_changed_rank_files(data, tmp_path):
    content = bytearray(rank_file(tmp_path).read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        kinds = st.one_of(st.binary(max_size=4), st.sampled_from([b"\n", b" ", b"=", b"dGg= 256\n", b"9" * 12]))
        content[start : start + data.draw(st.integers(0, 8))] = data.draw(kinds)
    path = tmp_path / "changed.tiktoken"
    path.write_bytes(content)
    loads_or_says_why(lambda: read_ranks(path))


def test_truncated_rank_files(tmp_path):
    data = rank_file(tmp_path).read_bytes()
    path = tmp_path / "cut.tiktoken"
    for size in range(0, data.index(b"dGg=") - 1, 3):
        path.write_bytes(data[:size])
        with pytest.raises(CheckpointError):
            read_ranks(path)


ODD = st.sampled_from([None, True, -1, 7, 4 * 10**9, 0.5, "", "a", "dGg=", "\ud800", "<s>", [], {}, "x" * 5000])


@given(data=st.data())
@FUZZ
def test_changed_tekken_files(data, tmp_path):
    content = tekken()
    for _ in range(data.draw(st.integers(1, 3))):
        node = content
        while True:
            place = data.draw(st.sampled_from(list(range(len(node))) if isinstance(node, list) else list(node)))
            if not isinstance(node[place], list | dict) or not node[place] or not data.draw(st.integers(0, 4)):
                break
            node = node[place]
        action = data.draw(st.sampled_from(["replace", "remove", "repeat"]))
        if action == "replace":
            node[place] = data.draw(ODD)
        elif isinstance(node, list) and action == "repeat":
            node.insert(place, copy.deepcopy(node[place]))
        elif len(node) > 1:
            del node[place]
    loads_or_says_why(lambda: load_tekken(tmp_path, content))
