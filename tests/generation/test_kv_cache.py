"""The cache against reading everything again: any chunking, sliding and chunked layers, padding, taking back."""

import dataclasses

import hypothesis.strategies as st
import pytest
import torch
from effort import examples
from hypothesis import given, settings
from models import SIZES, our_config, random_model, token_ids

from lessons_lib.generation import KVCache
from lessons_lib.generation.kv_cache import SPARE

LONG = 420
SPANS = {"sliding_window": 6, "attention_chunk_size": 11, "max_position_embeddings": LONG}
KINDS = ["full_attention", "sliding_attention", "chunked_attention"]
LATENTS = {"num_key_value_heads": None, "kv_lora_rank": 22, "qk_rope_head_dim": 4, "v_head_dim": 9}
LAYERS = {
    "full": {"max_position_embeddings": LONG},
    "sliding": {"sliding_window": 6, "max_position_embeddings": LONG},
    "chunked": {"layer_types": KINDS[2:] * 3, "attention_chunk_size": 11, "max_position_embeddings": LONG},
    "mixed": {"layer_types": KINDS, **SPANS},
    "mixed, some without rotation": {
        "layer_types": [KINDS[2], KINDS[0], KINDS[1]],
        "no_rope_layers": [1, 0, 1],
        "attn_temperature_tuning": True,
        "floor_scale": 5,
        **SPANS,
    },
    "latents": {**LATENTS, "q_lora_rank": 15, "max_position_embeddings": LONG},
    "latents, mixed": {**LATENTS, "layer_types": KINDS, **SPANS},
    "a window of one": {"sliding_window": 1, "max_position_embeddings": LONG},
}
MODELS = {name: random_model(**changes) for name, changes in LAYERS.items()}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())


def in_chunks(model, ids, chunks, cache):
    return torch.cat([model(chunk, cache) for chunk in ids.split(chunks, 1)], 1)


@every_model
@settings(max_examples=examples(8))
@given(chunks=st.lists(st.sampled_from([1, 2, 7, 31, 33, 34, 70]), min_size=3, max_size=7), rows=st.integers(1, 2))
@torch.no_grad()
def test_cached_equals_uncached_in_any_chunking(model, chunks, rows):
    ids = token_ids(rows, sum(chunks))
    found, expected = in_chunks(model, ids, chunks, KVCache(model.config, rows)), model(ids)
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=0)
    assert torch.equal(found.argmax(-1), expected.argmax(-1))


@every_model
@torch.no_grad()
def test_one_token_at_a_time_past_many_windows(model):
    ids = token_ids(1, 160)
    found = in_chunks(model, ids, [3] + [1] * 157, KVCache(model.config, 1, 160))
    torch.testing.assert_close(found, model(ids), atol=2e-5, rtol=0)


@every_model
@pytest.mark.parametrize("chunks", [[30] + [1] * 90, [120], [14, 70, 1, 34, 1]], ids=str)
@torch.no_grad()
def test_left_padded_rows_equal_single_rows(model, chunks):
    ids, padding = token_ids(3, 120), [13, 0, 4]
    cache = KVCache(model.config, 3)
    cache.padding = torch.tensor(padding)
    scores = in_chunks(model, ids, chunks, cache)
    assert scores.isfinite().all()
    for row, n in enumerate(padding):
        torch.testing.assert_close(scores[row, n:], model(ids[row : row + 1, n:])[0], atol=2e-5, rtol=0)


@every_model
@torch.no_grad()
def test_rows_that_are_selected_go_on_as_they_would_have(model):
    ids, padding = token_ids(4, 150), torch.tensor([21, 3, 40, 12])
    cache = KVCache(model.config, 4)
    cache.padding = padding
    in_chunks(model, ids[:, :100], [50] + [1] * 50, cache)
    for rows in ([3, 0, 2], [2, 0, 0], [1]):  # numbers of the rows that are there then
        ids, padding = ids[rows], padding[rows]
        before = cache.length
        cache.select(rows)
        assert before - cache.length == padding.min()
        ids, padding = ids[:, padding.min() :], padding - padding.min()
        assert (cache.padding is None) == (padding.max() == 0)
        scores = in_chunks(model, ids[:, cache.length : cache.length + 9], [4, 1, 1, 3], cache)
        for row, n in enumerate(padding.tolist()):
            expected = model(ids[row : row + 1, n : cache.length])[0, -9:]
            torch.testing.assert_close(scores[row], expected, atol=2e-5, rtol=0)


@every_model
@settings(max_examples=examples(8))
@given(data=st.data())
@torch.no_grad()
def test_tokens_that_are_taken_back_leave_no_trace(model, data):
    cache, text, longest = KVCache(model.config), [], 0
    for seed in range(data.draw(st.integers(2, 8))):
        new = token_ids(1, data.draw(st.integers(1, 60)), seed=seed)[:, : LONG - len(text)]
        text += new[0].tolist()
        scores = model(new, cache)
        torch.testing.assert_close(scores, model(torch.tensor([text]))[:, -new.shape[1] :], atol=2e-5, rtol=0)
        longest = max(longest, len(text))
        text = text[: data.draw(st.integers(max(0, longest - SPARE), len(text)))]
        cache.truncate(len(text))


def test_what_was_dropped_cannot_be_gone_back_to():
    cache, (key, value) = KVCache(our_config(**SPANS, layer_types=KINDS)), torch.zeros(2, 1, 2, 200, 10)
    for layer in range(3):
        cache.append(layer, key, value)
    cache.length = 200
    least = 200 - SPARE  # the sliding and the chunked layer keep their reach and SPARE more
    for length in (1, 30, least - 1):
        assert not cache.keeps(length)
        with pytest.raises(ValueError, match=f"got {length}, allowed 0 or {least} and more: the rest was dropped"):
            cache.truncate(length)
    assert cache.length == 200
    cache.truncate(least)
    with pytest.raises(ValueError, match=f"got {least + 1}, allowed 0 to {least}"):
        cache.truncate(least + 1)
    cache.truncate(0)
    assert (cache.length, cache.begin) == (0, [0, 0, 0])


@every_model
@torch.no_grad()
def test_after_reserve_a_token_stands_at_its_number_less_begin(model):
    """A step that writes for itself finds its columns as promised, with what is in reach before them."""
    cache, ids, reach = KVCache(model.config), token_ids(1, 300), {}
    no_bounds = {"layer_types": None, "sliding_window": None, "attention_chunk_size": None}
    whole = KVCache(dataclasses.replace(model.config, **no_bounds))
    for layer, kind in enumerate(model.config.layer_types):
        reach[layer] = {"full_attention": LONG, "sliding_attention": 5, "chunked_attention": 10}[kind]
    if model.config.sliding_window == 1:
        reach = dict.fromkeys(reach, 0)
    for t, chunk in enumerate(ids.split([40, *[1] * 40, 100, *[5] * 24], 1)):
        if t > 0 and chunk.shape[1] < SPARE:
            before = [whole.keys[layer][:, :, : cache.length] for layer in range(3)]
            cache.reserve(chunk.shape[1])
            for layer in range(3):
                first = max(0, cache.length - reach[layer])
                held = cache.keys[layer][:, :, first - cache.begin[layer] : cache.length - cache.begin[layer]]
                assert torch.equal(held, before[layer][:, :, first:])
                assert cache.length + chunk.shape[1] - cache.begin[layer] <= cache.keys[layer].shape[2]
        model(chunk, Both(cache, whole))
    assert cache.length == 300


class Both:
    """Stores what a model gives in a second cache that keeps everything."""

    padding = None

    def __init__(self, cache, whole):
        self.cache, self.whole = cache, whole

    @property
    def length(self):
        return self.cache.length

    @length.setter
    def length(self, length):
        self.cache.length = self.whole.length = length

    def append(self, layer, key, value):
        self.whole.append(layer, key, value)
        return self.cache.append(layer, key, value)


@pytest.mark.parametrize("name", ["latents", "latents, mixed"])
def test_latents_take_one_vector_and_one_key_a_token(name):
    cache = KVCache(MODELS[name].config, 3, 200)
    rooms = [200, 200, 200] if name == "latents" else [200, 5 + 2 * SPARE, 10 + 2 * SPARE]
    assert [tuple(x.shape) for x in cache.keys] == [(3, 1, room, 22) for room in rooms]
    assert [tuple(x.shape) for x in cache.values] == [(3, 1, room, 4) for room in rooms]
    assert cache.nbytes == 3 * sum(rooms) * (22 + 4) * 4


def test_memory_is_that_of_the_formula():
    bytes_of_a_token = 2 * SIZES["num_key_value_heads"] * SIZES["head_dim"] * 4  # a key and a value, float32, one layer
    full = KVCache(our_config(max_position_embeddings=LONG), 3, 400)
    assert full.nbytes == 3 * 3 * 400 * bytes_of_a_token
    mixed = KVCache(our_config(layer_types=KINDS, **SPANS), 3, 400)
    assert mixed.nbytes == 3 * (400 + (5 + 2 * SPARE) + (10 + 2 * SPARE)) * bytes_of_a_token
    assert KVCache(our_config(layer_types=KINDS, **SPANS), 3, 9).nbytes == 3 * 3 * 9 * bytes_of_a_token
    assert KVCache(our_config(), 1, 9, torch.bfloat16).nbytes == 3 * 9 * bytes_of_a_token / 2
    for _ in range(300):
        for layer in range(3):
            mixed.append(layer, *torch.zeros(2, 3, 2, 1, 10))
        mixed.length += 1
    assert mixed.nbytes == 3 * (400 + (5 + 2 * SPARE) + (10 + 2 * SPARE)) * bytes_of_a_token


@torch.no_grad()
def test_moving_is_rare():
    model, moves = MODELS["sliding"], 0
    cache = KVCache(model.config)
    for token in token_ids(300, 1, 1):
        before = cache.begin[0]
        model(token, cache)
        moves += cache.begin[0] != before
    assert moves <= 300 / SPARE


@every_model
@torch.no_grad()
def test_a_pass_that_is_broken_off_changes_nothing_or_is_named(model):
    def interrupt(*_):
        raise KeyboardInterrupt

    cache, ids = KVCache(model.config), token_ids(1, 290)
    model(ids[:, :90], cache)
    hook = model.model["layers"][2].register_forward_pre_hook(interrupt)
    for t in (1, 5, 100):
        with pytest.raises(KeyboardInterrupt):
            model(ids[:, 90 : 90 + t], cache)
        assert cache.length == 90
        if t < SPARE:
            assert cache.keeps(90)
    hook.remove()
    if not cache.keeps(90):  # so many at once that earlier ones were dropped for them
        with pytest.raises(ValueError, match="broken off in layer"):
            model(ids[:, 90:], cache)
        cache.truncate(0)
        model(ids[:, :90], cache)
    torch.testing.assert_close(model(ids[:, 90:], cache), model(ids)[:, 90:], atol=2e-5, rtol=0)


def test_a_cache_has_the_dtype_of_the_weights():
    cache = KVCache.of(random_model().bfloat16(), 3, 17)
    assert {x.dtype for x in cache.keys + cache.values} == {torch.bfloat16}
    assert (cache.batch_size, cache.max_length, cache.keys[0].shape) == (3, 17, (3, 2, 17, 10))


def test_what_does_not_fit_is_named():
    config = our_config(**SPANS, layer_types=KINDS)
    with pytest.raises(ValueError, match=f"max_length: got {LONG + 1}, allowed 1 to {LONG}"):
        KVCache(config, max_length=LONG + 1)
    with pytest.raises(ValueError, match="max_length: got 0"):
        KVCache(config, max_length=0)
    with pytest.raises(ValueError, match="batch_size: got 0, allowed 1 or more"):
        KVCache(config, 0)
    cache = KVCache(config, 2, 100)
    with pytest.raises(ValueError, match="got a batch of 1, allowed 2"):
        cache.append(0, *torch.zeros(2, 1, 2, 3, 10))
    with pytest.raises(ValueError, match="got 101 tokens, allowed 100"):
        cache.append(0, *torch.zeros(2, 2, 2, 101, 10))
    with pytest.raises(ValueError, match="got 101 tokens, allowed 100"):
        cache.reserve(101)
    with pytest.raises(ValueError, match=f"reserve: got 90 tokens, allowed {SPARE}"):
        cache.reserve(90)
    with pytest.raises(ValueError, match="truncate: got -1, allowed 0 to 0"):
        cache.truncate(-1)


@pytest.mark.parametrize("changes", [{}, {"layer_types": ["sliding_attention"] * 3, "sliding_window": 5}])
def test_a_text_starts_from_another_cache(changes):
    model, ids = random_model(**changes), token_ids(1, 60)
    source, copy = KVCache(model.config), KVCache(model.config)
    with torch.no_grad():
        model(token_ids(1, 9, seed=2), copy)
        model(ids[:, :50], source)
        lengths = [0, 50, 33] if not changes else [0, 50]
        for length in lengths:
            copy.start_from(source, length)
            assert copy.length == length
            expected = KVCache(model.config)
            ours, theirs = model(ids[:, length:], copy), model(ids, expected)[:, length:]
            torch.testing.assert_close(ours, theirs, atol=2e-5, rtol=1e-5)
        assert source.length == 50


def test_what_cannot_be_copied_is_refused():
    model = random_model(layer_types=["sliding_attention"] * 3, sliding_window=3, max_position_embeddings=400)
    source, copy = KVCache(model.config), KVCache(model.config)
    with torch.no_grad():
        for _ in range(3):
            model(token_ids(1, 100), source)
    for length in (-1, 301, 40):
        with pytest.raises(ValueError, match=f"start_from: got {length}, allowed a length that the other still keeps"):
            copy.start_from(source, length)
    with pytest.raises(ValueError, match="another shape or padding"):
        copy.start_from(KVCache(model.config, 2), 0)
