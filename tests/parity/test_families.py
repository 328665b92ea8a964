"""Models of every family in our one skeleton against transformers: whole, part by part, cached and padded."""

import sys
from functools import partial

import pytest
import torch
from models import token_ids, torchs_product
from parity.families import CHUNK, REFERENCES, WINDOW
from parity.table import TABLE
from torch import nn

from lessons_lib.generation import KVCache
from lessons_lib.layers import Block, FeedForward, apply_rope, moe

T = 41
attention_module = sys.modules["lessons_lib.layers.attention"]  # the package holds the function of that name
every_family = pytest.mark.parametrize("name", REFERENCES)
WITH_EXPERTS = [name for name, family in REFERENCES.items() if family.our_config.moe_layers]


def test_the_texts_are_longer_than_windows_and_chunks():
    assert T > 5 * WINDOW and T > 5 * CHUNK


@pytest.fixture
def note(record_property):
    """Notes for the table how far scores are from the reference's."""

    def largest(name, column, scores, expected):
        record_property(TABLE, [name, column, (scores - expected).abs().max().item()])

    return largest


@torch.no_grad()
def outputs(model, modules, ids, inputs=None):
    """Run a model and record what each module is given and gives.

    With `inputs`, each module is given those instead of what its model would give it.
    """
    given, gave, hooks = [], [], []
    for number, module in enumerate(modules):

        def before(module, args, kwargs, number=number):
            x = kwargs.pop("hidden_states") if not args else args[0]
            given.append(x)
            return (x if inputs is None else inputs[number], *args[1:]), kwargs

        def after(module, args, output):
            gave.append(output[0] if isinstance(output, tuple) else output)

        hooks.append(module.register_forward_pre_hook(before, with_kwargs=True))
        hooks.append(module.register_forward_hook(after))
    result = model(ids)
    for hook in hooks:
        hook.remove()
    return getattr(result, "logits", result), given, gave


@every_family
@torch.no_grad()
def test_scores_equal_transformers(name, note):
    family = REFERENCES[name]
    reference = family.reference()
    model, ids = family.copy(reference), token_ids(3, T)
    expected = reference(ids).logits
    assert expected.abs().max() > 1
    scores = model(ids)
    note(name, "whole", scores, expected)
    torch.testing.assert_close(scores, expected, atol=1e-5, rtol=0)


@every_family
@torch.no_grad()
def test_left_padded_rows_equal_transformers_on_single_rows(name, note):
    family = REFERENCES[name]
    reference = family.reference()
    model, ids, mask = family.copy(reference), token_ids(3, T), torch.ones(3, T, dtype=torch.long)
    mask[0, :13], mask[2, :1] = 0, 0
    scores = model(ids, attention_mask=mask)
    assert scores.isfinite().all()
    for row in range(3):
        real = mask[row].bool()
        expected = reference(ids[row, real][None]).logits[0]
        note(name, "padded", scores[row, real], expected)
        torch.testing.assert_close(scores[row, real], expected, atol=1e-5, rtol=0)


CHUNKINGS = [[1] * T, [T - 1, 1], [5, 1, 1, 17, 9, 8], [WINDOW, CHUNK, T - WINDOW - CHUNK]]


@every_family
@torch.no_grad()
def test_cached_scores_equal_transformers_in_any_chunking(name, note):
    family = REFERENCES[name]
    reference = family.reference()
    model, ids, mask = family.copy(reference), token_ids(2, T), torch.ones(2, T, dtype=torch.long)
    mask[0, :6] = 0
    expected = [(None, reference(ids).logits), (mask, model(ids, attention_mask=mask))]
    for chunks in CHUNKINGS:
        for padding, one_pass in expected:
            cache, parts = KVCache(model.config, 2, T), []
            for chunk in ids.split(chunks, 1):
                seen = cache.length + chunk.shape[1]
                parts.append(model(chunk, cache, None if padding is None else padding[:, :seen]))
            scores = torch.cat(parts, 1)
            torch.testing.assert_close(scores, one_pass, atol=1e-5, rtol=0)
            if padding is None:
                note(name, "cached", scores, one_pass)


@every_family
@pytest.mark.parametrize("part", ["attention", "mlp", "block"])
def test_each_part_equals_transformers(name, part):
    """Attention, what follows it and whole blocks, each alone and fed with what the reference's part was fed."""
    family = REFERENCES[name]
    reference = family.reference()
    model, ids = family.copy(reference), token_ids(2, T)
    theirs, ours = list(reference.get_submodule(family.layers)), list(model.model["layers"])
    if part != "block":
        theirs = [block.get_submodule(getattr(family, part)) for block in theirs]
        ours = [block.self_attn if part == "attention" else block.mlp for block in ours]
    _, inputs, expected = outputs(reference, theirs, ids)
    _, _, found = outputs(model, ours, ids, inputs)
    assert len(found) == len(expected) == 3
    for mine, other in zip(found, expected, strict=True):
        assert other.abs().max() > 0.3
        torch.testing.assert_close(mine, other.view_as(mine), atol=1e-5, rtol=1e-5)


class OneProduct(FeedForward):
    """An expert that takes its gate and the rest in one product, as transformers does, whose last bits are others."""

    def forward(self, x):
        gate, up = nn.functional.linear(x, torch.cat((self.gate_proj.weight, self.up_proj.weight))).chunk(2, -1)
        return self.down_proj(self.activation(gate) * up)


@pytest.fixture
def step_by_step(monkeypatch):
    """Inside, all steps are those of transformers' eager code."""
    monkeypatch.setattr(attention_module, "attention", partial(attention_module.attention, fused=False))
    monkeypatch.setattr(moe, "FeedForward", OneProduct)
    with torchs_product():
        yield


# GPT-2 adds biases in another step. DeepSeek and Llama 4 turn complex numbers, or pairs in another order.
EXACT = [name for name in REFERENCES if not name.startswith(("gpt-2", "deepseek", "llama 4"))]
# A router's products are float32 here; transformers rounds Mixtral's and Qwen3's, and near ties fall otherwise.
EXACT_IN_BFLOAT16 = [name for name in EXACT if name not in WITH_EXPERTS]


@pytest.mark.parametrize(
    ("name", "dtype"),
    [(name, torch.float32) for name in EXACT] + [(name, torch.bfloat16) for name in EXACT_IN_BFLOAT16],
)
@pytest.mark.usefixtures("step_by_step")
def test_step_by_step_no_bit_differs(name, dtype, note):
    scores, expected = in_dtype(name, dtype)
    note(name, f"{str(dtype)[6:]} in steps", scores, expected)
    assert torch.equal(scores, expected)


@pytest.mark.usefixtures("step_by_step")
def test_all_that_differs_in_mixtral_in_bfloat16_is_the_router(monkeypatch):
    def rounded(router, x):
        return moe.route(nn.functional.linear(x, router.weight), router.config)

    scores, expected = in_dtype("mixtral", torch.bfloat16)
    assert not torch.equal(scores, expected)
    monkeypatch.setattr(moe.Router, "forward", rounded)
    scores, expected = in_dtype("mixtral", torch.bfloat16)
    assert torch.equal(scores, expected)


@every_family
def test_bfloat16_stays_close(name, note):
    """Numbers have 8 bits, and the fused kernel rounds less often: all differ a little, and a token whose router
    chooses otherwise differs more."""
    scores, expected = in_dtype(name, torch.bfloat16)
    note(name, "bfloat16", scores, expected)
    assert (scores - expected).abs().mean() < 0.02 < expected.abs().mean()


@torch.no_grad()
def in_dtype(name, dtype):
    """Scores of our model and the reference in a dtype."""
    reference = REFERENCES[name].reference()
    model, ids = REFERENCES[name].copy(reference).to(dtype), token_ids(2, T)
    rotary = getattr(getattr(reference, "model", None), "rotary_emb", None)
    reference.to(dtype)
    if rotary is not None:
        # `to` has rounded its frequencies, which transformers keeps in float32 when it loads a model
        reference.model.rotary_emb = type(rotary)(reference.config)
    return model(ids), reference(ids).logits


@every_family
def test_gradients_equal_transformers(name):
    family = REFERENCES[name]
    reference = family.reference()
    model, ids = family.copy(reference), token_ids(2, T)
    for network in (model, reference):
        scores = network(ids)
        torch.logsumexp(getattr(scores, "logits", scores), -1).mean().backward()
    theirs = family.parameters({name: weight.grad for name, weight in reference.named_parameters()})
    assert len(theirs) > 20
    for name, parameter in model.named_parameters():
        grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad  # no token met this expert
        torch.testing.assert_close(grad, theirs[name], atol=2e-6, rtol=1e-4)


WRONG = {
    "a window one too short": ("mistral", {"sliding_window": WINDOW - 1}),
    "a window one too long": ("mistral", {"sliding_window": WINDOW + 1}),
    "no window": ("mistral", {"sliding_window": None}),
    "the other pairs": ("qwen3", {"rope_pairing": "interleaved"}),
    "the other pairs of llama 4": ("llama 4, scout", {"rope_pairing": "half"}),
    "the other pairs of deepseek": ("deepseek v3", {"rope_pairing": "half"}),
    "a chunk one too long": ("llama 4, scout", {"attention_chunk_size": CHUNK + 1}),
    "rotation everywhere": ("llama 4, scout", {"no_rope_layers": [1, 1, 1]}),
    "no temperature": ("llama 4, scout", {"attn_temperature_tuning": False}),
    "no norm of queries and keys": ("llama 4, scout", {"qk_norm": None}),
    "a norm of queries and keys": ("llama 4, maverick", {"qk_norm": "after"}),
    "scores divided by the root of the width": ("gemma 2", {"query_pre_attn_scalar": None}),
    "no bound for attention": ("gemma 2", {"attn_logit_softcapping": None}),
    "no bound for scores": ("gemma 2", {"final_logit_softcapping": None}),
    "layers in another order": ("gemma 2", {"layer_types": ["full_attention", "sliding_attention", "full_attention"]}),
    "one base for all layers": ("gemma 3", {"rope_local_base_freq": None}),
    "embeddings as they are": ("gemma 3", {"embedding_multiplier": 1.0}),
    "the weight without the one": ("gemma 3", {"rms_norm_offset": 0.0}),
    "the exact gelu": ("gpt-2", {"hidden_act": "gelu"}),
    "silu": ("gpt-2", {"hidden_act": "silu"}),
    "weights that do not add up to one": ("mixtral", {"norm_topk_prob": False}),
    "weights that add up to one": ("deepseek v2", {"norm_topk_prob": True}),
    "one expert too few": ("qwen3-moe", {"num_experts_per_tok": 3}),
    "scores on what experts give": ("llama 4, maverick", {"scale_expert_input": False}),
    "scores on what experts read": ("mixtral", {"scale_expert_input": True}),
    "softmax for llama 4": ("llama 4, scout", {"scoring_func": "softmax"}),
    "softmax for deepseek v3": ("deepseek v3", {"scoring_func": "softmax"}),
    "weights as they are": ("deepseek v3", {"routed_scaling_factor": 1.0}),
    "no groups": ("deepseek v3", {"n_group": 1, "topk_group": 1}),
    "no groups for deepseek v2": ("deepseek v2", {"topk_method": "greedy", "n_group": 1, "topk_group": 1}),
    "one group too few": ("deepseek v2", {"topk_group": 2}),
    "no mscale": ("deepseek v2-lite", {"query_pre_attn_scalar": None}),
    "no yarn": ("deepseek v3", {"rope_scaling": None}),
}


@pytest.mark.parametrize(("name", "changes"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_switch_is_caught(name, changes):
    reference = REFERENCES[name].reference()
    assert_far(REFERENCES[name].copy(reference, **changes), reference)


@torch.no_grad()
def assert_far(wrong, reference):
    ids = token_ids(2, T)
    assert (wrong(ids) - reference(ids).logits).abs().max() > 5e-5


def keys_in_turn(model, monkeypatch):
    def repeat(x, query):
        return x.repeat(1, query.shape[1] // x.shape[1], 1, 1)

    monkeypatch.setattr(attention_module, "_for_each_query_head", repeat)
    monkeypatch.setattr(attention_module, "attention", partial(attention_module.attention, fused=False))


def norm_of_the_sum(model, monkeypatch):
    def forward(block, x, *rest, **more):
        x = block.post_attention_layernorm(x + block.self_attn(block.input_layernorm(x), *rest[:3], **more))
        return x + block.post_feedforward_layernorm(block.mlp(block.pre_feedforward_layernorm(x)))

    monkeypatch.setattr(Block, "forward", forward)


def norm_of_turned_queries(model, monkeypatch):
    def norm_and_rotate(attention, query, key, turn):
        return attention.q_norm(apply_rope(query, turn)), attention.k_norm(apply_rope(key, turn))

    monkeypatch.setattr(attention_module.Attention, "_norm_and_rotate", norm_and_rotate)


def latents_as_they_are(model, monkeypatch):
    for block in model.model["layers"]:
        block.self_attn.kv_a_layernorm = nn.Identity()


def only_routed_experts(model, monkeypatch):
    for layer in experts(model):
        layer.shared_expert = None


def corrected_weights(model, monkeypatch):
    route = moe.route

    def wrong(logits, config, correction):
        routing = route(logits, config, correction)
        weights = (routing.scores + correction).gather(-1, routing.experts)
        return routing._replace(weights=weights / weights.sum(-1, keepdim=True) * config.routed_scaling_factor)

    monkeypatch.setattr(moe, "route", wrong)


def no_correction(model, monkeypatch):
    for layer in experts(model):
        layer.router.e_score_correction_bias.zero_()


def softmax_of_the_chosen(model, monkeypatch):
    route = moe.route

    def wrong(logits, config, correction):
        routing = route(logits, config, correction)
        return routing._replace(weights=routing.weights.softmax(-1))

    monkeypatch.setattr(moe, "route", wrong)


def experts_in_another_order(model, monkeypatch):
    for layer in experts(model):
        layer.experts = nn.ModuleList(reversed(layer.experts))


def experts(model):
    return [block.mlp for block in model.model["layers"] if isinstance(block.mlp, moe.MixtureOfExperts)]


@pytest.mark.parametrize(
    ("name", "mistake"),
    [
        ("tinyllama", keys_in_turn),
        ("gemma 2", norm_of_the_sum),
        ("qwen3", norm_of_turned_queries),
        ("deepseek v2", latents_as_they_are),
        ("deepseek v2-lite", only_routed_experts),
        ("llama 4, scout", only_routed_experts),
        ("deepseek v3", corrected_weights),
        ("deepseek v3", no_correction),
        ("mixtral", softmax_of_the_chosen),
        ("mixtral", experts_in_another_order),
        ("llama 4, maverick", experts_in_another_order),
    ],
)
def test_a_mistake_is_caught(name, mistake, monkeypatch):
    reference = REFERENCES[name].reference()
    model = REFERENCES[name].copy(reference)
    mistake(model, monkeypatch)
    assert_far(model, reference)
