"""Two models side by side: what is drawn, what is marked, and what is counted."""

import itertools

import matplotlib.pyplot as plt
import pytest
from configs import FIELDS, changes_of
from models import our_config

from lessons_lib import ModelConfig
from lessons_lib.classroom.lessons.lesson10.model_cards import MARK, draw_pair
from lessons_lib.classroom.lessons.lesson10.switches import differing
from lessons_lib.config import costs

NAMES = ModelConfig.presets()


def drawn(left: str, right: str) -> tuple[list[str], str]:
    """The text of each side, and the line of text."""
    figure, said = draw_pair((left, ModelConfig.preset(left)), (right, ModelConfig.preset(right)), tokens=2048)
    sides = ["\n".join(text.get_text() for text in ax.texts) for ax in figure.axes]
    plt.close(figure)
    return sides, said


def test_models_that_differ_in_sizes_only_bear_no_mark():
    sides, said = drawn("llama-3-8b", "mistral-7b-v0.3")
    assert MARK not in "".join(sides) and "no switch" in said


@pytest.mark.parametrize(("one", "other"), list(itertools.pairwise(NAMES)))
def test_what_differs_is_marked_and_said(one, other):
    sides, said = drawn(one, other)
    apart = differing(ModelConfig.preset(one), ModelConfig.preset(other))
    assert (MARK in "".join(sides)) == bool(apart)
    for name, (ours, theirs) in apart.items():
        assert f"{name} {ours} / {theirs}" in said


@pytest.mark.parametrize("name", [name for name, f in FIELDS.items() if f.metadata["kind"] in ("switch", "layers")])
def test_every_switch_is_marked(name):
    """A model with the switch beside one that is as the defaults are."""
    figure, said = draw_pair(("plain", our_config()), ("other", our_config(**changes_of(name))), tokens=64)
    texts = [text.get_text() for ax in figure.axes for text in ax.texts]
    plt.close(figure)
    assert any(MARK in text for text in texts) and "no switch" not in said


@pytest.mark.parametrize(
    ("one", "other", "left", "right"),
    [
        ("mistral-7b-v0.3", "mistral-7b-v0.1", "sight: full", "sight: window of 4,096"),
        ("llama-2-7b", "llama-3-8b", "32 heads of keys and values", "8 heads of keys and values"),
        ("qwen2.5-7b", "mistral-7b-v0.3", "biases: q k v", ""),
        ("mixtral-8x7b", "deepseek-v3", "2 of 8 experts, 14,336 wide", "8 of 256 experts, 2,048 wide"),
        ("mixtral-8x7b", "deepseek-v3", "", "18,432 wide in 3 layers"),
        ("mistral-7b-v0.3", "deepseek-v2-lite", "8 heads of keys", "keys and values from a latent of 512"),
        ("mistral-7b-v0.3", "deepseek-v3", "", "and one turned key, 64 wide"),
        ("mistral-7b-v0.3", "deepseek-v3", "", "queries from a latent of 1,536"),
        ("gemma-3-1b", "gemma-2-2b", "q and k normed before turning", "scores capped at 50"),
        ("gpt2", "llama-4-scout", "plus a learned vector for each place", "sharper far into a text"),
    ],
)
def test_the_lines_that_differ_bear_the_mark(one, other, left, right):
    (ours, theirs), _ = drawn(one, other)
    assert not left or MARK + left in ours
    assert not right or MARK + right in theirs


@pytest.mark.parametrize("name", NAMES)
def test_costs_are_those_of_the_library(name):
    (side, _), _ = drawn(name, "llama-2-7b")
    config = ModelConfig.preset(name)
    assert f"{costs.num_parameters(config):,} parameters" in side
    assert f"{costs.num_active_parameters(config):,} of them" in side
    tokens = min(2048, config.max_position_embeddings)
    cache = costs.kv_cache_bytes(config, tokens, bits=16) / 1e9
    cut = ", its longest" if tokens < 2048 else ""
    assert f"{cache:,.3f} GB of cache for {tokens:,} tokens{cut}\n" in side + "\n"


def test_a_text_that_is_cut_is_said_to_be():
    pair = [(name, ModelConfig.preset(name)) for name in ("mixtral-8x7b", "deepseek-v3")]
    figure, said = draw_pair(*pair, tokens=131_072)
    plt.close(figure)
    assert "for 32,768 tokens, its longest. deepseek-v3" in said and said.endswith("for 131,072 tokens")


@pytest.mark.parametrize(("name", "norms"), [("llama-3-8b", 2), ("gemma-2-2b", 4)])
def test_a_block_has_as_many_norms_as_the_model(name, norms):
    (side, _), _ = drawn(name, "gpt2")
    boxes = [line for line in side.splitlines() if line.removeprefix(MARK).startswith("RMSNorm") and "head" not in line]
    assert len(boxes) == norms


def test_a_post_norm_block_has_its_norms_on_the_stream():
    small = {
        "vocab_size": 9,
        "hidden_size": 8,
        "intermediate_size": 6,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
    }
    pair = [(place, ModelConfig(**small, norm_placement=place)) for place in ("pre", "post")]
    figure, _ = draw_pair(*pair, tokens=64)
    lefts = [
        [box.get_x() for box in ax.patches if box.get_height() < 0.7 and box.get_width() < 5] for ax in figure.axes
    ]
    plt.close(figure)
    assert min(lefts[0]) > 0 > max(lefts[1])  # beside the stream, and on it
