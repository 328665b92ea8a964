"""Quantised weights, both ways, against the `gguf` package and against blocks worked out by hand."""

import numpy as np
import pytest
from effort import examples
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize as gguf_dequantize
from gguf.quants import quantize as gguf_quantize
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.formats.quants import QUANT_TYPES, pack, unpack

NAMES = list(QUANT_TYPES)
WRITABLE = [name for name, quant in QUANT_TYPES.items() if quant.pack]
BLOCKS_OF_32 = [name for name in WRITABLE if QUANT_TYPES[name].block_size == 32]


def half(*values: float) -> bytes:
    return np.array(values, "<f2").tobytes()


def assert_same_bits(ours: np.ndarray, reference: np.ndarray) -> None:
    assert ours.dtype == reference.dtype == np.float32
    nan = np.isnan(reference)
    np.testing.assert_array_equal(np.isnan(ours), nan)
    np.testing.assert_array_equal(ours[~nan].view(np.uint32), reference[~nan].view(np.uint32))  # -0.0 is not 0.0


def reference(raw: np.ndarray, name: str) -> np.ndarray:
    with np.errstate(all="ignore"):
        return gguf_dequantize(raw, GGMLQuantizationType[name]).reshape(-1).astype(np.float32)


@pytest.mark.parametrize("name", NAMES)
def test_block_sizes_are_ggmls(name):
    quant = QUANT_TYPES[name]
    assert (quant.block_size, quant.block_bytes) == GGML_QUANT_SIZES[GGMLQuantizationType[name]]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=examples(100), derandomize=True, deadline=None)
@given(data=st.data())
def test_any_bytes_give_the_bits_of_the_gguf_package(name, data):
    width = QUANT_TYPES[name].block_bytes
    blocks = data.draw(st.integers(0, 5))
    raw = np.frombuffer(data.draw(st.binary(min_size=blocks * width, max_size=blocks * width)), np.uint8)
    assert_same_bits(unpack(raw, name), reference(raw, name) if blocks else np.empty(0, np.float32))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("chunks", [0, 1, 2.3])
def test_tensors_of_several_chunks_equal_the_gguf_package(name, chunks):
    quant = QUANT_TYPES[name]
    blocks = int(chunks * 131_072 / quant.block_size) + 1
    raw = np.random.default_rng(blocks).integers(0, 256, blocks * quant.block_bytes, np.uint8)
    assert_same_bits(unpack(raw, name), reference(raw, name))


def their_bytes(weights: np.ndarray, name: str) -> np.ndarray:
    return np.ascontiguousarray(gguf_quantize(weights[None], GGMLQuantizationType[name])).view(np.uint8).reshape(-1)


@pytest.mark.parametrize("name", WRITABLE)
@pytest.mark.parametrize("blocks", [1, 4095, 4096, 4097, 8195])
def test_quantised_weights_are_the_bytes_of_the_gguf_package(name, blocks):
    weights = np.random.default_rng(blocks).normal(size=32 * blocks).astype(np.float32)
    raw = pack(weights, name)
    np.testing.assert_array_equal(raw, their_bytes(weights, name))
    assert np.abs(unpack(raw, name) - weights).max() < 0.5  # and they are what was quantised, give or take


LEVELS = st.integers(-254, 254).map(lambda level: level / 2)  # many a weight right between two levels
WEIGHTS = st.floats(-65504, 65504, width=32).filter(lambda weight: weight == 0 or abs(weight) > 1e-30)


@pytest.mark.parametrize("name", WRITABLE)
@settings(max_examples=examples(150), derandomize=True, deadline=None)
@given(weights=st.lists(WEIGHTS, min_size=32, max_size=32) | st.lists(LEVELS, min_size=32, max_size=32))
def test_any_weights_give_the_bytes_of_the_gguf_package(name, weights):
    weights = np.array(weights, np.float32)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(pack(weights, name), their_bytes(weights, name))


@pytest.mark.parametrize("name", BLOCKS_OF_32)
def test_weights_that_are_levels_come_back_exactly(name):
    lowest, highest = {"Q4_0": (-8, 7), "Q4_1": (3, 18), "Q8_0": (-127, 126)}[name]
    weights = np.linspace(lowest, highest, 32).round().astype(np.float32) / 4
    np.testing.assert_array_equal(unpack(pack(weights, name), name), weights)


@pytest.mark.parametrize("name", BLOCKS_OF_32)
@pytest.mark.parametrize("size", [0.0, 1e-45, 1e-39, 65504.0])
def test_the_smallest_and_largest_weights_give_no_warning(name, size, recwarn):
    weights = np.full(32, size, np.float32)
    weights[::2] *= -1
    back = unpack(pack(weights, name), name)
    assert np.abs(back - weights).max() <= size / 7 + 6e-8  # float16 scales end at 6e-8
    assert not recwarn.list


NIBBLES = bytes(range(0, 256, 16))  # the high halves count 0 to 15, the low halves are 0


@pytest.mark.parametrize(
    ("name", "block", "weights"),
    [
        ("F32", np.array([1.5, -2.0], "<f4").tobytes(), [1.5, -2.0]),
        ("F16", half(1.5, -65504.0), [1.5, -65504.0]),
        ("BF16", bytes([0x80, 0x3F, 0x00, 0xC0]), [1.0, -2.0]),
        ("Q4_0", half(0.5) + NIBBLES, [-4.0] * 16 + [0.5 * (q - 8) for q in range(16)]),
        ("Q4_1", half(0.5, -3.0) + NIBBLES, [-3.0] * 16 + [0.5 * q - 3.0 for q in range(16)]),
        (
            "Q5_0",
            half(0.5) + bytes([1, 0, 2, 128]) + NIBBLES,
            [-0.0] + [-8.0] * 15 + [0.5 * (q - 16) for q in [0, 17, *range(2, 15), 31]],
        ),
        (
            "Q5_1",
            half(0.5, -3.0) + bytes([1, 0, 2, 128]) + NIBBLES,
            [5.0] + [-3.0] * 15 + [0.5 * q - 3.0 for q in [0, 17, *range(2, 15), 31]],
        ),
        ("Q8_0", half(2.0) + bytes([127, 128, 255]) + bytes(29), [254.0, -256.0, -2.0] + [0.0] * 29),
    ],
)
def test_blocks_worked_out_by_hand(name, block, weights):
    assert unpack(np.frombuffer(block, np.uint8), name).tolist() == weights


def test_a_superblock_worked_out_by_hand():
    # Scales 1 to 8 and minima 9 to 16 fit in the low four bits but for the last, 16: its fifth bit is stored apart.
    scales = [1, 2, 3, 4, 9, 10, 11, 12 | 1 << 6, 13 << 4 | 5, 14 << 4 | 6, 15 << 4 | 7, 0 << 4 | 8]
    block = half(0.5, 2.0) + bytes(scales) + bytes([0x21] * 32 + [0x43] * 32 + [0x65] * 32 + [0x87] * 32)
    weights = unpack(np.frombuffer(block, np.uint8), "Q4_K").reshape(8, 32)
    for group in range(8):
        assert set(weights[group]) == {0.5 * (group + 1) * (group + 1) - 2.0 * (group + 9)}


def test_wrong_orders_of_the_nibbles_give_other_weights():
    generator = np.random.default_rng(3)
    raw = np.frombuffer(half(0.25, 1.0) + generator.bytes(16), np.uint8)
    low, high = raw[4:] & 15, raw[4:] >> 4
    right = unpack(raw, "Q4_1")
    np.testing.assert_array_equal(right, np.concatenate([low, high]) * 0.25 + 1.0)
    for wrong in (np.concatenate([high, low]), np.stack([low, high], axis=1).reshape(-1)):
        assert not np.array_equal(right, wrong * 0.25 + 1.0)


def test_infinite_scales_pass_without_a_warning(recwarn):
    raw = np.frombuffer(half(np.inf) + bytes([1]) + bytes(31), np.uint8)
    weights = unpack(raw, "Q8_0")
    assert np.isposinf(weights[0])
    assert np.isnan(weights[1:]).all()
    assert not recwarn.list


@pytest.mark.parametrize(
    ("raw", "name", "message"),
    [
        (np.zeros(20, np.uint8), "Q9_9", "type_name: got 'Q9_9', allowed F32, F16"),
        (np.zeros(21, np.uint8), "Q4_1", r"raw: got uint8 \[21\], allowed uint8 \[n \* 20\] for Q4_1"),
        (np.zeros(20, np.float32), "Q4_1", r"raw: got float32 \[20\]"),
        (np.zeros((1, 20), np.uint8), "Q4_1", r"raw: got uint8 \[1, 20\]"),
    ],
)
def test_wrong_arguments_are_named(raw, name, message):
    with pytest.raises(ValueError, match=message):
        unpack(raw, name)


@pytest.mark.parametrize(
    ("weights", "name", "message"),
    [
        (np.zeros(32, np.float32), "Q6_K", "type_name: got 'Q6_K', which is only read, allowed F32, F16, BF16, Q4_0"),
        (np.zeros(31, np.float32), "Q8_0", r"weights: got float32 \[31\], allowed float32 \[n \* 32\] for Q8_0"),
        (np.zeros(32, np.float64), "Q8_0", r"weights: got float64 \[32\]"),
        (np.full(32, 70_000, np.float32), "Q4_0", "weights: got 70000.0, allowed numbers from -65504.0 to 65504.0 for"),
        (np.float32([0, -np.inf]), "F16", "weights: got -inf"),
        (np.float32([0, np.nan]), "F32", "weights: got nan"),
    ],
)
def test_weights_that_a_type_cannot_hold_are_named(weights, name, message):
    with pytest.raises(ValueError, match=message):
        pack(weights, name)
