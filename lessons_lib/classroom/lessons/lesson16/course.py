"""The prose of lessons 01 to 07 as it was when it was recorded: what lesson 16 searches in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from lessons_lib.apps.retrieval.chunk import chunk
from lessons_lib.apps.retrieval.passage import Passage

if TYPE_CHECKING:
    from lessons_lib.apps.embedding import WordPiece

STORED = Path(__file__).with_name("course.txt")
LESSONS = (
    "01_tokens_and_sampling",
    "02_bpe_tokenizer",
    "03_embeddings",
    "04_attention",
    "05_transformer_block",
    "06_full_model",
    "07_generation",
)
SIZE = 100  # tokens of a passage
MOVED = {  # sections that have another place today: the file of their notebook, without its ending, and the heading
    "04_attention > 9. What real heads do": ("deeper/D7_heads", "1. What real heads do"),
    "04_attention > 10. Look for yourself": ("04_attention", "9. Mrs Quimbletop again"),
    "04_attention > 11. What a map does not prove": ("deeper/D7_heads", "2. What a map does not prove"),
    "04_attention > 12. Mrs Quimbletop again": ("04_attention", "9. Mrs Quimbletop again"),
}


@cache
def prose() -> str:
    """All of it in Markdown: a heading `#` for each lesson, one with `##` for each section."""
    return STORED.read_text("utf-8")


def passages(wordpiece: WordPiece, size: int = SIZE) -> list[Passage]:
    """The text in chunks of so many tokens at most, none across two sections.

    The id of each says where it stands: "01_tokens_and_sampling > 3. Greedy: always the favourite > 2".
    """
    found, counts = [], {}
    for each in chunk(prose(), size, by="headings", length=lambda text: len(wordpiece.encode(text)) - 2):
        place = section(each.heading)
        if " > " in place and not (each.text.startswith("#") and "\n" not in each.text):  # a heading alone says nothing
            counts[place] = counts.get(place, 0) + 1
            found.append(Passage(f"{place} > {counts[place]}", each.text))
    return found


def section(name: str) -> str:
    """Lesson and section, the first two parts of a passage's id: "01_tokens_and_sampling > 3. Greedy: ..."."""
    return " > ".join(name.split(" > ")[:2])


def brief(name: str) -> str:
    """A passage's id in a few words: "02 4. Bytes: nothing is unknown, piece 3"."""
    lesson, heading, piece = name.split(" > ")
    return f"{lesson.split('_')[0]} {heading:.38}, piece {piece}"


def says(name: str, place: str) -> bool:
    """Whether a passage's id lies in the section that a place such as "01 3" means."""
    lesson, begin = place.split()
    file, _, heading = section(name).partition(" > ")
    return file.startswith(f"{lesson}_") and heading.split(". ")[0].split(" ")[0] == begin


def today(name: str) -> tuple[str, str]:
    """Where a passage's section stands today: the file of its notebook, without its ending, and the heading."""
    place = section(name)
    return MOVED[place] if place in MOVED else tuple(place.split(" > "))


def link(name: str) -> str:
    """Where a passage's section stands in the notebooks."""
    lesson, heading = today(name)
    return f"{lesson}.ipynb#{heading.replace(' ', '-')}"
