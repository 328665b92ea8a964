"""Many vectors times quantised weights: some rows are unpacked into a panel that stays in the cache, and all use it.

As in `integer_dot`, the instructions are written down in LLVM's language. A panel holds `LANES` rows as numbers of 16
bits, two neighbours of each row beside each other, so that one instruction multiplies a pair of numbers of a vector
with those of all rows of the panel.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16  # rows of a panel
RUN = 32  # neighbours that share a step
BLOCK = 6  # vectors that are multiplied together

_I8, _I16, _I32, _I64, _FLOAT = ir.IntType(8), ir.IntType(16), ir.IntType(32), ir.IntType(64), ir.FloatType()
_FAST = ("reassoc", "contract", "arcp", "nsz")
_FLOATS, _WHOLE, _PAIRS = (ir.VectorType(_FLOAT, LANES), ir.VectorType(_I32, LANES), ir.VectorType(_I16, 2 * LANES))


def _make(tokens: int, with_minimum: bool):
    """`out[t, first:first + LANES] = sum over runs of scale * step[t] * (panel . x[t]) + minimum * total[t]`."""

    @intrinsic
    def dots(typing_context, panel, scales, minima, x, steps, totals, token, out, first):
        """panel int16 [C / 2, LANES, 2]; scales and minima float32 [C / 32, LANES]; x int16 [N, C]; steps and totals
        float32 [N, C / 32]; out float32 [N, R]."""
        signature = types.void(panel, scales, minima, x, steps, totals, token, out, first)

        def generate(context, builder, signature, arguments):
            arrays = [
                context.make_array(kind)(context, builder, value) if isinstance(kind, types.Array) else value
                for kind, value in zip(signature.args, arguments, strict=True)
            ]
            panel, scales, minima, x, steps, totals, token, out, first = arrays
            runs = builder.extract_value(steps.shape, 1)
            zero = ir.Constant(_FLOATS, [0.0] * LANES)
            sums = [cgutils.alloca_once_value(builder, zero) for _ in range(tokens)]
            rows = [builder.mul(builder.add(token, _I64(t)), runs) for t in range(tokens)]
            with cgutils.for_range(builder, runs) as loop:
                whole = [ir.Constant(_WHOLE, [0] * LANES)] * tokens
                start = builder.mul(loop.index, _I64(RUN * LANES))
                places = [builder.mul(builder.add(row, loop.index), _I64(RUN)) for row in rows]
                for pair in range(RUN // 2):
                    weights = _vector(builder, panel.data, builder.add(start, _I64(pair * 2 * LANES)), _PAIRS, 2)
                    for t in range(tokens):
                        both = _vector(builder, x.data, builder.add(places[t], _I64(2 * pair)), _I32, 2)
                        numbers = builder.bitcast(_repeat(builder, both, _WHOLE), _PAIRS)
                        whole[t] = builder.add(whole[t], _products(builder, weights, numbers))
                here = builder.mul(loop.index, _I64(LANES))
                scale = _vector(builder, scales.data, here, _FLOATS, 4)
                low = _vector(builder, minima.data, here, _FLOATS, 4) if with_minimum else None
                for t in range(tokens):
                    at = builder.add(rows[t], loop.index)
                    step = _repeat(builder, builder.load(builder.gep(steps.data, [at])), _FLOATS)
                    both = builder.fmul(scale, step, flags=_FAST)
                    new = builder.fmul(builder.sitofp(whole[t], _FLOATS), both, flags=_FAST)
                    if with_minimum:
                        total = _repeat(builder, builder.load(builder.gep(totals.data, [at])), _FLOATS)
                        new = builder.fadd(new, builder.fmul(low, total, flags=_FAST), flags=_FAST)
                    builder.store(builder.fadd(builder.load(sums[t]), new, flags=_FAST), sums[t])
            for t in range(tokens):
                row = builder.mul(builder.add(token, _I64(t)), builder.extract_value(out.shape, 1))
                place = builder.gep(out.data, [builder.add(row, first)])
                target = builder.bitcast(place, _FLOATS.as_pointer())
                builder.store(builder.load(sums[t]), target, align=4)
            return context.get_dummy_value()

        return signature, generate

    return dots


def _make_unpack(bits: int):
    """Rows `first` to `first + LANES` of a matrix as a panel."""
    size = RUN * bits // 8  # bytes of a run
    raw, halves = ir.VectorType(_I8, size), ir.VectorType(_I16, RUN)

    @intrinsic
    def unpack(typing_context, weights, first, panel):
        """weights uint8, flat; panel int16 [C / 2, LANES, 2]."""
        signature = types.void(weights, first, panel)

        def generate(context, builder, signature, arguments):
            weights = context.make_array(signature.args[0])(context, builder, arguments[0]).data
            panel = context.make_array(signature.args[2])(context, builder, arguments[2])
            runs = builder.udiv(builder.extract_value(panel.shape, 0), _I64(RUN // 2))
            with cgutils.for_range(builder, runs) as loop:
                rows = []
                for lane in range(LANES):
                    run = builder.add(builder.mul(builder.add(arguments[1], _I64(lane)), runs), loop.index)
                    numbers = _vector(builder, weights, builder.mul(run, _I64(size)), raw, 1)
                    if bits == 8:
                        wide = builder.sext(numbers, halves)
                    else:  # the low halves of all bytes come first
                        low = builder.and_(numbers, ir.Constant(raw, [15] * size))
                        high = builder.lshr(numbers, ir.Constant(raw, [4] * size))
                        both = builder.shuffle_vector(
                            low, high, ir.Constant(ir.VectorType(_I32, RUN), list(range(RUN)))
                        )
                        wide = builder.zext(both, halves)
                    rows.append(builder.bitcast(wide, _WHOLE))  # a pair is one number of 32 bits
                for pair, column in enumerate(_transpose(builder, rows)):
                    start = builder.mul(
                        builder.add(builder.mul(loop.index, _I64(RUN // 2)), _I64(pair)), _I64(2 * LANES)
                    )
                    place = builder.bitcast(builder.gep(panel.data, [start]), _WHOLE.as_pointer())
                    builder.store(column, place, align=2)
            return context.get_dummy_value()

        return signature, generate

    return unpack


def _transpose(builder, rows):
    """LANES vectors of as many numbers: in each round a bit of a number's row changes places with that of its lane."""
    for bit in (1, 2, 4, 8):
        upper = [lane if not lane & bit else LANES + (lane ^ bit) for lane in range(LANES)]
        lower = [lane | bit if not lane & bit else LANES + lane for lane in range(LANES)]
        for i in range(LANES):
            if not i & bit:
                a, b = rows[i], rows[i | bit]
                rows[i] = builder.shuffle_vector(a, b, ir.Constant(_WHOLE, upper))
                rows[i | bit] = builder.shuffle_vector(a, b, ir.Constant(_WHOLE, lower))
    return rows


def _products(builder, weights, numbers):
    """Sums of two neighbouring products each, in 32 bits."""
    wide = ir.VectorType(_I32, 2 * LANES)
    products = builder.mul(builder.sext(weights, wide), builder.sext(numbers, wide))
    even, odd = (
        builder.shuffle_vector(products, products, ir.Constant(_WHOLE, list(range(first, 2 * LANES, 2))))
        for first in (0, 1)
    )
    return builder.add(even, odd)


def _vector(builder, pointer, index, kind, align):
    return builder.load(builder.bitcast(builder.gep(pointer, [index]), kind.as_pointer()), align=align)


def _repeat(builder, number, kind):
    """One number in every lane."""
    nothing = ir.Constant(kind, ir.Undefined)
    vector = builder.insert_element(nothing, number, ir.Constant(_I32, 0))
    return builder.shuffle_vector(vector, nothing, ir.Constant(_WHOLE, [0] * LANES))


dots_8, dots_4 = _make(BLOCK, False), _make(BLOCK, True)
dot_8, dot_4 = _make(1, False), _make(1, True)
unpack_8, unpack_4 = _make_unpack(8), _make_unpack(4)
