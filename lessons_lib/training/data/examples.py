"""Rows to tune a model on, in the forms that TRL's trainers read and the Hub's data sets have.

    {"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]}
    {"prompt": "...", "completion": "..."}
    {"prompt": "...", "chosen": "...", "rejected": "..."}

Each field of the last two is a text or a list of messages; without a prompt, what the two lists begin with is the
prompt. Other fields are allowed and not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lessons_lib import arguments
from lessons_lib.tokenizer import Tokenizer
from lessons_lib.tokenizer.spoken import tokens_of

ROLES = ("system", "user", "assistant", "tool")
FIELDS = "messages; prompt and completion; prompt, chosen and rejected; or, with a reward, prompt"
Words = str | list[dict[str, Any]]


class Example(NamedTuple):
    """A question and what is to be learned from its answers.

    Attributes:
        prompt: text or messages; none, where the answers are whole conversations.
        answers: the one to learn, or the chosen and the rejected one; text or messages, as the prompt is; none, where
            the model is to find them.
    """

    prompt: Words
    answers: tuple[Words, ...]

    @property
    def question(self) -> Words:
        """All that stands before the last that the assistant says in the first answer."""
        if isinstance(self.prompt, str):
            return self.prompt
        whole = [*self.prompt, *self.answers[0]]
        return whole[: max(n for n, message in enumerate(whole) if message["role"] == "assistant")]

    @property
    def answer(self) -> str:
        """The last that the assistant says in the first answer."""
        if isinstance(self.prompt, str):
            return self.answers[0]
        return [message["content"] for message in self.answers[0] if message["role"] == "assistant"][-1]


def kind_of(name: str, row: Mapping[str, Any]) -> str:
    """What a row is for: "sft", to learn an answer, or "preference", to prefer one of two.

    Raises:
        ValueError: if it has the fields of neither.
    """
    if {"chosen", "rejected"} <= row.keys():
        return "preference"
    if "messages" in row or {"prompt", "completion"} <= row.keys():
        return "sft"
    raise ValueError(f"{name}: got the fields {arguments.described(sorted(row))}, allowed {FIELDS}")


def example_of(name: str, row: Mapping[str, Any], kind: str) -> Example:
    """Read a row.

    Args:
        name: of the row, for errors.
        row: its fields.
        kind: what it must be for.

    Raises:
        ValueError: naming the field, what it holds and the rule.
    """
    if (found := kind_of(name, row)) != kind:
        raise ValueError(f"{name}: got the fields of a row for {found}, allowed those for {kind}, as the job is")
    if kind == "preference":
        return _compared(name, row)
    if "messages" in row:
        messages = _messages(f"{name}, messages", row["messages"])
        if not any(message["role"] == "assistant" for message in messages):
            raise ValueError(f"{name}, messages: got none of the assistant, allowed at least one")
        example = Example([], (messages,))
        if not example.question:
            raise ValueError(f"{name}, messages: got nothing before the assistant's last, allowed a question")
        return example
    prompt = _prompt(f"{name}, prompt", row["prompt"])
    return Example(prompt, (_answer(f"{name}, completion", row["completion"], prompt),))


def question_of(name: str, row: Mapping[str, Any]) -> Example:
    """The question of a row whose other fields are nobody's concern here.

    Raises:
        ValueError: if there is none, or it is neither text nor messages.
    """
    return Example(_prompt(f"{name}, prompt", row.get("prompt")), ())


def prompt_ids(name: str, prompt: Words, tokenizer: Tokenizer) -> list[int]:
    """The ids of a question, up to where its answer begins; `name` is for errors.

    Raises:
        ValueError: if it is refused by the tokenizer or its template.
    """
    try:
        return tokenizer.encode_prompt(prompt) if isinstance(prompt, str) else tokenizer.encode_chat(prompt)
    except ValueError as error:
        raise ValueError(f"{name}, prompt: {error}") from None


def asked_by_template(example: Example) -> Example:
    """A question and answers in text as a conversation: the user asks, the assistant answers."""
    if not isinstance(example.prompt, str):
        return example
    answers = tuple([{"role": "assistant", "content": answer}] for answer in example.answers)
    return Example([{"role": "user", "content": example.prompt}], answers)


def tokens(name: str, prompt: Words, answer: Words, tokenizer: Tokenizer) -> tuple[list[int], list[bool]]:
    """The ids of a question with its answer, and for each whether it is to be learned.

    Text is encoded as one, with the token that begins a text in front and the one that ends it behind; messages are
    laid out by the model's chat template.

    Args:
        name: for errors.
        prompt, answer: of an `Example`; both text or both messages.
        tokenizer: of the model.

    Raises:
        ValueError: if text or messages are refused by the tokenizer or its template.
    """
    try:
        if isinstance(prompt, str):
            ids, mask = tokens_of([(prompt, False), (answer, True)], tokenizer.encode)
            begin, end = tokenizer.encode_prompt(""), tokenizer.eos_token_ids[:1]
            return [*begin, *ids, *end], [False] * len(begin) + mask + [True] * len(end)
        whole = [*prompt, *answer]
        return tokenizer.encode_chat(whole, add_generation_prompt=False, return_mask=True, learned_from=len(prompt))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _compared(name: str, row: Mapping[str, Any]) -> Example:
    chosen, rejected = row["chosen"], row["rejected"]
    if chosen == rejected:
        raise ValueError(f"{name}, rejected: got what chosen is too, allowed another answer")
    if "prompt" in row:
        prompt = _prompt(f"{name}, prompt", row["prompt"])
    else:
        chosen, rejected = (_messages(f"{name}, {field}", row[field]) for field in ("chosen", "rejected"))
        same = next(
            (n for n, (one, other) in enumerate(zip(chosen, rejected, strict=False)) if one != other),
            min(len(chosen), len(rejected)),
        )
        prompt, chosen, rejected = chosen[:same], chosen[same:], rejected[same:]
        if not prompt:
            raise ValueError(f"{name}, chosen and rejected: got two questions, allowed two answers to one")
    return Example(prompt, (_answer(f"{name}, chosen", chosen, prompt), _answer(f"{name}, rejected", rejected, prompt)))


def _prompt(name: str, value: Any) -> Words:
    if not isinstance(value, str):
        return _messages(name, value, "text or a list of messages")
    if not value.strip():
        raise ValueError(f"{name}: got {arguments.described(value)}, allowed words")
    return value


def _answer(name: str, value: Any, prompt: Words) -> Words:
    if isinstance(prompt, str):
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{name}: got {arguments.described(value)}, allowed words, as the prompt is text")
        return value
    messages = _messages(name, value)
    if {messages[0]["role"], messages[-1]["role"]} != {"assistant"}:
        roles = ", ".join(message["role"] for message in messages[:8])
        raise ValueError(f"{name}: got messages of {roles}, allowed some that begin and end with the assistant's")
    return messages


def _messages(name: str, value: Any, rule: str = "a list of messages") -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{name}: got {arguments.described(value)}, allowed {rule}")
    for n, message in enumerate(value):
        if not isinstance(message, dict) or not {"role", "content"} <= message.keys():
            raise ValueError(f"{name}[{n}]: got {arguments.described(message)}, allowed a role and a content")
        role, content = message["role"], message["content"]
        if role not in ROLES:
            raise ValueError(f"{name}[{n}].role: got {arguments.described(role)}, allowed {', '.join(ROLES)}")
        if not isinstance(content, str):
            raise ValueError(f"{name}[{n}].content: got {arguments.described(content)}, allowed text")
        if role == "assistant" and not content.strip():
            raise ValueError(f"{name}[{n}].content: got {arguments.described(content)}, allowed an answer in words")
    return value
