"""Texts made under a constraint: alone, in batches, by speculation, behind a prompt cache, as a stream."""

import math

import pytest
import torch
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import SIZES, random_model
from scipy.stats import chisquare

from lessons_lib.generation import (
    ConstraintError,
    LogitsError,
    ModelDraft,
    NGramDraft,
    PromptCache,
    Request,
    Sampler,
    choice,
    generate,
    generate_batch,
    regex,
    speculate,
    stream,
)
from lessons_lib.tokenizer import ByteLevel, Tokenizer

WORDS = [b"ab", b"the", b'": ', b"12", b", ", b"aba", b"{}", "é".encode()]
TOKENS = [*(bytes([value]) for value in range(256)), *WORDS]
END, SPECIAL, SIZE = len(TOKENS), len(TOKENS) + 1, len(TOKENS) + 5
PATTERNS = ["(ab|c)+", "a{3,9}", r'\{"a": \d{1,3}(, "b": (the )*x)?\}', "é|日本", ".{0,20}", "[^a-z]{4}", ""]


@pytest.fixture(scope="module")
def model():
    return random_model(vocab_size=SIZE, eos_token_id=[END])


@pytest.fixture(scope="module")
def draft():
    return random_model(seed=3, vocab_size=SIZE, eos_token_id=[END])


@pytest.fixture(scope="module")
def tokenizer():
    encoder = ByteLevel(TOKENS, [], split="gpt2")
    return Tokenizer(encoder, special_tokens={"<|end|>": END, "{": SPECIAL}, eos_token_ids=[END])


def made(model, requests, tokenizer):
    """Of each request its tokens, its text and its last item."""
    ids, texts, last = [[] for _ in requests], [""] * len(requests), [None] * len(requests)
    for i, token in generate_batch(model, requests, tokenizer):
        texts[i] += token.text
        if token.finish_reason is None:
            ids[i].append(token.id)
        else:
            last[i] = token
    return ids, texts, last


def sampled(pattern, seed, most=60, **settings):
    sampler = Sampler(temperature=settings.pop("temperature", 2.0), seed=seed, **settings)
    return Request([1, 2, 3 + seed % 5], most, sampler, constraint=regex(pattern))


def test_texts_match_or_are_errors(model, tokenizer):
    requests = [sampled(pattern, seed) for pattern in PATTERNS for seed in range(8)]
    ids, texts, last = made(model, requests, tokenizer)
    whole = 0
    for request, tokens, text, end in zip(requests, ids, texts, last, strict=True):
        if end.finish_reason == "error":
            assert isinstance(end.error, ConstraintError) and "max_new_tokens: got 60" in str(end.error)
            assert len(tokens) == 60
        else:
            assert end.finish_reason in ("stop", "length") and request.constraint.allows(text)
            whole += 1
        assert not {END, SPECIAL} & set(tokens)
    assert whole > len(requests) / 2


def test_a_batch_gives_each_text_what_it_gets_alone(model, tokenizer):
    requests = [sampled(pattern, seed) for seed, pattern in enumerate(PATTERNS)] + [Request([7], 9)]
    together, _, _ = made(model, requests, tokenizer)
    for request, ids in zip(requests, together, strict=True):
        (alone,), _, _ = made(model, [request], tokenizer)
        assert alone == ids


def test_an_error_ends_its_own_text_alone(model, tokenizer):
    requests = [Request([5], 3, constraint=regex("a{9}")), Request([5], 20, constraint=regex("b{9}"))]
    ids, texts, last = made(model, requests, tokenizer)
    assert last[0].finish_reason == "error" and len(ids[0]) == 3
    assert texts[1] == "b" * 9 and last[1].finish_reason == "stop" and last[1].error is None


@pytest.mark.parametrize(
    "make", [generate, lambda model, ids, *rest, **more: speculate(model, ids, NGramDraft(), *rest, **more)]
)
def test_a_cut_text_is_an_error_that_names_what_cut_it(model, tokenizer, make):
    run = make(model, [5], 4, tokenizer=tokenizer, constraint=regex("a{5}"))
    assert len([next(run) for _ in range(4)]) == 4
    with pytest.raises(ConstraintError, match="max_new_tokens: got 4, which cut a text with a constraint"):
        next(run)
    with pytest.raises(ConstraintError, match="max_new_tokens: got 0"):
        list(make(model, [5], 0, tokenizer=tokenizer, constraint=regex("a{5}")))
    ids = [5] * (SIZES["max_position_embeddings"] - 2)
    with pytest.raises(ConstraintError, match="room"):  # the context is full
        list(make(model, ids, 100, tokenizer=tokenizer, constraint=regex("a{5}")))


def test_a_cut_where_the_text_may_end_is_none(model, tokenizer):
    (ids,), (text,), (last,) = made(model, [Request([5], 4, stop_token_ids=[], constraint=regex("b*"))], tokenizer)
    assert (text, last.finish_reason, last.error) == ("bbbb", "length", None) and len(ids) == 4


@pytest.mark.parametrize("stop_token_ids", [None, [], [97], [END, 98]])
def test_ends_are_the_requests_own(model, tokenizer, stop_token_ids):
    request = sampled("b{1,3}c?", 1)
    request.stop_token_ids = stop_token_ids
    if stop_token_ids == [END, 98]:  # b ends the text, so no text has one
        with pytest.raises(ValueError, match="no tokens of this tokenizer"):
            made(model, [request], tokenizer)
        return
    _, (text,), (last,) = made(model, [request], tokenizer)
    assert request.constraint.allows(text) and last.finish_reason == "stop"


@pytest.mark.parametrize("settings", [{"temperature": 0}, {"top_k": 1}, {"top_p": 0.1}, {"min_p": 0.9}, {"top_p": 0}])
@pytest.mark.parametrize("penalty", [1.0, 5.0])
def test_filters_work_among_allowed_tokens(model, tokenizer, settings, penalty):
    request = sampled("[xyz]{4}", 2, repetition_penalty=penalty, **settings)
    _, (text,), _ = made(model, [request], tokenizer)
    assert request.constraint.allows(text)


def test_chances_are_those_of_the_model_among_allowed_tokens(model, tokenizer):
    constraint = choice(["a", "b", "c"])
    requests = [Request([9], 3, Sampler(temperature=1.0, seed=seed), constraint=constraint) for seed in range(600)]
    _, texts, _ = made(model, requests, tokenizer)
    with torch.no_grad():
        expected = model(torch.tensor([[9]]))[0, -1, [97, 98, 99]].softmax(-1)
    counts = [texts.count(letter) for letter in "abc"]
    assert (
        sum(counts) == 600
        and chisquare(counts, (expected.double() / expected.double().sum() * 600).numpy()).pvalue > 1e-3
    )


def test_reported_chances_are_the_models_own(model, tokenizer):
    request = Request([9], 3, constraint=choice(["a"]), logprobs=2)
    token = next(token for _, token in generate_batch(model, [request], tokenizer))
    with torch.no_grad():
        scores = model(torch.tensor([[9]]))[0, -1]
    scores[tokenizer.vocab_size :] = -math.inf
    assert token.logprob == pytest.approx(scores.log_softmax(-1)[97].item(), abs=1e-4)


def test_a_function_of_ones_own_cannot_lead_out(model, tokenizer):
    def wants_z(scores):
        return torch.full_like(scores, -5.0).index_fill(-1, torch.tensor([122]), 1e9)

    request = Request([9], 9, Sampler(logits_processor=wants_z), constraint=regex("[ab]{3}"))
    _, (text,), _ = made(model, [request], tokenizer)
    assert request.constraint.allows(text)

    def only_z(scores):
        return torch.full_like(scores, -math.inf).index_fill(-1, torch.tensor([122]), 0.0)

    request = Request([9], 9, Sampler(logits_processor=only_z), constraint=regex("[ab]{3}"))
    _, _, (last,) = made(model, [request], tokenizer)
    assert last.finish_reason == "error" and isinstance(last.error, LogitsError)
    for wrong in (lambda scores: scores[:, :3], lambda scores: None):
        request = Request([9], 9, Sampler(logits_processor=wrong), constraint=regex("a"))
        with pytest.raises(ValueError, match="logits_processor: got"):
            made(model, [request], tokenizer)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("guessing", ["n-gram", "model", "itself"])
def test_greedy_speculation_gives_the_same_text(model, draft, tokenizer, pattern, guessing):
    draft = {"n-gram": NGramDraft(1, 1), "model": ModelDraft(draft), "itself": ModelDraft(model)}[guessing]
    constraint, prompt = regex(pattern), [97, 98, 97, 98, 97]
    found, errors = [], []
    for run in (generate(model, prompt, 40, tokenizer=tokenizer, constraint=constraint),
                speculate(model, prompt, draft, 40, tokenizer=tokenizer, constraint=constraint)):  # fmt: skip
        found.append([])
        try:
            for token in run:
                found[-1].append(token)
        except ConstraintError as error:
            errors.append(str(error))
    assert found[0] == found[1] and len(errors) in (0, 2) and errors[:1] == errors[1:]


@given(st.sampled_from(PATTERNS), st.integers(0, 1000), st.sampled_from([0.5, 1.0, 3.0]))
@settings(max_examples=examples(40), deadline=None)
def test_sampled_speculation_stays_inside(model, draft, tokenizer, pattern, seed, temperature):
    constraint, ids = regex(pattern), []
    run = speculate(model, [97, 98], ModelDraft(draft), 40, k=4, tokenizer=tokenizer, constraint=constraint, seed=seed,
                    temperature=temperature)  # fmt: skip
    try:
        ids += run
    except ConstraintError:
        return
    assert constraint.allows(tokenizer.decode_bytes(ids))


def test_a_prompt_cache_changes_nothing(model, tokenizer):
    cache, constraint = PromptCache(model), regex("(ab|c){4,9}")
    alone = list(generate(model, [1, 2, 3], 30, tokenizer=tokenizer, constraint=constraint, seed=1, temperature=1.0))
    for _ in range(2):
        again = generate(
            model, [1, 2, 3], 30, tokenizer=tokenizer, constraint=constraint, cache=cache, seed=1, temperature=1.0
        )
        assert list(again) == alone
    assert cache.reused == 2
    run = speculate(model, [1, 2, 3], NGramDraft(), 30, tokenizer=tokenizer, constraint=constraint, cache=cache)
    assert list(run) == list(generate(model, [1, 2, 3], 30, tokenizer=tokenizer, constraint=constraint))


def test_a_stream_is_the_text(model, tokenizer):
    text = "".join(stream(model, tokenizer, "ab", 30, constraint=choice(["the é", "日本"])))
    assert text in ("the é", "日本")
    assert list(stream(model, tokenizer, "ab", 30, constraint=choice([""]))) == []


def test_cancelling_ends_it(model, tokenizer):
    request = Request([5], 30, constraint=regex("a{20}"))
    tokens = generate_batch(model, [request], tokenizer)
    next(tokens)
    request.cancel()
    assert [token.finish_reason for _, token in tokens] == ["cancelled"]


def test_bad_requests(model, tokenizer):
    with pytest.raises(ValueError, match=r"constraint: got 'a\+', allowed None or a Constraint"):
        generate(model, [5], tokenizer=tokenizer, constraint="a+")
    with pytest.raises(ValueError, match="constraint: got one without a tokenizer"):
        generate(model, [5], constraint=regex("a"))
    with pytest.raises(ValueError, match=r"stop: got .* beside a constraint"):
        stream(model, tokenizer, "a", stop=["b"], constraint=regex("a"))


def test_one_constraint_serves_two_tokenizers(model, tokenizer):
    other = Tokenizer(ByteLevel(TOKENS[:256], [], split="gpt2"))
    constraint = regex("(ab){3}")
    for each in (tokenizer, other, tokenizer):
        ids = list(generate(model, [5], 30, tokenizer=each, constraint=constraint))
        assert each.decode(ids) == "ababab"
