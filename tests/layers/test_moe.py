"""Experts and their routers against transformers' five families, a dense reference, and ways to get them wrong."""

from contextlib import nullcontext
from copy import deepcopy

import pytest
import torch
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import our_config, random, torchs_product
from torch import nn
from transformers import DeepseekV2Config, DeepseekV3Config, Llama4TextConfig, MixtralConfig, Qwen3MoeConfig
from transformers.models.deepseek_v2.modeling_deepseek_v2 import DeepseekV2Moe
from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3MoE
from transformers.models.llama4.modeling_llama4 import Llama4TextMoe
from transformers.models.mixtral.modeling_mixtral import MixtralSparseMoeBlock
from transformers.models.qwen3_moe.modeling_qwen3_moe import Qwen3MoeSparseMoeBlock

from lessons_lib import Transformer
from lessons_lib.layers import FeedForward, MixtureOfExperts, QuantizedLinear, Routing, quantize, route

# No two sizes are equal: C 36, F 20 (40 where shared), E 12 in 4 groups of which 2 are open, K 5; B 3, T 50.
C, F, E, K = 36, 20, 12, 5
GROUPS = {"n_group": 4, "topk_group": 2, "routed_scaling_factor": 2.5}
DEEPSEEK = {"hidden_size": C, "num_attention_heads": 6, "moe_intermediate_size": F, "n_routed_experts": E} | GROUPS
DEEPSEEK |= {"n_shared_experts": 2, "num_experts_per_tok": K}
MIXTRAL = MixtralConfig(hidden_size=C, intermediate_size=F, num_local_experts=E, num_experts_per_tok=K)
QWEN3 = {"hidden_size": C, "moe_intermediate_size": F, "num_experts": E, "num_experts_per_tok": K}
LLAMA4 = {"hidden_size": C, "intermediate_size": F, "num_local_experts": E}

BLOCKS = {
    "mixtral": (MixtralSparseMoeBlock(MIXTRAL), {"norm_topk_prob": True}),
    "qwen3": (Qwen3MoeSparseMoeBlock(Qwen3MoeConfig(**QWEN3, norm_topk_prob=False)), {}),
    "qwen3, normalised": (
        Qwen3MoeSparseMoeBlock(Qwen3MoeConfig(**QWEN3, norm_topk_prob=True)),
        {"norm_topk_prob": True},
    ),
    "deepseek v2": (
        DeepseekV2Moe(DeepseekV2Config(**DEEPSEEK, topk_method="group_limited_greedy")),
        {"topk_method": "group_limited_greedy", "n_shared_experts": 2} | GROUPS,
    ),
    "deepseek v2 lite": (
        DeepseekV2Moe(DeepseekV2Config(**DEEPSEEK | {"n_group": 1, "topk_group": 1}, topk_method="greedy")),
        {"n_shared_experts": 2, "routed_scaling_factor": 2.5},
    ),
    "deepseek v3": (
        DeepseekV3MoE(DeepseekV3Config(**DEEPSEEK, norm_topk_prob=True)),
        {"topk_method": "noaux_tc", "scoring_func": "sigmoid", "norm_topk_prob": True, "n_shared_experts": 2} | GROUPS,
    ),
    "llama 4": (
        Llama4TextMoe(Llama4TextConfig(**LLAMA4, num_experts_per_tok=1)),
        {"scoring_func": "sigmoid", "scale_expert_input": True, "n_shared_experts": 1, "num_experts_per_tok": 1},
    ),
    "llama 4, two experts": (
        Llama4TextMoe(Llama4TextConfig(**LLAMA4, num_experts_per_tok=2)),
        {"scoring_func": "sigmoid", "scale_expert_input": True, "n_shared_experts": 1, "num_experts_per_tok": 2},
    ),
}
for _block, _ in BLOCKS.values():
    for _name, _tensor in _block.state_dict().items():
        _tensor.copy_(random(*_tensor.shape, seed=len(_name)) * (0.5 if "gate.weight" in _name else 0.2))


def config(**changes):
    return our_config(**{"num_local_experts": E, "num_experts_per_tok": K, "moe_intermediate_size": F} | changes)


def ours(seed=0, **changes):
    """Our block with random weights, the router's large enough that tokens differ in where they go."""
    torch.manual_seed(seed)
    block = MixtureOfExperts(config(**changes))
    for name, parameter in block.named_parameters():
        nn.init.normal_(parameter, std=0.5 if "router" in name else 0.2)
    if block.router.e_score_correction_bias is not None:
        nn.init.normal_(block.router.e_score_correction_bias, std=0.2)
    return block


def pair(family):
    """A block of transformers, and ours with its weights."""
    theirs, switches = BLOCKS[family]
    block, state = MixtureOfExperts(config(**switches)), {}
    for name, tensor in theirs.state_dict().items():
        part, _, rest = name.partition(".")
        if part != "experts":
            state[f"{'shared_expert' if part.startswith('shared') else 'router'}.{rest}"] = tensor
            continue
        for e, matrix in enumerate(tensor.mT if "llama" in family else tensor):
            names = ("gate_proj", "up_proj") if rest == "gate_up_proj" else ("down_proj",)
            for each, weight in zip(names, matrix.chunk(len(names)), strict=True):
                state[f"experts.{e}.{each}.weight"] = weight
    block.load_state_dict(state)
    return theirs, block


@torch.no_grad()
def output(theirs, x):
    """What a block of transformers makes of x [B, T, C]; Llama 4's gives its logits too."""
    out = theirs(x)
    return (out[0] if isinstance(out, tuple) else out).view_as(x)


def spread(routing: Routing) -> torch.Tensor:
    """The weight of each expert for each token, 0 where it was not chosen: [N, E]."""
    return torch.zeros_like(routing.scores).scatter(-1, routing.experts, routing.weights)


def dense(block, x, weights):
    """The reference: every expert on every token, with weights [N, E] that are mostly zero."""
    tokens, out = x.flatten(0, -2), 0
    for expert, weight in zip(block.experts, weights.T[..., None], strict=True):
        out = out + (expert(tokens * weight) if block.scale_input else expert(tokens) * weight)
    if block.shared_expert is not None:
        out = out + block.shared_expert(tokens)
    return out.view_as(x)


# Against transformers


@pytest.mark.parametrize("family", BLOCKS)
def test_blocks_equal_transformers(family):
    theirs, block = pair(family)
    for shape in ((3, 50), (1, 1), (1, 2)):
        x = random(*shape, C)
        with torch.no_grad():
            torch.testing.assert_close(block(x), output(theirs, x), atol=2e-6, rtol=0)


@pytest.mark.parametrize("family", BLOCKS)
def test_routers_equal_transformers(family):
    theirs, block = pair(family)
    x = random(150, C)
    with torch.no_grad():
        routing = block.router(x)
        if "llama" in family:
            weights, logits = theirs.router(x)
            assert torch.equal(spread(routing), weights)
            assert torch.equal(routing.scores, logits.sigmoid())
            return
        logits, weights, experts = theirs.gate(x)
    expected = torch.zeros(150, E).scatter(1, experts, weights)
    # DeepSeek's code leaves the order of the chosen open, and their sum depends on it in the last digit
    torch.testing.assert_close(spread(routing), expected, atol=0, rtol=3e-7 if "v3" in family else 0)
    assert torch.equal(routing.scores, logits.sigmoid() if "v3" in family else logits.softmax(-1))


@pytest.mark.parametrize("family", BLOCKS)
@torch.no_grad()
def test_models_of_bfloat16_route_like_deepseek_and_seldom_unlike_the_others(family):
    theirs, block = (deepcopy(model).bfloat16() for model in pair(family))
    x = random(1, 3000, C).bfloat16()
    with torchs_product():
        apart = (block(x).float() - output(theirs, x).float()).abs().amax(-1)[0]  # [T]
    if "deepseek" in family:
        assert (apart > 0).float().mean() < 0.01 and apart.max() < 0.1  # one rounding in the sum of the weights
    else:
        assert 0 < (apart > 0.2).float().mean() < 0.03  # another expert, after a near tie


# Known-wrong variants


def _scores(block, x):
    logits = x.flatten(0, -2) @ block.router.weight.T
    return logits, logits.softmax(-1)


def _of_chosen(block, x, weigh):
    """Weights from the chosen experts' logits [N, K] alone."""
    routing = block.router(x.flatten(0, -2))
    logits, _ = _scores(block, x)
    return spread(routing._replace(weights=weigh(logits.gather(-1, routing.experts))))


def _with(block, x, **changes):
    return spread(route(_scores(block, x)[0], config(**changes), block.router.e_score_correction_bias))


V3 = BLOCKS["deepseek v3"][1]
WRONG = {
    "mixtral": {
        "not normalised": lambda b, x: _with(b, x),
        "a sigmoid": lambda b, x: _with(b, x, norm_topk_prob=True, scoring_func="sigmoid"),
        "one expert too few": lambda b, x: _with(b, x, norm_topk_prob=True, num_experts_per_tok=K - 1),
        "all weights equal": lambda b, x: _of_chosen(b, x, lambda logits: torch.full_like(logits, 1 / K)),
        "all experts": lambda b, x: _scores(b, x)[1],
    },
    "qwen3": {
        "softmax over the chosen": lambda b, x: _of_chosen(b, x, lambda logits: logits.softmax(-1)),
        "normalised": lambda b, x: _with(b, x, norm_topk_prob=True),
    },
    "deepseek v2": {
        "groups ignored": lambda b, x: _with(b, x, routed_scaling_factor=2.5),
        "groups by their two best": lambda b, x: spread(
            route(_scores(b, x)[0], config(**GROUPS, topk_method="noaux_tc"), torch.zeros(E))
        ),
        "not scaled": lambda b, x: _with(
            b, x, **GROUPS | {"routed_scaling_factor": 1.0}, topk_method="group_limited_greedy"
        ),
    },
    "deepseek v3": {
        "groups ignored": lambda b, x: _with(b, x, **V3 | {"n_group": 1, "topk_group": 1}),
        "groups by their best": lambda b, x: _with(b, x, **V3 | {"topk_method": "group_limited_greedy"}),
        "no correction": lambda b, x: spread(route(_scores(b, x)[0], config(**V3))),
        "correction in the logits": lambda b, x: spread(
            route(_scores(b, x)[0] + b.router.e_score_correction_bias, config(**V3))
        ),
        "correction in the weights": lambda b, x: _corrected_weights(b, x),
        "a softmax": lambda b, x: _with(b, x, **V3 | {"scoring_func": "softmax"}),
        "not normalised": lambda b, x: _with(b, x, **V3 | {"norm_topk_prob": False}),
    },
    "llama 4": {
        "softmax of all": lambda b, x: _with(b, x, num_experts_per_tok=1),
        "softmax of the chosen": lambda b, x: _of_chosen(b, x, lambda logits: logits.softmax(-1)),
    },
}


def _corrected_weights(block, x):
    experts, _, scores = block.router(x.flatten(0, -2))
    weights = (scores + block.router.e_score_correction_bias).gather(-1, experts)
    return spread(Routing(experts, weights / weights.sum(-1, keepdim=True) * 2.5, scores))


@pytest.mark.parametrize(("family", "variant"), [(family, variant) for family in WRONG for variant in WRONG[family]])
@torch.no_grad()
def test_wrong_routers_are_told_from_transformers(family, variant):
    theirs, block = pair(family)
    x = random(3, 50, C)
    right, wrong = spread(block.router(x.flatten(0, -2))), WRONG[family][variant](block, x)
    assert (dense(block, x, right) - output(theirs, x)).abs().max() < 5e-6
    assert (dense(block, x, wrong) - output(theirs, x)).abs().max() > 0.05


@pytest.mark.parametrize("family", ["mixtral", "llama 4"])
@torch.no_grad()
def test_scaling_the_other_side_of_an_expert_is_told_from_transformers(family):
    theirs, block = pair(family)
    x = random(3, 50, C)
    block.scale_input = not block.scale_input
    assert (block(x) - output(theirs, x)).abs().max() > 0.05


@torch.no_grad()
def test_adding_all_answers_at_once_by_index_would_lose_repeated_tokens():
    theirs, block = pair("mixtral")
    x = random(3, 50, C)
    tokens, lost, kept = x.flatten(0, -2), torch.zeros(150, C), torch.zeros(150, C)
    experts, weights, _ = block.router(tokens)
    rows = torch.arange(150).repeat_interleave(K)
    answers = torch.stack([block.experts[e](tokens[n]) for n, e in zip(rows, experts.flatten(), strict=True)])
    answers *= weights.flatten()[:, None]
    lost[rows] += answers
    kept.index_add_(0, rows, answers)
    assert (kept.view_as(x) - output(theirs, x)).abs().max() < 5e-6
    assert (lost.view_as(x) - output(theirs, x)).abs().max() > 0.05


# Against the dense reference


@st.composite
def blocks(draw):
    """A block in float64 with drawn sizes and switches, and x [B, T, C]."""
    experts = draw(st.integers(1, 9))
    switches = {
        "hidden_size": draw(st.integers(1, 4)) * 6,
        "num_local_experts": experts,
        "num_experts_per_tok": draw(st.integers(1, experts)),
        "moe_intermediate_size": draw(st.integers(1, 7)),
        "n_shared_experts": draw(st.integers(0, 2)),
        "scoring_func": draw(st.sampled_from(["softmax", "sigmoid"])),
        "topk_method": draw(st.sampled_from(["greedy", "noaux_tc"] if experts > 1 else ["greedy"])),
        "norm_topk_prob": draw(st.booleans()),
        "scale_expert_input": draw(st.booleans()),
        "gated_mlp": draw(st.booleans()),
    }
    seed = draw(st.integers(0, 2**20))
    x = random(draw(st.integers(1, 3)), draw(st.integers(1, 17)), switches["hidden_size"], seed=seed)
    return ours(seed, **switches).double(), x.double()


@given(blocks())
@settings(derandomize=True, max_examples=examples(150), deadline=None)
def test_running_only_the_chosen_equals_running_all(drawn):
    block, x = drawn
    torch.testing.assert_close(block(x), dense(block, x, spread(block.router(x.flatten(0, -2)))), atol=1e-12, rtol=0)


@given(blocks())
@settings(derandomize=True, max_examples=examples(40), deadline=None)
def test_gradients_are_those_of_the_dense_reference(drawn):
    block, x = drawn
    x.requires_grad_()
    wanted = [x, *block.parameters()]
    out, expected = block(x), dense(block, x, spread(block.router(x.flatten(0, -2))))
    direction = torch.randn_like(out)
    found = torch.autograd.grad(out, wanted, direction, allow_unused=True)
    for mine, other in zip(found, torch.autograd.grad(expected, wanted, direction, allow_unused=True), strict=True):
        zero = torch.zeros((), dtype=torch.float64)
        torch.testing.assert_close(*torch.broadcast_tensors(*(zero if g is None else g for g in (mine, other))))


def test_gradients_reach_the_router_and_the_chosen_experts_alone():
    block = ours(num_experts_per_tok=2)
    x = random(1, 1, C).requires_grad_()
    chosen = set(block.router(x[0]).experts[0].tolist())
    block(x).sum().backward()
    assert block.router.weight.grad.abs().sum() > 0 and x.grad.abs().sum() > 0
    assert {e for e, expert in enumerate(block.experts) if expert.up_proj.weight.grad is not None} == chosen


# The corners


@pytest.mark.parametrize("score", ["softmax", "sigmoid"])
def test_choosing_all_experts_weighs_them_by_their_scores(score):
    routing = route(random(9, E), config(num_experts_per_tok=E, scoring_func=score))
    assert torch.equal(spread(routing), routing.scores)


def test_one_expert_is_a_feed_forward_network():
    block = ours(num_local_experts=1, num_experts_per_tok=1)
    x = random(2, 7, C)
    torch.testing.assert_close(block(x), block.experts[0](x), atol=1e-6, rtol=0)


@pytest.mark.parametrize("switches", [{}, {"norm_topk_prob": True}, {"scale_expert_input": True}])
def test_all_tokens_to_one_expert(switches):
    block = ours(num_experts_per_tok=1, scoring_func="sigmoid", **switches)
    x = random(2, 30, C).abs()
    with torch.no_grad():
        block.router.weight.copy_(torch.eye(E)[7][:, None])
    assert block.router(x.flatten(0, 1)).experts.unique().tolist() == [7]
    torch.testing.assert_close(block(x), dense(block, x, spread(block.router(x.flatten(0, 1)))), atol=2e-6, rtol=0)


def test_a_token_does_not_mind_what_else_is_in_the_batch():
    block, x = ours(), random(3, 20, C)
    order = torch.randperm(60, generator=torch.Generator().manual_seed(1))
    whole = block(x).view(60, C)
    alone = torch.cat([block(token.view(1, 1, C)) for token in x.view(60, C)]).view(60, C)
    torch.testing.assert_close(alone, whole, atol=2e-6, rtol=0)
    torch.testing.assert_close(block(x.view(60, C)[order][None])[0], whole[order], atol=2e-6, rtol=0)


def test_each_chosen_expert_runs_once_and_the_others_never():
    block, calls = ours(num_experts_per_tok=2), []
    for e, expert in enumerate(block.experts):
        expert.register_forward_hook(lambda _, given, __, e=e: calls.append((e, *given[0].shape)))
    block(random(1, 4, C))
    experts = block.router(random(1, 4, C)[0]).experts
    expected = [(e, int(n), C) for e, n in enumerate(experts.flatten().bincount(minlength=E)) if n]
    assert calls == expected and sum(n for _, n, _ in calls) == 4 * 2 and len(calls) < E


def test_sigmoids_that_round_to_one_do_not_hide_the_best_expert():
    logits = torch.tensor([[18.0, 30.0, 40.0, 25.0]])
    assert logits.sigmoid().unique().tolist() == [1.0]
    sizes = {"num_local_experts": 4, "scoring_func": "sigmoid"}
    assert route(logits, config(num_experts_per_tok=1, **sizes)).experts.tolist() == [[2]]
    assert route(logits, config(num_experts_per_tok=3, **sizes)).experts.tolist() == [[2, 1, 3]]


@pytest.mark.parametrize("score", ["softmax", "sigmoid"])
def test_weights_stay_finite_for_very_large_and_very_small_logits(score):
    logits = torch.tensor([[3e4, -3e4, 0.0], [-1e4, -2e4, -3e4], [0.0, 0.0, 0.0]])
    settings = {"num_local_experts": 3, "num_experts_per_tok": 2, "scoring_func": score, "norm_topk_prob": True}
    weights = route(logits, config(**settings)).weights
    assert weights.isfinite().all() and (weights >= 0).all()
    sums = [1.0, 0.0 if score == "sigmoid" else 1.0, 1.0]
    torch.testing.assert_close(weights.sum(-1), torch.tensor(sums))


def test_equal_scores_give_different_experts_with_equal_weights():
    experts, weights, _ = route(torch.zeros(5, E), config(norm_topk_prob=True))
    assert all(len(set(row)) == K for row in experts.tolist())
    torch.testing.assert_close(weights, torch.full((5, K), 1 / K))


@given(st.integers(0, 2**20))
@settings(derandomize=True, max_examples=examples(50), deadline=None)
def test_tokens_stay_in_their_groups_and_weights_add_up(seed):
    correction, logits = random(E, seed=seed), random(31, E, seed=seed + 1)
    experts, weights, scores = route(logits, config(**V3), correction)
    for row in (experts // 3).tolist():
        assert len(set(row)) == 2  # 5 experts of groups of 3 need both open groups
    torch.testing.assert_close(weights.sum(-1), torch.full((31,), 2.5))
    torch.testing.assert_close(weights / weights[:, :1], scores.gather(1, experts) / scores.gather(1, experts[:, :1]))


# Precision, quantisation and modes


@pytest.mark.parametrize(
    ("dtype", "exact"), [(torch.bfloat16, torch.float32), (torch.float32, torch.float32), (torch.float64,) * 2]
)
def test_routing_is_exact_and_the_answer_has_the_tokens_dtype(dtype, exact):
    block = ours(n_shared_experts=1).to(dtype)
    x = random(2, 7, C).to(dtype)
    experts, weights, scores = block.router(x[0])
    assert (experts.dtype, weights.dtype, scores.dtype) == (torch.int64, exact, exact)
    assert block(x).dtype == dtype


@pytest.mark.parametrize("scale_expert_input", [False, True])
def test_autocast_rounds_experts_and_not_the_router(scale_expert_input):
    block, x = ours(scale_expert_input=scale_expert_input), random(2, 30, C)
    expected, routing = block(x), block.router(x[0])
    with torch.autocast("cpu", torch.bfloat16):
        found = block(x)
        assert torch.equal(block.router(x[0]).scores, routing.scores)
    assert not torch.equal(found, expected)
    torch.testing.assert_close(found, expected, atol=0.02 * expected.abs().max().item(), rtol=0)
    found.sum().backward()
    assert block.router.weight.grad.isfinite().all()


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("family", BLOCKS)
def test_modes_without_gradients_give_the_same_numbers(family, mode):
    _, block = pair(family)
    x = random(2, 30, C)
    before = x.clone()
    expected = block(x).detach()
    with mode():
        assert torch.equal(block(x), expected) and torch.equal(x, before)


@pytest.mark.parametrize(("bits", "bound"), [(8, 0.01), (4, 0.15)])
def test_experts_are_quantised_and_the_router_is_not(bits, bound):
    block = ours(hidden_size=64, moe_intermediate_size=32, n_shared_experts=1)
    x = random(2, 30, 64)
    routing, expected = block.router(x[0]), block(x)
    quantize(block, bits)
    experts = [block.shared_expert, *block.experts]
    assert all(isinstance(part, QuantizedLinear) for expert in experts for part in expert.children())
    assert torch.equal(block.router(x[0]).scores, routing.scores)
    assert 0 < (block(x) - expected).norm() / expected.norm() < bound


@pytest.mark.parametrize("change", [nullcontext, quantize])
def test_a_model_made_without_memory_is_filled_later(change):
    sizes = {
        "hidden_size": 96,
        "head_dim": 16,
        "intermediate_size": 64,
        "moe_intermediate_size": 32,
        "num_hidden_layers": 2,
    }
    settings = config(**sizes, **V3, moe_layers=[1])
    with torch.device("meta"):
        empty = Transformer(settings)
    model = Transformer(settings)
    for each in (empty, model):
        change(each)
    assert all(tensor.is_meta for tensor in empty.state_dict().values())
    empty.load_state_dict(model.state_dict(), assign=True)
    ids = torch.arange(11)[None]
    assert torch.equal(empty.eval()(ids), model.eval()(ids))


def test_parameters_have_the_promised_names_and_shapes():
    block = MixtureOfExperts(config(**V3))
    shapes = {name: tuple(tensor.shape) for name, tensor in block.state_dict().items()}
    projections = {"gate_proj": (F, C), "up_proj": (F, C), "down_proj": (C, F)}
    expected = {"router.weight": (E, C), "router.e_score_correction_bias": (E,)}
    expected |= {f"experts.{e}.{name}.weight": shape for e in range(E) for name, shape in projections.items()}
    wide = {"gate_proj": (2 * F, C), "up_proj": (2 * F, C), "down_proj": (C, 2 * F)}
    assert shapes == expected | {f"shared_expert.{name}.weight": shape for name, shape in wide.items()}


def test_only_layers_that_the_config_names_have_experts():
    model = Transformer(config(num_hidden_layers=4, moe_layers=[1, 3]))
    kinds = [type(layer.mlp) for layer in model.model.layers]
    assert kinds == [FeedForward, MixtureOfExperts] * 2
    assert model.model.layers[0].mlp.up_proj.out_features == 52 and model.model.layers[1].mlp.shared_expert is None
