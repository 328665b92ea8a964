"""The benchmark of experts: all candidates read the same text with the same weights, and what they measure is named."""

import pytest
import torch

from benchmarks import experts
from benchmarks.harness import run
from benchmarks.peers import Models
from lessons_lib import ModelConfig
from lessons_lib.generation import Runner
from lessons_lib.layers import record_routes


@pytest.fixture(params=experts.MODELS)
def model(request):
    sizes = {"hidden_size": 96, "intermediate_size": 64}
    return experts.made(ModelConfig(**experts.SIZES | sizes | experts.MODELS[request.param]))


def follow(read, ids, steps):
    """The scores of the next token after a text and after each of some more tokens, [steps + 1, V]."""
    scores, cache = read(ids, None)
    rows = [scores[0, -1]]
    for token in range(steps):
        scores, cache = read(torch.tensor([[token]]), cache)
        rows.append(scores[0, -1])
    return torch.stack(rows)


@torch.no_grad()
def test_all_candidates_compute_the_same(model, tmp_path):
    peer, ids = experts.theirs(model, tmp_path / "model"), torch.arange(37)[None]
    expected = follow(experts.of_transformers(peer, None), ids, 3)
    readers = [experts.ours(model, Runner(model)), experts.ours(model, model)]
    if peer._can_set_experts_implementation():
        readers += [experts.of_transformers(peer, way) for way in ("eager", "grouped_mm")]
    assert len(readers) == (2 if model.config.scale_expert_input else 4)
    for read in readers:
        torch.testing.assert_close(follow(read, ids, 3), expected, atol=1e-4, rtol=0)


def test_transformers_runs_experts_in_the_way_that_is_measured(tmp_path):
    sizes = {"hidden_size": 96, "intermediate_size": 64}
    model = experts.made(ModelConfig(**experts.SIZES | sizes | experts.MODELS["Mixtral: 8 experts, 2 chosen"]))
    peer = experts.theirs(model, tmp_path / "model")
    assert peer.get_experts_implementation()[""] == "grouped_mm"  # its own choice
    for way in ("eager", "grouped_mm"):
        experts.of_transformers(peer, way)(torch.arange(5)[None], None)
        assert peer.model.layers[7].mlp.experts.config._experts_implementation == way


@torch.no_grad()
def test_the_text_is_spread_over_all_experts(model):
    with record_routes(model) as routes:
        model(torch.arange(512)[None])
    count = model.config.num_local_experts
    for routing in (seen[0] for seen in routes.values()):
        shares = routing.experts.flatten().bincount(minlength=count) / routing.experts.numel() * count
        assert shares.min() > 0.2 and shares.max() < 3


@torch.no_grad()
def test_running_every_expert_gives_the_same_layer():
    sizes = {"hidden_size": 96, "intermediate_size": 64, "num_hidden_layers": 1}
    config = ModelConfig(**experts.SIZES | sizes, num_local_experts=5, num_experts_per_tok=2, norm_topk_prob=True)
    block, x = experts.made(config).model.layers[0].mlp, torch.randn(2, 13, 96)
    torch.testing.assert_close(experts.dense(block, x), block(x), atol=1e-5, rtol=0)


def test_a_quick_run_has_a_row_for_each_candidate_and_unit(tmp_path):
    family = "Mixtral: 8 experts, 2 chosen"
    rows = run(experts.benchmark(Models(tmp_path, quick=True), family), rounds=1, warm_ups=0)
    roles, units = ["ours", "ours", "peer", "peer", "limit"], ["prefill tokens/s", "decode tokens/s"]
    assert [(row.role, row.unit) for row in rows] == [(role, unit) for unit in units for role in roles]
    assert all(row.times_peer > 0 and row.of_limit > 0 for row in rows if row.role == "ours")


def test_growth_is_measured_for_each_number_of_experts(tmp_path):
    rows = run(experts.growth(Models(tmp_path, quick=True)), rounds=1, warm_ups=0)
    cases = ["ms a token alone", "ms a token among 256"]
    names = ["ours", "every expert on every token"]
    expected = [(name, f"{case}, {count} experts") for case in cases for count in (1, 2, 4) for name in names]
    assert [(row.name, row.unit) for row in rows] == expected and {row.picture for row in rows} == {"experts"}
