"""Refusal: an answer that is an error, in the form in which OpenAI's clients expect it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KINDS = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}


class Refusal(Exception):
    """A request that is not answered.

    Args:
        message: what was got and what is allowed, for whoever asked.
        status: of HTTP. The official client raises an error of its own for each, and asks again after 408, 429 and 5xx.
        param: the field that is wrong; None for none.
        code: a word for programs; None for none.
        headers: of the answer, such as `Retry-After`.

    Source: https://platform.openai.com/docs/guides/error-codes.
    """

    def __init__(
        self,
        message: str,
        status: int = 400,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.param, self.code, self.headers = status, param, code, dict(headers or {})

    @classmethod
    def of(cls, error: ValueError, names: Mapping[str, str]) -> Refusal:
        """What the library has refused, which names the argument first, in the words of the protocol.

        Args:
            error: its message begins with the argument's name and a colon.
            names: fields of the protocol by the library's arguments, where they differ.
        """
        name, colon, rest = str(error).partition(":")
        param = names.get(name, name) if colon and name.isidentifier() else None
        code = "context_length_exceeded" if name == "token_ids" and "the context less one" in rest else None
        return cls(f"{param}:{rest}" if param else str(error), param=param, code=code)

    @property
    def body(self) -> dict[str, Any]:
        """What the answer says."""
        kind = _KINDS.get(self.status, "server_error" if self.status >= 500 else "invalid_request_error")
        return {"error": {"message": str(self), "type": kind, "param": self.param, "code": self.code}}
