"""Damaged files: whatever happens to a valid file, it loads and can be read, or ends in a CheckpointError."""

import itertools
import json
import struct
from collections import Counter

import numpy as np
import pytest
import safetensors.torch
import torch
from effort import examples
from gguf import GGUFReader, GGUFWriter
from gguf.constants import GGMLQuantizationType
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.errors import CheckpointError
from lessons_lib.formats.gguf import load_gguf
from lessons_lib.formats.safetensors import load_safetensors

NUMBER = itertools.count()
FORMATS = [("valid_safetensors", load_safetensors), ("valid_gguf", load_gguf)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@pytest.fixture(scope="module")
def valid_safetensors(folder) -> bytes:
    tensors = {
        "a.weight": torch.arange(6.0).view(2, 3),
        "b.bias": torch.ones(5, dtype=torch.bfloat16),
        "mask": torch.tensor([True, False, True]),
        "empty": torch.empty(0, 4),
    }
    safetensors.torch.save_file(tensors, folder / "valid.safetensors", {"format": "pt"})
    return (folder / "valid.safetensors").read_bytes()


@pytest.fixture(scope="module")
def valid_gguf(folder) -> bytes:
    writer = GGUFWriter(folder / "valid.gguf", "llama")
    writer.add_custom_alignment(32)
    writer.add_context_length(1234)
    writer.add_token_list(["<unk>", "naïve", "c"])
    writer.add_token_scores([0.5, -1.5, 2.0])
    writer.add_token_types([2, 1, 1])
    writer.add_bool("test.flag", True)
    blocks = (("a.weight", "Q4_1", (2, 20)), ("b.weight", "Q5_1", (2, 24)), ("c.weight", "Q6_K", (1, 210)))
    for name, kind, shape in (*blocks, ("d.bias", "F32", (20,)), ("e.weight", "Q8_0", (3, 68))):
        raw = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
        writer.add_tensor(name, raw, raw_dtype=GGMLQuantizationType[kind])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return (folder / "valid.gguf").read_bytes()


def survives(folder, load, content: bytes) -> bool:
    """Load the content and read every tensor of it; return whether it is a valid file."""
    path = folder / f"{next(NUMBER)}"
    path.write_bytes(content)
    message = None
    try:
        loaded = load(path)
    except CheckpointError as error:
        message = str(error)
    if message is not None:
        assert "\n" not in message
        assert message.startswith(str(path))
        return False
    for tensor in loaded.values():
        assert len(tensor.reshape(-1).tolist()) == tensor.numel()
    if load is load_safetensors:  # what we accept, the package accepts
        assert safetensors.torch.load(content).keys() == loaded.keys()
    return True


@pytest.mark.parametrize(("valid", "load"), FORMATS)
def test_every_truncation_is_refused(folder, request, valid, load):
    content = request.getfixturevalue(valid)
    assert survives(folder, load, content)
    # The last tensor of the GGUF file ends before its padding, which a file may lack.
    end = len(content) - (20 if load is load_gguf else 0)
    assert not any(survives(folder, load, content[:size]) for size in range(end))
    assert all(survives(folder, load, content[:size]) for size in range(end, len(content)))


def check_all(folder, load, damaged: st.SearchStrategy[bytes]) -> None:
    """Try up to 1,000 damaged files, of which some stay valid and most do not."""
    outcomes = Counter()

    @settings(max_examples=examples(1000), derandomize=True, deadline=None)
    @given(damaged)
    def check(content):
        outcomes[survives(folder, load, content)] += 1

    check()
    assert outcomes[True] >= examples(1000) / 200
    assert outcomes[False] >= examples(1000) / 2


EDGE_NUMBERS = st.sampled_from(
    [0, 1, 7, 8, 13, 32, 33, 255, 2**16, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1]
)
PAYLOADS = st.one_of(
    st.binary(max_size=9),
    EDGE_NUMBERS.map(lambda number: number.to_bytes(8, "little")),
    EDGE_NUMBERS.map(lambda number: (number % 2**32).to_bytes(4, "little")),
)


@st.composite
def damaged_bytes(draw, content: bytes) -> bytes:
    """Insert, remove, overwrite or copy some bytes anywhere, up to three times."""
    for _ in range(draw(st.integers(1, 3))):
        at, start = draw(st.integers(0, len(content))), draw(st.integers(0, len(content)))
        payload = draw(PAYLOADS | st.just(content[start : start + 40]))
        removed = draw(st.sampled_from([0, len(payload), 1, 30]))
        content = content[:at] + payload + content[at + removed :]
    return content


@pytest.mark.parametrize(("valid", "load"), FORMATS)
def test_damaged_bytes(folder, request, valid, load):
    check_all(folder, load, damaged_bytes(request.getfixturevalue(valid)))


JSON_VALUES = st.one_of(
    st.integers(-1, 40),
    EDGE_NUMBERS,
    st.sampled_from([None, True, 0.5, "", "U8", "F64", "I4", "x", [], [0], [24, 24], [2, 3], {}, {"a": "b"}]),
    st.lists(st.integers(0, 40), max_size=9),
)


@st.composite
def damaged_header(draw, content: bytes) -> bytes:
    """Change, rename, remove or add up to two entries of the header, and sometimes the size of the data."""
    length = int.from_bytes(content[:8], "little")
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(sorted(header)))
        match draw(st.sampled_from(["field", "field", "field", "entry", "rename", "remove", "add"])):
            case "field" if isinstance(header[name], dict):
                header[name][draw(st.sampled_from(["dtype", "shape", "data_offsets", "format"]))] = draw(JSON_VALUES)
            case "entry":
                header[name] = draw(JSON_VALUES)
            case "rename":
                header[draw(st.text(max_size=5))] = header.pop(name)
            case "remove" if len(header) > 1:
                del header[name]
            case "add":
                header[draw(st.text(max_size=5))] = header[name]
    text = json.dumps(header, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")
    size = draw(st.just(len(data)) | st.integers(0, len(data) + 40))
    return len(text).to_bytes(8, "little") + text + data[:size].ljust(size, b"\0")


def test_damaged_headers_of_safetensors(folder, valid_safetensors):
    check_all(folder, load_safetensors, damaged_header(valid_safetensors))


@st.composite
def damaged_fields(draw, fields: list[bytes], keys: int, data: bytes) -> bytes:
    """Remove, repeat, swap or overwrite up to two keys or tensors, and sometimes change a count or the data's size."""
    pairs, tensors = fields[:keys], fields[keys:]
    for _ in range(draw(st.integers(0, 2))):
        part = draw(st.sampled_from([pairs, tensors]))
        if not part:
            continue
        first, second = draw(st.integers(0, len(part) - 1)), draw(st.integers(0, len(part) - 1))
        match draw(st.sampled_from(["overwrite", "overwrite", "overwrite", "remove", "repeat", "swap"])):
            case "overwrite":
                at, payload = draw(st.integers(0, len(part[first]))), draw(PAYLOADS)
                part[first] = part[first][:at] + payload + part[first][at + len(payload) :]
            case "remove":
                del part[first]
            case "repeat":
                part.insert(second, part[first])
            case "swap":
                part[first], part[second] = part[second], part[first]
    counts = [draw(st.sampled_from([len(part)] * 9 + [len(part) + 1])) for part in (tensors, pairs)]
    head = b"GGUF" + struct.pack("<IQQ", 3, *counts) + b"".join(pairs + tensors)
    size = draw(st.just(len(data)) | st.integers(0, len(data) + 40))
    return head + bytes(-len(head) % 32) + data[:size].ljust(size, b"\0")


def test_damaged_fields_of_gguf(folder, valid_gguf):
    (folder / "fields.gguf").write_bytes(valid_gguf)
    reader = GGUFReader(folder / "fields.gguf")
    pairs = [field for name, field in reader.fields.items() if not name.startswith("GGUF.")]
    fields = [
        valid_gguf[field.offset : field.offset + sum(part.nbytes for part in field.parts)]
        for field in [*pairs, *(tensor.field for tensor in reader.tensors)]
    ]
    assert valid_gguf.startswith(valid_gguf[:24] + b"".join(fields))
    check_all(folder, load_gguf, damaged_fields(fields, len(pairs), valid_gguf[reader.data_offset :]))
