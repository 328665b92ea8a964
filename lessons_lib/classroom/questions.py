"""Questions with an explanation for every choice: radio buttons where a kernel runs, folded answers everywhere else."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import filelock

from lessons_lib.classroom import record, registry

if TYPE_CHECKING:
    from ipywidgets import VBox


@dataclass(frozen=True)
class Question:
    """A question, its choices, and which choice is right.

    Attributes:
        text: the question; names in backticks are shown as code.
        choices: for each choice, as plain text, why it is right or wrong.
        answer: the right choice, or a function that computes it.
    """

    text: str
    choices: dict[str, str]
    answer: str | Callable[[], str]

    def right_choice(self) -> str:
        """The right choice.

        Raises:
            ValueError: if the answer is not among the choices.
        """
        answer = self.answer() if callable(self.answer) else self.answer
        if answer not in self.choices:
            raise ValueError(f"answer {answer!r} is not among the choices {list(self.choices)}")
        return answer


class Quiz:
    """The questions of one lesson; see `Explorer` for why this is no widget itself."""

    def __init__(self, number: str, questions: tuple[Question, ...]) -> None:
        self.number = number
        self.questions = questions
        self.panels = [self._panel(place, question) for place, question in enumerate(questions, start=1)]

    def _panel(self, place: int, question: Question) -> "VBox":
        import ipywidgets

        whole_line = ipywidgets.Layout(width="auto")
        text = ipywidgets.HTML(f"<b>{place}. {_html(question.text)}</b>")
        radio = ipywidgets.RadioButtons(options=list(question.choices), value=None, layout=whole_line)
        explanation = ipywidgets.HTML()

        def explain(change: dict) -> None:
            choice = change["new"]
            right = choice == question.right_choice()
            explanation.value = f'<div role="status">{"✓" if right else "✗"} {_html(question.choices[choice])}</div>'
            if right:
                try:
                    record.add("quiz", f"{self.number}.{place}")
                except (OSError, RuntimeError, filelock.Timeout) as error:
                    explanation.value += f"<div>(progress was not saved: {escape(str(error))})</div>"

        radio.observe(explain, names="value")
        return ipywidgets.VBox([text, radio, explanation])

    def __repr__(self) -> str:
        return "\n\n".join(
            "\n".join([f"{place}. {question.text}", *(f"   ○ {choice}" for choice in question.choices)])
            for place, question in enumerate(self.questions, start=1)
        )

    def _repr_html_(self) -> str:
        parts = []
        for place, question in enumerate(self.questions, start=1):
            right = question.right_choice()
            choices = "".join(f"<li>{escape(choice)}</li>" for choice in question.choices)
            answers = "".join(
                f"<li>{'✓' if choice == right else '✗'} {escape(choice)}: {_html(why)}</li>"
                for choice, why in question.choices.items()
            )
            parts.append(
                f"<p><b>{place}. {_html(question.text)}</b></p><ul>{choices}</ul>"
                f"<details><summary>Answer</summary><ul>{answers}</ul></details>"
            )
        return "\n".join(parts)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        import ipywidgets

        view = {"version_major": 2, "version_minor": 0, "model_id": ipywidgets.VBox(self.panels).model_id}
        return {
            "text/plain": repr(self),
            "text/html": self._repr_html_(),
            "application/vnd.jupyter.widget-view+json": view,
        }


def quiz(number: str) -> Quiz:
    """The quiz of a lesson; as the last line of a cell it is displayed.

    Args:
        number: the lesson, such as `"01"`.

    Raises:
        ValueError: if no lesson has that number.
    """
    return Quiz(number, registry.lesson(number).QUIZ)


def _html(text: str) -> str:
    """Plain text as HTML, with `names in backticks` as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
