"""An exercise of lesson 19: a model of bytes, of whatever kind, that needs fewer bits than a program for packing
files."""

import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache

import numpy as np

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.showing import short
from lessons_lib.classroom.trials import Refused
from lessons_lib.corpora import world_english_bible

READ, UNREAD = 100_000, 4_000  # bytes
GENESIS = ("the first 100,000 bytes of the Bible", "the 4,000 that follow", "as many as gzip")


def my_byte_model(text):
    from collections import Counter, defaultdict

    import numpy as np

    longest = 5
    counts = [defaultdict(Counter) for _ in range(longest + 1)]  # of what followed the last 0, 1, ... bytes
    for length, table in enumerate(counts):
        for place in range(length, len(text)):
            table[text[place - length : place]][text[place]] += 1

    def chances(before):
        shares = np.full(256, 1 / 256)
        for length, table in enumerate(counts):
            if length > len(before) or (found := table.get(before[len(before) - length :])) is None:
                break
            total, kinds = found.total(), len(found)
            shares *= kinds / (total + kinds)  # what the shorter context says, for what is new after this one
            for byte, count in found.items():
                shares[byte] += count / (total + kinds)
        return shares

    return chances


def judged(
    answer: Callable, text: bytes | str, unread: bytes | str, allowed_below: float | str
) -> dict[str, object] | None:
    """Whether a model of bytes is one, and how many bits a byte it needs for a text that it has not read.

    Args:
        answer: the learner's function.
        text: what the model may read.
        unread: what it is judged on.
        allowed_below: bits a byte. The three are named by the words of `GENESIS` for the real text and for gzip.

    Raises:
        Refused: where what it gives is no distribution over 256 bytes, or another one when it is asked again.
    """
    if text == GENESIS[0]:
        text, unread = genesis()
        allowed_below = bits_of_gzip(text, unread)
    chances = answer(text)
    if chances is None:
        return None
    if not callable(chances):
        raise Refused("a function is asked for, which gives the chances of the 256 bytes after those before")
    bits = 0.0
    for place, byte in enumerate(unread):
        shares = _shares(chances(unread[:place]))
        if shares[byte] == 0:
            where = "before the first byte" if place == 0 else f"after {unread[max(0, place - 8) : place]!r}"
            return {"a chance for whatever comes": f"none for {bytes([byte])!r} {where}: infinitely many bits"}
        bits -= math.log2(shares[byte])
    _shares(chances(b""))  # another text begins; what follows the last one is asked for once more
    if not np.allclose(_shares(chances(unread[:place])), shares, atol=1e-6):
        raise Refused("asked again for the same bytes, your function gives other chances: look at `before` alone")
    needed = bits / len(unread)
    enough = "yes" if needed < allowed_below else f"no: {needed:.2f} bits a byte, allowed below {allowed_below:.2f}"
    return {"a chance for whatever comes": "yes", "few enough bits": enough}


def _shares(given: object) -> np.ndarray:
    """What a learner's function gives, as chances [256].

    Raises:
        Refused: for anything else.
    """
    if given is None:
        raise Refused("the function that your model is returned None: is a return missing in it?")
    try:
        shares = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise Refused(f"256 chances are asked for, one for each byte; got {short(given)}") from None
    if shares.shape != (256,):
        raise Refused(f"256 chances are asked for, got the shape {list(shares.shape)}")
    if not (shares >= 0).all():
        worst = int(shares.argmin())
        raise Refused(f"chances are 0 or more; yours of byte {worst} is {shares[worst]:.4g}")
    if not math.isclose(total := float(shares.sum()), 1, abs_tol=1e-3):
        raise Refused(f"chances add up to 1; yours add up to {total:.4g}")
    return shares


@cache
def genesis() -> tuple[bytes, bytes]:
    """The beginning of the Bible in modern English, and what follows it."""
    data = world_english_bible().encode()
    return data[:READ], data[READ : READ + UNREAD]


def bits_of_gzip(text: bytes, unread: bytes) -> float:
    """How many bits a byte gzip's method needs for a text more, if it has packed another before."""
    return 8 * (len(zlib.compress(text + unread, 9)) - len(zlib.compress(text, 9))) / len(unread)


def _model(text, longest=5, smoothed=True, percent=False, window=slice(None), scored=False, shortest=0):
    """The solution with the knobs that mistakes turn."""
    counts = [defaultdict(Counter) for _ in range(longest + 1)]
    for length, table in enumerate(counts):
        for place in range(length, len(text)):
            table[text[place - length : place]][text[place]] += 1

    def chances(before):
        before = before[window]
        shares = np.full(256, 1 / 256) if smoothed else np.zeros(256)
        for length, table in enumerate(counts):
            if length > len(before) or (found := table.get(before[len(before) - length :])) is None:
                break
            if length < shortest:
                continue
            total = found.total()
            kinds = len(found) if smoothed else 0
            shares *= kinds / (total + kinds)
            for byte, count in found.items():
                shares[byte] += count if scored else count / (total + kinds)
        return 100 * shares if percent else shares

    return chances


def bytes_without_smoothing(text):
    """A byte that never came after this context gets no chance at all, and if it comes, that costs infinitely many
    bits. Leave a little for what is new: mix with what a shorter context says, and at last with 1/256 for each."""
    return _model(text, smoothed=False)


def bytes_in_percent(text):
    """It looks as if your chances are percents: they must add up to 1."""
    return _model(text, percent=True)


def bytes_that_are_counts(text):
    """It looks as if these are counts and not yet chances: divide, so that all 256 add up to 1."""
    return _model(text, scored=True)


def bytes_all_alike(text):
    """All bytes alike: eight bits for each, whatever was read. Count what follows what in the text."""
    return lambda before: np.full(256, 1 / 256)


def bytes_alone(text):
    """It looks as if only the bytes themselves are counted. What came before tells much: count after the last byte, the
    last two, and so on."""
    return _model(text, longest=0)


def bytes_after_one(text):
    """It looks as if only the last byte is looked at. The last three to five tell more, where they came before."""
    return _model(text, longest=1)


def bytes_after_two(text):
    """It looks as if only the last two bytes are looked at. Go further back, and mix: the longer context where it is
    known, the shorter where not."""
    return _model(text, longest=2)


def bytes_without_the_last(text):
    """It looks as if the last byte of `before` is left out. `before` holds all that comes before the byte in question;
    its last is the nearest."""
    return _model(text, window=slice(None, -1))


def bytes_of_the_beginning(text):
    """It looks as if the first bytes of `before` are looked at. The nearest are the last ones."""
    return _model(text, window=slice(None, 5))


BEATS_GZIP = Exercise(
    id="beats_gzip",
    title="Capstone B: fewer bits than gzip",
    difficulty=3,
    minutes=30,
    kind="build",
    contract="my_byte_model(text): bytes to read, perhaps none, to a function. chances(before): the bytes of another "
    "text from its own beginning up to some place, perhaps none, to the chances [256] of the byte that comes next, "
    "which add up to 1. Counts or a network, as you like; after 100,000 bytes it must need fewer bits a byte than gzip "
    "for what follows them, and it has ten seconds for a small text, five minutes for the large one.",
    cases=(
        (b"", b"ab", 12.0),
        (b"ababababababababababababababab", b"abababab", 4.0),
        (b"the cat sat on the mat, the cat sat on the mat", b"the dog", 9.0),
        (b"the cat sat on the mat. " * 20, "the café on the mat".encode(), 9.0),
        GENESIS,
    ),
    real=1,
    tried="no text, a short one, bytes that were never read; and 4,000 unread bytes of the Bible take fewer bits than "
    "with gzip",
    hints=(
        "Count what follows each byte, each two, each three ... Of an unread text the long contexts are often unknown: "
        "then a shorter one must speak.",
        "Start from 1/256 for each byte. For each longer context that was met, n times and followed by k kinds of "
        "bytes: multiply all chances by k / (n + k), and add count / (n + k) to each byte that followed. They still "
        "add up to 1.",
        "Contexts of up to five bytes are enough: a Counter for each, in a dict by the context.",
    ),
    solution=my_byte_model,
    harness=judged,
    mistakes=(
        bytes_without_smoothing,
        bytes_in_percent,
        bytes_that_are_counts,
        bytes_all_alike,
        bytes_alone,
        bytes_after_one,
        bytes_after_two,
        bytes_without_the_last,
        bytes_of_the_beginning,
    ),
)
