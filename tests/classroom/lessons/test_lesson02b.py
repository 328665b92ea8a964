"""The solutions of lesson 02b against libraries that nobody here wrote, and the same mistakes in other words."""

import codecs
import re
from itertools import pairwise

import pytest
import tokenizers
import transformers
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import models, pre_tokenizers

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson02b
from lessons_lib.classroom.lessons.lesson02b.most_tokens import TEXTS, my_most_tokens
from lessons_lib.classroom.lessons.lesson02b.shared import ARTICLE
from lessons_lib.classroom.lessons.lesson02b.split import my_split
from lessons_lib.classroom.lessons.lesson02b.stream import my_stream
from lessons_lib.classroom.lessons.lesson02b.whose_cut import cuts, my_whose_cut
from lessons_lib.classroom.lessons.lesson02b.wordpiece import my_wordpiece
from lessons_lib.tokenizer import load_tokenizer
from lessons_lib.tokenizer.encoding.split import splitter

EXERCISES = {exercise.id: exercise for exercise in lesson02b.EXERCISES}
TOKENS = st.tuples(st.sampled_from(["", "##"]), st.text("abc", min_size=1, max_size=3)).map("".join)
bounded = settings(max_examples=examples(60), derandomize=True, deadline=None)


def test_most_tokens_are_the_symbols_of_a_byte_level_pre_tokenizer():
    pieces = pre_tokenizers.ByteLevel(add_prefix_space=False)
    symbols = [sum(len(piece) for piece, _ in pieces.pre_tokenize_str(text)) for text in TEXTS]
    assert my_most_tokens() == symbols
    assert all(len(load_tokenizer("gpt2").encode(text)) <= most for text, most in zip(TEXTS, symbols, strict=True))


def test_the_four_cuts_can_be_told_apart():
    assert len(set(cuts())) == 4
    assert sorted(my_whose_cut()) == ["gpt2", "llama3", "o200k", "smollm2"]


@given(st.text("aé€😀", max_size=8), st.sets(st.integers(1, 20), max_size=6), st.sampled_from([b"", b"\xff", b"\xe2"]))
@bounded
def test_stream_shows_what_is_complete_and_ends_like_decode(text, cuts, extra):
    data = text.encode() + extra
    ends = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    tokens = [data[start:end] for start, end in pairwise(ends)]
    shown = my_stream(tokens)
    assert len(shown) == len(tokens) + 1
    assert "".join(shown) == data.decode("utf-8", errors="replace")
    for i, end in enumerate(ends[1:]):
        assert "".join(shown[: i + 1]) == codecs.utf_8_decode(data[:end], "replace", False)[0]


@given(
    st.lists(st.sampled_from(["a", "Zb", " ", "\n", "7", "20", "345", "!", "é", "_", "٣", "'"]), max_size=15).map(
        "".join
    )
)
@bounded
def test_split_equals_another_regex_engine(text):
    pattern = tokenizers.Regex(r" ?[A-Za-z]+|[0-9]{1,3}(?=([0-9]{3})*(?![0-9]))|[\s\S]")
    expected = [piece for piece, _ in pre_tokenizers.Split(pattern, "isolated").pre_tokenize_str(text)]
    assert my_split(text) == expected
    assert "".join(my_split(text)) == text


@given(st.integers(0, 10**13))
@bounded
def test_split_groups_digits_as_python_prints_them(number):
    assert my_split(f"{number} years") == [*f"{number:,}".split(","), " years"]


@given(st.text("abc", max_size=9), st.sets(TOKENS, max_size=12))
@bounded
def test_wordpiece_equals_tokenizers(word, vocabulary):
    ids = {token: i for i, token in enumerate(["[UNK]", *sorted(vocabulary)])}
    peer = tokenizers.Tokenizer(models.WordPiece(ids, unk_token="[UNK]", max_input_chars_per_word=100))
    assert my_wordpiece(word, vocabulary) == peer.encode(word).tokens


# The learner writes the same mistakes differently; the words must be the same.


def greedy_without_marks(word, vocabulary):
    plain, tokens = {token for token in vocabulary if not token.startswith("##")}, []
    while word:
        fitting = [token for token in plain if word.startswith(token)]
        if not fitting:
            return ["[UNK]"]
        tokens.append(max(fitting, key=len))
        word = word.removeprefix(tokens[-1])
    return tokens


THREES = "[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9]))"


def marked_afterwards(word, vocabulary):
    tokens = greedy_without_marks(word, vocabulary)
    return tokens[:1] + [f"##{token}" for token in tokens[1:]]


def suffixes_first(word, vocabulary):
    if not word:
        return []
    for start in range(len(word)):
        if ("##" * bool(start) + word[start:]) in vocabulary:
            before = suffixes_first(word[:start], vocabulary)
            return before if before == ["[UNK]"] else [*before, "##" * bool(start) + word[start:]]
    return ["[UNK]"]


def differences(errors, waits=""):
    """What each token adds to the text decoded so far, of which some characters wait at its end."""

    def answer(tokens):
        texts = [b"".join(tokens[:end]).decode("utf-8", errors) for end in range(len(tokens) + 1)]
        shown = [*(text.rstrip(waits) if waits else text for text in texts), texts[-1]]
        return [after[len(before) :] for before, after in pairwise(shown)]

    return answer


def until_it_ends_well(tokens):
    texts, start = [], 0
    for end in range(1, len(tokens) + 1):
        text = b"".join(tokens[start:end]).decode("utf-8", "replace")
        broken = text[-1:] == "\ufffd"
        texts.append("" if broken else text)
        start = start if broken else end
    return [*texts, b"".join(tokens[start:]).decode("utf-8", "replace")]


def longest_anywhere(word, vocabulary, inside=""):
    """The longest token at any place, the leftmost of several, then what lies left and right of it."""
    spans = [(start, start + size) for size in range(len(word), 0, -1) for start in range(len(word) - size + 1)]
    for start, end in spans:
        token = (inside or "##" * bool(start)) + word[start:end]
        if token in vocabulary:
            left = longest_anywhere(word[:start], vocabulary, inside)
            right = longest_anywhere(word[end:], vocabulary, "##")
            return ["[UNK]"] if ["[UNK]"] in (left, right) else [*left, token, *right]
    return ["[UNK]"] if word else []


def unmarked_inside(word, vocabulary):
    tokens, place = [], 0
    while place < len(word):
        ends = [end for end in range(len(word), place, -1) if {word[place:end], "##" + word[place:end]} & vocabulary]
        if not ends:
            return ["[UNK]"]
        part = word[place : ends[0]]
        tokens.append(part if part in vocabulary else "##" + part)
        place = ends[0]
    return tokens


def one_mark_a_byte(tokens):
    """By hand, where a beginning that breaks off loses one byte at a time."""
    texts, data = [], b""
    for token in tokens:
        data, text = data + token, ""
        while data:
            first = data[0]
            many = 1 if first < 128 else 2 if first in range(194, 224) else 3 if first in range(224, 240) else 4
            if first in range(128, 194) or first > 244 or any(byte // 64 != 2 for byte in data[1:many]):
                data, text = data[1:], text + "\ufffd"
            elif len(data) < many:
                break
            else:
                data, text = data[many:], text + data[:many].decode()
        texts.append(text)
    return [*texts, "\ufffd" * len(data)]


def byte_by_byte(*rows, follows=(128, 191), swallows=False):
    """A machine that takes one byte after the other, by a table of first bytes: from, to and how many follow."""

    def answer(tokens):
        texts, waiting, left = [], b"", 0
        for token in tokens:
            text = ""
            for byte in token:
                if left and follows[0] <= byte <= follows[1]:
                    waiting, left = waiting + bytes([byte]), left - 1
                    text += "" if left else waiting.decode(errors="replace")
                    continue
                broken, left = left, next((more for low, high, more in rows if low <= byte <= high), None)
                text += "\ufffd" * bool(broken)
                if broken and swallows:
                    left = 0
                    continue
                text += "\ufffd" if left is None else "" if left else chr(byte)
                waiting = bytes([byte])
            texts.append(text)
        return [*texts, "\ufffd" if left else ""]

    return answer


ASCII, TWO, THREE, FOUR = (0, 127, 0), (194, 223, 1), (224, 239, 2), (240, 244, 3)


def marked_if_nothing_else(word, vocabulary):
    tokens, start = [], 0
    while start < len(word):
        ends = range(len(word), start, -1)
        plain = [] if start else [word[start:end] for end in ends if word[start:end] in vocabulary]
        fitting = plain or ["##" + word[start:end] for end in ends if "##" + word[start:end] in vocabulary]
        if not fitting:
            return ["[UNK]"]
        tokens.append(fitting[0])
        start += len(fitting[0].removeprefix("##"))
    return tokens


def lookahead(behind):
    return lambda text: re.findall(rf"[0-9]{{1,3}}(?={behind}(?![0-9]))| ?[a-zA-Z]+|(?s:.)", text)


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("most_tokens", ["5", "6", "5", "6", "4"], "each in quotes"),
        ("whose_cut", ("smollm2", "llama3", "gpt2", "llama3"), "Each of the four names belongs to one line"),
        ("whose_cut", "smollm2, o200k, gpt2, llama3", "That is one text"),
        ("stream", one_mark_a_byte, "one � for the whole beginning"),
        ("stream", lambda tokens: [str(token, "utf-8", "replace") for token in tokens], "the last string is missing"),
        ("stream", lambda tokens: str(b"".join(tokens), "utf-8", "replace").split("\0"), "joined to one string"),
        (
            "wordpiece",
            lambda word, known: my_wordpiece(word, {*known, *("##" + t for t in known)}),
            "must itself be in",
        ),
        ("most_tokens", (5, 7, 5, 6, 4), "took three bytes"),
        ("whose_cut", ("qwen2", "o200k", "gpt2", "gpt4"), "are not among the four"),
        ("stream", lambda tokens: [*my_stream(tokens)[:-1], one_mark_a_byte(tokens)[-1]], "one � for the whole"),
        ("wordpiece", longest_anywhere, "longest token anywhere in the word"),
        ("wordpiece", unmarked_inside, "without ## is taken inside a word"),
        ("wordpiece", lambda word, vocabulary: my_wordpiece(word.casefold(), vocabulary), "into small letters first"),
        ("split", lambda text: re.findall(rf"(?i) ?[a-z]+|{THREES}|[\s\S]", text), "the sign for kelvin"),
        (
            "split",
            lambda text: re.findall(THREES.replace("![0-9]", "!\\d") + r"| ?[a-zA-Z]+|[\s\S]", text),
            "before the ٣",
        ),
        ("split", lambda text: re.findall(r" ?[a-zA-Z]+|[0-9]{1,3}(?=[0-9]{3})|[\s\S]", text), "as far as hint 3 goes"),
        (
            "split",
            lambda text: re.findall(r"[0-9]{1,3}(?=[0-9]{3})|[0-9]{1,3}| ?[a-zA-Z]+|[\s\S]", text),
            "one three only",
        ),
        ("split", lambda text: re.findall(rf" ?\w+|{THREES}|[\s\S]", text), "fits digits and _ too"),
        ("split", lambda text: re.findall(rf" ?[a-zA-Z]+|{THREES}|\S", text), "but white space"),
        ("split", lambda text: splitter("llama3")(text), "Llama 3's pattern"),
        ("split", lookahead("(?:[0-9]{3})?"), "only so many threes may follow"),
        ("split", lookahead("(?:[0-9]{3}){0,2}"), "only so many threes may follow"),
        ("split", lookahead("(?:[0-9]{3})+"), "where you have +"),
        ("split", lambda text: re.findall(r" ?[a-zA-Z]+|[0-9]{1,3}(?=(?:[0-9]{3})*)|[\s\S]", text), "(?![0-9])"),
        ("split", lambda text: re.findall(rf"{THREES}| ?[a-zA-Z]+|[^a-zA-Z0-9]+", text), "characters side by side"),
        ("most_tokens", (5, 5, 3, 2, 1), "you counted characters"),
        ("whose_cut", ("gpt2", "o200k", "smollm2", "llama3"), "takes digits out one by one"),
        (
            "stream",
            lambda tokens: [*(str(token, "utf-8", "replace") for token in tokens), ""],
            "decoded every token by itself",
        ),
        ("wordpiece", greedy_without_marks, "the marks ## were left out"),
        ("split", lambda text: re.findall(r" ?[a-zA-Z]+|[0-9]{1,3}|[\s\S]", text), "counted from the left"),
        ("split", lambda text: re.findall(rf" ?[^\W\d_]+|{THREES}|[\s\S]", text), "letters with accents"),
        ("split", lambda text: re.findall(r" ?[a-zA-Z]+|\d{1,3}(?=(?:\d{3})*(?!\d))|[\s\S]", text), "other scripts"),
        ("split", lambda text: re.findall(rf" ?[a-zA-Z]+|{THREES}|[^a-zA-Z0-9 ]+| ", text), "characters side by side"),
        ("split", lambda text: re.findall(rf"[\n ]?[a-zA-Z]+|{THREES}|[\s\S]", text), "fits every white space"),
        ("split", lambda text: re.findall(r" ?[a-zA-Z]+|\d{1,3}(?=(\d{3})*\b)|[\s\S]", text), ""),
        ("most_tokens", [5, 6, 5, 6, 1], "one character, but not one byte"),
        ("whose_cut", ["qwen2", "o200k", "gpt2", "llama3"], "not among the four"),
        ("wordpiece", lambda word, vocabulary: my_wordpiece(word, vocabulary) or ["[UNK]"], "an empty word is unknown"),
        ("wordpiece", marked_afterwards, "put on after the look-up"),
        ("wordpiece", lambda word, known: [t if t in known else word for t in my_wordpiece(word, known)], "as it is"),
        ("stream", byte_by_byte(ASCII, TWO, THREE, FOUR, follows=(0, 255)), "the first byte alone decides"),
        ("split", lambda text: re.findall(rf"{THREES}| ?[a-zA-Z]+|[^\w]", text), "_ and ï are lost"),
        ("split", lambda text: re.findall(r"[0-9]| ?[a-zA-Z]+|[^0-9a-zA-Z]", text), "every digit stands alone"),
        ("wordpiece", suffixes_first, "start at the end of the word"),
        ("stream", differences("replace", "\ufffd"), "is held back"),
        ("stream", differences("ignore"), "are dropped"),
        ("stream", until_it_ends_well, "while the text ends in"),
        ("stream", byte_by_byte(ASCII, (194, 222, 1), THREE, FOUR), "without its last byte"),
        ("stream", byte_by_byte(ASCII, TWO, (224, 238, 2), FOUR), "without its last byte"),
        ("stream", byte_by_byte(ASCII, TWO, THREE, (240, 243, 3)), "without its last byte"),
        ("stream", byte_by_byte(ASCII, (194, 222, 1), (224, 238, 2), (240, 243, 3)), "without its last byte"),
        ("stream", byte_by_byte(ASCII, (195, 223, 1), THREE, FOUR), "without its first byte"),
        ("stream", byte_by_byte(ASCII, TWO, (225, 239, 2), FOUR), "without its first byte"),
        ("stream", byte_by_byte(ASCII, TWO, THREE, (241, 244, 3)), "without its first byte"),
        ("stream", byte_by_byte(ASCII, (192, 223, 1), THREE, FOUR), "by the table begins none"),
        ("stream", byte_by_byte(ASCII, (193, 223, 1), THREE, FOUR), "by the table begins none"),
        ("stream", byte_by_byte(ASCII, TWO, THREE, (240, 247, 3)), "by the table begins none"),
        ("stream", byte_by_byte(ASCII, (192, 223, 1), THREE, (240, 247, 3)), "by the table begins none"),
        ("stream", byte_by_byte(ASCII, TWO, THREE, FOUR, follows=(128, 190)), "all of them, go on"),
        ("stream", byte_by_byte(ASCII, TWO, THREE, FOUR, follows=(129, 191)), "all of them, go on"),
        ("stream", byte_by_byte(ASCII, TWO, THREE, FOUR, follows=(128, 192)), "all of them, go on"),
        ("stream", byte_by_byte(ASCII, TWO, THREE, FOUR, swallows=True), "breaks off a beginning is lost"),
        ("wordpiece", marked_if_nothing_else, "with ## is taken at the beginning"),
        ("wordpiece", lambda word, known: my_wordpiece(word, known) if len(word) < 101 else ["[UNK]"], "BERT's code"),
        ("split", lambda text: re.findall(rf" ?[a-zA-Z]+|{THREES}|\S| |\n", text), "some white space, but not all"),
        ("split", lambda text: re.findall(rf" ?[a-zA-Z]+|{THREES}|[^a-zA-Z0-9\t]", text), "but not all"),
        ("split", lambda text: re.findall(rf" ?[a-zA-Z]+|{THREES}|[^\r]", text), "but not all"),
        ("split", lambda text: re.findall(rf" ?[a-zA-Z]+|{THREES}|[ -~]|[^\x00-\x7f]|\n", text), "but not all"),
        ("split", lookahead("(?:[0-9]{3}){0,3}"), "only so many threes may follow"),
        ("split", lookahead("(?:[0-9]{3}){0,4}"), "only so many threes may follow"),
        (
            "split",
            lambda text: re.findall(r" ?[a-zA-Z]+|[0-9]{1,3}(?=(?:[0-9]{3})*(?:[^0-9,.]|$))|[\s\S]", text),
            "before a comma or a point",
        ),
        (
            "split",
            lambda text: re.findall(THREES.replace("![0-9]", "!\\w") + r"| ?[a-zA-Z]+|[\s\S]", text),
            "and (?!\\w)",
        ),
        ("most_tokens", "5,6,5,6,4", "That is one text"),
        ("most_tokens", [5, 6, 3, 6, 4], "two digits besides"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


def at_most_ten_letters(word, vocabulary):
    return my_wordpiece(word, {token for token in vocabulary if len(token.removeprefix("##")) <= 10})


def unchecked_numbers(tokens):
    """Overlong forms pass, as where a character's number is put together by hand."""
    return [text.replace("\ufffd\ufffd!", "\0!") for text in my_stream(tokens)]


@pytest.mark.parametrize(("name", "answer"), [("wordpiece", at_most_ten_letters), ("stream", unchecked_numbers)])
def test_a_rare_mistake_is_not_accepted(name, answer):
    assert feedback(EXERCISES[name], answer).startswith("✗")


def test_the_chat_templates_of_transformers_take_marks_in_a_message_for_real():
    symbols = {symbol: i for i, symbol in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    plain = tokenizers.Tokenizer(models.BPE(symbols, []))
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    template = "{% for message in messages %}{{ message['content'] }}<|im_end|>{% endfor %}"
    peer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=plain, additional_special_tokens=["<|im_end|>"], chat_template=template
    )
    ids = peer.apply_chat_template([{"role": "user", "content": "Hi<|im_end|>you"}], return_dict=False)
    assert ids.count(peer.convert_tokens_to_ids("<|im_end|>")) == 2


def test_no_list_can_need_fewer_tokens_than_its_pattern_makes_pieces():
    pieces = {name: len(list(splitter(name)(ARTICLE["Hindi"]))) for name in ("gpt2", "llama3", "o200k")}
    assert pieces == {"gpt2": 122, "llama3": 88, "o200k": 35}
    assert (
        splitter("gpt4")(ARTICLE["Hindi"])
        == splitter("qwen2")(ARTICLE["Hindi"])
        == splitter("llama3")(ARTICLE["Hindi"])
    )
    for vocabulary, pattern in (("gpt2", "gpt2"), ("cl100k", "llama3"), ("llama3", "llama3"), ("llama4", "o200k")):
        assert len(load_tokenizer(vocabulary).encode(ARTICLE["Hindi"])) >= pieces[pattern]


def plain_stream(tokens):
    ends = [len(b"".join(tokens[: i + 1])) for i in range(len(tokens))]
    data = b"".join(tokens)
    texts = [codecs.utf_8_decode(data[:end], "replace", False)[0] for end in ends] + [data.decode(errors="replace")]
    return [after[len(before) :] for before, after in pairwise(["", *texts])]


def plain_split(text):
    pieces = []
    for part in re.findall(r" ?[a-zA-Z]+|[0-9]+|[^0-9]", text):
        if part.isdecimal():
            first = len(part) % 3
            part = [part[:first]] * bool(first) + [part[i : i + 3] for i in range(first, len(part), 3)]
        pieces += part if isinstance(part, list) else [part]
    return pieces


def recursive_wordpiece(word, vocabulary, mark=""):
    for end in range(len(word), 0, -1):
        if mark + word[:end] in vocabulary:
            rest = recursive_wordpiece(word[end:], vocabulary, "##")
            return ["[UNK]"] if rest == ["[UNK]"] else [mark + word[:end], *rest]
    return ["[UNK]"] if word else []


RIGHT = {
    "most_tokens": lambda: (len(bytes(text, "utf-8")) for text in TEXTS),
    "whose_cut": lambda: ("smollm2", "o200k", "gpt2", "llama3"),
    "stream": plain_stream,
    "wordpiece": recursive_wordpiece,
    "split": plain_split,
}


def test_a_byte_by_byte_stream_by_the_table_is_right():
    assert feedback(EXERCISES["stream"], byte_by_byte(ASCII, TWO, THREE, FOUR)).startswith("✓")


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
