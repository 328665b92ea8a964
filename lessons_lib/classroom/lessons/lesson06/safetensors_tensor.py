"""An exercise of lesson 06: read a tensor out of a file."""

import json
import struct

import numpy as np

from lessons_lib.classroom.exercises import Exercise


def my_tensor(data, name):
    (length,) = struct.unpack("<Q", data[:8])
    entry = json.loads(data[8 : 8 + length])[name]
    begin, end = (8 + length + offset for offset in entry["data_offsets"])
    dtype = {"F32": "<f4", "F16": "<f2"}[entry["dtype"]]
    return np.frombuffer(data[begin:end], dtype).reshape(entry["shape"])


def tensor_read(data, name, origin=None, dtype=None, shape=None, order="C", to_the_end=False):
    """What the mistakes have in common."""
    (length,) = struct.unpack("<Q", data[:8])
    entry = json.loads(data[8 : 8 + length])[name]
    start = 8 + length if origin is None else origin(length)
    begin, end = (start + offset for offset in entry["data_offsets"])
    dtype = dtype or {"F32": "<f4", "F16": "<f2"}[entry["dtype"]]
    numbers = np.frombuffer(data[begin:] if to_the_end else data[begin:end], dtype)
    return numbers.reshape(entry["shape"] if shape is None else shape, order=order)


def tensor_from_the_start(data, name):
    """It looks as if you counted from the start of the file. Offsets count from the end of the header."""
    return tensor_read(data, name, origin=lambda length: 0)


def tensor_without_the_eight(data, name):
    """It looks as if the first eight bytes are forgotten: the data begins at 8 plus the header's length."""
    return tensor_read(data, name, origin=lambda length: length)


def tensor_behind_the_eight(data, name):
    """It looks as if you counted from behind the eight bytes. The header lies between them and the data."""
    return tensor_read(data, name, origin=lambda length: 8)


def tensor_always_32_bits(data, name):
    """It looks as if every number is read as 32 bits. F16 has 16."""
    return tensor_read(data, name, dtype="<f4")


def tensor_other_byte_order(data, name):
    """It looks as if the bytes of each number are read in the other order. The lowest byte comes first, as "<" says."""
    dtype = ">f2" if json.loads(data[8:].split(b"}}")[0] + b"}}")[name]["dtype"] == "F16" else ">f4"
    return tensor_read(data, name, dtype=dtype)


def tensor_flat(data, name):
    """It looks as if the shape is missing: the numbers are right, and they stand in one row."""
    return tensor_read(data, name, shape=-1)


def tensor_by_columns(data, name):
    """It looks as if the numbers are filled in column by column. They stand row by row."""
    return tensor_read(data, name, order="F")


def tensor_to_the_end(data, name):
    """It looks as if you read on to the end of the file. The second offset says where the tensor ends."""
    return tensor_read(data, name, to_the_end=True)


def packed(padding: int = 0, **arrays: np.ndarray) -> bytes:
    """A safetensors file of some arrays, in their order."""
    header, end = {}, 0
    for name, array in arrays.items():
        kind = {"<f4": "F32", "<f2": "F16"}[array.dtype.str]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode() + b" " * padding
    return struct.pack("<Q", len(text)) + text + b"".join(array.tobytes() for array in arrays.values())


ROW = np.array([0.5, -2.0], "<f4")


GRID = np.array([[1, 2, 3], [4, 5, 6.5]], "<f4")


HALVES = np.array([[0.25], [-8], [3]], "<f2")


SAFETENSORS_TENSOR = Exercise(
    id="safetensors_tensor",
    title="Read a tensor out of a file",
    difficulty=2,
    minutes=10,
    contract="all bytes of a safetensors file and a name to a numpy array; numbers are F32 or F16.",
    cases=(
        (packed(w=ROW), "w"),
        (packed(w=GRID), "w"),
        (packed(a=ROW, b=GRID), "b"),
        (packed(a=GRID, b=ROW), "a"),
        (packed(a=HALVES, b=ROW, c=HALVES[::-1].copy(), padding=99), "c"),
        (packed(a=HALVES, b=GRID), "b"),
    ),
    tried="one tensor and several, the first and the last, 32 and 16 bits, and a header with spaces behind it",
    hints=(
        'struct.unpack("<Q", data[:8]) gives a tuple of one number, the length of the header.',
        "json.loads reads data[8 : 8 + length]. Offsets count from 8 + length.",
        'np.frombuffer(data[begin:end], dtype="<f4").reshape(shape); for F16 the dtype is "<f2".',
    ),
    solution=my_tensor,
    mistakes=(
        tensor_from_the_start,
        tensor_without_the_eight,
        tensor_behind_the_eight,
        tensor_always_32_bits,
        tensor_other_byte_order,
        tensor_flat,
        tensor_by_columns,
        tensor_to_the_end,
    ),
)
