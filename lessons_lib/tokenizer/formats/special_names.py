"""Names of special tokens: what a file can hold beside the ordinary tokens, so that it reads back the same."""

import re
from collections.abc import Iterable, Sequence

from lessons_lib.tokenizer.encoding.alphabet import SYMBOL_TO_BYTE, symbols_to_bytes
from lessons_lib.tokenizer.formats.vocabulary import LONGEST_SPECIAL, MOST_SPECIAL


def check_new_names(names: Iterable[str], field: str = "special_tokens") -> list[str]:
    """Give back names for tokens of a vocabulary that is still to be learned, as a list.

    Files write ordinary tokens in symbols, one a byte, and special tokens as they are. So a name may not be what the
    file calls another token: `b` and `Ġ` are bytes, `Ġthe` is the word with a space in front.

    Raises:
        ValueError: a name breaks a rule of `check_names`, or is what a file calls something else.

    Example:
        >>> check_new_names(("<|user|>", "<|end|>"))
        ['<|user|>', '<|end|>']
    """
    if isinstance(names, str | bytes) or not isinstance(names, Iterable):
        raise ValueError(f"{field}: got one {type(names).__name__}, allowed a list of names")
    names = list(names)
    check_names(names, field)
    for n, name in enumerate(names):
        if spelled := _spells(name):
            raise ValueError(f"{field}[{n}]: got {name!r}, which files write for {spelled!r}, allowed another name")
    return names


def check_names(names: Sequence[str], field: str = "special_tokens") -> None:
    """Check what every special token's name has to be.

    Raises:
        ValueError: a name is empty, too long, not Unicode or there twice, or there are too many.
    """
    if len(names) > MOST_SPECIAL:
        raise ValueError(f"{field}: got {len(names)}, allowed at most {MOST_SPECIAL}")
    seen = set()
    for n, name in enumerate(names):
        if not isinstance(name, str) or not name or name in seen:
            raise ValueError(f"{field}[{n}]: got {name!r:.80}, allowed a name that no other token has")
        if len(name) > LONGEST_SPECIAL:
            raise ValueError(f"{field}[{n}]: got {len(name)} characters, allowed at most {LONGEST_SPECIAL}")
        if re.search(r"[\ud800-\udfff]", name):
            raise ValueError(f"{field}[{n}]: got {name!a}, allowed Unicode text")
        seen.add(name)


def check_apart(names: Iterable[str], symbols: Sequence[str | None]) -> None:
    """Raise ValueError where a special token has the name of an ordinary one, each given in symbols."""
    ordinary = set(symbols)
    for name in names:
        if name in ordinary:
            raise ValueError(f"special_tokens: got {name!r}, which files write for another token, allowed another name")


def _spells(name: str) -> bytes | None:
    """The bytes that a name would stand for, if text could ever become a token of them."""
    if not all(symbol in SYMBOL_TO_BYTE for symbol in name):
        return None
    data = symbols_to_bytes(name)
    if len(data) == 1:
        return data
    try:
        return None if data.decode("utf-8") == name else data
    except UnicodeDecodeError:  # no text: at most the edge of a character, which `check_apart` finds
        return None
