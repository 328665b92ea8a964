"""Questions with an explanation for every choice: radio buttons where a kernel runs, folded answers everywhere else."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from lessons_lib.classroom import record, registry
from lessons_lib.classroom.panels.bundle import bundle, html, status

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
        text = ipywidgets.HTML(f"<b>{place}. {html(question.text)}</b>")
        radio = ipywidgets.RadioButtons(options=list(question.choices), value=None, layout=whole_line)
        explanation = ipywidgets.HTML()

        def explain(change: dict) -> None:
            choice = change["new"]
            right = choice == question.right_choice()
            saved = record.noted("quiz", f"{self.number}.{place}") if right else ""
            explanation.value = status(f"{'✓' if right else '✗'} {question.choices[choice]}", saved)

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
                f"<li>{'✓' if choice == right else '✗'} {escape(choice)}: {html(why)}</li>"
                for choice, why in question.choices.items()
            )
            parts.append(
                f"<p><b>{place}. {html(question.text)}</b></p><ul>{choices}</ul>"
                f"<details><summary>Answer</summary><ul>{answers}</ul></details>"
            )
        return "\n".join(parts)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        import ipywidgets

        return bundle(ipywidgets.VBox(self.panels), repr(self), self._repr_html_())


def quiz(number: str) -> Quiz:
    """The quiz of a lesson; as the last line of a cell it is displayed.

    Args:
        number: the lesson, such as `"01"`.

    Raises:
        ValueError: if no lesson has that number, or it has no quiz.
    """
    questions = registry.lesson(number).QUIZ
    if not questions:
        raise ValueError(f"lesson {number} has no quiz")
    return Quiz(number, questions)
