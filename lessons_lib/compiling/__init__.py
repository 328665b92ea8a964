"""Compiled code: how functions are compiled, and how threads share a compiled function's work."""

from lessons_lib.compiling.decorator import compiled

__all__ = ["compiled"]
