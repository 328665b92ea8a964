"""Masks against their definitions, written out pair by pair, and against torch."""

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings
from models import our_config

from lessons_lib.layers import causal_mask, chunked_mask, layer_mask, pad_mask, sliding_window_mask

sizes = st.integers(1, 12).flatmap(lambda keys: st.tuples(st.integers(1, keys), st.just(keys)))


def by_definition(queries, keys, sees):
    rows = range(keys - queries, keys)
    return torch.tensor([[sees(i, j) for j in range(keys)] for i in rows])


@settings(derandomize=True, max_examples=60, deadline=None)
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


@settings(derandomize=True, max_examples=60, deadline=None)
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


@pytest.mark.parametrize("queries", [1, 4, 20])
def test_a_mask_is_made_only_where_it_hides_something(queries):
    config = our_config(
        layer_types=["full_attention", "sliding_attention", "chunked_attention"],
        sliding_window=6,
        attention_chunk_size=9,
    )
    plain = None if queries in (1, 20) else causal_mask(queries, 20)
    expected = {
        "full_attention": plain,
        "sliding_attention": sliding_window_mask(queries, 20, 6),
        "chunked_attention": chunked_mask(queries, 20, 9),
    }
    for kind, mask in expected.items():
        found = layer_mask(config, kind, queries, 20)
        assert found is None if mask is None else torch.equal(found, mask)
        padded = layer_mask(config, kind, queries, 20, torch.ones(2, 20))
        assert torch.equal(padded[1, 0], causal_mask(queries, 20) if mask is None else mask)
    assert layer_mask(config, "sliding_attention", 6, 6) is None
    assert layer_mask(config, "chunked_attention", 9, 9) is None
    assert torch.equal(layer_mask(config, "sliding_attention", 7, 7), sliding_window_mask(7, 7, 6))
    assert torch.equal(layer_mask(config, "chunked_attention", 10, 10), chunked_mask(10, 10, 9))


@pytest.mark.parametrize("make", [sliding_window_mask, chunked_mask])
def test_a_span_of_nothing_is_refused(make):
    with pytest.raises(ValueError, match="got 0, allowed 1 or more"):
        make(3, 3, 0)
