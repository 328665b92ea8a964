"""What tells who somebody is or how to reach them: found by its form, and replaced by the name of its kind.

Forms find addresses and numbers. They do not find names, and what they miss or mistake is to be counted on texts whose
truth is known, before anybody relies on them.
"""

from __future__ import annotations

import re
from collections import Counter

_BYTE = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_FORMS = {
    "email": re.compile(r"(?<![\w.+-])[\w.%+-]{1,64}@(?:[\w-]{1,63}\.){1,6}[A-Za-z]{2,24}(?![\w-])"),
    "card": re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])"),
    "ip": re.compile(rf"(?<![\w.]){_BYTE}(?:\.{_BYTE}){{3}}(?!\w|\.\d)"),
    "phone": re.compile(
        r"(?<![\w.,:/+-])(?:\+\d{1,3}[ .-]?)?(?:\(\d{1,5}\)[ .-]?)?\d{1,5}(?:[ ./-]\d{2,6}){1,4}(?![\w-]|[.,:]\d)"
    ),
}
_VERSION = re.compile(r"(?:version|release|build|v\.?)\s*$", re.IGNORECASE)
_NO_PHONE = re.compile(
    r"\d{4}([ ./-])\d\d\1\d\d"  # a date
    r"|\d\d([ ./-])\d\d\2\d{4}"
    r"|\d{1,3}(?: \d{3})+"  # a large number
    r"|\d{3,4}[-/]\d{2,4}"  # years or pages, from and to
)


def mask_private(text: str) -> tuple[str, Counter[str]]:
    """Replace addresses and numbers of people by `[email]`, `[phone]`, `[ip]` and `[card]`.

    Cards have a valid check digit; an address of the internet has four numbers up to 255 and is no version; a phone
    number has 7 to 15 digits in groups, and a +, a bracket, or at least three groups.

    Args:
        text: any text.

    Returns:
        The text, and how many of each kind were found.

    Example:
        >>> mask_private("Write to ann@example.org or call +49 30 901820, version 1.2.3.4.")[0]
        'Write to [email] or call [phone], version 1.2.3.4.'
    """
    found: Counter[str] = Counter()

    def mask(kind: str, match: re.Match[str]) -> str:
        if not _IS_SO[kind](match):
            return match[0]
        found[kind] += 1
        return f"[{kind}]"

    for kind, form in _FORMS.items():
        text = form.sub(lambda match, kind=kind: mask(kind, match), text)
    return text, found


def _is_card(match: re.Match[str]) -> bool:
    """By the check digit of Luhn 1960: every other digit doubled, all digits added up, divisible by 10."""
    digits = [int(digit) for digit in re.findall(r"\d", match[0])]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _is_address(match: re.Match[str]) -> bool:
    return not _VERSION.search(match.string[max(0, match.start() - 12) : match.start()])


def _is_phone(match: re.Match[str]) -> bool:
    number = match[0]
    groups = re.findall(r"\d+", number)
    marked = number.startswith(("+", "(")) or len(groups) >= 3
    return marked and 7 <= sum(map(len, groups)) <= 15 and not _NO_PHONE.fullmatch(number)


_IS_SO = {"email": lambda match: True, "card": _is_card, "ip": _is_address, "phone": _is_phone}
