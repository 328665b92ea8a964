"""Real English texts, fetched once and then read from the cache: two in the public domain that are long enough to train
on, and conversations as people have sent them in, repeats and all."""

import ast
import re
from typing import NamedTuple

from lessons_lib import assets


def shakespeare() -> str:
    """Shakespeare's 38 plays as plain text, about 5 million characters.

    Plays are sorted by genre and title. Speakers stand on lines of their own; Markdown marks are taken out.

    Raises:
        AssetError: if the text has to be fetched and cannot be.

    Example:
        >>> "To be, or not to be: that is the question:" in shakespeare()
        True
    """
    plays = sorted(assets.fetch("shakespeare").rglob("*.md"), key=lambda file: file.parts)
    text = "\n\n".join(play.read_text(encoding="utf-8").strip() for play in plays)
    return re.sub(r"(?m)^#+ | +$|[*_\\]", "", text) + "\n"


def world_english_bible() -> str:
    """The World English Bible in modern English, one verse a line, about 4 million characters.

    Raises:
        AssetError: if the text has to be fetched and cannot be.

    Example:
        >>> world_english_bible().partition("\\n")[0]
        'In the beginning God created the heavens and the earth.'
    """
    # The file is Python that is never run: its last statement is a call whose arguments are literals.
    module = ast.parse(assets.fetch("world-english-bible").read_text(encoding="utf-8"))
    text, starts, ends = (ast.literal_eval(argument) for argument in module.body[-1].value.args[1:4])
    verses = (" ".join(text[start : ends[verse]].split()) for verse, start in starts.items())
    return "\n".join(verses).replace("`", "'") + "\n"  # the edition writes its apostrophes as backticks


class Conversation(NamedTuple):
    """What was said in turn, and about what.

    Attributes:
        topic: the file that it stands in, such as "science".
        turns: what was said, one string each time somebody speaks.
    """

    topic: str
    turns: tuple[str, ...]

    @property
    def text(self) -> str:
        """The turns, each on a line of its own (a turn may have several lines)."""
        return "\n".join(self.turns)


def conversations() -> list[Conversation]:
    """The 2,026 English conversations of chatterbot-corpus, in its order: many stand there a hundred times.

    They are here as an example of text that has to be cleaned: nothing is mended and nothing left out.

    Raises:
        AssetError: if the text has to be fetched and cannot be.

    Example:
        >>> conversations()[0].turns[0]
        'What is AI?'
    """
    files = sorted(assets.fetch("chatterbot-english").glob("*.yml"))
    return [Conversation(file.stem, turns) for file in files for turns in _read_lists(file.read_text(encoding="utf-8"))]


_TURN = re.compile(r"(- - |  - |- )(.*)")


def _read_lists(text: str) -> list[tuple[str, ...]]:
    """The lists of strings below `conversations:`, in the part of YAML that these files use.

    A string stands plain, in quotes, or indented below a `|`; only the last keeps its line ends. One list lacks its
    first dash, and is read as it was meant.
    """
    found: list[list[list[str]]] = []  # conversations of turns of lines
    for line in text.partition("\nconversations:\n")[2].splitlines():
        if turn := _TURN.fullmatch(line):
            if line.startswith("-"):
                found.append([])
            found[-1].append([turn[2]])
        else:
            found[-1][-1].append(line)
    return [tuple(_read_string(*lines) for lines in conversation) for conversation in found]


def _read_string(first: str, *others: str) -> str:
    if first == "|":
        return "\n".join(line[4:] for line in others).rstrip("\n")
    text = " ".join(part for line in (first, *others) if (part := line.strip(" ")))  # no-break spaces stay
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    return text[1:-1] if text.startswith('"') else text
