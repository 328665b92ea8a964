"""The way through the course: the one list of its lessons, written into each lesson's head and into README."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workshop.lessons import Lesson, find_lessons


@dataclass(frozen=True)
class Planned:
    """A lesson of the course, written or not. Of a written one, the text's head says title and question.

    Attributes:
        number: such as `04b`.
        title: in a few words.
        question: what it answers.
    """

    number: str
    title: str
    question: str


COURSE = {
    "start": (
        Planned("00", "Start here", "What is a language model?"),
        Planned("00b", "Tensors", "How does a table of numbers write names?"),
        Planned("00c", "Learning", "How do numbers learn?"),
    ),
    "the model": (
        Planned("01", "Tokens and sampling", "How does a model choose the next word?"),
        Planned("02", "The BPE tokenizer", "How does text become numbers?"),
        Planned("02b", "Real tokenizers", "How do the tokenizers of real models differ?"),
        Planned("03", "Embeddings", "Where does meaning live?"),
        Planned("04", "Attention", "How do words look at each other?"),
        Planned("04b", "Positions", "How does attention know the order?"),
        Planned("04c", "Shared heads and cost", "What does looking cost, and how is it made cheaper?"),
        Planned("05", "The transformer block", "What happens between two attentions?"),
        Planned("06", "The full model", "Can we run a real LLM with our own code?"),
        Planned("07", "Generation", "How do logits become a conversation?"),
        Planned("07b", "Faster", "Where does the time go?"),
    ),
    "training": (
        Planned("08", "Data", "What does a model read?"),
        Planned("09", "Training", "How does it learn?"),
        Planned("09b", "What is each part worth?", "What does a model lose without it?"),
    ),
    "families": (
        Planned("10", "One skeleton, every model", "How different are the models that everybody names?"),
        Planned("11", "Llama 4 from the ground up", "What does a mixture of experts change?"),
        Planned("11b", "A small Llama 4, trained", "What do its experts learn?"),
    ),
    "use": (
        Planned("12", "Fine-tuning", "How does a model learn a new habit?"),
        Planned("13", "Preference", "How does a model learn what people like?"),
        Planned("13b", "Reward", "How does a model learn what is right?"),
        Planned("14", "Evaluation", "How do you know that it is any good?"),
        Planned("15", "Prompting", "How do you ask so that the answer can be used?"),
        Planned("16", "Retrieval and tools", "How does a model use what it was never taught?"),
        Planned("17", "Serving", "How does a model answer many people at once?"),
        Planned("18", "Deployment and scale", "How does a model leave one machine?"),
        Planned("19", "What next", "What have you built, and what can you build now?"),
    ),
    "appendices": (
        Planned("A1", "Python for this course", "Which Python do the lessons use?"),
        Planned("A2", "Maths refresher", "Which maths do the lessons use?"),
        Planned("A3", "Troubleshooting", "What does this error mean, and what mends it?"),
        Planned("A4", "Glossary and answers", "What does this word mean?"),
    ),
    "beyond": (
        Planned("B1", "After attention", "What keeps a state that does not grow?"),
        Planned("B2", "Looking inside", "What does a model compute on the way?"),
    ),
}
PLAN = tuple(planned for group in COURSE.values() for planned in group)


def route(lesson: Lesson, root: Path) -> str:
    """The way through the course in Markdown, on two lines: all numbers, and the lesson with its neighbours.

    Lessons that exist are links.

    Args:
        lesson: the one in whose head it stands.
        root: the course's folder.
    """
    written = {each.number: each for each in find_lessons(root)}
    folder = lesson.notebook.parent

    def number(planned: Planned) -> str:
        if planned.number == lesson.number:
            return f"**{planned.number}**"
        return link(planned.number, planned.number, f' "{title(planned, written)}"')

    def link(text: str, to: str, more: str = "") -> str:
        if to not in written:
            return text
        return f"[{text}]({os.path.relpath(written[to].notebook, folder).replace(os.sep, '/')}{more})"

    groups = (f"*{name}* " + " ".join(map(number, group)) for name, group in COURSE.items())
    lines = ["The way: " + " · ".join(groups)]
    numbers = [planned.number for planned in PLAN]
    if lesson.number in numbers:
        place = numbers.index(lesson.number)
        names = [f"{planned.number} {title(planned, written)}" for planned in PLAN]
        before = [f"before: {link(names[place - 1], numbers[place - 1])}"] if place else []
        after = [f"next: {link(names[place + 1], numbers[place + 1])}"] if place + 1 < len(names) else []
        lines.append(" · ".join([*before, f"**you are here: {names[place]}**", *after]))
    return "  \n".join(lines)


def title(planned: Planned, written: dict[str, Lesson]) -> str:
    """The title of a lesson: as its head says it, or as it is planned."""
    return (written[planned.number].title if planned.number in written else "") or planned.title


def coming(number: str, root: Path, folder: Path) -> str:
    """A lesson as a whole: that it will come, and a link to it once it is written.

    Args:
        number: of a lesson of the list.
        root: the course's folder.
        folder: where the text will stand; the link is relative to it.
    """
    written = {lesson.number: lesson for lesson in find_lessons(root)}
    name = f"lesson {number}, {title(next(planned for planned in PLAN if planned.number == number), written)}"
    if number not in written:
        return f"comes with {name}"
    return f"[{name}]({os.path.relpath(written[number].notebook, folder).replace(os.sep, '/')})"


def faults(lessons: Sequence[Lesson], root: Path) -> list[str]:
    """Lessons that the list lacks, one line each; what goes deeper is not on the way."""
    known = {planned.number for planned in PLAN}
    return [
        f"{lesson.source.relative_to(root).as_posix()}: COURSE in workshop/route.py has no {lesson.number}; add it"
        for lesson in lessons
        if lesson.number not in known and lesson.source.parent.name != "deeper"
    ]
