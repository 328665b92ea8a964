"""Schemas that want to cost more than they should, and what reading each of them costs in a process of its own."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from lessons_lib.generation import json_schema
from lessons_lib.generation.constraint.json_formats import FORMATS
from lessons_lib.tokenizer import ByteLevel, Tokenizer

SECONDS = 1.0
TRIES = 4  # a busy machine can slow one measurement down, not four


def circle():
    schema = {}
    schema["properties"] = {"a": schema}
    return schema


def deep():
    schema = {}
    for _ in range(900):
        schema = {"items": schema}
    return schema


def doubling():
    parts = {f"a{n}": {"properties": {key: {"$ref": f"#/$defs/a{n + 1}"} for key in "xy"}} for n in range(18)}
    return {"$ref": "#/$defs/a0", "$defs": parts | {"a18": {"type": "null"}}}


def many_references():
    parts = {f"a{n}": {"anyOf": [{"$ref": f"#/$defs/a{m}"} for m in range(n % 7, 190, 17)]} for n in range(190)}
    return {"$ref": "#/$defs/a0", "$defs": parts}


def cycle():
    parts = {f"a{n}": {"$ref": f"#/$defs/a{(n + 1) % 150}"} for n in range(150)}
    return {"$ref": "#/$defs/a0", "$defs": parts}


def doubling_meetings():
    """Each of two schemas meets the other in both of its properties, 18 levels deep."""

    def one(n, key):
        inner = {name: {"$ref": f"#/$defs/{key}{n + 1}"} for name in "xy"}
        return {"properties": inner, "type": "object"}

    parts = {f"{key}{n}": {"allOf": [one(n, "a"), one(n, "b")]} for n in range(18) for key in "ab"}
    return {"$ref": "#/$defs/a0", "$defs": parts | {"a18": {"type": "null"}, "b18": {"type": "null"}}}


def nested(word):
    schema = {"type": "string"}
    for _ in range(900):
        schema = {word: [schema, {}] if word == "allOf" else schema}
    return schema


def conditions():
    """Of each of 40 names another one depends, and one condition stands in the other."""
    schema = {}
    for n in range(40):
        schema = {"if": {"required": [f"a{n}"]}, "then": schema, "else": {"required": [f"b{n}"]}}
    return schema | {"dependentSchemas": {f"a{n}": {"required": [f"b{n}"]} for n in range(40)}}


def many_to_one():
    """Each of 1,000 references leads to what is long to read."""
    parts = {"a": {"properties": {f"a{n}": {"type": "null"} for n in range(600)}}}
    return {"allOf": [{"$ref": "#/$defs/a"}] * 1000, "$defs": parts}


BOMBS = {
    "oneOf of constants": lambda: {"oneOf": [{"const": n} for n in range(2500)]},
    "many to one": many_to_one,
    "bounds": lambda: {"anyOf": [{"minimum": 98765 * n} for n in range(1500)]},
    "sets": lambda: {"pattern": "".join(f"[^{chr(300 + n)}a-{chr(100 + n)}]" for n in range(1400))},
    "many sets": lambda: {"anyOf": [BOMBS["sets"]() | {"description": str(n)} for n in range(3)]},
    "values": lambda: {"enum": [f"{n:x}" for n in range(5000)], "pattern": "(a|b)*a" + "(a|b)" * 200},
    "other values": lambda: {"type": "string", "not": {"enum": [f"{n:x}" for n in range(4000)]}},
    "formats": lambda: {"anyOf": [{"format": name} for name in FORMATS] * 200},
    "names in circles": lambda: {
        "properties": {f"a{n}": {"$ref": f"#/properties/a{(7 * n + 1) % 60}"} for n in range(60)}
        | {f"b{n}": {"properties": {f"a{m}": {"$ref": "#"} for m in range(30)}} for n in range(30)},
    },
    "conditions": conditions,
    "nested if": lambda: nested("if"),
    "dependencies": lambda: {"dependencies": {f"a{n}": {"minimum": n} for n in range(900)}},
    "nested allOf": lambda: nested("allOf"),
    "nested not": lambda: nested("not"),
    "deep meeting": lambda: {"allOf": [deep(), deep()]},
    "wide meeting": lambda: {
        "anyOf": [{"required": [f"a{n}"]} for n in range(900)],
        "properties": {f"a{n}": {} for n in range(900)},
    },
    "circle": circle,
    "deep": deep,
    "doubling": doubling,
    "many references": many_references,
    "tree": lambda: {"properties": {name: {"$ref": "#"} for name in "abcdefghijklmnop"}},
    "maxLength": lambda: {"type": "string", "minLength": 10**8, "maxLength": 10**9},
    "maxItems": lambda: {"type": "array", "items": {"type": "array", "maxItems": 10**9}, "maxItems": 10**9},
    "anyOf": lambda: {"anyOf": [{"properties": {f"a{n}": {"type": "integer"}}} for n in range(800)]},
    "anyOf of 2,500": lambda: {"anyOf": [{"const": n} for n in range(2500)]},
    "too long": lambda: {"anyOf": [{"const": n} for n in range(10**4)]},
    "oneOf": lambda: {"type": "object", "oneOf": [{"required": [f"a{n}", f"b{n}"]} for n in range(500)]},
    "not": lambda: {"not": {"anyOf": [{"required": [f"a{n}", f"b{n}"]} for n in range(500)]}},
    "dependentRequired": lambda: {"dependentRequired": {f"a{n}": ["b"] for n in range(500)}},
    "cycle": cycle,
    "doubling meetings": doubling_meetings,
    "pattern": lambda: {"pattern": "((a{0,99}b?){0,99}c?){0,99}d"},
    "long pattern": lambda: {"pattern": "(a|b)*a" + "(a|b)" * 1900},
    "patterns": lambda: {"properties": {f"a{n}": {"pattern": "(.{0,999}x){0,999}y"} for n in range(400)}},
    "enum": lambda: {"enum": [f"{n:x}" * 3 for n in range(3000)]},
    "properties": lambda: {"properties": {f"a{n}": {} for n in range(3500)}},
    "large": lambda: {"enum": ["a" * 10**6]},
    "number": lambda: {"const": 10**5000},
}


def spent(name: str) -> dict[str, float | str]:
    """Seconds of the processor that the longest step takes: reading the schema, its masks, and each mask of a text that
    begins like an object. With the words of the error, if one ended it."""
    schema, longest, words = BOMBS[name](), 0.0, ""

    def timed(work: Callable[..., Any], *given: Any) -> Any:
        nonlocal longest
        start = time.process_time()
        try:
            return work(*given)
        finally:
            longest = max(longest, time.process_time() - start)

    try:
        constraint = timed(json_schema, schema)
        timed(constraint.allows, '{"a')
        masks, state = timed(constraint.masks, BYTES, frozenset([256]), 257), 0
        for value in b'{"a1":':
            if not timed(masks.mask, state)[value]:
                break
            state = masks.after(state, value)
    except ValueError as error:
        words = str(error)
    return {"seconds": longest, "words": words}


BYTES = Tokenizer(
    ByteLevel([bytes([value]) for value in range(256)], [], split="gpt2"),
    special_tokens={"<|end|>": 256},
    eos_token_ids=[256],
)

if __name__ == "__main__":
    spent("number")  # tables that all share, and what is compiled once
    spent("doubling")
    found = {}
    for name in BOMBS:
        for _ in range(TRIES):
            found[name] = spent(name)
            if found[name]["seconds"] < SECONDS:
                break
    json.dump(found, sys.stdout)
