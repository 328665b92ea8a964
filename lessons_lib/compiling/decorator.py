"""The decorator of every compiled function: the result is kept on disk wherever a folder can be written."""

from __future__ import annotations

import os
from collections.abc import Callable

import numba


def compiled(as_callback: object | None = None, **options: object) -> Callable[[Callable], Callable]:
    """Compile a function without Python's objects, when it is first called.

    The machine code is kept beside the source or in the user's cache. Where neither can be written, the function is
    compiled anew in each process, which takes seconds and changes nothing else.

    Args:
        as_callback: numba's signature, for a function that is called by its address. It is compiled at once.
        options: numba's own, such as `fastmath`.

    Example:
        >>> @compiled()
        ... def double(x):
        ...     return 2 * x
        >>> double(4)
        8
    """
    make, first = (numba.njit, ()) if as_callback is None else (numba.cfunc, (as_callback,))

    def decorate(function: Callable) -> Callable:
        if numba.config.CACHE_DIR or os.path.expanduser("~") != "~":  # else numba would make a folder of that name
            try:
                return make(*first, cache=True, **options)(function)
            except RuntimeError:  # no folder can be written
                pass
        return make(*first, **options)(function)

    return decorate
