"""`python -m lessons_lib` in the terminals, pipes and hands that it meets, as a process of its own."""

import os
import signal
import subprocess
import sys
import time
import unicodedata

import pytest

# Runs the command with a model that says what it is given, so that no weights are needed.
STAND_IN = """
import sys, time, types, lessons_lib
from lessons_lib import __main__ as terminal

class Chat:
    def __init__(self, *settings): pass
    def undo(self): raise ValueError("undo: got \\x1b[2J")
    def say(self, text):
        if text == "refuse": raise ValueError("token_ids: got \\x1b[2J")
        for piece in {pieces!r}:
            time.sleep({seconds})
            yield piece

terminal.Chat = Chat
lessons_lib.load = lambda source: (None, types.SimpleNamespace(chat_template="one"))
sys.argv = ["lessons_lib", *sys.argv[1:]]
sys.exit(terminal.main())
"""


def start(pieces, *arguments, seconds=0, encoding="utf-8", **rest):
    code = STAND_IN.format(pieces=pieces, seconds=seconds)
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], env=environment, **(streams | rest))


def run(pieces, *arguments, typed=b"", **rest):
    with start(pieces, *arguments, **rest) as process:
        out, err = process.communicate(typed, timeout=120)
    return process.returncode, out, err


TEXT = "The sun ☀️ rises — naïve 日出 👩‍👩‍👧, \tdone\n"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp932", "ascii"])
def test_no_character_is_too_much_for_a_terminal(encoding):
    code, out, err = run(list(TEXT), "Hi", encoding=encoding)
    assert (code, err) == (0, b"")
    expected = TEXT.encode(encoding, "replace").decode(encoding)
    assert out.decode(encoding).replace("\r\n", "\n") == expected + "\n"


def test_what_a_terminal_would_obey_is_shown_and_not_obeyed():
    hostile = ["\x1b", "]0;title\x07", "\x1b[2J\x1b[H", "a\rb\bc\x7f", "\x9b31m", "\x00", "".join(map(chr, range(160)))]
    for arguments, typed in ((["Hi"], b""), ([], b"Hi\nrefuse\n/undo\n/exit\n")):
        code, out, err = run(hostile, *arguments, typed=typed)
        assert code == 0
        controls = {c for c in (out + err).decode().replace("\r\n", "\n") if unicodedata.category(c) == "Cc"}
        assert controls == {"\n", "\t"}
        assert "␛]0;title␇␛[2J␛[Ha␍b␈c␡\ufffd31m␀" in out.decode()
    assert "token_ids: got ␛[2J" in out.decode() and "undo: got ␛[2J" in out.decode()
    code, out, err = run([], "refuse")
    assert (code, out.strip(), err.decode().strip()) == (1, b"", "token_ids: got ␛[2J")


def test_mistakes_on_the_command_line_are_one_line_and_an_exit_code():
    done = subprocess.run(
        [sys.executable, "-m", "lessons_lib", "--model", "no\x1bwhere"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("no␛where: got neither a file nor a name")
    code, _, err = run([], "Hi", "--seed", str(2**64))
    assert code == 1 and err.startswith(b"seed: got 18446744073709551616, allowed") and err.count(b"\n") == 1


def test_without_a_terminal_it_answers_what_it_reads():
    code, out, err = run(["yes"], typed=b"One\n\n  \nTwo")
    assert (code, err, out.count(b"yes")) == (0, b"", 2)
    code, out, err = run(["yes"], typed=b"\xff\xfe\x81\n")  # no text in this encoding
    assert (code, err, out.count(b"yes")) == (0, b"", 1)
    code, out, err = run(["yes"], stdin=subprocess.DEVNULL)
    assert (code, err) == (0, b"")


@pytest.mark.skipif(os.name == "nt", reason="a process on Windows is not given closed handles so")
@pytest.mark.parametrize("closed", [0, 1])
def test_closed_handles_are_no_accident(closed):
    code, _, err = run(["yes"], *(["Hi"] if closed else []), preexec_fn=lambda: os.close(closed))
    assert (code, err) == (0, b"")


@pytest.mark.skipif(os.name == "nt", reason="signals and pipes are others there")
def test_a_reader_who_has_enough_ends_it_in_silence():
    with start(["word " * 100] * 200, "Hi") as process:
        assert process.stdout.read(20) == b"word word word word "
        process.stdout.close()
        assert process.wait(60) == 1
        assert process.stderr.read() == b""


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C can't be sent to one process there")
def test_ctrl_c_ends_an_answer_and_in_a_conversation_no_more_than_that():
    with start(["word "] * 1000, "Hi", seconds=0.05) as process:
        process.stdout.read(10)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
        assert process.stderr.read() == b""
        assert process.stdout.read().endswith(b"\n")
    with start(["word "] * 1000, seconds=0.05) as process:
        process.stdin.write(b"Hi\n")
        process.stdin.flush()
        while b"word" not in process.stdout.read1():
            pass
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.stdin.write(b"/exit\n")
        process.stdin.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""
