"""The chat page: one file that asks nobody but this server."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from starlette.responses import HTMLResponse


def page() -> HTMLResponse:
    """The page, which its browser lets run its own script and ask its own server, and nothing else."""
    text, policy = _page()
    headers = {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    return HTMLResponse(text, headers=headers)


@cache
def _page() -> tuple[str, str]:
    text = files("lessons_lib.apps.server").joinpath("page.html").read_text(encoding="utf-8")
    script, style = (
        base64.b64encode(hashlib.sha256(re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1].encode()).digest())
        for tag in ("script", "style")
    )
    rules = (
        "default-src 'none'",
        f"script-src 'sha256-{script.decode()}'",
        f"style-src 'sha256-{style.decode()}'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return text, "; ".join(rules)
