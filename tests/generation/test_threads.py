"""Texts made in other threads, in several at once, under each of numba's threading layers, and in forked processes."""

import multiprocessing
import os
import subprocess
import sys
import threading

import pytest
import torch
from models import random_model, token_ids

from lessons_lib.generation import generate
from lessons_lib.generation.compiled.whole_pass import run
from lessons_lib.layers import quantize

WHOLE = {"hidden_size": 64, "intermediate_size": 160, "head_dim": 16}


def texts(model, prompts):
    return [list(generate(model, ids, 12, stop_token_ids=())) for ids in prompts]


@pytest.mark.parametrize("bits", [None, 8, 4])
@pytest.mark.parametrize("workers", [1, 2, 5])
def test_texts_are_those_of_single_runs(bits, workers):
    model = random_model(**WHOLE)
    if bits:
        quantize(model, bits)
    prompts = [token_ids(1, length, seed=length)[0].tolist() for length in (3, 9, 30)]
    alone, found = texts(model, prompts), []
    threads = [threading.Thread(target=lambda: found.append(texts(model, prompts))) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [alone] * workers


def test_a_step_lets_other_threads_run():
    assert run.targetoptions["nogil"]  # what that means is tested where work is shared out


LAYERS = """
import sys, threading, torch
sys.path[:0] = sys.argv[1:]
from test_threads import texts
from models import random_model
model = random_model()
alone, found = texts(model, [[1, 2, 3]] * 3), []
threads = [threading.Thread(target=lambda: found.append(texts(model, [[1, 2, 3]] * 3))) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert found == [alone] * 4
"""


@pytest.mark.parametrize("layer", ["workqueue", "omp"])
def test_no_threading_layer_of_numba_ends_the_process(layer):
    here = os.path.dirname(__file__)
    command = [sys.executable, "-c", LAYERS, here, os.path.dirname(here)]
    result = subprocess.run(command, env=os.environ | {"NUMBA_THREADING_LAYER": layer}, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def _in_child(queue, model, prompts, ids):
    with torch.no_grad():
        scores = model(ids)
    queue.put((texts(model, prompts), scores.numpy()))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="there is no fork here")
@pytest.mark.parametrize("bits", [None, 8])
def test_a_forked_process_goes_on(bits):
    model = random_model(**WHOLE, max_position_embeddings=600)
    if bits:
        quantize(model, bits)
    prompts, ids = [[1, 2, 3], list(range(50))], token_ids(2, 500)
    with torch.no_grad():
        expected, scores = texts(model, prompts), model(ids)  # threads have been started
    fork = multiprocessing.get_context("fork")
    queue = fork.Queue()
    children = [fork.Process(target=_in_child, args=(queue, model, prompts, ids)) for _ in range(2)]
    for child in children:
        child.start()
    for _ in children:
        theirs, their_scores = queue.get(timeout=120)
        assert theirs == expected
        torch.testing.assert_close(torch.from_numpy(their_scores), scores, atol=1e-5, rtol=1e-5)
    for child in children:
        child.join()
        assert child.exitcode == 0
