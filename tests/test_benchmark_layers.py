"""The benchmarks of attention and of a block: all candidates do the same work, and what they measure is named."""

import json

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import attention, block
from benchmarks.harness import run
from benchmarks.peers import TINY, Models
from lessons_lib.layers import Block


@torch.no_grad()
def test_all_ways_of_attention_compute_the_same():
    text = attention.inputs(37)
    results = {name: load()(*text) for name, load in attention.contenders().items()}
    assert set(results) == {"fused", "plain", "torch", "eager"}
    for result in results.values():
        assert result.shape == (1, attention.HEADS, 37, attention.HEAD_DIM)
        torch.testing.assert_close(result, results["torch"], atol=1e-5, rtol=0)


def test_attention_is_measured_at_each_length_in_a_process_of_its_own():
    sample = attention.in_process("plain", (1500, 16))()
    assert list(sample) == ["ms, 16 tokens", "MB, 16 tokens", "ms, 1500 tokens", "MB, 1500 tokens"]
    scores = 4 * attention.HEADS * 1500**2 / 1e6  # MB
    assert sample["MB, 16 tokens"] < scores / 2 < scores < sample["MB, 1500 tokens"] < 8 * scores
    assert 0 < sample["ms, 16 tokens"] < sample["ms, 1500 tokens"]


def test_a_quick_run_of_attention_has_a_row_for_each_unit(tmp_path, monkeypatch):
    names = []
    monkeypatch.setattr(attention, "in_process", lambda name, lengths: names.append(name) or (lambda: {"ms": 1.0}))
    rows = run(attention.benchmark(Models(tmp_path, quick=True)), rounds=1, warm_ups=0)
    assert names == ["fused", "plain", "torch", "eager"]
    assert [row.role for row in rows] == ["ours", "ours", "peer", "peer"]
    assert json.dumps(rows[0].samples) == "[1.0]"


def test_both_blocks_compute_the_same_forward_and_backward(tmp_path):
    models = Models(tmp_path, quick=True)
    x = torch.randn(2, 13, TINY.hidden_size, generator=torch.Generator().manual_seed(0))
    (out, grads), (expected, theirs) = block.ours(models)(x), block.transformers(models)(x)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=0)
    assert len(grads) == 1 + 9
    for mine, other in zip(grads, theirs, strict=True):
        torch.testing.assert_close(mine, other, atol=1e-4, rtol=1e-4)


def test_the_limit_multiplies_what_a_block_multiplies():
    weights = [weight for weight in Block(TINY, 0).parameters() if weight.dim() == 2]
    with FlopCounterMode(display=False) as counter:
        done = block.multiplier(weights, 11, lambda a, b: a @ b.T)()
    assert done == 11
    assert counter.get_total_flops() == 3 * 2 * 11 * sum(weight.numel() for weight in weights)


def test_a_quick_run_of_the_block_is_summed_up(tmp_path):
    rows, unit = run(block.benchmark(Models(tmp_path, quick=True)), rounds=1, warm_ups=0), "tokens/s"
    assert [(row.role, row.unit) for row in rows] == [("ours", unit), ("peer", unit), ("limit", unit), ("limit", unit)]
    assert rows[0].times_peer > 0 and rows[0].of_limit > 0
