"""Tools of a client: how a model is told of them, which texts are calls, and what the client gets.

Models differ in how they were taught to call, and small ones were not. So all are told in the same words, and a
constraint sees to it that what looks like a call is one: the name of a tool, and arguments that fit its schema.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from lessons_lib.apps.server.fields import Fields
from lessons_lib.apps.server.refusal import Refusal
from lessons_lib.generation.constraint import Constraint, regex
from lessons_lib.generation.constraint.expression import either, sequence, text

_TOLD = (
    "You can call functions. To call one, answer with one JSON object and nothing else: "
    '{"name": "...", "arguments": {...}}. You will be told the result. The functions:'
)
_NO_ARGUMENTS = {"type": "object", "properties": {}}
_PLAIN = {"type", "properties", "required", "title", "description", "$schema", "$defs"}
_ANSWER = r"[^{\s](.|\n)*"  # so the first character says whether a text is a call


class Call(NamedTuple):
    """A call that a model has written: the tool's name, and its arguments as JSON."""

    name: str
    arguments: str


class Tools:
    """The tools of one request.

    Args:
        functions: their descriptions, each with `name`, and `description` and `parameters` if there are any.
        choice: "auto" for a call or an answer, "required" for a call, or the name of the one to be called.
        schema: makes a constraint of a JSON schema.

    Raises:
        Refusal: for a schema that the constraint does not know.
    """

    def __init__(
        self, functions: Sequence[Mapping[str, Any]], choice: str, schema: Callable[[Any], Constraint]
    ) -> None:
        self.functions = functions
        called = [each for each in functions if choice in ("auto", "required", each["name"])]
        calls = [
            sequence(text(_head(each["name"]).encode()), _arguments(each, schema).expression, text(b"}"))
            for each in called
        ]
        if choice == "auto":
            calls.append(regex(_ANSWER).expression)
        self.constraint = Constraint(either(*calls))

    def told(self, messages: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
        """The conversation, with what the model has to know of the tools in its system message."""
        lines = "\n".join([_TOLD, *(json.dumps(each, ensure_ascii=False) for each in self.functions)])
        if messages and messages[0]["role"] == "system":
            return [{"role": "system", "content": f"{messages[0]['content']}\n\n{lines}"}, *map(dict, messages[1:])]
        return [{"role": "system", "content": lines}, *map(dict, messages)]


def read_tools(fields: Fields, schema: Callable[[Any], Constraint]) -> Tools | None:
    """The tools that a request names, if it names any and the model may call one.

    Raises:
        Refusal: naming the field, the value and the rule.
    """
    if (given := fields.take("tools")) is None:
        fields.refuse("tools beside it", tool_choice="none")
        return None
    if not isinstance(given, list) or not 0 < len(given) <= 64:
        raise fields.wrong("tools", given, "a list of 1 to 64")
    functions = [_function(Fields(each, f"tools[{n}]")) for n, each in enumerate(given)]
    names = [each["name"] for each in functions]
    if len({*names}) < len(names):
        raise fields.wrong("tools", names, "one tool of a name")
    choice = fields.take("tool_choice") or "auto"
    if isinstance(choice, Mapping):
        chosen = Fields(choice, "tool_choice")
        chosen.text("type", ["function"])
        choice = Fields(chosen.take("function"), "tool_choice.function").text("name", names)
    elif choice not in ("none", "auto", "required"):
        raise fields.wrong("tool_choice", choice, "none, auto, required, or a function's name in its object")
    return None if choice == "none" else Tools(functions, choice, schema)


def call_of(said: str) -> Call | None:
    """The call that a text is, or None for an answer and a call that was cut."""
    if not said.startswith("{"):
        return None
    try:
        call = json.loads(said)
        return Call(call["name"], json.dumps(call["arguments"], ensure_ascii=False))
    except (ValueError, KeyError, TypeError):
        return None


def call_object(call: Call) -> dict[str, Any]:
    """The call as clients get it, with an id of its own."""
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": f"call_{uuid.uuid4().hex[:24]}", "type": "function", "function": function}


def said_of(calls: Any, place: str) -> str:
    """What a model must have written, for an earlier call to be read by it again: the opposite of `call_of`."""
    texts = []
    for n, each in enumerate(calls if isinstance(calls, list) else [calls]):
        function = Fields(Fields(each, f"{place}[{n}]").take("function"), f"{place}[{n}].function")
        texts.append(_head(function.text("name")) + function.text("arguments") + "}")
    return "\n".join(texts)


def _arguments(function: Mapping[str, Any], schema: Callable[[Any], Constraint]) -> Constraint:
    """What fits the parameters; a plain list of them is taken as all that there are, unless it says otherwise."""
    parameters = function.get("parameters", _NO_ARGUMENTS)
    if isinstance(parameters, dict) and "properties" in parameters and parameters.keys() <= _PLAIN:
        parameters = {**parameters, "additionalProperties": False}
    try:
        return schema(parameters)
    except ValueError as error:
        raise Refusal(f"tools: {function['name']}: {error}", param="tools") from None


def _head(name: str) -> str:
    return f'{{"name": {json.dumps(name, ensure_ascii=False)}, "arguments": '


def _function(tool: Fields) -> dict[str, Any]:
    tool.text("type", ["function"])
    function = Fields(tool.take("function"), f"{tool.place}.function")
    found: dict[str, Any] = {"name": function.text("name")}
    if not found["name"].isascii() or not found["name"].replace("-", "_").isidentifier():
        raise function.wrong("name", found["name"], "letters, digits, _ and -")
    if (description := function.take("description")) is not None:
        found["description"] = description
    if (parameters := function.take("parameters")) is not None:
        found["parameters"] = parameters
    function.flag("strict")  # arguments always fit
    function.end()
    tool.end()
    return found
