"""Names of a package that are looked up when they are first used, so that importing the package costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def looked_up(package: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """Make the `__getattr__` of a package.

    The package imports the same names for type checkers, and whoever follows imports finds them there.

    Args:
        package: its name.
        places: of each name the module inside the package that holds it.

    Raises:
        AttributeError: from what is returned, for any other name.

    Source: PEP 562.
    """

    def __getattr__(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{places[name]}"), name)

    return __getattr__
