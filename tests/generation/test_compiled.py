"""The compiled step: the same scores as the plain pass for every config that it takes, and only those are taken."""

import dataclasses
import random

import numpy as np
import pytest
import torch
from configs import changes_of
from models import our_config, random_model, token_ids

from lessons_lib import ModelConfig, Transformer
from lessons_lib.generation import KVCache
from lessons_lib.generation.compiled.fit import applies
from lessons_lib.generation.compiled.step import MOST_TOKENS, DecodeStep
from lessons_lib.generation.runner import Runner
from lessons_lib.layers import LoraConfig, add_lora, quantize

MIXED = ["full_attention", "sliding_attention", "full_attention"]
CHUNKED = ["chunked_attention", "full_attention", "chunked_attention"]
EXPERTS = {"num_local_experts": 5, "moe_intermediate_size": 44}
LATENT = {"kv_lora_rank": 24, "num_key_value_heads": 6, "qk_rope_head_dim": 4}
TAKEN = {
    "llama": {},
    "interleaved pairs": {"rope_pairing": "interleaved"},
    "yarn": {
        "rope_scaling": {
            "rope_type": "yarn",
            "factor": 4.0,
            "original_max_position_embeddings": 32,
            "beta_fast": 4.0,
        },
    },
    "tied": {"tie_word_embeddings": True},
    "biases": {"attention_bias": True, "mlp_bias": True},
    "qwen2": {"attention_bias": True, "attention_output_bias": False, "rms_norm_eps": 1e-6},
    "qwen3": {"qk_norm": "before"},
    "mistral": {"sliding_window": 5},
    "some layers slide": {"layer_types": MIXED, "sliding_window": 7},
    "a layer without rotation": {"no_rope_layers": [1, 0, 1]},
    "another scale": {"query_pre_attn_scalar": 7.0},
    "one key head": {"num_key_value_heads": 1},
    "chunks": {"layer_types": CHUNKED, "attention_chunk_size": 6},
    "a norm after the rotation": {"qk_norm": "after", "no_rope_layers": [1, 0, 1]},
    "sharper as the text grows": {"attn_temperature_tuning": True, "floor_scale": 5, "attn_scale": 0.3}
    | {"no_rope_layers": [0, 1, 0]},
    "mixtral": EXPERTS | {"num_experts_per_tok": 2, "norm_topk_prob": True},
    "dense layers between": EXPERTS | {"num_experts_per_tok": 3, "moe_layers": [1], "routed_scaling_factor": 1.7},
    "all experts": EXPERTS | {"num_experts_per_tok": 5, "mlp_bias": True},
    "scaled inputs and a shared expert": EXPERTS
    | {"scoring_func": "sigmoid", "scale_expert_input": True, "n_shared_experts": 1, "moe_layers": [0, 2]},
    "llama 4": EXPERTS
    | {"scoring_func": "sigmoid", "scale_expert_input": True, "n_shared_experts": 2, "layer_types": CHUNKED}
    | {"attention_chunk_size": 6, "qk_norm": "after", "rope_pairing": "interleaved", "no_rope_layers": [1, 0, 1]}
    | {"attn_temperature_tuning": True, "floor_scale": 5, "attn_scale": 0.3},
    "gpt-2": {"position_embedding_type": "learned", "norm_type": "layer", "hidden_act": "gelu", "gated_mlp": False}
    | {"attention_bias": True, "mlp_bias": True},
    "two bases, turned in part": {"rope_local_base_freq": 90.0, "rotary_dim": 4, "layer_types": MIXED}
    | {"sliding_window": 7},
    "longer than in training": {
        "rope_scaling": {
            "rope_type": "longrope",
            "short_factor": [1.0, 1.1, 1.2, 1.3, 1.4],
            "long_factor": [2.0, 3.0, 4.0, 5.0, 6.0],
            "original_max_position_embeddings": 17,
        },
    },
    "olmo 2": {"qk_norm": "before", "qk_norm_weight": "width", "norm_placement": "output", "clip_qkv": 0.3},
    "command r": {"qk_norm": "before", "qk_norm_weight": "heads", "norm_type": "layer", "norm_parameters": "weight"}
    | {"norm_placement": "parallel", "logit_scale": 0.33},
    "gemma 2": {"norm_placement": "sandwich", "rms_norm_offset": 1.0, "hidden_act": "gelu_pytorch_tanh"}
    | {"attn_logit_softcapping": 3.1, "final_logit_softcapping": 1.7, "embedding_multiplier": 6.3},
    "after each sublayer": {"norm_placement": "post", "position_embedding_type": "sinusoidal", "lm_head_bias": True},
    "bitnet": {"sub_norms": True, "hidden_act": "relu2", "residual_multiplier": 0.33, "query_temperature": 0.3}
    | {"floor_scale": 5, "attn_output_gate": True, "mlp_widths": [50, 44, 52]},
    "alibi": {"position_embedding_type": "alibi", "embedding_norm": True, "norm_placement": "parallel_two"},
    "gpt-oss": EXPERTS | {"sink_layers": [0, 2], "glu_limit": 0.7, "router_bias": True, "num_experts_per_tok": 2},
    "deepseek's experts": {"num_local_experts": 6, "moe_intermediate_size": 44, "num_experts_per_tok": 3}
    | {"topk_method": "noaux_tc", "n_group": 3, "topk_group": 2, "scoring_func": "sigmoid", "n_shared_experts": 1}
    | {"shared_expert_gate": True, "shared_expert_mean": True, "shared_expert_intermediate_size": 23},
    "the best groups": {"num_local_experts": 6, "moe_intermediate_size": 44, "num_experts_per_tok": 2}
    | {"topk_method": "group_limited_greedy", "n_group": 3, "topk_group": 1},
}
REFUSED = [field.name for field in dataclasses.fields(ModelConfig) if not field.metadata["compiled"]]
# Rows of whole runs of 32, and still no two sizes equal: C 64, H * D 96, G * D 32, F 160.
WHOLE = {"hidden_size": 64, "intermediate_size": 160, "head_dim": 16, "attention_bias": True, "qk_norm": "before"}

WHOLE_EXPERTS = {"num_local_experts": 3, "num_experts_per_tok": 2, "moe_intermediate_size": 96, "n_shared_experts": 1}


def passes(model: Transformer, ids: torch.Tensor, *sizes: int, padding=None, room: int | None = None):
    """The scores of both paths when the texts come in parts of these sizes."""
    step, compiled, plain = DecodeStep(model), KVCache(model.config, len(ids), room), KVCache(model.config, len(ids))
    compiled.padding = plain.padding = padding
    ours, expected = [], []
    with torch.no_grad():
        for part in ids.split(sizes, 1):
            ours.append(step(part, compiled))
            expected.append(model(part, plain))
    assert compiled.length == plain.length == ids.shape[1]
    return torch.cat(ours, 1), torch.cat(expected, 1)


@pytest.mark.parametrize("changes", TAKEN.values(), ids=TAKEN.keys())
def test_scores_are_those_of_the_plain_pass(changes):
    model = random_model(**changes)
    ours, expected = passes(model, token_ids(1, 41), 9, 1, 1, 16, 4, 3, 1, 5, 1)
    torch.testing.assert_close(ours, expected, atol=2e-5, rtol=1e-5)


def without(plan, part: str):
    """The plan as if a model had nothing of this part."""
    if part.startswith("norms"):  # of one place in all blocks
        norms = plan.norms.copy()
        norms[:, int(part.split()[1])] = 0
        return plan._replace(norms=norms)
    if part in ("limit", "activation", "steepness"):
        return plan._replace(networks=plan.networks._replace(**{part: type(getattr(plan.networks, part))(0)}))
    value = getattr(plan, part)
    return plan._replace(**{part: value * 0 if isinstance(value, np.ndarray) else type(value)(0)})


WRONG = {
    "gpt-2": ("places", "activation"),
    "two bases, turned in part": ("turns", "windows"),
    "olmo 2": ("bound", "norms 1", "norms 4", "norms 6", "norms 7"),
    "command r": ("is_parallel", "norms 0", "norms 3", "norms 6"),
    "gemma 2": ("offset", "bends", "last_bound", "norms 1", "norms 4"),
    "after each sublayer": ("norms 2", "norms 5", "places"),
    "bitnet": ("sharpness", "norms 8", "activation"),
    "alibi": ("bends", "embedding_norm", "is_parallel"),
    "gpt-oss": ("sinks", "limit", "steepness"),
    "deepseek's experts": ("corrections", "shares"),
}


@pytest.mark.parametrize(("name", "part"), [(name, part) for name, parts in WRONG.items() for part in parts])
def test_a_part_that_is_left_out_is_seen(name, part):
    model = random_model(**TAKEN[name])
    for block in model.model.layers:
        if name == "gpt-oss":
            torch.nn.init.normal_(block.self_attn.sinks) if block.self_attn.sinks is not None else None
        if name == "deepseek's experts":
            torch.nn.init.normal_(block.mlp.router.e_score_correction_bias)
    ours, expected = passes(model, token_ids(1, 23), 9, 1, 13)
    torch.testing.assert_close(ours, expected, atol=2e-5, rtol=1e-5)
    step, cache = DecodeStep(model), KVCache(model.config)
    step.plan = without(step.plan, part)
    assert not (step(token_ids(1, 23), cache) - expected).abs().max() < 1e-3


PADDED = ("alibi", "gpt-2", "llama", "mistral", "some layers slide", "chunks", "llama 4")


@pytest.mark.parametrize("changes", [TAKEN[name] for name in PADDED], ids=PADDED)
def test_a_padded_batch(changes):
    model = random_model(**changes)
    padding = torch.tensor([0, 6, 3])
    ours, expected = passes(model, token_ids(3, 23), 4, 1, 2, 5, 5, 5, 1, padding=padding)
    for row, pads in enumerate(padding.tolist()):
        torch.testing.assert_close(ours[row, pads:], expected[row, pads:], atol=2e-5, rtol=1e-5)
        alone, _ = passes(model, token_ids(3, 23)[row, pads:][None], 23 - pads)
        torch.testing.assert_close(ours[row, pads:], alone[0], atol=2e-5, rtol=1e-5)


def test_a_text_of_several_pieces():
    model = random_model(max_position_embeddings=1500)
    step, compiled, plain = DecodeStep(model), KVCache(model.config), KVCache(model.config)
    ids = token_ids(1, 1300)
    with torch.no_grad():
        expected = model(ids, plain)
        model(ids[:, :1280], compiled)
        ours = torch.cat([step(part, compiled) for part in ids[:, 1280:].split(5, 1)], 1)
    torch.testing.assert_close(ours, expected[:, 1280:], atol=2e-5, rtol=1e-5)


@pytest.mark.parametrize(("bits", "head_bits", "group_size"), [(8, 8, 32), (4, 8, 32), (4, 4, 32), (8, 4, 32)])
@pytest.mark.parametrize(
    "changes", [{}, {"tie_word_embeddings": True}, WHOLE_EXPERTS], ids=["plain", "tied", "experts"]
)
def test_quantised_weights(bits, head_bits, group_size, changes):
    model = quantize(random_model(**WHOLE, **changes), bits, group_size, head_bits)
    ours, expected = passes(model, token_ids(2, 20), 1, 4, 5, 1, 8, 1)
    largest = float(expected.abs().max())
    torch.testing.assert_close(ours, expected, atol=5e-4 * largest, rtol=0)  # numbers of 16 bits on the way


def test_groups_of_several_runs():
    sizes = {"hidden_size": 128, "intermediate_size": 256, "head_dim": 64, "num_key_value_heads": 2}
    for group_size in (64, 128):
        model = quantize(random_model(**sizes), 4, group_size)
        ours, expected = passes(model, token_ids(1, 9), 5, 1, 3)
        bound = 5e-4 * float(expected.abs().max())
        torch.testing.assert_close(ours, expected, atol=bound, rtol=0)
        wrong = quantize(random_model(**sizes), 4, group_size)
        wrong.model.layers[1].mlp.up_proj.scale[0] *= 1.5
        assert (passes(wrong, token_ids(1, 9), 5, 1, 3)[0] - expected).abs().max() > bound


def test_extreme_numbers_go_through():
    model = random_model(**WHOLE)
    with torch.no_grad():
        model.model.layers[0].mlp.gate_proj.weight.mul_(300.0)  # the gate is wide open or shut
        model.model.layers[1].self_attn.q_proj.weight.mul_(0.0)
    for bits in (None, 8, 4):
        changed = model if bits is None else quantize(model, bits)
        ours, expected = passes(changed, token_ids(1, 11), 4, 1, 6)
        assert ours.isfinite().all()
        torch.testing.assert_close(ours, expected, atol=5e-4 * float(expected.abs().max()), rtol=1e-4)
        model = random_model(**WHOLE)


@pytest.mark.parametrize("bits", [None, 8, 4])
def test_a_number_that_broke_down_stays_visible(bits):
    model = random_model(**WHOLE)
    with torch.no_grad():
        model.model.layers[1].input_layernorm.weight[5] = torch.nan
    if bits:
        quantize(model, bits)
    ours, _ = passes(model, token_ids(2, 7), 4, 1, 2)
    assert ours.isnan().all()
    with torch.no_grad():
        model.model.layers[1].input_layernorm.weight[5] = torch.inf
    assert not passes(model, token_ids(2, 7), 4, 1, 2)[0].isfinite().any()


def test_numbers_without_bounds_choose_no_expert_twice():
    model = random_model(**TAKEN["mixtral"])
    with torch.no_grad():
        model.model.layers[1].mlp.router.weight.fill_(3e38)  # products without bounds, the same for all experts
    ours, _ = passes(model, token_ids(3, 5), 5)
    assert not ours.isfinite().any()


def test_every_switch_that_compiled_code_obeys_is_compared_with_the_plain_pass():
    """Its field says "compiled": then one of the models above has to set it."""
    kinds = ("switch", "layers", "order")
    obeyed = [f.name for f in dataclasses.fields(ModelConfig) if f.metadata["compiled"] and f.metadata["kind"] in kinds]
    unproved = set(obeyed).difference(*TAKEN.values())
    assert not unproved, (
        f'{", ".join(sorted(unproved))}: add a model to TAKEN that sets it, or take "compiled" off the field'
    )


VALUES = [
    {"hidden_act": "xielu"},
    {"norm_placement": "stream"},
    EXPERTS | {"topk_method": "sparse_mixer", "num_experts_per_tok": 2},
]


@pytest.mark.parametrize("changes", [*map(changes_of, REFUSED), *VALUES], ids=lambda changes: "+".join(changes))
def test_no_other_switch_reaches_compiled_code(changes):
    with torch.device("meta"):
        model = Transformer(our_config(**changes))
    model = model.to_empty(device="cpu")
    assert not applies(model)
    assert Runner(model).step is None
    with pytest.raises(ValueError, match="allowed float32 or quantised on a CPU, unchanged parts"):
        DecodeStep(model)


def test_other_dtypes_and_devices_take_the_plain_path():
    assert applies(random_model())
    assert not applies(random_model().to(torch.bfloat16))
    assert not applies(random_model().double())
    assert not applies(quantize(random_model(**WHOLE)).double())
    with torch.device("meta"):
        assert not applies(Transformer(our_config()))


def test_what_does_not_fit_is_refused_before_it_is_read():
    model = random_model()
    step, cache = DecodeStep(model), KVCache(model.config, max_length=3)
    for wrong in (-1, 97):
        with pytest.raises(ValueError, match=f"token_ids: got {wrong}, allowed 0 to 96"):
            step(torch.tensor([[5, wrong]]), cache)
    with pytest.raises(ValueError, match="KVCache: got 4 tokens, allowed 3"):
        step(token_ids(1, 4), cache)
    for other in (our_config(num_key_value_heads=3), our_config(num_hidden_layers=2), our_config(head_dim=12)):
        with pytest.raises(ValueError, match="allowed one for this model"):
            step(token_ids(1, 1), KVCache(other))
    with pytest.raises(ValueError, match="allowed one for this model"):
        step(token_ids(2, 1), cache)
    with pytest.raises(ValueError, match="allowed one for this model"):
        step(token_ids(1, 1), KVCache(model.config, dtype=torch.bfloat16))
    assert cache.length == 0


def test_rows_that_leave_the_batch_and_tokens_taken_back():
    model = random_model()
    step, cache = DecodeStep(model), KVCache(model.config, 3)
    ids = token_ids(3, 12)
    step(ids[:, :5], cache)
    cache.select([2, 0])
    step(ids[[2, 0], 6:9], cache)  # a wrong guess
    cache.truncate(5)
    ours = step(ids[[2, 0], 5:12], cache)
    with torch.no_grad():
        torch.testing.assert_close(ours, model(ids[[2, 0]])[:, 5:], atol=2e-5, rtol=1e-5)


MANY = {
    "float32": (lambda: random_model(**WHOLE), 1e-4),
    "8 bits": (lambda: quantize(random_model(**WHOLE), 8), 0),
    "4 bits": (lambda: quantize(random_model(**WHOLE), 4), 0),
    "an adapter": (lambda: adapted(), 1e-4),
    "windows and pieces": (
        lambda: random_model(layer_types=[*CHUNKED[:2], MIXED[1]], sliding_window=5, attention_chunk_size=6),
        1e-4,
    ),
    "experts": (lambda: random_model(**TAKEN["mixtral"]), 1e-4),
}


def adapted() -> Transformer:
    """A model with an adapter that has learned something."""
    model = add_lora(random_model(**WHOLE), LoraConfig(r=3))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.1)
    return model


@pytest.mark.parametrize("name", MANY)
def test_texts_that_join_and_leave_as_they_like(name):
    """Each step names some texts, in any order, with a few tokens each; the scores are those of the text alone."""
    model, atol = MANY[name][0](), MANY[name][1]
    step, ids = DecodeStep(model), token_ids(4, 90, seed=5).tolist()
    order, caches, alone = random.Random(7), [KVCache(model.config) for _ in ids], [KVCache(model.config) for _ in ids]
    for _ in range(40):
        texts = []
        for i in order.sample(range(4), order.randint(1, 4)):
            at, n = caches[i].length, order.choice([1, 1, 1, 2, 5])
            if at + n <= 90:
                texts.append((i, ids[i][at : at + n]))
        if not texts:
            continue
        found = step.together([(some, caches[i]) for i, some in texts])
        for (i, some), scores in zip(texts, found, strict=True):
            expected = step(torch.tensor([some]), alone[i], 1)[0, 0]
            torch.testing.assert_close(scores, expected, atol=atol, rtol=1e-4)
    assert all(cache.length > 32 for cache in caches)


def test_texts_together_that_cannot_be_change_nothing():
    model = random_model()
    step, full, free = DecodeStep(model), KVCache(model.config, max_length=2), KVCache(model.config)
    for texts, message in [
        ([([1], free), ([2], free)], "same KVCache twice"),
        ([([1], free), ([1, 2, 3], full)], "KVCache: got 3 tokens, allowed 2"),
        ([([1], free), ([97], full)], "token_ids: got 97"),
        ([([1], free), ([1], KVCache(model.config, 2))], "allowed one for this model"),
    ]:
        with pytest.raises(ValueError, match=message):
            step.together(texts)
    assert full.length == free.length == 0


def test_torch_keeps_its_threads():
    before = torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            passes(random_model(), token_ids(1, 3), 2, 1)
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def test_forward_takes_the_step_for_a_few_tokens_only(monkeypatch):
    model = random_model()
    forward, cache, taken = Runner(model), KVCache(model.config, 2), []
    take = DecodeStep.__call__
    monkeypatch.setattr(DecodeStep, "__call__", lambda *given: taken.append(given[1].shape[1]) or take(*given))
    ids = token_ids(2, 54)
    ours = torch.cat([forward(part, cache) for part in ids.split([MOST_TOKENS, 1, MOST_TOKENS // 2, 5], 1)], 1)
    assert taken == [1, MOST_TOKENS // 2, 5]
    with torch.no_grad():
        torch.testing.assert_close(ours, model(ids), atol=2e-5, rtol=1e-5)
    assert forward(ids[:, :1], KVCache(model.config, 2), logits_to_keep=1).shape == (2, 1, 97)
