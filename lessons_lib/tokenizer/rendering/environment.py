"""Jinja's sandbox as chat templates expect it, with every word of the template marked as its own.

The sandbox keeps a template from Python's inner parts; it does not stop endless loops or giant strings. The limits of
the child process do, see `child`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache, reduce
from typing import Any, ClassVar

from jinja2 import Template, TemplateError, nodes, pass_context, pass_environment
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.filters import make_attrgetter
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace
from jinja2.visitor import NodeTransformer

from .traced import OWN, SOMEBODY, Traced, sign_of, signs_of

_OWN_WORDS = "own words"  # the name of a filter; with a blank, so that no template can write it
_REASONING = ("reasoning_content", "thinking", "reasoning")  # names under which a message's reasoning is passed


def render(source: str, context: dict[str, Any], own: Mapping[str, str]) -> tuple[str, list[tuple[int, int]]]:
    """Render a template.

    Args:
        source: the template.
        context: what it may name and others say; `messages` among it, each with a role, which is a plain name.
        own: what it may name and counts as its own words, such as `bos_token`.

    Returns:
        The text, and the lengths of its stretches, each with the number of its sign, see `traced`.

    Raises:
        ValueError: the template is malformed, refuses the messages, or fails.
    """
    variables = {name: Traced(text, OWN * len(text)) for name, text in own.items()}
    variables |= {name: _said(value, SOMEBODY) for name, value in context.items()}
    variables["messages"] = [_message(n, message) for n, message in enumerate(context["messages"])]
    try:
        text = _compiled(source).render(variables)
    except Exception as error:  # a template can fail in any way that Python can
        reason = str(error) or type(error).__name__
        raise ValueError(f"chat template: {reason}") from error
    runs = [(len(run[0]), ord(run[1])) for run in re.finditer(r"(.)\1*", signs_of(text), re.DOTALL)]
    return str.__str__(text), runs


@lru_cache(maxsize=8)
def _compiled(source: str) -> Template:
    environment = _Environment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _Generation]
    )
    environment.filters |= {_OWN_WORDS: _own_words, "tojson": _to_json, "join": _join, "replace": _replace, "safe": str}
    environment.globals |= {
        "raise_exception": _raise,
        "strftime_now": lambda format: datetime.now().strftime(format),
        "dict": _Dict(),
        "namespace": _Namespace,
    }
    tree = _Marks().visit(environment.parse(source))
    tree.set_environment(environment)
    return environment.from_string(tree)


def _said(value: Any, sign: str) -> Any:
    if isinstance(value, str):
        return Traced(value, sign * len(value))
    if isinstance(value, list):
        return [_said(item, sign) for item in value]
    if isinstance(value, dict):
        return {name: _said(item, sign) for name, item in value.items()}
    return value


def _message(n: int, message: dict[str, Any]) -> dict[str, Any]:
    reasoning = next((message[name] for name in _REASONING if message.get(name) is not None), None)
    if reasoning is not None:
        message = {"thinking": reasoning, **message, "reasoning_content": reasoning}
    role = message["role"]
    return _said(message, sign_of(n)) | {"role": Traced(role, OWN * len(role))}


class _Environment(ImmutableSandboxedEnvironment):
    @staticmethod
    def concat(parts: Iterable[str]) -> Traced:
        return Traced().join(parts)


class _Marks(NodeTransformer):
    """Marks all that a template says itself, and joins text in the one way that keeps the marks."""

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:
        return _own(node.data, node.lineno)

    def visit_Const(self, node: nodes.Const) -> nodes.Node:
        return _own(node.value, node.lineno) if isinstance(node.value, str) else node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        parts = [nodes.Filter(self.visit(part), "string", [], [], None, None) for part in node.nodes]
        return reduce(nodes.Add, parts).set_lineno(node.lineno, override=False)


def _own(text: str, lineno: int) -> nodes.Node:
    return nodes.Filter(nodes.Const(text), _OWN_WORDS, [], [], None, None).set_lineno(lineno)


@pass_context  # so that Jinja does not work it out beforehand and lose the mark
def _own_words(context: Any, text: str) -> Traced:
    return Traced(text, OWN * len(text))


class _Generation(Extension):
    """`{% generation %}` ... `{% endgeneration %}` marks what a model is trained on. Here it changes nothing."""

    tags: ClassVar = {"generation"}

    def parse(self, parser: Any) -> nodes.Node:
        lineno = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_same"), [], [], body).set_lineno(lineno)

    @staticmethod
    def _same(caller: Any) -> str:
        return caller()


class _Dict:
    """`dict` without the inner parts of Python's class."""

    def __call__(self, *args: Any, **kwargs: Any) -> dict:
        return dict(*args, **kwargs)

    def fromkeys(self, *args: Any) -> dict:
        return dict.fromkeys(*args)


class _Namespace(Namespace):
    """`namespace` without names that Python keeps for itself."""

    def __init__(*args: Any, **kwargs: Any) -> None:  # as Jinja's, so that self can be a name too
        self, args = args[0], args[1:]
        values = dict(*args, **kwargs)
        for name in values:
            _check_name(name)
        Namespace.__init__(self, values)

    def __setitem__(self, name: str, value: Any) -> None:
        _check_name(name)
        super().__setitem__(name, value)


def _check_name(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"namespace: got {name!r}, allowed names without an underscore in front")


def _raise(message: str) -> None:
    raise TemplateError(message)


def _to_json(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | str | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    # Jinja's own filter escapes for HTML, which a prompt is not.
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


@pass_environment
def _join(environment: Any, value: Iterable[Any], d: str = "", attribute: str | None = None) -> Traced:
    if attribute is not None:
        value = map(make_attrgetter(environment, attribute), value)
    return Traced(str(d)).join(map(str, value))


def _replace(value: Any, old: str, new: str, count: int | None = None) -> Traced:
    return Traced(str(value)).replace(str(old), str(new), -1 if count is None else count)
