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


def stream_alone_and_without_the_last(tokens):
    """It looks as if you decoded every token by itself, and the last string is missing. Bytes that are not complete yet
    must wait for the next token, and one more string shows what is left at the end."""
    return [token.decode("utf-8", errors="replace") for token in tokens]


def stream_all_in_one(tokens):
    """It looks as if all tokens are joined to one string. Asked for is a string for each token, with what it completes,
    and one more for the end."""
    return [b"".join(tokens).decode("utf-8", errors="replace")]


def stream_of_characters(tokens):
    """It looks as if there is a string for each character. Asked for is one for each token, with all characters that it
    completes, and one more for the end."""
    return [*b"".join(tokens).decode("utf-8", errors="replace"), ""]


def _at_once(tokens, left):
    """A � as soon as a beginning breaks off, and of its bytes only what is `left`."""
    texts, waiting = [], b""
    for token in tokens:
        text = ""
        for byte in token:
            waiting += bytes([byte])
            try:
                text += waiting.decode("utf-8")
                waiting = b""
            except UnicodeDecodeError as error:
                if error.reason != "unexpected end of data":
                    text += "\ufffd"
                    waiting = left(waiting, error)
        texts.append(text)
    return [*texts, "\ufffd" if waiting else ""]


def stream_does_not_look_again(tokens):
    """It looks as if a byte that breaks off a beginning is kept without a look at it. It may be a character of its own,
    or begin one: once the beginning has its �, look at that byte afresh."""
    return _at_once(tokens, lambda waiting, error: waiting[error.end :])


def stream_skips_the_empty(tokens):
    """It looks as if empty strings are left out. There is one string for each token, empty where it completes nothing,
    and one more for the end."""
    return [text for text in my_stream(tokens) if text]


def stream_waits_for_ever(tokens):
    """It looks as if you wait until all the bytes kept so far can be decoded together. Show what is complete at once:
    one token may end a character and begin the next. And a byte that belongs to no character would hold up all that
    follows."""
    texts, waiting = [], b""
    for token in tokens:
        waiting += token
        try:
            texts.append(waiting.decode("utf-8"))
            waiting = b""
        except UnicodeDecodeError:
            texts.append("")
    return [*texts, waiting.decode("utf-8", errors="replace")]


def stream_waits_while_the_end_is_broken(tokens):
    """It looks as if you hold everything back while the text ends in �. Show what is complete before it: one token may
    end a character and begin the next. And a byte that can't begin one, such as ff, need not wait."""
    texts, waiting = [], b""
    for token in tokens:
        waiting += token
        text = waiting.decode("utf-8", errors="replace")
        texts.append("" if text.endswith("\ufffd") else text)
        waiting = waiting if text.endswith("\ufffd") else b""
    return [*texts, waiting.decode("utf-8", errors="replace")]


def stream_holds_back_every_mark(tokens):
    """It looks as if every � at the end is held back. Only bytes that may still become a character wait: ff never can,
    so its � is shown at once."""
    texts, data, shown = [], b"", ""
    for token in tokens:
        data += token
        text = data.decode("utf-8", errors="replace").rstrip("\ufffd")
        texts.append(text[len(shown) :])
        shown = text
    return [*texts, data.decode("utf-8", errors="replace")[len(shown) :]]


def stream_drops_what_is_broken(tokens):
    """It looks as if bytes that can't become a character are dropped. Nothing may get lost in silence: each such place
    becomes U+FFFD, as errors="replace" does it."""
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")
    return [*(decoder.decode(token) for token in tokens), decoder.decode(b"", final=True)]


def _in_parts(tokens, length):
    """As many bytes at a time as `length` says for what is waiting; it says 0 where more must come first."""
    texts, waiting = [], b""
    for token in tokens:
        waiting += token
        text = ""
        while waiting and (taken := length(waiting)):
            text += waiting[:taken].decode("utf-8", errors="replace")
            waiting = waiting[taken:]
        texts.append(text)
    return [*texts, waiting.decode("utf-8", errors="replace")]


def stream_believes_the_first_byte(tokens):
    """It looks as if the first byte alone decides how many belong to a character. Those behind it must go on with it,
    from 128 to 191: where one does not, the character is broken, and that byte begins something new."""

    def length(waiting):
        first = waiting[0]
        needed = 1 if first < 0xC0 or first >= 0xF8 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4
        return needed if len(waiting) >= needed else 0

    return _in_parts(tokens, length)


def _first_that_is_a_character(waiting):
    """How many bytes, 1 to 4, are a character together; 0 where none are."""
    for taken in range(1, min(4, len(waiting)) + 1):
        try:
            waiting[:taken].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return taken
    return 0


def stream_tries_one_to_four(tokens):
    """It looks as if you try 1, 2, 3 and 4 bytes and wait while none of them is a character. Then a byte that can't
    begin one, or is not gone on with, waits too long: its � is due at once."""
    return _in_parts(tokens, lambda waiting: _first_that_is_a_character(waiting) or int(len(waiting) >= 4))


def stream_tries_and_keeps(tokens):
    """It looks as if you try 1, 2, 3 and 4 bytes and wait while none of them is a character. Then a byte that can't
    begin one, or is not gone on with, waits too long: its � is due at once."""
    return _in_parts(tokens, _first_that_is_a_character)


def stream_collects_up_to_four(tokens):
    """It looks as if you collect bytes until they are a character, or four. Then a byte that can't begin one, or is not
    gone on with, waits too long: its � is due at once, and what follows it may be a character of its own."""
    texts, waiting = [], b""
    for token in tokens:
        text = ""
        for byte in token:
            waiting += bytes([byte])
            try:
                text += waiting.decode("utf-8")
            except UnicodeDecodeError:
                if len(waiting) < 4:
                    continue
                text += "\ufffd"
            waiting = b""
        texts.append(text)
    return [*texts, waiting.decode("utf-8", errors="replace")]


def _one_mark_a_byte(text):
    """The text with a mark for each byte of a beginning that broke off; `text` was decoded with surrogateescape."""
    return "".join("\ufffd" if "\udc80" <= character <= "\udcff" else character for character in text)


def stream_marks_every_byte(tokens):
    """It looks as if each byte of a beginning that breaks off gets a � of its own. It is one place where something is
    missing, so one � for the whole beginning, as errors="replace" does it."""
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    texts = [decoder.decode(token) for token in tokens] + [decoder.decode(b"", final=True)]
    return [_one_mark_a_byte(text) for text in texts]


def stream_marks_every_byte_on_the_way(tokens):
    """It looks as if each byte of a beginning that breaks off gets a � of its own. It is one place where something is
    missing, so one � for the whole beginning, as errors="replace" does it."""
    return [*stream_marks_every_byte(tokens)[:-1], my_stream(tokens)[-1]]


def stream_marks_every_byte_at_the_end(tokens):
    """It looks as if each byte of a beginning that breaks off gets a � of its own. It is one place where something is
    missing, so one � for the whole beginning, as errors="replace" does it."""
    return [*my_stream(tokens)[:-1], stream_marks_every_byte(tokens)[-1]]


def stream_waits_for_three(tokens):
    """It looks as if whatever can't be decoded waits, up to three bytes. Only the beginning of a character may wait: ff
    begins none, and a beginning is broken as soon as a byte comes that does not go on with it."""
    texts, waiting = [], b""
    for token in tokens:
        waiting += token
        text = ""
        for end in range(len(waiting), 0, -1):
            try:
                text, waiting = waiting[:end].decode("utf-8"), waiting[end:]
                break
            except UnicodeDecodeError:
                continue
        if len(waiting) > 3:
            text, waiting = text + waiting.decode("utf-8", errors="replace"), b""
        texts.append(text)
    return [*texts, waiting.decode("utf-8", errors="replace")]


def _replaced(part):
    return part.decode("utf-8", errors="replace")


def _by_hand(tokens, needed, make=_replaced, follows=range(128, 192)):
    """Characters by the count that `needed` reads from a first byte (0: it begins none), made of bytes by `make`."""
    texts, waiting = [], b""
    for token in tokens:
        waiting += token
        text = ""
        while waiting:
            count, taken = needed(waiting[0]), 1
            while taken < min(count, len(waiting)) and waiting[taken] in follows:
                taken += 1
            if taken == len(waiting) < count:
                break
            text += make(waiting[:taken]) if taken == count else "\ufffd"
            waiting = waiting[taken:]
        texts.append(text)
    return [*texts, "\ufffd" if waiting else ""]


def stream_waits_behind_every_large_byte(tokens):
    """It looks as if every byte from 240 on begins a character and waits for three more. Only 240 to 244 do: Unicode
    ends there. ff can't begin one, so its � is due at once."""

    def needed(first):
        return 4 if first >= 240 else 3 if first >= 224 else 2 if first >= 192 else int(first < 128)

    return _by_hand(tokens, needed)


def stream_without_forbidden_forms(tokens):
    """It looks as if you put the number of a character together yourself, and take c0 80 for one. UTF-8 allows a
    character its shortest form alone, and so no character begins with c0 or c1."""

    def needed(first):
        lengths = ((248, 0), (240, 4), (224, 3), (192, 2), (128, 0), (0, 1))
        return next(length for least, length in lengths if first >= least)

    def make(part):
        number = part[0] if len(part) == 1 else part[0] & (0xFF >> (len(part) + 1))
        for byte in part[1:]:
            number = number << 6 | byte & 63
        return chr(number)

    return _by_hand(tokens, needed, make)


def stream_swallows_what_breaks_off(tokens):
    """It looks as if a byte that breaks off a beginning is lost. It may be a character of its own, or begin one: once
    the beginning has its �, look at that byte afresh."""
    return _at_once(tokens, lambda waiting, error: b"")


TABLE = {2: (194, 223), 3: (224, 239), 4: (240, 244)}
"""The first bytes of characters, by their number of bytes: from and to."""


def _misread(name, words, rows, follows=range(128, 192)):
    """A mistake with another table, where `rows` say other than `TABLE`."""

    def mistake(tokens):
        table = {1: (0, 127)} | TABLE | rows
        return _by_hand(
            tokens,
            lambda first: next((length for length, (low, high) in table.items() if low <= first <= high), 0),
            follows=follows,
        )

    mistake.__name__ = f"stream_{name}"
    mistake.__doc__ = words
    return mistake


ENDS_EARLY = (
    "It looks as if a row of the table is without its last byte. Python's range leaves out its second number: 224 to "
    "239 is range(224, 240)."
)
BEGINS_LATE = (
    "It looks as if a row of the table is without its first byte. 194 begins £, 224 all letters of Devanagari, 240 "
    "most emoji: >= and not >."
)
FORBIDDEN = (
    "It looks as if a byte begins a character that by the table begins none: 192 and 193, or 245 and more. Its � is "
    "due at once."
)
OTHER_FOLLOWERS = "It looks as if not just the bytes from 128 to 191, all of them, go on with a character."

MISREAD = (
    *(_misread(f"ends_row_{n}_early", ENDS_EARLY, {n: (low, high - 1)}) for n, (low, high) in TABLE.items()),
    _misread("ends_rows_early", ENDS_EARLY, {n: (low, high - 1) for n, (low, high) in TABLE.items()}),
    *(_misread(f"begins_row_{n}_late", BEGINS_LATE, {n: (low + 1, high)}) for n, (low, high) in TABLE.items()),
    _misread("begins_rows_late", BEGINS_LATE, {n: (low + 1, high) for n, (low, high) in TABLE.items()}),
    _misread("begins_with_192", FORBIDDEN, {2: (192, 223)}),
    _misread("begins_with_193", FORBIDDEN, {2: (193, 223)}),
    _misread("begins_with_247", FORBIDDEN, {4: (240, 247)}),
    _misread("begins_with_192_and_247", FORBIDDEN, {2: (192, 223), 4: (240, 247)}),
    _misread("goes_on_to_190", OTHER_FOLLOWERS, {}, range(128, 191)),
    _misread("goes_on_to_192", OTHER_FOLLOWERS, {}, range(128, 193)),
    _misread("goes_on_from_127", OTHER_FOLLOWERS, {}, range(127, 192)),
    _misread("goes_on_from_129", OTHER_FOLLOWERS, {}, range(129, 192)),
    _misread("believes_the_table_alone", stream_believes_the_first_byte.__doc__, {}, range(256)),
)
"""The table of the exercise with one edge beside its place."""


STREAM = Exercise(
    id="stream",
    title="Text as it comes",
    difficulty=2,
    minutes=25,
    contract="a list of tokens, each bytes, to a list of strings: for each token the characters that it completes, and "
    "one more for what is left at the end. A beginning that breaks off becomes one U+FFFD, however many bytes it has, "
    "in the string of the token that breaks it off. A byte that can't begin a character becomes one too.",
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
        ([b"\xc0\x80!"],),
        ([b"\xc2", b"\xa3", b"\xdf", b"\xbf"],),
        ([b"\xe0\xa4", b"\xb8", b"\xef\xb8", b"\x8f"],),
        ([b"\xf0\x9f", b"\x92\x80", b"\xf4\x8f\xbf", b"\xbf"],),
        ([b"\x7f", b"\x80", b"\xbf", b"\xc0", b"\xc1", b"\xf5", b"a"],),
        ([b"\xe2", b"\x7f\xe2", b"\xc0", b"a"],),
    ),
    tried="plain text, characters over two and three tokens, every edge of the table, beginnings never finished",
    hints=(
        "Join bytes, not strings: a token's bytes are complete characters and, perhaps, the start of another.",
        "Keep a variable with the bytes that wait. For each token: add its bytes; while the first character is all "
        "there, or broken, take it off; what is left waits. (Behind 224, 237, 240 and 244 fewer second bytes are "
        "allowed; nothing here asks for that.)",
        "Or let Python's codecs module keep count: it has decoders that take bytes in portions.",
        'codecs.getincrementaldecoder("utf-8")(errors="replace") makes one: .decode(data) for a portion, '
        '.decode(b"", final=True) for what is left.',
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
        stream_waits_while_the_end_is_broken,
        stream_holds_back_every_mark,
        stream_drops_what_is_broken,
        stream_believes_the_first_byte,
        stream_tries_one_to_four,
        stream_tries_and_keeps,
        stream_collects_up_to_four,
        stream_marks_every_byte,
        stream_marks_every_byte_on_the_way,
        stream_marks_every_byte_at_the_end,
        stream_waits_for_three,
        stream_waits_behind_every_large_byte,
        stream_without_forbidden_forms,
        stream_alone_and_without_the_last,
        stream_all_in_one,
        stream_of_characters,
        stream_does_not_look_again,
        stream_swallows_what_breaks_off,
        *MISREAD,
    ),
    kind="transfer",
)
