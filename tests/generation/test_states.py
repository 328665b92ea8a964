"""Models whose layers keep a state: caches, batches and the engine go on from it, and never cut it back."""

import pytest
import torch
from layers.test_states import KINDS, changes_of
from models import random_model, token_ids

from lessons_lib.generation import (
    KVCache,
    ModelDraft,
    NGramDraft,
    PromptCache,
    Request,
    beam_search,
    generate,
    generate_batch,
    speculate,
)
from lessons_lib.generation.compiled.step import DecodeStep
from lessons_lib.generation.engine import Engine
from lessons_lib.generation.runner import Runner

every_kind = pytest.mark.parametrize("name", KINDS)


@pytest.fixture(scope="module")
def model_of():
    made = {}

    def get(name):
        if name not in made:
            made[name] = random_model(std=0.4, **changes_of(name))
        return made[name]

    return get


def continued(model, ids, n):
    """Greedy, with nothing kept."""
    for _ in range(n):
        ids = [*ids, int(model(torch.tensor([ids]))[0, -1].argmax())]
    return ids[-n:]


@every_kind
@torch.no_grad()
def test_texts_together_are_what_they_are_alone(model_of, name):
    model = model_of(name)
    texts = [token_ids(n, seed=n).tolist() for n in (9, 4, 1)]
    sizes = (5, 12, 8)
    expected = [continued(model, ids, n) for ids, n in zip(texts, sizes, strict=True)]
    made = {i: [] for i in range(3)}
    for i, token in generate_batch(model, [Request(ids, n) for ids, n in zip(texts, sizes, strict=True)]):
        made[i] += [] if token.id is None else [token.id]
    assert list(made.values()) == expected
    assert [list(generate(model, ids, n)) for ids, n in zip(texts, sizes, strict=True)] == expected
    with Engine(model, slots=2) as engine:
        handles = [engine.submit(Request(ids, n)) for ids, n in zip(texts, sizes, strict=True)]
        assert [[token.id for token in handle if token.id is not None] for handle in handles] == expected
    assert beam_search(model, texts[0], 1, 5)[0].token_ids == expected[0]
    assert len(beam_search(model, texts[0], 3, 5)) == 3


@every_kind
@torch.no_grad()
def test_a_prompt_goes_on_from_the_whole_text_before_or_begins_anew(model_of, name):
    model, cache = model_of(name), PromptCache(model_of(name))
    first = token_ids(12).tolist()
    new = list(generate(model, first, 6, cache=cache))
    longer = [*first, *new, 3, 4]
    assert list(generate(model, longer, 5, cache=cache)) == continued(model, longer, 5)
    assert cache.reused == len(first) + 5  # the last token was never read
    shorter = [*first, 1, 2]
    assert list(generate(model, shorter, 5, cache=cache)) == continued(model, shorter, 5)
    assert cache.reused == 0


@torch.no_grad()
def test_a_state_is_never_cut_back(model_of):
    model = model_of("gated_delta")
    cache = KVCache.of(model)
    model(token_ids(1, 9), cache)
    assert [n for n in range(10) if cache.keeps(n)] == [0, 9]
    with pytest.raises(ValueError, match=r"truncate: got 8, allowed 0 or 9: a state can't be cut back"):
        cache.truncate(8)
    cache.truncate(9)
    cache.truncate(0)
    torch.testing.assert_close(model(token_ids(1, 9), cache), model(token_ids(1, 9)), atol=1e-4, rtol=0)


def test_who_would_cut_it_back_is_refused_by_name(model_of):
    model, plain = model_of("mamba2"), random_model()
    with pytest.raises(ValueError, match="model: got one with layers of type mamba2, allowed one without"):
        speculate(model, [1, 2, 3], NGramDraft())
    with pytest.raises(ValueError, match="model: got one with layers of type mamba2, allowed one without"):
        speculate(plain, [1, 2, 3], ModelDraft(model))


def test_the_compiled_step_steps_aside(model_of):
    for name in KINDS:
        assert Runner(model_of(name)).step is None
        with pytest.raises(ValueError, match="got layer_types"):
            DecodeStep(model_of(name))


@torch.no_grad()
def test_a_pass_that_was_broken_off_is_noticed(model_of, monkeypatch):
    model, cache = model_of("mamba"), KVCache.of(model_of("mamba"))
    ids = token_ids(1, 9)
    model(ids[:, :5], cache)
    with monkeypatch.context() as broken:
        broken.setattr(model.model.layers[1], "forward", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            model(ids[:, 5:], cache)
    assert cache.length == 5 and not cache.keeps(5)
    with pytest.raises(ValueError, match="a pass that was broken off in layer 0"):
        model(ids[:, 5:], cache)
    cache.truncate(0)
    torch.testing.assert_close(model(ids, cache), model(ids), atol=1e-4, rtol=0)


@torch.no_grad()
def test_another_batch_or_more_tokens_than_there_is_room_for_are_refused(model_of):
    model = model_of("conv")
    with pytest.raises(ValueError, match=r"KVCache: got a batch of 2, allowed 1"):
        model(token_ids(2, 4), KVCache.of(model))
    with pytest.raises(ValueError, match=r"got 5 tokens, allowed 4 \(max_length\)"):
        model(token_ids(1, 5), KVCache.of(model, 1, 4))


@torch.no_grad()
def test_one_cache_starts_from_another_and_neither_changes_the_other(model_of):
    model, ids = model_of("mamba2"), token_ids(1, 20)
    one, other = KVCache.of(model), KVCache.of(model)
    model(ids[:, :11], one)
    other.start_from(one, 11)
    torch.testing.assert_close(model(ids[:, 11:], other), model(ids)[:, 11:], atol=1e-4, rtol=0)
    torch.testing.assert_close(model(ids[:, 11:], one), model(ids)[:, 11:], atol=1e-4, rtol=0)
    with pytest.raises(ValueError, match="allowed a length that the other still keeps"):
        one.start_from(other, 5)
