"""An exercise of lesson 17: server-sent events from bytes that come in pieces."""

from lessons_lib.classroom.exercises import Exercise


def my_events(pieces):
    waiting, data, found = b"", [], []
    for piece in pieces:
        *lines, waiting = (waiting + piece).split(b"\n")
        ready = []
        for line in lines:
            line = line.removesuffix(b"\r").decode()
            if line.startswith("data:"):
                data.append(line[5:].removeprefix(" "))
            elif not line and data:
                ready.append("\n".join(data))
                data = []
        found.append(ready)
    return found


def _split(text):
    return text.split("\n")


def _events(
    pieces,
    decode=None,
    split=_split,
    across=True,
    carriage=lambda line: line.removesuffix("\r"),
    name="data:",
    text=lambda said: said.removeprefix(" "),
    join="\n",
    other=lambda line: None,
    empty=False,
    keep=lambda said: True,
    by_line=False,
    each_blank=False,
    last=False,
    marks=None,
    blank=lambda line: not line,
    front=lambda line: line,
    forgets=False,
    latest=False,
    begins_anew=False,
):
    """The same with the knobs that mistakes turn."""
    waiting, held, data, found = b"", "", [], []
    for piece in pieces:
        ready = []
        if decode is None:
            *whole, waiting = (waiting + piece).split(b"\n")
            lines = [split(line.decode() + "\n") for line in whole]
            lines = [part for parts in lines for part in parts[:-1]]
        else:
            *lines, held = split(held + decode(piece))
        if not across:
            waiting, held = b"", ""
        for line in lines:
            line = front(carriage(line))
            if latest and line.startswith(name):
                data = []
            if line.startswith(name):
                data.append(text(line[len(name) :]) if marks is None else line.lstrip(marks).removeprefix(" "))
            elif line and other(line) is not None:
                data.append(other(line))
            elif forgets and line:
                data = []
            elif blank(line) and (data or each_blank):
                ready += ["\n".join(data)] if join == "\n" else [join.join(data)]
                data = []
            if by_line:
                ready, data = ready + data, []
        if not across or begins_anew:
            data = []
        found.append([said for said in ready if (said or not empty) and keep(said)])
    if last and data and found:
        found[-1].append("\n".join(data))
    return found


def events_decoded_by_piece(pieces):
    """It looks as if each piece is decoded by itself. A character may be cut between two of them: split the bytes at
    line breaks first, and decode whole lines."""
    return _events(pieces, decode=lambda piece: piece.decode(errors="replace"))


def events_without_cut_characters(pieces):
    """It looks as if bytes that can't be decoded alone are dropped, so a character that was cut is lost. Keep them
    until the rest of their line is there."""
    return _events(pieces, decode=lambda piece: piece.decode(errors="ignore"))


def events_within_pieces(pieces):
    """It looks as if what stands behind the last line break of a piece is forgotten. It goes on in the next piece:
    keep it."""
    return _events(pieces, across=False)


def events_by_line(pieces):
    """It looks as if each line of data is an event. An event ends with an empty line, and may have several lines of
    data."""
    return _events(pieces, by_line=True)


def events_with_carriage_returns(pieces):
    r"""It looks as if lines end with \n alone. Some servers send \r\n: then the \r belongs to the line's end, and a
    line of nothing but \r is empty."""
    return _events(pieces, carriage=lambda line: line)


def events_stripped(pieces):
    """It looks as if all white space at the ends is dropped. Only one space behind the colon is; a token often begins
    with another."""
    return _events(pieces, text=str.strip)


def events_without_spaces_in_front(pieces):
    """It looks as if all spaces behind the colon are dropped. Only one is; a token often begins with another."""
    return _events(pieces, text=str.lstrip)


def events_with_the_space(pieces):
    """It looks as if the space behind the colon stays. One is dropped, if there is one."""
    return _events(pieces, text=lambda said: said)


def events_only_with_a_space(pieces):
    """It looks as if a line must begin with `data: `. The space behind the colon may be missing."""
    return _events(pieces, name="data: ", text=lambda said: said)


def events_without_a_first_character(pieces):
    """It looks as if the character behind the colon is dropped whatever it is. It is dropped only if it is a space."""
    return _events(pieces, text=lambda said: said[1:])


def events_joined_to_one_line(pieces):
    """It looks as if the lines of an event are put together without a line break. Between them stands one."""
    return _events(pieces, join="")


def events_joined_by_spaces(pieces):
    """It looks as if the lines of an event are joined by spaces. They are joined by line breaks."""
    return _events(pieces, join=" ")


def events_with_comments(pieces):
    """It looks as if every line counts. One that begins otherwise than with data: holds no text: a comment keeps a
    connection awake, and event: gives a name."""
    return _events(pieces, other=lambda line: line.partition(":")[2].removeprefix(" "))


def events_of_the_last_line(pieces):
    """It looks as if of several lines of data the last alone counts. The texts of all are joined by line breaks."""
    return _events(pieces, latest=True)


def events_begun_in_this_piece(pieces):
    """It looks as if an event begins anew with each piece. A line of data stays until its empty line comes, however
    many pieces later: keep the list outside the loop over the pieces."""
    return _events(pieces, begins_anew=True)


def events_with_an_end(pieces):
    """It looks as if what was begun counts as an event at the end. Without its empty line it was cut off: it is
    none."""
    return _events(pieces, last=True)


def events_for_each_empty_line(pieces):
    """It looks as if each empty line makes an event. Where no line of data stands before it, there is none."""
    return _events(pieces, each_blank=True)


def events_without_empty_texts(pieces):
    """It looks as if an event with an empty text is dropped. `data:` alone is an event, whose text is empty."""
    return _events(pieces, empty=True)


def events_without_done(pieces):
    """It looks as if [DONE] is dropped. It is a text like others; what it means is the business of whoever reads the
    events."""
    return _events(pieces, keep=lambda said: said != "[DONE]")


def events_by_splitlines(pieces):
    r"""It looks as if lines end at every character that Python's splitlines takes for a line break. JSON may hold
    others, such as \u2028, which end no line here: only \n and \r\n do."""
    return _events(pieces, split=lambda text: [*text.splitlines(), ""] if text.endswith("\n") else text.splitlines())


def events_by_lstrip(pieces):
    """It looks as if lstrip was used. It takes away any of the *letters* d, a, t, the colon and the space, as long as
    there are some: *data: tea* becomes *ea*. removeprefix takes away a word."""
    return _events(pieces, marks="data: ")


def events_by_lstrip_of_a_word(pieces):
    """It looks as if lstrip was used. It takes away any of the *letters* d, a, t and the colon, as long as there are
    some: *data:tea* becomes *ea*. removeprefix takes away a word."""
    return _events(pieces, marks="data:")


def events_split_at_the_name(pieces):
    """It looks as if a text ends where it says data: itself. Only the one at the beginning of the line is its name."""
    return _events(pieces, text=lambda said: said.split("data:")[0].removeprefix(" "))


def events_without_the_name_anywhere(pieces):
    """It looks as if data: is taken out of the text, too. Only the one at the beginning of the line is its name."""
    return _events(pieces, text=lambda said: said.replace("data:", "").removeprefix(" "))


def events_with_the_name_anywhere(pieces):
    """It looks as if data: may stand anywhere in a line. A line of data *begins* with it."""
    return _events(pieces, other=lambda line: line.split("data:", 1)[1].removeprefix(" ") if "data:" in line else None)


def events_of_longer_names(pieces):
    """It looks as if four letters were looked for. The colon belongs to them: *database: x* is no line of data."""
    return _events(pieces, name="data", text=lambda said: said[1:].removeprefix(" "))


def events_forgotten(pieces):
    """It looks as if a line of another kind undoes the data before it. It says nothing; the event goes on."""
    return _events(pieces, forgets=True)


def events_ended_by_spaces(pieces):
    """It looks as if a line of spaces ends an event. Only an empty line does."""
    return _events(pieces, blank=lambda line: not line.strip())


def events_behind_spaces(pieces):
    """It looks as if spaces in front of data: are dropped. A line of data begins with it."""
    return _events(pieces, front=lambda line: line.lstrip() if line.strip() else line)


def events_without_carriage_returns(pieces):
    r"""It looks as if more than one \r is dropped. One belongs to the line's end; another is the text's."""
    return _events(pieces, carriage=lambda line: line.rstrip("\r"))


def events_all_at_the_end(pieces):
    """The texts are right, and all of them come with the last piece. A reader wants each as soon as its empty line is
    there."""
    found = [said for ready in my_events(pieces) for said in ready]
    return [[]] * (len(pieces) - 1) + [found] if pieces else []


def events_in_one_list(pieces):
    """The texts are right, in one list. Asked for is a list for each piece: those that it made complete."""
    return [said for ready in my_events(pieces) for said in ready]


_LONG = 'data: {"content":" café"}\n\ndata: {"content":" 🌍"}\n\ndata: [DONE]\n\n'.encode()

EVENTS = Exercise(
    id="my_events",
    title="Events from pieces",
    difficulty=2,
    minutes=20,
    kind="transfer",
    contract="pieces, a list of bytes as they come in, cut anywhere, to a list as long: for each piece the list of the "
    "texts of the events that it makes complete. Lines end with \\n or \\r\\n and with nothing else, and an event ends "
    "with an empty line. A line that begins with data: holds a text, what stands behind the colon without one space, "
    "if there is one; the texts of several such lines of one event are joined by line breaks (\\n). Lines that begin "
    "otherwise say nothing, and without a line of data there is no event. What was begun and not ended is none. The "
    "bytes are UTF-8.",
    cases=(
        ([b"data: one\n\n"],),
        ([b"data: one\n\ndata: two\n\n"],),
        ([b"da", b"ta: one", b"\n", b"\ndata: t", b"wo\n\n"],),
        ([b"data:one\n\n", b"data:  two\n\ndata: three \n\n"],),
        ([b"data: one\ndata: two\n\n", b"data: a\ndata:\ndata: b\n\n"],),
        ([b"data: one\r\n\r\ndata: two\r", b"\n\r", b"\n"],),
        ([b": still here\n\n", b"event: note\nid: 3\ndata: one\n\n"],),
        ([b"data: caf\xc3", b"\xa9\n\ndata: \xf0\x9f", b"\x8c\x8d\n\n"],),
        ([b"data:\n\n\n\n", b"data: tea at a table\n\n"],),
        (["data: one\u2028two\x0bthree\n\n".encode(), b"data: one\rtwo\n\n"],),
        ([b"data: one\n\ndata: [DONE]\n\n", b"data: two\n"],),
        ([b"data: my data: 5\n\n"],),
        ([b"data:tea\n\n"],),
        ([b"database: x\n\n", b": no data: yet\n\n"],),
        ([b"data\n\nDATA: x\n\n"],),
        ([b"data: a\nid: 3\ndata: b\n: hm\n\n"],),
        ([b"data: a\n \ndata: b\n\n data: c\n\n"],),
        ([b"data: a\r\r\n\n", b"data: a\r", b"b\n\n"],),
        ([b"", b"data: one\n"],),
        ([_LONG[n : n + 7] for n in range(0, len(_LONG), 7)],),
        ([bytes([byte]) for byte in b"data: a b\n\n: hm\n\ndata:c\n\n"],),
        ([],),
    ),
    tried="pieces cut in lines, in characters and in line ends, several lines, other lines, empty texts, cut ends",
    hints=(
        "Keep what stands behind the last line break as bytes: the rest of its line comes with the next piece.",
        '*lines, waiting = (waiting + piece).split(b"\\n") gives the lines that are whole, and what is left. Decode '
        "each whole line.",
        "Collect the texts of an event's lines in a list that lives longer than a piece; an empty line joins them and "
        "starts anew.",
    ),
    solution=my_events,
    mistakes=(
        events_decoded_by_piece,
        events_without_cut_characters,
        events_within_pieces,
        events_by_line,
        events_with_carriage_returns,
        events_stripped,
        events_without_spaces_in_front,
        events_with_the_space,
        events_only_with_a_space,
        events_without_a_first_character,
        events_joined_to_one_line,
        events_joined_by_spaces,
        events_with_comments,
        events_of_the_last_line,
        events_begun_in_this_piece,
        events_with_an_end,
        events_for_each_empty_line,
        events_without_empty_texts,
        events_without_done,
        events_by_splitlines,
        events_by_lstrip,
        events_by_lstrip_of_a_word,
        events_split_at_the_name,
        events_without_the_name_anywhere,
        events_with_the_name_anywhere,
        events_of_longer_names,
        events_forgotten,
        events_ended_by_spaces,
        events_behind_spaces,
        events_without_carriage_returns,
        events_all_at_the_end,
        events_in_one_list,
    ),
)
