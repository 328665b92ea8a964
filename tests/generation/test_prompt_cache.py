"""The prompt cache: the same ids as without it, and only what is new is read."""

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from effort import examples
from hypothesis import given, settings
from models import random_model, token_ids

from lessons_lib.generation import ModelDraft, PromptCache, Runner, generate, speculate
from lessons_lib.generation.kv_cache import SPARE
from lessons_lib.layers import quantize

MODEL = random_model(max_position_embeddings=300)
SLIDING = random_model(
    layer_types=["chunked_attention", "full_attention", "sliding_attention"],
    sliding_window=6,
    attention_chunk_size=9,
    max_position_embeddings=300,
)
TEXT = token_ids(200).tolist()


@pytest.fixture
def read(monkeypatch):
    """The tokens that are read, pass by pass."""
    passes, forward = [], Runner.__call__

    def watched(self, ids, *args, **rest):
        passes.append(ids[0].tolist())
        return forward(self, ids, *args, **rest)

    monkeypatch.setattr(Runner, "__call__", watched)
    return passes


@pytest.mark.parametrize("model", [MODEL, SLIDING], ids=["full", "mixed"])
@settings(max_examples=examples(15))
@given(data=st.data())
def test_any_sequence_of_prompts_gives_what_each_gives_alone(model, data):
    cache, text = PromptCache(model), list(TEXT[:50])
    for seed in range(data.draw(st.integers(1, 4))):
        text = (
            text[: data.draw(st.integers(1, len(text)))] + token_ids(data.draw(st.integers(0, 40)), seed=seed).tolist()
        )
        settings = {"temperature": 1.0, "seed": seed, "stop_token_ids": ()}
        new = list(generate(model, text, 7, **settings, cache=cache))
        assert new == list(generate(model, text, 7, **settings))
        assert cache.token_ids == (text + new)[:-1]  # the last token is not read before it is needed
        text += new


def test_only_what_is_new_is_read(read):
    cache = PromptCache(MODEL)
    first = list(generate(MODEL, TEXT[:80], 4, stop_token_ids=(), cache=cache))
    assert (cache.reused, [len(ids) for ids in read]) == (0, [80, 1, 1, 1])
    read.clear()
    list(generate(MODEL, TEXT[:80] + first + [5, 6], 2, stop_token_ids=(), cache=cache))
    assert cache.reused == 83
    assert read[0] == [first[-1], 5, 6]
    read.clear()
    list(generate(MODEL, TEXT[:30], 2, stop_token_ids=(), cache=cache))  # a beginning of it: one token gives the scores
    assert cache.reused == 29
    assert read[0] == TEXT[29:30]
    list(generate(MODEL, [TEXT[0] + 1, *TEXT], 1, stop_token_ids=(), cache=cache))
    assert cache.reused == 0


def test_what_a_sliding_layer_has_dropped_is_read_again(read):
    cache = PromptCache(SLIDING)
    list(generate(SLIDING, TEXT, 1, stop_token_ids=(), cache=cache))
    for shared, reused in ((200 - SPARE, 200 - SPARE), (40, 0)):
        text = [*TEXT[:shared], (TEXT[shared] + 1) % 97]
        read.clear()
        found = list(generate(SLIDING, text, 5, stop_token_ids=(), cache=cache))
        assert cache.reused == reused
        assert len(read[0]) == len(text) - reused
        assert found == list(generate(SLIDING, text, 5, stop_token_ids=()))


def test_an_answer_that_is_broken_off_anywhere_does_no_harm():
    cache, text = PromptCache(SLIDING), TEXT[:100]
    tokens = generate(SLIDING, text, 30, stop_token_ids=(), cache=cache)
    start = [next(tokens) for _ in range(6)]
    tokens.close()
    assert cache.token_ids == text + start[:5]

    def interrupt(*_):
        raise KeyboardInterrupt

    hook = SLIDING.model["layers"][2].register_forward_pre_hook(interrupt)
    with pytest.raises(KeyboardInterrupt):
        list(generate(SLIDING, text + start + TEXT[:90], 30, stop_token_ids=(), cache=cache))
    hook.remove()
    again = list(generate(SLIDING, text, 30, stop_token_ids=(), cache=cache))
    assert again == list(generate(SLIDING, text, 30, stop_token_ids=()))
    assert again[:6] == start


def test_two_texts_at_a_time_are_refused():
    cache = PromptCache(MODEL)
    first = generate(MODEL, TEXT[:20], 9, stop_token_ids=(), cache=cache)
    next(first)
    next(generate(MODEL, TEXT[:10], 9, stop_token_ids=(), cache=cache))
    with pytest.raises(ValueError, match="cache: got another text in between, allowed one at a time"):
        next(first)


def test_its_length_is_the_limit_of_a_text():
    cache = PromptCache(MODEL, max_length=40)
    assert len(list(generate(MODEL, TEXT[:30], 100, stop_token_ids=(), cache=cache))) == 10
    with pytest.raises(ValueError, match="token_ids: got 40 tokens, allowed 1 to 39"):
        generate(MODEL, TEXT[:40], cache=cache)
    with pytest.raises(ValueError, match="cache: got that of another model"):
        generate(SLIDING, TEXT[:3], cache=cache)
    with pytest.raises(ValueError, match="max_length: got 301, allowed 1 to 300"):
        PromptCache(MODEL, 301)
    assert torch.is_grad_enabled()


# Weights that change between two texts

CHANGES = {
    "in place": lambda model: model.model.layers[1].mlp.up_proj.weight.mul_(1.5),
    "through .data": lambda model: model.model.layers[0].self_attn.k_proj.weight.data.mul_(-1),
    "another .data": lambda model: setattr(
        model.model.layers[0].self_attn.k_proj.weight, "data", -model.model.layers[0].self_attn.k_proj.weight.data
    ),
    "a norm": lambda model: model.model.layers[2].input_layernorm.weight[3:4].add_(2.0),
    "by numpy": lambda model: np.negative((w := model.model.layers[0].self_attn.q_proj.weight.detach().numpy()), out=w),
    "another parameter": lambda model: setattr(
        model.model.layers[0].self_attn.v_proj,
        "weight",
        torch.nn.Parameter(model.model.layers[0].self_attn.v_proj.weight.flip(0)),
    ),
    "a state": lambda model: model.load_state_dict(random_model(seed=9, **WIDE).state_dict()),
    "a step of training": lambda model: step(model),
    "8 bits": quantize,
    "4 bits": lambda model: quantize(model, bits=4),
    "another dtype": lambda model: model.to(torch.bfloat16),
    "float64": lambda model: model.double(),
}
WIDE = {"hidden_size": 64, "intermediate_size": 96, "num_attention_heads": 4, "head_dim": 32}


def step(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    with torch.enable_grad():
        model(torch.tensor([TEXT[:20]])).square().mean().backward()
    optimizer.step()
    optimizer.zero_grad()


@pytest.mark.parametrize("change", CHANGES)
@torch.no_grad()
def test_changed_weights_are_never_answered_from_old_keys(change):
    model = random_model(**WIDE)
    settings = {"temperature": 1.0, "seed": 1, "stop_token_ids": ()}
    cache = PromptCache(model)
    text = TEXT[:60] + list(generate(model, TEXT[:60], 9, **settings, cache=cache))
    before = list(generate(model, text, 9, **settings, cache=cache))
    assert cache.reused == 68
    list(generate(model, text, 9, **settings, cache=cache))
    assert cache.reused == 68  # nothing changed: nothing is read again
    CHANGES[change](model)
    after = list(generate(model, text, 9, **settings, cache=cache))
    assert (cache.reused, after) == (0, list(generate(model, text, 9, **settings)))
    assert after != before or "dtype" in change or "64" in change or "bits" in change
    assert list(generate(model, text + after, 9, **settings, cache=cache)) == list(
        generate(model, text + after, 9, **settings)
    )
    assert cache.reused == len(text) + 8


def test_every_way_to_use_a_cache_sees_the_change():
    model = random_model(**WIDE)
    cache, draft = PromptCache(model), ModelDraft(model)
    list(speculate(model, TEXT[:60], draft, 9, stop_token_ids=(), cache=cache))
    quantize(model)  # which also moves what the draft's compiled step would read
    found = list(speculate(model, TEXT[:60], draft, 9, stop_token_ids=(), cache=cache))
    assert found == list(generate(model, TEXT[:60], 9, stop_token_ids=()))
    assert cache.reused == 0
