"""Read GGUF files, llama.cpp's format: metadata, a table of tensors, then their (mostly quantised) bytes."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch

from lessons_lib.formats.gguf_head import parse_head
from lessons_lib.formats.mapped import FilePath, map_file, release
from lessons_lib.formats.quants import unpack


class GGUF(Mapping[str, torch.Tensor]):
    """An open GGUF file: a read-only mapping from tensor names to float32 tensors, made anew at each look-up.

    Attributes:
        version: the format's version, 2 or 3.
        alignment: every tensor starts at a multiple of this many bytes.
        metadata: values by key: numbers, strings, lists of strings, and numpy arrays of numbers.
        types: the stored type of each tensor by name, such as `Q4_1`.
        shapes: the shape of each tensor by name, outermost dimension first, as torch has it.

    Example:
        gguf = load_gguf("model.gguf")
        gguf.metadata["general.architecture"]  # 'llama'
        gguf.types["token_embd.weight"]  # 'Q8_0'
        gguf["token_embd.weight"].shape  # torch.Size([49152, 576])
    """

    def __init__(self, path: FilePath) -> None:
        self._file = map_file(path, min_size=24)
        head = parse_head(path, self._file, len(self._file))
        self.version, self.metadata, self.alignment = head.version, head.metadata, head.alignment
        self.types, self.shapes, self._spans = head.types, head.shapes, head.spans
        self._data = np.frombuffer(self._file, np.uint8)

    def raw(self, name: str) -> np.ndarray:
        """Return the stored bytes of a tensor, uint8 `[n]`: a read-only view of the mapped file."""
        begin, end = self._spans[name]
        return self._data[begin:end]

    def __getitem__(self, name: str) -> torch.Tensor:
        weights = torch.from_numpy(unpack(self.raw(name), self.types[name])).view(self.shapes[name])
        release(self._file)  # what was read of the file is not needed twice
        return weights

    def __iter__(self) -> Iterator[str]:
        return iter(self.types)

    def __len__(self) -> int:
        return len(self.types)

    def __contains__(self, name: object) -> bool:
        return name in self.types  # the inherited test would dequantise the tensor


def load_gguf(path: FilePath) -> GGUF:
    """Open a GGUF file: all of its metadata is read and checked now, a tensor's weights when they are asked for.

    Args:
        path: the file. It must not shrink while it is in use.

    Raises:
        CheckpointError: the file breaks a rule of the format, or holds a tensor of a type that cannot be read.
        OSError: the file cannot be opened.
    """
    return GGUF(path)
