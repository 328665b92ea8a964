"""JSON Schema: the description of a value becomes the expression of all its texts, as far as it is understood.

What is not understood is refused by name, never left out: a keyword that is ignored would be a promise broken in
silence. What is understood may be kept more strictly than the schema asks, so that each text is valid; it is never
kept less strictly.
"""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

from lessons_lib import arguments
from lessons_lib.generation.constraint import json_text
from lessons_lib.generation.constraint.constraint import Constraint
from lessons_lib.generation.constraint.derivative import matches
from lessons_lib.generation.constraint.expression import NOTHING, Expression, either, optional, repeat, sequence, text
from lessons_lib.generation.constraint.json_formats import FORMATS
from lessons_lib.generation.constraint.json_kinds import ALONE, NOTES, is_one_of, kinds_of, listed, names_in, values_of
from lessons_lib.generation.constraint.json_meeting import OTHER, Meeting
from lessons_lib.generation.constraint.pattern import parse, whole

LONGEST = 50_000  # characters of a schema
DEEPEST = 40  # schemas in schemas
MOST_REFERENCES = 200  # different ones
RECURSION = 4  # times that a schema may stand inside itself
FREE = 2  # levels of lists and objects of which nothing is said

_OF_TYPE = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "prefixItems", "minItems", "maxItems"},
    "string": {"minLength", "maxLength", "format", "pattern", OTHER},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"},
    "boolean": set(),
    "null": set(),
}
_KNOWN = NOTES.union(ALONE, ["type"], *_OF_TYPE.values())


def json_schema(schema: dict[str, Any] | bool) -> Constraint:
    """JSON values that are valid for a schema.

    Properties come in the order in which the schema names them. Behind a comma or a colon one space may stand.

    Args:
        schema: as in JSON Schema 2020-12. Understood are
            `type` (one or several); `enum`, `const`;
            `properties`, `required`, `additionalProperties`: where properties are named, others come only if this is
            given; their names have no escapes;
            `items`, `prefixItems`, `minItems`, `maxItems`;
            `minLength`, `maxLength`, or `format` (date, time, date-time, email, hostname, ipv4, uri, uuid, each in its
            common forms), or `pattern`: what `regex` reads, found anywhere in the string, with `.` and `\\S` as in
            ECMA 262;
            `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`: whole numbers up to a billion;
            `anyOf`, `allOf`; `oneOf`, `not` where it is plain what else a value may be (not `format`, `items` and
            `pattern`, for example); `dependentRequired`: alone or beside others, where they meet in at most 20,000
            ways;
            `$ref` into the schema itself (`#/$defs/...`), alone also in circles: a schema then stands inside itself up
            to 4 times;
            and notes: `title`, `description`, `default`, `examples` and their like.
            Where no type is said, it is told by the other keywords; where those are missing, any value is allowed, with
            lists and objects 2 levels deep. At most 50,000 characters, and 40 levels.

    Returns:
        A `Constraint`.

    Raises:
        ValueError: for any other keyword, naming it and its place, and for a schema that no value fulfils.

    Example:
        >>> person = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
        >>> [json_schema(person).allows(text) for text in ('{"age": 36}', '{"age": "old"}', "{}")]
        [True, False, False]

    Source: https://json-schema.org/draft/2020-12/json-schema-validation.
    """
    try:
        written = json.dumps(schema, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        got = f"a {type(schema).__name__} ({error})"
        raise ValueError(f"schema: got {got:.200}, allowed what JSON can write, without circles") from None
    if len(written) > LONGEST:
        raise ValueError(f"schema: got {len(written)} characters, allowed {LONGEST}")
    try:
        return Constraint(_Reader(json.loads(written)).read(), "schema")
    except RecursionError:
        raise ValueError(f"schema: got schemas more than {DEEPEST} levels deep, allowed so many") from None


class _Reader:
    def __init__(self, root: Any) -> None:
        self.root = root
        self.reached: dict[int, set[int]] = {}  # what a schema refers to, on the way down
        self.known: dict[tuple[int, int, int], Expression] = {}  # by schema, levels and recursion that are left
        self.kept: list[Any] = []  # schemas that were made on the way, so that what is known of them stays theirs
        self.meeting = Meeting(self.not_circular, lambda one, other: self.apart(one, other, 4), self.holds)

    def read(self) -> Expression:
        return self.any(self.root, "schema", DEEPEST, RECURSION)

    def any(self, schema: Any, place: str, levels: int, recursion: int) -> Expression:
        """The expression of a schema, which is worked out once."""
        key = (id(schema), levels, recursion)
        if key not in self.known:
            self.known[key] = self.worked_out(schema, place, levels, recursion)
        return self.known[key]

    def worked_out(self, schema: Any, place: str, levels: int, recursion: int) -> Expression:
        if isinstance(schema, bool):
            return json_text.anything(FREE) if schema else NOTHING
        if not isinstance(schema, dict):
            raise ValueError(f"{place}: got {arguments.described(schema)}, allowed a schema")
        if not levels:
            raise ValueError(f"{place}: got schemas more than {DEEPEST} levels deep, allowed so many")
        for keyword in schema:
            if keyword not in _KNOWN or (keyword == "$id" and schema is not self.root):
                raise ValueError(f"{place}: got the keyword {keyword!r:.80}, allowed those that json_schema lists")
        alone = next((keyword for keyword in ALONE if keyword in schema), None)
        if alone:
            beside = set(schema) - NOTES - {alone} - ({"type"} if alone in ("enum", "const") else set())
            if not beside and alone not in ("not", "dependentRequired"):
                return self.combined(alone, schema, place, levels, recursion)
            return self.met(schema, place, levels, recursion)
        types = self.types(schema, place)
        if types is None:
            types = [name for name, words in _OF_TYPE.items() if words & set(schema)]
            if not types:
                return json_text.anything(FREE)
        parts = {
            "object": self.object,
            "array": self.array,
            "string": self.string,
            "integer": self.integer,
            "number": self.number,
            "boolean": lambda *_: json_text.BOOLEAN,
            "null": lambda *_: json_text.NULL,
        }
        return either(*(parts[name](schema, place, levels, recursion) for name in types))

    def types(self, schema: dict[str, Any], place: str) -> list[str] | None:
        if "type" not in schema:
            return None
        given = schema["type"]
        types = given if isinstance(given, list) else [given]
        for name in types:
            if not isinstance(name, str) or name not in _OF_TYPE:
                raise ValueError(f"{place}.type: got {name!r:.80}, allowed {', '.join(_OF_TYPE)}")
        return types

    def combined(self, keyword: str, schema: dict[str, Any], place: str, levels: int, recursion: int) -> Expression:
        given, inside = schema[keyword], f"{place}.{keyword}"
        if keyword == "$ref":
            return self.referred(given, inside, levels, recursion)
        if keyword in ("enum", "const"):
            values = [given] if keyword == "const" else listed(schema, keyword, place, least=1)
            types = self.types(schema, inside)
            return either(*(json_text.value(one) for one in values if types is None or is_one_of(one, types)))
        parts = listed(schema, keyword, place, least=1)
        apart = keyword != "oneOf" or all(self.apart(one, other, 4) for one, other in combinations(parts, 2))
        if not apart or (keyword == "allOf" and len(parts) > 1):
            return self.met(schema, place, levels, recursion)
        return either(*(self.any(part, f"{inside}[{i}]", levels - 1, recursion) for i, part in enumerate(parts)))

    def met(self, schema: dict[str, Any], place: str, levels: int, recursion: int) -> Expression:
        """A schema that says several things at once, by its alternatives."""
        parts = self.meeting.alternatives(schema, place)
        self.kept += parts
        return either(*(self.any(part, place, levels - 1, recursion) for part in parts))

    def holds(self, schema: Any, value: Any, place: str) -> bool:
        """Whether a plain schema allows a value."""
        written = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
        self.kept.append(schema)
        return matches(self.any(schema, place, DEEPEST, RECURSION), written)

    def not_circular(self, pointer: Any, place: str) -> Any:
        target = self.target(pointer, place)
        if id(target) in self.within(target):
            raise ValueError(f"{place}: got {pointer!r:.80}, a circle, beside other keywords, allowed notes beside it")
        return target

    def target(self, pointer: Any, place: str) -> Any:
        """What a reference names."""
        if not isinstance(pointer, str) or not (pointer == "#" or pointer.startswith("#/")):
            raise ValueError(f"{place}: got {pointer!r:.80}, allowed one into the schema itself, such as '#/$defs/a'")
        found = self.root
        for step in pointer.split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and step in found:
                found = found[step]
            elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            else:
                raise ValueError(f"{place}: got {pointer!r:.80}, which names nothing")
        return found

    def referred(self, pointer: Any, place: str, levels: int, recursion: int) -> Expression:
        target = self.target(pointer, place)
        if id(target) not in self.reached:
            if len(self.reached) == MOST_REFERENCES:
                raise ValueError(f"{place}: got more than {MOST_REFERENCES} different references, allowed so many")
            self.reached[id(target)] = self.within(target)
        if id(target) not in self.reached[id(target)]:
            return self.any(target, place, levels - 1, recursion)
        return self.any(target, place, levels - 1, recursion - 1) if recursion else NOTHING

    def within(self, schema: Any) -> set[int]:
        """All that a schema refers to, and what that refers to."""
        found: set[int] = set()
        todo = [schema]
        while todo:
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

    def object(self, schema: dict[str, Any], place: str, levels: int, recursion: int) -> Expression:
        fields = schema.get("properties", {})
        if not isinstance(fields, dict):
            raise ValueError(f"{place}.properties: got {arguments.described(fields)}, allowed schemas by name")
        required = dict.fromkeys(names_in(schema, "required", place))
        others = schema.get("additionalProperties", not fields)
        fields = fields | {name: schema.get("additionalProperties", True) for name in required if name not in fields}
        comma, ends = json_text.COMMA, text(b"}")
        more = self.any(others, f"{place}.additionalProperties", levels - 1, recursion)
        name = NOTHING if more is NOTHING else json_text.name_other_than(fields)
        pair = sequence(name, json_text.COLON, more)
        behind = sequence(repeat(sequence(comma, pair)), ends)  # what may follow once something stands there
        ways = [sequence(pair, behind), ends]
        for name, inner in reversed(fields.items()):
            inner = self.any(inner, f"{place}.properties.{name:.40}", levels - 1, recursion)
            one = sequence(json_text.value(name), json_text.COLON, inner)
            first = sequence(one, behind)
            if name in required:
                ways, behind = [first], sequence(comma, one, behind)
            else:
                ways, behind = [first, *ways], sequence(optional(sequence(comma, one)), behind)
        return sequence(text(b"{"), either(*ways))

    def array(self, schema: dict[str, Any], place: str, levels: int, recursion: int) -> Expression:
        least, most = _counts(schema, "Items", place)
        item = self.any(schema.get("items", True), f"{place}.items", levels - 1, recursion)
        if most is not None and most < least:
            return NOTHING
        first = listed(schema, "prefixItems", place)[:most]
        if first:
            most = None if most is None else most - len(first)
            behind = repeat(sequence(json_text.COMMA, item), max(least - len(first), 0), most)
            for i in reversed(range(len(first))):
                one = self.any(first[i], f"{place}.prefixItems[{i}]", levels - 1, recursion)
                behind = sequence(json_text.COMMA, one, behind) if i else sequence(one, behind)
                behind = behind if i < least else optional(behind)
            return sequence(text(b"["), behind, text(b"]"))
        more = repeat(sequence(json_text.COMMA, item), max(least - 1, 0), None if most is None else max(most - 1, 0))
        some = NOTHING if most == 0 else sequence(item, more)
        return sequence(text(b"["), some if least else optional(some), text(b"]"))

    def string(self, schema: dict[str, Any], place: str, levels: int, recursion: int) -> Expression:
        least, most = _counts(schema, "Length", place)
        said = [word for word in ("format", "pattern", OTHER) if word in schema]
        if not said:
            return NOTHING if most is not None and most < least else json_text.string(least, most)
        if len(said) > 1 or "minLength" in schema or "maxLength" in schema:
            beside = f"{said[1]!r}" if len(said) > 1 else "a length"
            raise ValueError(f"{place}: got {beside} beside {said[0]!r}, allowed one of the two")
        if OTHER in schema:
            return json_text.name_other_than(schema[OTHER])
        if "pattern" in schema:
            try:
                return json_text.searched(parse(schema["pattern"], json_text.letter))
            except ValueError as error:
                raise ValueError(f"{place}.{error}") from None
        name = schema["format"]
        if not isinstance(name, str) or name not in FORMATS:
            raise ValueError(f"{place}.format: got {name!r:.80}, allowed {', '.join(FORMATS)}")
        return json_text.quoted(whole(parse(FORMATS[name])))

    def integer(self, schema: dict[str, Any], place: str, levels: int, recursion: int) -> Expression:
        low, high, above, below = _bounds(schema, place)
        low = None if low is None else low + above
        high = None if high is None else high - below
        return json_text.whole_number(low, high)

    def number(self, schema: dict[str, Any], place: str, levels: int, recursion: int) -> Expression:
        return json_text.number(*_bounds(schema, place))

    def apart(self, one: Any, other: Any, levels: int) -> bool:
        """Whether it is plain that no value is valid for both."""
        one, other = self.plain(one), self.plain(other)
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
        return any(self.apart(fields[name], more[name], levels - 1) for name in names)

    def plain(self, schema: Any) -> dict[str, Any] | None:
        for _ in range(8):
            if not isinstance(schema, dict):
                return None
            if "$ref" not in schema:
                return schema
            schema = self.target(schema["$ref"], "schema")
        return None


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
