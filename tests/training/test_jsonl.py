"""Rows that strangers hand over: what is good is read, what is bad is named with its line, and nothing is lost."""

import json

import pytest

from lessons_lib.files.jsonl import read_rows
from lessons_lib.training.data.examples import asked_by_template, example_of

USER, ANSWER = {"role": "user", "content": "Hi!"}, {"role": "assistant", "content": "Hello."}
SFT = {"messages": [USER, ANSWER]}
PAIR = {"prompt": "Hi!", "chosen": "Hello.", "rejected": "What?"}


def written(folder, *lines, ends=b"\n"):
    path = folder / "talk.jsonl"
    path.write_bytes(
        ends.join(line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() for line in lines)
    )
    return path


def rows_of(path):
    return read_rows(path, lambda name, row: row)


@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\n\n", b"\n \t\r\n"])
@pytest.mark.parametrize("begin", [b"", b"\xef\xbb\xbf"])
def test_marks_line_ends_and_empty_lines_are_no_rows(tmp_path, begin, ends):
    rows = [{"a": n, "text": "ä\u2028\x85 \\u0000"} for n in range(3)]
    path = written(tmp_path, *rows, b"", ends=ends)
    path.write_bytes(begin + path.read_bytes())
    assert rows_of(path) == rows


HOSTILE = [
    (b"{", "Expecting property name"),
    (b"nonsense", "Expecting value"),
    (b"[1, 2]", "got .1, 2., allowed an object"),
    (b'"text"', "allowed an object"),
    (b'{"a": 1} {"b": 2}', "Extra data"),
    (b'{"a": 1, "a": 2}', "key 'a' more than once"),
    (b'{"a": NaN}', "NaN"),
    (b'{"a": "\x00"}', "Invalid control character"),
    (b'{"a": "\xff"}', "byte 7 that is not UTF-8"),
    (b"\xff\xfe{\x00}\x00", "byte 0 that is not UTF-8"),
    (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "recursion"),
    (b'{"a": ' + b"[" * 200_000, "of the signs"),
    (b'{"a": "' + b"x" * (3 << 20) + b'"}', "got more than 1,048,576 bytes"),
    (b'{"a": ' + b"9" * 5000 + b"}", "digits"),
]


@pytest.mark.parametrize(("line", "words"), HOSTILE)
def test_a_line_that_is_no_row_is_named_and_the_next_one_is_read(tmp_path, line, words):
    path = written(tmp_path, {"a": 1}, line, {"a": 2}, b"oops")
    seen = []
    with pytest.raises(ValueError, match=words) as caught:
        read_rows(path, lambda name, row: seen.append((name, row)))
    told = str(caught.value).splitlines()
    assert told[0] == f"{path}: got 2 of 4 rows that cannot be used:"
    assert told[1].startswith(f"{path}: line 2") and told[2].startswith(f"{path}: line 4, JSON: got")
    assert len(told) == 3 and max(map(len, told)) < 1000
    assert [row["a"] for _, row in seen] == [1, 2]


def test_ten_faults_are_named_and_all_are_counted(tmp_path):
    path = written(tmp_path, *[b"oops"] * 4, {"a": 1}, *[b"oops"] * 9)
    with pytest.raises(ValueError, match="got 13 of 14 rows") as caught:
        rows_of(path)
    told = str(caught.value).splitlines()
    numbers = [1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    assert [line.split(", JSON")[0] for line in told[1:-1]] == [f"{path}: line {n}" for n in numbers]
    assert told[-1] == "and 3 more"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_a_file_without_rows_is_named(tmp_path, content):
    (tmp_path / "talk.jsonl").write_bytes(content)
    with pytest.raises(ValueError, match=r"talk.jsonl: got no rows, allowed a JSON object a line"):
        rows_of(tmp_path / "talk.jsonl")


def lists(*roles):
    return [{"role": role, "content": f"{role} {n}"} for n, role in enumerate(roles)]


@pytest.mark.parametrize(
    ("row", "kind", "question", "answer"),
    [
        (SFT, "sft", [USER], "Hello."),
        ({"prompt": "Hi!", "completion": "Hello.", "source": 7}, "sft", "Hi!", "Hello."),
        ({"prompt": [USER], "completion": [ANSWER]}, "sft", [USER], "Hello."),
        ({"messages": [USER, ANSWER, USER, ANSWER, USER]}, "sft", [USER, ANSWER, USER], "Hello."),
        (PAIR, "preference", "Hi!", "Hello."),
        ({"prompt": [USER], "chosen": [ANSWER], "rejected": lists("assistant")}, "preference", [USER], "Hello."),
        ({"chosen": [USER, ANSWER], "rejected": [USER, *lists("assistant")]}, "preference", [USER], "Hello."),
    ],
)
def test_the_forms_of_trl_are_read(row, kind, question, answer):
    example = example_of("row", row, kind)
    assert (example.question, example.answer) == (question, answer)
    assert len(example.answers) == (1 if kind == "sft" else 2)


def test_text_becomes_a_conversation_where_there_is_a_template():
    example = asked_by_template(example_of("row", PAIR, "preference"))
    assert example.prompt == [USER] and example.answers[0] == [ANSWER] and example.question == [USER]
    assert asked_by_template(example) == example


def test_trl_reads_the_same_kinds():
    """What TRL takes for a conversation or a pair, so do we."""
    pytest.importorskip("trl")
    from trl.data_utils import is_conversational

    for row, conversational in ((SFT, True), (PAIR, False), ({"prompt": [USER], "completion": [ANSWER]}, True)):
        kind = "preference" if "chosen" in row else "sft"
        assert is_conversational(row) == conversational == (not isinstance(example_of("row", row, kind).prompt, str))


BAD = [
    ({"text": "Hi!"}, "row: got the fields .'text'., allowed messages; prompt and completion; prompt, chosen and"),
    ({"prompt": "Hi!", "chosen": "Hello."}, r"row: got the fields .*'chosen', 'prompt'"),
    ({}, "row: got the fields"),
    (PAIR, "row: got the fields of a row for preference, allowed those for sft"),
    ({"messages": "Hi!"}, "row, messages: got 'Hi!', allowed a list of messages"),
    ({"messages": []}, r"row, messages: got \[\], allowed a list of messages"),
    ({"messages": [USER, "Hello."]}, r"row, messages\[1\]: got 'Hello.', allowed a role and a content"),
    ({"messages": [{"role": "user"}, ANSWER]}, r"row, messages\[0\]: got .*, allowed a role and a content"),
    ({"messages": [USER, ANSWER | {"role": "bot"}]}, r"row, messages\[1\].role: got 'bot', allowed system, user, "),
    ({"messages": [USER, ANSWER | {"role": ["user"]}]}, r"row, messages\[1\].role: got \['user'\]"),
    ({"messages": [USER, ANSWER | {"content": None}]}, r"row, messages\[1\].content: got None, allowed text"),
    ({"messages": [USER, ANSWER | {"content": [{"type": "text", "text": "Hello."}]}]}, r"\[1\].content: got .*text"),
    ({"messages": [USER, ANSWER | {"content": " \n"}]}, r"row, messages\[1\].content: got ' .n', allowed an answer in"),
    ({"messages": [USER]}, "row, messages: got none of the assistant"),
    ({"messages": [ANSWER]}, "row, messages: got nothing before the assistant's last, allowed a question"),
    ({"prompt": "", "completion": "Hello."}, "row, prompt: got '', allowed words"),
    ({"prompt": 7, "completion": "Hello."}, "row, prompt: got 7, allowed text or a list of messages"),
    ({"prompt": "Hi!", "completion": "  "}, "row, completion: got '  ', allowed words"),
    ({"prompt": "Hi!", "completion": [ANSWER]}, "row, completion: got .*, allowed words, as the prompt is text"),
    ({"prompt": [USER], "completion": "Hello."}, "row, completion: got 'Hello.', allowed a list of messages"),
    (
        {"prompt": [USER], "completion": [USER]},
        "row, completion: got messages of user, allowed some that begin",
    ),
]
BAD_PAIRS = [
    (SFT, "row: got the fields of a row for sft, allowed those for preference"),
    (PAIR | {"rejected": "Hello."}, "row, rejected: got what chosen is too, allowed another answer"),
    (PAIR | {"rejected": ""}, "row, rejected: got '', allowed words"),
    ({"chosen": "Hello.", "rejected": "What?"}, "row, chosen: got 'Hello.', allowed a list of messages"),
    ({"chosen": [USER, ANSWER], "rejected": lists("user", "assistant")}, "row, chosen and rejected: got two questions"),
    ({"chosen": [USER, ANSWER], "rejected": [USER]}, r"row, rejected: got \[\], allowed a list of messages"),
]


@pytest.mark.parametrize(
    ("row", "words", "kind"), [(*bad, "sft") for bad in BAD] + [(*bad, "preference") for bad in BAD_PAIRS]
)
def test_a_row_that_cannot_be_learned_from_is_named(row, words, kind):
    with pytest.raises(ValueError, match="^" + words if words.startswith("row") else words):
        example_of("row", row, kind)
