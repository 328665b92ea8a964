"""Norms and rotations in one trip through memory, with their gradients: what training on a CPU needs.

torch takes each of them apart into five or ten operations, all of which read and write everything. On a CPU that costs
as much as a product of matrices.
"""

from __future__ import annotations

import numpy as np
import torch
from numba import carray
from torch import Tensor
from torch.autograd.function import once_differentiable

from lessons_lib.compiling import compiled
from lessons_lib.compiling.atomics import pointer
from lessons_lib.compiling.team import Piece, helped, piece, share
from lessons_lib.products.matrix import ANY_ORDER, array_at

AT_ONCE = 2**15  # numbers in a piece of the work
MOST_PIECES = 64
WORTH_HELP = 2**19  # numbers; less is done in a tenth of a millisecond, sooner than others are called


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """`lessons_lib.layers.rms_norm` where `trains_here`; x [..., C], weight [C]."""
    return _RMSNorm.apply(x, weight, eps)


def apply_rope(x: Tensor, cos: Tensor, sin: Tensor, pairing: str) -> Tensor:
    """`lessons_lib.layers.apply_rope` where `trains_here`; x [B, H, T, D], tables [T, D / 2] or [B, T, D / 2]."""
    return _Rotate.apply(x, cos, sin, pairing)


def spread(work: Piece, rows: int, width: int, *numbers: int) -> None:
    """Have `work(job, piece)` done for all pieces of `rows * width` numbers, by as many threads as torch may use.

    A job is the rows, the width, how many pieces there are, and `numbers`. The pieces depend on the size alone, so that
    sums over them come out the same with any number of threads.
    """
    pieces = pieces_of(rows, width)
    job = np.array([rows, width, pieces, *numbers], np.int64)
    with helped(torch.get_num_threads() if rows * width >= WORTH_HELP else 1) as board:
        share(board, work.address, job.ctypes.data, pieces)


def pieces_of(rows: int, width: int) -> int:
    """Into how many pieces `spread` cuts the work."""
    return max(1, min(rows, rows * width // AT_ONCE, MOST_PIECES))


class _RMSNorm(torch.autograd.Function):
    """With f = 1 / sqrt(mean(x^2) + eps): `y = x f w`, and `dx = f w dy - x f^3 mean(w dy x)`."""

    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        rows = x.reshape(-1, x.shape[-1]).contiguous()  # [N, C]
        y, factors = torch.empty_like(rows, dtype=_wanted()), rows.new_empty(len(rows))
        weight, eps = weight.contiguous(), torch.tensor(eps, dtype=torch.float32)
        spread(_norm, *rows.shape, _kind(y), *addresses(rows, weight, eps, y, factors))
        ctx.save_for_backward(rows, weight, factors)
        return y.view(x.shape)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        rows, weight, factors = ctx.saved_tensors
        given, for_x = grad.reshape(rows.shape).contiguous(), torch.empty_like(rows)
        for_weight = rows.new_zeros(pieces_of(*rows.shape), rows.shape[1])
        places = addresses(rows, weight, factors, given, for_x, for_weight)
        spread(_norm_backward, *rows.shape, _kind(given), *places)
        return for_x.view(grad.shape), for_weight.sum(0), None


class _Rotate(torch.autograd.Function):
    """The gradient of a turn is the turn back."""

    @staticmethod
    def forward(ctx, x: Tensor, cos: Tensor, sin: Tensor, pairing: str) -> Tensor:
        ctx.save_for_backward(cos, sin)
        ctx.pairing = pairing
        return _turned(x, cos, sin, pairing)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None, None, None]:
        cos, sin = ctx.saved_tensors
        return _turned(grad, cos, -sin, ctx.pairing), None, None, None


def _turned(x: Tensor, cos: Tensor, sin: Tensor, pairing: str) -> Tensor:
    b, h, t, d = x.shape
    places = x.transpose(1, 2).contiguous()  # [B, T, H, D], as a projection leaves it
    out = torch.empty_like(places)
    wide = (t, d // 2) if cos.dim() == 2 else (b, t, d // 2)
    cos, sin = (table.float().broadcast_to(wide).reshape(-1, d // 2).contiguous() for table in (cos, sin))
    shape = _kind(x), d, len(cos), int(pairing == "half")
    spread(_turn, b * t, h * d, *shape, *addresses(places, cos, sin, out))
    return out.transpose(1, 2)


def _wanted() -> torch.dtype:
    """The precision of a norm's result: that in which the products behind it will read it."""
    halved = torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16
    return torch.bfloat16 if halved else torch.float32


def _kind(tensor: Tensor) -> int:
    """Whether it is bfloat16, else float32."""
    return int(tensor.dtype == torch.bfloat16)


def addresses(*tensors: Tensor) -> tuple[int, ...]:
    """Where tensors without gaps stand; the caller keeps them."""
    return tuple(tensor.data_ptr() for tensor in tensors)


@piece(fastmath=ANY_ORDER, error_model="numpy")
def _norm(job, i):
    numbers = carray(pointer(job), (9,), np.int64)
    n, c, pieces, bfloat16 = numbers[:4]
    x, weight, eps = array_at(numbers[4], (n, c)), array_at(numbers[5], (c,)), array_at(numbers[6], (1,))[0]
    y, factors = np.empty(c, np.float32), array_at(numbers[8], (n,))
    for row in range(i * n // pieces, (i + 1) * n // pieces):
        squares = np.float32(0)
        for j in range(c):
            squares += x[row, j] * x[row, j]
        factor = np.float32(1) / np.sqrt(squares / np.float32(c) + eps)
        factors[row] = factor
        for j in range(c):
            y[j] = x[row, j] * factor * weight[j]
        _give(y, numbers[7], row, bfloat16)


@piece(fastmath=ANY_ORDER, error_model="numpy")
def _norm_backward(job, i):
    numbers = carray(pointer(job), (10,), np.int64)
    n, c, pieces, bfloat16 = numbers[:4]
    x, weight, factors = array_at(numbers[4], (n, c)), array_at(numbers[5], (c,)), array_at(numbers[6], (n,))
    for_x, for_weight = array_at(numbers[8], (n, c)), array_at(numbers[9], (pieces, c))[i]
    room = np.empty(c, np.float32)
    for row in range(i * n // pieces, (i + 1) * n // pieces):
        given = _taken(numbers[7], row, bfloat16, room)
        along = np.float32(0)
        for j in range(c):
            along += weight[j] * given[j] * x[row, j]
        factor = factors[row]
        back = along * factor * factor * factor / np.float32(c)
        for j in range(c):
            for_x[row, j] = factor * weight[j] * given[j] - x[row, j] * back
            for_weight[j] += given[j] * x[row, j] * factor


@piece(fastmath=ANY_ORDER, error_model="numpy")
def _turn(job, i):
    numbers = carray(pointer(job), (11,), np.int64)
    n, c, pieces, bfloat16, d, places, halves = numbers[:7]
    cos, sin = array_at(numbers[8], (places, d // 2)), array_at(numbers[9], (places, d // 2))
    room_x, out = np.empty(c, np.float32), np.empty(c, np.float32)
    for row in range(i * n // pieces, (i + 1) * n // pieces):
        x, place = _taken(numbers[7], row, bfloat16, room_x), row % places
        for head in range(0, c, d):
            if halves:
                half, end = head + d // 2, head + d
                _turn_head(x[head:half], x[half:end], cos[place], sin[place], out[head:half], out[half:end])
            else:
                own, other = out[head : head + d : 2], out[head + 1 : head + d : 2]
                _turn_head(x[head : head + d : 2], x[head + 1 : head + d : 2], cos[place], sin[place], own, other)
        _give(out, numbers[10], row, bfloat16)


@compiled(fastmath=ANY_ORDER, error_model="numpy", inline="always")
def _turn_head(a, b, cos, sin, own, other):
    for j in range(len(cos)):
        own[j] = a[j] * cos[j] - b[j] * sin[j]
        other[j] = b[j] * cos[j] + a[j] * sin[j]


@compiled()
def _taken(address, row, bfloat16, room):
    """A row of the matrix at an address: itself where it is float32, or made float32 in the room."""
    c = len(room)
    if not bfloat16:
        return array_at(address + 4 * c * row, (c,))
    half, whole = carray(pointer(address + 2 * c * row), (c,), np.uint16), room.view(np.uint32)
    for j in range(c):
        whole[j] = np.uint32(half[j]) << np.uint32(16)
    return room


@compiled()
def _give(values, address, row, bfloat16):
    """Write a row of the matrix at an address, rounded to the nearest where it is bfloat16."""
    c = len(values)
    if not bfloat16:
        out = array_at(address + 4 * c * row, (c,))
        for j in range(c):
            out[j] = values[j]
        return
    half, whole = carray(pointer(address + 2 * c * row), (c,), np.uint16), values.view(np.uint32)
    for j in range(c):
        odd = (whole[j] >> np.uint32(16)) & np.uint32(1)
        rounded = (whole[j] + np.uint32(0x7FFF) + odd) >> np.uint32(16)
        half[j] = rounded if values[j] == values[j] else np.uint32(0x7FC0)  # the last is NaN
