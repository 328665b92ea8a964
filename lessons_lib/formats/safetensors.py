"""Read and write safetensors files: 8 bytes of header length, a JSON header, then the bytes of all tensors.

Reading is strict. A file that breaks a rule of the format ends in one `CheckpointError`, before any tensor is made.
Source: the format's description in the README of huggingface/safetensors.
"""

import json
import math
import mmap
import reprlib
import struct
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch

from lessons_lib.errors import CheckpointError
from lessons_lib.files import replace_file
from lessons_lib.files.untrusted import Limits, parse_json
from lessons_lib.formats.lazy import LazyTensor, made
from lessons_lib.formats.mapped import FilePath, check_name, map_file

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}

MAX_HEADER_BYTES = 16 * 1024 * 1024
# Bounds what the JSON parser makes of a hostile header: each of the signs , : [ { costs up to about 140 bytes and 1 µs.
# A tensor's entry takes 13 of them, so there is room for 38,000 tensors.
HEADER = Limits(MAX_HEADER_BYTES, signs=500_000, keys=500_000, objects=500_000)
MAX_RANK = 8
MAX_NAME_BYTES = 512


class TensorInfo(NamedTuple):
    """What the header says of one tensor: `begin` and `end` count bytes from the end of the header."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def load_safetensors(path: FilePath, *, check_finite: bool = False) -> dict[str, torch.Tensor]:
    """Load all tensors of a file as views of the mapped file: nothing is read until it is used.

    Changing a tensor changes memory only, never the file. (BOOL tensors are read at once, to check them.)

    Args:
        path: the file. It must not shrink while the tensors live.
        check_finite: read all weights and refuse NaN and infinity.

    Returns:
        Tensors by name, in the header's order.

    Raises:
        CheckpointError: the file breaks a rule of the format, or `check_finite` found a bad weight.
        OSError: the file cannot be opened.

    Example:
        save_safetensors({"weight": torch.eye(2)}, "eye.safetensors")
        load_safetensors("eye.safetensors")["weight"]  # the same 2 by 2 matrix
    """
    tensors, _ = map_safetensors(path)
    for name, tensor in tensors.items():
        if check_finite and tensor.is_floating_point() and not _is_finite(tensor):
            raise CheckpointError(path, f"tensor {name!r}", "NaN or infinity", "finite weights (check_finite)")
    return tensors


def map_safetensors(path: FilePath) -> tuple[dict[str, torch.Tensor], mmap.mmap]:
    """Do what `load_safetensors` does, and give the mapped file too, whose pages can be released.

    Raises:
        CheckpointError: the file breaks a rule of the format.
        OSError: the file cannot be opened.
    """
    data = map_file(path, min_size=8, access=mmap.ACCESS_COPY)
    infos, _, start = _parse_header(path, data)
    tensors = {name: _view(data, start, info) for name, info in infos.items()}
    for name, tensor in tensors.items():
        # torch takes any byte but 0 for true, so a byte over 1 would not survive a round trip.
        if tensor.dtype == torch.bool and tensor.view(torch.uint8).gt(1).any():
            raise CheckpointError(path, f"tensor {name!r}", "a BOOL byte over 1", "0 and 1")
    return tensors, data


def read_safetensors_header(path: FilePath) -> tuple[dict[str, TensorInfo], dict[str, str]]:
    """Read only the header.

    Args:
        path: the file.

    Returns:
        What the header says of each tensor, by name, and the file's metadata.

    Raises:
        CheckpointError: the file breaks a rule of the format.
        OSError: the file cannot be opened.
    """
    infos, metadata, _ = _parse_header(path, map_file(path, min_size=8))
    return infos, metadata


def save_safetensors(
    tensors: Mapping[str, torch.Tensor | LazyTensor], path: FilePath, metadata: Mapping[str, str] | None = None
) -> None:
    """Write tensors to a file, which is replaced whole or not at all.

    Args:
        tensors: tensors by name. They are written row by row, whatever their strides; a lazy one is made for that and
            dropped.
        path: the file to write; one that exists is replaced.
        metadata: text by name.

    Raises:
        CheckpointError: a name, dtype, rank or metadata entry that `load_safetensors` would refuse.
        OSError: the file cannot be written; what was there before stays.
    """
    type_names = {dtype: name for name, dtype in DTYPES.items()}
    header: dict[str, Any] = {}
    if metadata:
        header["__metadata__"] = _check_metadata(path, dict(metadata))
    end = 0
    # The widest dtypes come first, so that every tensor starts at a multiple of its own width.
    ordered = sorted(tensors.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    for name, tensor in ordered:
        if name == "__metadata__":
            raise CheckpointError(path, "tensor name", repr(name), "any other (the format keeps it for metadata)")
        if tensor.dtype not in type_names:
            raise CheckpointError(path, f"tensor {name!r}: dtype", tensor.dtype, ", ".join(map(str, type_names)))
        begin, end = end, end + tensor.nbytes
        entry = {"dtype": type_names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, end]}
        _check_tensor(path, name, entry)
        header[name] = entry
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)

    with replace_file(path) as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, tensor in ordered:  # none is kept by a name while the next is made
            file.write(made(tensor).detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())


def _parse_header(path: FilePath, data: mmap.mmap) -> tuple[dict[str, TensorInfo], dict[str, str], int]:
    (length,) = struct.unpack_from("<Q", data)
    if length > len(data) - 8:
        raise CheckpointError(path, "header length", length, f"at most {len(data) - 8} (the file's size less 8)")
    if length > MAX_HEADER_BYTES:
        raise CheckpointError(path, "header length", length, f"at most {MAX_HEADER_BYTES}")
    if (first := data[8 : 8 + min(length, 1)]) != b"{":
        raise CheckpointError(path, "header's first byte", first, "b'{'")
    header = parse_json(path, "header", data[8 : 8 + length], HEADER)
    metadata = _check_metadata(path, header.pop("__metadata__", {}))
    infos = {name: _check_tensor(path, name, entry) for name, entry in header.items()}

    # The tensors must tile the data: no hole, no overlap, nothing after the last.
    covered = 0
    for name, info in sorted(infos.items(), key=lambda item: (item[1].begin, item[1].end)):
        if info.begin != covered:
            rule = f"{covered} (no overlap and no hole)"
            raise CheckpointError(path, f"tensor {name!r}: begin of data_offsets", info.begin, rule)
        covered = info.end
    if covered != len(data) - 8 - length:
        rule = f"{covered} bytes (where the last tensor ends)"
        raise CheckpointError(path, "data after the header", f"{len(data) - 8 - length} bytes", rule)
    return infos, metadata, 8 + length


def _check_metadata(path: FilePath, metadata: object) -> dict[str, str]:
    if not isinstance(metadata, dict):
        raise CheckpointError(path, "__metadata__", type(metadata).__name__, "an object of strings")
    for key, value in metadata.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise CheckpointError(path, f"__metadata__[{key!r}]", type(value).__name__, "a string")
    return metadata


def _check_tensor(path: FilePath, name: str, entry: object) -> TensorInfo:
    def error(field: str, got: object, allowed: str) -> CheckpointError:
        return CheckpointError(path, f"tensor {name!r}{field}", got, allowed)

    check_name(path, name, MAX_NAME_BYTES)
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        got = list(entry) if isinstance(entry, dict) else type(entry).__name__
        raise error("", got, "an object with dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise error(": dtype", repr(dtype), ", ".join(DTYPES))
    if not _is_sizes(shape) or len(shape) > MAX_RANK:
        raise error(": shape", reprlib.repr(shape), f"a list of at most {MAX_RANK} whole numbers, 0 to 2^64 - 1")
    if not _is_sizes(offsets) or len(offsets) != 2:
        raise error(": data_offsets", reprlib.repr(offsets), "a list of two whole numbers, 0 to 2^64 - 1")
    begin, end = offsets
    # An empty tensor takes no bytes, but torch still multiplies its other sizes, in 64 bits.
    size = math.prod(filter(None, shape)) * DTYPES[dtype].itemsize
    if size >= 2**63:
        raise error(": shape", shape, "less than 2^63 bytes")
    if 0 in shape:
        size = 0
    if end - begin != size:
        raise error(": data_offsets", f"{offsets}: {end - begin} bytes", f"{size} bytes ({dtype} {shape})")
    return TensorInfo(dtype, tuple(shape), begin, end)


def _is_sizes(value: object) -> bool:
    # By type, for true and false are ints too.
    return isinstance(value, list) and all(type(size) is int and 0 <= size < 2**64 for size in value)


def _view(data: mmap.mmap, start: int, info: TensorInfo) -> torch.Tensor:
    dtype, begin, end = DTYPES[info.dtype], start + info.begin, start + info.end
    if begin == end:
        return torch.empty(info.shape, dtype=dtype)
    if begin % dtype.itemsize:  # the format allows it, the processor may not: copy this one
        return torch.frombuffer(bytearray(data[begin:end]), dtype=dtype).view(info.shape)
    count = (end - begin) // dtype.itemsize
    return torch.frombuffer(data, dtype=dtype, count=count, offset=begin).view(info.shape)


def _is_finite(tensor: torch.Tensor) -> bool:
    # An eight-bit float has no isfinite of its own.
    return bool(torch.isfinite(tensor.float() if tensor.element_size() == 1 else tensor).all())
