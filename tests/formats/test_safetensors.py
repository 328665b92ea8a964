"""The safetensors reader and writer against the `safetensors` package and against files that break the format."""

import json
import math
import os
import pickle
import tracemalloc
import warnings

import psutil
import pytest
import safetensors
import safetensors.torch
import torch
from effort import examples, within
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.errors import CheckpointError
from lessons_lib.formats.safetensors import (
    DTYPES,
    MAX_HEADER_BYTES,
    TensorInfo,
    load_safetensors,
    read_safetensors_header,
    save_safetensors,
)


def every_dtype() -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(3, 5, 2, generator=generator) * 30
    tensors = {name: (values > 0 if name == "BOOL" else values.abs().to(dtype)) for name, dtype in DTYPES.items()}
    return {**tensors, "scalar": torch.tensor(7.0), "empty": torch.empty(4, 0, 3), "transposed": values[0].T}


def assert_same(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        other = theirs[name].contiguous()
        assert (tensor.dtype, tensor.shape) == (other.dtype, other.shape)
        assert tensor.reshape(-1).view(torch.uint8).tolist() == other.reshape(-1).view(torch.uint8).tolist()


def entry(dtype="F32", shape=(2, 3), data_offsets=(0, 24)) -> dict:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(data_offsets)}


def file_bytes(header: dict | str | bytes, size: int = 24) -> bytes:
    if isinstance(header, dict):
        header = json.dumps(header)
    if isinstance(header, str):
        header = header.encode()
    return len(header).to_bytes(8, "little") + header + bytes(size)


def refusal(path, load=load_safetensors) -> CheckpointError:
    """Return the error, after proving that it comes in one line, within 1 s and 200 MB."""

    def attempt():
        with pytest.raises(CheckpointError) as caught:
            load(path)
        return caught

    caught = within(1, attempt)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError):
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 200e6
    finally:
        tracemalloc.stop()
    return caught.value


# What both sides read and write


def test_the_package_reads_what_we_write(tmp_path):
    save_safetensors(every_dtype(), tmp_path / "ours.safetensors", {"format": "pt", "note": "naïve\n\N{CAT FACE}"})
    assert_same(safetensors.torch.load_file(tmp_path / "ours.safetensors"), every_dtype())
    with safetensors.safe_open(tmp_path / "ours.safetensors", "pt") as opened:
        assert opened.metadata() == {"format": "pt", "note": "naïve\n\N{CAT FACE}"}


def test_we_read_what_the_package_writes(tmp_path):
    path = tmp_path / "theirs.safetensors"
    written = {name: tensor.contiguous() for name, tensor in every_dtype().items()}
    safetensors.torch.save_file(written, path, {"format": "pt"})
    assert_same(load_safetensors(path), written)
    infos, metadata = read_safetensors_header(path)
    assert metadata == {"format": "pt"}
    assert infos["BF16"].dtype == "BF16"
    assert infos["BF16"].shape == (3, 5, 2)
    assert infos["BF16"].end - infos["BF16"].begin == 60


@settings(max_examples=examples(100), derandomize=True, deadline=None)
@given(
    shapes=st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_.]?[a-z]{0,5}", fullmatch=True),
        st.tuples(st.lists(st.integers(0, 4), max_size=4), st.sampled_from(sorted(DTYPES))),
        max_size=6,
    )
)
def test_any_tensors_survive_a_round_trip(tmp_path_factory, shapes):
    path = tmp_path_factory.mktemp("round") / "model.safetensors"
    tensors = {name: torch.ones(shape).to(DTYPES[dtype]) for name, (shape, dtype) in shapes.items()}
    save_safetensors(tensors, path)
    assert_same(load_safetensors(path, check_finite=True), tensors)
    assert_same(safetensors.torch.load_file(path), tensors)


def test_every_tensor_we_write_starts_at_a_multiple_of_its_width(tmp_path):
    save_safetensors({"a": torch.ones(3, dtype=torch.uint8), "b": torch.ones(5, dtype=torch.float64)}, tmp_path / "x")
    infos, _ = read_safetensors_header(tmp_path / "x")
    assert infos == {"b": TensorInfo("F64", (5,), 0, 40), "a": TensorInfo("U8", (3,), 40, 43)}
    assert int.from_bytes((tmp_path / "x").read_bytes()[:8], "little") % 8 == 0


def test_a_tensor_at_an_odd_position_is_read(tmp_path):
    header = {"a": entry("U8", [1], [0, 1]), "b": entry("F32", [2], [1, 9])}
    body = file_bytes(header, 0) + b"\x07" + torch.tensor([1.5, -2.5]).numpy().tobytes()
    (tmp_path / "odd.safetensors").write_bytes(body)
    loaded = load_safetensors(tmp_path / "odd.safetensors")
    assert loaded["b"].tolist() == [1.5, -2.5]
    assert loaded["b"].data_ptr() % 4 == 0


# The mapping


def test_changing_a_tensor_changes_neither_the_file_nor_another_load(tmp_path):
    path = tmp_path / "model.safetensors"
    save_safetensors({"weight": torch.arange(6.0).view(2, 3)}, path)
    before = path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # torch warns of memory that may not be written
        weight = load_safetensors(path)["weight"]
        weight.add_(1)
    assert weight.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert path.read_bytes() == before
    assert load_safetensors(path)["weight"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_nothing_is_read_until_it_is_used(tmp_path):
    path, size = tmp_path / "large.safetensors", 512 * 1024**2
    path.write_bytes(file_bytes({"weight": entry("F32", [2, size // 8], [0, size])}, 0))
    os.truncate(path, path.stat().st_size + size)
    before = psutil.Process().memory_info().rss
    weight = load_safetensors(path)["weight"]
    assert weight[1, -1].item() == 0
    assert psutil.Process().memory_info().rss - before < 50e6


# Writing


def test_a_failed_save_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    save_safetensors({"weight": torch.ones(3)}, path)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_safetensors({"weight": torch.zeros(3)}, path)
    assert load_safetensors(path)["weight"].tolist() == [1, 1, 1]
    assert [found.name for found in tmp_path.iterdir()] == ["model.safetensors"]


@pytest.mark.parametrize(
    ("tensors", "metadata", "message"),
    [
        ({"x": torch.ones(2, dtype=torch.complex64)}, None, "tensor 'x': dtype: got torch.complex64"),
        ({"../x": torch.ones(2)}, None, "tensor name: got '../x'"),
        ({"x": torch.ones([1] * 9)}, None, "at most 8 whole numbers"),
        ({"__metadata__": torch.ones(2)}, None, "tensor name: got '__metadata__'"),
        ({"x": torch.ones(2)}, {"epoch": 3}, r"__metadata__\['epoch'\]: got int, allowed a string"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(tmp_path, tensors, metadata, message):
    with pytest.raises(CheckpointError, match=message):
        save_safetensors(tensors, tmp_path / "model.safetensors", metadata)
    assert not list(tmp_path.iterdir())


# Files that break the format

ONE = {"x": entry()}
HUGE = "9" * 5000
SIZES = "whole numbers, 0 to 2.64 - 1"
BAD_FILES = {
    "no bytes": (b"", "file size: got 0 bytes, allowed at least 8"),
    "7 bytes": (bytes(7), "file size: got 7 bytes"),
    "no header": (bytes(8), "header's first byte: got b''"),
    "header longer than the file": (
        b"\xff" * 8 + bytes(99),
        "header length: got 18446744073709551615, allowed at most",
    ),
    "header over 16 MB": (file_bytes("{}" + " " * MAX_HEADER_BYTES), "header length: got 16777218"),
    "not UTF-8": (file_bytes(b'{"\xff": 1}'), "byte 2 that is not UTF-8"),
    "UTF-16": (file_bytes(json.dumps(ONE).encode("utf-16")), "header's first byte"),
    "bad JSON": (file_bytes('{"x": }'), "Expecting value"),
    "a list": (file_bytes("[1]"), "header's first byte"),
    "leading space": (file_bytes(" " + json.dumps(ONE)), "header's first byte: got b' '"),
    "two values": (file_bytes(json.dumps(ONE) * 2), "Extra data"),
    "nested lists": (file_bytes('{"x":' + "[" * 400_000), "header: got .*, allowed JSON with each key once"),
    "nested objects": (file_bytes('{"x":' * 200_000), "header: got .*, allowed JSON with each key once"),
    "closed nesting": (
        file_bytes('{"x":' + "[" * 100_000 + "]" * 100_000 + "}"),
        "header: got .*, allowed JSON with each key once",
    ),
    "huge integer": (
        file_bytes(f'{{"x": {{"dtype": "F32", "shape": [{HUGE}], "data_offsets": [0, 24]}}}}'),
        "header: got Exceeds the limit .*digits",
    ),
    "integer of 65 bits": (
        file_bytes({"x": entry("U8", [0, 2**64], [0, 0])}, 0),
        f"'x': shape: got .0, 18446744073709551616., allowed .* {SIZES}",
    ),
    "duplicate tensor": (file_bytes(json.dumps(ONE)[:-1] + "," + json.dumps(ONE)[1:]), "key 'x' more than once"),
    "duplicate field": (file_bytes('{"x": {"dtype": "F32", "dtype": "F32"}}'), "key 'dtype' more than once"),
    "duplicate metadata": (file_bytes('{"__metadata__": {"a": "1", "a": "2"}}'), "key 'a' more than once"),
    "overlap": (file_bytes({"x": entry(), "y": entry("F32", [2], [20, 28])}, 28), "begin of data_offsets: got 20"),
    "same bytes": (file_bytes({"x": entry(), "y": entry()}), "tensor 'y': begin of data_offsets: got 0, allowed 24"),
    "hole": (file_bytes({"x": entry(), "y": entry("F32", [2], [28, 36])}, 36), "got 28, allowed 24 .no overlap and no"),
    "hole at the start": (file_bytes({"x": entry(data_offsets=[8, 32])}, 32), "got 8, allowed 0"),
    "trailing byte": (file_bytes(ONE, 25), "data after the header: got 25 bytes, allowed 24"),
    "truncated": (file_bytes(ONE, 23), "data after the header: got 23 bytes, allowed 24"),
    "data without tensors": (file_bytes("{}", 1), "data after the header: got 1 bytes, allowed 0"),
    "shape too large": (file_bytes({"x": entry(shape=[2, 4])}), "24 bytes, allowed 32 bytes"),
    "dtype too small": (file_bytes({"x": entry("F16")}), "24 bytes, allowed 12 bytes"),
    "u64 overflow to 24": (file_bytes({"x": entry("U8", [2**62 + 6, 4])}), "less than 2.63 bytes"),
    "overflow of an empty tensor": (file_bytes({"x": entry("U8", [0, 2**62, 8], [0, 0])}, 0), "less than 2.63 bytes"),
    "negative offset": (
        file_bytes({"x": entry(data_offsets=[-24, 0])}, 0),
        f"'x': data_offsets: got .-24, 0., allowed a list of two {SIZES}",
    ),
    "float offset": (
        file_bytes({"x": entry(data_offsets=[0.0, 24.0])}),
        f"got .0.0, 24.0., allowed a list of two {SIZES}",
    ),
    "NaN offset": (file_bytes({"x": entry(data_offsets=[0, math.nan])}), "header: got NaN"),
    "exponent": (file_bytes('{"x": {"dtype": "F32", "shape": [6], "data_offsets": [0, 1e99999999]}}'), "got .0, inf."),
    "true as an offset": (file_bytes({"x": entry("U8", [1], [False, True])}, 1), "data_offsets: got .False, True."),
    "text as an offset": (file_bytes({"x": entry(data_offsets=["0", "24"])}), "data_offsets"),
    "three offsets": (file_bytes({"x": entry(data_offsets=[0, 24, 24])}), "data_offsets"),
    "end before begin": (file_bytes({"x": entry("U8", [0], [4, 0])}, 0), "got .4, 0.: -4 bytes, allowed 0 bytes"),
    "unknown dtype": (file_bytes({"x": entry("F33")}), "dtype: got 'F33', allowed F64, F32"),
    "dtype is a list": (file_bytes({"x": entry(["F32"])}), "dtype: got .'F32'."),
    "missing field": (file_bytes({"x": {"dtype": "F32", "shape": [6]}}), "got .'dtype', 'shape'., allowed an object"),
    "extra field": (file_bytes({"x": {**entry(), "strides": [3, 1]}}), "allowed an object with dtype, shape and data"),
    "tensor is a number": (file_bytes({"x": 3}), "tensor 'x': got int"),
    "tensor is null": (file_bytes({"x": None}), "tensor 'x': got NoneType"),
    "metadata is a number": (file_bytes({"__metadata__": {"epoch": 3}, **ONE}), "__metadata__.'epoch'.: got int"),
    "metadata is a list": (file_bytes({"__metadata__": [], **ONE}), "__metadata__: got list"),
    "metadata is null": (file_bytes({"__metadata__": None, **ONE}), "__metadata__: got NoneType"),
    "rank 9": (file_bytes({"x": entry("U8", [1] * 9, [0, 1])}, 1), "at most 8 whole numbers"),
    "rank 5001": (file_bytes({"x": entry("U8", [1] * 5001, [0, 1])}, 1), "at most 8 whole numbers"),
    "negative size": (
        file_bytes({"x": entry("U8", [-1, -1], [0, 1])}, 1),
        f"'x': shape: got .-1, -1., allowed .* {SIZES}",
    ),
    "shape is a number": (file_bytes('{"x": {"dtype": "U8", "shape": 1, "data_offsets": [0, 1]}}', 1), "shape: got 1"),
    "empty name": (file_bytes({"": entry()}), "tensor name: got ''"),
    "name upwards": (file_bytes({"../x": entry()}), "tensor name: got '../x', allowed"),
    "name from the root": (file_bytes({"/etc/x": entry()}), "tensor name: got '/etc/x'"),
    "name with backslash": (file_bytes({"a\\x": entry()}), "tensor name"),
    "name of two lines": (file_bytes({"a\nb": entry()}), "tensor name"),
    "name with an escape": (file_bytes({"\x1b[2J": entry()}), "tensor name"),
    "lone surrogate": (file_bytes({"\ud800": entry()}), "tensor name"),
    "long name": (file_bytes({"x" * 600: entry()}), "1 to 512 bytes"),
    "BOOL of 2": (file_bytes({"x": entry("BOOL", [2], [0, 2])}, 0) + b"\x01\x02", "a BOOL byte over 1"),
    "a pickle": (pickle.dumps({"x": 1}) * 3, "header length"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_breaks_the_format_is_refused(tmp_path, case):
    content, message = BAD_FILES[case]
    (tmp_path / "bad.safetensors").write_bytes(content)
    error = refusal(tmp_path / "bad.safetensors")
    assert error.file == tmp_path / "bad.safetensors"
    with pytest.raises(CheckpointError, match=message):
        load_safetensors(tmp_path / "bad.safetensors")


@pytest.mark.parametrize(
    "unit", ["[],", "{},", '"ab",', '"aé",', "1000,", '{"a":{}},', "[[[[[[[[]]]]]]]],", '"\N{CAT FACE}",'], ids=ascii
)
@pytest.mark.parametrize("size", [MAX_HEADER_BYTES - 100, 1_300_000])
def test_a_header_of_many_small_values_stays_within_bounds(tmp_path, unit, size):
    units = unit * (size // len(unit.encode()))
    (tmp_path / "bomb.safetensors").write_bytes(file_bytes('{"x":[' + units + "0]}", 0))
    refusal(tmp_path / "bomb.safetensors")


@pytest.mark.parametrize("sort_of_name", ["distinct", "one twice"])
def test_a_header_of_many_names_stays_within_bounds(tmp_path, sort_of_name):
    names = [f'"{i:x}":0' for i in range(230_000)]
    if sort_of_name == "one twice":
        names.append('"0":0')
    (tmp_path / "bomb.safetensors").write_bytes(file_bytes("{" + ",".join(names) + "}", 0))
    refusal(tmp_path / "bomb.safetensors")


def test_a_header_of_long_numbers_stays_within_bounds(tmp_path):
    numbers = ",".join(["9" * 4000] * 3900)
    (tmp_path / "bomb.safetensors").write_bytes(file_bytes('{"x":[' + numbers + "]}", 0))
    refusal(tmp_path / "bomb.safetensors")


def test_a_header_of_30000_tensors_is_read(tmp_path):
    (tmp_path / "many.safetensors").write_bytes(
        file_bytes(
            {f"model.layers.{i}.mlp.weight": entry("U8", [1, 2], [2 * i, 2 * i + 2]) for i in range(30_000)}, 60_000
        )
    )
    assert len(read_safetensors_header(tmp_path / "many.safetensors")[0]) == 30_000


@pytest.mark.parametrize("dtype", ["F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"])
def test_weights_that_are_not_finite_are_refused_on_request(tmp_path, dtype):
    path = tmp_path / "model.safetensors"
    save_safetensors({"good": torch.ones(3), "bad": torch.tensor([1.0, math.nan]).to(DTYPES[dtype])}, path)
    assert load_safetensors(path)["bad"].float().isnan().tolist() == [False, True]
    with pytest.raises(CheckpointError, match="tensor 'bad': got NaN or infinity"):
        load_safetensors(path, check_finite=True)


def test_infinity_is_refused_on_request(tmp_path):
    save_safetensors({"x": torch.tensor([-math.inf])}, tmp_path / "x")
    with pytest.raises(CheckpointError, match="NaN or infinity"):
        load_safetensors(tmp_path / "x", check_finite=True)


def test_a_missing_file_is_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_safetensors(tmp_path / "missing.safetensors")


def test_the_error_keeps_its_parts_when_it_crosses_processes(tmp_path):
    (tmp_path / "bad").write_bytes(bytes(7))
    error = pickle.loads(pickle.dumps(refusal(tmp_path / "bad")))
    assert (error.field, error.got, error.allowed) == ("file size", "7 bytes", "at least 8 bytes")
    assert str(error) == f"{tmp_path / 'bad'}: file size: got 7 bytes, allowed at least 8 bytes"


def test_a_message_is_one_printable_line_of_bounded_length():
    error = CheckpointError("a.gguf", f"tensor {'n' * 10_000}: shape", "\x1b[2J\n\ud800 cat \N{CAT FACE}", "a name")
    assert (
        str(error)
        == f"a.gguf: tensor {'n' * 173}...{'n' * 43}: shape: got \\x1b[2J\\n\\ud800 cat \N{CAT FACE}, allowed a name"
    )
