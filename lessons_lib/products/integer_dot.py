"""The dot product of quantised weights with 16-bit numbers, in vector instructions.

A loop over 32 weights is too short for the compiler to make vector instructions of it by itself, so this file writes
them down: in LLVM's own language, which knows vectors of any length and is translated for every processor.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 32  # weights that are multiplied at once: a run; a group of weights has one run or several
HALF = 2.0**112  # a float16's bits, moved to a float32's places, give a number that is so many times too small

_I8, _I16, _I32, _I64, _FLOAT = ir.IntType(8), ir.IntType(16), ir.IntType(32), ir.IntType(64), ir.FloatType()
_FAST = ("reassoc", "contract", "arcp", "nsz")  # sums may be taken in any order


def _make(bits: int, tokens: int):
    """The product of one row of weights with the vectors of `tokens` tokens, which share the unpacking of the row.

    For each token it is, as Python would write it:
        `sum(scale[g] * step[t, g] * sum(weights[g] * x[t, g]) + minimum[g] * total[t, g] for g in runs)`
    The inner sum is taken in whole numbers. Weights of 8 bits have no minimum.
    """
    size = LANES * bits // 8  # bytes of a run

    @intrinsic
    def dots(typing_context, matrix, x, steps, totals, row, shift, token, out, column):
        """Write `out[token + i, column]`.

        matrix: weights uint8, scale uint16 and minimum uint16, flat; x int16 [N, C]; steps and totals float32
        [N, C / 32], both `HALF` times too large; a group has `2 ** shift` runs.
        """
        signature = types.void(matrix, x, steps, totals, row, shift, token, out, column)

        def generate(context, builder, signature, arguments):
            def array(type_, value):
                return context.make_array(type_)(context, builder, value)

            def at(pointer, index):
                return builder.gep(pointer, [index])

            parts = [array(part, builder.extract_value(arguments[0], i)) for i, part in enumerate(signature.args[0])]
            weights, scale, minimum = (part.data for part in parts)
            vectors, step, total, out = (array(signature.args[i], arguments[i]) for i in (1, 2, 3, 7))
            row, shift, token, column = (arguments[i] for i in (4, 5, 6, 8))
            runs = builder.extract_value(step.shape, 1)
            group = builder.mul(row, builder.lshr(runs, shift))  # the first of the row
            weights = at(builder.bitcast(weights, _I8.as_pointer()), builder.mul(builder.mul(row, runs), _whole(size)))
            zero = ir.Constant(ir.VectorType(_FLOAT, LANES // 2), [0.0] * (LANES // 2))
            sums = [cgutils.alloca_once_value(builder, zero) for _ in range(tokens)]
            lows = [cgutils.alloca_once_value(builder, ir.Constant(_FLOAT, 0.0)) for _ in range(tokens)]
            with cgutils.for_range(builder, runs) as loop:
                raw = _load(builder, at(weights, builder.mul(loop.index, _whole(size))), _I8, size, 1)
                unpacked = _unpack(builder, raw, bits)  # 32 of int32
                here = builder.add(group, builder.lshr(loop.index, shift))
                factor = _small_float(builder, builder.load(at(scale, here)))
                if bits == 4:
                    lowest = _small_float(builder, builder.load(at(minimum, here)))
                for t in range(tokens):
                    run = builder.add(builder.mul(builder.add(token, _whole(t)), runs), loop.index)
                    numbers = _load(builder, at(vectors.data, builder.mul(run, _whole(LANES))), _I16, LANES, 2)
                    products = builder.mul(unpacked, builder.sext(numbers, unpacked.type))
                    pairs = builder.add(_every_second(builder, products, 0), _every_second(builder, products, 1))
                    both = _repeat(builder, builder.fmul(factor, builder.load(at(step.data, run)), flags=_FAST))
                    _add(builder, sums[t], builder.fmul(builder.sitofp(pairs, zero.type), both, flags=_FAST))
                    if bits == 4:
                        _add(builder, lows[t], builder.fmul(lowest, builder.load(at(total.data, run)), flags=_FAST))
            for t in range(tokens):
                result = builder.fadd(_sum(builder, builder.load(sums[t])), builder.load(lows[t]), flags=_FAST)
                place = builder.mul(builder.add(token, _whole(t)), builder.extract_value(out.shape, 1))
                builder.store(result, at(out.data, builder.add(place, column)))

        return signature, generate

    return dots


def _unpack(builder, raw, bits):
    """Bytes to 32 weights of 32 bits. Four-bit weights are 0 to 15, the low halves of all bytes first."""
    wide = ir.VectorType(_I32, LANES)
    if bits == 8:
        return builder.sext(raw, wide)
    low = builder.and_(raw, ir.Constant(raw.type, [15] * raw.type.count))
    high = builder.lshr(raw, ir.Constant(raw.type, [4] * raw.type.count))
    return builder.zext(builder.shuffle_vector(low, high, _places(range(LANES))), wide)


def _small_float(builder, half):
    """The bits of a float16 as a float32 that is `HALF` times too small. It may be anything but infinite or NaN."""
    moved = builder.shl(builder.sext(half, _I32), ir.Constant(_I32, 13))
    return builder.bitcast(builder.and_(moved, ir.Constant(_I32, 0x8FFFE000)), _FLOAT)  # sign, exponent, fraction


@intrinsic
def small_float(typing_context, half):
    """The same for compiled code: the bits, uint16, to a float32."""

    def generate(context, builder, signature, arguments):
        return _small_float(builder, arguments[0])

    return types.float32(types.uint16), generate


def _load(builder, pointer, element, count, align):
    vector = ir.VectorType(element, count).as_pointer()
    return builder.load(builder.bitcast(pointer, vector), align=align)


def _add(builder, place, value):
    builder.store(builder.fadd(builder.load(place), value, flags=_FAST), place)


def _every_second(builder, vector, first):
    return builder.shuffle_vector(vector, vector, _places(range(first, LANES, 2)))


def _repeat(builder, number):
    """One number in every lane."""
    nothing = ir.Constant(ir.VectorType(_FLOAT, LANES // 2), ir.Undefined)
    vector = builder.insert_element(nothing, number, ir.Constant(_I32, 0))
    return builder.shuffle_vector(vector, nothing, _places([0] * (LANES // 2)))


def _sum(builder, vector):
    """Add the upper half of the lanes to the lower until one is left."""
    count = vector.type.count
    while count > 1:
        count //= 2
        lower = builder.shuffle_vector(vector, vector, _places(range(count)))
        upper = builder.shuffle_vector(vector, vector, _places(range(count, 2 * count)))
        vector = builder.fadd(lower, upper, flags=_FAST)
    return builder.extract_element(vector, ir.Constant(_I32, 0))


def _places(numbers):
    return ir.Constant(ir.VectorType(_I32, len(numbers)), list(numbers))


def _whole(number):
    return ir.Constant(_I64, number)


dot_int8, dots_int8 = _make(8, 1), _make(8, 4)
dot_int4, dots_int4 = _make(4, 1), _make(4, 4)
