"""The switches that separate published models, and the tree that they make."""

from dataclasses import replace

import networkx
import pytest

from lessons_lib import ModelConfig
from lessons_lib.classroom.lessons.lesson10.family_tree import differing, draw_tree, grow_tree

PRESETS = {name: ModelConfig.preset(name) for name in ModelConfig.presets()}
LLAMA = PRESETS["llama-3-8b"]

# What sizes and numbers there are: they say how much, and no switch may depend on them.
SIZES = {
    "vocab_size": 77,
    "intermediate_size": 78,
    "max_position_embeddings": 79,
    "rope_theta": 80.0,
    "rms_norm_eps": 0.81,
    "initializer_range": 0.82,
    "bos_token_id": 3,
    "eos_token_id": (4,),
    "floor_scale": 85,
    "attn_scale": 0.86,
    "routed_scaling_factor": 8.7,
}
# A change of each switch, beside those that come with it.
TURNED = {
    "norm": {"norm_type": "layer"},
    "norm place": {"norm_placement": "sandwich"},
    "positions": {"position_embedding_type": "learned", "no_rope_layers": None},
    "rope scaling": {"rope_scaling": {"rope_type": "linear", "factor": 2.0}},
    "keys": {"num_key_value_heads": 1},
    "head width": {"head_dim": 96},
    "biases": {"attention_bias": True, "attention_output_bias": False},
    "q/k norm": {"qk_norm": "before"},
    "score cap": {"attn_logit_softcapping": 50.0},
    "sight": {"sliding_window": 4096, "layer_types": None},
    "temperature": {"attn_temperature_tuning": True},
    "feed-forward": {"gated_mlp": False},
    "embedding": {"embedding_multiplier": 64.0},
    "final cap": {"final_logit_softcapping": 30.0},
    "head": {"tie_word_embeddings": True},
}


def test_sizes_are_no_switches():
    assert differing(LLAMA, replace(LLAMA, **SIZES)) == {}


@pytest.mark.parametrize("name", TURNED)
def test_turning_a_switch_is_seen_as_that_switch_alone(name):
    assert list(differing(LLAMA, replace(LLAMA, **TURNED[name]))) == [name]


@pytest.mark.parametrize("changes", [{}, {"norm_topk_prob": True}, {"scoring_func": "sigmoid"}])
def test_experts_come_with_their_scores(changes):
    experts = replace(LLAMA, num_local_experts=4, moe_layers=None, **changes)
    assert list(differing(LLAMA, experts)) == ["experts", "scores"]
    assert list(differing(experts, replace(experts, scale_expert_input=True))) == ["scores"]
    assert list(differing(experts, replace(experts, n_shared_experts=1))) == ["experts"]


def test_every_preset_differs_from_others_by_what_the_model_cards_say():
    assert differing(PRESETS["mistral-7b-v0.3"], LLAMA) == {}
    assert list(differing(PRESETS["mistral-7b-v0.3"], PRESETS["mistral-7b-v0.1"])) == ["sight"]
    assert list(differing(PRESETS["mistral-7b-v0.3"], PRESETS["mixtral-8x7b"])) == ["experts", "scores"]
    assert list(differing(PRESETS["llama-3-8b"], PRESETS["llama-3.1-8b"])) == ["rope scaling"]
    assert list(differing(PRESETS["llama-4-maverick"], PRESETS["llama-4-scout"])) == ["rope scaling", "q/k norm"]


def test_the_tree_is_as_short_as_a_tree_can_be():
    tree = grow_tree(PRESETS, "llama-2-7b")
    graph = networkx.Graph()
    for one in PRESETS:
        for other in PRESETS:
            graph.add_edge(one, other, weight=len(differing(PRESETS[one], PRESETS[other])))
    shortest = networkx.minimum_spanning_tree(graph).size(weight="weight")
    assert sum(len(branch.differs) for branch in tree) == shortest


def test_the_tree_holds_every_model_once_below_what_it_hangs_on():
    tree = grow_tree(PRESETS, "llama-2-7b")
    assert sorted(name for branch in tree for name in branch.names) == sorted(PRESETS)
    assert tree[0].names == ["llama-2-7b"] and tree[0].parent is None and tree[0].depth == 0
    for place, branch in enumerate(tree[1:], start=1):
        parent = tree[branch.parent]
        assert branch.parent < place and branch.depth == parent.depth + 1
        assert branch.differs == differing(PRESETS[parent.names[0]], PRESETS[branch.names[0]])
        assert branch.differs and all(differing(PRESETS[branch.names[0]], PRESETS[name]) == {} for name in branch.names)


def test_the_drawing_names_every_model_on_a_row_of_its_own():
    tree = grow_tree(PRESETS, "llama-2-7b")
    texts = draw_tree(tree).axes[0].texts
    drawn = {text.get_text(): text.get_position()[1] for text in texts if text.get_fontweight() == "bold"}
    assert drawn.keys() == {",  ".join(branch.names) for branch in tree}
    assert sorted(drawn.values()) == list(range(len(tree)))
