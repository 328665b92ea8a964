"""The chat panel: Enter sends, the answer appears piece by piece, and the last turn can be taken back."""

import pytest

from lessons_lib.classroom.panels.chat_panel import ChatPanel


class Parrot:
    """A stand-in for `Chat` that repeats what it hears, word by word."""

    def __init__(self):
        self.messages = []

    def say(self, text):
        if text == "too long":
            raise ValueError("message: got too much, allowed less")
        self.messages += [{"role": "user", "content": text}, {"role": "assistant", "content": ""}]
        for word in text.split():
            self.messages[-1]["content"] += word + "!"
            yield word

    def undo(self):
        del self.messages[-2:]


@pytest.fixture
def panel():
    return ChatPanel(Parrot(), "hello")


def test_the_first_question_is_answered_in_the_stored_notebook(panel):
    bundle, _ = panel._repr_mimebundle_()
    assert "hello!" in bundle["text/html"]
    assert bundle["text/plain"] == "2 messages: You: hello; Model: hello!"


def test_enter_sends_and_empties_the_line(panel):
    panel.controls["message"].value = "one two"
    assert panel.controls["message"].value == ""
    assert "one!two!" in panel.picture.value
    assert "4 messages" in panel.numbers.value


def test_pieces_are_shown_as_they_come(panel):
    seen = []
    panel.picture.observe(lambda change: seen.append(change["new"]), names="value")
    panel.controls["message"].value = "one two three"
    assert [text for text in ("one!<", "one!two!<", "one!two!three!<") if any(text in page for page in seen)] == [
        "one!<",
        "one!two!<",
        "one!two!three!<",
    ]


def test_undo_takes_back_turn_by_turn(panel):
    panel.controls["message"].value = "one"
    panel.undo.click()
    assert "one!" not in panel.picture.value and "hello!" in panel.picture.value
    panel.undo.click()
    assert panel.undo.disabled and "nothing was said yet" in panel.numbers.value


def test_what_is_typed_is_shown_as_text(panel):
    panel.controls["message"].value = "<b>bold</b>"
    assert "<b>bold" not in panel.picture.value and "&lt;b&gt;bold" in panel.picture.value


def test_an_error_is_a_sentence_and_the_conversation_goes_on(panel):
    panel.controls["message"].value = "too long"
    assert "allowed less" in panel.numbers.value
    panel.controls["message"].value = "short"
    assert "short!" in panel.picture.value
