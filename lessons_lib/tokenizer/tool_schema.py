"""The schema of a function that a model may call: what it is for, and what arguments it takes, as JSON."""

import inspect
import json
import re
import types
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

_BASIC = {int: "integer", float: "number", str: "string", bool: "boolean", type(None): "null", list: "array"}
_BASIC |= {tuple: "array", dict: "object"}
_SCALARS = (int, float, str, bool, type(None))
_SECTION = re.compile(r"^[ \t]*(Args|Returns|Raises):[ \t]*(.*)$", re.MULTILINE)
_CHOICES = re.compile(r"\(choices:\s*(.*?)\)\s*$", re.IGNORECASE)


def tool_schema(tool: Mapping[str, Any] | Callable[..., Any], field: str = "tool") -> Mapping[str, Any]:
    """Give the schema of a tool.

    Args:
        tool: a schema, given back as it is; or a function with type hints and a docstring that says what it does, with
            an `Args:` section of one `name: description` a parameter. A description may end in
            `(choices: ["celsius", "fahrenheit"])`.
        field: what errors call it.

    Returns:
        `{"type": "function", "function": {"name": ..., "description": ..., "parameters": ...}}`.

    Raises:
        ValueError: it is neither, or the function lacks a docstring, a type hint or a description.

    Example:
        >>> def add(a: int, b: int = 0) -> int:
        ...     '''Add two numbers.
        ...
        ...     Args:
        ...         a: The first.
        ...         b: The second.
        ...     '''
        >>> schema = tool_schema(add)["function"]
        >>> schema["name"], schema["description"], schema["parameters"]["required"]
        ('add', 'Add two numbers.', ['a'])
        >>> schema["parameters"]["properties"]["b"]
        {'type': 'integer', 'description': 'The second.'}

    Source: JSON Schema; the form is the one that chat templates expect, as OpenAI's and transformers' callers give it.
    """
    if isinstance(tool, Mapping):
        return tool
    if not inspect.isfunction(tool) and not inspect.ismethod(tool):
        raise ValueError(f"{field}: got {type(tool).__name__}, allowed a function or a schema")
    field = f"{field} ({tool.__name__})"
    sections = _sections(inspect.getdoc(tool), field)
    properties, required = _properties(tool, _described(sections.get("Args", "")), field)
    parameters = {"type": "object", "properties": properties} | ({"required": required} if required else {})
    function = {"name": tool.__name__, "description": sections["description"], "parameters": parameters}
    if (returned := _returned(tool, sections.get("Returns"))) is not None:
        function["return"] = returned
    return {"type": "function", "function": function}


def _sections(doc: str | None, field: str) -> dict[str, str]:
    if not doc or not doc.strip():
        raise ValueError(f"{field}: got no docstring, allowed one that says what it does")
    parts = _SECTION.split(doc.strip())  # text, (name, rest of the line, text), ...
    sections = {"description": parts[0].strip()}
    for name, first, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        sections.setdefault(name, f"{first}\n{text}".strip("\n") if name == "Args" else f"{first}{text}".strip())
    return sections


def _described(section: str) -> dict[str, str]:
    # An entry starts at a name that is not indented deeper than the first one.
    lines = [line for line in section.split("\n") if line.strip()]
    described: dict[str, list[str]] = {}
    depth, name = None, None
    for line in lines:
        indent = len(line) - len(line.lstrip(" \t"))
        entry = re.match(r"[ \t]*(\w+):[ \t]*(.*)", line)
        if entry and (depth is None or indent <= depth):
            depth, name = indent, entry[1]
            described[name] = [entry[2]]
        elif name is not None:
            described[name].append(line.strip())
    return {name: " ".join(filter(None, map(str.strip, texts))) for name, texts in described.items()}


def _properties(
    function: Callable[..., Any], described: Mapping[str, str], field: str
) -> tuple[dict[str, Any], list[str]]:
    hints, properties, required = get_type_hints(function), {}, []
    for n, (name, parameter) in enumerate(inspect.signature(function).parameters.items()):
        if parameter.annotation is inspect.Parameter.empty:
            if n == 0 and name in ("self", "cls"):
                continue
            raise ValueError(f"{field}: got {name} without a type hint, allowed one for each parameter")
        if name not in described:
            raise ValueError(f"{field}: got {name} without a description, allowed one for each under Args")
        schema, description = _schema(hints[name], f"{field}: {name}"), described[name]
        if choices := _CHOICES.search(description):
            values = json.loads(choices[1])
            schema["enum"] = [value.strip() if isinstance(value, str) else value for value in values]
            description = description[: choices.start()].strip()
        properties[name] = schema | {"description": description}
        if parameter.default is inspect.Parameter.empty:
            required.append(name)
    return properties, required


def _returned(function: Callable[..., Any], description: str | None) -> dict[str, Any] | None:
    hints = get_type_hints(function)
    if "return" not in hints:
        return None
    try:
        schema = _schema(hints["return"], "return")
    except ValueError:  # no model writes it, so what cannot be described is left out
        return None
    return schema | ({"description": description} if description is not None else {})


def _schema(hint: Any, field: str) -> dict[str, Any]:
    origin, args = get_origin(hint), get_args(hint)
    if hint is Any:
        return {}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _enumeration([member.value for member in hint], field)
    if origin is Literal:
        return _enumeration(list(args), field)
    if origin in (Union, types.UnionType):
        return _union([_schema(one, field) for one in args if one is not type(None)], type(None) in args)
    if origin is list and args:
        return {"type": "array", "items": _schema(args[0], field)}
    if origin is tuple and len(args) > 1 and ... not in args:
        return {"type": "array", "prefixItems": [_schema(one, field) for one in args]}
    if origin is dict and len(args) == 2:
        return {"type": "object", "additionalProperties": _schema(args[1], field)}
    if hint in _BASIC:
        return {"type": _BASIC[hint]}
    if origin in (list, tuple, dict) and not args:
        return {"type": _BASIC[origin]}
    rule = "int, float, str, bool, Literal, an Enum, and list, tuple, dict and unions of these"
    raise ValueError(f"{field}: got the type {hint}, allowed {rule}")


def _enumeration(values: list[Any], field: str) -> dict[str, Any]:
    if not values or any(type(value) not in _SCALARS for value in values):
        raise ValueError(f"{field}: got {values!r:.80}, allowed one or more of int, float, str, bool and None")
    kinds = list(dict.fromkeys(_BASIC[type(value)] for value in values))
    return {"type": kinds[0] if len(kinds) == 1 else kinds, "enum": values}


def _union(schemas: list[dict[str, Any]], is_optional: bool) -> dict[str, Any]:
    if len(schemas) == 1:
        [schema] = schemas
    elif all(schema.keys() == {"type"} and isinstance(schema["type"], str) for schema in schemas):
        kinds = sorted({schema["type"] for schema in schemas})
        schema = {"type": kinds[0] if len(kinds) == 1 else kinds}
    else:
        schema = {"anyOf": schemas}
    return schema | ({"nullable": True} if is_optional else {})
