"""Schemas that hold at once, as alternatives of plain schemas: for `allOf`, for what stands beside `anyOf`, and `not`.

A value is valid for a schema if it is valid for one of its alternatives; what is not plain (`PARTS`) stands in none of
them. Two plain schemas meet in one: the higher of two minimums, the names of both. So expressions need no "and" and no
"not", and each of them still has a text.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from lessons_lib.generation.constraint.json_kinds import (
    ALONE,
    KINDS,
    MEET,
    NOTES,
    is_one_of,
    kind,
    listed,
    names_in,
    unlike,
)
from lessons_lib.generation.constraint.work import step

Schema = dict[Any, Any] | bool
PARTS = (*(word for word in ALONE if word not in ("const", "enum")), *MEET)
# Keywords that no schema can write:
OTHER = ("not", "enum")  # strings that are none of these
BROKEN = ("not", "integer")  # numbers that are not whole
UNLIKE = ("not", "const")  # other values than these, of which no expression is made
_MOST_NUMBERS = 20  # between which others are looked for
MOST = 20_000  # meetings of two schemas, in all: less than a second

_HIGHER, _LOWER = ("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")
_LEAST, _MOST = ("minLength", "minItems"), ("maxLength", "maxItems")
_BEYOND = {  # what a number is that keeps no bound
    "minimum": "exclusiveMaximum",
    "maximum": "exclusiveMinimum",
    "exclusiveMinimum": "maximum",
    "exclusiveMaximum": "minimum",
}


class Meeting:
    """Works out alternatives.

    Args:
        target: what a reference names, given it and its place; refuses circles.
        apart: whether it is plain that no value is valid for both of two schemas.
        allows: whether a plain schema allows a value.
    """

    def __init__(
        self,
        target: Callable[[Any, str], Any],
        apart: Callable[[Any, Any], bool],
        allows: Callable[[Any, Any, str], bool],
    ) -> None:
        self._target, self._apart, self._allows = target, apart, allows
        self._work = 0
        self._done: dict[tuple[int, int], tuple[Schema, Schema, Schema]] = {}  # by what met, which is kept with it
        self._later: dict[int, list[Schema]] = {}  # what meets in the schemas made here that are not plain

    def alternatives(self, schema: Any, place: str, base: list[Schema] | None = None) -> list[Schema]:
        """Of a schema, or of it and one of some plain ones at once."""
        self.worked(place)
        found = [True] if base is None else base
        if not isinstance(schema, dict):
            return self.product(found, [schema], place)
        if base is not None and "$id" in schema:
            raise ValueError(f"{place}: got the keyword '$id', allowed only at the top")
        plain = {word: given for word, given in schema.items() if word not in PARTS and word not in NOTES}
        for word in ("const", "enum"):  # values meet what stands beside them
            if word in plain and len(plain) > 1:
                found = self.product(found, [{word: plain.pop(word)}], place)
        found = self.product(found, [plain], place) if plain else found
        if "$ref" in schema:
            found = self.alternatives(self._target(schema["$ref"], f"{place}.$ref"), place, found)
        for i, part in enumerate(listed(schema, "allOf", place)):
            found = self.alternatives(part, f"{place}.allOf[{i}]", found)
        for word in ("dependentRequired", "dependentSchemas", "dependencies"):
            found = self.dependent(schema.get(word, {}), word, f"{place}.{word}", found)
        if "not" in schema:
            found = self.product(found, self.others(schema["not"], f"{place}.not"), place)
        if "anyOf" in schema:
            parts = enumerate(listed(schema, "anyOf", place))
            found = [one for i, part in parts for one in self.alternatives(part, f"{place}.anyOf[{i}]", found)]
        if "oneOf" in schema:
            found = self.exactly_one(listed(schema, "oneOf", place), f"{place}.oneOf", found)
        if "if" in schema:
            no = self.product(found, self.others(schema["if"], f"{place}.if"), place)
            yes = self.alternatives(schema["if"], f"{place}.if", found)
            found = self.alternatives(schema.get("then", True), f"{place}.then", yes)
            found += self.alternatives(schema.get("else", True), f"{place}.else", no)
        return found

    def dependent(self, needs: Any, word: str, place: str, base: list[Schema]) -> list[Schema]:
        """Alternatives in which what a name asks for holds, or the name is missing."""
        if not isinstance(needs, dict):
            raise ValueError(f"{place}: got {needs!r:.40}, allowed a dict by name")
        if not needs:
            return base
        apart = self.product(base, [{"type": _other_kinds(["object"])}], place)  # of these nothing is asked
        found = self.product(base, [{"type": "object"}], place)
        for name, need in needs.items():
            if word == "dependentRequired" or (word == "dependencies" and isinstance(need, list)):
                need = {"required": names_in(needs, name, place)}
            there = self.product(found, [_object(required=[name])], place)
            found = self.product(found, [_without(name)], place)
            found += self.alternatives(need, f"{place}.{name:.40}", there)
        return found + apart

    def exactly_one(self, parts: list[Any], place: str, base: list[Schema]) -> list[Schema]:
        """Alternatives in which one part holds and no other one does."""
        found = []
        for i, part in enumerate(parts):
            for one in self.alternatives(part, f"{place}[{i}]", base):
                left = [one]
                for j, other in enumerate(parts):
                    if i != j and not self._apart(one, other):
                        left = self.product(left, self.others(other, f"{place}[{j}]"), place)
                found += left
        return found

    def product(self, ones: list[Schema], others: list[Schema], place: str) -> list[Schema]:
        found = [self.both(one, other, place) for one in ones for other in others]
        return [one for one in found if one is not False]

    def both(self, one: Schema, other: Schema, place: str) -> Schema:
        """Two schemas as one: a plain one, where both are plain."""
        self.worked(place)
        for first, second in ((one, other), (other, one)):
            if first is True or first is second:
                return second
            if first is False:
                return False
        key = (id(one), id(other))
        if key not in self._done:
            if any(word in PARTS for schema in (one, other) if isinstance(schema, dict) for word in schema):
                parts = [part for schema in (one, other) for part in self._later.get(id(schema), [schema])]
                parts = list({id(part): part for part in parts}.values())
                together: Schema = {"allOf": parts}
                self._later[id(together)] = parts
            else:
                together = self.met(one, other, place)
            self._done[key] = (one, other, together)
        return self._done[key][2]

    def worked(self, place: str) -> None:
        step()
        self._work += 1
        if self._work > MOST:
            raise ValueError(f"{place}: got parts that meet in more than {MOST} ways, allowed fewer")

    def met(self, one: Any, other: Any, place: str) -> Schema:
        for schema in (one, other):
            if not isinstance(schema, dict):
                raise ValueError(f"{place}: got {schema!r:.40}, allowed a schema")
        for schema, beside in ((one, other), (other, one)):
            if "const" in schema or "enum" in schema:
                values = [schema["const"]] if "const" in schema else listed(schema, "enum", place)
                values = unlike(values, beside.get(UNLIKE, ()))
                asked = {word: given for word, given in beside.items() if word != UNLIKE}
                values = [value for value in values if self._allows(asked, value, place)]
                rest = {"type": schema["type"]} if "type" in schema else {}
                return {"enum": values, **rest} if values else False
        found = {**one, **{word: given for word, given in other.items() if word not in one}}
        for word in set(one) & set(other):
            ours, theirs = one[word], other[word]
            if word in (*_HIGHER, *_LEAST, *_LOWER, *_MOST):
                if any(kind(bound) != "number" for bound in (ours, theirs)):
                    raise ValueError(f"{place}.{word}: got {ours!r:.40} and {theirs!r:.40}, allowed numbers")
                found[word] = (max if word in (*_HIGHER, *_LEAST) else min)(ours, theirs)
            elif word == "type":
                found[word] = _types(ours, theirs)
                if not found[word]:
                    return False
            elif word == "required":
                found[word] = [*dict.fromkeys([*names_in(one, word, place), *names_in(other, word, place)])]
            elif word == "items":
                found[word] = self.both(ours, theirs, f"{place}.items")
            elif word in (OTHER, UNLIKE):
                found[word] = [*ours, *theirs]
            elif word not in ("properties", "additionalProperties", "prefixItems") and ours != theirs:
                raise ValueError(f"{place}: got two different {word!r} at once, allowed one")
        self.fields(one, other, found, place)
        self.places(one, other, found, place)
        return found

    def fields(self, one: dict, other: dict, found: dict, place: str) -> None:
        """The properties of both: a name of one alone is an additional one to the other."""
        ours, theirs = one.get("properties", {}), other.get("properties", {})
        if not isinstance(ours, dict) or not isinstance(theirs, dict):
            raise ValueError(f"{place}.properties: got {ours!r:.40} and {theirs!r:.40}, allowed a dict")
        more, others = one.get("additionalProperties", True), other.get("additionalProperties", True)
        if ours or theirs:
            found["properties"] = {
                name: self.both(ours.get(name, more), theirs.get(name, others), f"{place}.properties.{name:.40}")
                for name in (*ours, *(name for name in theirs if name not in ours))
            }
        together = self.both(more, others, f"{place}.additionalProperties")
        if together is not True:
            found["additionalProperties"] = together

    def places(self, one: dict, other: dict, found: dict, place: str) -> None:
        """The first items of both: one behind those of the one schema is one of its `items`."""
        ours, theirs = (listed(schema, "prefixItems", place) for schema in (one, other))
        longest = max(len(ours), len(theirs))
        if longest:
            ours = [*ours, *[one.get("items", True)] * (longest - len(ours))]
            theirs = [*theirs, *[other.get("items", True)] * (longest - len(theirs))]
            found["prefixItems"] = [self.both(*pair, f"{place}.prefixItems") for pair in zip(ours, theirs, strict=True)]

    def others(self, schema: Any, place: str) -> list[Schema]:
        """Alternatives of the values that are not valid for a schema; some may be left out, none is added."""
        if isinstance(schema, bool):
            return [not schema] * (not schema)
        if not isinstance(schema, dict):
            raise ValueError(f"{place}: got {schema!r:.40}, allowed a schema")
        if "$id" in schema:
            raise ValueError(f"{place}: got the keyword '$id', allowed only at the top")
        found: list[Schema] = []
        for word, given in schema.items():
            if word == "not":
                found += self.alternatives(given, f"{place}.not")
            elif word == "$ref":
                found += self.others(self._target(given, f"{place}.$ref"), place)
            elif word == "allOf":
                found += [one for part in listed(schema, word, place) for one in self.others(part, place)]
            elif word == "anyOf":
                none: list[Schema] = [True]
                for part in listed(schema, word, place):
                    none = self.product(none, self.others(part, place), place)
                found += none
            elif word == "required":
                found += [_without(name) for name in names_in(schema, word, place)]
            elif word == "dependentRequired" and isinstance(given, dict):
                for name in given:
                    found += [_without(other) | {"required": [name]} for other in names_in(given, name, place)]
            elif word == "properties" and isinstance(given, dict):
                for name, inner in given.items():
                    if inner is not True and inner != {}:
                        fields = {name: {"not": inner}}
                        found.append(_object(properties=fields, required=[name]))
            elif word == "type":
                types = given if isinstance(given, list) else [given]
                if any(name not in (*KINDS, "integer") for name in types):
                    raise ValueError(f"{place}.type: got {given!r:.80}, allowed types")
                found.append({"type": _other_kinds(types)})
                if "integer" in types and "number" not in types:
                    found.append({"type": "number", BROKEN: True})
            elif word in ("const", "enum"):
                found += _other_values([given] if word == "const" else listed(schema, word, place))
            elif word in _BEYOND:
                found.append({"type": "number", _BEYOND[word]: given})
            elif word in (*_LEAST, *_MOST) and isinstance(given, int):
                what, name = ("string", "Length") if "Length" in word else ("array", "Items")
                if word in _MOST or given:
                    found.append(
                        {"type": what, **({f"min{name}": given + 1} if word in _MOST else {f"max{name}": given - 1})}
                    )
            elif word not in NOTES:
                raise ValueError(f"{place}: got the keyword {word!r:.80} in what must not hold, allowed simpler ones")
        return found


def _object(**words: Any) -> dict[str, Any]:
    return {"type": "object", **words}


def _without(name: str) -> dict[str, Any]:
    return _object(properties={name: False})


def _types(one: Any, other: Any) -> list[str]:
    ours, theirs = (given if isinstance(given, list) else [given] for given in (one, other))
    both = [name for name in ours if name in theirs or (name == "integer" and "number" in theirs)]
    return both + [name for name in theirs if name == "integer" and "number" in ours and name not in both]


def _other_kinds(types: list[str]) -> list[str]:
    """All kinds of which no value is of one of these types; a number may be an "integer"."""
    taken = {"number" if name == "integer" else name for name in types}
    return [name for name in KINDS if name not in taken]


def _other_values(values: list[Any]) -> list[Schema]:
    found: list[Schema] = [{"type": _other_kinds([kind(value) for value in values])}]
    texts = [value for value in values if isinstance(value, str)]
    if texts:
        found.append({"type": "string", OTHER: texts})
    numbers = sorted({value for value in values if kind(value) == "number"})
    if len(numbers) > _MOST_NUMBERS or not all(is_one_of(value, ["integer"]) for value in numbers):
        found.append({"type": "number", UNLIKE: numbers})
    elif numbers:
        ends = [({"exclusiveMinimum": low}, {"exclusiveMaximum": high}) for low, high in pairwise(numbers)]
        ends = [({}, {"exclusiveMaximum": numbers[0]}), *ends, ({"exclusiveMinimum": numbers[-1]}, {})]
        found += [{"type": "number", **low, **high} for low, high in ends]
    if any(isinstance(value, bool) for value in values):
        left = [value for value in (True, False) if not any(value is one for one in values)]
        found += [{"enum": left}] * bool(left)
    for name in ("array", "object"):
        same = [value for value in values if kind(value) == name]
        found += [{"type": name, UNLIKE: same}] * bool(same)
    return found
