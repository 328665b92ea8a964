"""Servers that a notebook starts beside itself, and a client by hand: what lesson 17 talks to, and with what."""

from __future__ import annotations

import http.client
import json
import logging
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lessons_lib import Transformer
    from lessons_lib.apps.server.app import App

PATH = "/v1/chat/completions"
SOON = 60  # seconds after which nobody waits any longer


class QuietHandler(BaseHTTPRequestHandler):
    """Python's own handler of requests, which prints no log and waits for nobody for ever, with two answers."""

    timeout = 10  # seconds without a byte

    def begin(self, status: int, kind: str) -> None:
        """The head of an answer of some kind, such as "application/json"."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def refuse(self, status: int) -> None:
        """An error as an answer, in the form in which OpenAI's clients expect it."""
        self.begin(status, "application/json")
        self.wfile.write(json.dumps({"error": {"message": self.responses[status][0]}}).encode())

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Running:
    """The library's app before uvicorn, in a thread, on a port of this machine that is free.

    Attributes:
        port: where it listens.
        log: its lines so far.
    """

    def __init__(self, app: App) -> None:
        import uvicorn

        from lessons_lib.apps.server.connections import Connection

        self.log: list[str] = []
        handler, logger = logging.Handler(), logging.getLogger("lessons_lib.apps.server")
        handler.emit = lambda record: self.log.append(record.getMessage())
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        self._quiet = lambda: logger.removeHandler(handler)
        config = uvicorn.Config(app.asgi, port=0, http=Connection, ws="none", log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_until(lambda: self._server.started)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        """End it."""
        self._server.should_exit = True
        self._thread.join(SOON)
        self._quiet()


def wait_until(true: Any) -> bool:
    """Wait until a function says so; False if it never does."""
    until = time.monotonic() + SOON
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def seconds_of(model: Transformer, tokens: int, turns: int = 3) -> float:
    """The processor's seconds for one pass over so many tokens, the least of some turns: what others run on a machine
    hardly changes them."""
    import torch

    found = []
    for _ in range(turns):
        start = time.process_time()
        model(torch.arange(1, tokens + 1)[None], logits_to_keep=1)
        found.append(time.process_time() - start)
    return min(found)


def chat(model: str, question: str, most: int) -> dict[str, Any]:
    """The body of a request: one question, whose answer is streamed, of so many tokens at most."""
    messages = [{"role": "user", "content": question}]
    return {"model": model, "messages": messages, "max_tokens": most, "temperature": 0, "stream": True}


def send(port: int, body: dict[str, Any] | str, key: str, **headers: str) -> http.client.HTTPResponse:
    """Send a request; the answer can then be read, as far as it has come."""
    data = (body if isinstance(body, str) else json.dumps(body)).encode()
    told = {"Content-Type": "application/json", "Authorization": f"Bearer {key}", "Connection": "close"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SOON)
    connection.request("POST", PATH, data, told | {name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse()


def tried(port: int, body: dict[str, Any] | str, key: str, **headers: str) -> int:
    """Send a request, wait for the end of its answer, and give the status."""
    answer = send(port, body, key, **headers)
    answer.read()
    return answer.status


def get(port: int, path: str) -> tuple[int, str]:
    """Ask for something that needs no key: the status, and what came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SOON)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def events(answer: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    """The events of a stream as they come, without its [DONE]."""
    for line in answer:
        if line.startswith(b"data: {"):
            yield json.loads(line[6:])


def text_of(answer: http.client.HTTPResponse) -> str:
    """What the deltas of a stream say together."""
    return "".join(event["choices"][0]["delta"].get("content") or "" for event in events(answer))
