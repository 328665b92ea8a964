"""Writing GGUF files: read back equal by our reader and by the `gguf` package, refused before a byte is written."""

import numpy as np
import pytest
import torch
from effort import examples
from gguf import GGUFReader
from gguf.quants import dequantize as gguf_dequantize
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.errors import CheckpointError
from lessons_lib.formats.gguf import load_gguf
from lessons_lib.formats.gguf_writer import save_gguf_file
from lessons_lib.formats.quants import QUANT_TYPES, pack, unpack

WRITABLE = {name: quant.block_size for name, quant in QUANT_TYPES.items() if quant.pack}
METADATA = {
    "general.architecture": "llama",
    "test.name": "naïve \N{CAT FACE}",
    "test.count": 2**32 - 1,
    "test.large": 2**32,
    "test.huge": 2**63,
    "test.negative": -1,
    "test.third": 1 / 3,
    "test.flag": True,
    "test.names": ["a", "", "\N{CAT FACE}"],
    "test.none": [],
    "test.byte": np.uint8(7),
    "test.double": np.float64(1 / 3),
    "test.scores": np.float32([0.5, -1.5]),
    "test.kinds": np.int32([1, -3]),
    "test.flags": np.array([True, False]),
}


def tensors_of_every_type() -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """One of each type with pairwise different sizes, one of them not contiguous, and a single weight."""
    generator = torch.Generator().manual_seed(0)
    tensors = {
        name: torch.randn(index + 2, index + 9, 32 * (index + 1), generator=generator)
        for index, name in enumerate(WRITABLE)
    }
    types = dict(zip(tensors, WRITABLE, strict=True))
    tensors["turned"] = torch.randn(7, 5, generator=generator).T
    tensors["half"] = torch.randn(3, generator=generator).bfloat16()
    tensors["one"] = torch.tensor(1.5)
    return tensors, types


def assert_same_metadata(found: dict, expected: dict) -> None:
    assert list(found) == list(expected)
    for key, value in expected.items():
        if isinstance(value, np.ndarray):
            assert found[key].dtype == value.dtype
            assert found[key].tolist() == value.tolist()
        else:
            assert found[key] == (np.float32(value).item() if type(value) is float else value)
            assert isinstance(found[key], type(value)) or isinstance(value, np.generic)


def test_a_file_of_every_type_is_read_back(tmp_path):
    tensors, types = tensors_of_every_type()
    save_gguf_file(tmp_path / "x.gguf", METADATA, tensors, types)
    gguf = load_gguf(tmp_path / "x.gguf")
    assert_same_metadata(gguf.metadata, METADATA)
    assert list(gguf) == list(tensors)
    for name, tensor in tensors.items():
        type_name = types.get(name, "F32")
        assert (gguf.types[name], gguf.shapes[name]) == (type_name, tuple(tensor.shape))
        stored = pack(tensor.float().contiguous().view(-1).numpy(), type_name)
        np.testing.assert_array_equal(gguf[name].view(-1).numpy(), unpack(stored, type_name))
    assert torch.equal(gguf["turned"], tensors["turned"])
    assert torch.equal(gguf["half"], tensors["half"].float())


def test_the_package_reads_the_same(tmp_path):
    tensors, types = tensors_of_every_type()
    del tensors["one"]  # which the package takes for an empty tensor
    metadata = {key: value for key, value in METADATA.items() if key != "test.none"}  # nor does it read empty lists
    save_gguf_file(tmp_path / "x.gguf", metadata, tensors, types)
    gguf, theirs = load_gguf(tmp_path / "x.gguf"), GGUFReader(tmp_path / "x.gguf")
    for key, value in gguf.metadata.items():
        assert theirs.fields[key].contents() == (value.tolist() if isinstance(value, np.ndarray) else value)
    assert [tensor.name for tensor in theirs.tensors] == list(tensors)
    for tensor in theirs.tensors:
        weights = gguf_dequantize(tensor.data, tensor.tensor_type)
        np.testing.assert_array_equal(weights.reshape(-1), gguf[tensor.name].view(-1).numpy())


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text(st.characters(codec="ascii", categories=["L", "Nd"]), min_size=1, max_size=12)
FLOATS = st.floats(allow_nan=False, width=32)
VALUES = st.one_of(
    TEXT,
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    FLOATS,
    st.lists(TEXT, max_size=4),
    st.lists(st.integers(0, 255), max_size=5).map(lambda values: np.array(values, np.uint8)),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=5).map(lambda values: np.array(values, np.int64)),
    st.lists(FLOATS, max_size=5).map(lambda values: np.array(values, np.float32)),
)
SHAPES = st.lists(st.integers(1, 4), max_size=3)


@settings(max_examples=examples(200), derandomize=True, deadline=None)
@given(
    metadata=st.dictionaries(NAMES, VALUES, max_size=5),
    tensors=st.dictionaries(NAMES, st.tuples(st.sampled_from(sorted(WRITABLE)), SHAPES), max_size=4),
    seed=st.integers(0, 99),
)
def test_whatever_is_written_is_read_back(tmp_path_factory, metadata, tensors, seed):
    path = tmp_path_factory.getbasetemp() / "any.gguf"
    generator = torch.Generator().manual_seed(seed)
    types = {name: type_name for name, (type_name, _) in tensors.items()}
    weights = {
        name: torch.randn(*shape, 3 * WRITABLE[type_name], generator=generator)
        for name, (type_name, shape) in tensors.items()
    }
    save_gguf_file(path, metadata, weights, types)
    gguf = load_gguf(path)
    assert_same_metadata(gguf.metadata, metadata)
    assert (gguf.types, gguf.shapes) == (types, {name: tuple(tensor.shape) for name, tensor in weights.items()})
    for name, tensor in weights.items():
        np.testing.assert_array_equal(gguf.raw(name), pack(tensor.view(-1).numpy(), types[name]))


ROW = {"x": torch.zeros(2, 33)}
REFUSED = {
    "empty key": ({"": 1}, {}, {}, "key 0: got ''"),
    "unprintable key": ({"a\n": 1}, {}, {}, "key 0: got 'a"),
    "half a surrogate": ({"a": "\ud800"}, {}, {}, "a: got half a surrogate pair"),
    "half a surrogate in a list": ({"a": ["b", "\udc00"]}, {}, {}, "a: got half a surrogate pair"),
    "a key that is half a surrogate": ({"\ud800": 1}, {}, {}, "got half a surrogate pair"),
    "a number of 65 bits": ({"a": 2**64}, {}, {}, "key 'a': got 18446744073709551616, allowed a whole number of 64"),
    "a number beyond float32": ({"a": -1e39}, {}, {}, "key 'a': got -1e.39, allowed a float32, at most 3.40282e.38"),
    "nothing": ({"a": None}, {}, {}, "key 'a': got NoneType None, allowed bool, int, float, str"),
    "a list of numbers": ({"a": [1, 2]}, {}, {}, "key 'a': got list"),
    "a matrix": ({"a": np.zeros((2, 2))}, {}, {}, "key 'a': got ndarray"),
    "float16": ({"a": np.float16(1)}, {}, {}, "key 'a': got float16"),
    "alignment": ({"general.alignment": 64}, {}, {}, "general.alignment: got 64, allowed none"),
    "too few scores": (
        {"tokenizer.ggml.tokens": ["a", "b"], "tokenizer.ggml.scores": np.float32([1])},
        {},
        {},
        "tokenizer.ggml.scores: length: got 1, allowed 2",
    ),
    "a row of 33": ({}, ROW, {"x": "Q8_0"}, "tensor 'x': row length: got 33, allowed a multiple of 32 for Q8_0"),
    "a name upwards": ({}, {"../x": torch.zeros(2)}, {}, "tensor name: got '../x'"),
    "a long name": ({}, {"x" * 64: torch.zeros(2)}, {}, "name of tensor 0: length: got 64"),
    "five dimensions": ({}, {"x": torch.zeros(1, 1, 1, 1, 1)}, {}, "number of dimensions: got 5"),
    "no weights": ({}, {"x": torch.zeros(0, 3)}, {}, "tensor 'x': shape: got"),
    "unknown type": ({}, ROW, {"x": "Q9_9"}, r"types\['x'\]: got 'Q9_9', allowed F32, F16"),
    "a type that is only read": ({}, {"x": torch.zeros(256)}, {"x": "Q6_K"}, "got 'Q6_K', which is only read"),
    "NaN": ({}, {"x": torch.tensor([torch.nan])}, {}, "weights: got nan"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_reader_would_refuse_is_not_written(tmp_path, case):
    metadata, tensors, types, message = REFUSED[case]
    (tmp_path / "x.gguf").write_bytes(b"before")
    with pytest.raises(ValueError, match=message) as caught:
        save_gguf_file(tmp_path / "x.gguf", metadata, tensors, types)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["x.gguf"]
    assert (tmp_path / "x.gguf").read_bytes() == b"before"


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    save_gguf_file(tmp_path / "x.gguf", METADATA, {"x": torch.zeros(3)})
    before = (tmp_path / "x.gguf").read_bytes()

    def full(descriptor):
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space left"):
        save_gguf_file(tmp_path / "x.gguf", {}, {"x": torch.ones(3)})
    assert (tmp_path / "x.gguf").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_the_error_names_the_file_and_is_a_checkpoint_error(tmp_path):
    with pytest.raises(CheckpointError) as caught:
        save_gguf_file(tmp_path / "x.gguf", {}, ROW, {"x": "Q4_0"})
    assert caught.value.file == tmp_path / "x.gguf"
