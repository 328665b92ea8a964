"""Schemas beside the validator `jsonschema`: what we write is valid, and nothing invalid may be written."""

import json
import math
import random
import subprocess
import sys
import tracemalloc
from contextlib import suppress

import pytest
import torch
from generation.constraint import bombs
from jsonschema import Draft7Validator, Draft202012Validator
from models import random_model

from lessons_lib.generation import ConstraintError, Request, Sampler, generate_batch, json_schema
from lessons_lib.generation.constraint import json_text
from lessons_lib.generation.constraint.derivative import matches
from lessons_lib.generation.constraint.json_formats import FORMATS
from lessons_lib.tokenizer import ByteLevel, Tokenizer

NAMES = ["name", "age", "é", "a b", 'q"', "n\n", "tags", "日本", "x"]
SCALARS = [0, -3, 2.5, 1e-7, True, False, None, "a", "", "é\n", 'q"\\', 12]


def random_schema(rng, levels=3):
    """A schema out of all that is understood; strings and lists stay short, so that a random model comes to an end."""
    kinds = ["string", "integer", "number", "boolean", "null", "enum", "const", "format", "types", "pattern"]
    kind = rng.choice(kinds + ["object", "array", "anyOf", "oneOf", "allOf", "prefix", "meeting"] * 2 * (levels > 0))
    less = levels - 1
    if kind == "meeting":
        return random_meeting(rng)
    if kind == "pattern":
        return {"type": "string", "pattern": rng.choice(["^[a-c]{1,3}$", "^(é|x)*y$", r'^"?\\\d\n$', "^$|^[^a]b.$"])}
    if kind == "prefix":
        first = [random_schema(rng, less) for _ in range(rng.randint(1, 2))]
        return {"type": "array", "prefixItems": first, "items": rng.choice([False, random_schema(rng, 0)]),
                "minItems": rng.randint(0, len(first)), "maxItems": 3}  # fmt: skip
    if kind == "object":
        names = rng.sample(NAMES, rng.randint(0, 4))
        schema = {"type": "object", "properties": {name: random_schema(rng, less) for name in names}}
        schema["required"] = rng.sample(names, rng.randint(0, len(names)))
        if rng.random() < 0.4:
            schema["additionalProperties"] = rng.choice([False, random_schema(rng, 0)])
        return schema
    if kind == "array":
        return {"type": "array", "items": random_schema(rng, less), "minItems": rng.randint(0, 2), "maxItems": 3}
    if kind in ("anyOf", "allOf"):
        return {kind: [random_schema(rng, less) for _ in range(rng.randint(1, 3) if kind == "anyOf" else 1)]}
    if kind == "oneOf":
        parts = [{"type": "string", "maxLength": 3}, random_number(rng), {"enum": [None, True]}]
        return {"oneOf": rng.sample(parts, 2), "title": "told apart"}
    if kind == "enum":
        return {"enum": [*rng.sample(SCALARS, 3), [1, "b"], {"c": [None]}]}
    if kind == "const":
        return {"const": rng.choice(SCALARS)}
    if kind == "format":
        return {"type": "string", "format": rng.choice([*FORMATS])}
    if kind == "types":
        return {"type": ["integer", "null", "boolean"], "maximum": 5}
    if kind == "string":
        least = rng.randint(0, 3)
        return {"type": "string", "minLength": least, "maxLength": least + rng.randint(0, 4)}
    return random_number(rng, kind) if kind in ("integer", "number") else {"type": kind}


def random_meeting(rng):
    """A schema that says several things at once."""
    a, b, c = names = rng.sample(NAMES, 3)
    fields = {"type": "object", "properties": {name: random_schema(rng, 0) for name in names}}
    low = rng.randint(-20, 20)
    several = [{"type": ["integer", "string"]}, {"type": ["integer", "null"], "minimum": low}, {"maximum": low + 9}]
    return rng.choice([
        fields | {"oneOf": [{"required": [a]}, {"required": [b, c]}]},
        fields | {"anyOf": [{"required": [a]}, {"required": [b], "properties": {"x": {"type": "null"}}}]},
        fields | {"dependentRequired": {a: [b], b: [c]}},
        fields | {"not": {"required": [a, b]}},
        fields | {"if": {"required": [a]}, "then": {"required": [b]}, "else": {"required": [c]}},
        fields | {"dependentSchemas": {a: {"required": [b], "properties": {c: random_schema(rng, 0)}}, b: True}},
        fields | {"dependencies": {a: [b], c: False}},
        {"type": "integer", "minimum": low, "if": {"maximum": low + 5}, "then": {"not": {"enum": [low + 1, low + 3]}}},
        {"allOf": several},
        {"allOf": [fields, {"properties": {"new": {"type": "boolean"}}, "required": ["new"]}]},
        {"type": ["null", "boolean"], "not": {"enum": [True, 3]}},
        {"type": "string", "not": {"enum": ["a", ""]}, "title": "other"} if rng.random() < 0.3 else {"type": "null"},
        {"enum": SCALARS, "minimum": 1},
        {"allOf": [{"prefixItems": [{"type": "integer"}], "maxItems": 3}, {"items": {"maximum": low}}]},
        {"type": "integer", "minimum": low, "maximum": low + 30, "not": {"minimum": low + 3, "maximum": low + 9}},
        {"type": "integer", "oneOf": [{"minimum": low}, {"maximum": low + 3}]},
    ])  # fmt: skip


def random_number(rng, kind="number"):
    schema = {"type": kind}
    low = rng.choice([-120, -7, -1, 0, 1, 5, 99])
    if rng.random() < 0.7:
        schema[rng.choice(["minimum", "exclusiveMinimum"])] = low
    if rng.random() < 0.7:
        schema[rng.choice(["maximum", "exclusiveMaximum"])] = low + rng.choice([2, 3, 13, 250])
    return schema


def random_value(rng, levels=2):
    """Any value, mostly a small one."""
    kind = rng.randrange(8 if levels else 6)
    if kind < 3:
        return rng.choice(SCALARS)
    if kind < 6:
        return rng.choice([rng.randint(-130, 400), rng.randint(-9, 9) / 2, "a" * rng.randint(0, 8), "2024-02-30"])
    if kind == 6:
        return [random_value(rng, levels - 1) for _ in range(rng.randint(0, 4))]
    return {name: random_value(rng, levels - 1) for name in rng.sample(NAMES, rng.randint(0, 3))}


def changed(rng, value):
    """A value with something in it changed, added, or left out."""
    if isinstance(value, list) and value and rng.random() < 0.8:
        i = rng.randrange(len(value))
        return [*value[:i], *([changed(rng, value[i])] * rng.choice([0, 1, 1, 2])), *value[i + 1 :]]
    if isinstance(value, dict) and value and rng.random() < 0.8:
        name = rng.choice([*value])
        kept = {key: inner for key, inner in value.items() if key != name or rng.random() < 0.7}
        return kept | ({name: changed(rng, value[name])} if name in kept else {rng.choice(NAMES): random_value(rng, 1)})
    return random_value(rng)


WORDS = [b'": ', b", ", b'"}', b'"]', b"true", b"null", b'{"', b'["', b"name", b'", "']
TOKENS = [*(bytes([value]) for value in range(256)), *WORDS]
END = len(TOKENS)


@pytest.fixture(scope="module")
def model():
    return random_model(vocab_size=END + 1, eos_token_id=[END], max_position_embeddings=256)


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer(ByteLevel(TOKENS, [], split="gpt2"), special_tokens={"<|end|>": END}, eos_token_ids=[END])


@pytest.fixture(scope="module")
def written(model, tokenizer):
    """Of 200 random schemas 10 texts each by a random model: schema and texts, None where one was cut."""
    rng, found = random.Random(0), []
    likes = torch.zeros(END + 1)
    likes[[*b'"}],:0123456789tfn', END]] = 3.0
    for n in range(200):
        schema = random_schema(rng)
        constraint = json_schema(schema)
        requests = [
            Request(
                [n % 250, i],
                200,
                Sampler(temperature=1.5, seed=i, logits_processor=lambda x: x + likes),
                constraint=constraint,
            )
            for i in range(10)
        ]
        texts = [""] * 10
        for i, token in generate_batch(model, requests, tokenizer):
            texts[i] = None if token.error else texts[i] + token.text
            assert token.error is None or isinstance(token.error, ConstraintError)
        found.append((schema, constraint, texts))
    return found


def test_all_that_a_random_model_writes_is_valid(written):
    whole = 0
    for schema, _, texts in written:
        validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        for text in filter(None, texts):
            value = json.loads(text)
            assert validator.is_valid(value), (schema, text)
            whole += 1
    assert whole > 1900


def test_nothing_invalid_may_be_written(written):
    rng, invalid = random.Random(1), 0
    for schema, constraint, texts in written:
        validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        for text in filter(None, texts):
            values = [changed(rng, json.loads(text)) for _ in range(4)] + [random_value(rng)]
            for value in values:
                if not validator.is_valid(value):
                    invalid += 1
                    assert not constraint.allows(json.dumps(value, ensure_ascii=False)), (schema, value)
    assert invalid > 4000


def test_what_was_written_may_be_written_in_the_common_way(written):
    for schema, constraint, texts in written:
        for text in filter(None, texts):
            if "e" not in text and "E" not in text:  # Python writes exponents in its own way
                assert constraint.allows(json.dumps(json.loads(text), ensure_ascii=False)), (schema, text)


@pytest.mark.parametrize(("low", "high"), [(0, 0), (-5, 7), (8, 123), (-250, -98), (99, 1000), (None, 5), (-3, None)])
@pytest.mark.parametrize("above", [False, True])
@pytest.mark.parametrize("below", [False, True])
def test_bounds(low, high, above, below):
    whole, any_number = json_text.whole_number(low, high), json_text.number(low, high, above, below)
    least, most = -math.inf if low is None else low, math.inf if high is None else high
    for quarter in range(-4 * 1100, 4 * 1100):
        value = quarter / 4
        inside = least <= value <= most and not (above and value == least) and not (below and value == most)
        text = json.dumps(value)
        assert matches(any_number, text.encode()) == inside
        if value.is_integer():
            text = str(int(value))
            assert matches(whole, text.encode()) == (least <= value <= most)
            assert matches(any_number, text.encode()) == inside
    assert not matches(whole, b"007") and not matches(any_number, b"007")


REFUSED = {
    "contains": {"not": {"contains": {}}},
    "unevaluatedItems": {"allOf": [{"unevaluatedItems": False}, {"type": "array"}]},
    "uniqueItems": {"type": "array", "uniqueItems": True},
    "multipleOf": {"type": "integer", "multipleOf": 3},
    "propertyNames": {"if": {"propertyNames": {"maxLength": 2}}, "then": {}},
    "minProperties": {"type": "object", "minProperties": 1},
    "patternProperties": {"type": "object", "patternProperties": {"a": {}}},
    "$dynamicRef": {"$dynamicRef": "#a"},
    "nonsense": {"properties": {"a": {"nonsense": 1}}},
}


@pytest.mark.parametrize("keyword", REFUSED)
def test_a_keyword_that_is_not_understood_is_refused_by_name(keyword):
    with pytest.raises(ValueError, match="got the keyword") as caught:
        json_schema(REFUSED[keyword])
    assert repr(keyword) in str(caught.value) and str(caught.value).startswith("schema")


WRONG = [
    ({"type": "text"}, "schema.type: got 'text'"),
    ({"type": 3}, "schema.type: got 3"),
    ({"properties": []}, "schema.properties: got"),
    ({"properties": {"a": 3}}, "schema.properties.a: got 3"),
    ({"required": "a"}, "schema.required: got"),
    ({"type": "string", "minLength": -1}, "schema.minLength: got -1"),
    ({"type": "string", "maxLength": 1.5}, "schema.maxLength: got 1.5"),
    ({"type": "string", "format": "regex"}, "schema.format: got 'regex'"),
    ({"type": "string", "format": "date", "minLength": 3}, "length beside 'format'"),
    ({"type": "number", "minimum": 0.5}, "schema.minimum: got 0.5"),
    ({"type": "number", "exclusiveMinimum": True}, "schema.exclusiveMinimum: got True"),
    ({"enum": []}, "schema.enum: got"),
    ({"type": "string", "pattern": "(?=a)"}, "schema.pattern: got (?="),
    ({"type": "string", "pattern": "a", "maxLength": 3}, "a length beside 'pattern'"),
    ({"allOf": [{"pattern": "a"}, {"pattern": "b"}]}, "two different 'pattern' at once"),
    ({"not": {"format": "date"}}, "schema.not: got the keyword 'format' in what must not hold"),
    ({"oneOf": [{"format": "date"}, {"minLength": 3}]}, "got the keyword 'format' in what must not hold"),
    ({"allOf": [{"$ref": "#"}, {"type": "string"}]}, "a circle, beside other keywords"),
    ({"allOf": [{"$id": "a"}, {"type": "string"}]}, "got the keyword '$id'"),
    ({"allOf": [3, {"type": "string"}]}, "schema.allOf[1]: got 3"),
    ({"anyOf": 3, "type": "string"}, "schema.anyOf: got 3"),
    ({"dependentRequired": []}, "schema.dependentRequired: got"),
    ({"dependentRequired": {"a": {}}}, "schema.dependentRequired.a: got {}"),
    ({"dependentSchemas": {"a": ["b"]}}, "schema.dependentSchemas.a: got"),
    ({"dependencies": {"a": [3]}}, "schema.dependencies.a: got [3]"),
    ({"if": {"format": "date"}}, "schema.if: got the keyword 'format' in what must not hold"),
    ({"if": 3}, "schema.if: got 3"),
    ({"enum": [1], "minimum": 3}, "no text fulfils"),
    ({"allOf": [{"type": "string"}, {"type": "null"}]}, "no text fulfils"),
    ({"not": {}}, "no text fulfils"),
    ({"not": {"type": "text"}}, "schema.not.type: got 'text'"),
    ({"not": {"required": [[]]}}, "schema.not.required: got"),
    ({"$ref": "#/$defs/a"}, "which names nothing"),
    ({"$ref": "http://a.b/c"}, "allowed one into the schema itself"),
    ({"items": [{}]}, "schema.items: got"),
    ({"properties": {"a": {"$id": "b"}}}, "got the keyword '$id'"),
    (False, "no text fulfils"),
    ({"type": "integer", "minimum": 3, "maximum": 2}, "no text fulfils"),
    ({"type": "object", "properties": {"a": False}, "required": ["a"]}, "no text fulfils"),
    ({"type": "object", "required": ["a"], "additionalProperties": False}, "no text fulfils"),
    ({"$schema": "http://a.b/own"}, "schema.$schema: got 'http://a.b/own'"),
    ({"type": "array", "not": {"enum": [[1]]}}, "values that must not be, [[1]]"),
    ({"type": "object", "not": {"const": {"a": 1}}}, "values that must not be"),
    ({"type": "number", "not": {"enum": [1.5, 2]}}, "values that must not be, [1.5, 2]"),
    ({"$ref": "#"}, "no text fulfils"),
    ({"enum": [math.nan]}, "what JSON can write"),
    ({"enum": [{1, 2}]}, "what JSON can write"),
    ("a", "schema: got 'a'"),
]


@pytest.mark.parametrize(("schema", "words"), WRONG)
def test_a_wrong_schema_is_refused_with_its_place(schema, words):
    with pytest.raises(ValueError, match=r"^schema") as caught:
        json_schema(schema)
    assert words in str(caught.value)


def test_recursion_ends_at_its_depth():
    tree = {"type": "object", "properties": {"inner": {"$ref": "#"}}, "additionalProperties": False}
    constraint, text = json_schema(tree), "{}"
    for _ in range(4):
        text = '{"inner": ' + text + "}"
        assert constraint.allows(text)
    assert not constraint.allows('{"inner": ' + text + "}")


def test_a_name_is_not_written_twice_as_something_else():
    constraint = json_schema({"properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "string"}})
    assert constraint.allows('{"a": 1, "b": "c"}') and constraint.allows('{"ab": "c"}')
    assert not constraint.allows('{"a": "c"}') and not constraint.allows(r'{"\u0061": "c"}')


PATTERNS = {
    "b": (["ab", "b", '"b\n'], ["a", ""]),
    "^a|b$": (["ab", "axx", "xxb"], ["ba", ""]),
    r"^\S+$": (["aé", '"'], ["a b", "a\u00a0b", "\u2028"]),
    "^.$": (["a", "日", "\t"], ["\n", "ab", ""]),
    r"^[^\n]\\$": (["a\\", "é\\"], ["\n\\", "a"]),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_is_found_anywhere(pattern):
    inside, outside = PATTERNS[pattern]
    schema = {"type": "string", "pattern": pattern}
    constraint, validator = json_schema(schema), Draft202012Validator(schema)
    for one in inside + outside:
        assert constraint.allows(json.dumps(one, ensure_ascii=False)) == (one in inside) == validator.is_valid(one)


ONE_OF = [
    ([{"type": "number"}, {"not": {"type": "integer"}}], {}),
    ([{"type": ["integer", "null"]}, {"enum": [1, 2.0, "a"], "type": "integer"}], {}),
    ([{"minimum": 3}, {"maximum": 5}], {"type": "number"}),
    ([{"required": ["a"]}, {"dependentRequired": {"a": ["b"]}}], {"type": "object"}),
    ([{"required": ["a"]}, {"required": ["b"]}, {"properties": {"a": {"const": 1}}}], {"type": "object"}),
    ([{"properties": {"a": {"const": 1}}}, {"properties": {"a": {"enum": [2, 3]}}, "required": ["b"]}],
     {"required": ["a"], "type": "object"}),
    ([{"type": ["string", "null"]}, {"not": {"const": "a"}}], {}),
]  # fmt: skip
FEW = [0, 1, 2, 2.5, 3, 4.5, 6, "a", "b", "", None, True, [], {}]
FEW += [{"a": value} for value in (1, 2, "a")] + [{"b": 1}, {"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 9, "b": 1}]


@pytest.mark.parametrize(("parts", "beside"), ONE_OF)
def test_exactly_one_part_holds(parts, beside):
    schema = {"oneOf": parts, **beside}
    constraint, validator = json_schema(schema), Draft202012Validator(schema)
    allowed = [value for value in FEW if constraint.allows(json.dumps(value))]
    assert allowed and all(validator.is_valid(value) for value in allowed)


CONDITIONS = [
    {"type": "object", "if": {"required": ["a"]}, "then": {"required": ["b"]}, "properties": {"a": {}, "b": {}}},
    {"type": "object", "if": {"required": ["a"]}, "else": {"required": ["b"]}, "properties": {"a": {}, "b": {}}},
    {
        "type": "object",
        "properties": {"a": {"enum": [1, 2]}, "b": {}},
        "if": {"properties": {"a": {"const": 1}}},
        "then": {"required": ["b"]},
        "else": {"properties": {"b": False}},
    },
    {
        "type": ["integer", "string"],
        "if": {"minimum": 2, "type": "integer"},
        "then": {"maximum": 5},
        "else": {"not": {"const": 1}},
    },
    {"type": "string", "if": {"const": "a"}, "then": False},
    {"type": "object", "properties": {"a": {}, "b": {}}, "then": False, "else": {"required": ["b"]}},
    {
        "type": "object",
        "properties": {"a": {}, "b": {}},
        "dependentSchemas": {"a": {"properties": {"b": {"const": 1}}}},
    },
    {"type": "object", "properties": {"a": {}, "b": {}}, "dependentSchemas": {"a": False, "b": True}},
    {"type": ["number", "null"], "not": {"enum": [1, 3]}},
]


@pytest.mark.parametrize("schema", CONDITIONS)
def test_conditions_allow_what_the_validator_does(schema):
    constraint, validator = json_schema(schema), Draft202012Validator(schema)
    for value in FEW:
        assert constraint.allows(json.dumps(value)) == validator.is_valid(value), value


@pytest.mark.parametrize(
    "needs", [{"a": ["b"]}, {"a": {"required": ["b"]}, "b": []}, {"a": False, "b": {"maximum": 3}}]
)
def test_the_older_word_for_what_a_name_asks_for(needs):
    schema = {"type": "object", "properties": {"a": {}, "b": {"type": "integer"}}, "dependencies": needs}
    constraint, validator = json_schema(schema), Draft7Validator(schema)
    for value in ({}, {"a": 1}, {"b": 1}, {"a": 1, "b": 1}, {"a": 1, "b": 9}, {"a": "c", "b": "c"}):
        assert not constraint.allows(json.dumps(value)) or validator.is_valid(value)
        if not isinstance(needs["a"], bool):
            assert constraint.allows(json.dumps(value)) == validator.is_valid(value), value


STRICT = {  # valid values that are not written, by what the docstring says of them
    "lists and objects more than 2 levels deep": [({}, [[[]]]), ({"items": {"title": "a"}}, [[[[]]]])],
    "`format`": [({"type": "string", "format": "date"}, "some day"), ({"type": "string", "format": "uri"}, "urn:a:b")],
    "not as `1.0`": [({"type": "integer"}, 1.0), ({"const": 1}, 1.0), ({"enum": [[0]]}, [0.0])],
    "more than 15 digits": [({"type": "number"}, 10**16), ({"type": "integer"}, -(10**15))],
    "6 behind the point": [({"type": "number"}, 0.1234567)],
    "without an exponent": [({"type": "number", "minimum": 0}, 1e-7)],
    "names in one order": [({"properties": {"a": {}, "b": {}}}, {"b": 1, "a": 1}),
                           ({"const": {"a": 1, "b": 1}}, {"b": 1, "a": 1})],
}  # fmt: skip


@pytest.mark.parametrize("words", STRICT)
def test_a_valid_value_that_is_not_written_is_said(words):
    assert words in " ".join(json_schema.__doc__.split())
    for schema, value in STRICT[words]:
        assert Draft202012Validator(schema).is_valid(value)
        assert not json_schema(schema).allows(json.dumps(value)), (schema, value)


def test_a_negative_number_may_begin_with_zero():
    assert json_schema({"type": "number"}).allows("-0.1278")


@pytest.fixture(scope="module")
def costs():
    done = subprocess.run([sys.executable, bombs.__file__], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", bombs.BOMBS)
def test_a_bomb_ends_within_a_second(name, costs):
    assert costs[name]["seconds"] < bombs.SECONDS
    assert costs[name]["words"].startswith(("schema", "constraint")) or not costs[name]["words"]


@pytest.mark.parametrize("name", bombs.BOMBS)
def test_a_bomb_takes_little_memory(name):
    schema = bombs.BOMBS[name]()
    tracemalloc.start()
    try:
        with suppress(ValueError):
            json_schema(schema).allows('{"a')
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most < 200e6
