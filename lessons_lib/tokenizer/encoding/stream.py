"""Text as it is generated: a token may end in the middle of a character, so its last bytes may have to wait."""

import codecs
from collections.abc import Callable


class StreamDecoder:
    """Turn ids into text one at a time, holding back at most the 3 bytes of an unfinished character.

    The pieces joined are what `Tokenizer.decode` gives for all ids at once. Get one from
    `Tokenizer.stream_decoder`.

    Args:
        bytes_of: gives the bytes of an id.
    """

    def __init__(self, bytes_of: Callable[[int], bytes]) -> None:
        self._bytes_of = bytes_of
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def push(self, token_id: int) -> str:
        """Take the next id and return the text that it completes, which may be empty."""
        return self._decoder.decode(self._bytes_of(token_id))

    def flush(self) -> str:
        """Return what is left at the end: U+FFFD for an unfinished character, else nothing."""
        return self._decoder.decode(b"", final=True)
