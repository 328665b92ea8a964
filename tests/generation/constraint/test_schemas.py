"""Schemas of our own: their values are judged alike by the validator `jsonschema`, by us, and byte by byte by masks."""

import json

import pytest
from generation.constraint.bombs import BYTES
from generation.constraint.schemas import SCHEMAS
from jsonschema import Draft202012Validator

from lessons_lib.generation import json_schema
from lessons_lib.generation.constraint.json_types import KEYWORDS

END = 256


def written(masks, text):
    """Whether the masks let each byte of a text through, and then its end."""
    state = 0
    for value in text.encode():
        if not masks.mask(state)[value]:
            return False
        state = masks.after(state, value)
    return bool(masks.mask(state)[END])


@pytest.mark.parametrize("number", range(len(SCHEMAS)))
def test_valid_values_may_be_written_and_invalid_ones_may_not(number):
    schema, valid, invalid = SCHEMAS[number]
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    constraint = json_schema(schema)
    masks = constraint.masks(BYTES, frozenset([END]), END + 1)
    for value in (*valid, *invalid):
        text = json.dumps(value, ensure_ascii=False)
        told = any(value is one for one in valid)
        assert validator.is_valid(value) == told, value
        assert constraint.allows(text) == told, value
        assert written(masks, text) == told, value


def test_there_are_200_and_they_speak_of_every_keyword():
    assert len(SCHEMAS) >= 200
    assert all(valid and invalid for _, valid, invalid in SCHEMAS)
    assert len({json.dumps(schema, sort_keys=True) for schema, _, _ in SCHEMAS}) == len(SCHEMAS)
    said = {word for words in KEYWORDS.values() for word in words if isinstance(word, str)}
    said |= {"type", "enum", "const", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "$ref", "$defs"}
    said |= {"dependentRequired", "dependentSchemas"}
    assert said <= {word for schema, _, _ in SCHEMAS for word in words_in(schema)}


def words_in(schema):
    if isinstance(schema, dict):
        return {*schema}.union(*(words_in(inner) for inner in schema.values()))
    return set().union(*(words_in(inner) for inner in schema)) if isinstance(schema, list) else set()
