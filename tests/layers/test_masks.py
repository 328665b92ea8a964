"""Masks against their definitions, written out pair by pair, and against torch."""

import hypothesis.strategies as st
import pytest
import torch
from effort import examples
from hypothesis import given, settings
from models import our_config

from lessons_lib.layers import causal_mask, chunked_mask, layer_mask, pad_mask, sliding_window_mask
from lessons_lib.layers.masks import keys_in_reach

sizes = st.integers(1, 12).flatmap(lambda keys: st.tuples(st.integers(1, keys), st.just(keys)))


def by_definition(queries, keys, sees):
    rows = range(keys - queries, keys)
    return torch.tensor([[sees(i, j) for j in range(keys)] for i in rows])


@settings(derandomize=True, max_examples=examples(60), deadline=None)
@given(sizes=sizes, width=st.integers(1, 14))
def test_masks_equal_their_definitions(sizes, width):
    t, s = sizes
    assert torch.equal(causal_mask(t, s), torch.ones(s, s, dtype=torch.bool).tril()[s - t :])
    window = by_definition(t, s, lambda i, j: i - width < j <= i)
    assert torch.equal(sliding_window_mask(t, s, width), window)
    assert window.sum(1).tolist() == [min(i + 1, width) for i in range(s - t, s)]
    chunk = by_definition(t, s, lambda i, j: j <= i and j // width == i // width)
    assert torch.equal(chunked_mask(t, s, width), chunk)


def test_chunks_are_counted_from_where_a_row_begins():
    mask = chunked_mask(3, 7, 3, start=torch.tensor([0, 2]))
    assert torch.equal(mask[0], chunked_mask(3, 7, 3))
    assert torch.equal(mask[1][:, 2:], chunked_mask(3, 5, 3))


@settings(derandomize=True, max_examples=examples(60), deadline=None)
@given(data=st.data(), sizes=sizes)
def test_padding_is_seen_by_nobody_but_itself(data, sizes):
    t, s = sizes
    real = torch.tensor(data.draw(st.lists(st.lists(st.booleans(), min_size=s, max_size=s), min_size=1, max_size=3)))
    for mask in (causal_mask(t, s), sliding_window_mask(t, s, 3), chunked_mask(t, s, 3)):
        padded = pad_mask(mask, real)
        assert padded.shape == (len(real), 1, t, s)
        assert padded.any(-1).all()  # no query has nothing to look at
        for row, b in zip(padded[:, 0], real, strict=True):
            assert torch.equal(row & b, mask & b)
            others = row & ~b
            assert others.sum() == (~b)[s - t :].sum()  # each padding token sees itself


MIXED = our_config(
    layer_types=["full_attention", "sliding_attention", "chunked_attention"], sliding_window=6, attention_chunk_size=9
)
WHOLE = {
    "full_attention": causal_mask(20, 20),
    "sliding_attention": sliding_window_mask(20, 20, 6),
    "chunked_attention": chunked_mask(20, 20, 9),
}


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("queries", [1, 4, 5, 14, 15, 20])
def test_a_layers_mask_hides_what_the_whole_mask_hides_and_leaves_out_no_key_in_reach(kind, queries):
    """Everything left of the keys in reach is hidden from all queries, so a cache may drop it."""
    whole = WHOLE[kind][-queries:]
    seen = keys_in_reach(MIXED, kind, 20 - queries) + queries
    assert not whole[:, : 20 - seen].any()
    found = layer_mask(MIXED, kind, queries, 20)
    if found is None:
        found = causal_mask(queries, seen)
    assert torch.equal(found, whole[:, -seen:])
    padded = layer_mask(MIXED, kind, queries, 20, torch.ones(2, 20))
    assert torch.equal(padded[1, 0], found)


def test_reach_is_the_window_or_the_chunk_less_the_token_that_asks():
    reach = {kind: [keys_in_reach(MIXED, kind, past) for past in (0, 3, 50)] for kind in WHOLE}
    assert reach == {"full_attention": [0, 3, 50], "sliding_attention": [0, 3, 5], "chunked_attention": [0, 3, 8]}


@pytest.mark.parametrize("queries", [1, 3, 12])
def test_chunks_of_padded_rows_are_cut_where_each_row_begins(queries):
    real = torch.arange(20) >= torch.tensor([[0], [4], [7]])
    found = layer_mask(MIXED, "chunked_attention", queries, 20, real)
    seen = found.shape[-1]
    for row, padding in enumerate((0, 4, 7)):
        alone = torch.zeros(20, 20, dtype=torch.bool)
        alone[padding:, padding:] = chunked_mask(20 - padding, 20 - padding, 9)
        alone |= torch.eye(20, dtype=torch.bool)
        assert torch.equal(found[row, 0], alone[-queries:, -seen:])


def test_a_mask_is_made_only_where_it_hides_something():
    for kind in WHOLE:
        assert layer_mask(MIXED, kind, 6, 6) is layer_mask(MIXED, kind, 1, 5) is None
    assert layer_mask(MIXED, "sliding_attention", 1, 20) is None  # what is in reach of one token is its window
    assert layer_mask(MIXED, "full_attention", 20, 20) is layer_mask(MIXED, "full_attention", 1, 20) is None
    assert layer_mask(MIXED, "chunked_attention", 9, 9) is None
    for queries, keys in ((7, 7), (2, 7), (4, 20)):
        assert layer_mask(MIXED, "sliding_attention", queries, keys) is not None
    assert layer_mask(MIXED, "chunked_attention", 1, 10) is not None


@pytest.mark.parametrize("make", [sliding_window_mask, chunked_mask])
def test_a_span_of_nothing_is_refused(make):
    with pytest.raises(ValueError, match="got 0, allowed 1 or more"):
        make(3, 3, 0)
