"""An exercise of lesson 02b: text as it comes."""

from lessons_lib.classroom.exercises import Exercise


def my_stream(tokens):
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    texts = [decoder.decode(token) for token in tokens]
    texts.append(decoder.decode(b"", final=True))
    return texts


def stream_each_alone(tokens):
    """It looks as if you decoded every token by itself. A character may be spread over several tokens: bytes that
    are not complete yet must wait for the next token."""
    return [token.decode("utf-8", errors="replace") for token in tokens] + [""]


def stream_ignores_errors(tokens):
    """It looks as if bytes that are no character alone were dropped. They may be the start of one: keep them until
    the next token comes."""
    return [token.decode("utf-8", errors="ignore") for token in tokens] + [""]


def stream_at_the_end(tokens):
    """It looks as if all text comes at the end. A reader who watches wants to see each character as soon as it is
    complete."""
    return [""] * len(tokens) + [b"".join(tokens).decode("utf-8", errors="replace")]


def stream_everything_again(tokens):
    """It looks as if you return all text so far each time: return only what is new."""
    texts = my_stream(tokens)
    return ["".join(texts[: i + 1]) for i in range(len(texts))]


def stream_forgets_the_rest(tokens):
    """It looks as if an unfinished character at the end disappears. Nothing may get lost in silence: show U+FFFD."""
    return [*my_stream(tokens)[:-1], ""]


def stream_without_the_last(tokens):
    """It looks as if the last string is missing: there is one for each token and one more, for what is left at the
    end."""
    return my_stream(tokens)[:-1]


def stream_skips_the_empty(tokens):
    """It looks as if empty strings are left out. There is one string for each token, empty where it completes nothing,
    and one more for the end."""
    return [text for text in my_stream(tokens) if text]


def stream_waits_for_ever(tokens):
    """It looks as if you keep all bytes back until they decode. After a byte that belongs to no character that never
    happens again: what can't become a character any more is shown as U+FFFD at once."""
    texts, waiting = [], b""
    for token in tokens:
        waiting += token
        try:
            texts.append(waiting.decode("utf-8"))
            waiting = b""
        except UnicodeDecodeError:
            texts.append("")
    return [*texts, waiting.decode("utf-8", errors="replace")]


STREAM = Exercise(
    id="stream",
    title="Text as it comes",
    difficulty=2,
    minutes=12,
    contract="a list of tokens, each bytes, to a list of strings: for each token the characters that it completes, and "
    "one more for what is left at the end. Bytes that can't be part of a character become U+FFFD.",
    cases=(
        ([b"a", b" b"],),
        ([],),
        ([b"caf", b"\xc3", b"\xa9"],),
        ([b"\xf0\x9f", b"\x98", b"\x80"],),
        ([b"\xe2\x82", b"\xac 5 \xc3", b"\xbc"],),
        ([b"a\xff", b"b"],),
        ([b"so\xe2", b"\x82"],),
        ([b"\xe2", b"a", b"b"],),
        ([b"\xf0\x9f", b"\xe2\x82", b"\xac"],),
    ),
    tried="plain text, characters over two and three tokens, an invalid byte, beginnings that are never finished",
    hints=(
        "Join bytes, not strings: a token's bytes are complete characters and, perhaps, the start of another.",
        "The first byte of a character says how many follow. Or let Python's codecs module keep count.",
        'codecs.getincrementaldecoder("utf-8")(errors="replace") has .decode(data), and .decode(b"", final=True) '
        "for the end.",
    ),
    solution=my_stream,
    mistakes=(
        stream_each_alone,
        stream_ignores_errors,
        stream_at_the_end,
        stream_everything_again,
        stream_forgets_the_rest,
        stream_without_the_last,
        stream_skips_the_empty,
        stream_waits_for_ever,
    ),
)
