"""Finds code in the prose that is not of the language that it names, which the book can't colour and complains of."""

import re

from nbformat import NotebookNode
from pygments.lexers import get_lexer_by_name
from pygments.token import Error
from pygments.util import ClassNotFound

from workshop.audit import Fault

FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def faults(notebook: NotebookNode) -> list[Fault]:
    """Fenced code in the cells of prose that its language doesn't know."""
    cells = [(number, cell) for number, cell in enumerate(notebook.cells, start=1) if cell.cell_type == "markdown"]
    return [
        Fault(number, fault)
        for number, cell in cells
        for language, code in FENCE.findall(cell.source)
        if (fault := _fault(language, code))
    ]


def _fault(language: str, code: str) -> str | None:
    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return f"```{language} names no language that the book can colour"
    wrong = next((text for kind, text in lexer.get_tokens(code) if kind is Error), None)
    return wrong and f"```{language} holds {wrong!r}, which is no {language}; mend it, or name another language"
