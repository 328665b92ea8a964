"""Fields: what a stranger's JSON object holds, taken one by one; what nobody took is refused by name.

A field that is ignored would be a promise broken in silence. Null is the same as nothing, as OpenAI's clients mean it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lessons_lib import arguments
from lessons_lib.apps.server.refusal import Refusal


class Fields:
    """The fields of one object.

    Args:
        given: the object.
        place: how errors call it, such as `response_format`; empty for the body itself.

    Example:
        >>> fields = Fields({"n": 2, "user": None})
        >>> fields.whole("n", 1, least=1, most=8), fields.flag("stream")
        (2, False)
        >>> fields.end()
    """

    def __init__(self, given: Any, place: str = "") -> None:
        self.place = place
        if not isinstance(given, Mapping):
            raise self.wrong("", given, "an object")
        self._left = {name: value for name, value in given.items() if value is not None}

    def take(self, name: str) -> Any:
        """A field of any kind; None where it is missing."""
        return self._left.pop(name, None)

    def whole(self, name: str, default: int | None, least: int, most: int | None = None) -> int | None:
        """A whole number in a range."""
        value = self.take(name)
        if value is None:
            return default
        try:
            return arguments.whole(self._called(name), value, least, most)
        except ValueError as error:
            raise Refusal(str(error), param=self._called(name)) from None

    def real(self, name: str, default: float, least: float, most: float = math.inf) -> float:
        """A number in a range."""
        value = self.take(name)
        if value is None:
            return default
        rule = f"{least} to {most}" if math.isfinite(most) else f"a number, {least} or more"
        try:
            return arguments.real(self._called(name), value, least, min(most, 1e30), rule)
        except ValueError as error:
            raise Refusal(str(error), param=self._called(name)) from None

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        value = self.take(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, value, "true or false")
        return default if value is None else value

    def text(self, name: str, allowed: Sequence[str] = (), default: str | None = None) -> str:
        """A text; one of `allowed`, if there are any. Without a default it must be there."""
        value = self.take(name)
        value = default if value is None else value
        if not isinstance(value, str) or (allowed and value not in allowed):
            raise self.wrong(name, value, ", ".join(allowed) or "a text")
        return value

    def several(self, name: str) -> list[Any]:
        """A list of at least one."""
        value = self.take(name)
        if not isinstance(value, list) or not value:
            raise self.wrong(name, value, "a list of at least one")
        return value

    def ignore(self, *names: str) -> None:
        """Drop fields that change no answer."""
        for name in names:
            self.take(name)

    def refuse(self, rule: str, **harmless: Any) -> None:
        """Drop fields that have the one value that asks for nothing, and refuse any other."""
        for name, value in harmless.items():
            given = self.take(name)
            if given is not None and given != value:
                raise self.wrong(name, given, rule)

    def end(self) -> None:
        """Refuse what nobody took."""
        for name, value in self._left.items():
            raise self.wrong(name[:100], value, "fields that this server knows")

    def wrong(self, name: str, value: Any, rule: str) -> Refusal:
        """The refusal of a field."""
        called = self._called(name)
        return Refusal(f"{called or 'body'}: got {arguments.described(value)}, allowed {rule}", param=called or None)

    def _called(self, name: str) -> str:
        return ".".join(filter(None, (self.place, name)))
