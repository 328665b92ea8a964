"""Beside EleutherAI's harness: what it said of our tasks was recorded by `record_lm_eval.py`, and is compared here.

The harness wants another python-dateutil than the course's set, so it is not installed where these tests run.
"""

import json
from pathlib import Path

import pytest
import torch

import lessons_lib
from lessons_lib.evaluation import (
    Asked,
    Item,
    Task,
    bits_per_byte,
    encode_pair,
    encode_text,
    evaluate,
    load_tasks,
    perplexity,
    score,
    standard_error,
)

RECORDED = json.loads(Path(__file__).with_name("lm_eval.json").read_text(encoding="utf-8"))
METRICS = {
    "acc": "none",
    "acc_norm": "character",
    "acc_bytes": "byte",
    "acc_mutual_info": "pmi",
    "exact_match": "exact",
}


@pytest.fixture(scope="module")
def evaluated(smollm2):
    """Our rows for each recorded run, in the order of the items."""
    found = []
    for run in RECORDED["runs"]:
        tasks = load_tasks(run["task"], limit=run["limit"])
        rows = evaluate(*smollm2, tasks, shots=run["shots"]).rows
        found.append(sorted(rows, key=lambda row: int(row["id"])))
    return found


def test_the_tables_are_the_harnesss_to_the_last_digit(evaluated):
    for run, rows in zip(RECORDED["runs"], evaluated, strict=True):
        for metric, name in METRICS.items():
            if metric in run["hflm"]["table"]:
                right = [row["right"][name] for row in rows]
                assert sum(right) / len(right) == run["hflm"]["table"][metric], (run["task"], metric)
                error = run["hflm"]["table"][f"{metric}_stderr"]
                assert standard_error(right) == pytest.approx(error, rel=1e-12), (run["task"], metric)
    assert {metric for run in RECORDED["runs"] for metric in run["hflm"]["table"]} >= set(METRICS)


def test_likelihoods_are_within_3e_3_and_greedy_flags_equal(evaluated):
    compared = 0
    for run, rows in zip(RECORDED["runs"], evaluated, strict=True):
        if run["task"] not in ("kinds", "where"):
            continue
        for row, said in zip(rows, run["hflm"]["said"], strict=True):
            choices = len(row["nats"])
            assert row["nats"] + row["alone"] == pytest.approx([nats for nats, _ in said], abs=3e-3)
            assert row["greedy"] == [greedy for _, greedy in said[:choices]]
            compared += len(said)
    assert compared > 500


def test_answers_are_the_harnesss(evaluated):
    for run, rows in zip(RECORDED["runs"], evaluated, strict=True):
        if run["task"] == "notes":
            assert [row["answer"].strip() for row in rows] == [text.strip() for [[text]] in run["hflm"]["said"]]


def test_the_harness_that_drives_our_model_gives_the_same_tables():
    for run in RECORDED["runs"]:
        assert run["ours"]["table"] == pytest.approx(run["hflm"]["table"], rel=1e-12)


@torch.no_grad()
def test_likelihoods_are_no_further_from_float64_than_the_harnesss(smollm2, evaluated):
    model, tokenizer = lessons_lib.load("smollm2-135m-instruct", dtype=torch.float64)
    [task] = load_tasks("kinds", limit=8)
    exact = []
    for item in task.items:
        for choice in item.choices:
            context, continuation = encode_pair(tokenizer, task.prompt(item), f" {choice}")
            logits = model(torch.tensor([[*context, *continuation]]))[0, len(context) - 1 : -1]
            exact.append(torch.log_softmax(logits, -1).gather(1, torch.tensor(continuation)[:, None]).sum().item())
    ours = [nats for row in evaluated[0][:8] for nats in row["nats"]]
    theirs = [nats for said in RECORDED["runs"][0]["hflm"]["said"][:8] for nats, _ in said[:5]]
    mine, others = (max(abs(a - b) for a, b in zip(found, exact, strict=True)) for found in (ours, theirs))
    assert mine <= max(others, 1e-4) < 3e-3


@pytest.fixture(params=["smollm2", "random"])
def pair(request):
    """A model and its tokenizer; of the random one the context is shorter than some texts."""
    return request.param, request.getfixturevalue("smollm2" if request.param == "smollm2" else "tiny")[:2]


def test_likelihoods_of_whole_texts_and_what_follows_of_them_are_the_harnesss(pair):
    name, (model, tokenizer) = pair
    texts, recorded = RECORDED["texts"], RECORDED["rolling"][name]
    task = Task(name="texts", kind="text", items=tuple(Item(id=str(n), query=text) for n, text in enumerate(texts)))
    results = evaluate(model, tokenizer, [task])
    nats = [row["nats"] for row in sorted(results.rows, key=lambda row: int(row["id"]))]
    said = [nats for [[nats]] in recorded["hflm"]["said"]]
    assert len(nats) == len(said) == 8 and nats == pytest.approx(said, rel=1e-5, abs=1e-3)
    assert nats == pytest.approx([nats for [[nats]] in recorded["ours"]["said"]], rel=1e-6, abs=1e-4)
    table, total = recorded["hflm"]["table"], sum(nats)
    assert bits_per_byte(total, texts) == pytest.approx(table["bits_per_byte"], rel=1e-5)
    assert results.measures()[0].value == pytest.approx(table["bits_per_byte"], rel=1e-5)
    assert perplexity(total, texts, of="byte") == pytest.approx(table["byte_perplexity"], rel=1e-5)
    assert perplexity(total, texts) == pytest.approx(table["word_perplexity"], rel=1e-4)
    windows = max(len(tokenizer.encode(text)) for text in texts) / model.config.max_position_embeddings
    assert windows > 3 if name == "random" else windows < 1


@torch.no_grad()
def test_likelihoods_of_whole_texts_are_no_further_from_float64_than_the_harnesss(smollm2):
    model, tokenizer = lessons_lib.load("smollm2-135m-instruct", dtype=torch.float64)
    for number in (3, 5):
        [(context, ids)] = encode_text(tokenizer, RECORDED["texts"][number], 8192)
        logits = model(torch.tensor([[*context, *ids]]))[0, :-1]
        exact = torch.log_softmax(logits, -1).gather(1, torch.tensor(ids)[:, None]).sum().item()
        [[theirs]] = RECORDED["rolling"]["smollm2"]["hflm"]["said"][number]
        [ours] = score(smollm2[0], [Asked(context, ids)])
        assert abs(ours.nats - exact) <= abs(theirs - exact) < 1e-2
