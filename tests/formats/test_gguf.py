"""The GGUF reader against the `gguf` package and against files that break the format."""

import math
import struct
import tracemalloc

import numpy as np
import pytest
import torch
from effort import within
from gguf import GGUFReader, GGUFWriter
from gguf.constants import GGMLQuantizationType
from gguf.quants import dequantize as gguf_dequantize
from gguf.quants import quantize as gguf_quantize

from lessons_lib import assets
from lessons_lib.errors import CheckpointError
from lessons_lib.formats.gguf import load_gguf
from lessons_lib.formats.gguf_head import MAX_HEAD_BYTES, MAX_STRINGS

UINT8, UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY, UINT64 = 0, 4, 5, 6, 7, 8, 9, 10
F32, Q4_1, Q8_0 = 0, 3, 8


# Files, byte by byte: everything in them can be made wrong


def u32(value: int) -> bytes:
    return struct.pack("<I", value)


def u64(value: int) -> bytes:
    return struct.pack("<Q", value)


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return u64(len(raw)) + raw


def pair(key: str | bytes, kind: int, value: bytes) -> bytes:
    return text(key) + u32(kind) + value


def array(kind: int, *values: bytes, count: int | None = None) -> bytes:
    return u32(kind) + u64(len(values) if count is None else count) + b"".join(values)


def tensor(name: str | bytes = "x", sizes=(3, 2), kind: int = F32, offset: int = 0) -> bytes:
    return text(name) + u32(len(sizes)) + b"".join(map(u64, sizes)) + u32(kind) + u64(offset)


def file_bytes(
    pairs=(),
    tensors=None,
    data: bytes = bytes(24),
    version=3,
    magic=b"GGUF",
    pair_count=None,
    tensor_count=None,
    align=32,
) -> bytes:
    tensors = [tensor()] if tensors is None else tensors
    tensor_count = len(tensors) if tensor_count is None else tensor_count
    pair_count = len(pairs) if pair_count is None else pair_count
    head = magic + u32(version) + u64(tensor_count) + u64(pair_count) + b"".join(pairs) + b"".join(tensors)
    return head + bytes(-len(head) % align) + data


def refusal(path, memory=200e6) -> CheckpointError:
    """Return the error, after proving that it comes in one line, within 1 s and 200 MB."""

    def attempt():
        with pytest.raises(CheckpointError) as caught:
            load_gguf(path)
        return caught

    caught = within(1, attempt)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError):
            load_gguf(path)
        assert tracemalloc.get_traced_memory()[1] < memory
    finally:
        tracemalloc.stop()
    return caught.value


# Good files


def written_by_the_package(path, alignment: int | None = None) -> dict[str, np.ndarray]:
    """Write one tensor of each type, of pairwise different sizes, and return their weights."""
    writer = GGUFWriter(path, "llama")
    if alignment is not None:
        writer.add_custom_alignment(alignment)
    writer.add_context_length(1234)
    writer.add_token_list(["<unk>", "naïve", "\N{CAT FACE}"])
    writer.add_token_scores([0.5, -1.5, 2.0])
    writer.add_token_types([2, 1, 1])
    writer.add_bool("test.flag", True)
    writer.add_float64("test.third", 1 / 3)
    writer.add_int64("test.negative", -(2**40))
    writer.add_array("test.empty_names", [""])
    writer.add_array("test.flags", [True, False])
    generator = np.random.default_rng(1)
    weights = {}
    for index, kind in enumerate(("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q8_0", "Q5_0", "Q5_1")):
        quantization = GGMLQuantizationType[kind]
        values = generator.normal(size=(index + 2, index + 9, 32 * (index + 1))).astype(np.float32)
        raw = gguf_quantize(values, quantization)
        writer.add_tensor(f"blk.{index}.weight", raw, raw_dtype=quantization)
        weights[f"blk.{index}.weight"] = gguf_dequantize(raw, quantization)
    writer.add_tensor("norm.weight", np.float32([1.5, 2.5, 3.5]))
    weights["norm.weight"] = np.float32([1.5, 2.5, 3.5])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return weights


@pytest.mark.parametrize("alignment", [None, 8, 128])
def test_a_file_of_the_package_is_read(tmp_path, alignment):
    weights = written_by_the_package(tmp_path / "theirs.gguf", alignment)
    gguf = load_gguf(tmp_path / "theirs.gguf")
    assert gguf.version == 3
    assert gguf.alignment == (alignment or 32)
    assert list(gguf) == list(weights)
    assert len(gguf) == 9
    assert "norm.weight" in gguf
    assert "norm" not in gguf
    assert gguf.types["blk.4.weight"] == "Q4_1"
    assert gguf.shapes["blk.4.weight"] == (6, 13, 160)
    assert gguf.raw("blk.4.weight").nbytes == 6 * 13 * 160 // 32 * 20
    for name, expected in weights.items():
        assert gguf[name].dtype == torch.float32
        assert tuple(gguf[name].shape) == expected.shape
        np.testing.assert_array_equal(gguf[name].numpy(), expected)


def test_metadata_has_python_values(tmp_path):
    written_by_the_package(tmp_path / "theirs.gguf")
    metadata = load_gguf(tmp_path / "theirs.gguf").metadata
    assert metadata["general.architecture"] == "llama"
    assert metadata["llama.context_length"] == 1234
    assert metadata["tokenizer.ggml.tokens"] == ["<unk>", "naïve", "\N{CAT FACE}"]
    assert metadata["tokenizer.ggml.scores"].tolist() == [0.5, -1.5, 2.0]
    assert metadata["tokenizer.ggml.token_type"].dtype == np.int32
    assert metadata["test.flag"] is True
    assert metadata["test.third"] == 1 / 3
    assert metadata["test.negative"] == -(2**40)
    assert metadata["test.empty_names"] == [""]
    assert metadata["test.flags"].tolist() == [True, False]


def test_raw_bytes_cannot_be_changed_and_weights_can(tmp_path):
    (tmp_path / "x.gguf").write_bytes(file_bytes())
    gguf = load_gguf(tmp_path / "x.gguf")
    with pytest.raises(ValueError, match="read-only"):
        gguf.raw("x")[0] = 1
    gguf["x"].add_(1)
    assert gguf["x"].tolist() == [[0, 0, 0], [0, 0, 0]]
    with pytest.raises(KeyError, match="missing"):
        gguf["missing"]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (file_bytes(version=2), ["x"]),
        (file_bytes(data=bytes(32)), ["x"]),  # padded to the alignment
        (file_bytes(tensors=[], data=b""), []),
        (file_bytes([pair("a", STRING, text(""))], [], b""), []),
        (file_bytes(tensors=[tensor(), tensor("y", [], F32, 32)], data=bytes(36)), ["x", "y"]),  # y is one weight
        (file_bytes([pair("general.alignment", UINT32, u32(64))], data=bytes(24), align=64), ["x"]),
    ],
)
def test_unusual_files_are_read(tmp_path, content, names):
    (tmp_path / "x.gguf").write_bytes(content)
    gguf = load_gguf(tmp_path / "x.gguf")
    assert [name for name, weights in gguf.items() if not weights.any()] == names


def test_the_real_model_equals_the_gguf_package():
    path = assets.fetch("smollm2-135m-instruct")
    gguf = within(1, lambda: load_gguf(path))  # 98,052 strings
    assert len(gguf) == 272
    assert {kind: list(gguf.types.values()).count(kind) for kind in set(gguf.types.values())} == {
        "Q4_1": 210,
        "F32": 61,
        "Q8_0": 1,
    }
    assert len(gguf.metadata["tokenizer.ggml.tokens"]) == 49_152
    assert len(gguf.metadata["tokenizer.ggml.merges"]) == 48_900
    reference = GGUFReader(path).tensors
    assert [tensor.name for tensor in reference] == list(gguf)
    assert sum(math.prod(shape) for shape in gguf.shapes.values()) == 134_515_008
    for tensor in reference:
        assert np.array_equal(gguf.raw(tensor.name), tensor.data.reshape(-1).view(np.uint8))
        if not tensor.name.startswith("blk.") or tensor.name.startswith(("blk.0.", "blk.29.")):  # the others are alike
            expected = gguf_dequantize(tensor.data, tensor.tensor_type)
            np.testing.assert_array_equal(gguf[tensor.name].numpy(), expected)


# Files that break the format


def tokens(count: int) -> bytes:
    return pair("tokenizer.ggml.tokens", ARRAY, array(STRING, *[text("a")] * count))


def alignment(kind: int, value: bytes) -> bytes:
    return file_bytes([pair("general.alignment", kind, value)])


BAD_FILES = {
    "no bytes": (b"", "file size: got 0 bytes, allowed at least 24"),
    "23 bytes": (file_bytes(tensors=[], data=b"")[:23], "file size: got 23 bytes"),
    "magic": (file_bytes(magic=b"GGML"), "magic: got b'GGML', allowed b'GGUF'"),
    "version 0": (file_bytes(version=0), "version: got 0, allowed 2 and 3"),
    "version 1": (file_bytes(version=1), "version: got 1, allowed 2 and 3"),
    "version 4": (file_bytes(version=4), "version: got 4, allowed 2 and 3"),
    "byte-swapped": (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "version: got 50331648 .the byte order is big-endian."),
    "too many keys": (file_bytes(pair_count=2**63), "number of keys: got 9223372036854775808, allowed at most"),
    "one key too many": (file_bytes([pair("a", UINT8, b"\0")], pair_count=2), "name of tensor 0: length: got"),
    "too many tensors": (file_bytes(tensor_count=2**40), "number of tensors: got 1099511627776, allowed at most"),
    "one tensor too many": (file_bytes(tensor_count=2, data=bytes(64)), "tensor name: got ''"),
    "long key": (file_bytes([u64(2**64 - 1)]), "key 0: length: got 18446744073709551615, allowed at most 65535"),
    "key past the end": (file_bytes([u64(60_000) + bytes(9)], [], b""), "key 0: got 60000 bytes, allowed at most"),
    "long string": (file_bytes([pair("a", STRING, u64(2**62))]), "key 'a': length: got 4611686018427387904"),
    "string past the end": (file_bytes([pair("a", STRING, u64(10_000))]), "key 'a': got 10000 bytes, allowed at most"),
    "long array": (
        file_bytes([pair("a", ARRAY, array(UINT32, count=2**40))]),
        "key 'a': value: got 4398046511104 bytes",
    ),
    "overflowing array": (file_bytes([pair("a", ARRAY, array(UINT64, count=2**61))]), "got 18446744073709551616 bytes"),
    "long string array": (
        file_bytes([pair("a", ARRAY, array(STRING, count=2**40))]),
        "length of array: got 10995116277",
    ),
    "short string array": (
        file_bytes([pair("a", ARRAY, array(STRING, text("b"), count=2))], [], b""),
        "length of array",
    ),
    "array of arrays": (file_bytes([pair("a", ARRAY, array(ARRAY, array(UINT8)))]), "got an array of arrays"),
    "nested arrays": (file_bytes([pair("a", ARRAY, (u32(ARRAY) + u64(1)) * 50_000)]), "got an array of arrays"),
    "unknown type": (file_bytes([pair("a", 13, bytes(8))]), "key 'a': type: got 13, allowed numbers, strings"),
    "unknown type of array": (file_bytes([pair("a", ARRAY, array(77, count=1))]), "key 'a': type: got 77"),
    "bool of 2": (file_bytes([pair("a", BOOL, b"\2")]), "key 'a': got a bool byte over 1"),
    "bools of 2": (file_bytes([pair("a", ARRAY, array(BOOL, b"\1", b"\2"))]), "key 'a': got a bool byte over 1"),
    "string not UTF-8": (file_bytes([pair("a", STRING, text(b"ab\xff"))]), "key 'a': got byte 2 that is not UTF-8"),
    "token not UTF-8": (
        file_bytes([pair("a", ARRAY, array(STRING, text(b"\xc3")))]),
        "a string: got byte 0 that is not",
    ),
    "duplicate key": (file_bytes([pair("a", UINT8, b"\0"), pair("a", UINT8, b"\0")]), "key 'a': got a second one"),
    "empty key": (file_bytes([pair("", UINT8, b"\0")]), "key 0: got '', allowed a printable name"),
    "key not UTF-8": (file_bytes([pair(b"\xff", UINT8, b"\0")]), "key 0: got byte 0 that is not UTF-8"),
    "key with an escape": (file_bytes([pair("\x1b[2J", UINT8, b"\0")]), "key 0: got"),
    "alignment 0": (alignment(UINT32, u32(0)), "general.alignment: got 0, allowed a power of two"),
    "alignment 4": (alignment(UINT32, u32(4)), "general.alignment: got 4, allowed a power of two from 8"),
    "alignment 13": (alignment(UINT32, u32(13)), "general.alignment: got 13"),
    "alignment 2^31": (alignment(UINT32, u32(2**31)), "general.alignment: got 2147483648"),
    "alignment as uint64": (alignment(UINT64, u64(32)), "general.alignment: type: got 10, allowed 4 .uint32."),
    "alignment as text": (alignment(STRING, text("32")), "general.alignment: type: got 8"),
    "alignment as array": (alignment(ARRAY, array(UINT32, u32(32))), "general.alignment: type: got 9"),
    "5 dimensions": (file_bytes(tensors=[tensor(sizes=[1] * 5)]), "number of dimensions: got 5, allowed at most 4"),
    "2^32-1 dimensions": (file_bytes(tensors=[text("x") + u32(2**32 - 1)]), "number of dimensions: got 4294967295"),
    "size 0": (file_bytes(tensors=[tensor(sizes=[0, 3])], data=b""), "shape: got .0, 3., allowed sizes from 1"),
    "size 2^63": (file_bytes(tensors=[tensor(sizes=[2**63])]), "tensor 'x': shape: got .9223372036854775808."),
    "dims overflow": (file_bytes(tensors=[tensor(sizes=[2**62] * 4)]), "tensor 'x': bytes: got"),
    "overflow to 24 bytes": (
        file_bytes(tensors=[tensor(sizes=[2**62 + 6])]),
        "bytes: got 18446744073709551640, allowed",
    ),
    "row of 33": (file_bytes(tensors=[tensor(sizes=[33], kind=Q4_1)]), "row length: got 33, allowed a multiple of 32"),
    "quantised scalar": (
        file_bytes(tensors=[tensor(sizes=[], kind=Q8_0)]),
        "row length: got 1, allowed a multiple of 32",
    ),
    "Q2_K": (file_bytes(tensors=[tensor(sizes=[256], kind=10)]), "tensor 'x': type: got Q2_K, allowed F32, F16"),
    "half a superblock": (
        file_bytes(tensors=[tensor(sizes=[128], kind=14)]),
        "row length: got 128, allowed a multiple of 256 for Q6_K",
    ),
    "removed type": (file_bytes(tensors=[tensor(kind=4)]), "type: got Q4_2, allowed"),
    "unknown tensor type": (file_bytes(tensors=[tensor(kind=999)]), "type: got number 999, allowed F32, F16"),
    "offset 32": (file_bytes(tensors=[tensor(offset=32)], data=bytes(64)), "offset: got 32, allowed 0 .no overlap and"),
    "offset not aligned": (
        file_bytes(tensors=[tensor(), tensor("y", offset=24)], data=bytes(64)),
        "tensor 'y': offset: got 24, allowed 32",
    ),
    "overlap": (file_bytes(tensors=[tensor(), tensor("y")], data=bytes(64)), "tensor 'y': offset: got 0, allowed 32"),
    "hole": (file_bytes(tensors=[tensor(), tensor("y", offset=64)], data=bytes(96)), "offset: got 64, allowed 32"),
    "offset past the end": (file_bytes(tensors=[tensor(offset=2**64 - 32)]), "offset: got 18446744073709551584"),
    "duplicate tensor": (
        file_bytes(tensors=[tensor(), tensor(offset=32)], data=bytes(64)),
        "tensor 'x': got a second one",
    ),
    "name of 64 bytes": (
        file_bytes(tensors=[tensor("n" * 64)]),
        "name of tensor 0: length: got 64, allowed at most 63",
    ),
    "empty name": (file_bytes(tensors=[tensor("")]), "tensor name: got ''"),
    "name upwards": (file_bytes(tensors=[tensor("../x")]), "tensor name: got '../x'"),
    "name not UTF-8": (file_bytes(tensors=[tensor(b"\xfe")]), "name of tensor 0: got byte 0 that is not UTF-8"),
    "data short by a byte": (file_bytes(data=bytes(23)), "tensor 'x': bytes: got 24, allowed at most 23"),
    "no data": (file_bytes(data=b""), "tensor 'x': bytes: got 24, allowed at most 0"),
    "trailing bytes": (file_bytes(data=bytes(33)), "file size: got 129 bytes, allowed at most 128 bytes"),
    "scores too short": (
        file_bytes([tokens(3), pair("tokenizer.ggml.scores", ARRAY, array(FLOAT32, bytes(4), bytes(4)))]),
        "tokenizer.ggml.scores: length: got 2, allowed 3 .one a token.",
    ),
    "types too long": (
        file_bytes([pair("tokenizer.ggml.token_type", ARRAY, array(INT32, bytes(4), bytes(4))), tokens(1)]),
        "tokenizer.ggml.token_type: length: got 2, allowed 1",
    ),
    "types without tokens": (
        file_bytes([pair("tokenizer.ggml.token_type", ARRAY, array(INT32, bytes(4)))]),
        "tokenizer.ggml.token_type: length: got 1, allowed 0",
    ),
    "tokens are a number": (
        file_bytes([pair("tokenizer.ggml.tokens", UINT8, b"\1")]),
        "tokenizer.ggml.tokens: got int",
    ),
    "scores are text": (file_bytes([tokens(1), pair("tokenizer.ggml.scores", STRING, text("a"))]), "scores: got str"),
    "scores are ints": (
        file_bytes([tokens(1), pair("tokenizer.ggml.scores", ARRAY, array(INT32, bytes(4)))]),
        "tokenizer.ggml.scores: got",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_breaks_the_format_is_refused(tmp_path, case):
    content, message = BAD_FILES[case]
    (tmp_path / "bad.gguf").write_bytes(content)
    error = refusal(tmp_path / "bad.gguf")
    assert error.file == tmp_path / "bad.gguf"
    with pytest.raises(CheckpointError, match=message):
        load_gguf(tmp_path / "bad.gguf")


CAT = "\N{CAT FACE}"
BOMBS = {
    "too many strings": pair("a", ARRAY, array(STRING, u64(0) * (MAX_STRINGS + 1), count=MAX_STRINGS + 1)),
    "one long string": pair("a", STRING, text(CAT + "a" * (MAX_HEAD_BYTES - 1000))),
    "a string over 24 MB": pair("a", STRING, text("a" * MAX_HEAD_BYTES)),
    "a long array": pair("a", ARRAY, array(UINT8, bytes(MAX_HEAD_BYTES - 1000), count=MAX_HEAD_BYTES - 1000)),
    "bools": pair("a", ARRAY, array(BOOL, bytes(MAX_HEAD_BYTES - 1000), count=MAX_HEAD_BYTES - 1000)),
    "long keys": b"".join(pair(CAT + f"{i:x>65000}", UINT8, b"\0") for i in range(300)),
}


@pytest.mark.parametrize("case", BOMBS)
def test_metadata_of_many_values_stays_within_bounds(tmp_path, case):
    count = 300 if case == "long keys" else 1
    content = file_bytes([BOMBS[case], pair("end", 99, b"")], pair_count=count + 1)
    (tmp_path / "bomb.gguf").write_bytes(content)
    refusal(tmp_path / "bomb.gguf")


def test_an_array_of_many_strings_stays_within_bounds(tmp_path):
    # An eighth of what is allowed: to trace the memory of all of them takes too long.
    count = MAX_STRINGS // 8
    many = pair("a", ARRAY, array(STRING, text(CAT) * count, count=count))
    (tmp_path / "bomb.gguf").write_bytes(file_bytes([many, pair("end", 99, b"")]))
    refusal(tmp_path / "bomb.gguf", memory=200e6 / 8)


def test_the_strings_of_all_arrays_count_together(tmp_path, monkeypatch):
    monkeypatch.setattr("lessons_lib.formats.gguf_head.MAX_STRINGS", 10)
    pairs = [pair(key, ARRAY, array(STRING, text("b"), text("c"), text("d"))) for key in "abcd"]
    (tmp_path / "x.gguf").write_bytes(file_bytes(pairs))
    with pytest.raises(CheckpointError, match="key 'd': length of array: got 3, allowed at most 1"):
        load_gguf(tmp_path / "x.gguf")


def test_a_table_of_many_tensors_stays_within_bounds(tmp_path):
    table = [tensor(f"{i}", [1, 1, 1, 1], F32, 32 * i) for i in range(16_000)]
    (tmp_path / "bomb.gguf").write_bytes(file_bytes(tensors=table))
    assert "allowed at most" in str(refusal(tmp_path / "bomb.gguf"))


def test_many_keys_stay_within_bounds(tmp_path):
    pairs = [pair(f"{i}", UINT8, b"\0") for i in range(16_000)]
    (tmp_path / "bomb.gguf").write_bytes(file_bytes([*pairs, pair("0", UINT8, b"\0")]))
    assert "a second one" in str(refusal(tmp_path / "bomb.gguf"))


def test_the_largest_known_vocabulary_is_read(tmp_path):
    words = pair("tokenizer.ggml.tokens", ARRAY, array(STRING, text("sunshine") * 262_144, count=262_144))
    merges = pair("tokenizer.ggml.merges", ARRAY, array(STRING, text("sun shine") * 514_906, count=514_906))
    (tmp_path / "large.gguf").write_bytes(file_bytes([words, merges]))
    assert len(load_gguf(tmp_path / "large.gguf").metadata["tokenizer.ggml.merges"]) == 514_906
