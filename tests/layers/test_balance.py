"""Loads, the balancing loss against transformers', the correction bias, and what both do to a router that collapsed."""

import pytest
import torch
import torch.nn.functional as F
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import our_config, random, random_model, token_ids
from transformers.models.mixtral.modeling_mixtral import load_balancing_loss_func

from lessons_lib import ModelConfig, Transformer
from lessons_lib.layers import (
    Router,
    adjust_correction_bias,
    expert_load,
    load_balancing_loss,
    record_routes,
    route,
)

SIZES = {"num_local_experts": 7, "num_experts_per_tok": 3, "moe_intermediate_size": 20}


def routed(logits, **changes):
    return route(logits, our_config(**SIZES | {"num_local_experts": logits.shape[1]} | changes))


# Recording


def test_routes_are_those_of_each_layer_and_each_call():
    model = random_model(**SIZES, moe_layers=[0, 2], n_shared_experts=1)
    seen, first, second = {0: [], 2: []}, token_ids(2, 11), token_ids(1, 5)
    for layer in seen:
        router = model.model.layers[layer].mlp.router
        router.register_forward_hook(lambda router, given, _, layer=layer: seen[layer].append(router.forward(*given)))
    with record_routes(model) as routes:
        model(first)
        model(second)
    assert list(routes) == [0, 2]
    for layer, expected in seen.items():
        assert [routing.experts.shape for routing in routes[layer]] == [(22, 3), (5, 3)]
        for routing, other in zip(routes[layer], expected, strict=True):
            assert all(torch.equal(mine, theirs) for mine, theirs in zip(routing, other, strict=True))


def test_recording_ends_with_the_block_even_after_an_error():
    model = random_model(**SIZES)

    def fail():
        with record_routes(model) as routes:
            model(token_ids(1, 4))
            kept.append(routes)
            model(token_ids(1, 4) - 1000)

    kept = []
    with pytest.raises(ValueError, match="token_ids"):
        fail()
    model(token_ids(1, 4))
    assert [len(seen) for seen in kept[0].values()] == [1, 1, 1]
    assert not any(layer.mlp.router._forward_hooks for layer in model.model.layers)


def test_two_recordings_do_not_disturb_each_other():
    model = random_model(**SIZES)
    with record_routes(model) as outer:
        with record_routes(model) as inner:
            model(token_ids(1, 4))
        model(token_ids(1, 4))
    assert (len(outer[0]), len(inner[0])) == (2, 1)


def test_a_model_without_experts_has_no_routes():
    model = random_model()
    with record_routes(model) as routes:
        model(token_ids(1, 4))
    assert routes == {}


def test_recorded_scores_have_gradients_where_they_are_on():
    model = random_model(**SIZES)
    with record_routes(model) as routes:
        model(token_ids(1, 9))
        with torch.no_grad():
            model(token_ids(1, 9))
    assert [routing.scores.requires_grad for routing in routes[1]] == [True, False]
    load_balancing_loss(routes[layer][0] for layer in routes).backward()
    for layer in model.model.layers:
        assert layer.mlp.router.weight.grad.abs().sum() > 0


# Load and loss


@given(st.lists(st.integers(0, 6), max_size=60))
@settings(derandomize=True, max_examples=examples(50), deadline=None)
def test_load_counts_tokens(chosen):
    load = expert_load(torch.tensor(chosen, dtype=torch.long).view(-1, 1), 7)
    assert load.tolist() == [chosen.count(e) for e in range(7)]


@pytest.mark.parametrize("chosen", [1, 2, 3])
@pytest.mark.parametrize("normalised", [False, True])
def test_the_loss_equals_transformers(chosen, normalised):
    logits = 2 * random(53, 7, seed=chosen)
    logits.requires_grad_()
    mine = load_balancing_loss([routed(logits, num_experts_per_tok=chosen, norm_topk_prob=normalised)])
    theirs = load_balancing_loss_func((logits,), 7, chosen)
    torch.testing.assert_close(mine, theirs, atol=0, rtol=1e-6)
    gradients = (torch.autograd.grad(loss, logits)[0] for loss in (mine, theirs))
    torch.testing.assert_close(*gradients, atol=1e-7, rtol=0)


def test_the_loss_of_layers_is_the_mean_of_their_losses():
    logits = [2 * random(53, 7, seed=seed) for seed in range(3)]
    alone = torch.stack([load_balancing_loss_func((each,), 7, 3) for each in logits])
    torch.testing.assert_close(load_balancing_loss(map(routed, logits)), alone.mean(), atol=0, rtol=1e-6)


def test_one_layer_cannot_hide_what_another_does():
    """Pooled over layers, as in transformers, two layers that each use one expert of their own look balanced."""
    logits = torch.tensor([[9.0, -9.0]]).repeat(10, 1), torch.tensor([[-9.0, 9.0]]).repeat(10, 1)
    mine = load_balancing_loss(routed(each, num_experts_per_tok=1) for each in logits)
    assert mine > 1.99 and load_balancing_loss_func(logits, 2, 1) < 1.01


@pytest.mark.parametrize("score", ["softmax", "sigmoid"])
def test_the_loss_runs_from_the_chosen_to_all_experts(score):
    even = torch.stack([torch.arange(7.0).roll(turn) for turn in range(7)])
    collapsed = torch.tensor([[40.0, 40, 40, -40, -40, -40, -40]]).repeat(9, 1)
    torch.testing.assert_close(load_balancing_loss([routed(even, scoring_func=score)]), torch.tensor(3.0))
    torch.testing.assert_close(load_balancing_loss([routed(collapsed, scoring_func=score)]), torch.tensor(7.0))


def test_without_routings_there_is_no_loss():
    with pytest.raises(ValueError, match="routings: got none"):
        load_balancing_loss([])


# The correction bias


def router(**changes):
    return Router(our_config(**SIZES | {"topk_method": "noaux_tc", "scoring_func": "sigmoid"} | changes))


def test_the_bias_moves_against_the_load_by_the_speed_alone():
    one = router()
    one.e_score_correction_bias.copy_(torch.arange(7.0))
    adjust_correction_bias(one, torch.tensor([0, 4, 3, 5, 9, 3, 4]), speed=0.25)  # their mean is 4
    assert one.e_score_correction_bias.tolist() == [0.25, 1.0, 2.25, 2.75, 3.75, 5.25, 6.0]


def test_counts_too_large_for_bfloat16_are_still_told_apart():
    one = router(num_local_experts=2, num_experts_per_tok=1).bfloat16()
    adjust_correction_bias(one, torch.tensor([10001, 9999]), speed=0.5)
    assert one.e_score_correction_bias.tolist() == [-0.5, 0.5]


@pytest.mark.parametrize(
    ("settings", "load", "speed", "message"),
    [
        ({"topk_method": "greedy"}, 7, 0.1, 'topk_method: got "greedy", allowed "noaux_tc"'),
        ({}, 6, 0.1, r"load: got shape \[6\], allowed \[7\]"),
        ({}, 7, 0.0, "speed: got 0.0, allowed above 0"),
        ({}, 7, float("nan"), "speed: got nan, allowed above 0"),
        ({}, 7, float("inf"), "speed: got inf, allowed above 0"),
    ],
)
def test_wrong_adjustments_are_named(settings, load, speed, message):
    with pytest.raises(ValueError, match=message):
        adjust_correction_bias(router(**settings), torch.ones(load), speed)


# Training


def chain(length):
    """A text of 29 tokens, each of which has three that can follow."""
    generator = torch.Generator().manual_seed(1)
    followers, picks = (torch.randint(n, size, generator=generator) for n, size in ((29, (29, 3)), (3, (length,))))
    ids = [0]
    for pick in picks.tolist():
        ids.append(int(followers[ids[-1], pick]))
    return torch.tensor(ids)


def trained(model, text, extra_loss):
    """The loss of each of 100 steps on random windows of a text; what extra_loss gives is learned from, too.

    The rate rises over ten steps and then falls to zero in a straight line.
    """
    generator, losses = torch.Generator().manual_seed(0), []
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.95))
    for step in range(100):
        optimizer.param_groups[0]["lr"] = 3e-3 * min((step + 1) / 10, (100 - step) / 91)
        starts = torch.randint(len(text) - 32, (4,), generator=generator)
        windows = text[starts[:, None] + torch.arange(33)]  # [B, T + 1]
        loss = F.cross_entropy(model(windows[:, :-1]).flatten(0, 1), windows[:, 1:].flatten())
        losses.append(loss.item())
        optimizer.zero_grad()
        (loss + extra_loss()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return losses


def trained_loads(cure):
    """How often each layer's busiest expert runs after a little training, 1 where all six run as often.

    The run starts with a router that sends every token to the first expert.
    """
    torch.manual_seed(0)
    sizes = {"vocab_size": 29, "hidden_size": 24, "intermediate_size": 20, "num_hidden_layers": 2}
    switches = {"scoring_func": "sigmoid", "topk_method": "noaux_tc"} if cure == "bias" else {}
    model = Transformer(ModelConfig(**sizes, num_attention_heads=4, num_local_experts=6, **switches)).double()
    routers, text = [layer.mlp.router for layer in model.model.layers], chain(4000)
    with torch.no_grad():
        model.model.embed_tokens.weight += 0.05
        for each in routers:
            each.weight[0] += 0.1

    def busiest():
        with torch.no_grad(), record_routes(model) as routes:
            model(text[:500][None])
        return [expert_load(seen[0].experts, 6).max().item() / 500 * 6 for seen in routes.values()]

    def extra_loss():
        seen = [routings.pop() for routings in routes.values()]
        if cure == "loss":
            return 0.03 * load_balancing_loss(seen)
        if cure == "bias":
            for each, routing in zip(routers, seen, strict=True):
                adjust_correction_bias(each, expert_load(routing.experts, 6), speed=0.02)
        return torch.zeros(())

    assert busiest() == [6, 6]
    with record_routes(model) as routes:
        losses = trained(model, text, extra_loss)
    assert losses[-1] < 2 < 3 < losses[0]
    return busiest()


@pytest.mark.parametrize("cure", ["loss", "bias"])
def test_a_collapsed_router_recovers_with_a_cure(cure):
    assert max(trained_loads(cure)) < 2.5


def test_a_collapsed_router_stays_collapsed_without_one():
    assert min(trained_loads(None)) > 3
