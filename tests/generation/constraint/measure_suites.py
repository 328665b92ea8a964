"""How much of two collections of schemas is handled, and how fast. Neither is part of this project; fetch them first.

    python tests/generation/constraint/measure_suites.py maskbench FOLDER [PREFIX ...]
    python tests/generation/constraint/measure_suites.py suite FOLDER

maskbench: `maskbench/data` of https://github.com/guidance-ai/jsonschemabench; with the prefixes BFCL and Glaiveai2K its
2,750 schemas of tools. `--masks` also follows the valid values token by token, with the tokenizer of SmolLM2.
`--llguidance` does the same with llguidance 1.9.1, where that is installed beside the course's requirements.
suite: `tests/draft2020-12` of https://github.com/json-schema-org/JSON-Schema-Test-Suite.

A schema is handled if it is not refused, none of its valid values is rejected and none of its invalid ones accepted.
Values are read as `json.dumps` writes them, in the order in which they stand, and once more in the order in which the
schema names its properties, with 1 for 1.0: the same value in the only form that is made. Those that only that helps
are counted apart. `format` is asserted, as the standard leaves it to who asks, so the suite's values that are valid
where it is a note are invalid here. The first schema is compiled twice, for the first time builds tables that all
others share.

What came of it. Of the 2,750 schemas of tools 2,736 are handled (99.5%; by llguidance 1.9.1 2,682, 97.5%) and 14
refused: 13 that no value fulfils, one format. Of the suite's 383 schemas 221 are refused, 10 of them for no value
fulfils them, the others by the name of a keyword, a format or a reference; 162 are handled. So no valid value is
rejected and no invalid one accepted.
"""

import argparse
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from lessons_lib.generation import ConstraintError, json_schema
from lessons_lib.generation.constraint.json_kinds import unlike, whole
from lessons_lib.tokenizer import load_tokenizer

NOTE = "is only an annotation by default"  # what the suite says of strings that are not of their format


def reason(error):
    """An error without its place and its numbers."""
    words = re.sub(r"^\S+: ", "", str(error))
    named = re.search(r"format: got ('[^']*')", str(error))
    return f"format {named[1]}" if named else re.sub(r"\d+", "n", words)[:70]


def ordered(value, schema):
    """A value with the names in the order of its schema, and 1 for 1.0."""
    value = whole(value)
    if not isinstance(schema, dict):
        return value
    for one in (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())):
        if not unlike([value], [one]):
            return one
    if isinstance(value, list):
        return [ordered(one, schema.get("items")) for one in value]
    if not isinstance(value, dict):
        return value
    parts = [schema, *schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    fields = {}
    for part in parts:
        if isinstance(part, dict):
            fields |= {name: fields.get(name, inner) for name, inner in part.get("properties", {}).items()}
            fields |= {name: fields.get(name) for name in part.get("required", ())}
            for asking, asked in part.get("dependentRequired", {}).items():
                fields |= {name: fields.get(name) for name in (asking, *asked)}
    names = [*(name for name in fields if name in value), *(name for name in value if name not in fields)]
    return {name: ordered(value[name], fields.get(name)) for name in names}


class Wrapped:
    """A tokenizer as llguidance asks for it."""

    def __call__(self, text):
        return self.encode(text if isinstance(text, str) else text.decode())


class Theirs:
    """A schema as llguidance reads it, with what of `Constraint` and `Masks` is asked for here."""

    def __init__(self, schema, vocabulary):
        from llguidance import LLMatcher

        self.encode, tokenizer = vocabulary
        self.matcher = LLMatcher(tokenizer, LLMatcher.grammar_from_json_schema(schema))
        if self.matcher.get_error():
            raise ValueError(self.matcher.get_error())

    @staticmethod
    def vocabulary(tokenizer):
        from llguidance import LLTokenizer, TokenizerWrapper

        named = {i: name.encode() for name, i in tokenizer.special_tokens.items()}
        wrapped = Wrapped()
        wrapped.eos_token_id, wrapped.bos_token_id = min(tokenizer.eos_token_ids), None
        wrapped.special_token_ids = tuple(named)
        wrapped.tokens = [named.get(i, token) or b"" for i, token in enumerate(tokenizer.encoder.tokens)]
        wrapped.encode = tokenizer.encode
        return tokenizer.encode, LLTokenizer(TokenizerWrapper(wrapped))

    def allows(self, text):
        self.matcher.reset()
        allowed = all(self.matcher.consume_token(token) for token in self.encode(text)) and self.matcher.is_accepting()
        self.matcher.reset()
        return allowed

    def masks(self, *_):
        return self

    def mask(self, state):
        bits = np.frombuffer(self.matcher.compute_bitmask(), np.uint8)
        return np.unpackbits(bits, bitorder="little")

    def after(self, state, token):
        self.matcher.consume_token(token)
        return state + 1


class Table:
    """What came of the schemas of one collection."""

    def __init__(self, compiled=json_schema):
        self.compiled = compiled
        self.schemas = self.handled = self.values = self.reordered = 0
        self.refused, self.rejected, self.accepted, self.broken = Counter(), Counter(), Counter(), Counter()
        self.compiling = []  # seconds

    def add(self, name, schema, tests):
        """Compile a schema and ask about its values; gives back its constraint, None where it was refused."""
        self.schemas += 1
        start = time.perf_counter()
        try:
            constraint = self.compiled(schema)
        except ValueError as error:
            self.refused[reason(error)] += 1
            return None
        self.compiling.append(time.perf_counter() - start)
        wrong = False
        for test in tests:
            self.values += 1
            try:
                allowed = constraint.allows(json.dumps(test["data"], ensure_ascii=False))
                if not allowed and constraint.allows(json.dumps(ordered(test["data"], schema), ensure_ascii=False)):
                    allowed = True
                    self.reordered += test["valid"]
            except ConstraintError as error:
                self.broken[f"{name}: {error}"] += 1
                wrong = True
                continue
            if allowed != test["valid"]:
                wrong = True
                (self.rejected if test["valid"] else self.accepted)[f"{name}: {test.get('description', '')}"] += 1
        self.handled += not wrong
        return constraint

    def show(self, every):
        share = self.handled / max(self.schemas, 1)
        print(f"{self.schemas} schemas, {self.values} values of those that were not refused")
        print(f"handled {self.handled} ({share:.1%}), refused {sum(self.refused.values())}")
        print(f"valid, allowed in the order and the numbers of the schema alone: {self.reordered}")
        for title, found in (("valid, rejected", self.rejected), ("invalid, accepted", self.accepted),
                             ("broken off", self.broken)):  # fmt: skip
            print(f"{title}: {sum(found.values())}")
            print(*(f"    {name}" for name in found if every), sep="\n", end="\n" if every and found else "")
        for words, count in self.refused.most_common(None if every else 12):
            print(f"    {count:5} {words}")
        spread("compiling, ms", np.array(self.compiling) * 1e3)


def spread(title, numbers):
    if len(numbers):
        p50, p95, p99, most = np.percentile(numbers, [50, 95, 99, 100])
        print(f"{title}: mean {numbers.mean():.3f}, p50 {p50:.3f}, p95 {p95:.3f}, p99 {p99:.3f}, most {most:.3f}")


def maskbench(files, with_masks, every, llguidance):
    cold, warm = [], []
    tokenizer = load_tokenizer("smollm2")
    vocabulary = Theirs.vocabulary(tokenizer) if llguidance else None
    table = Table((lambda schema: Theirs(schema, vocabulary)) if llguidance else json_schema)
    ends, size = frozenset(tokenizer.eos_token_ids), tokenizer.vocab_size
    table.compiled(json.loads(files[0].read_text())["schema"]).masks(tokenizer, ends, size).mask(0)
    for file in files:
        case = json.loads(file.read_text())
        constraint = table.add(file.stem, case["schema"], case["tests"])
        if constraint is None or not with_masks:
            continue
        masks = constraint.masks(tokenizer, ends, size)
        for test in case["tests"]:
            if test["valid"]:
                follow(masks, tokenizer.encode(json.dumps(test["data"], ensure_ascii=False)), cold, warm)
    table.show(every)
    spread("masks made, us", np.array(cold) * 1e6)
    spread("masks kept, us", np.array(warm) * 1e6)


def follow(masks, ids, cold, warm):
    """Ask for the mask before each token, twice."""
    state, seen = 0, set()
    for token in ids:
        for kept in (False, True):
            start = time.perf_counter()
            mask = masks.mask(state)
            taken = time.perf_counter() - start
            if kept or state not in seen:
                (warm if kept else cold).append(taken)
        seen.add(state)
        if not mask[token]:
            return  # another way to cut the text, or one that is not allowed
        state = masks.after(state, token)


def suite(files, every):
    table = Table()
    for file in files:
        for group in json.loads(file.read_text()):
            tests = [test | {"valid": test["valid"] and NOTE not in test["description"]} for test in group["tests"]]
            table.add(f"{file.stem}: {group['description']}", group["schema"], tests)
    table.show(every)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["maskbench", "suite"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("prefixes", nargs="*", default=[""])
    parser.add_argument("--masks", action="store_true")
    parser.add_argument("--every", action="store_true", help="name every value that is not judged right")
    parser.add_argument("--llguidance", action="store_true", help="measure llguidance instead")
    given = parser.parse_args()
    found = sorted(file for file in given.folder.glob("*.json") if file.name.startswith(tuple(given.prefixes)))
    if not found:
        parser.error(f"{given.folder} holds no such files")
    if given.kind == "maskbench":
        maskbench(found, given.masks, given.every, given.llguidance)
    else:
        suite(found, given.every)
