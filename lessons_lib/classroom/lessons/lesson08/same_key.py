"""An exercise of lesson 08: a key by which copies are found."""

import re
import unicodedata
from collections.abc import Callable

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.training.data import normalise

QUOTES = str.maketrans("’‘“”", "''\"\"")


def my_key(text):
    text = unicodedata.normalize("NFC", text).lower()
    for curly, straight in ("’'", "‘'", '“"', '”"'):
        text = text.replace(curly, straight)
    return " ".join(text.split())


def key_without_nfc(text):
    """It looks as if the text is not normalised: an accent may be a character of its own. unicodedata.normalize("NFC",
    text) composes it. (On the screen the two look alike; their len()
    differs.)"""
    return " ".join(text.lower().translate(QUOTES).split())


def key_with_nfkc(text):
    """It looks as if you used NFKC, which turns ½ into 1⁄2 and ² into 2: texts that say other things would be copies.
    NFC is enough."""
    return my_key(unicodedata.normalize("NFKC", text))


def key_decomposed(text):
    """It looks as if you used NFD, which takes letters and accents apart. Asked for is NFC, which puts them
    together. (On the screen the two look alike; their len() differs.)"""
    return unicodedata.normalize("NFD", my_key(text))


def key_with_capitals(text):
    """It looks as if capitals are still there: lower() makes them small."""
    return " ".join(unicodedata.normalize("NFC", text).translate(QUOTES).split())


def key_casefolded(text):
    """It looks as if you used casefold, which also turns ß into ss. Asked for is lower case."""
    return my_key(text).casefold()


def key_with_curly_quotes(text):
    """It looks as if curly quotes stay as they are: ’ and ‘ become ', “ and ” become "."""
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def key_with_one_curly_quote(text):
    """It looks as if only ’ was replaced. There are four curly quotes: ’ ‘ “ ”."""
    return " ".join(unicodedata.normalize("NFC", text).lower().replace("’", "'").split())


def _key_without_one_quote(forgotten: str) -> Callable:
    def mistake(text: str) -> str:
        return " ".join(
            unicodedata.normalize("NFC", text)
            .lower()
            .translate({code: quote for code, quote in QUOTES.items() if chr(code) != forgotten})
            .split()
        )

    mistake.__doc__ = f"It looks as if {forgotten} stays as it is. There are four curly quotes: ’ ‘ “ ”."
    return mistake


def key_with_all_quotes_alike(text):
    """It looks as if all quotes became one. Single ones become ', double ones "."""
    return my_key(text).replace('"', "'")


def key_with_all_curly_quotes_alike(text):
    return my_key(re.sub("[“”]", "'", text))


key_with_all_curly_quotes_alike.__doc__ = key_with_all_quotes_alike.__doc__


def key_with_all_quotes_double(text):
    return my_key(re.sub("[‘’]", '"', text))


key_with_all_quotes_double.__doc__ = key_with_all_quotes_alike.__doc__


def key_of_the_library(text):
    """It looks as if you used the library's normalise. It also drops what nobody sees, such as a soft hyphen; asked for
    is NFC alone: unicodedata.normalize("NFC", text)."""
    return my_key(normalise(text))


def key_with_more_quotes(text):
    """It looks as if other marks, such as „ ‚ `, are turned into quotes too. Only ’ ‘ “ ” are."""
    return my_key(text).translate(str.maketrans("„‚`", "\"''"))


def key_without_punctuation(text):
    """It looks as if punctuation is gone. It stays: only the form of the quotes changes."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFC", text).lower()))


def key_without_spaces(text):
    """It looks as if all spaces are gone. Each run of white space becomes one space."""
    return "".join(my_key(text).split())


def key_with_spaces_as_they_are(text):
    """It looks as if white space is left as it is: each run of it becomes one space, none at the ends. text.split()
    cuts at all kinds of it."""
    return unicodedata.normalize("NFC", text).lower().translate(QUOTES)


def key_stripped_only(text):
    """It looks as if white space goes at the ends only. Inside, too, each run of it becomes one space."""
    return unicodedata.normalize("NFC", text).lower().translate(QUOTES).strip()


def key_with_spaces_alone(text):
    """It looks as if you cut at plain spaces only. Line ends, tabs and the space \\xa0 are white space too: split()
    without an argument cuts at all of them."""
    text = unicodedata.normalize("NFC", text).lower().translate(QUOTES)
    return " ".join(part for part in text.split(" ") if part)


def key_with_runs_of_spaces_alone(text):
    return re.sub(" +", " ", unicodedata.normalize("NFC", text).lower().translate(QUOTES))


key_with_runs_of_spaces_alone.__doc__ = key_with_spaces_alone.__doc__


def key_with_runs_of_spaces_alone_and_strip(text):
    return key_with_runs_of_spaces_alone(text).strip()


key_with_runs_of_spaces_alone_and_strip.__doc__ = key_with_spaces_alone.__doc__


def key_with_some_white_space(text):
    """It looks as if only spaces, tabs and line ends are replaced. \\xa0 is white space too, and so are \\r and others:
    split() without an argument cuts at all of them, and so does \\s+ in re."""
    return re.sub("[ \t\n]+", " ", unicodedata.normalize("NFC", text).lower().translate(QUOTES)).strip()


def key_with_most_white_space(text):
    return re.sub("[ \t\r\n]+", " ", unicodedata.normalize("NFC", text).lower().translate(QUOTES)).strip()


key_with_most_white_space.__doc__ = key_with_some_white_space.__doc__


def key_with_a_space_at_the_ends(text):
    """It looks as if a space is left at an end."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text).lower().translate(QUOTES))


SAME_KEY = Exercise(
    id="same_key",
    title="A key for copies",
    difficulty=1,
    minutes=8,
    kind="transfer",
    contract="a text to its key, a string: the text in NFC and in lower case; each of the curly quotes ’ and ‘ as the "
    "straight single one, each of “ and ” as the straight double one; each run of white space as one space, and none "
    "at the ends. Nothing else changes.",
    cases=(
        ("Hello",),
        ("",),
        ("Don’t!",),
        ("‘So’ and “so”",),
        ("two  spaces,\na line and\t a tab",),
        (" \u00a0Ethiopia\u00a0",),
        ("in\u00a0side\u00a0 out",),
        ("one\r\ntwo\u2003three\x0bfour",),
        ("Cafe\u0301 CAFÉ",),
        ("½ cup, x² and a Straße",),
        ('He said: "It\'s – well – fine."',),
        ("co\u00adop\u200b",),
        ("„low“ ‚one‘ `tick`",),
        ("´acute´ «so»",),
        ("Wait — 5′ 10'' …",),
        ("\ufeffItâ€™s",),
    ),
    tried="capitals, quotes, accents, white space of seven kinds, what nobody sees, other marks, an empty text",
    hints=(
        "One step a line, in the order of the docstring.",
        "text.replace(old, new) replaces one kind of quote.",
        '" ".join(text.split()) cuts at every run of white space and joins by one space.',
    ),
    solution=my_key,
    mistakes=(
        key_without_nfc,
        key_with_nfkc,
        key_decomposed,
        key_with_capitals,
        key_casefolded,
        key_with_curly_quotes,
        key_with_one_curly_quote,
        *map(_key_without_one_quote, "’‘“”"),
        key_with_all_quotes_alike,
        key_with_all_curly_quotes_alike,
        key_with_all_quotes_double,
        key_of_the_library,
        key_with_more_quotes,
        key_without_punctuation,
        key_without_spaces,
        key_with_spaces_as_they_are,
        key_stripped_only,
        key_with_spaces_alone,
        key_with_runs_of_spaces_alone,
        key_with_runs_of_spaces_alone_and_strip,
        key_with_some_white_space,
        key_with_most_white_space,
        key_with_a_space_at_the_ends,
    ),
)
