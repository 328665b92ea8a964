"""The head of a GGUF file: metadata, then a table that says of each tensor its name, type, shape and place.

Reading is strict. A file that breaks a rule of the format ends in one `CheckpointError`, before any weight is read.
Source: `docs/gguf.md` of ggml-org/ggml.
"""

import math
import mmap
import struct
from typing import Any, NamedTuple

import numpy as np

from lessons_lib.errors import CheckpointError
from lessons_lib.formats.mapped import FilePath, check_name
from lessons_lib.formats.quants import QUANT_TYPES

# ggml's tensor types by number. Those in QUANT_TYPES can be read; the others are here to be named in errors.
TYPE_NAMES = (  # noqa: SIM905 (40 quoted names are harder to read)
    "F32 F16 Q4_0 Q4_1 Q4_2 Q4_3 Q5_0 Q5_1 Q8_0 Q8_1 Q2_K Q3_K Q4_K Q5_K Q6_K Q8_K IQ2_XXS IQ2_XS IQ3_XXS IQ1_S "
    "IQ4_NL IQ3_S IQ2_S IQ4_XS I8 I16 I32 I64 F64 IQ1_M BF16 Q4_0_4_4 Q4_0_4_8 Q4_0_8_8 TQ1_0 TQ2_0 IQ4_NL_4_4 "
    "IQ4_NL_4_8 IQ4_NL_8_8 MXFP4"
).split()

# The value types of metadata by number: numpy's names of the numbers, then the other two.
NUMBERS = {0: "u1", 1: "i1", 2: "<u2", 3: "<i2", 4: "<u4", 5: "<i4", 6: "<f4", 7: "?", 10: "<u8", 11: "<i8", 12: "<f8"}
UINT32, STRING, ARRAY = 4, 8, 9

# The largest vocabularies known, of 262,144 tokens with 514,906 merges, stay below these.
MAX_HEAD_BYTES = 24 * 1024 * 1024
MAX_STRINGS = 1024 * 1024
MAX_ENTRIES = 16_384
MAX_KEY_BYTES = 65_535
MAX_NAME_BYTES = 63
MAX_DIMS = 4
MAX_ALIGNMENT = 65_536
DEFAULT_ALIGNMENT = 32

_U32, _U64 = struct.Struct("<I"), struct.Struct("<Q")


class Head(NamedTuple):
    """What precedes the tensors' bytes, read and checked; see `GGUF`. `spans` are positions in the file."""

    version: int
    metadata: dict[str, Any]
    alignment: int
    types: dict[str, str]
    shapes: dict[str, tuple[int, ...]]
    spans: dict[str, tuple[int, int]]


def parse_head(path: FilePath, data: mmap.mmap | bytes, file_size: int) -> Head:
    """Read metadata and table.

    Args:
        path: the file's name, for errors.
        data: the file, or its beginning up to the tensors.
        file_size: bytes of the whole file.

    Raises:
        CheckpointError: the file breaks a rule of the format.
    """
    reader = _HeadReader(path, data)
    version, tensor_count, key_count = reader.start()
    metadata = reader.metadata(key_count)
    alignment = metadata.get("general.alignment", DEFAULT_ALIGNMENT)
    table = reader.tensor_table(tensor_count)
    return Head(
        version,
        metadata,
        alignment,
        types={name: entry.type_name for name, entry in table.items()},
        shapes={name: entry.shape for name, entry in table.items()},
        spans=_spans(path, table, reader.at, alignment, file_size),
    )


class _Entry(NamedTuple):
    """What the table says of one tensor: `offset` counts bytes from the first aligned position after the table."""

    type_name: str
    shape: tuple[int, ...]
    offset: int


class _HeadReader:
    """Reads what precedes the tensors' bytes, in order; `at` is the position of the next byte."""

    def __init__(self, path: FilePath, data: mmap.mmap | bytes) -> None:
        self.path, self.data, self.at = path, data, 0
        self.end = min(len(data), MAX_HEAD_BYTES)
        self.strings_left = MAX_STRINGS

    def start(self) -> tuple[int, int, int]:
        """Read version, number of tensors and number of keys."""
        magic = self.data[:4]
        if magic != b"GGUF":
            raise self.error("magic", magic, "b'GGUF'")
        self.at = 4
        version = self.number(_U32, "version")
        if version not in (2, 3):
            swapped = " (the byte order is big-endian)" if version in (2 << 24, 3 << 24) else ""
            raise self.error("version", f"{version}{swapped}", "2 and 3, little-endian")
        tensor_count = self.number(_U64, "number of tensors")
        key_count = self.number(_U64, "number of keys")
        # The shortest key takes 8 + 1 bytes and 4 + 1 for its value; the shortest tensor 8 + 1, then 4, 4 and 8.
        for field, count, size in (("number of keys", key_count, 14), ("number of tensors", tensor_count, 25)):
            allowed = min(MAX_ENTRIES, (self.end - self.at) // size)
            if count > allowed:
                raise self.error(field, count, f"at most {allowed} (in a file of {len(self.data)} bytes)")
        return version, tensor_count, key_count

    def metadata(self, count: int) -> dict[str, Any]:
        metadata: dict[str, Any] = {}
        for index in range(count):
            key = self.string(f"key {index}", MAX_KEY_BYTES)
            if not key or not key.isprintable():
                raise self.error(f"key {index}", repr(key), "a printable name")
            if key in metadata:
                raise self.error(f"key {key!r}", "a second one", "each key once")
            kind = self.number(_U32, f"key {key!r}: type")
            metadata[key] = self.array(key) if kind == ARRAY else self.value(key, kind)
            if key == "general.alignment":
                self.check_alignment(kind, metadata[key])
        self.check_tokens(metadata)
        return metadata

    def value(self, key: str, kind: int) -> Any:
        if kind == STRING:
            return self.string(f"key {key!r}")
        return self.numbers(key, kind, 1)[0].item()

    def array(self, key: str) -> list[str] | np.ndarray:
        kind = self.number(_U32, f"key {key!r}: type of array")
        count = self.number(_U64, f"key {key!r}: length of array")
        if kind != STRING:
            return self.numbers(key, kind, count)
        allowed = min(self.strings_left, (self.end - self.at) // 8)
        if count > allowed:
            raise self.error(f"key {key!r}: length of array", count, f"at most {allowed}")
        self.strings_left -= count
        field = f"key {key!r}: a string"
        return [self.string(field) for _ in range(count)]

    def numbers(self, key: str, kind: int, count: int) -> np.ndarray:
        if kind not in NUMBERS:
            rule = "numbers, strings and flat arrays of them (types 0 to 12)"
            raise self.error(f"key {key!r}: type", "an array of arrays" if kind == ARRAY else kind, rule)
        dtype = np.dtype(NUMBERS[kind])
        begin = self.skip(count * dtype.itemsize, f"key {key!r}: value")
        values = np.frombuffer(self.data, np.uint8)[begin : self.at]
        if dtype.kind == "b" and values.max(initial=0) > 1:
            raise self.error(f"key {key!r}", "a bool byte over 1", "0 and 1")
        return values.copy().view(dtype)

    def string(self, field: str, max_bytes: int = MAX_HEAD_BYTES) -> str:
        size = self.number(_U64, field)
        if size > max_bytes:
            raise self.error(f"{field}: length", size, f"at most {max_bytes}")
        begin = self.skip(size, field)
        try:
            return self.data[begin : self.at].decode()
        except UnicodeDecodeError as error:
            raise self.error(field, f"byte {error.start} that is not UTF-8", "UTF-8") from None

    def number(self, form: struct.Struct, field: str) -> int:
        return form.unpack_from(self.data, self.skip(form.size, field))[0]

    def skip(self, size: int, field: str) -> int:
        """Move past `size` bytes and return where they begin."""
        begin = self.at
        if size > self.end - begin:
            raise self.error(field, f"{size} bytes", f"at most {self.end - begin} (what is left to read)")
        self.at = begin + size
        return begin

    def tensor_table(self, count: int) -> dict[str, _Entry]:
        """Read type, shape and offset of each tensor."""
        table: dict[str, _Entry] = {}
        for index in range(count):
            name = self.string(f"name of tensor {index}", MAX_NAME_BYTES)
            check_name(self.path, name, MAX_NAME_BYTES)
            field = f"tensor {name!r}"
            if name in table:
                raise self.error(field, "a second one", "each name once")
            dims = self.number(_U32, f"{field}: number of dimensions")
            if dims > MAX_DIMS:
                raise self.error(f"{field}: number of dimensions", dims, f"at most {MAX_DIMS}")
            # Innermost dimension first, as ggml counts; a tensor without dimensions is one weight.
            sizes = [self.number(_U64, f"{field}: size") for _ in range(dims)]
            kind = self.number(_U32, f"{field}: type")
            type_name = TYPE_NAMES[kind] if kind < len(TYPE_NAMES) else f"number {kind}"
            if type_name not in QUANT_TYPES:
                raise self.error(f"{field}: type", type_name, ", ".join(QUANT_TYPES))
            if any(not 0 < size < 2**63 for size in sizes):
                raise self.error(f"{field}: shape", sizes, "sizes from 1 to 2^63 - 1")
            block = QUANT_TYPES[type_name].block_size
            if (sizes or [1])[0] % block:
                raise self.error(f"{field}: row length", (sizes or [1])[0], f"a multiple of {block} for {type_name}")
            table[name] = _Entry(type_name, tuple(reversed(sizes)), self.number(_U64, f"{field}: offset"))
        return table

    def check_alignment(self, kind: int, alignment: Any) -> None:
        if kind != UINT32:
            raise self.error("general.alignment: type", kind, f"{UINT32} (uint32)")
        if not 8 <= alignment <= MAX_ALIGNMENT or alignment & (alignment - 1):
            raise self.error("general.alignment", alignment, f"a power of two from 8 to {MAX_ALIGNMENT}")

    def check_tokens(self, metadata: dict[str, Any]) -> None:
        tokens = metadata.get("tokenizer.ggml.tokens", [])
        if not isinstance(tokens, list):
            raise self.error("tokenizer.ggml.tokens", type(tokens).__name__, "an array of strings")
        for key, code in (("tokenizer.ggml.scores", "f"), ("tokenizer.ggml.token_type", "i")):
            values = metadata.get(key)
            if values is None:
                continue
            if not isinstance(values, np.ndarray) or values.dtype.kind != code:
                raise self.error(key, type(values).__name__, "an array of numbers")
            if len(values) != len(tokens):
                raise self.error(f"{key}: length", len(values), f"{len(tokens)} (one a token)")

    def error(self, field: str, got: object, allowed: str) -> CheckpointError:
        return CheckpointError(self.path, field, got, allowed)


def _spans(
    path: FilePath, table: dict[str, _Entry], head_end: int, alignment: int, file_size: int
) -> dict[str, tuple[int, int]]:
    """Say where the bytes of each tensor are: in the table's order, each at the first aligned position."""
    spans = {}
    start = align(head_end, alignment)
    end = head_end
    for name, (type_name, shape, offset) in table.items():
        begin = align(end, alignment)
        if offset != begin - start:
            raise CheckpointError(path, f"tensor {name!r}: offset", offset, f"{begin - start} (no overlap and no hole)")
        quant = QUANT_TYPES[type_name]
        end = begin + math.prod(shape) // quant.block_size * quant.block_bytes
        if end > file_size:
            rule = f"at most {max(file_size - begin, 0)} (what is left of the file)"
            raise CheckpointError(path, f"tensor {name!r}: bytes", end - begin, rule)
        spans[name] = (begin, end)
    if file_size > align(end, alignment):
        rule = f"at most {align(end, alignment)} bytes (where the last tensor ends)"
        raise CheckpointError(path, "file size", f"{file_size} bytes", rule)
    return spans


def align(position: int, alignment: int) -> int:
    """Return the first multiple of `alignment` from `position` on."""
    return -(-position // alignment) * alignment
