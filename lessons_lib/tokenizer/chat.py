"""Chat templates: how a model wants messages laid out as one text.

A template is a small program that comes with a model, so it runs in a sandbox. It never decides where a message begins
and ends: it is rendered with random marks in place of the messages, and the marks are then found again.
"""

import hashlib
import json
import re
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lessons_lib.tokenizer import render

MOST_BYTES = 64 * 1024
_CLOCK_SECONDS = 10  # for the whole child; it also limits its own processor time, see render.py
_ROLE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")

# Templates read and found harmless: they are rendered without a child process, which takes a fifth of a second.
_VOUCHED_FOR = {
    "872be49dbb638044ad01b60388f48d469ff2980e5f0dccdc22ec907db54d0788",  # SmolLM2-Instruct
    "5bc385b526cd5425e832630fdc887a72bed4ee3b46b2a72535690abc5938b15f",  # Mistral 7B Instruct
    "ead6f66c7218a565b2ac9b75c0a1f59d3ada57be443d6bef029ed8a8b5c860dd",  # Llama 3
    "4e05cee7d56e22c0aacd1aa2491ad0f9846b5142c5c6d3ad4c46c8deb9dd2d8c",  # Llama 4
    "b723cf32e24ab2a5ec1f5224a086a3128de2a4f5407616d96b14b97455c0c8f3",  # Qwen2.5
    "4f05b98fc0a9dde9a39d4b6e17f3bf427b1eea5b95776755fd5d05cda72a3b35",  # Qwen3
}


@dataclass(frozen=True)
class Part:
    """A stretch of a laid-out conversation: the template's own text, or what a message says."""

    text: str
    is_content: bool


class ChatTemplate:
    """A Jinja template as models ship it.

    Args:
        source: The template, at most 64 KB.

    Raises:
        ValueError: It is too long or not Unicode text.

    Example:
        >>> template = ChatTemplate("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}")
        >>> [part.text for part in template.lay_out([{"role": "user", "content": "Hello"}], False, {})]
        ['<user>', 'Hello', '']
    """

    def __init__(self, source: str) -> None:
        data = source.encode("utf-8")
        if len(data) > MOST_BYTES:
            raise ValueError(f"chat template: got {len(data)} bytes, allowed at most {MOST_BYTES}")
        self.source = source
        self._vouched_for = hashlib.sha256(data).hexdigest() in _VOUCHED_FOR

    def lay_out(
        self, messages: Sequence[Mapping[str, str]], add_generation_prompt: bool, variables: Mapping[str, str]
    ) -> list[Part]:
        """Render the template, keeping apart what it says and what the messages say.

        Args:
            messages: One ``{"role": ..., "content": ...}`` a turn.
            add_generation_prompt: Passed to the template.
            variables: What else it may name, such as ``eos_token``.

        Returns:
            Parts whose texts, joined, are exactly what the template makes of the messages.

        Raises:
            ValueError: A message is malformed, or the template refuses it, leaves it out or rewrites it beyond
                trimming its ends.
        """
        _check(messages)
        contents = [message["content"] for message in messages]
        # An empty content needs no mark, and templates may ask whether there is any.
        marks = [f"mark{secrets.token_hex(16)}" if content else "" for content in contents]
        variants = [
            {
                "messages": [{"role": m["role"], "content": text} for m, text in zip(messages, texts, strict=True)],
                "add_generation_prompt": add_generation_prompt,
                "tools": None,
                "documents": None,
                **variables,
            }
            for texts in (contents, marks)
        ]
        rendered, marked = self._render(variants)
        return _fill(marked, rendered, marks, messages)

    def _render(self, variants: list[dict]) -> list[str]:
        if self._vouched_for:
            return render.render(self.source, variants)
        child = [sys.executable, "-P", str(Path(render.__file__))]
        job = json.dumps({"source": self.source, "variants": variants})
        try:
            done = subprocess.run(child, input=job.encode(), capture_output=True, timeout=_CLOCK_SECONDS, check=False)
            answer = json.loads(done.stdout)
        except (subprocess.TimeoutExpired, json.JSONDecodeError):  # the child was stopped, or stopped itself
            limits = f"{render.CPU_SECONDS} s and {render.MEMORY_BYTES >> 20} MB"
            raise ValueError(f"chat template: got no answer, allowed {limits}") from None
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["texts"]


def _check(messages: Sequence[Mapping[str, str]]) -> None:
    for i, message in enumerate(messages):
        if not isinstance(message, Mapping) or set(message) != {"role", "content"}:
            raise ValueError(f"messages[{i}]: got {message!r:.80}, allowed a role and a content")
        role, content = message["role"], message["content"]
        if not isinstance(role, str) or not _ROLE.fullmatch(role):
            raise ValueError(f"messages[{i}].role: got {role!r:.80}, allowed a plain name such as user")
        if not isinstance(content, str):
            raise ValueError(f"messages[{i}].content: got {type(content).__name__}, allowed str")


def _fill(marked: str, rendered: str, marks: list[str], messages: Sequence[Mapping[str, str]]) -> list[Part]:
    # Put the contents, or the contents trimmed, where the marks stand. The outcome must be what the template made of
    # the real messages: then it treats a message as text and nothing more.
    contents = {mark: message["content"] for mark, message in zip(marks, messages, strict=True) if mark}
    texts = re.split(f"({'|'.join(contents)})", marked) if contents else [marked]  # template, mark, template, ...
    for i, mark in enumerate(marks):
        if mark and mark not in texts:
            raise ValueError(f"messages[{i}]: left out by the chat template, or rewritten; role {messages[i]['role']}")
    parts, position = [], 0
    for i, text in enumerate(texts):
        choices = [text] if i % 2 == 0 else [contents[text], contents[text].strip()]
        following = texts[i + 1] if i % 2 else ""
        chosen = next((choice for choice in choices if rendered.startswith(choice + following, position)), None)
        if chosen is None:
            break
        parts.append(Part(chosen, is_content=bool(i % 2)))
        position += len(chosen)
    if position < len(rendered) or len(parts) < len(texts):
        raise ValueError("chat template: rewrites the messages, so what they say cannot be told from what it adds")
    return parts
