"""Write GGUF files. What `load_gguf` would refuse is refused here, before a byte is written."""

import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from lessons_lib.errors import CheckpointError
from lessons_lib.files import replace_file
from lessons_lib.formats.gguf_head import ARRAY, DEFAULT_ALIGNMENT, NUMBERS, STRING, TYPE_NAMES, align, parse_head
from lessons_lib.formats.lazy import LazyTensor, made
from lessons_lib.formats.mapped import FilePath
from lessons_lib.formats.quants import QUANT_TYPES, pack

FLOAT32_MAX = float(np.finfo(np.float32).max)
_KINDS = {np.dtype(name): kind for kind, name in NUMBERS.items()}


def save_gguf_file(
    path: FilePath,
    metadata: Mapping[str, Any],
    tensors: Mapping[str, torch.Tensor | LazyTensor],
    types: Mapping[str, str] | None = None,
) -> None:
    """Write metadata and tensors to a file, which is replaced whole or not at all.

    Args:
        path: the file to write; one that exists is replaced.
        metadata: values by key: bool, int (stored as uint32, or in 64 bits where that is too small), float (stored as
            float32), str, a list of str; numpy's numbers and arrays [n] keep their type. `general.alignment` is the
            format's 32 and not to be given.
        tensors: floating-point tensors by name, in the file's order.
        types: the stored type of tensors by name, such as `Q8_0`; `F32` for those not named.

    Raises:
        CheckpointError: a key, value, name or shape that `load_gguf` would refuse.
        ValueError: a type that cannot be written, or a weight that its type cannot hold.
        OSError: the file cannot be written; what was there before stays.

    Example:
        save_gguf_file("eye.gguf", {"general.architecture": "none"}, {"eye": torch.eye(32)}, {"eye": "Q8_0"})
        load_gguf("eye.gguf")["eye"]  # the same matrix
    """
    types = {name: (types or {}).get(name, "F32") for name in tensors}
    for name, type_name in types.items():
        if type_name not in QUANT_TYPES:
            raise ValueError(f"types[{name!r}]: got {type_name!r}, allowed {', '.join(QUANT_TYPES)}")
    head, size = _head(path, metadata, tensors, types)
    with replace_file(path) as file:
        file.write(head)
        for name, tensor in tensors.items():
            file.write(bytes(_gap(file.tell())))
            weights = made(tensor).detach().cpu().float().contiguous().reshape(-1).numpy()
            file.write(pack(weights, types[name]))
            del weights  # none is kept by a name while the next is made
        file.write(bytes(size - file.tell()))


def _head(
    path: FilePath,
    metadata: Mapping[str, Any],
    tensors: Mapping[str, torch.Tensor | LazyTensor],
    types: Mapping[str, str],
) -> tuple[bytes, int]:
    """Return all that precedes the tensors' bytes, checked by the reader, and the size of the whole file."""
    if "general.alignment" in metadata:
        raise CheckpointError(path, "general.alignment", metadata["general.alignment"], "none: it is always 32")
    head = bytearray(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)))
    for key, value in metadata.items():
        kind, content = _encode(path, key, value)
        head += _text(path, key, key) + struct.pack("<I", kind) + content
    offset = 0
    for name, tensor in tensors.items():
        sizes = tuple(reversed(tensor.shape))
        quant = QUANT_TYPES[types[name]]
        head += _text(path, "tensor name", name)
        head += struct.pack(f"<I{len(sizes)}Q", len(sizes), *sizes)
        head += struct.pack("<IQ", TYPE_NAMES.index(quant.name), offset)
        offset = align(offset + tensor.numel() // quant.block_size * quant.block_bytes, DEFAULT_ALIGNMENT)
    size = align(len(head), DEFAULT_ALIGNMENT) + offset
    parse_head(path, bytes(head), size)
    return bytes(head), size


def _encode(path: FilePath, key: str, value: Any) -> tuple[int, bytes]:
    """Return the number of the value's type and its bytes."""
    if isinstance(value, str):
        return STRING, _text(path, key, value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        items = b"".join(_text(path, key, item) for item in value)
        return ARRAY, struct.pack("<IQ", STRING, len(value)) + items
    if isinstance(value, bool | int | float) and not isinstance(value, np.generic):  # np.float64 is a float too
        value = _number(path, key, value)
    if isinstance(value, np.generic | np.ndarray) and value.ndim <= 1 and value.dtype in _KINDS:
        kind = _KINDS[value.dtype]
        if value.ndim == 0:
            return kind, value.tobytes()
        return ARRAY, struct.pack("<IQ", kind, len(value)) + value.tobytes()
    rule = "bool, int, float, str, list of str, or numpy numbers [n] of 1 to 8 bytes"
    raise CheckpointError(path, f"key {key!r}", f"{type(value).__name__} {value!r:.40}", rule)


def _number(path: FilePath, key: str, value: bool | int | float) -> np.generic:
    """Choose the type that llama.cpp expects of such a number, where it can hold it."""
    if isinstance(value, bool):
        return np.bool_(value)
    if isinstance(value, float):
        if FLOAT32_MAX < abs(value) < math.inf:
            raise CheckpointError(path, f"key {key!r}", value, f"a float32, at most {FLOAT32_MAX:.6g}")
        return np.float32(value)
    for dtype in (np.uint32, np.int64, np.uint64):
        if np.iinfo(dtype).min <= value <= np.iinfo(dtype).max:
            return dtype(value)
    raise CheckpointError(path, f"key {key!r}", value, "a whole number of 64 bits")


def _text(path: FilePath, field: str, value: str) -> bytes:
    try:
        data = value.encode()
    except UnicodeEncodeError as error:
        raise CheckpointError(path, field, f"half a surrogate pair at {error.start}", "Unicode text") from None
    return struct.pack("<Q", len(data)) + data


def _gap(position: int) -> int:
    return align(position, DEFAULT_ALIGNMENT) - position
