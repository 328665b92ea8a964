"""The whole decoder: causality, padding, caching, and clear errors."""

import hypothesis.strategies as st
import pytest
import torch
from effort import examples
from hypothesis import given, settings
from models import SIZES, our_config, random_model, token_ids

from lessons_lib import Transformer
from lessons_lib.config import costs
from lessons_lib.generation import KVCache
from lessons_lib.layers import sinusoidal_positions


def test_parameters_by_formula_equal_parameters_by_count():
    for changes in (
        {},
        {"tie_word_embeddings": True},
        {"attention_bias": True, "mlp_bias": True},
        {"attention_bias": True, "attention_output_bias": False, "qk_norm": "before"},
        {"gated_mlp": False, "mlp_bias": True, "position_embedding_type": "learned"},
        {"norm_type": "layer", "norm_placement": "post", "position_embedding_type": "sinusoidal"},
        {"norm_placement": "sandwich", "rms_norm_offset": 1.0, "qk_norm": "after"},
    ):
        model = Transformer(our_config(**changes))
        assert model.num_parameters() == costs.num_parameters(model.config)


def test_names_are_hugging_faces():
    names = set(Transformer(our_config()).state_dict())
    assert {"model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"} < names
    assert "model.layers.2.self_attn.q_proj.weight" in names
    assert "model.layers.0.post_attention_layernorm.weight" in names
    assert len(names) == 3 + 3 * 9


def test_a_tied_head_is_the_same_tensor():
    model = Transformer(our_config(tie_word_embeddings=True))
    assert model.lm_head.weight is model.model.embed_tokens.weight


def test_a_fresh_model_is_as_surprised_as_one_that_guesses():
    torch.manual_seed(0)
    model, ids = Transformer(our_config()), token_ids(8, 64)
    loss = torch.nn.functional.cross_entropy(model(ids)[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
    assert abs(loss.item() - torch.log(torch.tensor(97.0)).item()) < 0.05


@torch.no_grad()
def test_no_token_sees_the_future():
    model, ids = random_model(), token_ids(1, 30)
    changed = ids.clone()
    changed[0, 17] = (ids[0, 17] + 1) % 97
    difference = (model(ids) - model(changed)).abs().amax((0, 2))
    assert difference[:17].max() == 0
    assert difference[17:].min() > 0


@settings(derandomize=True, max_examples=examples(60), deadline=None)
@given(chunks=st.lists(st.integers(1, 9), min_size=1, max_size=9), rows=st.integers(1, 3))
@torch.no_grad()
def test_cached_equals_uncached_in_any_chunking(chunks, rows):
    model, ids = random_model(), token_ids(rows, sum(chunks))
    cache = KVCache(model.config, rows, sum(chunks))
    parts = [model(chunk, cache) for chunk in ids.split(chunks, 1)]
    torch.testing.assert_close(torch.cat(parts, 1), model(ids), atol=2e-5, rtol=0)


@torch.no_grad()
def test_left_padded_rows_with_a_cache_equal_single_rows():
    model, ids, mask = random_model(), token_ids(2, 20), torch.ones(2, 20, dtype=torch.long)
    mask[0, :6] = 0
    cache = KVCache(model.config, 2, 20)
    first = model(ids[:, :13], cache, mask[:, :13])
    rest = [model(ids[:, t : t + 1], cache, mask[:, : t + 1]) for t in range(13, 20)]
    scores = torch.cat([first, *rest], 1)
    assert scores.isfinite().all()
    torch.testing.assert_close(scores[0, 6:], model(ids[:1, 6:])[0], atol=2e-5, rtol=0)
    torch.testing.assert_close(scores[1], model(ids[1:])[0], atol=2e-5, rtol=0)


OLD = {"norm_type": "layer", "norm_placement": "post", "gated_mlp": False, "hidden_act": "relu", "mlp_bias": True}


@pytest.mark.parametrize("kind", ["sinusoidal", "learned", "none"])
@torch.no_grad()
def test_positions_that_are_added_agree_with_and_without_cache_and_padding(kind):
    model = random_model(position_embedding_type=kind, embedding_multiplier=6.0, **OLD)
    ids, mask, cache = token_ids(2, 20), torch.ones(2, 20, dtype=torch.long), KVCache(our_config(), 2, 20)
    mask[0, :6] = 0
    parts = [model(ids[:, :13], cache, mask[:, :13])]
    parts += [model(ids[:, t : t + 1], cache, mask[:, : t + 1]) for t in range(13, 20)]
    scores = torch.cat(parts, 1)
    torch.testing.assert_close(scores[0, 6:], model(ids[:1, 6:])[0], atol=2e-5, rtol=0)
    torch.testing.assert_close(scores[1], model(ids[1:])[0], atol=2e-5, rtol=0)


@torch.no_grad()
def test_what_reaches_the_first_block_is_the_scaled_embedding_and_its_place():
    seen, ids = {}, token_ids(2, 9)
    for kind in ("none", "sinusoidal", "learned"):
        model = random_model(position_embedding_type=kind, embedding_multiplier=6.0, **OLD)
        model.model["layers"][0].register_forward_pre_hook(lambda block, args, kind=kind: seen.update({kind: args[0]}))
        model(ids)
        table = model.model["embed_tokens"].weight
        added = {
            "none": 0,
            "sinusoidal": sinusoidal_positions(9, 36),
            "learned": model.model["embed_positions"].weight[:9] if kind == "learned" else 0,
        }
        torch.testing.assert_close(seen[kind], 6.0 * table[ids] + added[kind], atol=1e-6, rtol=0)


@torch.no_grad()
def test_without_positions_a_block_sees_a_bag_of_tokens():
    ids = token_ids(1, 12)
    shuffled = torch.cat((ids[:, torch.randperm(11, generator=torch.Generator().manual_seed(3))], ids[:, -1:]), 1)
    for kind, same in (("none", True), ("rotary", False), ("sinusoidal", False)):
        model = random_model(position_embedding_type=kind, num_hidden_layers=1)
        assert torch.allclose(model(ids)[:, -1], model(shuffled)[:, -1], atol=1e-5) == same


@torch.no_grad()
def test_only_the_last_scores_are_kept_where_asked():
    model, ids = random_model(), token_ids(2, 9)
    torch.testing.assert_close(model(ids, logits_to_keep=2), model(ids)[:, -2:], atol=1e-6, rtol=0)


def test_only_chosen_positions_are_scored():
    model = random_model()
    ids = torch.arange(24).view(3, 8)
    for places in (ids % 5 == 1, ids > 30, ids < 30, ids % 8 == 7):
        chosen = model(ids, logits_to_keep=places)
        assert chosen.shape == (int(places.sum()), 97)
        torch.testing.assert_close(chosen, model(ids)[places], atol=1e-6, rtol=0)


@torch.no_grad()
def test_other_dtypes_run_and_stay_close():
    model, ids = random_model(std=0.05), token_ids(1, 20)
    expected = model(ids)
    torch.testing.assert_close(model.double()(ids).float(), expected, atol=1e-5, rtol=0)
    assert (model.bfloat16()(ids).float() - expected).abs().max() < 0.1


@pytest.mark.parametrize(
    ("ids", "past", "mask", "message"),
    [
        (torch.zeros(1, 0, dtype=torch.long), 0, None, "at least one token"),
        (torch.zeros(4, dtype=torch.long), 0, None, r"allowed \[B, T\]"),
        (torch.tensor([[1, 97]]), 0, None, "got 97, allowed 0 to 96"),
        (torch.tensor([[1, -1]]), 0, None, "got -1, allowed 0 to 96"),
        (torch.zeros(1, 129, dtype=torch.long), 0, None, "got 129 tokens, allowed 128"),
        (torch.zeros(1, 3, dtype=torch.long), 126, None, "got 129 tokens, allowed 128"),
        (torch.zeros(1, 3, dtype=torch.long), 0, torch.ones(1, 4), "attention_mask: got shape"),
    ],
)
def test_bad_input_is_named(ids, past, mask, message):
    model = Transformer(our_config())
    cache = KVCache(model.config)
    cache.length = past
    with pytest.raises(ValueError, match=message):
        model(ids, cache, mask)
    assert cache.length == past


def test_sizes_of_the_test_models_are_pairwise_different():
    sizes = {**SIZES, "queries": 60, "keys": 20}
    assert len(set(sizes.values())) == len(sizes)


@torch.no_grad()
def test_two_texts_in_one_row_get_the_scores_that_each_gets_alone():
    model, ids = random_model(), token_ids(1, 12)
    one, other = ids[:, :8], torch.cat((ids[:, :3], ids[:, 8:]), 1)  # both begin with the first three
    mask = torch.zeros(1, 12, 12, dtype=torch.bool)
    mask[0, :8, :8] = torch.ones(8, 8).tril()
    mask[0, 8:, :3] = True
    mask[0, 8:, 8:] = torch.ones(4, 4).tril()
    positions = torch.tensor([0, 1, 2, 3, 4, 5, 6, 7, 3, 4, 5, 6])
    scores = model(ids, attention_mask=mask, positions=positions)[0]
    torch.testing.assert_close(scores[:8], model(one)[0], atol=2e-5, rtol=0)
    torch.testing.assert_close(scores[8:], model(other)[0, 3:], atol=2e-5, rtol=0)


def test_a_mask_by_token_wants_positions_and_layers_that_see_all():
    model, ids, mask = random_model(), token_ids(1, 4), torch.ones(1, 4, 4)
    with pytest.raises(ValueError, match=r"attention_mask: got shape \[1, 4, 4\], allowed \[1, 4\]"):
        model(ids, attention_mask=mask)
    for positions, words in (
        (torch.arange(5), "positions: got a Tensor of shape"),
        (torch.tensor([0, 1, 2, 128]), "got 128"),
    ):
        with pytest.raises(ValueError, match=words):
            model(ids, attention_mask=mask, positions=positions)
    narrow = random_model(layer_types=["sliding_attention"] * 3, sliding_window=2)
    with pytest.raises(ValueError, match=r"for layers of sliding_attention, allowed \[B, S\]"):
        narrow(ids, attention_mask=mask, positions=torch.arange(4))
