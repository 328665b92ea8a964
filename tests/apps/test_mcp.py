"""The Model Context Protocol, spoken with the official client; and with those that do not speak it."""

import io
import json
import sys
from pathlib import Path

import anyio
import mcp
import pytest
from effort import within

from lessons_lib.apps.tools import Toolbox, ToolError, serve
from lessons_lib.apps.tools.mcp import VERSIONS, reply

ROOT = Path(__file__).resolve().parents[2]
SERVER = '''
from lessons_lib.apps.tools import Toolbox, serve


def add(a: int, b: int = 1) -> int:
    """Add two numbers.

    Args:
        a: The first.
        b: The second.
    """
    print("a tool that prints")
    return a + b


serve(Toolbox([add]))
'''


def test_the_official_client_lists_and_calls(tmp_path):
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    server = mcp.StdioServerParameters(
        command=sys.executable, args=[str(tmp_path / "server.py")], env={"PYTHONPATH": str(ROOT)}
    )

    async def talk():
        with anyio.fail_after(60):
            async with mcp.stdio_client(server) as streams, mcp.ClientSession(*streams) as client:
                hello = await client.initialize()
                await client.send_ping()
                listed = (await client.list_tools()).tools
                right = await client.call_tool("add", {"a": 40, "b": 2})
                wrong = await client.call_tool("add", {"a": "40"})
                with pytest.raises(Exception, match="got 'rm', allowed add"):
                    await client.call_tool("rm", {})
                return hello, listed, right, wrong

    hello, [tool], right, wrong = anyio.run(talk)
    assert hello.server_info.name == "lessons_lib" and hello.protocol_version in VERSIONS
    assert tool.name == "add" and tool.description == "Add two numbers."
    assert tool.input_schema["required"] == ["a"]
    assert [part.text for part in right.content] == ["42"] and not right.is_error
    assert [part.text for part in wrong.content] == ["arguments.a: got '40', allowed integer"] and wrong.is_error


def fails(how: str) -> str:
    """Fail.

    Args:
        how: the words.
    """
    raise ToolError(how)


BOX = Toolbox([fails])


def asked(method, params=None, **more):
    request = {"jsonrpc": "2.0", "id": 7, "method": method} | ({} if params is None else {"params": params}) | more
    return reply(BOX, json.dumps(request).encode())


def test_a_version_that_is_unknown_is_answered_with_ours():
    for version in VERSIONS:
        assert asked("initialize", {"protocolVersion": version})["result"]["protocolVersion"] == version
    for version in ("1999-01-01", None, 5, ["x"]):
        assert asked("initialize", {"protocolVersion": version})["result"]["protocolVersion"] == VERSIONS[0]


def test_a_tool_that_fails_is_a_result():
    result = asked("tools/call", {"name": "fails", "arguments": {"how": "no luck"}})["result"]
    assert result == {"content": [{"type": "text", "text": "fails failed: no luck"}], "isError": True}


@pytest.mark.parametrize(
    ("line", "code", "number"),
    [
        (b"", -32700, None),
        (b"hello", -32700, None),
        (b"\xff\xfe", -32700, None),
        (b"[1, 2]", -32700, None),
        (b"[" * 100_000, -32700, None),
        (b'{"id": 1, "id": 2, "jsonrpc": "2.0", "method": "ping"}', -32700, None),
        (b"{}", -32600, None),
        (b'{"jsonrpc": "2.0", "id": null, "method": "ping"}', -32600, None),
        (b'{"jsonrpc": "2.0", "id": [1], "method": "ping"}', -32600, None),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', -32600, 1),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 5}', -32600, 1),
        (b'{"jsonrpc": "2.0", "id": "a", "method": "rm -rf"}', -32601, "a"),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": []}', -32602, 1),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": ["fails"]}}', -32602, 1),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call"}', -32602, 1),
    ],
)
def test_what_is_no_request_gets_its_error(line, code, number):
    said = within(1, lambda: reply(BOX, line))
    assert said["error"]["code"] == code and said["id"] == number and said["error"]["message"]


def test_notifications_and_answers_are_not_answered():
    assert asked("notifications/initialized", id=None) is not None  # an id that is null is an id, and a wrong one
    assert reply(BOX, b'{"jsonrpc": "2.0", "method": "notifications/initialized"}') is None
    assert reply(BOX, b'{"jsonrpc": "2.0", "id": 3, "result": {}}') is None


def test_a_line_without_end_costs_its_own_and_no_other():
    ping = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n'
    written = io.BytesIO()
    serve(BOX, io.BytesIO(b"x" * 5_000_000 + b"\n\n" + ping), written)
    first, second = map(json.loads, written.getvalue().splitlines())
    assert first["error"]["code"] == -32700 and second == {"jsonrpc": "2.0", "id": 1, "result": {}}
