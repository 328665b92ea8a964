"""What strangers and bad luck can do to a server: each ends in an answer by name, and takes nothing from the others."""

import json
import socket
import threading
import time
from contextlib import suppress

import httpx
import openai
import pytest
import torch
from effort import within
from models import random_model

from lessons_lib.apps.server.app import App
from lessons_lib.apps.server.connections import Connection
from lessons_lib.apps.server.served import KEPT, Served

from .conftest import NAME, SOON, client_of, listening, wait_until

LONG = {"model": NAME, "prompt": "Every head", "max_tokens": 400, "temperature": 0, "ignore_eos": True}
SHORT = LONG | {"max_tokens": 5}


def post(address, body, path="/v1/completions", **settings):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | settings.pop("headers", {})
    return httpx.post(address + path, content=content, headers=headers, timeout=SOON, **settings)


def raw(address, body=b"", path="/v1/completions", length=None):
    """A connection over which a request was sent as it is."""
    host, port = address.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=SOON)
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body)
    return connection


def texts_of(app):
    counters = app.served.engine.counters()
    return counters.running + counters.waiting


def at_rest(app):
    return texts_of(app) == 0


NOT_JSON = {
    "no JSON": b"{",
    "a list": b"[1]",
    "a NaN": b'{"model": "small", "prompt": "a", "temperature": NaN}',
    "an infinity": b'{"model": "small", "prompt": "a", "temperature": 1e999}',
    "a deep nest": b'{"model": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a key twice": b'{"model": "small", "model": "small", "prompt": "a"}',
    "no UTF-8": b'{"model": "\xff"}',
    "half a character": b'{"model": "small", "prompt": "\\ud800"}',
    "half a character as the model": b'{"model": "\\ud800", "prompt": "a"}',
    "a number of many digits": b'{"model": "small", "prompt": "a", "seed": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("name", NOT_JSON)
def test_what_is_no_good_body_is_refused(address, name):
    answer = post(address, NOT_JSON[name])
    assert answer.status_code in (400, 404) and answer.json()["error"]["message"]


def test_a_body_that_is_too_large_is_refused_before_it_has_come(address):
    assert post(address, b"x" * (2 << 20)).status_code == 413
    parts = (b" " * 65536 for _ in range(40))  # of no announced length
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(f"{address}/v1/completions", content=parts, headers=headers, timeout=SOON)
    assert answer.status_code == 413


def test_other_pages_cannot_ask_in_a_users_name(address):
    answer = post(address, SHORT, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
    assert "access-control-allow-origin" not in answer.headers


def test_a_huge_number_of_tokens_ends_where_the_room_does(address):
    answer = post(address, LONG | {"max_tokens": 10**18}).json()
    assert answer["choices"][0]["finish_reason"] == "length" and answer["usage"]["total_tokens"] == 512


BOMBS = {
    "a string of a billion": {"type": "string", "minLength": 10**9, "maxLength": 10**9},
    "ten thousand ways": {"anyOf": [{"type": "string", "const": f"{n}"} for n in range(10_000)]},
    "a circle": {"$ref": "#"},
    "circles of circles": {"anyOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}},
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_schema_that_explodes_is_refused_or_cut_and_nobody_waits(app, address, name):
    format_ = {"type": "json_schema", "json_schema": {"name": "x", "schema": BOMBS[name]}}
    bomb = SHORT | {"ignore_eos": False, "response_format": format_}
    found = []
    thread = threading.Thread(target=lambda: found.append(post(address, bomb)))
    thread.start()
    assert httpx.get(f"{address}/health", timeout=SOON).json() == {"status": "ok"}
    thread.join()
    if found[0].status_code == 200:
        assert found[0].json()["choices"][0]["finish_reason"] in ("length", "stop")
    else:
        assert found[0].status_code == 400 and found[0].json()["error"]["param"] == "response_format"
    with suppress(ValueError):
        within(5, lambda: app.served.schema(BOMBS[name]))


def test_schemas_are_remembered_and_forgotten(app):
    schema = {"type": "integer", "minimum": 3}
    assert app.served.schema(schema) is app.served.schema(dict(schema))
    for n in range(KEPT):
        app.served.schema({"const": n})
    assert app.served._schema.cache_info().currsize == KEPT


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("phase", ["queue", "prompt", "writing"])
def test_a_client_that_vanishes_frees_its_place_in_each_phase(app, address, held, phase, stream):
    wait_until(lambda: at_rest(app))
    others = []
    if phase == "queue":
        others = [raw(address, json.dumps(LONG).encode()) for _ in range(4)]
        wait_until(lambda: texts_of(app) == 4)
    if phase == "writing":
        held.set()
    before = app.served.engine.counters()
    connection = raw(address, json.dumps(LONG | {"stream": stream}).encode())
    if phase == "writing":
        wait_until(lambda: app.served.engine.counters().new_tokens >= before.new_tokens + 3)
    else:
        wait_until(lambda: app.served.engine.counters().submitted > before.submitted)
    for each in (connection, *others):
        each.close()
    held.set()
    wait_until(lambda: at_rest(app))
    after = app.served.engine.counters()
    assert after.ended["cancelled"] >= before.ended["cancelled"] + 1 + len(others)
    assert after.new_tokens - before.new_tokens < 400
    wait_until(lambda: app.metrics.answers["/v1/completions", 499] > 0)


def test_a_full_queue_counts_those_who_run_and_wait(app, address, held):
    wait_until(lambda: at_rest(app))
    some = [raw(address, json.dumps(SHORT).encode()) for _ in range(16)]  # 4 slots and 12 places
    wait_until(lambda: texts_of(app) == 16)
    with client_of(address) as client, pytest.raises(openai.RateLimitError) as caught:
        client.completions.create(**{k: v for k, v in SHORT.items() if k != "ignore_eos"})
    assert caught.value.code == "queue_full" and caught.value.response.headers["retry-after"] == "1"
    held.set()
    for each in some:
        assert b"200 OK" in each.recv(4096)
        each.close()


def test_where_not_all_texts_of_a_request_find_a_place_none_is_left_behind(app, address, held):
    wait_until(lambda: at_rest(app))
    others = [raw(address, json.dumps(SHORT).encode()) for _ in range(9)]
    wait_until(lambda: texts_of(app) == 9)
    assert post(address, SHORT | {"n": 10}).status_code == 429
    wait_until(lambda: app.metrics.answers["/v1/completions", 429] > 0)
    held.set()
    for each in others:
        assert b"200 OK" in each.recv(4096)
        each.close()
    wait_until(lambda: at_rest(app))


def test_slow_senders_and_readers_are_cut(model, tokenizer, monkeypatch):
    monkeypatch.setattr(Connection, "head_seconds", 0.3)
    monkeypatch.setattr(Connection, "stall_seconds", 0.3)
    app = App(body_seconds=0.3)
    app.served = Served(model, tokenizer, NAME, slots=2, room=512)
    with listening(app) as address:
        silent = socket.create_connection(tuple(address.removeprefix("http://").split(":")), timeout=SOON)
        assert silent.recv(100) == b""  # a head that never comes
        slow = raw(address, b'{"mod', length=1000)
        assert b"408" in slow.recv(4096)  # a body that never comes
        deaf = raw(address, json.dumps(LONG | {"stream": True, "n": 16, "prompt": "a", "logprobs": 5}).encode())
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        wait_until(lambda: app.metrics.answers["/v1/completions", 499] or app.metrics.answers["/v1/completions", 200])
        wait_until(lambda: at_rest(app))
        assert post(address, SHORT).status_code == 200
        for each in (silent, slow, deaf):
            each.close()


def test_more_connections_than_allowed_are_told_so(model, tokenizer):
    app = App()
    app.served = Served(model, tokenizer, NAME, slots=2, room=128)
    with listening(app, limit_concurrency=30) as address:
        host = tuple(address.removeprefix("http://").split(":"))
        idle = [socket.create_connection(host, timeout=SOON) for _ in range(40)]
        assert post(address, SHORT).status_code == 503
        for each in idle:
            each.close()
        wait_until(lambda: post(address, SHORT).status_code == 200)


def test_keys_open_rates_limit_and_what_is_read_for_one_key_is_no_help_to_another(model, tokenizer):
    app = App(keys=["alpha-key", "beta-key"], a_minute=3)
    app.served = Served(model, tokenizer, NAME, slots=2, room=128)
    with listening(app) as address:
        assert httpx.get(f"{address}/health").status_code == 200
        for key in ("gamma", "alpha-ke", "alpha-key2"):
            with client_of(address, key) as client, pytest.raises(openai.AuthenticationError) as caught:
                client.models.list()
            assert caught.value.code == "invalid_api_key" and key not in caught.value.message
        assert post(address, SHORT).status_code == 401

        def cached(key):
            with client_of(address, key) as client:
                answer = client.completions.create(model=NAME, prompt="Every head reads", max_tokens=1)
            return answer.usage.prompt_tokens_details.cached_tokens

        assert cached("alpha-key") == 0 and cached("beta-key") == 0
        assert cached("alpha-key") > 0
        assert cached("alpha-key") > 0
        with pytest.raises(openai.RateLimitError) as caught:
            cached("alpha-key")
        assert 1 <= int(caught.value.response.headers["retry-after"]) <= 20
        cached("beta-key")  # goes on


def test_more_embeddings_than_can_wait_are_told_to_come_again(model, tokenizer, monkeypatch):
    class Slow:
        name, gate, asked = "slow", threading.Event(), 0

        def answer(self, body):
            Slow.asked += 1
            self.gate.wait(SOON)
            return {"usage": {"prompt_tokens": 1}}

    monkeypatch.setattr("lessons_lib.apps.server.app.MOST_ENCODINGS", 2)
    app = App()
    app.served = Served(model, tokenizer, NAME, slots=2, room=128, embeddings=Slow())
    with listening(app) as address:
        body = json.dumps({"model": "slow", "input": "a"}).encode()
        waiting = [raw(address, body, "/v1/embeddings") for _ in range(2)]
        wait_until(lambda: app._encodings == 2)
        assert post(address, body, "/v1/embeddings").status_code == 429
        assert Slow.asked == 1 and post(address, SHORT).status_code == 200  # texts go on
        Slow.gate.set()
        for each in waiting:
            assert b"200 OK" in each.recv(4096)
            each.close()


def test_an_engine_that_dies_is_known_and_said(model, tokenizer, held, monkeypatch, caplog):
    caplog.set_level("INFO", "lessons_lib.apps.server")
    app = App()
    app.served = Served(model, tokenizer, NAME, slots=2, room=512)
    with listening(app) as address:
        streamed = raw(address, json.dumps(LONG | {"stream": True}).encode())
        whole = raw(address, json.dumps(LONG).encode())
        wait_until(lambda: app.served.engine.counters().submitted == 2)
        monkeypatch.setattr("lessons_lib.generation.engine.engine.share_out", lambda *_: 1 / 0)
        held.set()
        assert b" 503 " in whole.recv(4096)
        said = b""
        while b"0\r\n\r\n" not in said:
            said += streamed.recv(4096)
        assert b'data: {"error"' in said and b"[DONE]" not in said
        health = httpx.get(f"{address}/health")
        assert (health.status_code, health.json()) == (503, {"status": "failed"})
        with client_of(address) as client, pytest.raises(openai.InternalServerError):
            client.models.list()
        wait_until(lambda: '"engine_died", "kind": "ZeroDivisionError"' in caplog.text)
        streamed.close()
        whole.close()


def test_a_text_that_breaks_down_leaves_the_others_alone(tokenizer):
    model = random_model(std=0.02, vocab_size=tokenizer.vocab_size)
    model.model["embed_tokens"].weight.data[55] = torch.nan  # whoever reads token 55 is lost
    app = App()
    app.served = Served(model, tokenizer, NAME, slots=4, room=128)
    with listening(app) as address:
        good = raw(address, json.dumps(LONG | {"prompt": [1, 2, 3], "max_tokens": 60}).encode())
        bad = post(address, SHORT | {"prompt": [4, 55]})
        assert bad.status_code == 500 and bad.json()["error"]["type"] == "server_error"
        streamed = post(address, SHORT | {"prompt": [4, 55], "stream": True})
        assert streamed.status_code == 200 and '"code": "internal"' in streamed.text
        assert b" 200 OK" in good.recv(4096)
        good.close()
        assert app.state == "ok"


def test_until_the_model_is_there_all_is_said_to_be_loading():
    app = App()
    with listening(app) as address:
        assert (httpx.get(f"{address}/health").status_code, app.state) == (503, "loading")
        answer = post(address, SHORT)
        assert answer.status_code == 503 and answer.headers["retry-after"] == "1"
        assert "lessons_up 0" in httpx.get(f"{address}/metrics").text


def test_neither_prompts_nor_answers_nor_keys_are_logged(model, tokenizer, caplog):
    caplog.set_level("DEBUG")
    app = App(keys=["alpha-key"])
    app.served = Served(model, tokenizer, NAME, slots=2, room=128)
    secret = "marmalade"
    with listening(app) as address:
        key = {"Authorization": "Bearer alpha-key"}
        texts = [post(address, SHORT | {"prompt": secret} | more, headers=key).text for more in ({}, {"stream": True})]
        post(address, SHORT | {"prompt": secret}, headers={"Authorization": f"Bearer {secret}"})
        post(address, SHORT | {"prompt": secret, "stop": [f"{secret}{n}" for n in range(9)]}, headers=key)
        post(address, SHORT | {secret: secret}, headers=key)
        post(address, SHORT | {"model": secret}, headers=key)
        httpx.get(f"{address}/{secret}?{secret}")
        said = json.loads(texts[0])["choices"][0]["text"]
    own = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("lessons_lib"))
    lines = [json.loads(line) for line in own.splitlines()]
    assert [line["status"] for line in lines] == [200, 200, 401, 400, 400, 404]
    assert lines[0]["new_tokens"] == 5 and lines[0]["owner"] and lines[0]["seconds"] > 0
    for word in (secret, "alpha-key", json.dumps(said)):
        assert word not in own


def test_a_text_in_a_flood_of_others_is_what_it_is_alone(address, app):
    expected = post(address, LONG).json()["choices"][0]["text"]
    stop = threading.Event()

    def flood():
        while not stop.is_set():
            raw(address, json.dumps(LONG | {"prompt": "Grouped"}).encode()).close()
            time.sleep(0.01)

    thread = threading.Thread(target=flood)
    thread.start()
    found = post(address, LONG)
    while found.status_code == 429:
        found = post(address, LONG)
    stop.set()
    thread.join()
    assert found.json()["choices"][0]["text"] == expected
    wait_until(lambda: at_rest(app))
