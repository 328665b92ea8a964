"""The app: OpenAI's paths in front of an engine.

The engine's thread owns the model. Here, in the event loop, nothing takes long: bodies are read and constraints are
worked out in other threads, and tokens arrive through a queue. Whoever goes away, in whichever phase, takes nothing
more of the engine's time.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from lessons_lib.apps.server.answers import GONE, LATER, Stream, Told, as_json, event, refusal_of
from lessons_lib.apps.server.journal import Entry, note
from lessons_lib.apps.server.limits import Keys, Rate, read_body
from lessons_lib.apps.server.metrics import Metrics
from lessons_lib.apps.server.page import page
from lessons_lib.apps.server.protocol import Asked, read_chat, read_completion
from lessons_lib.apps.server.refusal import Refusal
from lessons_lib.apps.server.replies import Reply
from lessons_lib.apps.server.served import Served
from lessons_lib.generation import Handle, Token

MOST_ENCODINGS = 64  # requests for embeddings at once; one is worked at


class App:
    """The server's state and its paths.

    Args:
        keys: that open it; none lets everybody in.
        a_minute: requests of a key; None for no limit.
        most_body: bytes of a request.
        body_seconds: that it may take to come.
        hosts: names by which it may be called; None for any. A page of strangers can give this machine a name of its
            own, and then ask what only this machine may ask.

    Attributes:
        served: what answers; None while it is loaded.
        stopping: whether nothing more is taken.
        asgi: the application, for uvicorn.
    """

    def __init__(
        self,
        keys: Iterable[str] = (),
        a_minute: int | None = None,
        most_body: int = 1 << 20,
        body_seconds: float = 10.0,
        hosts: Sequence[str] | None = None,
    ) -> None:
        self.served: Served | None = None
        self.stopping = False
        self.metrics = Metrics()
        self._keys, self._rate = Keys(keys), Rate(a_minute)
        self._most_body, self._body_seconds = most_body, body_seconds
        self._encoder, self._encodings = asyncio.Lock(), 0
        paths = {
            "/v1/chat/completions": (self._chat, "POST"),
            "/v1/completions": (self._completion, "POST"),
            "/v1/embeddings": (self._embeddings, "POST"),
            "/v1/models": (self._models, "GET"),
            "/v1/models/{model:path}": (self._model, "GET"),
            "/health": (self._health, "GET"),
            "/metrics": (self._numbers, "GET"),
            "/": (self._page, "GET"),
        }
        routes = [Route(path, self._answered(path, work), methods=[way]) for path, (work, way) in paths.items()]
        refused = {404: _no_such_path, 405: _no_such_path}
        guards = [Middleware(TrustedHostMiddleware, allowed_hosts=hosts)] if hosts else []
        self.asgi = Starlette(routes=routes, middleware=guards, lifespan=self._watched, exception_handlers=refused)

    @property
    def state(self) -> str:
        """ "ok", or why nothing is answered: "loading", "stopping" or "failed"."""
        if self.stopping:
            return "stopping"
        if self.served is None:
            return "loading"
        return "ok" if self.served.engine.alive else "failed"

    # The paths

    async def _chat(self, http: Request, entry: Entry) -> Response:
        return await self._texts(http, entry, chat=True)

    async def _completion(self, http: Request, entry: Entry) -> Response:
        return await self._texts(http, entry, chat=False)

    async def _embeddings(self, http: Request, entry: Entry) -> Response:
        served, body = await self._opened(http, entry)
        if served.embeddings is None or body.get("model") != served.embeddings.name:
            raise served.missing(str(body.get("model")))
        if self._encodings == MOST_ENCODINGS:
            raise Refusal(f"embeddings: got more at once, allowed {MOST_ENCODINGS}", 429, headers=LATER)
        self._encodings += 1
        try:
            async with self._encoder:  # so the threads that read bodies are left to others
                answer = await asyncio.to_thread(served.embeddings.answer, body)
        finally:
            self._encodings -= 1
        entry.told |= {"prompt_tokens": answer["usage"]["prompt_tokens"]}
        return as_json(answer)

    async def _models(self, http: Request, entry: Entry) -> Response:
        served = self._ready(http, entry)
        return as_json({"object": "list", "data": [_about(name) for name in served.names]})

    async def _model(self, http: Request, entry: Entry) -> Response:
        served = self._ready(http, entry)
        if (name := http.path_params["model"]) not in served.names:
            raise served.missing(name)
        return as_json(_about(name))

    async def _health(self, http: Request, entry: Entry) -> Response:
        return as_json({"status": self.state}, 200 if self.state == "ok" else 503)

    async def _numbers(self, http: Request, entry: Entry) -> Response:
        counters = self.served.engine.counters() if self.served else None
        text = self.metrics.text(counters, self.state == "ok")
        return Response(text, media_type="text/plain; version=0.0.4")

    async def _page(self, http: Request, entry: Entry) -> Response:
        return page()

    # Texts

    async def _texts(self, http: Request, entry: Entry, chat: bool) -> Response:
        served, body = await self._opened(http, entry)
        loop, events, handles = asyncio.get_running_loop(), asyncio.Queue(), []

        def listen(number: int) -> Callable[[Token], object]:
            return lambda token: loop.call_soon_threadsafe(events.put_nowait, (number, token))

        def ended() -> None:
            for handle in handles:
                handle.cancel()
            tokens = sum(len(said.tokens) for said in reply.said) if reply else 0
            prompts = reply.usage(handles)["prompt_tokens"] if reply and handles else 0
            entry.told |= {"prompt_tokens": prompts, "new_tokens": tokens, "texts": len(handles)}

        reply, streams = None, False
        try:
            asked = await asyncio.to_thread(_ask, served, body, chat, entry.owner, listen, handles)
            reply = Reply(asked, served.tokenizer, chat)
            if streams := asked.stream:
                told = Told(lambda status: (ended(), self._record(entry, status)))
                return Stream(self._pieces(reply, asked, handles, events, entry, told), told)
            await self._heard(http, reply, events, entry)
            return as_json(reply.whole(handles))
        finally:
            if not streams:
                ended()

    async def _heard(self, http: Request, reply: Reply, events: asyncio.Queue, entry: Entry) -> None:
        """Wait for the end of all texts, or until the client has gone."""

        async def hear() -> None:
            while not reply.done:
                number, token = await events.get()
                self._first(entry)
                reply.said[number].add(token)

        async def gone() -> None:
            while (await http.receive())["type"] != "http.disconnect":
                pass

        tasks = [asyncio.ensure_future(each()) for each in (hear, gone)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not tasks[0].done():
                raise ClientDisconnect
            tasks[0].result()
        finally:
            for task in tasks:
                task.cancel()

    async def _pieces(
        self, reply: Reply, asked: Asked, handles: list[Handle], events: asyncio.Queue, entry: Entry, told: Told
    ) -> AsyncIterator[str]:
        """The pieces of a stream; an error behind its beginning is a piece too, which clients know."""
        try:
            while not reply.done:
                number, token = await events.get()
                self._first(entry)
                for chunk in reply.chunks(number, token):
                    yield event(chunk)
            if asked.usage:
                yield event(reply.last_chunk(handles))
            yield "data: [DONE]\n\n"
            told.status = 200
        except Exception as error:
            refusal = self._refused(error, entry)
            told.status = refusal.status
            yield event(refusal.body)

    def _first(self, entry: Entry) -> None:
        if entry.first is None:
            entry.first = time.perf_counter() - entry.start
            self.metrics.first.add(entry.first)

    # What all paths have in common

    def _ready(self, http: Request, entry: Entry) -> Served:
        entry.owner = self._keys.owner(http.headers.get("authorization"))
        if self.state != "ok" or self.served is None:
            raise Refusal(f"server: {self.state}, ask again later", 503, code=self.state, headers=LATER)
        return self.served

    async def _opened(self, http: Request, entry: Entry) -> tuple[Served, dict[str, Any]]:
        served = self._ready(http, entry)
        self._rate.take(entry.owner)
        return served, await read_body(http, self._most_body, self._body_seconds)

    def _answered(self, path: str, work: Callable[[Request, Entry], Awaitable[Response]]) -> Callable:
        """A path's endpoint: errors become answers, and each request one line of the log."""

        async def endpoint(http: Request) -> Response:
            entry = Entry(path)
            try:
                response = await work(http, entry)
            except ClientDisconnect:
                response = Response(status_code=GONE)
            except Exception as error:
                refusal = self._refused(error, entry)
                response = as_json(refusal.body, refusal.status, refusal.headers)
            response.headers["x-request-id"] = entry.id
            if not isinstance(response, Stream):
                self._record(entry, response.status_code)
            return response

        return endpoint

    def _refused(self, error: Exception, entry: Entry) -> Refusal:
        refusal = refusal_of(error)
        if refusal.status == 500:
            note("error", id=entry.id, kind=type(error).__name__)
        entry.told |= {"code": refusal.code}  # not the field, whose name may be anything
        return refusal

    def _record(self, entry: Entry, status: int) -> None:
        seconds = time.perf_counter() - entry.start
        self.metrics.answers[entry.route, status] += 1
        if "texts" in entry.told:
            self.metrics.whole.add(seconds)
        if entry.route not in ("/health", "/metrics"):
            times = {"seconds": round(seconds, 4), "first": entry.first and round(entry.first, 4)}
            note("request", id=entry.id, route=entry.route, status=status, owner=entry.owner[:8], **times, **entry.told)

    @contextlib.asynccontextmanager
    async def _watched(self, app: Starlette) -> AsyncIterator[None]:
        """While the server runs, look whether the engine does."""

        async def watch() -> None:
            while self.served is None or self.served.engine.failure is None:
                await asyncio.sleep(0.2)
            note("engine_died", kind=type(self.served.engine.failure).__name__)

        task = asyncio.ensure_future(watch())
        yield
        task.cancel()


def _ask(
    served: Served,
    body: dict[str, Any],
    chat: bool,
    owner: str,
    listen: Callable[[int], Callable[[Token], object]],
    handles: list[Handle],
) -> Asked:
    """Read a body and ask the engine: what may take a while, in a thread of its own."""
    adapter = served.adapter(body.get("model"))
    try:
        asked = (read_chat if chat else read_completion)(body, served.tokenizer, served.schema)
        for number, request in enumerate(asked.requests):
            handles.append(served.engine.submit(request, owner, listen(number), adapter))
    except ValueError as error:
        names = {"token_ids": "messages" if chat else "prompt", "schema": "response_format"}
        raise Refusal.of(error, names) from None
    return asked


def _about(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "lessons_lib"}


async def _no_such_path(http: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    refusal = Refusal(f"path: got {http.method} of another, allowed those of this server", status)
    return as_json(refusal.body, status)
