"""References: what a `$ref` names in its schema, and which schemas stand inside themselves."""

from __future__ import annotations

from typing import Any

from lessons_lib.generation.constraint.work import step

_MOST = 200  # different ones
_STEPS = 8  # references to references


class References:
    """The references of one schema.

    Args:
        root: the whole schema.
    """

    def __init__(self, root: Any) -> None:
        self._root = root
        self._reached: dict[int, set[int]] = {}  # what a schema refers to, on the way down

    def target(self, pointer: Any, place: str) -> Any:
        """What a reference names.

        Raises:
            ValueError: if that is nothing, or not in this schema.
        """
        if not isinstance(pointer, str) or not (pointer == "#" or pointer.startswith("#/")):
            raise ValueError(f"{place}: got {pointer!r:.80}, allowed one into the schema itself, such as '#/$defs/a'")
        found = self._root
        for part in pointer.split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and name in found:
                found = found[name]
            elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            else:
                raise ValueError(f"{place}: got {pointer!r:.80}, which names nothing")
        return found

    def not_circular(self, pointer: Any, place: str) -> Any:
        """What a reference names, if that does not lead back to itself."""
        target = self.target(pointer, place)
        if id(target) in self._within(target):
            raise ValueError(f"{place}: got {pointer!r:.80}, a circle, beside other keywords, allowed notes beside it")
        return target

    def stands_inside_itself(self, target: Any, place: str) -> bool:
        """Whether what a reference names leads back to itself.

        Raises:
            ValueError: after too many references.
        """
        if id(target) not in self._reached:
            if len(self._reached) == _MOST:
                raise ValueError(f"{place}: got more than {_MOST} different references, allowed so many")
            self._reached[id(target)] = self._within(target)
        return id(target) in self._reached[id(target)]

    def followed(self, schema: Any) -> dict[str, Any] | None:
        """A schema that is no reference any more; None where there is none."""
        for _ in range(_STEPS):
            if not isinstance(schema, dict):
                return None
            if "$ref" not in schema:
                return schema
            schema = self.target(schema["$ref"], "schema")
        return None

    def _within(self, schema: Any) -> set[int]:
        """All that a schema refers to, and what that refers to."""
        found: set[int] = set()
        todo = [schema]
        while todo:
            step()
            one = todo.pop()
            if isinstance(one, dict):
                if isinstance(one.get("$ref"), str):
                    target = self.target(one["$ref"], "schema")
                    if id(target) not in found:
                        found.add(id(target))
                        todo.append(target)
                todo += [inner for word, inner in one.items() if word not in ("$defs", "definitions", "enum", "const")]
            elif isinstance(one, list):
                todo += one
        return found
