"""Whether a value is what a schema asks for, and if not, in words that a model can act on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lessons_lib import arguments

DEEPEST = 32  # lists in lists
_KINDS = {"string": str, "boolean": bool, "null": type(None), "array": (list, tuple), "object": Mapping}


def fault(value: Any, schema: Mapping[str, Any], name: str, depth: int = 0) -> str | None:
    """Say what is wrong with a value, or None if nothing is.

    Args:
        value: of JSON's types.
        schema: in the part of JSON Schema that `tool_schema` writes: `type`, `enum`, `anyOf`, `items`, `prefixItems`,
            `properties`, `required`, `additionalProperties`.
        name: what the value is called.

    Example:
        >>> fault([1, "two"], {"type": "array", "items": {"type": "integer"}}, "sizes")
        "sizes[1]: got 'two', allowed integer"
    """
    if depth > DEEPEST:
        return f"{name}: got more than {DEEPEST} levels, allowed that many"
    if "anyOf" in schema:
        found = [fault(value, each, name, depth + 1) for each in schema["anyOf"]]
        return None if None in found else found[0]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{name}: got {arguments.described(value)}, allowed {' or '.join(kinds)}"
    if "enum" in schema and not any(type(value) is type(each) and value == each for each in schema["enum"]):
        return f"{name}: got {arguments.described(value)}, allowed {', '.join(map(repr, schema['enum']))}"
    parts = _parts_of_list(value, schema, name) if _is(value, "array") else _parts_of_object(value, schema, name)
    if isinstance(parts, str):
        return parts
    return next((found for part in parts if (found := fault(*part, depth + 1))), None)


Part = tuple[Any, Mapping[str, Any], str]  # a value inside, its schema, and what it is called


def _parts_of_list(value: Any, schema: Mapping[str, Any], name: str) -> list[Part] | str:
    if "prefixItems" in schema:
        if len(value) != len(schema["prefixItems"]):
            return f"{name}: got {len(value)} items, allowed {len(schema['prefixItems'])}"
        schemas = schema["prefixItems"]
    else:
        schemas = [schema.get("items", {})] * len(value)
    return [(each, own, f"{name}[{n}]") for n, (each, own) in enumerate(zip(value, schemas, strict=True))]


def _parts_of_object(value: Any, schema: Mapping[str, Any], name: str) -> list[Part] | str:
    if not isinstance(value, Mapping):
        return []
    known, more = schema.get("properties", {}), schema.get("additionalProperties", True)
    if missing := [key for key in schema.get("required", ()) if key not in value]:
        return f"{name}: got no {', '.join(missing)}, allowed only with it"
    unknown = [key for key in value if key not in known]
    if unknown and more is False:
        return f"{name}: got {arguments.described(unknown[0])}, allowed {', '.join(known) or 'none'}"
    others = more if isinstance(more, Mapping) else {}
    return [(each, known.get(key, others), f"{name}.{key}"[:200]) for key, each in value.items()]


def _is(value: Any, kind: str) -> bool:
    """Whether a value is of one of JSON's types; true is no number, and a number is finite."""
    if kind == "integer":
        return type(value) is int
    if kind == "number":
        return type(value) is int or (type(value) is float and math.isfinite(value))
    return isinstance(value, _KINDS[kind])
