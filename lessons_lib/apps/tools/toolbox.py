"""The list of tools that a model may call, and what happens when it calls one: nothing that it writes can do more."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from lessons_lib import arguments
from lessons_lib.apps.tools.tool import Tool, ToolError
from lessons_lib.errors import CheckpointError
from lessons_lib.files.untrusted import PAGE, parse_json

KEPT = 10_000  # entries of the log


class Result(NamedTuple):
    """What came of a call.

    Attributes:
        text: for the model: the result, or what was wrong.
        outcome: "done", "refused" before the function was called, or "failed" inside it.
    """

    text: str
    outcome: str


class Entry(NamedTuple):
    """A line of the log: what happened, and nothing that anybody wrote.

    Attributes:
        tool: its name; None for one that is not on the list.
        given: the names of its parameters that were given.
        outcome: as in `Result`.
        characters: of the result, before it was cut.
        seconds: that it took.
    """

    tool: str | None
    given: tuple[str, ...]
    outcome: str
    characters: int
    seconds: float


class Toolbox:
    """Tools by name: only what is in here can be called, whatever a model writes.

    A tool that never comes back is not stopped: who calls what may hang gives it a limit of its own.

    Args:
        tools: functions, or `Tool`s.
        most_output: characters of a result that the model is given.

    Raises:
        ValueError: for two tools of one name, or a function that a `Tool` cannot be made of.

    Example:
        >>> def double(number: int) -> int:
        ...     '''Double a number.
        ...
        ...     Args:
        ...         number: Any.
        ...     '''
        ...     return 2 * number
        >>> box = Toolbox([double])
        >>> box.call("double", {"number": 21}).text, box.call("rm", {"path": "/"}).text
        ('42', "tool: got 'rm', allowed double")
    """

    def __init__(self, tools: Iterable[Tool | Callable[..., Any]], most_output: int = 4000) -> None:
        made = [tool if isinstance(tool, Tool) else Tool(tool) for tool in tools]
        self.tools = {tool.name: tool for tool in made}
        if len(self.tools) < len(made):
            raise ValueError(f"tools: got {len(made)} of {len(self.tools)} names, allowed one tool a name")
        self.most_output = arguments.whole("most_output", most_output, least=1)
        self.log: deque[Entry] = deque(maxlen=KEPT)

    @property
    def schema(self) -> dict[str, Any]:
        """The schema of a call or an answer, for a constraint: `{"tool", "arguments"}` or `{"answer"}`."""

        def only(**properties: Any) -> dict[str, Any]:
            own = {"properties": properties, "required": list(properties), "additionalProperties": False}
            return {"type": "object"} | own

        calls = [only(tool={"const": tool.name}, arguments=tool.parameters) for tool in self.tools.values()]
        return {"anyOf": [*calls, only(answer={"type": "string"})]}

    def call(self, name: Any, given: Any) -> Result:
        """Call a tool, if it is on the list and the arguments fit. Whatever goes wrong comes back as a result.

        Args:
            name, given: what the model wrote, of any kind.
        """
        start = time.perf_counter()
        tool = self.tools.get(name) if isinstance(name, str) else None
        if tool is None:
            text = f"tool: got {arguments.described(name)}, allowed {', '.join(self.tools) or 'none'}"
            outcome = "refused"
        elif (text := tool.fault(given)) is not None:
            outcome = "refused"
        else:
            text, outcome = _called(tool, given)
        known = () if tool is None or not isinstance(given, dict) else tool.parameters["properties"]
        names = tuple(key for key in known if key in given)
        seconds = time.perf_counter() - start
        self.log.append(Entry(None if tool is None else tool.name, names, outcome, len(text), seconds))
        if len(text) > self.most_output:
            text = f"{text[: self.most_output]}\n[{self.most_output:,} of {len(text):,} characters]"
        return Result(text, outcome)

    def call_text(self, text: str) -> Result:
        """Call what a model has written: `{"tool": name, "arguments": {...}}`."""
        try:
            call = parse_json("call", "JSON", text.encode("utf-8", "replace"), PAGE)
        except CheckpointError as error:
            return self._refused(f"call: {error.field}: got {error.got}, allowed {error.allowed}")
        if call.keys() != {"tool", "arguments"}:
            return self._refused(f"call: got the keys {arguments.described(list(call))}, allowed tool and arguments")
        return self.call(call["tool"], call["arguments"])

    def _refused(self, text: str) -> Result:
        self.log.append(Entry(None, (), "refused", len(text), 0.0))
        return Result(text[: self.most_output], "refused")


def _called(tool: Tool, given: dict[str, Any]) -> tuple[str, str]:
    """The result of a function as text, or the kind of error that it raised."""
    try:
        result = tool.function(**given)
        return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False), "done"
    except ToolError as error:
        return f"{tool.name} failed: {error}", "failed"
    except (Exception, SystemExit) as error:  # its words may hold a password or a path
        return f"{tool.name} failed: {type(error).__name__}", "failed"
