"""Layers that share or choose keys, or have heads of their own: a cache that is cut back and reordered is exact."""

import pytest
import torch
from configs import changes_of
from models import our_config, token_ids

from lessons_lib import Transformer
from lessons_lib.config import costs
from lessons_lib.generation import KVCache

SLIDING = {"sliding_window": 7, "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}
NAMES = ("num_kv_shared_layers", "altup_num_inputs", "full_head_dim", "attention_k_eq_v", "dense_beside_experts")
KINDS = {"index_layers": changes_of("index_layers"), "index_topk": changes_of("index_topk")}
KINDS |= {name: changes_of(name) for name in NAMES}
KINDS |= {f"{name}, sliding": changes_of(name) | SLIDING for name in NAMES}


@pytest.mark.parametrize("changes", KINDS.values(), ids=KINDS)
@torch.no_grad()
def test_a_cache_is_cut_back_and_its_rows_are_chosen(changes):
    torch.manual_seed(0)
    model, ids = Transformer(our_config(**changes)).double().eval(), token_ids(3, 90)
    whole, cache, rows = model(ids), KVCache.of(model, 3), [2, 0, 2]
    first = model(ids[:, :60], cache)
    cache.truncate(58)
    parts = [first[:, :58], model(ids[:, 58:61], cache)]
    torch.testing.assert_close(torch.cat(parts, 1), whole[:, :61], atol=1e-10, rtol=0)
    cache.select(rows)
    torch.testing.assert_close(model(ids[rows, 61:], cache), whole[rows, 61:], atol=1e-10, rtol=0)


@pytest.mark.parametrize("changes", KINDS.values(), ids=KINDS)
def test_parameters_and_bytes_are_counted(changes):
    model = Transformer(our_config(**changes))
    assert costs.num_parameters(model.config) == model.num_parameters()
    if "sliding_window" not in changes:
        assert KVCache.of(model, 3, 50).nbytes == costs.kv_cache_bytes(model.config, 50, 3)


def test_of_equal_scores_the_earliest_tokens_are_seen():
    model = Transformer(our_config(**changes_of("index_topk")))
    attention, k = model.model["layers"][0].self_attn, model.config.index_topk
    torch.nn.init.zeros_(attention.indexer.weights_proj.weight)
    x, short = torch.randn(1, 20, model.config.hidden_size), torch.randn(1, 20, model.config.q_lora_rank)
    chosen = attention.indexer(x, short, None, attention.indexer.key(x, None), None)
    seen = torch.arange(20)[None] < torch.arange(1, 21)[:, None].clamp(max=k)
    assert torch.equal(chosen[0, 0], seen)
