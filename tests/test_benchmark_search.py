"""The benchmarks of search measure what they say: both sides do the same work."""

import warnings

import numpy as np
import pytest

from benchmarks import search
from benchmarks.harness import run
from benchmarks.peers import Models
from lessons_lib.apps.embedding import load_encoder


@pytest.mark.parametrize("benchmark", [search.sentences, search.by_words])
def test_a_quick_run_has_a_row_each(benchmark, tmp_path):
    rows = run(benchmark(Models(tmp_path, quick=True)), rounds=1, warm_ups=0)
    assert [row.role for row in rows] == ["ours", "peer"] and all(row.median > 0 for row in rows)


def test_both_sides_make_the_same_vectors():
    texts = search.passages(10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert np.abs(load_encoder().encode(texts) - search.Bert().encode(texts)).max() < 1e-6
