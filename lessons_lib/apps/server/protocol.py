"""The protocol, one way: from the body that a client sends to what is asked of the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lessons_lib.apps.server.fields import Fields
from lessons_lib.apps.server.refusal import Refusal
from lessons_lib.apps.server.tools import read_tools, said_of
from lessons_lib.generation import Request, Sampler
from lessons_lib.generation.constraint import Constraint
from lessons_lib.tokenizer import Tokenizer

MOST_TEXTS = 16  # that one request may ask for
MOST_STOPS, LONGEST_STOP = 4, 500  # stop strings of a request, and characters of one
_ROLES = ("system", "developer", "user", "assistant", "tool")
_HARMLESS = ("user", "metadata", "safety_identifier", "prompt_cache_key", "parallel_tool_calls")
_ANY_TOKENS = 2**31  # more than any room: a text ends where the room does

Schema = Callable[[Any], Constraint]
"""Makes a constraint of a JSON schema; it may remember those that it has made."""


@dataclass
class Asked:
    """What a body asks for.

    Attributes:
        model: its name, as it was asked for.
        requests: the texts that are wanted, in the order of the answer's choices.
        stream: whether they are wanted as they are made.
        usage: whether the last piece of a stream says how many tokens there were.
        calls: whether a text may be a call of a tool.
    """

    model: str
    requests: list[Request]
    stream: bool = False
    usage: bool = False
    calls: bool = False


def read_chat(body: dict[str, Any], tokenizer: Tokenizer, schema: Schema) -> Asked:
    """What `/v1/chat/completions` is asked.

    Raises:
        Refusal, ValueError: naming the field, the value and the rule; see `Refusal.of`.

    Source: https://platform.openai.com/docs/api-reference/chat/create.
    """
    fields = Fields(body)
    model = fields.text("model")
    messages = [_message(Fields(each, f"messages[{n}]")) for n, each in enumerate(fields.several("messages"))]
    constraint = _format(fields, schema)
    if tools := read_tools(fields, schema):
        if constraint is not None:
            raise Refusal("response_format: got one beside tools, allowed one of them", param="response_format")
        messages, constraint = tools.told(messages), tools.constraint
    prompt = tokenizer.encode_chat(messages)
    top = fields.whole("top_logprobs", 0, 0, 20)
    wants = _Wants(fields, top if fields.flag("logprobs") else None, constraint)
    return wants.asked(model, [prompt], fields, bool(tools))


def read_completion(body: dict[str, Any], tokenizer: Tokenizer, schema: Schema) -> Asked:
    """What `/v1/completions` is asked: to go on with texts, or token ids, as they are.

    Raises:
        Refusal, ValueError: as above.

    Source: https://platform.openai.com/docs/api-reference/completions/create.
    """
    fields = Fields(body)
    model, prompts = fields.text("model"), _prompts(fields)
    token_ids = [_ids(each, tokenizer, f"prompt[{n}]") for n, each in enumerate(prompts)]
    wants = _Wants(fields, fields.whole("logprobs", None, 0, 5), _format(fields, schema))
    wants.most = 16 if wants.most is None else wants.most  # OpenAI's default
    fields.refuse("false", echo=False)
    fields.refuse("none", suffix="")
    return wants.asked(model, token_ids, fields, False)


@dataclass
class _Wants:
    """The settings that both paths have."""

    fields: Fields
    top_logprobs: int | None
    constraint: Constraint | None
    most: int | None = field(init=False)

    def __post_init__(self) -> None:
        fields = self.fields
        most, older = (fields.whole(name, None, 1) for name in ("max_completion_tokens", "max_tokens"))
        self.most = older if most is None else most
        self.count = fields.whole("n", 1, 1, MOST_TEXTS)
        fields.refuse("as many as n", best_of=self.count)
        self.seed = fields.whole("seed", None, -(2**63), 2**63 - 1)
        self.sampling = {
            "temperature": fields.real("temperature", 1.0, 0, 2),
            "top_p": fields.real("top_p", 1.0, 0, 1),
            "top_k": fields.whole("top_k", None, 1),
            "min_p": fields.real("min_p", 0.0, 0, 1),
            "repetition_penalty": fields.real("repetition_penalty", 1.0, 0.01, 100),
        }
        self.stop = _stops(fields)
        self.ends = [] if fields.flag("ignore_eos") else None

    def asked(self, model: str, prompts: list[list[int]], fields: Fields, calls: bool) -> Asked:
        if len(prompts) * self.count > MOST_TEXTS:
            got = f"{len(prompts)} prompts and {self.count} of each"
            raise Refusal(f"n: got {got}, allowed {MOST_TEXTS} texts", param="n")
        stream = fields.flag("stream")
        options = fields.take("stream_options")
        if options is not None and not stream:
            raise fields.wrong("stream_options", options, "none without stream")
        usage = options is not None and _usage(Fields(options, "stream_options"))
        fields.refuse("0, which this server keeps to", frequency_penalty=0, presence_penalty=0)
        fields.refuse("none", logit_bias={}, functions=[], modalities=["text"], store=False)
        fields.refuse("auto", service_tier="auto")
        fields.ignore(*_HARMLESS)
        fields.end()
        requests = [self._request(prompt, n) for prompt in prompts for n in range(self.count)]
        return Asked(model, requests, stream, usage, calls)

    def _request(self, prompt: list[int], number: int) -> Request:
        seed = None if self.seed is None else (self.seed + number + 2**63) % 2**64 - 2**63
        sampler = Sampler(**self.sampling, seed=seed)
        most = _ANY_TOKENS if self.most is None else min(self.most, _ANY_TOKENS)
        return Request(prompt, most, sampler, self.ends, self.stop, self.top_logprobs, self.constraint)


def _usage(options: Fields) -> bool:
    wanted = options.flag("include_usage")
    options.ignore("include_obfuscation")
    options.end()
    return wanted


def _stops(fields: Fields) -> list[str]:
    given = fields.take("stop")
    stops = [given] if isinstance(given, str) else given or []
    right = isinstance(stops, list) and len(stops) <= MOST_STOPS
    if not right or not all(isinstance(stop, str) and 0 < len(stop) <= LONGEST_STOP for stop in stops):
        raise fields.wrong("stop", given, f"up to {MOST_STOPS} texts of 1 to {LONGEST_STOP} characters")
    return stops


def _format(fields: Fields, schema: Schema) -> Constraint | None:
    if (given := fields.take("response_format")) is None:
        return None
    wanted = Fields(given, "response_format")
    kind = wanted.text("type", ["text", "json_object", "json_schema"])
    if kind == "json_schema":
        named = Fields(wanted.take("json_schema"), "response_format.json_schema")
        named.ignore("name", "description", "strict")  # it is kept to in any case
        constraint = schema(named.take("schema"))
        named.end()
    else:
        constraint = schema({"type": "object"}) if kind == "json_object" else None
    wanted.end()
    return constraint


def _message(fields: Fields) -> dict[str, str]:
    role = fields.text("role", _ROLES)
    text = _text(fields)
    if role == "assistant" and (calls := fields.take("tool_calls")) is not None:
        text = "\n".join(filter(None, [text, said_of(calls, f"{fields.place}.tool_calls")]))
    if role == "tool":
        fields.text("tool_call_id")
    fields.ignore("name", "refusal", "annotations")
    fields.end()
    if text is None:
        raise fields.wrong("content", None, "a text")
    return {"role": "system" if role == "developer" else role, "content": text}


def _text(fields: Fields) -> str | None:
    content = fields.take("content")
    if not isinstance(content, list):
        if not isinstance(content, str | None):
            raise fields.wrong("content", content, "a text, or a list of parts of type text")
        return content
    texts = []
    for n, each in enumerate(content):
        part = Fields(each, f"{fields.place}.content[{n}]")
        part.text("type", ["text"])
        texts.append(part.text("text"))
        part.end()
    return "".join(texts)


def _prompts(fields: Fields) -> list[Any]:
    prompt = fields.take("prompt")
    if isinstance(prompt, str) or (isinstance(prompt, list) and prompt and all(type(each) is int for each in prompt)):
        return [prompt]
    if not isinstance(prompt, list) or not 0 < len(prompt) <= MOST_TEXTS:
        raise fields.wrong("prompt", prompt, f"a text, token ids, or a list of 1 to {MOST_TEXTS} of them")
    return prompt


def _ids(prompt: Any, tokenizer: Tokenizer, name: str) -> list[int]:
    if isinstance(prompt, str):
        return tokenizer.encode_prompt(prompt)
    if not isinstance(prompt, list) or not all(type(each) is int for each in prompt):
        raise Refusal(f"{name}: got {type(prompt).__name__}, allowed a text or token ids", param="prompt")
    return prompt
