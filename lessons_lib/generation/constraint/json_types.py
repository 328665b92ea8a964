"""Schemas that say what type a value has, and no more than what the keywords of that type say, as expressions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from lessons_lib import arguments
from lessons_lib.generation.constraint import json_text
from lessons_lib.generation.constraint.expression import NOTHING, Expression, either, optional, repeat, sequence, text
from lessons_lib.generation.constraint.json_formats import FORMATS
from lessons_lib.generation.constraint.json_kinds import listed, names_in
from lessons_lib.generation.constraint.json_meeting import BROKEN, OTHER, UNLIKE
from lessons_lib.generation.constraint.pattern import parse, whole
from lessons_lib.generation.constraint.work import WorkError

Schema = dict[str, Any]
Inner = Callable[[Any, str], Expression]
"""The expression of a schema inside, given it and its place."""

KEYWORDS = {
    "object": {"properties", "required", "additionalProperties", UNLIKE},
    "array": {"items", "prefixItems", "minItems", "maxItems", UNLIKE},
    "string": {"minLength", "maxLength", "format", "pattern", OTHER},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", BROKEN, UNLIKE},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", BROKEN, UNLIKE},
    "boolean": set(),
    "null": set(),
}
"""What can be said of a value of each type."""


def of_type(name: str, schema: Schema, place: str, inner: Inner) -> Expression:
    """The values of one type, given by its name, of which a schema's keywords hold.

    Raises:
        ValueError: for a keyword whose value cannot be used, with its place.
    """
    if UNLIKE in schema and UNLIKE in KEYWORDS[name]:
        raise ValueError(f"{place}: got values that must not be, {schema[UNLIKE]!r:.80}, allowed simpler ones")
    return _READ[name](schema, place, inner)


def _object(schema: Schema, place: str, inner: Inner) -> Expression:
    fields = schema.get("properties", {})
    if not isinstance(fields, dict):
        raise ValueError(f"{place}.properties: got {arguments.described(fields)}, allowed schemas by name")
    required = dict.fromkeys(names_in(schema, "required", place))
    others = schema.get("additionalProperties", True)
    fields = fields | {name: others for name in required if name not in fields}
    comma, ends = json_text.COMMA, text(b"}")
    more = inner(others, f"{place}.additionalProperties")
    name = NOTHING if more is NOTHING else json_text.name_other_than(fields)
    pair = sequence(name, json_text.COLON, more)
    behind = sequence(repeat(sequence(comma, pair)), ends)  # what may follow once something stands there
    ways = [sequence(pair, behind), ends]
    for name, field in reversed(fields.items()):
        value = inner(field, f"{place}.properties.{name:.40}")
        one = sequence(json_text.value(name), json_text.COLON, value)
        first = sequence(one, behind)
        if name in required:
            ways, behind = [first], sequence(comma, one, behind)
        else:
            ways, behind = [first, *ways], sequence(optional(sequence(comma, one)), behind)
    return sequence(text(b"{"), either(*ways))


def _array(schema: Schema, place: str, inner: Inner) -> Expression:
    least, most = _counts(schema, "Items", place)
    item = inner(schema.get("items", True), f"{place}.items")
    if most is not None and most < least:
        return NOTHING
    first = listed(schema, "prefixItems", place)[:most]
    if first:
        most = None if most is None else most - len(first)
        behind = repeat(sequence(json_text.COMMA, item), max(least - len(first), 0), most)
        for i in reversed(range(len(first))):
            one = inner(first[i], f"{place}.prefixItems[{i}]")
            behind = sequence(json_text.COMMA, one, behind) if i else sequence(one, behind)
            behind = behind if i < least else optional(behind)
        return sequence(text(b"["), behind, text(b"]"))
    more = repeat(sequence(json_text.COMMA, item), max(least - 1, 0), None if most is None else max(most - 1, 0))
    some = NOTHING if most == 0 else sequence(item, more)
    return sequence(text(b"["), some if least else optional(some), text(b"]"))


def _string(schema: Schema, place: str, inner: Inner) -> Expression:
    least, most = _counts(schema, "Length", place)
    said = [word for word in ("format", "pattern", OTHER) if word in schema]
    if not said:
        return NOTHING if most is not None and most < least else json_text.string(least, most)
    if len(said) > 1 or "minLength" in schema or "maxLength" in schema:
        one, *more = ["strings that must not be" if word == OTHER else repr(word) for word in said]
        raise ValueError(f"{place}: got {more[0] if more else 'a length'} beside {one}, allowed one of the two")
    if OTHER in schema:
        return json_text.name_other_than(schema[OTHER])
    if "pattern" in schema:
        try:
            return json_text.searched(parse(schema["pattern"], json_text.letter))
        except WorkError:
            raise
        except ValueError as error:
            raise ValueError(f"{place}.{error}") from None
    name = schema["format"]
    if not isinstance(name, str) or name not in FORMATS:
        raise ValueError(f"{place}.format: got {name!r:.80}, allowed {', '.join(FORMATS)}")
    return _of_format(name)


@cache
def _of_format(name: str) -> Expression:
    return json_text.quoted(whole(parse(FORMATS[name])))


def _integer(schema: Schema, place: str, inner: Inner) -> Expression:
    low, high, above, below = _bounds(schema, place)
    if BROKEN in schema:
        return NOTHING
    low = None if low is None else low + above
    high = None if high is None else high - below
    return json_text.whole_number(low, high)


def _number(schema: Schema, place: str, inner: Inner) -> Expression:
    return json_text.number(*_bounds(schema, place), broken=BROKEN in schema)


_READ: dict[str, Callable[[Schema, str, Inner], Expression]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": lambda *_: json_text.BOOLEAN,
    "null": lambda *_: json_text.NULL,
}


def _counts(schema: dict[str, Any], what: str, place: str) -> tuple[int, int | None]:
    least, most = (_whole(schema[word], f"{place}.{word}", 0) if word in schema else None
                   for word in (f"min{what}", f"max{what}"))  # fmt: skip
    return least or 0, most


def _bounds(schema: dict[str, Any], place: str) -> tuple[int | None, int | None, bool, bool]:
    """Lowest and highest number, and whether each is itself left out."""
    words = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
    low, above, high, below = (
        _whole(schema[word], f"{place}.{word}", -(10**9), 10**9) if word in schema else None for word in words
    )
    over = above is not None and (low is None or above >= low)
    under = below is not None and (high is None or below <= high)
    return above if over else low, below if under else high, over, under


def _whole(given: Any, place: str, least: int, most: int | None = None) -> int:
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    return arguments.whole(place, given, least, most)
