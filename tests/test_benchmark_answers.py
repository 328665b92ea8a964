"""The benchmarks of likelihoods and masks measure what they say, with and without the peers' own environment."""

import json
import sys

import pytest
from jsonschema import Draft202012Validator

from benchmarks import likelihoods, masks, process
from benchmarks.harness import run
from benchmarks.peers import Models
from lessons_lib.generation import json_schema
from lessons_lib.tokenizer import load_tokenizer


@pytest.mark.parametrize("make", [lambda models: likelihoods.benchmark(models, 5, alone=True), masks.benchmark])
def test_a_quick_run_without_peers_has_our_rows_and_says_who_is_missing(make, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv(process.PEERS, raising=False)
    rows = run(make(Models(tmp_path, quick=True)), rounds=1, warm_ups=0)
    assert {row.role for row in rows} == {"ours"} and all(row.median > 0 and row.times_peer is None for row in rows)
    assert f"{process.PEERS} names no Python that has them" in capsys.readouterr().err


def test_peers_run_in_the_python_that_is_named(monkeypatch):
    monkeypatch.setenv(process.PEERS, sys.executable)
    found = process.beside({"ours again": ("benchmarks.masks", 1, "ours")})
    assert list(found) == ["ours again"] and found["ours again"]()["µs a new mask"] > 0


def test_both_sides_are_asked_for_each_choice_behind_its_question():
    pairs = likelihoods.questions(5, 3)
    assert len(pairs) == 15 and len({context for context, _ in pairs}) == 3
    assert all(context.count("\n\n") == 5 and choice.startswith(" ") for context, choice in pairs)
    assert likelihoods.questions(5, 3, alone=True) == pairs + [("", choice) for _, choice in pairs]


@pytest.mark.parametrize("number", range(len(masks.TOOLS)))
def test_calls_are_valid_and_followed_to_their_end(number):
    schema, call = masks.TOOLS[number]
    assert Draft202012Validator(schema).is_valid(call)
    tokenizer = load_tokenizer("smollm2")
    ids = tokenizer.encode(json.dumps(call, ensure_ascii=False))
    begin = masks.ours(tokenizer)(schema)
    assert len(list(masks.follow(begin, ids))) == len(ids) + 1
    assert json_schema(schema).allows(tokenizer.decode(ids))
    follower = begin()
    for token in ids:
        follower.add(token)
    assert follower.mask()[min(tokenizer.eos_token_ids)]
