"""Masks of JSON beside llguidance, xgrammar and outlines-core: which of SmolLM2's 49,152 tokens may come next.

Each side compiles ten schemas of tools and follows a valid call of each, token by token, with the whole time of its
thread. A mask is new in a state that comes for the first time; then the same mask is asked for once more, as another
text of a batch does. The peers run in an environment of their own: see `process.PEERS`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from benchmarks.harness import Benchmark, Sample
from benchmarks.peers import Models
from benchmarks.process import beside, fresh
from lessons_lib.generation import json_schema
from lessons_lib.tokenizer import Tokenizer, load_tokenizer

PEERS = ("llguidance", "xgrammar", "outlines-core")


def benchmark(models: Models) -> Benchmark:
    """Milliseconds a schema takes, and microseconds a mask: the median, and the one that 95 of 100 keep."""
    count = 2 if models.quick else len(TOOLS)
    return Benchmark(
        title="Masks of JSON, ten schemas of tools",
        ours={"ours": fresh("benchmarks.masks", count, "ours")},
        peers=beside({name: ("benchmarks.masks", count, name) for name in PEERS}),
        picture="masks",
    )


class Follower(Protocol):
    """Where a text stands in a schema."""

    def mask(self) -> Any:
        """Which tokens may come."""

    def add(self, token: int) -> None:
        """Go on by a token."""


Compile = Callable[[dict], Callable[[], Follower]]
"""From a schema to what begins a text in it."""


class Ours:
    def __init__(self, masks: Any) -> None:
        self.masks, self.state = masks, 0

    def mask(self) -> Any:
        return self.masks.mask(self.state)

    def add(self, token: int) -> None:
        self.state = self.masks.after(self.state, token)


def ours(tokenizer: Tokenizer) -> Compile:
    ends = frozenset(tokenizer.eos_token_ids)

    def compiled(schema: dict) -> Callable[[], Follower]:
        masks = json_schema(schema).masks(tokenizer, ends, tokenizer.vocab_size)
        return lambda: Ours(masks)

    return compiled


class Guided:
    def __init__(self, matcher: Any) -> None:
        self.matcher = matcher
        self.mask = matcher.compute_bitmask

    def add(self, token: int) -> None:
        if not self.matcher.consume_token(token):
            raise ValueError(f"llguidance: token {token} is not allowed")


def llguidance(tokenizer: Tokenizer) -> Compile:
    from llguidance import LLMatcher, LLTokenizer, TokenizerWrapper

    class Wrapped:
        eos_token_id, bos_token_id = min(tokenizer.eos_token_ids), None
        special_token_ids = tuple(tokenizer.special_tokens.values())
        tokens = told(tokenizer)

        def __call__(self, text: str | bytes) -> list[int]:
            return tokenizer.encode(text if isinstance(text, str) else text.decode())

    theirs = LLTokenizer(TokenizerWrapper(Wrapped()))

    def compiled(schema: dict) -> Callable[[], Follower]:
        matcher = LLMatcher(theirs, LLMatcher.grammar_from_json_schema(schema))
        if matcher.get_error():
            raise ValueError(matcher.get_error())
        return lambda: Guided(matcher)

    return compiled


class Filled:
    def __init__(self, matcher: Any, bits: Any) -> None:
        self.matcher, self.bits = matcher, bits

    def mask(self) -> Any:
        self.matcher.fill_next_token_bitmask(self.bits)
        return self.bits

    def add(self, token: int) -> None:
        if not self.matcher.accept_token(token):
            raise ValueError(f"xgrammar: token {token} is not allowed")


def xgrammar(tokenizer: Tokenizer) -> Compile:
    import xgrammar

    info = xgrammar.TokenizerInfo(told(tokenizer), stop_token_ids=sorted(tokenizer.eos_token_ids))
    compiler = xgrammar.GrammarCompiler(info, max_threads=1, cache_enabled=False)
    bits = xgrammar.allocate_token_bitmask(1, tokenizer.vocab_size)

    def compiled(schema: dict) -> Callable[[], Follower]:
        found = compiler.compile_json_schema(json.dumps(schema))
        return lambda: Filled(xgrammar.GrammarMatcher(found), bits)

    return compiled


class Listed:
    def __init__(self, guide: Any) -> None:
        self.mask, self.add = guide.get_tokens, guide.advance


def outlines_core(tokenizer: Tokenizer) -> Compile:
    import outlines_core
    from outlines_core.json_schema import build_regex_from_schema

    end, special = min(tokenizer.eos_token_ids), set(tokenizer.special_tokens.values())
    ids: dict[bytes, list[int]] = {}
    for i, token in enumerate(told(tokenizer)):
        if token and i not in special:
            ids.setdefault(token, []).append(i)
    words = outlines_core.Vocabulary(end, ids)

    def compiled(schema: dict) -> Callable[[], Follower]:
        index = outlines_core.Index(build_regex_from_schema(json.dumps(schema)), words)
        return lambda: Listed(outlines_core.Guide(index))

    return compiled


def told(tokenizer: Tokenizer) -> list[bytes]:
    """The bytes of each token; the name of a special one."""
    names = {i: name.encode() for name, i in tokenizer.special_tokens.items()}
    return [names.get(i, token) or b"" for i, token in enumerate(tokenizer.encoder.tokens)]


SIDES = {"ours": ours, "llguidance": llguidance, "xgrammar": xgrammar, "outlines-core": outlines_core}


def measure(count: int, who: str) -> Sample:
    """What the first `count` schemas take, once the tables that all schemas share are there."""
    tokenizer = load_tokenizer("smollm2")
    compile_one = SIDES[who](tokenizer)
    list(follow(compile_one({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}), []))
    compiling, new, again = [], [], []
    for schema, call in TOOLS[:count]:
        start = time.perf_counter()
        begin = compile_one(schema)
        compiling.append(time.perf_counter() - start)
        for first, second in follow(begin, tokenizer.encode(json.dumps(call, ensure_ascii=False))):
            new.append(first)
            again.append(second)
    return {
        "ms a schema": 1e3 * float(np.median(compiling)),
        "µs a new mask": 1e6 * float(np.median(new)),
        "µs a new mask at the 95th percentile": 1e6 * float(np.percentile(new, 95)),
        "µs the same mask again": 1e6 * float(np.median(again)),
    }


def follow(begin: Callable[[], Follower], ids: list[int]) -> Iterator[tuple[float, float]]:
    """The seconds of each mask on the way, and of the same mask again."""
    follower = begin()
    for token in (*ids, None):
        taken = []
        for _ in range(2):
            start = time.perf_counter()
            follower.mask()
            taken.append(time.perf_counter() - start)
        yield taken[0], taken[1]
        if token is not None:
            follower.add(token)


def tool(**fields: Any) -> dict:
    """A schema of an object that has these fields; a ? behind a name says that it may be missing."""
    named = {name.rstrip("?"): schema for name, schema in fields.items()}
    required = [name for name in fields if not name.endswith("?")]
    return {"type": "object", "properties": named, "required": required, "additionalProperties": False}


WORDS, WHOLE, NUMBER, TRUTH = ({"type": name} for name in ("string", "integer", "number", "boolean"))
DATE = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
TOOLS = [
    (
        tool(place=WORDS, unit={"enum": ["celsius", "fahrenheit"]}),
        {"place": "Reykjavík, Iceland", "unit": "celsius"},
    ),
    (
        tool(origin=WORDS, destination=WORDS, day=DATE, seats={"type": "integer", "minimum": 1, "maximum": 9}),
        {"origin": "Lisbon", "destination": "Vienna", "day": "2026-03-14", "seats": 2},
    ),
    (
        tool(
            to={"type": "array", "items": {"type": "string", "format": "email"}, "minItems": 1},
            subject=WORDS,
            text=WORDS,
        ),
        {"to": ["ada@example.org", "emil@example.com"], "subject": "Lunch?", "text": "Shall we meet at noon?\nAda"},
    ),
    (
        tool(amount={"type": "number", "minimum": 0}, **{"from": {"enum": ["EUR", "USD", "GBP"]}, "to": WORDS}),
        {"amount": 12.5, "from": "EUR", "to": "SEK"},
    ),
    (
        tool(
            title=WORDS,
            start={"type": "string", "format": "date-time"},
            minutes=WHOLE,
            **{"guests?": {"type": "array", "items": WORDS}},
        ),
        {"title": "Review", "start": "2026-05-04T09:30:00Z", "minutes": 45, "guests": ["Ada", "Emil"]},
    ),
    (
        tool(
            name={"type": "string", "minLength": 1, "maxLength": 40},
            age=WHOLE,
            member=TRUTH,
            **{"note?": {"type": ["string", "null"]}},
        ),
        {"name": "Grace", "age": 85, "member": True, "note": None},
    ),
    (
        tool(
            order={"type": "string", "pattern": "^[A-Z]{2}-[0-9]{6}$"},
            items={"type": "array", "items": tool(product=WORDS, count=WHOLE, price=NUMBER)},
        ),
        {
            "order": "AB-120934",
            "items": [{"product": "lamp", "count": 2, "price": 19.9}, {"product": "desk", "count": 1, "price": 240}],
        },
    ),
    (
        tool(
            query=WORDS,
            **{
                "language?": {"enum": ["de", "en", "fr"]},
                "newest?": DATE,
                "most?": {"type": "integer", "minimum": 1, "maximum": 100},
            },
        ),
        {"query": "how do masks work", "language": "en", "most": 20},
    ),
    (
        tool(shape={"anyOf": [tool(radius=NUMBER), tool(width=NUMBER, height=NUMBER)]}, filled=TRUTH),
        {"shape": {"width": 3, "height": 4.25}, "filled": False},
    ),
    (
        tool(person={"$ref": "#/$defs/person"}, partner={"anyOf": [{"$ref": "#/$defs/person"}, {"type": "null"}]})
        | {"$defs": {"person": tool(name=WORDS, born=DATE, address=tool(street=WORDS, town=WORDS, code=WORDS))}},
        {
            "person": {
                "name": "Niels",
                "born": "1985-10-07",
                "address": {"street": "Bredgade 3", "town": "København", "code": "1260"},
            },
            "partner": None,
        },
    ),
]

if __name__ == "__main__":
    count, who = sys.argv[1:]
    print(json.dumps(measure(int(count), who)))
