"""Serve a model to OpenAI's clients, with a chat page at the root.

    python -m lessons_lib.apps.server smollm2-135m-instruct --bits 8

Any client of OpenAI's API then works with http://127.0.0.1:8000/v1 as its base URL. SIGTERM and Ctrl-C take nothing
more, finish what is being written, and end; a second one ends at once. Logs are lines of JSON on stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import lessons_lib
from lessons_lib.errors import AssetError

_FLUSH = 5  # seconds for answers that have ended to reach their clients

try:
    import uvicorn

    from lessons_lib.apps.server.app import App
    from lessons_lib.apps.server.connections import Connection
    from lessons_lib.apps.server.journal import note
    from lessons_lib.apps.server.served import Served
except ModuleNotFoundError as error:
    if error.name not in ("uvicorn", "starlette", "h11"):
        raise
    sys.exit(f"server: got no {error.name}, allowed with it: python -m pip install 'lessons-lib[serve]'")


def main(command: list[str] | None = None) -> int:
    """Serve until a signal ends it.

    Returns:
        The exit code: 0 if all that had been asked was answered, 1 for an error, which stands on stderr, and where
        answers were cut.
    """
    options = parser().parse_args(command)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("lessons_lib.apps.server").setLevel(logging.INFO)
    try:
        keys = Path(options.keys).read_text(encoding="utf-8").split() if options.keys else []
        if options.keys and not keys:
            raise ValueError(f"--keys: got {options.keys} without a key, allowed one a line")
        if options.rate is not None and options.rate < 1:
            raise ValueError(f"--rate: got {options.rate}, allowed 1 or more")
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    own = options.host in ("127.0.0.1", "localhost")
    if not keys and not own:
        note("open_to_all")  # whoever reaches this machine may ask
    app = App(keys, options.rate, hosts=["127.0.0.1", "localhost"] if own and not keys else None)
    return asyncio.run(_Serving(options, app).run())


def parser() -> argparse.ArgumentParser:
    """What the command takes."""
    command = argparse.ArgumentParser(
        prog="python -m lessons_lib.apps.server",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("model", help="a name, a GGUF file or a directory")
    command.add_argument("--host", default="127.0.0.1", help="0.0.0.0 for other machines too (default %(default)s)")
    command.add_argument("--port", type=int, default=8000, help="0 for any that is free (default %(default)s)")
    command.add_argument("--bits", type=int, choices=[4, 8], help="of a weight: less memory, and faster")
    command.add_argument("--adapter", action="append", default=[], metavar="FOLDER", help="served by the folder's name")
    command.add_argument("--encoder", metavar="NAME", help="for /v1/embeddings: all-minilm-l6-v2, or a directory")
    command.add_argument("--keys", metavar="FILE", help="a key a line; only they open the server")
    command.add_argument("--rate", type=int, metavar="N", help="requests a minute of a key")
    command.add_argument("--slots", type=int, default=8, help="texts that are written at once (default %(default)s)")
    command.add_argument("--queue", type=int, default=64, help="texts that may wait (default %(default)s)")
    command.add_argument("--room", type=int, default=2048, help="tokens of a text, at most (default %(default)s)")
    command.add_argument("--connections", type=int, default=1000, help="open ones, at most (default %(default)s)")
    command.add_argument("--drain", type=float, default=30, help="seconds to end in (default %(default)s)")
    return command


class _Serving:
    """The server's life: it listens, loads, answers, and ends."""

    def __init__(self, options: argparse.Namespace, app: App) -> None:
        self.options, self.app, self.code = options, app, 0
        config = uvicorn.Config(
            app.asgi,
            host=options.host,
            port=options.port,
            http=Connection,
            ws="none",
            access_log=False,
            log_level="error",
            server_header=False,
            limit_concurrency=options.connections,
            timeout_graceful_shutdown=_FLUSH,
        )
        self.server = _Server(config)
        self.ending: asyncio.Task | None = None

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):  # on Windows, where Ctrl-C ends it at once
                loop.add_signal_handler(each, self.stop)
        # A daemon, so that a signal while it loads ends the process.
        threading.Thread(target=self.load, args=(loop,), name="load", daemon=True).start()
        await self.server.serve()
        return self.code

    def load(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            served = load(self.options)
        except (ValueError, OSError, AssetError, MemoryError) as error:
            print(error, file=sys.stderr)
            loop.call_soon_threadsafe(self.fail)
            return
        self.app.served = served
        port = self.server.port or self.options.port
        note("ready", models=served.names, host=self.options.host, port=port)
        print(f"Chat: http://{self.options.host}:{port}/   API: http://{self.options.host}:{port}/v1", flush=True)

    def fail(self) -> None:
        self.code, self.server.should_exit = 1, True

    def stop(self) -> None:
        """What a signal does: the first finishes, the second cuts."""
        served, self.app.stopping = self.app.served, True
        if self.ending is None:
            note("stopping")
            self.ending = asyncio.ensure_future(self.end(served))
        elif served is not None:
            note("stopping_at_once")
            self.code = 1
            served.engine.close(drain=False, timeout=0)

    async def end(self, served: Served | None) -> None:
        if served is not None and not await asyncio.to_thread(served.engine.close, True, self.options.drain):
            self.code = 1
            await asyncio.to_thread(served.engine.close, False, _FLUSH)
        note("stopped", whole=self.code == 0)
        self.server.should_exit = True


class _Server(uvicorn.Server):
    """uvicorn's server, without its own way with signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    @property
    def port(self) -> int | None:
        """The port that it listens on; None before it does."""
        sockets = [each for server in getattr(self, "servers", []) for each in server.sockets]
        return sockets[0].getsockname()[1] if sockets else None


def load(options: argparse.Namespace) -> Served:
    """Load what is to be served."""
    from lessons_lib.apps.embedding import load_encoder
    from lessons_lib.apps.server.embeddings import Embeddings
    from lessons_lib.checkpoint import load_lora
    from lessons_lib.generation import Request
    from lessons_lib.layers import quantize, sharing_weights

    model, tokenizer = lessons_lib.load(options.model)
    if options.bits:
        quantize(model, bits=options.bits)
    adapters = {Path(folder).name: load_lora(sharing_weights(model), folder) for folder in options.adapter}
    encoder = options.encoder and Embeddings(load_encoder(options.encoder), Path(options.encoder).name)
    sizes = {"slots": options.slots, "room": options.room, "queue": options.queue}
    served = Served(model, tokenizer, Path(options.model).name, adapters=adapters, embeddings=encoder or None, **sizes)
    # A first token, so that /health says ok once texts are written: where no compiled code is kept, that takes a while.
    served.engine.submit(Request([0], 1, stop_token_ids=())).result()
    return served


if __name__ == "__main__":
    sys.exit(main())
