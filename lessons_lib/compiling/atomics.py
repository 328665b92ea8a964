"""What threads need to agree on: atomic reads and writes of whole numbers, a pause, and a call by address."""

from __future__ import annotations

import platform

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from lessons_lib.compiling.decorator import compiled

_I64, _VOID = ir.IntType(64), ir.VoidType()
_INTEL = platform.machine() in ("x86_64", "AMD64")


def _place(context, builder, signature, arguments):
    """The address of `numbers[index]`."""
    numbers = context.make_array(signature.args[0])(context, builder, arguments[0])
    return cgutils.gep(builder, numbers.data, arguments[1])


@intrinsic
def load(typing_context, numbers, index):
    """`numbers[index]`, of int64 as all here; what another thread wrote before it stored this is seen too."""

    def generate(context, builder, signature, arguments):
        return builder.load_atomic(_place(context, builder, signature, arguments), "seq_cst", 8)

    return types.int64(numbers, types.intp), generate


@intrinsic
def store(typing_context, numbers, index, value):
    """`numbers[index] = value`."""

    def generate(context, builder, signature, arguments):
        builder.store_atomic(arguments[2], _place(context, builder, signature, arguments), "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(numbers, types.intp, types.int64), generate


@intrinsic
def add(typing_context, numbers, index, value):
    """`numbers[index] += value`."""

    def generate(context, builder, signature, arguments):
        place = _place(context, builder, signature, arguments)
        builder.atomic_rmw("add", place, arguments[2], "seq_cst")
        return context.get_dummy_value()

    return types.void(numbers, types.intp, types.int64), generate


@intrinsic
def swap(typing_context, numbers, index, old, new):
    """Write `new` to `numbers[index]` if `old` stands there; returns whether it did."""

    def generate(context, builder, signature, arguments):
        place = _place(context, builder, signature, arguments)
        result = builder.cmpxchg(place, arguments[2], arguments[3], "seq_cst", "seq_cst")
        return builder.extract_value(result, 1)

    return types.boolean(numbers, types.intp, types.int64, types.int64), generate


@intrinsic
def pause(typing_context):
    """Tell the processor that this thread only waits, where there is a word for it."""

    def generate(context, builder, signature, arguments):
        if _INTEL:
            kind = ir.FunctionType(_VOID, [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def call(typing_context, function, job, piece):
    """Call the function at an address with two whole numbers."""

    def generate(context, builder, signature, arguments):
        pointer = ir.FunctionType(_VOID, [_I64, _I64]).as_pointer()
        builder.call(builder.inttoptr(arguments[0], pointer), arguments[1:])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate


@intrinsic
def pointer(typing_context, address):
    """An address as something that `numba.carray` takes."""

    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(address), generate


@compiled(inline="always")
def address(numbers):
    """Where an array without gaps stands."""
    return np.int64(numbers.ctypes.data)


@compiled()
def keep(*arrays):
    """Does nothing; arrays that stand here are freed no sooner. An address alone keeps nothing alive."""
