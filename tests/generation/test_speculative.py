"""Speculative decoding: greedy the same ids, sampled the same distribution; and the drafts."""

from itertools import product

import hypothesis.strategies as st
import pytest
import torch
from effort import examples
from hypothesis import given, settings
from models import random_model, token_ids

from lessons_lib.generation import (
    LogitsError,
    ModelDraft,
    NGramDraft,
    PromptCache,
    Runner,
    Sampler,
    generate,
    speculate,
    speculative,
)
from lessons_lib.generation.sampling import softmax

MODEL = random_model(std=0.05)  # flat enough to fall into repetition, so that guesses are right now and then
SLIDING = random_model(
    std=0.05,
    layer_types=["chunked_attention", "full_attention", "sliding_attention"],
    sliding_window=6,
    attention_chunk_size=9,
    max_position_embeddings=300,
)
NEAR = random_model(std=0.05)
with torch.no_grad():
    for weight in NEAR.parameters():
        weight += 0.002 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
REPEATED = token_ids(12).tolist() * 3
DRAFTS = {
    "n-gram": NGramDraft(3, 1),
    "near": ModelDraft(NEAR),
    "itself": ModelDraft(MODEL),
    "far": ModelDraft(random_model(seed=7)),
}


@pytest.mark.parametrize("draft", DRAFTS.values(), ids=DRAFTS.keys())
@pytest.mark.parametrize("model", [MODEL, SLIDING], ids=["full", "mixed"])
@settings(max_examples=examples(4))
@given(prompt=st.integers(1, 36), new=st.integers(0, 50), k=st.integers(1, 9))
def test_greedy_ids_are_those_of_plain_decoding(model, draft, prompt, new, k):
    expected = list(generate(model, REPEATED[:prompt], new, stop_token_ids=()))
    found = speculate(model, REPEATED[:prompt], draft, new, stop_token_ids=(), k=k)
    assert list(found) == expected
    assert found.accepted <= found.proposed
    assert new - found.passes <= found.accepted <= max(0, new - 1)  # each pass gives what was right and one more


def test_a_perfect_draft_saves_passes_and_a_bad_one_costs_none():
    perfect = speculate(MODEL, REPEATED, ModelDraft(MODEL), 64, stop_token_ids=(), k=7)
    list(perfect)
    assert perfect.passes == 8
    assert perfect.accepted == perfect.proposed == 56
    bad = speculate(MODEL, REPEATED, Fixed([96] * 9), 64, stop_token_ids=(), k=7)
    list(bad)
    assert bad.passes == 64
    assert bad.proposed <= 7 + 63  # after the first failure one guess a pass


class Fixed:
    """A draft that always guesses the same."""

    vocab_size = None

    def __init__(self, guesses):
        self.guesses = guesses

    def start(self, text, sampler, generator):
        pass

    def propose(self, k):
        return self.guesses[:k], None


def test_a_repetition_penalty_counts_the_guesses_too():
    expected = list(generate(MODEL, REPEATED, 60, repetition_penalty=1.3, stop_token_ids=()))
    for draft in DRAFTS.values():
        assert list(speculate(MODEL, REPEATED, draft, 60, repetition_penalty=1.3, stop_token_ids=())) == expected


def test_stop_tokens_and_the_end_of_the_context():
    ids = list(generate(MODEL, REPEATED, 1000, stop_token_ids=()))
    assert len(ids) == 128 - 36
    end = next(i for i in range(4, 90) if ids[i] not in ids[:i])
    for draft in DRAFTS.values():
        assert list(speculate(MODEL, REPEATED, draft, 1000, stop_token_ids=())) == ids
        assert list(speculate(MODEL, REPEATED, draft, 1000, stop_token_ids=[ids[end]])) == ids[:end]


def test_a_prompt_cache_is_used_and_left_in_order():
    cache, text = PromptCache(MODEL), list(REPEATED)
    for _ in range(3):
        expected = list(generate(MODEL, text, 15, stop_token_ids=()))
        assert list(speculate(MODEL, text, NGramDraft(), 15, stop_token_ids=(), cache=cache)) == expected
        text += expected
        assert cache.token_ids == text[:-1]
    assert cache.reused == 36 + 30 - 1
    broken = speculate(MODEL, text, NGramDraft(), 15, stop_token_ids=(), cache=cache)
    first = [next(broken), next(broken)]
    again = list(generate(MODEL, text, 15, stop_token_ids=(), cache=cache))
    assert again[:2] == first
    with pytest.raises(ValueError, match="cache: got another text in between"):
        list(broken)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"k": 0}, "k: got 0, allowed 1 to 32"),
        ({"k": 33}, "k: got 33"),
        ({"draft": ModelDraft(random_model(vocab_size=50))}, "draft: got a vocabulary of 50, allowed 97"),
        ({"token_ids": []}, "token_ids: got 0 tokens"),
        ({"token_ids": [97]}, "token_ids: got 97"),
        ({"temperature": -1.0}, "temperature: got -1.0"),
        ({"cache": PromptCache(SLIDING)}, "cache: got that of another model"),
    ],
)
def test_bad_input_is_named_at_once(changes, message):
    with pytest.raises(ValueError, match=message):
        speculate(**({"model": MODEL, "token_ids": [1], "draft": NGramDraft()} | changes))
    with pytest.raises(ValueError, match="shortest: got 3, allowed 1 to 2"):
        NGramDraft(2, 3)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_model_that_breaks_down_is_reported(temperature):
    model = random_model()
    model.model.norm.weight.data[3] = torch.nan
    for target, draft in ((model, NGramDraft()), (MODEL, ModelDraft(model))):
        with pytest.raises(LogitsError, match="nan"):
            list(speculate(target, REPEATED, draft, 5, temperature=temperature))


# The n-gram draft


def by_searching(text, n, shortest, k):
    """What followed the last occurrence of the longest known end, found by looking everywhere."""
    for size in range(n, shortest - 1, -1):
        for end in range(len(text) - 1, size - 1, -1):
            if len(text) > size and text[end - size : end] == text[-size:]:
                longer = list(text)
                for at in range(end, end + k):
                    longer.append(longer[at])
                return longer[len(text) :]
    return []


@given(
    pieces=st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=6), min_size=1, max_size=6),
    n=st.integers(1, 4),
    k=st.integers(0, 6),
)
def test_n_grams_are_found_as_by_searching(pieces, n, k):
    shortest = max(1, n - 1)
    draft, text = NGramDraft(n, shortest), []
    draft.start(text, Sampler(), torch.Generator())
    for piece in pieces:
        text += piece
        assert draft.propose(k) == (by_searching(text, n, shortest, k), None)


# The distribution, exactly: models that know only the last token, so that every text's probability can be written down

V, FIRST, LENGTH, DRAWS = 4, 2, 3, 1000
TABLES = 1.5 * torch.randn(2, V, V, generator=torch.Generator().manual_seed(5))
CHAINS = {name: random_model(vocab_size=V, num_hidden_layers=1) for name in ("model", "draft")}


@pytest.fixture
def chains(monkeypatch):
    """In place of a pass, a look into a table [V, V]: the scores after each token."""

    def start(self, model):
        self.model = model

    def look_up(self, ids, cache, logits_to_keep=0):
        cache.reserve(ids.shape[1])
        cache.length += ids.shape[1]
        return TABLES[int(self.model is CHAINS["draft"])][ids][:, -logits_to_keep:]

    monkeypatch.setattr(Runner, "__init__", start)
    monkeypatch.setattr(Runner, "__call__", look_up)


def exact(sampler):
    """The probability of each text of LENGTH tokens behind FIRST."""
    step = softmax(sampler.scores(TABLES[0]))  # [V, V]
    chances = {}
    for text in product(range(V), repeat=LENGTH):
        chance, last = 1.0, FIRST
        for token in text:
            chance, last = chance * step[last, token].item(), token
        chances[text] = chance
    return chances


def p_value(draft, sampler):
    """How often a chi-square statistic this large comes by chance, where the distribution is as it should be."""
    counts = dict.fromkeys(product(range(V), repeat=LENGTH), 0)
    prompt = [0, 1, 2, 3, 3, 1, 0, 2, 1, 1, 3, 2, 0, FIRST]
    for seed in range(DRAWS):
        settings = {"temperature": sampler.temperature, "top_k": sampler.top_k, "top_p": sampler.top_p, "seed": seed}
        text = speculate(CHAINS["model"], prompt, draft, LENGTH, stop_token_ids=(), k=2, **settings)
        counts[tuple(text)] += 1
    chances = exact(sampler)
    assert all(counts[text] == 0 for text, chance in chances.items() if chance == 0)
    expected = {text: DRAWS * chance for text, chance in chances.items() if chance > 0}
    rare = sum(n for n in expected.values() if n < 5)  # pooled, for the statistic wants five of each
    rare_found = sum(counts[text] for text, n in expected.items() if n < 5)
    statistic = sum((counts[text] - n) ** 2 / n for text, n in expected.items() if n >= 5)
    statistic += (rare_found - rare) ** 2 / rare if rare else 0
    freedom = sum(n >= 5 for n in expected.values()) - (not rare)
    return torch.special.gammaincc(torch.tensor(freedom / 2), torch.tensor(statistic / 2)).item()


PLAIN, FILTERED = Sampler(temperature=1.0), Sampler(temperature=1.3, top_k=3, top_p=0.9)


@pytest.mark.parametrize("sampler", [PLAIN, FILTERED], ids=["plain", "filtered"])
@pytest.mark.parametrize("kind", ["model", "n-gram"])
def test_the_distribution_is_the_models_own(chains, kind, sampler):
    draft = ModelDraft(CHAINS["draft"]) if kind == "model" else NGramDraft(2, 1)
    assert p_value(draft, sampler) > 0.01


def from_p_again(p, guess, q, generator):
    kept = p[guess] if q is None else p[guess] / q[guess]
    if torch.rand((), generator=generator) < kept:
        return guess
    return int(torch.multinomial(p, 1, generator=generator))


def always_kept(p, guess, q, generator):
    return guess


def kept_if_likelier(p, guess, q, generator):
    if p[guess] >= (0.5 if q is None else q[guess]):
        return guess
    return int(torch.multinomial(p, 1, generator=generator))


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [("model", from_p_again), ("n-gram", from_p_again), ("n-gram", always_kept), ("model", kept_if_likelier)],
)
def test_a_wrong_rule_is_caught(chains, monkeypatch, kind, wrong):
    monkeypatch.setattr(speculative, "accept_or_redraw", wrong)
    draft = ModelDraft(CHAINS["draft"]) if kind == "model" else NGramDraft(2, 1)
    assert p_value(draft, PLAIN) < 1e-5


def test_equal_opinions_are_kept_and_rounding_leaves_no_impossible_token():
    generator = torch.Generator().manual_seed(0)
    p = torch.tensor([0.0, 0.3, 0.7])
    assert {speculative.accept_or_redraw(p, 1, p, generator) for _ in range(50)} == {1}
    q = torch.tensor([0.0, 0.6, 0.7])  # nothing is left of p - q
    assert {speculative.accept_or_redraw(p, 1, q, generator) for _ in range(50)} == {1, 2}


def test_the_same_seed_gives_the_same_tokens():
    runs = [
        list(speculate(MODEL, REPEATED, ModelDraft(NEAR), 30, temperature=1.0, seed=seed, stop_token_ids=()))
        for seed in (1, 1, 2)
    ]
    assert runs[0] == runs[1] != runs[2]
