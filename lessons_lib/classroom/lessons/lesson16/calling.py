"""SmolLM2 with the tool `multiply`, as lesson 16 shows it: two shots, and what it may write."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from lessons_lib.classroom.lessons.lesson15.ways import continued

if TYPE_CHECKING:
    from lessons_lib import Tokenizer, Transformer
    from lessons_lib.apps.tools import Toolbox

SHOWN = ((3, 14), (25, 12))  # products that the shots ask for
MOST = 48  # new tokens of a call


def shots() -> list[dict[str, str]]:
    """A conversation in which `multiply` is called for each product."""
    found = []
    for a, b in SHOWN:
        call = {"tool": "multiply", "arguments": {"a": a, "b": b}}
        found += [
            {"role": "user", "content": f"What is {a} times {b}?"},
            {"role": "assistant", "content": json.dumps(call)},
            {"role": "user", "content": f"Result: {a * b}"},
            {"role": "assistant", "content": json.dumps({"answer": str(a * b)})},
        ]
    return found


def writer(model: Transformer, tokenizer: Tokenizer, toolbox: Toolbox) -> Callable[[list[dict[str, str]]], str]:
    """What `use_tools` asks for the next words: the model behind the shots, held to calls and answers.

    Its template knows no turn of a tool, so results are given as the user's.
    """
    from lessons_lib.generation.constraint import json_schema

    constraint = json_schema(toolbox.schema)

    def write(messages: list[dict[str, str]]) -> str:
        said = [
            {"role": "user", "content": f"Result: {each['content']}"} if each["role"] == "tool" else each
            for each in messages
        ]
        return continued(model, tokenizer, [tokenizer.encode_chat(shots() + said)], MOST, constraint)[0]

    return write
