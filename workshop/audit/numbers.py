"""Checks the numbers of a lesson's text: each stands in an output of the lesson, or in the table of cited facts."""

import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from nbformat import NotebookNode

from workshop.audit import Fault
from workshop.audit.prose import Span, read_through

# Not part of a word such as smollm2-135m or x86, nor the rest of a longer number.
NUMBER = re.compile(r"(?<![\w.])(?<!\w-)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")


def unsupported_numbers(notebook: NotebookNode, cited: set[Decimal]) -> list[Fault]:
    """Numbers in the prose with three or more significant digits that no output shows and no source backs.

    A number in the text of a web link is backed by that link. The descriptions of figures are prose: an author writes
    them, and they must not back a number in the text.

    Args:
        notebook: a notebook with its outputs.
        cited: numbers whose source is on record; see `cited_numbers`.
    """
    shown = cited.union(*(numbers(text) for text in _output_texts(notebook)))
    return [
        Fault(
            cell,
            f"{number} stands in the text but in no output: {span.text.strip()[:80]!r}; "
            "let a cell print it, or cite its source in notebooks/cited.toml",
        )
        for cell, span in (*read_through(notebook), *_descriptions(notebook))
        if not span.target.startswith("https:")
        for number in sorted(numbers(_without_tags(span.text)) - shown)
        if significant_digits(number) >= 3
    ]


def cited_numbers(file: Path) -> set[Decimal]:
    """The numbers of a table of cited facts, `[[fact]]` with `value` and `source`.

    Raises:
        ValueError: if a fact lacks its value or its source.
    """
    cited = set()
    for fact in tomllib.loads(file.read_text(encoding="utf-8")).get("fact", []):
        found = numbers(str(fact.get("value", "")))
        if not found or not fact.get("source"):
            raise ValueError(f"{file.name}: a fact needs a value with a number and a source, got {fact}")
        cited |= found
    return cited


def numbers(text: str) -> set[Decimal]:
    """The numbers in a text, without their signs: `"10,000 and -0.50"` gives 10000 and 0.50."""
    return {Decimal(whole.replace(",", "") + (part or "")) for whole, part in NUMBER.findall(text)}


def significant_digits(number: Decimal) -> int:
    """How many digits say something: 3 for 0.150 and for 413, 1 for 10000 (a round number)."""
    digits = "".join(map(str, number.as_tuple().digits)).lstrip("0")
    return len(digits) if number.as_tuple().exponent < 0 else len(digits.rstrip("0"))


def _descriptions(notebook: NotebookNode) -> Iterator[tuple[int, Span]]:
    """What `show` was given as the description of each figure; a panel's text is computed and does not count."""
    for cell, output in _outputs(notebook):
        if _is_figure(output):
            yield cell, Span("text", output.data.get("text/plain", ""))


def _output_texts(notebook: NotebookNode) -> Iterator[str]:
    """Every text that the stored outputs show, but for the descriptions of figures."""
    for _, output in _outputs(notebook):
        yield output.get("text", "")
        if not _is_figure(output):
            yield from (
                _without_tags(data) for kind, data in output.get("data", {}).items() if kind.startswith("text/")
            )


def _outputs(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    for number, cell in enumerate(notebook.cells, start=1):
        yield from ((number, output) for output in cell.get("outputs", []))


def _is_figure(output: NotebookNode) -> bool:
    return output.output_type == "display_data" and "image/png" in output.data


def _without_tags(text: str) -> str:
    return re.sub(r"<[^>]*>", " ", text)
