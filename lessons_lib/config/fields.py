"""What a field of `ModelConfig` says of itself: its kind, what it may be, and which other programs obey it.

Whoever treats fields differently asks them: the rules, the compiled decode step, the GGUF export, lesson 10. Nobody
keeps a list of names. So a new switch is two edits: the field, and the layer that obeys it.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

MAX_SIZE = 1 << 24  # no published width, vocabulary or context comes near it; a hostile file can
MAX_LAYERS = 1024
MAX_EXPERTS = 4096

Kind = Literal["size", "number", "switch", "layers", "order", "token"]
Obeyed = Literal["compiled"]


class Rule(NamedTuple):
    """What a value may be, in words and as a test."""

    words: str
    allows: Callable[[Any], bool]
    choices: tuple[Any, ...] = ()
    """All values that are allowed, where they can be counted."""


def about(kind: Kind, rule: Rule, *obeyed_by: Obeyed) -> dict[str, Any]:
    """The metadata of a field.

    Args:
        kind: "size" for how much there is of a part; "number" for a constant of a formula that every model has;
            "switch" for which part there is, or whether it is there, a factor with 1 for none included; "layers" for
            which layers have a part; "order" for how the same is stored; "token" for token ids.
        rule: what a value may be, whatever the other fields say. What they may be together is in `rules.complete`.
        obeyed_by: "compiled" if the compiled decode step obeys the field, but for the few values that `compiled.fit`
            names. Where the name is missing, it refuses any value but the default.

    Returns:
        `kind`, `rule`, and true or false for `compiled`.

    Example:
        >>> about("switch", FLAG)["compiled"]
        False
    """
    return {"kind": kind, "rule": rule, "compiled": "compiled" in obeyed_by}


def refuse_silent_fields(config: type) -> None:
    """Raise TypeError for a config class with a field that says nothing of itself."""
    for field in dataclasses.fields(config):
        if "rule" not in field.metadata:
            allowed = 'dataclasses.field(default=..., metadata=about("switch", FLAG)), see config/fields.py'
            raise TypeError(
                f"{config.__name__}.{field.name}: got a field that does not say what it is, allowed {allowed}"
            )


def checked(field: dataclasses.Field, value: Any) -> Any:
    """The value of a field, if its rule allows it; a number of numpy's or torch's as one of Python's.

    Raises:
        ValueError: naming the field, the value and the rule.
    """
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    require(field.metadata["rule"].allows(value), field.name, value, field.metadata["rule"].words)
    return value


def require(ok: bool, field: str, got: Any, rule: str) -> None:
    """Raise ValueError with the field, the value and the rule unless `ok`."""
    if not ok:
        raise ValueError(f"ModelConfig.{field}: got {got!r:.80}, allowed {rule}")


def is_whole(value: Any) -> bool:
    """Whether this is a whole number; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def whole(least: int, most: int) -> Rule:
    """A whole number from `least` to `most`."""
    return Rule(f"a whole number from {least} to {most}", lambda value: is_whole(value) and least <= value <= most)


def one_of(*choices: str | None) -> Rule:
    """One of some names, or None if that is among them."""
    names = ", ".join("None" if choice is None else f'"{choice}"' for choice in choices)
    return Rule(f"one of {names}", lambda value: value in choices, choices)


def each_of(*choices: Any) -> Rule:
    """A list of such values."""
    return Rule(
        f"a list of values, each one of: {', '.join(map(str, choices))}",
        lambda values: isinstance(values, list | tuple) and all(value in choices for value in values),
    )


def optional(rule: Rule) -> Rule:
    """None, or what another rule allows."""
    choices = (None, *rule.choices) if rule.choices else ()
    return Rule(f"None or {rule.words}", lambda value: value is None or rule.allows(value), choices)


def _is_positive(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 < value < (1 << 63 if isinstance(value, int) else math.inf)


SIZE = whole(1, MAX_SIZE)
POSITIVE = Rule("a finite number above 0", _is_positive)
NOT_NEGATIVE = Rule("0 or a finite number above 0", lambda value: value == 0 or _is_positive(value))
FLAG = Rule("true or false", lambda value: isinstance(value, bool), (False, True))
LAYERS = Rule("a list of whole numbers", lambda value: isinstance(value, list | tuple) and all(map(is_whole, value)))
SHARES = Rule(
    "a list of numbers from 0 to below 1",
    lambda value: isinstance(value, list | tuple) and all(NOT_NEGATIVE.allows(each) and each < 1 for each in value),
)
OBJECT = Rule("an object", lambda value: isinstance(value, dict))
TOKEN = whole(0, MAX_SIZE)
TOKENS = Rule(
    "a token id or a list of them",
    lambda value: is_whole(value) or (isinstance(value, list | tuple) and all(map(is_whole, value))),
)
BOUNDS = Rule(
    "a smallest number from 0 on, and a largest one above it or None",
    lambda value: (
        isinstance(value, list | tuple)
        and len(value) == 2
        and NOT_NEGATIVE.allows(value[0])
        and (value[1] is None or (_is_positive(value[1]) and value[0] < value[1]))
    ),
)
