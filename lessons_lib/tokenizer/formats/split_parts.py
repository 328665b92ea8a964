"""How `tokenizer.json` writes a split: as pre-tokenizers, one after another."""

import re
from typing import Any

from lessons_lib.tokenizer.encoding.split import LAYERED, SPLITS, check_split

_GPT2 = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
_TO_BYTES = _GPT2 | {"use_regex": False}
_DIGITS = {"type": "Digits", "individual_digits": True}


def pre_tokenizer(split: str) -> dict[str, Any]:
    """Give the part of the file that stands for a split: a key of `SPLITS` or `LAYERED`, or a pattern."""
    if split == "gpt2":
        return _GPT2
    if split == "smollm2":
        parts = [_DIGITS, _GPT2]
    else:
        patterns = LAYERED.get(split) or SPLITS.get(split) or (split,)
        parts = [_DIGITS if pattern == r"\p{N}" else _isolated(pattern) for pattern in patterns]
        parts.append(_TO_BYTES)
    return {"type": "Sequence", "pretokenizers": parts}


def split_of(part: dict[str, Any]) -> str:
    """Find the split that a pre-tokenizer stands for.

    Raises:
        TypeError, KeyError, ValueError: it stands for none that is known, nor for a pattern that is safe to use.
    """
    steps = _signatures(part)
    if steps in _NAMES:
        return _NAMES[steps]
    (kind, pattern, *how), last = steps
    if kind != "Split" or how != ["Isolated", False] or last != _signature(_TO_BYTES):
        raise KeyError(steps)
    if re.search(r"\{[\d,]+\}\+", pattern):
        # A repeated group to whoever wrote the file, a possessive one where known splits are worded so.
        raise KeyError(pattern)
    return check_split(pattern)


def _isolated(pattern: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def _signatures(part: dict[str, Any]) -> tuple[tuple[Any, ...], ...]:
    # The settings of a pre-tokenizer that change what it does, step by step.
    return tuple(map(_signature, part["pretokenizers"] if part["type"] == "Sequence" else [part]))


def _signature(part: dict[str, Any]) -> tuple[Any, ...]:
    match part["type"]:
        case "ByteLevel":
            return "ByteLevel", part.get("add_prefix_space", True), part.get("use_regex", True)
        case "Digits":
            return "Digits", part["individual_digits"]
        case "Split":
            pattern, how = part["pattern"]["Regex"], (part["behavior"], part["invert"])
            # Taking out what does not fit leaves the same pieces where the pattern leaves nothing over.
            if how == ("Removed", True) and pattern in _COMPLETE:
                how = ("Isolated", False)
            return "Split", pattern, *how
        case other:
            raise KeyError(other)


_COMPLETE = {pattern for patterns in SPLITS.values() for pattern in patterns}
_NAMES = {_signatures(pre_tokenizer(name)): name for name in (*SPLITS, *LAYERED)}
