"""The plain expressions of lesson 15: tuples, put together by four functions that simplify."""

NOTHING, EMPTY = ("nothing",), ("empty",)  # no text at all; the text without bytes


def byte(values):
    """One byte out of some."""
    return ("byte", frozenset(values))


def then(*parts):
    """One after the other."""
    if NOTHING in parts:
        return NOTHING
    parts = [part for part in parts if part != EMPTY]
    if not parts:
        return EMPTY
    head, *tail = parts
    if head[0] == "then":
        return then(head[1], head[2], *tail)
    return ("then", head, then(*tail)) if tail else head


def either(*parts):
    """One of several; the same twice counts once."""
    found = set()
    for part in parts:
        found |= part[1] if part[0] == "either" else {part}
    found -= {NOTHING}
    if len(found) < 2:
        return found.pop() if found else NOTHING
    return ("either", frozenset(found))


def star(part):
    """The same any number of times, 0 times included."""
    return part if part[0] == "star" else ("star", part)


def text(letters):
    """This text."""
    return then(*(byte([value]) for value in letters.encode()))
