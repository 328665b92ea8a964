"""Numbers that stand for a text, the same in every process: Python's own `hash` is another in each."""

import hashlib


def hashed(text: str) -> int:
    """A number below 2^64 that depends on a text and on nothing else.

    Args:
        text: any text, also one that UTF-8 can't encode.
    """
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")
