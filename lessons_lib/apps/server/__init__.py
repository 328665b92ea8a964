"""A server with OpenAI's paths: `python -m lessons_lib.apps.server MODEL`. It needs starlette and uvicorn.

- `POST /v1/chat/completions`, `POST /v1/completions`: texts, whole or streamed, bound to a schema, with calls of tools.
- `POST /v1/embeddings`: vectors of sentences, with `--encoder`.
- `GET /v1/models`: by which names it may be asked; `GET /health`: whether it answers; `GET /metrics`: for Prometheus.
- `GET /`: a page to chat with.

In a program of one's own, `App().asgi` is an ASGI application, and answers once its `served` is a `Served`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lessons_lib.lazy import looked_up

if TYPE_CHECKING:
    from lessons_lib.apps.server.app import App
    from lessons_lib.apps.server.served import Served

__all__ = ["App", "Served"]

__getattr__ = looked_up(__name__, {"App": "app", "Served": "served"})  # so that asking for help needs no starlette


def __dir__() -> list[str]:
    return sorted(__all__)
