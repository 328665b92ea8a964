"""What the values of a schema may be, as far as it says so at first sight: their types, or they themselves; and whether
two schemas are apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from lessons_lib import arguments
from lessons_lib.generation.constraint.work import step

ALONE = ("$ref", "const", "enum", "anyOf", "oneOf", "allOf")
MEET = ("not", "dependentRequired", "dependentSchemas", "dependencies", "if", "then", "else")
KINDS = ("object", "array", "string", "number", "boolean", "null")
NOTES = frozenset(["title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$comment"])
NOTES |= {"$schema", "$id", "id", "$defs", "definitions"}


def listed(schema: dict[str, Any], keyword: str, place: str, least: int = 0) -> list[Any]:
    """What a keyword of a schema lists; nothing where it is missing. `least` is 1 for a list that may not be empty."""
    given = schema.get(keyword, [])
    if not isinstance(given, list) or len(given) < least:
        rule = "a list" + " that is not empty" * least
        raise ValueError(f"{place}.{keyword}: got {arguments.described(given)}, allowed {rule}")
    return given


def names_in(schema: dict[str, Any], keyword: str, place: str) -> list[str]:
    """What a keyword lists, if these are names."""
    found = listed(schema, keyword, place)
    if not all(isinstance(name, str) for name in found):
        raise ValueError(f"{place}.{keyword}: got {arguments.described(found)}, allowed names")
    return found


def kind(value: Any) -> str:
    """What a value is; 1 and 1.0 are both numbers."""
    for types, name in (((bool,), "boolean"), ((int, float), "number"), ((str,), "string"), ((list,), "array")):
        if isinstance(value, types):
            return name
    return "null" if value is None else "object"


def is_one_of(value: Any, types: list[str]) -> bool:
    """Whether a value is of one of some types, as a schema names them; 1.0 is an integer."""
    name = kind(value)
    whole = name == "number" and (isinstance(value, int) or value.is_integer())
    return name in types or (whole and "integer" in types)


def kinds_of(schema: dict[str, Any]) -> set[str] | None:
    """What a schema's values may be, where it says so."""
    values = values_of(schema)
    if values is not None:
        return {name for name, _ in values}
    types = schema.get("type")
    if types is None or any(word in schema for word in (*ALONE, *MEET)):
        return None
    return {"number" if name == "integer" else name for name in (types if isinstance(types, list) else [types])}


def values_of(schema: dict[str, Any]) -> set[tuple[str, str]] | None:
    """Its values, where it names them; 1 and 1.0 are one value."""
    if "const" in schema:
        values = [schema["const"]]
    elif isinstance(schema.get("enum"), list):
        values = schema["enum"]
    else:
        return None
    return {(kind(one), _told(one)) for one in values}


def unlike(values: list[Any], others: Iterable[Any]) -> list[Any]:
    """Those values that are none of the others; 1 and 1.0 are one value."""
    known = {(kind(other), _told(other)) for other in others}
    return [value for value in values if (kind(value), _told(value)) not in known]


def whole(value: Any) -> Any:
    """The same value with its whole numbers as such: 1 for 1.0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [whole(one) for one in value]
    return {name: whole(one) for name, one in value.items()} if isinstance(value, dict) else value


def apart(one: Any, other: Any, followed: Callable[[Any], dict[str, Any] | None], levels: int = 4) -> bool:
    """Whether it is plain that no value is valid for both of two schemas.

    Args:
        followed: a schema in the place of a reference, None for what is none.
        levels: so deep into properties.
    """
    step(2)
    one, other = followed(one), followed(other)
    if not levels or one is None or other is None:
        return False
    ours, theirs = values_of(one), values_of(other)
    if ours is not None and theirs is not None:
        return not ours & theirs
    kinds, others = kinds_of(one), kinds_of(other)
    if kinds is not None and others is not None and not kinds & others:
        return True
    if {"object"} not in (kinds, others):
        return False  # else a value of both is an object, in which a name that one of them asks for stands
    fields, more = one.get("properties", {}), other.get("properties", {})
    names = {*one.get("required", ()), *other.get("required", ())} & set(fields) & set(more)
    return any(apart(fields[name], more[name], followed, levels - 1) for name in names)


def _told(value: Any) -> str:
    return json.dumps(whole(value), sort_keys=True)
