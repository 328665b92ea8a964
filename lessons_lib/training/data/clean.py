"""Text as it should have been: one spelling for each character, nothing invisible, and damaged letters mended."""

from __future__ import annotations

import re
import unicodedata

_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Soft hyphen, zero-width space, word joiner, byte order mark; controls but tab and line feed; half surrogate pairs.
# The joiners U+200C and U+200D stay: Persian words and families of emoji need them.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACES = re.compile("[\u00a0\u202f\u2007]")


def normalise(text: str) -> str:
    """Give each character its one composed spelling, and drop what nobody sees.

    Letters stay as they are: the form that also turns ½ into 1/2 and ² into 2 (NFKC) changes what a text says.

    Args:
        text: any text.

    Returns:
        Text in NFC, with line feeds as line ends and plain spaces for those that do not break; it can be encoded.

    Example:
        >>> normalise("cafe\u0301\\r\\nco\u00adop")
        'café\\ncoop'

    Source: Unicode Standard Annex 15.
    """
    text = _LINE_ENDS.sub("\n", text)
    text = _SPACES.sub(" ", _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFC", text)


# How Windows-1252 shows the bytes 128 to 255; the five that it does not have are shown as control characters.
_SHOWN = {bytes([byte]).decode("cp1252", "replace").replace("\ufffd", chr(byte)): byte for byte in range(0x80, 0x100)}
_REST = "".join(re.escape(letter) for letter, byte in _SHOWN.items() if byte < 0xC0)
# The first bytes of letters of Europe (C2 to C6, CB), Greek (CE, CF), Cyrillic (D0, D1); of punctuation (E2) and the
# byte order mark (EF); of emoji (F0). What follows a first byte in UTF-8 is below C0.
_DAMAGED = re.compile(f"[ÂÃÄÅÆËÎÏÐÑ][{_REST}]|[âï][{_REST}]{{2}}|ð[{_REST}]{{3}}")


def mend_mojibake(text: str) -> str:
    """Mend letters whose UTF-8 bytes were read as Windows-1252: `cafÃ©` was `café`.

    Only what reads as a letter of Europe, punctuation or an emoji is touched; Chinese, Japanese and the like are left,
    since their first bytes are letters that stand in sound text beside closing quotes. Text that was damaged twice is
    mended twice. For more kinds of damage: the package ftfy.

    Example:
        >>> mend_mojibake("neededâ€”weâ€™ll"), mend_mojibake("CAFÉ—the best")
        ('needed—we’ll', 'CAFÉ—the best')
    """
    for _ in range(3):
        mended = _DAMAGED.sub(_as_utf8, text)
        if mended == text:
            break
        text = mended
    return text


def _as_utf8(match: re.Match[str]) -> str:
    try:
        letter = bytes(_SHOWN[shown] for shown in match[0]).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]
    # A control character is no letter; only text that was damaged twice holds some on the way.
    return letter if unicodedata.category(letter) != "Cc" or any(map(_is_control, match[0])) else match[0]


def _is_control(letter: str) -> bool:
    return "\x80" <= letter <= "\x9f"
