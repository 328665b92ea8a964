"""Dequantisation against the `gguf` package and against blocks worked out by hand."""

import numpy as np
import pytest
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize as gguf_dequantize
from gguf.quants import quantize as gguf_quantize
from hypothesis import given, settings
from hypothesis import strategies as st

from lessons_lib.formats.quants import QUANT_TYPES, dequantize

NAMES = list(QUANT_TYPES)


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
@settings(max_examples=100, derandomize=True, deadline=None)
@given(data=st.data())
def test_any_bytes_give_the_bits_of_the_gguf_package(name, data):
    width = QUANT_TYPES[name].block_bytes
    blocks = data.draw(st.integers(0, 5))
    raw = np.frombuffer(data.draw(st.binary(min_size=blocks * width, max_size=blocks * width)), np.uint8)
    assert_same_bits(dequantize(raw, name), reference(raw, name) if blocks else np.empty(0, np.float32))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("blocks", [1, 4095, 4096, 4097, 131_072 // 32 * 2 + 3])
def test_tensors_of_several_chunks_equal_the_gguf_package(name, blocks):
    generator = np.random.default_rng(blocks)
    weights = generator.normal(size=(blocks, 160)).astype(np.float32)
    raw = np.ascontiguousarray(gguf_quantize(weights, GGMLQuantizationType[name])).view(np.uint8).reshape(-1)
    ours = dequantize(raw, name)
    assert_same_bits(ours, reference(raw, name))
    assert np.abs(ours - weights.reshape(-1)).max() < 0.5  # and it is what was quantised, give or take the rounding


NIBBLES = bytes(range(0, 256, 16))  # the high halves count 0 to 15, the low halves are 0


@pytest.mark.parametrize(
    ("name", "block", "weights"),
    [
        ("F32", np.array([1.5, -2.0], "<f4").tobytes(), [1.5, -2.0]),
        ("F16", half(1.5, -65504.0), [1.5, -65504.0]),
        ("BF16", bytes([0x80, 0x3F, 0x00, 0xC0]), [1.0, -2.0]),
        ("Q4_0", half(0.5) + NIBBLES, [-4.0] * 16 + [0.5 * (q - 8) for q in range(16)]),
        ("Q4_1", half(0.5, -3.0) + NIBBLES, [-3.0] * 16 + [0.5 * q - 3.0 for q in range(16)]),
        ("Q8_0", half(2.0) + bytes([127, 128, 255]) + bytes(29), [254.0, -256.0, -2.0] + [0.0] * 29),
    ],
)
def test_blocks_worked_out_by_hand(name, block, weights):
    assert dequantize(np.frombuffer(block, np.uint8), name).tolist() == weights


def test_wrong_orders_of_the_nibbles_give_other_weights():
    generator = np.random.default_rng(3)
    raw = np.frombuffer(half(0.25, 1.0) + generator.bytes(16), np.uint8)
    low, high = raw[4:] & 15, raw[4:] >> 4
    right = dequantize(raw, "Q4_1")
    np.testing.assert_array_equal(right, np.concatenate([low, high]) * 0.25 + 1.0)
    for wrong in (np.concatenate([high, low]), np.stack([low, high], axis=1).reshape(-1)):
        assert not np.array_equal(right, wrong * 0.25 + 1.0)


def test_infinite_scales_pass_without_a_warning(recwarn):
    raw = np.frombuffer(half(np.inf) + bytes([1]) + bytes(31), np.uint8)
    weights = dequantize(raw, "Q8_0")
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
        dequantize(raw, name)
