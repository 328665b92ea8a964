"""The switches that separate published models."""

import itertools
from dataclasses import Field, replace

import pytest
from configs import FIELDS, changes_of

from lessons_lib import ModelConfig
from lessons_lib.classroom.lessons.lesson10.figures import GLOSSES
from lessons_lib.classroom.lessons.lesson10.switches import SILENT, SPOKEN, differing, switches

PRESETS = {name: ModelConfig.preset(name) for name in ModelConfig.presets()}
LLAMA = PRESETS["llama-3-8b"]

# What has to change along with a field, or to be there first.
EXPERTS = {"num_local_experts": 6, "num_experts_per_tok": 2}
LATENT = {"kv_lora_rank": 24, "num_key_value_heads": 32, "qk_rope_head_dim": 4}
GROUPS = EXPERTS | {"topk_method": "group_limited_greedy"}
FIRST = {
    "q_lora_rank": LATENT,
    "topk_method": EXPERTS,
    "n_group": GROUPS,
} | dict.fromkeys(("scoring_func", "norm_topk_prob", "routed_scaling_factor", "scale_expert_input"), EXPERTS)
FIRST |= dict.fromkeys(("n_shared_experts", "router_bias"), EXPERTS)
FIRST |= {"shared_expert_gate": EXPERTS | {"n_shared_experts": 1}, "qk_norm_weight": {"qk_norm": "before"}}
FIRST |= {"norm_parameters": {"norm_type": "layer"}, "skip_multiplier": {"norm_placement": "stream"}}
INDEX = LATENT | {"q_lora_rank": 30, "index_topk": 7, "index_n_heads": 5, "index_head_dim": 6}
SANDWICH = {"norm_placement": "sandwich"}
STREAMS = SANDWICH | {"hidden_size_per_layer_input": 9, "laurel_rank": 5}
FIRST |= {"index_topk": INDEX, "index_layers": INDEX, "altup_num_inputs": STREAMS}
FIRST |= {"hidden_size_per_layer_input": SANDWICH, "layer_scalar": SANDWICH, "dense_beside_experts": EXPERTS | SANDWICH}
FIRST |= {"shared_expert_mean": EXPERTS | {"n_shared_experts": 1}}
VALUES = {
    "rope_scaling": [None, {"rope_type": "linear", "factor": 2.0}, ModelConfig.preset("llama-3.1-8b").rope_scaling],
    "no_rope_layers": [[1] * 32, [1] + [0] * 31, [0] * 32],
    "moe_layers": [None, [3]],
    "layer_types": [["full_attention"] * 32, ["full_attention", "sliding_attention"] * 16, ["sliding_attention"] * 32],
    "n_shared_experts": [0, 1],
    "n_group": [1, 3],
    "kv_lora_rank": [None, 24],
    "q_lora_rank": [None, 30],
    "rotary_dim": [None, 64, 32],
    "sink_layers": [[], [3], [3, 4]],
    "mixer_only_layers": [[], [3], [3, 4]],
    "full_head_dim": [None, 64, 32],
    "full_num_key_value_heads": [None, 4, 2],
    "num_kv_shared_layers": [0, 3, 4],
    "mlp_widths": [None, [50] * 31 + [40], [50] * 30 + [40] * 2],
    "gate_sparsity": [None, [0.5] + [0.0] * 31, [0.6] + [0.0] * 31],
    "index_topk": [7, 9],
    "index_layers": [[0], [0, 3]],
    "hidden_size_per_layer_input": [None, 9, 12],
    "altup_num_inputs": [2, 3],
}
# These say how much: that they are there is told, and not how large they are.
BOUNDS = ("attn_logit_softcapping", "final_logit_softcapping", "rope_local_base_freq")


def spoken(name: str, value: object) -> dict[str, str]:
    """What is said of a Llama with this value."""
    first = FIRST.get(name, {})
    if name == "moe_layers":
        first = EXPERTS if value else {}
    if name == "kv_lora_rank":
        first = LATENT if value else {"num_key_value_heads": 32}
    if name == "layer_types":
        first = {"sliding_window": 64 if "sliding_attention" in value else None}
    set_here = switches(replace(LLAMA, **({"moe_layers": None, "no_rope_layers": None} | first | {name: value})))
    return {name: str(default) for name, default in SILENT.items()} | set_here


def values_of(field: Field) -> list:
    """All values that a switch can have, or some of those without end."""
    if field.name in VALUES:
        return VALUES[field.name]
    choices = field.metadata["rule"].choices
    if choices == (None, False, True):  # None is filled in with what another field says
        return [False, True]
    return [*choices] or [field.default, *([50.0] if field.name in BOUNDS else [0.22, 12.0, 63.99, 64.0])]


@pytest.mark.parametrize("name", [name for name, f in FIELDS.items() if f.metadata["kind"] in ("switch", "layers")])
def test_no_value_of_a_switch_is_taken_for_another(name):
    values = values_of(FIELDS[name])
    assert len(values) > 1
    line = next((line for line, names in SPOKEN.items() if name in names), name)
    for one, other in itertools.combinations(values, 2):
        before, after = spoken(name, one), spoken(name, other)
        apart = {line for line in before if before[line] != after[line]}
        assert apart == {line} | ({"router", "experts"} if name == "moe_layers" else set()), (
            f"{name}: {one!r} and {other!r} read {before[line]!r} and {after[line]!r}; tell them apart in line "
            f"{line!r} of `switches`, or take the field out of SPOKEN, and it stands there under its own name"
        )


@pytest.mark.parametrize("name", [n for n, f in FIELDS.items() if f.metadata["kind"] in ("number", "order", "token")])
def test_numbers_orders_and_tokens_are_no_switches(name):
    assert differing(LLAMA, replace(LLAMA, **changes_of(name))) == {}


@pytest.mark.parametrize(
    "sizes",
    [{"vocab_size": 128_077}, {"intermediate_size": 78}, {"max_position_embeddings": 79}, {"num_hidden_layers": 5}],
)
def test_sizes_are_no_switches(sizes):
    assert differing(LLAMA, replace(LLAMA, **sizes, layer_types=None, no_rope_layers=None)) == {}


@pytest.mark.parametrize(("heads", "words"), [(1, "one for all"), (8, "shared"), (32, "a head each")])
def test_heads_that_share_keys(heads, words):
    assert switches(replace(LLAMA, num_key_value_heads=heads))["keys"] == words


def test_a_head_of_its_own_width():
    assert list(differing(LLAMA, replace(LLAMA, head_dim=96))) == ["head width"]


@pytest.mark.parametrize(("factor", "words"), [(1.0, "as it is"), (64.0, "times √C"), (12.0, "times 12")])
def test_what_multiplies_embeddings_is_said_as_it_is(factor, words):
    assert switches(replace(LLAMA, embedding_multiplier=factor))["embedding"] == words  # the width is 4,096


@pytest.mark.parametrize("changes", [{}, {"norm_topk_prob": True}, {"scoring_func": "sigmoid"}])
def test_experts_come_with_their_scores(changes):
    experts = replace(LLAMA, num_local_experts=4, moe_layers=None, **changes)
    assert list(differing(LLAMA, experts)) == ["experts", "router"]
    assert list(differing(experts, replace(experts, scale_expert_input=True))) == ["router"]
    assert list(differing(experts, replace(experts, n_shared_experts=1))) == ["experts"]


def test_every_row_of_the_map_says_what_it_is_about():
    rows = [row for row in switches(LLAMA) if row not in SILENT]
    assert list(GLOSSES) == rows and all(GLOSSES.values())


def test_every_preset_differs_from_others_by_what_the_model_cards_say():
    assert differing(PRESETS["mistral-7b-v0.3"], LLAMA) == {}
    assert list(differing(PRESETS["mistral-7b-v0.3"], PRESETS["mistral-7b-v0.1"])) == ["sight"]
    assert list(differing(PRESETS["mistral-7b-v0.3"], PRESETS["mixtral-8x7b"])) == ["experts", "router"]
    assert list(differing(PRESETS["llama-3-8b"], PRESETS["llama-3.1-8b"])) == ["rope scaling"]
    assert list(differing(PRESETS["llama-4-maverick"], PRESETS["llama-4-scout"])) == ["rope scaling", "q/k norm"]
