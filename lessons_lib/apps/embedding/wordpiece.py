"""WordPiece, BERT's tokenizer: plain lower-case words, each cut into the longest pieces that the vocabulary has."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from lessons_lib import arguments

LONGEST_WORD = 100  # letters; a longer one is unknown as a whole
STRETCH = 1 << 12  # letters of a text that are looked at together
WORDS_KEPT = 1 << 16  # whose pieces are remembered


class WordPiece:
    """Text to the ids that a BERT model reads. It is a one-way street: case, accents and spaces are lost.

    Args:
        tokens: the vocabulary, whose order gives the ids: among them `[CLS]`, `[SEP]` and `[UNK]`. One that begins with
            `##` goes on inside a word.

    Raises:
        ValueError: for a vocabulary without these three, or with a token twice.

    Example:
        >>> wordpiece = WordPiece(["[CLS]", "[SEP]", "[UNK]", "the", "light", "##house", "!"])
        >>> [wordpiece.tokens[i] for i in wordpiece.encode("The Lighthouse!")]
        ['[CLS]', 'the', 'light', '##house', '!', '[SEP]']

    Source: Wu et al. 2016, "Google's Neural Machine Translation System", section 4.1; Devlin et al. 2019, "BERT", whose
    code says what a word is.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        self.tokens = tuple(tokens)
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        if missing := [name for name in ("[CLS]", "[SEP]", "[UNK]") if name not in self.ids]:
            raise ValueError(f"tokens: got none called {', '.join(missing)}, allowed a vocabulary with all three")
        if len(self.ids) < len(self.tokens):
            raise ValueError(f"tokens: got {len(self.tokens) - len(self.ids)} twice, allowed each once")
        self.cls_id, self.sep_id, self.unk_id = (self.ids[name] for name in ("[CLS]", "[SEP]", "[UNK]"))
        self._longest = max(map(len, self.tokens))
        self._pieces = lru_cache(WORDS_KEPT)(self._cut)

    def encode(self, text: str, most: int | None = None) -> list[int]:
        """The ids of a text between those of `[CLS]` and `[SEP]`.

        Args:
            text: any string. Names of special tokens in it are text like any other.
            most: ids at most, 2 or more, the two included: what follows is left out, and not even looked at. None for
                all.

        Returns:
            The ids; never fewer than two.

        Raises:
            ValueError: for what is no text, or a `most` below 2.
        """
        if not isinstance(text, str):
            raise ValueError(f"text: got {arguments.described(text)}, allowed a str")
        inside = None if most is None else arguments.whole("most", most, least=2) - 2
        pieces = (i for word in words(text) for i in self._pieces(word))
        return [self.cls_id, *islice(pieces, inside), self.sep_id]

    def _cut(self, word: str) -> tuple[int, ...]:
        """The ids of one word: from the left always the longest piece that fits, or the unknown token for all of it."""
        if len(word) > LONGEST_WORD:
            return (self.unk_id,)
        found, start = [], 0
        while start < len(word):
            mark = "##" if start else ""
            for end in range(min(len(word), start + self._longest), start, -1):
                if (piece := self.ids.get(mark + word[start:end])) is not None:
                    break
            else:
                return (self.unk_id,)
            found.append(piece)
            start = end
        return tuple(found)


def words(text: str) -> Iterator[str]:
    """The words of a text as BERT sees them: lower case, without accents; signs and Chinese characters each alone.

    A long text is read stretch by stretch, so that its beginning costs little.

    Example:
        >>> list(words("Café-au-lait, 猫!"))
        ['cafe', '-', 'au', '-', 'lait', ',', '猫', '!']
    """
    rest = ""
    for start in range(0, len(text), STRETCH):
        plain = rest + text[start : start + STRETCH].translate(_PLAIN)
        *whole, rest = plain.split(" ")  # the last word may go on in the next stretch
        yield from filter(None, whole)
        if len(rest) > LONGEST_WORD:
            rest = rest[: LONGEST_WORD + 1]  # too long already, and no longer matters how
    if rest:
        yield rest


class _Plain(dict[int, str]):
    """What becomes of each character, worked out when it is first met: plain letters, a space, or nothing."""

    def __missing__(self, code: int) -> str:
        self[code] = plain = "".join(map(_apart, _letters(chr(code))))
        return plain


_PLAIN = _Plain()


def _letters(character: str) -> str:
    """The lower-case letters of a character, without its accents."""
    if character.isspace() and (character in "\t\n\r" or unicodedata.category(character) != "Cc"):
        return " "
    # Controls, invisible signs and private characters go. What Unicode has not assigned yet stays, as in the reference.
    if character in "\0\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Co"):
        return ""
    if _is_chinese(character):
        return f" {unicodedata.normalize('NFD', character)} "
    letters = (c for c in unicodedata.normalize("NFD", character) if unicodedata.category(c) != "Mn")
    # Letter by letter: in whole words Python would write the Greek sigma at their end as another letter.
    return "".join(c.lower() for c in letters)


def _apart(letter: str) -> str:
    """A sign with a space on either side; anything else as it is."""
    ascii_sign = "!" <= letter <= "~" and not letter.isalnum()
    return f" {letter} " if ascii_sign or unicodedata.category(letter).startswith("P") else letter


def _is_chinese(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _CHINESE)


# The blocks of Chinese characters in BERT's code. Its followers lost a part of one: 2B820 to 2B91F.
_CHINESE = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
