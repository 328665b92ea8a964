"""The decorator of every compiled function: the result is kept on disk wherever a folder can be written."""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numba
from numba.core import caching

LIBRARY = Path(__file__).parents[1]


def compiled(as_callback: object | None = None, **options: object) -> Callable[[Callable], Callable]:
    """Compile a function without Python's objects, when it is first called.

    The machine code is kept beside the source or in the user's cache, until a file changes from which some of the
    library is compiled. Where neither can be written, the function is compiled anew in each process, which takes
    seconds and changes nothing else.

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
            given = numba.config.CACHE_LOCATOR_CLASSES
            numba.config.CACHE_LOCATOR_CLASSES = given or ",".join(f"{__name__}.{place}" for place in _PLACES)
            try:
                return make(*first, cache=True, **options)(function)
            except RuntimeError:  # no folder can be written
                pass
            finally:
                numba.config.CACHE_LOCATOR_CLASSES = given
        return make(*first, **options)(function)

    return decorate


class _UntilAnyChanges:
    """A place where machine code is kept until any of the library's sources changes.

    Numba by itself looks at the function's own file. But code of others is built into a function's: where one of them
    takes other arguments by now, the old code would read memory that is not its own.
    """

    def get_source_stamp(self) -> tuple[object, str]:
        return super().get_source_stamp(), sources()


class Chosen(_UntilAnyChanges, caching.UserProvidedCacheLocator):
    """The folder that the user named to numba."""


class Beside(_UntilAnyChanges, caching.InTreeCacheLocator):
    """The folder of Python's own compiled files."""


class OfTheUser(_UntilAnyChanges, caching.UserWideCacheLocator):
    """A folder in the user's cache."""


_PLACES = [place.__name__ for place in (Chosen, Beside, OfTheUser)]


@functools.cache
def sources() -> str:
    """The sha256 of all files that stand in a folder where something is compiled."""
    texts = {path: path.read_bytes() for path in sorted(LIBRARY.rglob("*.py"))}
    folders = {path.parent for path, text in texts.items() if b"lessons_lib.compiling" in text}
    return hashlib.sha256(b"".join(text for path, text in texts.items() if path.parent in folders)).hexdigest()
