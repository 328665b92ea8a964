"""Chat templates: how a model wants messages laid out as one text.

A template is a small program that comes with a model, so it runs in a sandbox, and whatever it says is traced: what it
says itself, and what it was given to say, are told apart character by character. It may cut and trim messages as it
likes, as those of thinking models do, and no message can pass for a word of the template's own.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from lessons_lib.tokenizer import rendering
from lessons_lib.tokenizer.rendering.child import CPU_SECONDS, MEMORY_BYTES
from lessons_lib.tokenizer.rendering.traced import OWN, SOMEBODY, number_of, sign_of
from lessons_lib.tokenizer.tool_schema import tool_schema

MOST_BYTES = 64 * 1024
_CLOCK_SECONDS = 10  # for the whole child; it also limits its own processor time
_ROLE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
ASSISTANTS = ("assistant", "model")  # a template may leave out what these thought, which may be all they said

Tool = Mapping[str, Any] | Callable[..., Any]

# Templates read and found harmless: they are rendered without a child process, which takes a fifth of a second.
_VOUCHED_FOR = {
    "872be49dbb638044ad01b60388f48d469ff2980e5f0dccdc22ec907db54d0788",  # SmolLM2-Instruct
    "5bc385b526cd5425e832630fdc887a72bed4ee3b46b2a72535690abc5938b15f",  # Mistral 7B Instruct
    "ead6f66c7218a565b2ac9b75c0a1f59d3ada57be443d6bef029ed8a8b5c860dd",  # Llama 3
    "21c96f025e78fa6f5a80896b88654735676f286f4e0927202d22333235d1bcd7",  # Llama 4
    "d8adb1d5cdb2440e378cf2d70f158e843f9d0c924fbc1ae39fb4b5c244216b4d",  # Qwen2.5
    "ec3057e561424ddda47cbf7e2b8a1120102a06ac9ca4ba6d49ab545f2391b279",  # Qwen3
}


@dataclass(frozen=True)
class Part:
    """A stretch of a laid-out conversation: the template's own text, or what it was given to say.

    Attributes:
        text: what stands there.
        is_content: whether it was given to say.
        message: the number of the message that it comes from; None of the template's own, and where nobody knows.
    """

    text: str
    is_content: bool
    message: int | None = None


class ChatTemplate:
    """A Jinja template as models ship it.

    Args:
        source: the template, at most 64 KB.
        tool_use: another one for conversations with tools, where a model has two.

    Raises:
        ValueError: one is too long or not Unicode text.

    Example:
        >>> template = ChatTemplate("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}")
        >>> [part.text for part in template.lay_out([{"role": "user", "content": "Hello"}], False, {})]
        ['<user>', 'Hello']
    """

    def __init__(self, source: str, tool_use: str | None = None) -> None:
        for text in (source, tool_use or ""):
            size = len(text.encode("utf-8"))
            if size > MOST_BYTES:
                raise ValueError(f"chat template: got {size} bytes, allowed at most {MOST_BYTES}")
        self.source, self.tool_use = source, tool_use

    def lay_out(
        self,
        messages: Iterable[Mapping[str, Any]],
        add_generation_prompt: bool,
        own: Mapping[str, str],
        *,
        continue_final_message: bool = False,
        tools: Iterable[Tool] | None = None,
        documents: Iterable[Mapping[str, Any]] | None = None,
        variables: Mapping[str, Any] | None = None,
    ) -> list[Part]:
        """Render the template, keeping apart what it says and what it was given to say.

        Args:
            messages: one a turn: a role and a content, and what else the template knows, such as `tool_calls`.
            add_generation_prompt: passed to the template.
            own: names it may use for special tokens, such as `eos_token`; these count as its own text.
            continue_final_message: whether to end where the last message ends, so that the model goes on with it.
            tools: functions, or schemas of functions, that the model may call.
            documents: what the model may refer to.
            variables: what else the template asks for, such as `enable_thinking`.

        Returns:
            Parts whose texts, joined, are what the template makes of the messages.

        Raises:
            ValueError: an argument is malformed, or the template fails, refuses the messages or leaves one out.
            ImportError: the sandbox's release is one that leaks.
        """
        messages = [_message(f"messages[{i}]", message) for i, message in enumerate(messages)]
        tools, documents = listed("tools", tools), listed("documents", documents)
        if tools is not None:
            tools = [_plain(f"tools[{i}]", tool_schema(tool, f"tools[{i}]")) for i, tool in enumerate(tools)]
        if documents is not None:
            documents = [_plain(f"documents[{i}]", one, Mapping) for i, one in enumerate(documents)]
        mark = f"CONTINUE{secrets.token_hex(9)} "
        if continue_final_message:
            if add_generation_prompt:
                raise ValueError("continue_final_message: got True beside add_generation_prompt, allowed one of them")
            messages, last = _marked(messages, mark)
        context = {name: _plain(name, value) for name, value in (variables or {}).items()}
        own = {name: text for name, text in own.items() if name not in context}
        context |= {"messages": messages, "add_generation_prompt": bool(add_generation_prompt)}
        context |= {"tools": tools, "documents": documents}
        source = self.tool_use if tools is not None and self.tool_use is not None else self.source
        text, runs = _render(source, context, own)
        _check_shown(messages, {chr(sign) for _, sign in runs})
        return list(_parts(text, runs, _end(text, mark, last) if continue_final_message else len(text)))


def listed(field: str, given: Iterable[Any] | None) -> list[Any] | None:
    """Give several things as a list, so that they can be read twice; None stays None.

    Raises:
        ValueError: it is one thing and not several.
    """
    if given is None:
        return None
    if isinstance(given, Mapping | str) or not isinstance(given, Iterable):
        raise ValueError(f"{field}: got one {type(given).__name__}, allowed a list")
    return list(given)


def said(*given: Any) -> str:
    """Join all that messages, tools and other arguments say."""
    texts, todo = [], list(given)
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, Mapping):
            todo += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple):
            todo += value
        elif callable(value):
            todo.append(tool_schema(value))
    return "\0".join(texts)


def _message(field: str, message: object) -> dict[str, Any]:
    if not isinstance(message, Mapping) or "role" not in message:
        raise ValueError(f"{field}: got {message!r:.80}, allowed a role and a content")
    message = _plain(field, message, Mapping)
    role, content = message["role"], message.get("content")
    if not isinstance(role, str) or not _ROLE.fullmatch(role):
        raise ValueError(f"{field}.role: got {role!r:.80}, allowed a plain name such as user")
    if "content" not in message and not message.get("tool_calls"):
        raise ValueError(f"{field}: got {message!r:.80}, allowed a role and a content")
    is_parts = isinstance(content, list) and all(isinstance(part, dict) and "type" in part for part in content)
    if not isinstance(content, str) and not is_parts and not (content is None and message.get("tool_calls")):
        raise ValueError(f"{field}.content: got {type(content).__name__}, allowed str or a list of typed parts")
    return message


def _plain(field: str, value: Any, kind: type = object) -> Any:
    """Give a copy of what is JSON: nothing else reaches a template, and nothing is read twice."""
    if not isinstance(value, kind):
        raise ValueError(f"{field}: got {type(value).__name__}, allowed an object with named values")
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {_name(field, name): _plain(f"{field}.{name}", item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(f"{field}[{i}]", item) for i, item in enumerate(value)]
    raise ValueError(f"{field}: got {type(value).__name__}, allowed text, numbers, lists and objects")


def _name(field: str, name: object) -> str:
    if not isinstance(name, str):
        raise ValueError(f"{field}: got the name {name!r:.80}, allowed text")
    return name


def _marked(messages: list[dict[str, Any]], mark: str) -> tuple[list[dict[str, Any]], str]:
    # The messages with a mark behind the last one, so that its end is found again; and the text of that one.
    content = messages[-1].get("content") if messages else None
    parts = content if isinstance(content, list) else [{"text": content}]
    place = max((i for i, part in enumerate(parts) if isinstance(part.get("text"), str)), default=None)
    if place is None:
        raise ValueError("continue_final_message: got no text in the last message, allowed one to go on with")
    text = parts[place]["text"]
    marked = [*parts[:place], parts[place] | {"text": text + mark}, *parts[place + 1 :]]
    last = messages[-1] | {"content": marked if isinstance(content, list) else text + mark}
    return [*messages[:-1], last], text


def _end(text: str, mark: str, last: str) -> int:
    place = text.rfind(mark.strip())
    if text.count(mark.strip()) != 1 or last.strip() not in text:
        rule = "one that the chat template shows once and as it is"
        raise ValueError(f"continue_final_message: got another last message, allowed {rule}")
    # Where the template trims a message, what it goes on with is the trimmed one.
    return place if text.startswith(mark, place) else len(text[:place].rstrip())


def _render(source: str, context: dict[str, Any], own: Mapping[str, str]) -> tuple[str, list[tuple[int, int]]]:
    _check_release()
    if hashlib.sha256(source.encode("utf-8")).hexdigest() in _VOUCHED_FOR:
        from lessons_lib.tokenizer.rendering.environment import render

        return render(source, context, own)
    job = json.dumps({"source": source, "context": context, "own": own})
    # The child knows where modules lie, and nothing else of this process: no environment, no settings of a user.
    program = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from rendering.child import main; main()"
    folders = json.dumps([*filter(None, sys.path), str(Path(rendering.__file__).parents[1])])
    needed = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}  # of Windows, to start at all
    child = [sys.executable, "-I", "-c", program, folders]
    try:
        done = subprocess.run(
            child, input=job.encode(), capture_output=True, timeout=_CLOCK_SECONDS, check=False, env=needed
        )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):  # the child was stopped, or stopped itself
        limits = f"{CPU_SECONDS} s and {MEMORY_BYTES >> 20} MB"
        raise ValueError(f"chat template: got no answer, allowed {limits}") from None
    if "error" in answer:
        raise ValueError(answer["error"])
    return answer["text"], answer["runs"]


def _check_release() -> None:
    found = version("jinja2")
    if tuple(map(int, re.findall(r"\d+", found)[:3])) < (3, 1, 6):
        raise ImportError(
            f"jinja2: got {found}, allowed 3.1.6 or later, for older ones let a template out of its sandbox; "
            'python -m pip install -U "jinja2>=3.1.6"'
        )


def _check_shown(messages: list[dict[str, Any]], signs: set[str]) -> None:
    if SOMEBODY in signs:  # it may be what was not followed
        return
    for i, message in enumerate(messages):
        content = message.get("content")
        texts = [content] if isinstance(content, str) else [part.get("text") or "" for part in content or ()]
        if message["role"] not in ASSISTANTS and "".join(texts).strip() and sign_of(i) not in signs:
            raise ValueError(f"messages[{i}]: left out by the chat template; role {message['role']}")


def _parts(text: str, runs: Iterable[tuple[int, int]], end: int) -> Iterator[Part]:
    # Stretches of the template's own text, and of each of the others'.
    place = 0
    for length, sign in runs:
        if said := text[place : min(place + length, end)]:
            yield Part(said, chr(sign) != OWN, number_of(chr(sign)))
        place += length
