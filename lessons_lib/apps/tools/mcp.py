"""The Model Context Protocol: tools for anybody's client, over standard input and output, a line of JSON each way.

Source: the specification at modelcontextprotocol.io, its parts "lifecycle", "transports: stdio" and "server: tools".
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any, BinaryIO

from lessons_lib.apps.tools.toolbox import Toolbox
from lessons_lib.errors import CheckpointError
from lessons_lib.files.untrusted import PAGE, parse_json

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")  # of the protocol, the newest first
NOT_JSON, NO_REQUEST, NO_METHOD, BAD_PARAMETERS = -32700, -32600, -32601, -32602  # JSON-RPC's numbers of errors


class _Refused(Exception):
    """A request that is answered with an error: its number and its words."""


def serve(toolbox: Toolbox, reader: BinaryIO | None = None, writer: BinaryIO | None = None) -> None:
    """Answer a client until it closes its end.

    What tools print goes to standard error meanwhile, for on standard output it would be read as an answer.

    Args:
        toolbox: what the client may call.
        reader, writer: None for standard input and output.
    """
    reader, writer = reader or sys.stdin.buffer, writer or sys.stdout.buffer
    with redirect_stdout(sys.stderr):
        for line in _lines(reader):
            if (said := reply(toolbox, line)) is not None:
                writer.write(json.dumps(said).encode() + b"\n")
                writer.flush()


def reply(toolbox: Toolbox, line: bytes) -> dict[str, Any] | None:
    """The answer to one line, or None where none is due: to a notification, or an answer of the client's.

    Example:
        >>> reply(Toolbox([]), b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}')
        {'jsonrpc': '2.0', 'id': 1, 'result': {}}
    """
    number = None
    try:
        try:
            request = parse_json("line", "JSON", line, PAGE)
        except CheckpointError as error:
            raise _Refused(NOT_JSON, f"{error.field}: got {error.got}, allowed {error.allowed}") from None
        method, params = request.get("method"), request.get("params", {})
        if "method" not in request and ("result" in request or "error" in request):
            return None
        if "id" not in request and isinstance(method, str):
            return None
        if isinstance(request.get("id"), str) or type(request.get("id")) is int:
            number = request["id"]
        if number is None or request.get("jsonrpc") != "2.0" or not isinstance(method, str):
            raise _Refused(NO_REQUEST, "got no request, allowed jsonrpc 2.0 with an id and a method")
        if not isinstance(params, dict):
            raise _Refused(BAD_PARAMETERS, "params: allowed an object")
        return {"jsonrpc": "2.0", "id": number, "result": _result(toolbox, method, params)}
    except _Refused as refused:
        code, message = refused.args
        return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message[:1000]}}


def _result(toolbox: Toolbox, method: str, params: dict[str, Any]) -> dict[str, Any]:
    if method == "initialize":
        asked = params.get("protocolVersion")
        version = asked if asked in VERSIONS else VERSIONS[0]
        server = {"name": "lessons_lib", "version": "1"}
        return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": server}
    if method == "ping":
        return {}
    if method == "tools/list":
        return {
            "tools": [
                {"name": tool.name, "description": tool.description, "inputSchema": tool.parameters}
                for tool in toolbox.tools.values()
            ]
        }
    if method == "tools/call":
        name = params.get("name")
        if not isinstance(name, str) or name not in toolbox.tools:
            raise _Refused(BAD_PARAMETERS, toolbox.call(name, {}).text)
        result = toolbox.call(name, params.get("arguments", {}))
        return {"content": [{"type": "text", "text": result.text}], "isError": result.outcome != "done"}
    raise _Refused(NO_METHOD, "method: allowed initialize, ping, tools/list, tools/call")


def _lines(reader: BinaryIO) -> Iterator[bytes]:
    """The lines that say something; of one that is too long only the beginning, which is no JSON."""
    while line := reader.readline(PAGE.size + 1):
        rest = line
        while rest and not rest.endswith(b"\n"):  # a line that is too long, or the last one
            rest = reader.readline(PAGE.size)
        if line.strip():
            yield line
