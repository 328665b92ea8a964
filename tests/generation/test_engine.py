"""The engine: whatever comes and goes, each text is what it would be alone; and nobody is left waiting."""

import random
import threading
import time

import hypothesis.strategies as st
import pytest
import torch
from effort import examples
from hypothesis import given, settings
from models import byte_tokenizer, random_model, token_ids

from lessons_lib.generation import LogitsError, Request, Runner, Sampler, generate, regex
from lessons_lib.generation.batch import run_one
from lessons_lib.generation.engine import Answer, Engine, EngineFull, EngineStopped
from lessons_lib.generation.engine.schedule import ALONE, LEAST, share_out
from lessons_lib.layers import adapters, add_lora, quantize, sharing_weights
from lessons_lib.tokenizer import load_tokenizer

WHOLE = {"hidden_size": 64, "intermediate_size": 160, "head_dim": 16}
SLIDING = {"layer_types": ["chunked_attention", "full_attention", "sliding_attention"], "sliding_window": 6}
MODELS = {
    "float32": random_model(),
    "8 bits": quantize(random_model(**WHOLE), 8),
    "4 bits": quantize(random_model(**WHOLE), 4),
    "windows and pieces": random_model(**SLIDING, attention_chunk_size=9),
    "without the step": random_model(norm_placement="post"),
}
MODEL = MODELS["float32"]
SOON = 300  # seconds after which a test gives up; the first step on a machine may have to be compiled


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    byte_tokenizer().save(str(path))
    return load_tokenizer(path)


@pytest.fixture(scope="module")
def writer(tokenizer):
    return random_model(std=0.02, vocab_size=tokenizer.vocab_size, max_position_embeddings=512)


@pytest.fixture
def held(monkeypatch):
    """Steps wait until this is set; set at the end in any case."""
    gate, together = threading.Event(), Runner.together
    monkeypatch.setattr(Runner, "together", lambda *given: gate.wait(SOON) and together(*given))
    yield gate
    gate.set()


def asked(seed: int, vocab_size: int = 97) -> Request:
    """Some request: a prompt of any length, some of them with a start in common, greedy or sampled."""
    choice = random.Random(seed)
    start = token_ids(choice.choice([0, 3, 30]), seed=1, vocab_size=vocab_size).tolist()
    ids = start + token_ids(choice.choice([1, 2, 7, 40]), seed=seed, vocab_size=vocab_size).tolist()
    sampler = choice.choice([Sampler(), Sampler(temperature=1.0, seed=seed), Sampler(repetition_penalty=1.5)])
    return Request(ids, choice.choice([0, 1, 5, 20, 200]), sampler, stop_token_ids=choice.choice([(), (5,)]))


def alone(model, request, tokenizer=None, room=128) -> Answer:
    """The same text by itself."""
    fits = max(0, min(request.max_new_tokens, room - len(request.token_ids)))
    again = Request(request.token_ids, fits, request.sampler, request.stop_token_ids, request.stop)
    items = [*run_one(model, again, tokenizer)]
    ids = [token.id for token in items if token.id is not None]
    return Answer(ids, "".join(token.text for token in items), items[-1].finish_reason)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=examples(16), deadline=None)
@given(seed=st.integers(0, 10**6), slots=st.integers(1, 6), cancels=st.booleans())
def test_texts_that_come_and_go_are_what_they_are_alone(name, seed, slots, cancels):
    model, order = MODELS[name], random.Random(seed)
    requests = [asked(order.randrange(10**6)) for _ in range(9)]
    with Engine(model, slots=slots) as engine:
        handles = []
        for request in requests:
            handles.append(engine.submit(request, key=order.choice("ab")))
            time.sleep(order.choice([0, 0, 0.003]))
            if cancels and order.random() < 0.3:
                order.choice(handles).cancel()
        found = [handle.result(SOON) for handle in handles]
    for request, answer in zip(requests, found, strict=True):
        cancelled, request.cancelled = request.cancelled, False
        expected = alone(model, request)
        if answer.finish_reason == "cancelled":
            assert cancelled and answer.token_ids == expected.token_ids[: len(answer.token_ids)]
        else:
            assert answer == expected
    counters = engine.counters()
    assert (counters.running, counters.waiting, sum(counters.ended.values())) == (0, 0, 9)
    assert counters.new_tokens == sum(len(answer.token_ids) for answer in found)
    if not cancels:
        read = sum(len(request.token_ids) for request in requests if request.max_new_tokens)
        assert read <= counters.prompt_tokens + counters.reused_tokens <= sum(len(r.token_ids) for r in requests)


def test_many_threads_at_once():
    found, requests = {}, [asked(seed) for seed in range(24)]
    with Engine(MODEL, slots=4) as engine:

        def client(numbers):
            for i in numbers:
                found[i] = engine.submit(requests[i]).result(SOON)

        threads = [threading.Thread(target=client, args=(range(n, 24, 6),)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [found[i] for i in range(24)] == [alone(MODEL, request) for request in requests]


def test_stop_strings_constraints_and_samplers_are_of_a_request(writer, tokenizer):
    prompt = tokenizer.encode("Every head")
    requests = [Request(prompt, 40, Sampler(temperature=1.0, seed=seed), (), ["e", " h"]) for seed in range(4)]
    numbers = Request(prompt, 60, Sampler(temperature=1.0, seed=9), constraint=regex("[0-9]{3,5}"))
    with Engine(writer, tokenizer, slots=3) as engine:
        handles = [engine.submit(request) for request in [*requests, numbers]]
        found = [handle.result(SOON) for handle in handles]
        pieces = "".join(token.text for token in handles[0])  # once more, from the first
    assert found[:4] == [alone(writer, request, tokenizer, 512) for request in requests]
    assert found[4].text.isdigit() and 3 <= len(found[4].text) <= 5
    assert pieces == found[0].text


def test_tokens_come_one_by_one_and_the_listener_hears_them_too():
    heard = []
    with Engine(MODEL, slots=2) as engine:
        handle = engine.submit(Request([1, 2, 3], 6, stop_token_ids=(), logprobs=2), listener=heard.append)
        items = [*handle]
    assert [token.id for token in items[:-1]] == [*generate(MODEL, [1, 2, 3], 6, stop_token_ids=())]
    assert items[-1].finish_reason == "length" and handle.done and heard == items
    assert all(len(token.top_logprobs) == 2 for token in items[:-1])


def test_a_full_engine_says_so_and_counts_those_who_run_and_wait(held):
    with Engine(MODEL, slots=2, queue=3) as engine:
        handles = [engine.submit(Request([1, n], 3, stop_token_ids=())) for n in range(5)]
        with pytest.raises(EngineFull, match="got 6 texts, allowed 5"):
            engine.submit(Request([1], 3))
        deadline = time.monotonic() + SOON
        while engine.counters().running < 2 and time.monotonic() < deadline:
            time.sleep(0.001)
        counters = engine.counters()
        assert (counters.running, counters.waiting, counters.refused) == (2, 3, 1)
        held.set()
        assert [len(handle.result(SOON).token_ids) for handle in handles] == [3] * 5
        engine.submit(Request([1], 3)).result(SOON)


def test_cancel_frees_the_place_in_every_phase(held):
    with Engine(MODEL, slots=1, queue=9) as engine:
        reading = engine.submit(Request(token_ids(100).tolist(), 20, stop_token_ids=()))
        waiting = engine.submit(Request([3], 20, stop_token_ids=()))
        last = engine.submit(Request([4, 5], 4, stop_token_ids=()))
        waiting.cancel()
        reading.cancel()
        held.set()
        assert reading.result(SOON).finish_reason == waiting.result(SOON).finish_reason == "cancelled"
        assert last.result(SOON) == alone(MODEL, last.request)
        with engine.submit(Request([3], 120, stop_token_ids=())) as writing:
            assert next(iter(writing)).id is not None  # and goes away
        assert writing.result(SOON).finish_reason in ("cancelled", "length")
        assert engine.submit(Request([4, 5], 4, stop_token_ids=())).result(SOON) == last.result()
        assert engine.counters().running == 0


def test_what_two_texts_have_in_common_is_read_once_within_a_key():
    start = token_ids(50).tolist()
    with Engine(MODEL, slots=3) as engine:

        def reused(ids, key):
            before = engine.counters().reused_tokens
            handle = engine.submit(Request(ids, 4, stop_token_ids=()), key)
            answer = handle.result(SOON)
            assert handle.reused_tokens == engine.counters().reused_tokens - before
            assert answer.token_ids == [*generate(MODEL, ids, 4, stop_token_ids=())]
            return engine.counters().reused_tokens - before

        assert reused([*start, 1], "a") == 0
        assert reused([*start, 2, 3], "a") == 50  # copied
        assert reused([*start, 2], "b") == 0  # never of another's
        assert reused([*start, 1], None) == 0
        answer = [*generate(MODEL, [*start, 2, 3], 4, stop_token_ids=())]
        assert reused([*start, 2, 3, *answer, 7], "a") in (50, 50 + 2 + 3)


def test_a_chat_goes_on_where_it_stood():
    ids = [1, 2, 3]
    with Engine(MODEL, slots=2) as engine:
        for _ in range(4):
            ids += [*engine.submit(Request(ids, 5, stop_token_ids=()), "a").result(SOON).token_ids, 9]
        counters = engine.counters()
    assert counters.prompt_tokens == 3 + 3 * 2  # the last of an answer is not read until more comes


@pytest.mark.parametrize("base", [MODEL, MODELS["8 bits"]], ids=["float32", "8 bits"])
def test_each_text_is_made_with_the_adapter_that_it_names(base):
    def tuned(seed):
        model = add_lora(sharing_weights(base), seed=seed)
        for module in adapters(model).values():
            torch.nn.init.normal_(module.lora_B, std=0.5, generator=torch.Generator().manual_seed(seed))
        return model

    models = {None: base, "one": tuned(1), "two": tuned(2)}
    requests = [asked(seed) for seed in range(12)]
    names = [list(models)[n % 3] for n in range(12)]
    with Engine(base, slots=5, adapters={"one": models["one"], "two": models["two"]}) as engine:
        handles = [engine.submit(r, adapter=name) for r, name in zip(requests, names, strict=True)]
        found = [handle.result(SOON) for handle in handles]
        assert found == [alone(models[name], r) for r, name in zip(requests, names, strict=True)]
        same = Request([1, 2, 3], 30, stop_token_ids=())
        texts = [tuple(engine.submit(same, adapter=name).result(SOON).token_ids) for name in models]
        assert len(set(texts)) == 3  # and none goes on in what another adapter has read
        with pytest.raises(ValueError, match="adapter: got 'three', allowed None, 'one', 'two'"):
            engine.submit(same, adapter="three")
    with pytest.raises(ValueError, match="adapters: got a model with another config"):
        Engine(MODEL, adapters={"other": random_model(std=0.1, vocab_size=98)})


def test_texts_that_break_down_leave_the_others_alone():
    def broken(scores):
        raise RuntimeError("no")

    bad = Request([1, 2], 9, Sampler(logits_processor=broken))
    model = random_model()
    model.model["embed_tokens"].weight.data[55] = torch.nan  # whoever reads token 55 is lost
    with Engine(model, slots=4) as engine:
        good = engine.submit(Request([1, 2, 3], 12, stop_token_ids=()))
        failed, lost = engine.submit(bad), engine.submit(Request([4, 55], 9))
        deaf = engine.submit(Request([8], 9, stop_token_ids=()), listener=lambda token: 1 / 0)
        with pytest.raises(RuntimeError, match="no"):
            failed.result(SOON)
        with pytest.raises(LogitsError):
            lost.result(SOON)
        with pytest.raises(ZeroDivisionError):
            deaf.result(SOON)
        assert good.result(SOON).token_ids == [*generate(model, [1, 2, 3], 12, stop_token_ids=())]
        assert engine.alive
        assert engine.counters().ended == {"length": 1, "error": 3}


def test_a_thread_that_dies_leaves_nobody_waiting(monkeypatch):
    def lost(*_):
        raise MemoryError("all gone")

    monkeypatch.setattr(Runner, "together", lost)
    engine, heard = Engine(MODEL, slots=1), []
    handles = [engine.submit(Request([1], 9), listener=heard.append)]
    for handle in handles:
        with pytest.raises(EngineStopped, match=r"ended by MemoryError.*all gone") as caught:
            handle.result(SOON)
        assert isinstance(caught.value.__cause__, MemoryError)
    assert [token.finish_reason for token in heard] == ["error"]
    with pytest.raises(EngineStopped, match="all gone"):
        engine.submit(Request([1], 9))
    assert not engine.alive and engine.close(timeout=SOON)
    assert isinstance(engine.failure, MemoryError)
    assert (engine.counters().running, engine.counters().waiting) == (0, 0)


def test_those_who_run_and_wait_hear_of_the_failure(held, monkeypatch):
    engine = Engine(MODEL, slots=1)
    handles = [engine.submit(Request([n], 9)) for n in range(3)]
    monkeypatch.setattr("lessons_lib.generation.engine.engine.share_out", lambda *_: 1 / 0)
    held.set()
    for handle in handles:
        with pytest.raises(EngineStopped, match="ZeroDivisionError"):
            handle.result(SOON)


def test_close_finishes_or_cancels(held):
    engine = Engine(MODEL, slots=1)
    handles = [engine.submit(Request([n], 9, stop_token_ids=())) for n in range(3)]
    assert engine.alive and not engine.close(timeout=0.01)
    assert not engine.alive
    with pytest.raises(EngineStopped, match="closed"):
        engine.submit(Request([1], 9))
    held.set()
    assert engine.close(timeout=SOON)
    assert [len(handle.result().token_ids) for handle in handles] == [9] * 3
    other = Engine(MODEL, slots=1)
    handles = [other.submit(Request([n], 100, stop_token_ids=())) for n in range(3)]
    assert other.close(drain=False, timeout=SOON) and other.close()
    assert all(handle.result().finish_reason in ("cancelled", "length") for handle in handles)


def test_waiting_has_an_end(held):
    with Engine(MODEL) as engine:
        handle = engine.submit(Request([1], 2, stop_token_ids=()))
        with pytest.raises(TimeoutError, match="got no end in"):
            handle.result(timeout=0.01)
        held.set()
        assert len(handle.result(SOON).token_ids) == 2


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"slots": 0}, "slots: got 0, allowed 1 or more"),
        ({"room": 1}, "room: got 1, allowed 2 or more"),
        ({"queue": -1}, "queue: got -1, allowed 0 or more"),
        ({"tokenizer": 5}, "tokenizer: got"),
    ],
)
def test_mistakes_are_named(settings_, message):
    with pytest.raises(ValueError, match=message):
        Engine(MODEL, **settings_)


def test_a_bad_request_is_named_at_once():
    with Engine(MODEL, room=20) as engine:
        for request, message in [
            (Request([]), "token_ids: got 0 tokens, allowed 1 to 19"),
            (Request([1] * 20), "token_ids: got 20 tokens"),
            (Request([1], stop=["x"]), "stop: got .*without a tokenizer"),
            ([1, 2], "request: got"),
        ]:
            with pytest.raises(ValueError, match=message):
                engine.submit(request)
        assert engine.submit(Request([1], 100, stop_token_ids=())).result(SOON) == alone(
            MODEL, Request([1], 100, stop_token_ids=()), room=20
        )


@given(st.lists(st.sampled_from([1, 1, 2, 9, 40, 2000]), min_size=1, max_size=40), st.sampled_from([16, 32]))
def test_every_step_goes_on_with_all_that_are_written_and_with_the_first_prompt(unread, most):
    counts = share_out(unread, most)
    assert all(0 <= n <= left for n, left in zip(counts, unread, strict=True))
    reading = [n for n, left in zip(counts, unread, strict=True) if left > 1]
    if 1 in unread:
        assert all(n == 1 for n, left in zip(counts, unread, strict=True) if left == 1)
        assert sum(counts) <= max(most, unread.count(1) + LEAST)
    else:
        assert sum(counts) <= max(most, ALONE)
    assert not reading or reading[0] > 0
    assert sorted(reading, key=lambda n: n == 0) == reading  # nobody overtakes
