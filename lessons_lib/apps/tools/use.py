"""A model and its tools in turn: it calls, reads what came back, and calls again or answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from lessons_lib import arguments
from lessons_lib.apps.tools.toolbox import Result, Toolbox

Message = dict[str, str]  # its role, "user", "assistant" or "tool", and its content


class Used(NamedTuple):
    """How a question was answered.

    Attributes:
        answer: None where the calls were used up before there was one.
        results: of the calls, in order.
        messages: all that was said, for the next question.
    """

    answer: str | None
    results: tuple[Result, ...]
    messages: list[Message]


def use_tools(question: str, write: Callable[[list[Message]], str], toolbox: Toolbox, most_calls: int = 5) -> Used:
    """Let a model answer a question with tools.

    Args:
        question: what is asked.
        write: gives the model's next words for the messages so far: `{"tool": ..., "arguments": {...}}` is a call,
            `{"answer": ...}` and anything that is no JSON object an answer. A constraint of `toolbox.schema` keeps a
            model to the first two.
        toolbox: what it may call.
        most_calls: whose results the model is shown, 0 or more; refused ones count too.

    Raises:
        ValueError: for a `most_calls` out of range, or a `write` that gives no str.

    Example:
        >>> says = iter(['{"tool": "now", "arguments": {}}', "It is noon."])
        >>> def now() -> str:
        ...     '''The time.'''
        ...     return "12:00"
        >>> use_tools("What time is it?", lambda messages: next(says), Toolbox([now])).answer
        'It is noon.'
    """
    most_calls = arguments.whole("most_calls", most_calls, least=0)
    messages, results = [{"role": "user", "content": question}], []
    while True:
        said = write([*messages])
        if not isinstance(said, str):
            raise ValueError(f"write: gave {arguments.described(said)}, allowed a str")
        messages.append({"role": "assistant", "content": said})
        if (answer := _answer(said)) is not None:
            return Used(answer, tuple(results), messages)
        if len(results) == most_calls:
            return Used(None, tuple(results), messages)
        results.append(toolbox.call_text(said))
        messages.append({"role": "tool", "content": results[-1].text})


def _answer(said: str) -> str | None:
    """The answer in what a model said, or None if that is a call, a good or a bad one."""
    if not said.lstrip().startswith("{"):
        return said
    try:
        found = json.loads(said)
    except (ValueError, RecursionError):
        return None  # the toolbox says what is wrong with it
    return found["answer"] if found.keys() == {"answer"} and isinstance(found["answer"], str) else None
