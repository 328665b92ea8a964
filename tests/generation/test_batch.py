"""A batch against single runs: own lengths, samplers, limits and stops; ends, cancelling, errors, logprobs."""

import threading

import hypothesis.strategies as st
import pytest
import torch
from effort import examples
from hypothesis import given, settings
from models import byte_tokenizer, our_config, random_model, token_ids

from lessons_lib.generation import LogitsError, Request, Runner, Sampler, generate, generate_batch, stream
from lessons_lib.tokenizer import load_tokenizer

MODEL = random_model()
SLIDING = random_model(
    layer_types=["chunked_attention", "full_attention", "sliding_attention"], sliding_window=6, attention_chunk_size=9
)
PROMPTS = [token_ids(n, seed=n).tolist() for n in (5, 23, 1, 64, 12)]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    """A byte-level tokenizer whose 300 tokens often end inside a character."""
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    byte_tokenizer().save(str(path))
    return load_tokenizer(path)


@pytest.fixture(scope="module")
def writer(tokenizer):
    """A model for it, so flat that sampled texts hold all kinds of bytes."""
    return random_model(std=0.02, vocab_size=tokenizer.vocab_size, max_position_embeddings=512)


def collect(model, requests, tokenizer=None):
    """The items of each request."""
    items = [[] for _ in requests]
    for i, token in generate_batch(model, requests, tokenizer):
        assert not items[i] or items[i][-1].finish_reason is None  # nothing comes after the end
        items[i].append(token)
    assert all(row[-1].finish_reason and row[-1].id is None for row in items)
    return items


def ids_of(items):
    return [token.id for token in items if token.id is not None]


@pytest.mark.parametrize("model", [MODEL, SLIDING], ids=["full", "mixed"])
def test_rows_equal_single_runs(model):
    samplers = [
        Sampler(),
        Sampler(temperature=1.0, seed=3),
        Sampler(temperature=0.7, top_k=9, seed=4),
        Sampler(),
        Sampler(repetition_penalty=2),
    ]
    limits = [40, 17, 100, 30, 2]
    requests = [
        Request(ids, n, sampler, stop_token_ids=()) for ids, n, sampler in zip(PROMPTS, limits, samplers, strict=True)
    ]
    for row, (request, items) in enumerate(zip(requests, collect(model, requests), strict=True)):
        s = request.sampler
        alone = generate(
            model, request.token_ids, limits[row], temperature=s.temperature, top_k=s.top_k,
            repetition_penalty=s.repetition_penalty, seed=s.seed, stop_token_ids=(),
        )  # fmt: skip
        assert ids_of(items) == list(alone)
        assert len(ids_of(items)) == limits[row]
        assert items[-1].finish_reason == "length"


def test_the_same_requests_give_the_same_again():
    requests = [Request(ids, 12, Sampler(temperature=1.0, seed=5)) for ids in PROMPTS]
    shared = Sampler(temperature=1.0, seed=5)
    assert collect(MODEL, requests) == collect(MODEL, requests)
    assert collect(MODEL, [Request(ids, 12, shared) for ids in PROMPTS]) == collect(MODEL, requests)


@settings(max_examples=examples(12))
@given(
    limits=st.lists(st.integers(0, 9), min_size=1, max_size=5),
    lengths=st.lists(st.sampled_from([1, 2, 9, 30, 110]), min_size=5, max_size=5),
)
def test_any_lengths_and_limits_equal_single_runs(limits, lengths):
    requests = [
        Request(token_ids(length, seed=i).tolist(), n, stop_token_ids=())
        for i, (n, length) in enumerate(zip(limits, lengths, strict=False))
    ]
    for request, items in zip(requests, collect(SLIDING, requests), strict=True):
        expected = generate(SLIDING, request.token_ids, request.max_new_tokens, stop_token_ids=())
        assert ids_of(items) == list(expected)


def test_each_text_may_fill_the_context_whatever_its_neighbours_are():
    lengths = (120, 3, 60)
    requests = [Request(token_ids(n).tolist(), 1000, stop_token_ids=()) for n in lengths]
    for n, items in zip(lengths, collect(MODEL, requests), strict=True):
        assert ids_of(items) == list(generate(MODEL, token_ids(n).tolist(), 1000, stop_token_ids=()))
        assert len(ids_of(items)) == 128 - n


def test_a_step_reads_the_rows_that_are_left(monkeypatch):
    shapes, forward = [], Runner.__call__
    monkeypatch.setattr(
        Runner,
        "__call__",
        lambda self, ids, *args, **rest: shapes.append(ids.shape) or forward(self, ids, *args, **rest),
    )
    collect(MODEL, [Request(ids, n, stop_token_ids=()) for ids, n in zip(PROMPTS, (4, 1, 0, 2, 4), strict=True)])
    assert shapes == [(4, 64), (3, 1), (2, 1), (2, 1)]


def test_tokens_come_in_turn_and_only_when_asked_for():
    calls = []
    hook = MODEL.register_forward_hook(lambda *_: calls.append(1))
    tokens = generate_batch(MODEL, [Request(ids, 3, stop_token_ids=()) for ids in PROMPTS[:3]])
    assert calls == []
    order = [next(tokens)[0] for _ in range(7)]
    hook.remove()
    assert order == [0, 1, 2, 0, 1, 2, 0]
    assert torch.is_grad_enabled()


def test_stop_tokens_end_their_own_row():
    plain = [ids_of(items) for items in collect(MODEL, [Request(ids, 30, stop_token_ids=()) for ids in PROMPTS[:3]])]
    stops = [plain[0][11], plain[1][4]]
    ends = [plain[0].index(stops[0]), plain[1].index(stops[1])]
    requests = [
        Request(PROMPTS[0], 30, stop_token_ids=[stops[0]]),
        Request(PROMPTS[1], 30, stop_token_ids=[stops[1]]),
        Request(PROMPTS[2], 30, stop_token_ids=()),
    ]
    found = collect(MODEL, requests)
    assert [ids_of(items) for items in found] == [plain[0][: ends[0]], plain[1][: ends[1]], plain[2]]
    assert [items[-1].finish_reason for items in found] == ["stop", "stop", "length"]
    ending = random_model(eos_token_id=[stops[0]])
    assert ids_of(collect(ending, [Request(PROMPTS[0], 30)])[0]) == plain[0][: ends[0]]


def test_a_cancelled_row_ends_before_its_next_token():
    requests = [Request(ids, 30, stop_token_ids=()) for ids in PROMPTS[:3]]
    alone = [ids_of(items) for items in collect(MODEL, requests)]
    items = [[], [], []]
    for i, token in generate_batch(MODEL, requests):
        items[i].append(token)
        if len(items[0]) == 5:
            requests[2].cancel()  # by a neighbour, in the middle of a step
        if len(items[1]) == 9:
            requests[1].cancel()
    assert [row[-1].finish_reason for row in items] == ["length", "cancelled", "cancelled"]
    assert [ids_of(row) for row in items] == [alone[0], alone[1][:9], alone[2][:4]]


def test_a_request_may_be_cancelled_before_it_begins_and_from_another_thread():
    request = Request(PROMPTS[0], 100, stop_token_ids=())
    tokens = generate_batch(MODEL, [request])
    next(tokens)
    thread = threading.Thread(target=request.cancel)
    thread.start()
    thread.join()
    assert [token.finish_reason for _, token in tokens] == ["cancelled"]
    assert [token.finish_reason for _, token in generate_batch(MODEL, [request])] == ["cancelled"]


def test_a_row_that_breaks_down_ends_with_its_error_and_leaves_the_others_alone():
    model = random_model()
    model.model["embed_tokens"].weight.data[55] = torch.nan  # whoever reads token 55 is lost
    prompts = [[1, 2, 3], [4, 55, 6, 7], [8]]
    requests = [Request(ids, 10, stop_token_ids=()) for ids in prompts]
    items = collect(model, requests)
    assert [row[-1].finish_reason for row in items] == ["length", "error", "length"]
    assert isinstance(items[1][-1].error, LogitsError)
    assert ids_of(items[1]) == []
    for row in (0, 2):
        assert ids_of(items[row]) == list(generate(model, prompts[row], 10, stop_token_ids=()))


def test_logprobs_are_the_models_own_before_temperature_and_filters():
    sampler = Sampler(temperature=0.3, top_k=2, seed=1)
    requests = [Request(PROMPTS[0], 8, sampler, (), logprobs=4), Request(PROMPTS[1], 8, logprobs=0), Request([3], 8)]
    first, second, third = collect(MODEL, requests)
    text = PROMPTS[0] + ids_of(first)
    with torch.no_grad():
        expected = MODEL(torch.tensor([text])).double().log_softmax(-1)[0]
    for place, token in enumerate(first[:-1], start=len(PROMPTS[0]) - 1):
        assert token.logprob == pytest.approx(expected[place, token.id].item(), abs=1e-4)
        order = expected[place].argsort(descending=True)[:4]
        assert list(token.top_logprobs) == order.tolist()
        assert list(token.top_logprobs.values()) == pytest.approx(expected[place, order].tolist(), abs=1e-4)
    assert all(token.top_logprobs == {} and token.logprob <= 0 for token in second[:-1])
    assert all(token.logprob is None for token in third)


def test_without_a_report_the_items_at_the_end_say_nothing_else():
    last = collect(MODEL, [Request(PROMPTS[0], 3, logprobs=2)])[0][-1]
    assert (last.id, last.text, last.logprob, last.top_logprobs, last.error) == (None, "", None, {}, None)


def cut(text, stop):
    """The text before the stop string that is complete first."""
    ends = [(text.index(s) + len(s), text.index(s)) for s in stop if s in text]
    return text[: min(ends)[1]] if ends else text


@settings(max_examples=examples(10))
@given(
    seeds=st.lists(st.integers(0, 10**6), min_size=1, max_size=3),
    stop=st.lists(st.text("ae th.é\ufffdr", min_size=1, max_size=3), max_size=3),
)
def test_streamed_text_is_the_decoded_text(tokenizer, writer, seeds, stop):
    prompt = tokenizer.encode("Every head, é")[:-1]  # ends inside a character
    free = [Request(prompt, 40, Sampler(temperature=1.0, seed=seed), ()) for seed in seeds]
    stopping = [Request(prompt, 40, Sampler(temperature=1.0, seed=seed), (), stop) for seed in seeds]
    for whole, items, seed in zip(collect(writer, free), collect(writer, stopping, tokenizer), seeds, strict=True):
        decoder = tokenizer.stream_decoder()
        for token in prompt:
            decoder.push(token)
        text = "".join(decoder.push(token) for token in ids_of(whole))
        expected = cut(text + decoder.flush(), stop)
        assert "".join(token.text for token in items) == expected
        assert items[-1].finish_reason == ("stop" if any(s in text for s in stop) else "length")
        pieces = list(stream_ids(writer, tokenizer, prompt, seed, stop))
        assert "".join(pieces) == expected
        assert all(pieces)


def stream_ids(model, tokenizer, prompt, seed, stop):
    """`stream` from ids that no text encodes to."""

    class Given:
        encode_prompt = staticmethod(lambda text: prompt)
        stream_decoder, vocab_size, unused_ids = tokenizer.stream_decoder, tokenizer.vocab_size, ()

    return stream(model, Given(), "", 40, temperature=1.0, seed=seed, stop=stop)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Request([]), "token_ids: got 0 tokens, allowed 1 to 127"),
        (Request([1] * 128), "token_ids: got 128 tokens, allowed 1 to 127"),
        (Request([1, 97]), "token_ids: got 97, allowed 0 to 96"),
        (Request([1], -1), "max_new_tokens: got -1, allowed 0 or more"),
        (Request([1], stop_token_ids=[97]), "stop_token_ids: got 97, allowed 0 to 96"),
        (Request([1], stop=["x"]), "stop: got .*without a tokenizer"),
        (Request([1], stop=["x", ""]), "stop: got an empty string"),
        (Request([1], stop="END"), "stop: got one string 'END'"),
        (Request([1], logprobs=-1), "logprobs: got -1, allowed None or 0 to 97"),
        (Request([1], logprobs=98), "logprobs: got 98"),
        (Request([1], sampler=Sampler(temperature=1.0, seed=[1, 2])), "seed: got .1, 2., allowed None or one number"),
    ],
)
def test_a_bad_request_is_named_at_once(request_, message):
    with pytest.raises(ValueError, match=rf"requests\[1\]\.{message}"):
        generate_batch(MODEL, [Request([1]), request_])


def test_nothing_asked_is_nothing_given():
    assert list(generate_batch(MODEL, [])) == []
    [(i, token)] = generate_batch(MODEL, [Request([1], 0)])
    assert (i, token.finish_reason) == (0, "length")
    assert our_config().max_position_embeddings == 128  # what the limits above rely on
