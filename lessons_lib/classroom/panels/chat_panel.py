"""A box to chat with a model in: the answer appears as it is written."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from lessons_lib.classroom.panels.explorer import Explorer

if TYPE_CHECKING:
    from lessons_lib.generation import Chat

NAMES = {"system": "System", "user": "You", "assistant": "Model"}


class ChatPanel(Explorer):
    """A conversation, a way back, and a line to type in; as the last line of a cell it is displayed.

    Enter sends what was typed. The first question is asked at once, so that a stored notebook shows a conversation.

    Args:
        chat: the conversation; it keeps what was said.
        first: the first question.

    Attributes:
        undo: the button that takes the last question and its answer back.
    """

    def __init__(self, chat: Chat, first: str) -> None:
        import ipywidgets

        self._chat = chat
        self.undo = ipywidgets.Button(description="take back", layout=ipywidgets.Layout(width="auto"))
        message = ipywidgets.Text(value=first, placeholder="type and press Enter", continuous_update=False)
        super().__init__(self._say, {"message": message})
        self.undo.on_click(self._take_back)
        self.panel.children = (self.picture, self.undo, message, self.numbers)

    def _say(self, message: str) -> tuple[str, str]:
        if message.strip():
            for _ in self._chat.say(message):
                self.picture.value = self._page()
            self.controls["message"].value = ""  # which brings us here once more, with nothing to say
        self.undo.disabled = not self._chat.messages
        last = "; ".join(f"{NAMES[m['role']]}: {m['content']}" for m in self._chat.messages[-2:])
        return self._page(), last or "nothing was said yet"

    def _settings(self, values: dict[str, object]) -> str:
        return f"{len(self._chat.messages)} messages"

    def _take_back(self, _button: object) -> None:
        self._chat.undo()
        self._update(None)

    def _page(self) -> str:
        lines = [
            f'<p style="margin: 0.3em 0"><b>{NAMES[m["role"]]}:</b> {_with_breaks(m["content"])}</p>'
            for m in self._chat.messages
        ]
        return f'<div style="border: 1px solid #888; padding: 0.5em; max-width: 48em">{"".join(lines) or "…"}</div>'


def _with_breaks(text: str) -> str:
    """Plain text as HTML that keeps its lines."""
    return escape(text).replace("\n", "<br>")
