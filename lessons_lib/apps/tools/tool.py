"""A tool: a function, the schema that its signature says, and the check of what a model wants to give it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lessons_lib import arguments
from lessons_lib.apps.tools.fits import fault
from lessons_lib.tokenizer.tool_schema import tool_schema


class ToolError(Exception):
    """Raised by a tool: its words go to the model. Those of other errors do not, for they may hold secrets."""


class Tool:
    """A function that a model may call.

    Args:
        function: with type hints, and a docstring that says what it does and has `name: description` for each
            parameter below `Args:`. It gets JSON's types: a list where it says tuple, a value where it says Enum.

    Raises:
        ValueError: if it lacks one of these.

    Example:
        >>> def add(a: int, b: int = 1) -> int:
        ...     '''Add two numbers.
        ...
        ...     Args:
        ...         a: The first.
        ...         b: The second.
        ...     '''
        ...     return a + b
        >>> tool = Tool(add)
        >>> tool.name, tool.fault({"a": "five"})
        ('add', "arguments.a: got 'five', allowed integer")
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        described = tool_schema(function)["function"]
        self.function = function
        self.name: str = described["name"]
        self.description: str = described["description"]
        self.parameters = _plain(described["parameters"]) | {"additionalProperties": False}

    def fault(self, given: Any) -> str | None:
        """Say what is wrong with arguments, or None if the function can be called with them."""
        if not isinstance(given, Mapping):
            return f"arguments: got {arguments.described(given)}, allowed an object"
        return fault(given, self.parameters, "arguments")


def _plain(schema: Any) -> Any:
    """A schema without `nullable`, a word of OpenAPI's that JSON Schema does not know."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    plain = {key: _plain(value) for key, value in schema.items() if key != "nullable" or value is not True}
    if schema.get("nullable") is True:
        about = {"description": plain.pop("description")} if "description" in plain else {}
        plain = {"anyOf": [plain, {"type": "null"}]} | about
    return plain
