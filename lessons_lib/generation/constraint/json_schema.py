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
from lessons_lib.generation.constraint.expression import NOTHING, Expression, either
from lessons_lib.generation.constraint.json_kinds import ALONE, KINDS, MEET, NOTES, apart, is_one_of, listed, whole
from lessons_lib.generation.constraint.json_meeting import Meeting
from lessons_lib.generation.constraint.json_references import References
from lessons_lib.generation.constraint.json_types import KEYWORDS, of_type
from lessons_lib.generation.constraint.work import counted, step

LONGEST = 50_000  # characters of a schema
DEEPEST = 40  # schemas in schemas
RECURSION = 4  # times that a schema may stand inside itself
FREE = 2  # levels of lists and objects of which nothing is said

_TYPED = frozenset().union(*KEYWORDS.values())
_KNOWN = NOTES.union(ALONE, MEET, ["type"], _TYPED)


def json_schema(schema: dict[str, Any] | bool) -> Constraint:
    """JSON values that are valid for a schema.

    Properties come in the order in which the schema names them, others behind them. Behind a comma or a colon one space
    may stand. Where no type is said, a value may be of any type, and each keyword speaks of values of its own type
    alone: so say `type`, and `additionalProperties: false` where no other names may come.

    Args:
        schema: as in JSON Schema 2020-12. Understood are
            `type` (one or several); `enum`, `const`;
            `properties`, `required`, `additionalProperties`;
            `items`, `prefixItems`, `minItems`, `maxItems`;
            `minLength`, `maxLength`, or `format` (date, time, date-time, email, hostname, ipv4, uri, uuid, each in its
            common forms), or `pattern`: what `regex` reads, found anywhere in the string, with `.` and `\\S` as in
            ECMA 262;
            `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`: whole numbers up to a billion;
            `anyOf`, `allOf`; `oneOf`, `not`, `if` with `then` and `else`, where it is plain what else a value may be
            (not `format`, `items` and `pattern`, for example); `dependentRequired`, `dependentSchemas`, and their older
            form `dependencies`: alone or beside others, where they meet in at most 20,000 ways;
            `$ref` into the schema itself (`#/$defs/...`), alone also in circles: a schema then stands inside itself up
            to 4 times;
            and notes: `title`, `description`, `default`, `examples` and their like.
            At most 50,000 characters, and 40 levels.

            A value has one of its texts, and not each of them: its names in one order, an integer and the constant `1`
            not as `1.0`. Valid values that have no text here: lists and objects more than 2 levels deep, where nothing
            is said of them; strings that are not of the common forms of their `format`; numbers of more than 15 digits
            or more than 6 behind the point, and with a bound also those too small or large to be written without an
            exponent.

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
        with counted():
            return Constraint(_Reader(json.loads(written)).read(), "schema")
    except RecursionError:
        raise ValueError(f"schema: got schemas more than {DEEPEST} levels deep, allowed so many") from None


class _Reader:
    def __init__(self, root: Any) -> None:
        self.root = root
        self.references = References(root)
        self.known: dict[tuple[int, int, int], Expression] = {}  # by schema, levels and recursion that are left
        self.kept: list[Any] = []  # schemas that were made on the way, so that what is known of them stays theirs
        self.meeting = Meeting(self.references.not_circular, self.apart, self.holds)

    def read(self) -> Expression:
        return self.any(self.root, "schema", DEEPEST, RECURSION)

    def any(self, schema: Any, place: str, levels: int, recursion: int) -> Expression:
        """The expression of a schema, which is worked out once."""
        step()
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
        if "json-schema.org/" not in str(schema.get("$schema", "json-schema.org/")):  # its words mean something else
            raise ValueError(f"{place}.$schema: got {schema['$schema']!r:.80}, allowed one of json-schema.org")
        alone = next((keyword for keyword in ALONE if keyword in schema), None)
        if alone and not set(schema) - NOTES - {alone} - ({"type"} if alone in ("enum", "const") else set()):
            return self.combined(alone, schema, place, levels, recursion)
        if alone or any(keyword in schema for keyword in MEET):
            return self.met(schema, place, levels, recursion)
        types = self.types(schema, place)
        if types is None:
            if _TYPED.isdisjoint(schema):
                return json_text.anything(FREE)
            types = list(KINDS)

        def inner(part: Any, inside: str) -> Expression:
            return self.any(part, inside, levels - 1, recursion)

        return either(*(of_type(name, schema, place, inner) for name in types))

    def types(self, schema: dict[str, Any], place: str) -> list[str] | None:
        if "type" not in schema:
            return None
        given = schema["type"]
        types = given if isinstance(given, list) else [given]
        for name in types:
            if not isinstance(name, str) or name not in KEYWORDS:
                raise ValueError(f"{place}.type: got {name!r:.80}, allowed {', '.join(KEYWORDS)}")
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
        one_at_most = keyword != "oneOf" or all(self.apart(*pair) for pair in combinations(parts, 2))
        if not one_at_most or (keyword == "allOf" and len(parts) > 1):
            return self.met(schema, place, levels, recursion)
        return either(*(self.any(part, f"{inside}[{i}]", levels - 1, recursion) for i, part in enumerate(parts)))

    def met(self, schema: dict[str, Any], place: str, levels: int, recursion: int) -> Expression:
        """A schema that says several things at once, by its alternatives."""
        parts = self.meeting.alternatives(schema, place)
        self.kept += parts
        return either(*(self.any(part, place, levels - 1, recursion) for part in parts))

    def apart(self, one: Any, other: Any) -> bool:
        return apart(one, other, self.references.followed)

    def holds(self, schema: Any, value: Any, place: str) -> bool:
        """Whether a plain schema allows a value."""
        written = json.dumps(whole(value), ensure_ascii=False).encode("utf-8", "surrogatepass")
        self.kept.append(schema)
        return matches(self.any(schema, place, DEEPEST, RECURSION), written)

    def referred(self, pointer: Any, place: str, levels: int, recursion: int) -> Expression:
        target = self.references.target(pointer, place)
        if not self.references.stands_inside_itself(target, place):
            return self.any(target, place, levels - 1, recursion)
        return self.any(target, place, levels - 1, recursion - 1) if recursion else NOTHING
