"""Quantised layers: weights of 8 or 4 bits in groups, each with its own scale, turned back where they are used.

A language model reads all its weights for every token that it writes. Weights of 8 bits are read in a quarter of the
time of float32, weights of 4 bits in less than a sixth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib import arguments
from lessons_lib.layers.embedding import Embedding
from lessons_lib.layers.linear import Linear, linear
from lessons_lib.layers.plain import is_plain, replace_module

RUN = 32  # weights; in each run of 4-bit weights the low halves of its 16 bytes are the first 16 of them


@dataclass(frozen=True)
class Quantization:
    """How a model's weights are stored.

    Args:
        bits: of a weight, 8 or 4.
        group_size: neighbours in a row that share a scale; 32 times a power of two.
        head_bits: of a weight of the output matrix, and of the embedding where they are one. The scores are sensitive.
    """

    bits: int = 8
    group_size: int = 32
    head_bits: int = 8

    def __post_init__(self) -> None:
        for name in ("bits", "head_bits"):
            if getattr(self, name) not in (4, 8):
                raise ValueError(f"{name}: got {getattr(self, name)!r}, allowed 4 or 8")
        if self.group_size not in [RUN << n for n in range(16)]:
            raise ValueError(f"group_size: got {self.group_size!r}, allowed {RUN} times a power of two")


Model = TypeVar("Model", bound=nn.Module)


def quantize(model: Model, bits: int = 8, group_size: int = 32, head_bits: int = 8) -> Model:
    """Replace every matrix of a model by its quantised form, in place; one after the other, so memory only falls.

    Norms and biases stay as they are. An embedding stays too, unless it is the output matrix.

    Args:
        model: a `Transformer`, or any module with `Linear` in it. On the "meta" device it becomes ready to be filled.
        bits, group_size, head_bits: as in `Quantization`.

    Returns:
        The same model, with `model.quantization` set.

    Raises:
        ValueError: for a setting that is not allowed, a model that is quantised already, a matrix whose rows are not
            whole groups, or a `Linear` that does more than multiply; nothing is changed then.

    Example:
        >>> model = quantize(nn.Sequential(Linear(64, 5)), bits=4)
        >>> model[0](torch.ones(1, 64)).shape
        torch.Size([1, 5])

    Source: Dettmers et al. 2022, "LLM.int8()", section 2 (absmax); the 4-bit form is ggml's Q4_1.
    """
    if not isinstance(model, nn.Module):
        raise ValueError(f"model: got {arguments.described(model)}, allowed a Transformer or another nn.Module")
    settings = Quantization(bits, group_size, head_bits)
    if getattr(model, "quantization", None) is not None:
        raise ValueError(f"model: got one with {model.quantization}, allowed one that is not quantised")
    found = {name: module for name, module in model.named_modules() if isinstance(module, Linear)}
    for name, module in found.items():
        if not is_plain(module, Linear):
            raise ValueError(f"{name}: got {type(module).__name__}, changed or with hooks, allowed a plain Linear")
        if module.in_features % group_size:
            raise ValueError(f"group_size: got {group_size}, allowed a divisor of {module.in_features} ({name})")
    embeddings = {name: module for name, module in model.named_modules() if isinstance(module, Embedding)}
    while found:
        name, module = found.popitem()  # nothing here may keep what was replaced
        tied = [place for place, embedding in embeddings.items() if embedding.weight is module.weight]
        embeddings = {place: embedding for place, embedding in embeddings.items() if place not in tied}
        small = QuantizedLinear.of(module, head_bits if name.endswith("lm_head") else bits, group_size)
        replace_module(model, name, small)
        for place in tied:
            replace_module(model, place, QuantizedEmbedding(small))
    model.quantization = settings
    return model


def quantize_groups(weight: Tensor, bits: int, group_size: int) -> tuple[Tensor, Tensor, Tensor | None]:
    """Round each group of weights to the whole numbers that its scale allows.

    With 8 bits a weight is `q * scale`, q from -127 to 127: the largest magnitude of the group is 127 scales. With 4
    bits it is `minimum + q * scale`, q from 0 to 15: the range of the group is 15 scales.

    Args:
        weight: [R, C], C a multiple of `group_size`.

    Returns:
        8 bits: int8 [R, C], float16 [R, C / group_size] and None. 4 bits: uint8 [R, C / 2], two weights a byte, and
        scale and minimum, float16 [R, C / group_size] each.
    """
    groups = weight.float().unflatten(1, (-1, group_size))  # [R, C / group_size, group_size]
    if bits == 8:
        scale = (groups.abs().amax(-1) / 127).half()  # [R, C / group_size]
        q = (groups / _nonzero(scale)).round().clamp(-127, 127)
        return q.to(torch.int8).flatten(1), scale, None
    low, high = groups.aminmax(dim=-1)  # [R, C / group_size] each
    minimum = low.half()
    scale = ((high - minimum.float()) / 15).half()
    q = ((groups - minimum.float()[..., None]) / _nonzero(scale)).round().clamp(0, 15)
    first, second = q.to(torch.uint8).reshape(len(weight), -1, 2, RUN // 2).unbind(2)  # [R, C / 32, 16] each
    return (first | second << 4).flatten(1), scale, minimum


def dequantize_groups(q: Tensor, scale: Tensor, minimum: Tensor | None, dtype: torch.dtype = torch.float32) -> Tensor:
    """Turn the result of `quantize_groups` back into weights [R, C]."""
    if minimum is None:
        groups = q.unflatten(1, (scale.shape[1], -1)) * scale.float()[..., None]  # [R, groups, group_size]
        return groups.flatten(1).to(dtype)
    runs = q.unflatten(1, (-1, RUN // 2))  # [R, C / 32, 16]
    groups = torch.empty(*runs.shape[:2], 2, RUN // 2, device=q.device)
    groups[:, :, 0] = runs & 15
    groups[:, :, 1] = runs >> 4
    groups = groups.view(*scale.shape, -1)  # [R, groups, group_size]
    groups.mul_(scale.float()[..., None]).add_(minimum.float()[..., None])
    return groups.flatten(1).to(dtype)


class QuantizedLinear(nn.Module):
    """A `Linear` whose weights [out, in] are quantised; its results have the dtype of what it is given.

    Args:
        in_features, out_features, bias: as in `Linear`.
        bits, group_size: as in `Quantization`.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool, bits: int, group_size: int, device=None):
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.bits = bits
        self.group_size = group_size
        groups = in_features // group_size

        def room(columns: int, dtype: torch.dtype) -> Tensor:
            return torch.zeros(out_features, columns, dtype=dtype, device=device)

        self.register_buffer("quantized", room(in_features * bits // 8, torch.int8 if bits == 8 else torch.uint8))
        self.register_buffer("scale", room(groups, torch.float16))
        self.register_buffer("minimum", room(groups, torch.float16) if bits == 4 else None)
        self.bias = nn.Parameter(torch.zeros(out_features, device=device)) if bias else None

    @classmethod
    def of(cls, module: Linear, bits: int, group_size: int) -> QuantizedLinear:
        """Quantise a layer."""
        bias = module.bias is not None
        device = module.weight.device
        made = cls(module.in_features, module.out_features, bias, bits, group_size, device)
        made.bias = module.bias
        if not module.weight.is_meta:
            made.quantized, made.scale, made.minimum = quantize_groups(module.weight.detach(), bits, group_size)
        return made

    def dequantize(self, dtype: torch.dtype = torch.float32) -> Tensor:
        """The weights [out, in], made anew."""
        return dequantize_groups(self.quantized, self.scale, self.minimum, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Map [..., in] to [..., out]. On a CPU float32 meets the small weights as they are, in whole numbers."""
        needs_gradient = torch.is_grad_enabled() and (x.requires_grad or (self.bias is not None))
        known = x.is_cpu and x.dtype == torch.float32 and self.out_features >= RUN and self.quantized.is_contiguous()
        other = torch.compiler.is_compiling() or torch.is_autocast_enabled("cpu")
        if needs_gradient or other or not known:
            return linear(x, self.dequantize(x.dtype), self.bias)
        out = self._whole_product(x.reshape(-1, self.in_features).contiguous()).unflatten(0, x.shape[:-1])
        return out if self.bias is None else out + self.bias

    def _whole_product(self, x: Tensor) -> Tensor:
        """[N, in] to [N, out], by compiled code."""
        from lessons_lib.products.many import product  # numba takes a while to load, and not everybody needs it
        from lessons_lib.products.matrix import INT4, INT8, Matrix

        places = (0 if part is None else part.data_ptr() for part in (self.quantized, self.scale, self.minimum))
        kind = INT8 if self.bits == 8 else INT4
        matrix = Matrix(kind, self.out_features, self.in_features, self.group_size, *places, bias=0)
        return torch.from_numpy(product(x.detach().numpy(), matrix, torch.get_num_threads()))


class QuantizedEmbedding(nn.Module):
    """The rows of a quantised output matrix as an embedding: nothing is stored twice."""

    def __init__(self, head: QuantizedLinear) -> None:
        super().__init__()
        self._head = [head]  # in a list: it is the head's business to be saved and moved

    @property
    def head(self) -> QuantizedLinear:
        """The output matrix."""
        return self._head[0]

    def forward(self, token_ids: Tensor) -> Tensor:
        """Map whole numbers [B, T] to vectors [B, T, C]."""
        head = self.head
        rows = token_ids.flatten()
        parts = (F.embedding(rows, part) for part in (head.quantized, head.scale))
        minimum = None if head.minimum is None else head.minimum[rows]
        return dequantize_groups(*parts, minimum).unflatten(0, token_ids.shape)  # [B, T, C]


def _nonzero(scale: Tensor) -> Tensor:
    """The scales as divisors: a group of equal weights has none, and all its q are 0."""
    scale = scale.float()
    return scale.masked_fill(scale == 0, 1)[..., None]
