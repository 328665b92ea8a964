"""ModelConfig: published sizes come out, and every impossible value is named."""

import dataclasses
import json
import re
from dataclasses import MISSING
from typing import get_args

import numpy as np
import pytest
import torch
from configs import FIELDS
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import DeepseekV3Config, Llama4TextConfig, MixtralConfig

from lessons_lib import ModelConfig, Transformer
from lessons_lib.config import costs
from lessons_lib.config.fields import Kind, refuse_silent_fields
from lessons_lib.config.rules import complete

SMALL = {
    "vocab_size": 50,
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}

PUBLISHED = {
    "gpt2": 124_439_808,
    "smollm2-135m": 134_515_008,
    "smollm2-360m": 361_821_120,
    "tinyllama-1.1b": 1_100_048_384,
    "llama-2-7b": 6_738_415_616,
    "llama-3-8b": 8_030_261_248,
    "llama-3.1-8b": 8_030_261_248,
    "llama-3.2-1b": 1_235_814_400,
    "llama-3.2-3b": 3_212_749_824,
    "mistral-7b-v0.1": 7_241_732_096,
    "mistral-7b-v0.3": 7_248_023_552,
    "mixtral-8x7b": 46_702_792_704,
    "qwen2.5-0.5b": 494_032_768,
    "qwen2.5-7b": 7_615_616_512,
    "qwen3-0.6b": 596_049_920,
    "qwen3-30b-a3b": 30_532_122_624,
    "gemma-2-2b": 2_614_341_888,
    "gemma-3-1b": 999_885_952,
    "deepseek-v2-lite": 15_706_484_224,
    "deepseek-v3": 671_026_404_352,  # the file has 58 * 256 more: the biases of the routers, which no gradient moves
    "llama-4-scout": 107_769_861_120,
    "llama-4-maverick": 400_711_848_960,
}
# What publishers print of models beyond: all digits, or so many behind the point of billions (below 0: of tens),
# rounded or cut off.
PRINTED = {
    "gpt-neox-20b": 20_554_567_680,
    "bloom": 176_247_271_424,
    "stablelm-3b-4e1t": 2_795_443_200,
    "lfm2-1.2b": 1_170_340_608,
    "opt-6.7b": (6.7, 1),
    "falcon-7b": (7, 0),
    "phi-2": (2.7, 1),
    "phi-3-mini-4k": (3.8, 1),
    "starcoder": (15.5, 1),
    "gemma-2b": (2.506, 3),  # 524,550,144 and 1,981,884,416, with 128 embeddings more than its file has
    "command-r": (35, 0),
    "olmo-2-7b": (7, 0),
    "olmo-3-7b": (7, 0),
    "smollm3-3b": (3, 0),
    "glm-4-9b-0414": (9, 0),
    "qwen1.5-moe-a2.7b": (14.3, 1),
    "olmoe-1b-7b": (7, 0),
    "dbrx": (132, 0),
    "glm-4.5-air": (106, 0),
    "minimax-m2": (230, -1),
    "gpt-oss-20b": (20.91, 2),
    "gpt-oss-120b": (116.83, 2),
    "mamba-2.8b": (2.8, 1),
    "nemotron-h-8b": (8, 0),
    "jamba-v0.1": (52, 0),
    "qwen3-next-80b-a3b": (80, 0),
}
HUB, GIT, PAPER = "https://huggingface.co/", "https://github.com/", "https://arxiv.org/abs/"
CLASSES = GIT + "huggingface/transformers/blob/main/src/transformers/models/"
DOCS = GIT + "huggingface/transformers/blob/main/docs/source/en/model_doc/"
SCRIPTS = GIT + "THUDM/slime/blob/main/scripts/models/"
CONFIGS = GIT + "ai-dynamo/aiconfigurator/blob/main/aic-core/src/aiconfigurator_core/model_configs/"
BRIDGE = GIT + "NVIDIA-NeMo/Megatron-Bridge/blob/main/docs/models/"
MLC = GIT + "mlc-ai/mlc-llm/blob/main/python/mlc_llm/model/model_preset.py"
SOURCES = {  # of each config, then of its count
    "gpt-neox-20b": (GIT + "EleutherAI/gpt-neox/blob/main/configs/20B.yml", HUB + "EleutherAI/gpt-neox-20b"),
    "bloom": (
        GIT + "bigscience-workshop/bigscience/blob/master/train/tr11-176B-ml/tr11-176B-ml.slurm",
        HUB + "bigscience/bloom",
    ),
    "stablelm-3b-4e1t": (
        GIT + "Stability-AI/StableLM/blob/main/configs/stablelm-3b-4e1t.yml",
        GIT + "Stability-AI/StableLM/blob/main/README.md",
    ),
    "lfm2-1.2b": (HUB + "LiquidAI/LFM2-1.2B/blob/main/config.json", HUB + "LiquidAI/LFM2-1.2B"),
    "opt-6.7b": (
        HUB + "facebook/opt-6.7b/blob/main/config.json",
        GIT + "facebookresearch/metaseq/blob/main/projects/OPT/README.md",
    ),
    "falcon-7b": (
        GIT + "huggingface/candle/blob/main/candle-transformers/src/models/falcon.rs",
        HUB + "tiiuae/falcon-7b",
    ),
    "phi-2": (HUB + "microsoft/phi-2/blob/main/config.json", HUB + "microsoft/phi-2"),
    "phi-3-mini-4k": (
        HUB + "microsoft/Phi-3-mini-4k-instruct/blob/main/config.json",
        HUB + "microsoft/Phi-3-mini-4k-instruct",
    ),
    "starcoder": (
        GIT + "Cerebras/modelzoo/blob/main/src/cerebras/modelzoo/tools/checkpoint_converters/starcoder.py",
        HUB + "bigcode/starcoder",
    ),
    "gemma-2b": (MLC, PAPER + "2403.08295"),
    "command-r": (GIT + "ggml-org/llama.cpp/pull/6033", HUB + "CohereLabs/c4ai-command-r-v01"),
    "olmo-2-7b": (MLC, HUB + "allenai/OLMo-2-1124-7B"),
    "olmo-3-7b": (
        GIT + "huggingface/trl/blob/main/scripts/generate_tiny_models/for_causal_lm/olmo3_for_causal_lm.py",
        PAPER + "2512.13961",
    ),
    "smollm3-3b": (
        GIT + "huggingface/smollm/blob/main/text/pretraining/smollm3/long_context_32k_to_64.yaml",
        GIT + "huggingface/blog/blob/main/smollm3.md",
    ),
    "glm-4-9b-0414": (SCRIPTS + "glm4-9B.sh", GIT + "THUDM/GLM-4/blob/main/README.md"),
    "qwen1.5-moe-a2.7b": (HUB + "Qwen/Qwen1.5-MoE-A2.7B/blob/main/config.json", HUB + "Qwen/Qwen1.5-MoE-A2.7B"),
    "olmoe-1b-7b": (BRIDGE + "olmoe/olmoe.md", PAPER + "2409.02060"),
    "dbrx": (
        GIT + "databricks/dbrx/blob/main/model/config.json",
        GIT + "databricks/dbrx/blob/main/README.md",
    ),
    "glm-4.5-air": (SCRIPTS + "glm4.5-106B-A12B.sh", DOCS + "glm4_moe.md"),
    "minimax-m2": (CLASSES + "minimax_m2/configuration_minimax_m2.py", DOCS + "minimax_m2.md"),
    "gpt-oss-20b": (CONFIGS + "openai--gpt-oss-20b_config.json", PAPER + "2508.10925"),
    "gpt-oss-120b": (CONFIGS + "openai--gpt-oss-120b_config.json", PAPER + "2508.10925"),
    "mamba-2.8b": (CLASSES + "mamba/configuration_mamba.py", GIT + "state-spaces/mamba/blob/main/README.md"),
    "nemotron-h-8b": (BRIDGE + "nemotron/nemotronh.md", BRIDGE + "nemotron/nemotronh.md"),
    "jamba-v0.1": (CLASSES + "jamba/configuration_jamba.py", HUB + "ai21labs/Jamba-v0.1"),
    "qwen3-next-80b-a3b": (SCRIPTS + "qwen3-next-80B-A3B.sh", HUB + "Qwen/Qwen3-Next-80B-A3B-Instruct"),
}
WITH_EXPERTS = [name for name in ModelConfig.presets() if ModelConfig.preset(name).moe_layers]


def test_presets_have_the_published_parameter_counts():
    assert {name: costs.num_parameters(ModelConfig.preset(name)) for name in ModelConfig.presets()} == PUBLISHED


def test_the_other_presets_have_the_counts_that_their_publishers_print():
    assert {*PUBLISHED, *PRINTED} == set(ModelConfig.presets(every=True))
    assert {*SOURCES} == {*PRINTED}
    for name, printed in PRINTED.items():
        count = costs.num_parameters(ModelConfig.preset(name))
        if isinstance(printed, int):
            assert count == printed, name
            continue
        value, digits = printed
        step = 10**-digits
        assert round(value / step) in (round(count / 1e9 / step), int(count / 1e9 / step)), name


@pytest.mark.parametrize(
    ("name", "printed", "looked_up"),
    [
        ("mixtral-8x7b", "12.9", True),
        ("qwen3-30b-a3b", "3.3", True),
        ("llama-4-scout", "17", True),
        ("llama-4-maverick", "17", True),
        ("deepseek-v2-lite", "2.4", False),
        ("deepseek-v3", "37", False),
    ],
)
def test_a_token_meets_the_published_number_of_parameters(name, printed, looked_up):
    """In billions, rounded or cut off; DeepSeek leaves out the embedding, of which a token takes one row."""
    config = ModelConfig.preset(name)
    met = costs.num_active_parameters(config) - (0 if looked_up else config.vocab_size * config.hidden_size)
    step = 10 ** -len(printed.partition(".")[2])
    assert -step / 2 <= met / 1e9 - float(printed) < step


def counted(config):
    """All parameters of a model, and those that a token meets, by its tensors."""
    with torch.device("meta"):
        sizes = [(name, x.numel()) for name, x in Transformer(config).named_parameters()]
    total, routed = sum(n for _, n in sizes), sum(n for name, n in sizes if ".experts." in name)
    unmet = routed // config.num_local_experts * (config.num_local_experts - config.num_experts_per_tok)
    return total, total - unmet


@pytest.mark.parametrize("name", WITH_EXPERTS)
def test_parameters_are_those_of_the_tensors(name):
    config = ModelConfig.preset(name)
    if name == "deepseek-v3":  # 45,000 matrices take long to make; the first six layers have both kinds
        cut = {"num_hidden_layers": 6, "moe_layers": [3, 4, 5], "layer_types": None, "no_rope_layers": None}
        config = dataclasses.replace(config, **cut)
    assert (costs.num_parameters(config), costs.num_active_parameters(config)) == counted(config)


@given(
    experts=st.integers(2, 7),
    chosen=st.integers(1, 2),
    shared=st.integers(0, 2),
    layers=st.sets(st.integers(0, 3), min_size=1),
    latents=st.sampled_from([{}, {"kv_lora_rank": 5}, {"kv_lora_rank": 5, "q_lora_rank": 9}]),
    biases=st.booleans(),
    gated=st.booleans(),
)
@settings(max_examples=examples(60), derandomize=True, deadline=None)
def test_parameters_of_any_layers_are_those_of_the_tensors(experts, chosen, shared, layers, latents, biases, gated):
    config = ModelConfig(
        **(SMALL | latents | {"num_hidden_layers": 4, "head_dim": 10}),
        **({"qk_rope_head_dim": 4, "v_head_dim": 7} if latents else {}),
        **{"num_local_experts": experts, "num_experts_per_tok": chosen, "moe_intermediate_size": 11},
        **{"n_shared_experts": shared, "moe_layers": sorted(layers), "gated_mlp": gated},
        **{"attention_bias": biases, "mlp_bias": biases, "attention_output_bias": not biases},
    )
    assert (costs.num_parameters(config), costs.num_active_parameters(config)) == counted(config)


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name not in WITH_EXPERTS])
def test_without_experts_a_token_meets_all_parameters(name):
    config = ModelConfig.preset(name)
    assert costs.num_active_parameters(config) == costs.num_parameters(config)


@pytest.mark.parametrize(
    ("name", "published", "renamed"),
    [
        ("mixtral-8x7b", MixtralConfig(), {"moe_intermediate_size": "intermediate_size"}),
        ("llama-4-scout", Llama4TextConfig(), {"intermediate_size": "intermediate_size_mlp"}),
        ("deepseek-v3", DeepseekV3Config(), {"num_local_experts": "n_routed_experts", "head_dim": "qk_head_dim"}),
    ],
    ids=["Mixtral", "Scout", "DeepSeek-V3"],
)
def test_presets_agree_with_the_defaults_of_transformers(name, published, renamed):
    """Their defaults are these models, but for tokens and contexts, which differ from the published files."""
    ours, theirs = ModelConfig.preset(name).to_dict(), published.to_dict()
    if name == "llama-4-scout":
        theirs["moe_intermediate_size"] = theirs["intermediate_size"]
    elsewhere = {"bos_token_id", "eos_token_id", "max_position_embeddings", *renamed}
    same = [field for field in ours if field not in elsewhere and theirs.get(field) is not None]
    assert len(same) >= 12
    assert {field: ours[field] for field in same} == {field: theirs[field] for field in same}
    assert {field: ours[field] for field in renamed} == {field: theirs[other] for field, other in renamed.items()}


def test_published_layers_with_experts():
    layers = {name: ModelConfig.preset(name).moe_layers for name in WITH_EXPERTS}
    assert layers["deepseek-v2-lite"] == tuple(range(1, 27)) and layers["deepseek-v3"] == tuple(range(3, 61))
    assert layers["llama-4-maverick"] == tuple(range(1, 48, 2)) and layers["llama-4-scout"] == tuple(range(48))
    assert len(layers["mixtral-8x7b"]) == 32 and len(layers["qwen3-30b-a3b"]) == 48


def test_deepseek_scales_scores_by_the_square_of_its_factor():
    lite = ModelConfig.preset("deepseek-v2-lite")
    assert lite.query_pre_attn_scalar**-0.5 == pytest.approx(192**-0.5 * 1.2608 * 1.2608, rel=1e-4)  # 0.0707 ln 40 + 1


def test_unknown_preset_is_named():
    with pytest.raises(ValueError, match=r"preset: got 'llama-9', allowed gpt2, smollm2-135m"):
        ModelConfig.preset("llama-9")


YARN = {"rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": 32}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vocab_size", 0),
        ("hidden_size", -24),
        ("hidden_size", 24.0),
        ("hidden_size", 10**12),
        ("hidden_size", 26),
        ("num_hidden_layers", True),
        ("num_attention_heads", "4"),
        ("num_key_value_heads", 3),
        ("num_key_value_heads", 0),
        ("head_dim", 5),
        ("rms_norm_eps", 0.0),
        ("rms_norm_eps", float("nan")),
        ("rope_theta", float("inf")),
        ("rope_pairing", "neox"),
        ("hidden_act", "swish"),
        ("norm_type", "batch"),
        ("norm_placement", "sideways"),
        ("position_embedding_type", "relative"),
        ("qk_norm", True),
        ("gated_mlp", 1),
        ("attention_output_bias", "no"),
        ("attn_temperature_tuning", 4),
        ("attn_logit_softcapping", 0.0),
        ("final_logit_softcapping", float("nan")),
        ("query_pre_attn_scalar", -1),
        ("embedding_multiplier", 0),
        ("rope_local_base_freq", "10000"),
        ("rms_norm_offset", -1.0),
        ("floor_scale", 0.5),
        ("attn_scale", 0.0),
        ("sliding_window", 0),
        ("attention_chunk_size", True),
        ("attention_chunk_size", 8),
        ("layer_types", "full_attention"),
        ("layer_types", ["full_attention"]),
        ("layer_types", ["full_attention", "linear_attention"]),
        ("no_rope_layers", [1, 2]),
        ("no_rope_layers", [1]),
        ("attention_bias", 1),
        ("tie_word_embeddings", None),
        ("eos_token_id", 50),
        ("eos_token_id", [1, -1]),
        ("bos_token_id", "1"),
        ("rope_scaling", "llama3"),
        ("rope_scaling", {"rope_type": "dynamic", "factor": 2.0}),
        ("rope_scaling", {"rope_type": "yarn", "factor": 2.0}),
        ("rope_scaling", YARN | {"beta_fast": "32"}),
        ("rope_scaling", YARN | {"truncate": 1}),
        ("rope_scaling", {"rope_type": "linear"}),
        ("rope_scaling", {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0}),
        ("num_local_experts", 0),
        ("num_local_experts", 8.0),
        ("num_local_experts", 5000),
        ("num_experts_per_tok", 2),
        ("moe_intermediate_size", 7),
        ("n_shared_experts", 1),
        ("n_shared_experts", -1),
        ("moe_layers", [0]),
        ("scoring_func", "tanh"),
        ("topk_method", "random"),
        ("n_group", 0),
        ("topk_group", True),
        ("norm_topk_prob", 1),
        ("scale_expert_input", None),
        ("routed_scaling_factor", 0.0),
        ("kv_lora_rank", 0),
        ("q_lora_rank", 8),
        ("qk_rope_head_dim", 4),
        ("v_head_dim", 4),
    ],
)
def test_impossible_values_are_refused_by_name(field, value):
    with pytest.raises(ValueError, match=field):
        ModelConfig(**(SMALL | {field: value}))


EXPERTS = {"num_local_experts": 8, "num_experts_per_tok": 2}
GROUPS = {"topk_method": "group_limited_greedy", "n_group": 4, "topk_group": 2}
LATENTS = {"kv_lora_rank": 9, "qk_rope_head_dim": 2}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layer_types": ["sliding_attention"] * 2}, "sliding_window: got None, allowed a number"),
        ({"layer_types": ["full_attention"] * 2, "sliding_window": 4}, "sliding_window: got 4, allowed None"),
        ({"layer_types": ["chunked_attention"] * 2}, "attention_chunk_size: got None, allowed a number"),
        ({"norm_parameters": "none", "rms_norm_offset": 1.0}, "rms_norm_offset: got 1.0"),
        ({"position_embedding_type": "learned", "no_rope_layers": [1, 0]}, "no_rope_layers: got"),
        (
            {"position_embedding_type": "sinusoidal", "hidden_size": 25, "head_dim": 7},
            "hidden_size: got 25, allowed even",
        ),
        (EXPERTS | {"num_experts_per_tok": 9}, "num_experts_per_tok: got 9, allowed at most 8"),
        (EXPERTS | {"moe_layers": [1, 0]}, "moe_layers: got .1, 0., allowed one or more numbers from 0 to 1, growing"),
        (EXPERTS | {"moe_layers": [2]}, "moe_layers: got .2., allowed one or more numbers from 0 to 1"),
        (EXPERTS | {"moe_layers": []}, "moe_layers: got .., allowed one or more numbers"),
        (EXPERTS | {"moe_layers": 1}, "moe_layers: got 1"),
        (EXPERTS | {"n_group": 2}, "n_group: got 2, allowed 1 with greedy"),
        (EXPERTS | GROUPS | {"n_group": 3}, "n_group: got 3, allowed 1, or with group_limited_greedy a divisor of"),
        (EXPERTS | GROUPS | {"n_group": 8, "topk_method": "noaux_tc"}, "n_group: got 8, allowed .* leaves 2 or more"),
        (EXPERTS | GROUPS | {"topk_group": 5}, r"topk_group: got 5, allowed at most n_group \(4\)"),
        (EXPERTS | GROUPS | {"num_experts_per_tok": 5}, "num_experts_per_tok: got 5, allowed at most 4"),
        (LATENTS | {"num_key_value_heads": 2}, r"num_key_value_heads: got 2, allowed num_attention_heads \(4\)"),
        (LATENTS | {"qk_norm": "before"}, "qk_norm: got 'before', allowed None with kv_lora_rank"),
        (LATENTS | {"qk_rope_head_dim": 6}, r"qk_rope_head_dim: got 6, allowed a whole number below head_dim \(6\)"),
        (LATENTS | {"qk_rope_head_dim": 3}, "qk_rope_head_dim: got 3, allowed even"),
        (LATENTS | {"v_head_dim": 0}, "v_head_dim: got 0, allowed None or a whole number"),
        (LATENTS | {"q_lora_rank": True}, "q_lora_rank: got True, allowed None or a whole number"),
        ({"rope_theta": 1.0, "rope_scaling": YARN}, "rope_theta: got 1.0, allowed above 1 with yarn"),
    ],
)
def test_switches_that_contradict_each_other_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        ModelConfig(**(SMALL | changes))


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_refuses_what_is_no_value_of_it(name):
    for wrong in (object(), {1, 2}, float("nan"), [None]):
        with pytest.raises(ValueError, match=rf"^ModelConfig\.{name}: got .*, allowed "):
            ModelConfig(**(SMALL | {name: wrong}))


@pytest.mark.parametrize("name", [name for name, f in FIELDS.items() if f.metadata["rule"].allows(0.5)])
@pytest.mark.parametrize("value", [2**63, 10**400, -(10**400), float("-inf"), float("inf"), True])
def test_a_number_without_bounds_is_refused(name, value):
    with pytest.raises(ValueError, match=rf"^ModelConfig\.{name}: got "):
        ModelConfig(**(SMALL | {name: value}))
    with pytest.raises(ValueError, match=r"^ModelConfig\.rope_scaling\['factor'\]: got "):
        ModelConfig(**SMALL, rope_scaling={"rope_type": "linear", "factor": value})


def test_numbers_of_numpy_and_torch_are_taken():
    config = ModelConfig(
        **(SMALL | {"vocab_size": np.int64(50), "hidden_size": torch.tensor(24)}),
        rope_theta=np.float32(500.0),
        attention_bias=np.bool_(True),
    )
    assert config == ModelConfig(**SMALL, rope_theta=500.0, attention_bias=True)
    assert type(config.vocab_size) is type(config.hidden_size) is int and type(config.attention_bias) is bool
    assert json.loads(json.dumps(config.to_dict())) == config.to_dict()
    with pytest.raises(ValueError, match=r"vocab_size: got 50\.0, allowed a whole number"):
        ModelConfig(**(SMALL | {"vocab_size": np.float64(50)}))


def test_completing_changes_nothing_that_it_was_given():
    given = {name: None if field.default is MISSING else field.default for name, field in FIELDS.items()} | SMALL
    before = dict(given)
    fields = complete(given)
    assert given == before and fields["head_dim"] == 6 and fields["layer_types"] == ("full_attention",) * 2
    assert complete(fields) == fields  # nothing is left to fill in


def test_every_field_says_what_it_is():
    """And the class says of each in its docstring what it does."""
    for name, field in FIELDS.items():
        facts = field.metadata
        assert facts.keys() == {"kind", "rule", "compiled"} and facts["rule"].words
        assert facts["kind"] in get_args(Kind)
        described = re.search(rf"^ +(\w+, )?{name}(, \w+)?: ", ModelConfig.__doc__, re.MULTILINE)
        assert described, f"{name}: say in the docstring of ModelConfig what it does"
        if field.default is not MISSING:
            assert facts["rule"].allows(field.default) or field.default == ()


def test_a_field_that_says_nothing_is_refused():
    Silent = dataclasses.dataclass(frozen=True, kw_only=True)(
        type("Silent", (ModelConfig,), {"__annotations__": {"loud": bool}, "loud": False})
    )
    with pytest.raises(TypeError, match=r"Silent.loud: got a field that does not say what it is, allowed .*about"):
        refuse_silent_fields(Silent)


def test_an_odd_head_is_refused_only_where_pairs_are_turned():
    assert ModelConfig(**(SMALL | {"head_dim": 5, "position_embedding_type": "learned"})).head_dim == 5


def test_layers_are_filled_in():
    assert ModelConfig(**SMALL).layer_types == ("full_attention",) * 2
    assert ModelConfig(**SMALL, sliding_window=4).layer_types == ("sliding_attention",) * 2
    assert ModelConfig(**SMALL).no_rope_layers == (1, 1)
    assert ModelConfig(**SMALL, position_embedding_type="none").no_rope_layers == (0, 0)
    assert ModelConfig(**SMALL, attention_bias=True).attention_output_bias is True


def test_what_is_not_said_of_experts_and_latents_is_filled_in():
    dense = ModelConfig(**SMALL)
    filled = (dense.moe_layers, dense.num_local_experts, dense.v_head_dim, dense.qk_rope_head_dim)
    assert filled == ((), None, None, None)
    experts = ModelConfig(**SMALL, num_local_experts=3)
    assert (experts.moe_layers, experts.num_experts_per_tok, experts.moe_intermediate_size) == ((0, 1), 1, 40)
    latents = ModelConfig(**SMALL, **LATENTS)
    assert (latents.v_head_dim, latents.num_key_value_heads) == (6, 4)


def test_published_layer_patterns():
    gemma2, gemma3 = ModelConfig.preset("gemma-2-2b"), ModelConfig.preset("gemma-3-1b")
    assert gemma2.layer_types[:4] == ("sliding_attention", "full_attention") * 2
    assert [i for i, kind in enumerate(gemma3.layer_types) if kind == "full_attention"] == [5, 11, 17, 23]
    scout = ModelConfig.preset("llama-4-scout")
    assert [i for i, kind in enumerate(scout.layer_types) if kind == "full_attention"] == [*range(3, 48, 4)]
    assert [i for i, turned in enumerate(scout.no_rope_layers) if not turned] == [*range(3, 48, 4)]


def test_derived_fields():
    config = ModelConfig(**SMALL, eos_token_id=7)
    assert (config.head_dim, config.num_key_value_heads, config.eos_token_id) == (6, 4, (7,))
    assert ModelConfig(**(SMALL | {"head_dim": 10})).head_dim == 10
    for same in (config, *map(ModelConfig.preset, ModelConfig.presets())):
        assert ModelConfig(**json.loads(json.dumps(same.to_dict()))) == same
