"""The errors that callers may want to catch by name."""

import os


class CheckpointError(ValueError):
    """A checkpoint file breaks a rule of its format, or does not fit the model it is loaded into.

    Args:
        file: path of the file, as it was given.
        field: what was read, such as `header length`.
        got: the value found.
        allowed: the rule, worded to follow "allowed", such as `at most 1044 (the file's size)`.

    Example:
        >>> print(CheckpointError("model.safetensors", "header length", 9000, "at most 1044 (the file's size)"))
        model.safetensors: header length: got 9000, allowed at most 1044 (the file's size)
    """

    def __init__(self, file: str | os.PathLike[str], field: str, got: object, allowed: str) -> None:
        super().__init__(file, field, got, allowed)
        self.file, self.field, self.got, self.allowed = file, field, got, allowed

    def __str__(self) -> str:
        field, got, allowed = _cut(self.field), _cut(self.got), _cut(self.allowed, most=6000)
        return f"{_line(self.file)}: {_line(field)}: got {_line(got)}, allowed {_line(allowed)}"


class AssetError(Exception):
    """A model, tokenizer or text can't be fetched, verified or stored; the message is one line that says what to do."""


def _cut(value: object, most: int = 240) -> str:
    # A name or a list out of a hostile file may be megabytes long.
    text = str(value)
    return text if len(text) <= most else f"{text[: most - 60]}...{text[-50:]}"


def _line(value: object) -> str:
    # It may also hold what would break the line or the terminal.
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(value))
