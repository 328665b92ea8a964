"""Two real English texts in the public domain, long enough to train on: fetched once, then read from the cache."""

import ast
import re

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
