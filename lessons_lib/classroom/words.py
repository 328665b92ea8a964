"""Say it in your own words: a question, room to write, and an answer to compare with, folded.

What the learner writes is kept in the progress file and is there again when the notebook is opened the next time.
"""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from lessons_lib.classroom import record, registry
from lessons_lib.classroom.panels.bundle import anchor, bundle, html, status

if TYPE_CHECKING:
    from ipywidgets import VBox


@dataclass(frozen=True)
class InYourWords:
    """A question that no program can mark.

    Attributes:
        id: name for `say`, unique in the course.
        question: what to explain; names in backticks are shown as code.
        answer: one good answer, in one to four sentences.
        section: the text of the heading, in the same notebook, under which the answer stands.
    """

    id: str
    question: str
    answer: str
    section: str

    def folded_answer(self) -> str:
        """The answer and where it stands, as HTML that opens on demand."""
        return (
            f"<details><summary>One answer</summary><p>{html(self.answer)}</p>"
            f'<p>Where it stands: <a href="#{escape(anchor(self.section))}" style="text-decoration: underline">'
            f"{html(self.section)}</a></p></details>"
        )


class Saying:
    """One or more questions, each with room to write.

    Attributes:
        panels: for each question: the question, the text area, what was kept, and the folded answer.
    """

    def __init__(self, questions: tuple[InYourWords, ...]) -> None:
        self.questions = questions
        self.panels = [self._panel(question) for question in questions]

    def _panel(self, question: InYourWords) -> "VBox":
        import ipywidgets

        text = ipywidgets.HTML(f"<b>Say it in your own words: {html(question.question)}</b>")
        area = ipywidgets.Textarea(
            value=record.written(question.id),
            placeholder="Write here. It is kept when you leave the field.",
            continuous_update=False,
            rows=4,
            layout=ipywidgets.Layout(width="auto", max_width="48em"),
        )
        kept = ipywidgets.HTML(status())

        def keep(change: dict) -> None:
            problem = record.kept(question.id, change["new"])
            words = len(change["new"].split())
            kept.value = status(problem or f"Kept: {words} {'word' if words == 1 else 'words'}.")

        area.observe(keep, names="value")
        return ipywidgets.VBox([text, area, kept, ipywidgets.HTML(question.folded_answer())])

    def __repr__(self) -> str:
        return "\n".join(f"Say it in your own words: {question.question}" for question in self.questions)

    def _repr_html_(self) -> str:
        return "\n".join(
            f"<p><b>Say it in your own words: {html(question.question)}</b></p>{question.folded_answer()}"
            for question in self.questions
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        import ipywidgets

        return bundle(ipywidgets.VBox(self.panels), repr(self), self._repr_html_())


def say(*names: str) -> Saying:
    """Ask for the learner's own words; as the last line of a cell it is displayed.

    Args:
        *names: ids of questions.

    Raises:
        ValueError: if there is no name, or the course has no such question.
    """
    if not names:
        raise ValueError("say needs the id of a question, got none")
    return Saying(tuple(registry.find("WORDS", name) for name in names))
