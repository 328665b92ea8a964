"""The byte alphabet: one printable character for each of the 256 bytes.

Files that hold byte-level vocabularies spell tokens in it, so that a space reads `Ġ` and a newline `Ċ`.
"""

# Bytes that print stand for themselves. The other 68 take the characters from U+0100 upward, in byte order.
_PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
_HIDDEN = sorted(set(range(256)) - set(_PRINTABLE))

SYMBOL_TO_BYTE = {chr(byte): byte for byte in _PRINTABLE} | {chr(256 + n): byte for n, byte in enumerate(_HIDDEN)}
BYTE_TO_SYMBOL = {byte: symbol for symbol, byte in SYMBOL_TO_BYTE.items()}


def symbols_to_bytes(symbols: str) -> bytes:
    """Read a token as files spell it.

    Raises:
        ValueError: a character is not in the alphabet.

    Example:
        >>> symbols_to_bytes("Ġsun")
        b' sun'

    Source: GPT-2, `bytes_to_unicode`.
    """
    try:
        return bytes([SYMBOL_TO_BYTE[symbol] for symbol in symbols])
    except KeyError as error:
        raise ValueError(f"symbols: got {error.args[0]!a}, allowed the 256 characters of the byte alphabet") from None


def bytes_to_symbols(data: bytes) -> str:
    """Spell bytes as files do.

    Example:
        >>> bytes_to_symbols(b" sun")
        'Ġsun'
    """
    return "".join(BYTE_TO_SYMBOL[byte] for byte in data)
