"""A server on this machine, in a thread, before a small random model; and the official client."""

import hashlib
import socket
import threading
import time
from contextlib import contextmanager

import openai
import pytest
import uvicorn
from models import byte_tokenizer, random_model

from lessons_lib.apps.server.app import App
from lessons_lib.apps.server.connections import Connection
from lessons_lib.apps.server.served import Served
from lessons_lib.generation import Runner
from lessons_lib.tokenizer import load_tokenizer
from lessons_lib.tokenizer.chat import ChatTemplate

NAME = "small"
SOON = 300  # seconds after which a test gives up; the first step on a machine may have to be compiled
TEMPLATE = "{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}<assistant>"


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory):
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    byte_tokenizer().save(str(path))
    tokenizer = load_tokenizer(path)
    tokenizer.chat_template = ChatTemplate(TEMPLATE)
    return tokenizer


@pytest.fixture(scope="session")
def model(tokenizer):
    return random_model(std=0.02, vocab_size=tokenizer.vocab_size, max_position_embeddings=512)


@pytest.fixture(scope="session", autouse=True)
def vouched():
    """The template is rendered in this process: a child takes a while to start."""
    with pytest.MonkeyPatch.context() as patch:
        digest = hashlib.sha256(TEMPLATE.encode()).hexdigest()
        patch.setattr("lessons_lib.tokenizer.chat._VOUCHED_FOR", {digest})
        yield


@contextmanager
def listening(app, **settings):
    """The server's address."""
    config = uvicorn.Config(
        app.asgi, http=Connection, ws="none", log_level="error", timeout_graceful_shutdown=2, **settings
    )
    server = uvicorn.Server(config)
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        wait_until(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            if app.served is not None:
                app.served.engine.close(drain=False, timeout=SOON)
            server.should_exit = True
            thread.join(SOON)


@pytest.fixture(scope="module")
def app(model, tokenizer):
    app = App()
    app.served = Served(model, tokenizer, NAME, slots=4, room=512, queue=12)
    return app


@pytest.fixture(scope="module")
def address(app):
    with listening(app) as address:
        yield address


@pytest.fixture(scope="module")
def client(address):
    with client_of(address) as client:
        yield client


def client_of(address, key="none"):
    return openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0, timeout=SOON)


def wait_until(true):
    deadline = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.005)


@pytest.fixture
def held(monkeypatch):
    """Steps wait until this is set; set at the end in any case."""
    gate, together = threading.Event(), Runner.together
    monkeypatch.setattr(Runner, "together", lambda *given: gate.wait(SOON) and together(*given))
    yield gate
    gate.set()
