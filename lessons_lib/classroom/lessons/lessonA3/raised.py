"""Errors that are raised on purpose, each with what mends it, and the table of all of them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape

from lessons_lib.classroom.panels.bundle import anchor, html


@dataclass(frozen=True)
class Row:
    """One error.

    Attributes:
        section: the heading of the notebook under which it was raised.
        message: what Python wrote last, on one line; … stands for what is left out.
        mend: what to do, in a few words; names in backticks.
    """

    section: str
    message: str
    mend: str


class Table:
    """Rows as a table, from the message to the mend; its plain text counts them."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = sorted(rows, key=lambda row: row.message.casefold())

    def __repr__(self) -> str:
        return f"{len(self.rows)} errors, each with its mend"

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" style="text-align: left">{name}</th>' for name in ("it says", "mend", "where"))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(_line, self.rows))}</tbody></table>"


class Errors:
    """The errors that a page has raised so far."""

    def __init__(self) -> None:
        self._section, self._rows = "", {}

    def begin(self, section: str) -> None:
        """What is raised from now on belongs to a section, named by its heading."""
        self._section = section

    @contextmanager
    def raised(self, mend: str, part: str = ".*") -> Iterator[None]:
        """Print the error that the lines below raise and what mends it, and go on.

        Args:
            mend: what to do about it.
            part: what is kept of its words, as a regular expression: of some errors the rest is long, or differs from
                one machine to the next. All of them by default, and where no part matches, as in another version of
                torch.

        Raises:
            RuntimeError: if the lines raise nothing.
        """
        try:
            yield
        except Exception as error:
            words = error.msg if isinstance(error, SyntaxError) else str(error)
            message = f"{type(error).__name__}: {_kept(words, part)}"
            self._rows[message] = Row(self._section, message, mend)  # a cell that runs again adds nothing
            print(f"{message}\n  mend: {mend}")
        else:
            raise RuntimeError("these lines were to go wrong, and did not")

    def table(self) -> Table:
        """All errors so far, by the alphabet of what they say."""
        return Table(list(self._rows.values()))


def _kept(words: str, part: str) -> str:
    """A part of an error's words, on one line."""
    words = " ".join(words.split())
    found = re.search(part, words) or re.search(".*", words)
    return "… " * (found.start() > 0) + found[0] + " …" * (found.end() < len(words))


def _line(row: Row) -> str:
    number = escape(row.section.partition(".")[0])
    place = f'<a href="#{escape(anchor(row.section))}" style="text-decoration: underline">section {number}</a>'
    cells = (f"<code>{escape(row.message)}</code>", html(row.mend), place)
    return "<tr>" + "".join(f'<td style="text-align: left">{cell}</td>' for cell in cells) + "</tr>"
