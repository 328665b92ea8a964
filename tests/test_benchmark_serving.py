"""The benchmark of serving: both sides make the same texts, and every token is counted."""

import sys
import threading

import pytest
from models import random_model

from benchmarks import arrivals, load, serving
from benchmarks.harness import run
from benchmarks.peers import Models
from lessons_lib.classroom.lessons.lesson17 import recorded


def test_a_quick_run_has_speeds_first_tokens_and_gaps_of_both(tmp_path):
    rows = run(serving.benchmark(Models(tmp_path, quick=True), clients=2), rounds=1, warm_ups=0)
    assert {(row.role, row.name) for row in rows} == {("ours", "ours"), ("peer", "llama.cpp, Q8_0")}
    assert len(rows) == 8 and all(row.median > 0 for row in rows)


@pytest.mark.parametrize("clients", [1, 3])
def test_every_client_gets_its_texts_and_all_tokens_are_heard(clients):
    asked = []

    def ask(prompt, new, each):
        asked.append(prompt)
        for _ in range(new):
            each()

    sample = serving.load(ask, clients, 5, 4, 2)
    assert len(asked) == 2 * clients and len({tuple(ids) for ids in asked}) == len(asked)
    assert all(len(ids) == 5 for ids in asked) and sample["tokens/s"] > 0


def test_a_load_counts_every_text_and_more_clients_wait_longer():
    model = random_model(max_position_embeddings=128)
    few, many = (load.together(model, clients, 0) for clients in (2, 24))
    for found, clients in ((few, 2), (many, 24)):
        texts = max(recorded.LEAST, recorded.TEXTS * clients)
        assert len(found["first"]) == texts and found["tokens"] == texts * recorded.NEW
        assert 0 < max(found["first"]) <= found["seconds"] + 0.01
    assert max(many["first"]) > max(few["first"])


def test_a_quick_run_of_arrivals_has_both_ways(tmp_path):
    rows = run(arrivals.benchmark(Models(tmp_path, quick=True), rate=2), rounds=1, warm_ups=0)
    assert {(row.role, row.name) for row in rows} == {("ours", "in process"), ("ours", "over HTTP")}
    assert len(rows) == 10 and all(row.median > 0 for row in rows)


def test_people_come_and_wait_for_nobody():
    come, all_there = [], threading.Barrier(40, timeout=300)  # which breaks if one waits for another's end

    def ask(prompt, new, each):
        come.append(tuple(prompt))
        each()
        all_there.wait()
        each()

    sample = arrivals.load(ask, 100, 40, 5, 2)
    assert len(set(come)) == 40 and all(len(ids) == 5 for ids in come)
    assert 0 < sample["ms to the first token, median"] <= sample["ms to the first token, p95"]


def test_an_answer_that_is_cut_is_no_figure():
    with pytest.raises(RuntimeError, match="got 0 served, allowed all 3"):
        arrivals.load(lambda *_: sys.exit(), 100, 3, 5, 2)
