"""The real SmolLM2-135M-Instruct under a schema: whatever it has understood, all that it writes is valid.

python tests/generation/constraint/test_real_schema.py    asks 50 questions and prints what came of them
"""

import json
import random

from jsonschema import Draft202012Validator

import lessons_lib
from lessons_lib.generation import Request, generate_batch, json_schema

TOWNS = ["Rome", "Milan", "Paris", "Lyon", "Berlin", "Vienna", "Prague", "Madrid", "Lisbon", "Oslo"]
SCHEMA = {
    "type": "object",
    "properties": {
        "from": {"type": "string", "pattern": r"^[A-Z][a-z]{2,11}$"},
        "to": {"type": "string", "pattern": r"^[A-Z][a-z]{2,11}$"},
        "hour": {"type": "integer", "minimum": 0, "maximum": 23},
        "price": {"type": "integer", "minimum": 1, "maximum": 999},
        "class": {"enum": ["first", "second", None]},
        "stops": {"type": "array", "items": {"enum": TOWNS}, "maxItems": 3},
    },
    "required": ["from", "to", "hour", "price"],
    "anyOf": [{"required": ["class"]}, {"required": ["stops"]}],
}


def journeys(number):
    rng = random.Random(0)
    for _ in range(number):
        start, end = rng.sample(TOWNS, 2)
        told = {"from": start, "to": end, "hour": rng.randint(5, 22), "price": rng.randint(15, 120)}
        text = f"The train from {start} to {end} leaves at {told['hour']}:00 and costs {told['price']} euros."
        yield told, [{"role": "user", "content": f"Write the facts as JSON: from, to, hour, price, class. {text}"}]


def answered(model, tokenizer, number):
    """So many texts, and what the model was told for each."""
    told, chats = zip(*journeys(number), strict=True)
    constraint = json_schema(SCHEMA)
    requests = [Request(tokenizer.encode_chat(chat), 120, constraint=constraint) for chat in chats]
    texts = [""] * number
    for i, token in generate_batch(model, requests, tokenizer):
        assert token.error is None
        texts[i] += token.text
    return texts, told


def valid_and_right(texts, told):
    """How many parse and are valid, and how many hold the four facts."""
    answers, validator = [json.loads(text) for text in texts], Draft202012Validator(SCHEMA)
    right = sum(fact.items() <= answer.items() for fact, answer in zip(told, answers, strict=True))
    return sum(map(validator.is_valid, answers)), right


def test_answers_parse_and_are_valid(smollm2):
    assert valid_and_right(*answered(*smollm2, 4))[0] == 4


if __name__ == "__main__":
    valid, right = valid_and_right(*answered(*lessons_lib.load("smollm2-135m-instruct"), 50))
    print(f"of 50 answers {valid} parse and are valid, {right} have the four facts right")
