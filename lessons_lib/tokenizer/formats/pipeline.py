"""The parts of a `tokenizer.json` around its model: how text is prepared, cut, put together again and framed."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from lessons_lib.tokenizer.encoding.names import any_of
from lessons_lib.tokenizer.encoding.sentencepiece import SPACE
from lessons_lib.tokenizer.formats.split_parts import split_of
from lessons_lib.tokenizer.formats.vocabulary import Source

_MOST_PARTS = 64
_LISTS = {"normalizer": "normalizers", "pre_tokenizer": "pretokenizers", "decoder": "decoders"}
_LISTS["post_processor"] = "processors"


class Spaces(NamedTuple):
    """What the parts around a SentencePiece vocabulary do about spaces: arguments of `SentencePiece`."""

    adds_space: bool
    doubles_space: bool
    drops_space: bool
    legacy: bool
    cuts_words: bool


class Pipeline:
    """The parts around the model.

    Args:
        source: the file.
        content: what it holds.
    """

    def __init__(self, source: Source, content: Mapping[str, Any]) -> None:
        self.source, self.content = source, content

    def is_byte_level(self) -> bool:
        """Whether the vocabulary is spelt in the byte alphabet, as GPT-2's is; SentencePiece's is the other kind."""
        kinds = {kind for name in ("pre_tokenizer", "decoder") for kind, _ in self.parts(name)}
        return "ByteLevel" in kinds

    def parts(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give type and settings of each part under a name, one level of sequences opened."""
        part = self.content.get(name)
        if part is None:
            return
        listed = part.get(_LISTS[name]) if isinstance(part, dict) and part.get("type") == "Sequence" else [part]
        if not isinstance(listed, list) or len(listed) > _MOST_PARTS:
            raise self.source.error(name, part, f"a part, or a sequence of at most {_MOST_PARTS}")
        for one in listed:
            if not isinstance(one, dict) or not isinstance(one.get("type"), str):
                raise self.source.error(name, one, "an object with a type")
            yield one["type"], one

    # A vocabulary of bytes.

    def split(self) -> str:
        """Find the split of a byte-level file, and check what else prepares and decodes its text."""
        if any(kind not in ("ByteLevel", "Fuse") for kind, _ in self.parts("decoder")) or not self.content.get(
            "decoder"
        ):
            raise self.source.error("decoder", self.content.get("decoder"), "ByteLevel")
        part = self.content.get("pre_tokenizer")
        try:
            return split_of(part)
        except (TypeError, KeyError, ValueError):
            raise self.source.error("pre_tokenizer", part, "a byte-level split that is known") from None

    def composes(self) -> bool:
        """Whether a byte-level file brings text to Unicode's composed form first."""
        kinds = [kind for kind, _ in self.parts("normalizer")]
        if kinds not in ([], ["NFC"]):
            raise self.source.error("normalizer", self.content.get("normalizer"), "none or NFC")
        return bool(kinds)

    # A vocabulary of SentencePiece.

    def spaces(self, late: Mapping[str, bool]) -> Spaces:
        """Read what the parts of a SentencePiece file do about spaces.

        Args:
            late: the added tokens that are found after the normalizer, by id; whether each is special.
        """
        prepended, only_first, marked = self._normalizers(late)
        scheme, cuts_words = "never", False
        for kind, part in self.parts("pre_tokenizer"):
            if kind == "Metaspace" and part.get("replacement") == SPACE and part.get("str_rep", SPACE) == SPACE:
                scheme, cuts_words, marked = _scheme(part), part.get("split", True) is True, True
            elif not (kind == "Split" and part.get("pattern") == {"String": " "} and marked):  # finds no space any more
                allowed = "Metaspace with ▁, or a split at spaces after they are marked"
                raise self.source.error("pre_tokenizer", part, allowed)
        if not marked or scheme not in ("always", "first", "never"):
            got = [self.content.get("normalizer"), self.content.get("pre_tokenizer")]
            raise self.source.error("normalizer, pre_tokenizer", got, "parts that write ▁ for a space")
        if late and scheme == "always" and any(kind == "Replace" for kind, _ in self.parts("normalizer")):
            # What stands between two such tokens would get a space each, and here it gets none.
            got = f"{next(iter(late))!r}, normalized: true, beside Metaspace with prepend_scheme: always"
            raise self.source.error("added_tokens", got, "normalized: false")
        return Spaces(
            adds_space=prepended or scheme != "never",
            doubles_space=prepended,
            drops_space=self._strips(),
            legacy=not only_first if prepended else scheme == "always",
            cuts_words=cuts_words,
        )

    def _normalizers(self, late: Mapping[str, bool]) -> tuple[bool, bool, bool]:
        """Tell whether a space is put in front, whether only of a whole text, and whether ▁ replaces spaces."""
        special, found = ([name for name in late if late[name] is kind] for kind in (True, False))
        at_start = [{"Regex": start_of_text(list(late), [])}, {"Regex": start_of_text(special, found)}]
        prepended = only_first = marked = False
        for kind, part in self.parts("normalizer"):
            pattern, content = part.get("pattern"), part.get("content")
            if kind == "Prepend" and part.get("prepend") == SPACE and not prepended:
                prepended = True
            elif kind == "Replace" and (pattern, content) == ({"String": " "}, SPACE):
                marked = True
            elif kind == "Replace" and pattern in at_start and content == SPACE:
                prepended = only_first = True
            else:
                raise self.source.error("normalizer", part, "parts that put ▁ in front or write it for a space")
        return prepended, only_first, marked

    def _strips(self) -> bool:
        """Whether decoding drops the space in front; checks that it undoes what encoding did."""
        kinds, strips = [], False
        for kind, part in self.parts("decoder"):
            kinds.append(kind)
            if kind == "Metaspace" and part.get("replacement") == SPACE:
                strips |= _scheme(part) != "never"
            elif kind == "Strip":
                if part.get("content") != " " or part.get("start") not in (0, 1) or part.get("stop") != 0:
                    raise self.source.error("decoder", part, "one space at the start at most")
                strips |= part["start"] == 1
            elif kind == "Replace" and (part.get("pattern"), part.get("content")) == ({"String": SPACE}, " "):
                continue
            elif kind not in ("ByteFallback", "Fuse"):
                raise self.source.error("decoder", part, "Replace, ByteFallback, Fuse, Strip or Metaspace")
        if "ByteFallback" not in kinds or not {"Replace", "Metaspace"} & set(kinds):
            got = self.content.get("decoder")
            raise self.source.error("decoder", got, "parts that write a space for ▁ and join bytes")
        return strips

    # Both.

    def bos(self, ids: Mapping[str, int]) -> int | None:
        """Give the id of the token that the post-processor puts in front of a text, if it does.

        What it puts behind a text is read and left out: see `Tokenizer.encode_prompt`.

        Args:
            ids: id of each special token.
        """
        # ByteLevel moves offsets, which nobody asks for here.
        templates = [one for kind, one in self.parts("post_processor") if kind != "ByteLevel"]
        if not templates:
            return None
        try:
            [template] = templates
            single = template["single"]
            at = [entry.get("Sequence", {}).get("id") for entry in single].index("A")
            added = [_added_id(template, entry, ids) for entry in single[:at] + single[at + 1 :]]
            if at > 1:
                raise TypeError
            return added[0] if at else None
        except (TypeError, KeyError, ValueError, AttributeError):
            allowed = "ByteLevel, or a template of the text, at most one special token before it and some behind it"
            raise self.source.error("post_processor", self.content.get("post_processor"), allowed) from None


def start_of_text(special: list[str], found: list[str]) -> str:
    r"""Write the pattern that fits the start of a text, unless a special token stands there.

    Where it is replaced by ▁, and the tokens are looked for after that, a space goes in front of a whole text and
    of no other stretch of it. `Prepend` would put one after each special token too, and `Metaspace` none in front
    of a text that starts with a space.

    Args:
        special: names of the special tokens.
        found: names of the tokens that are found in any text. The normalizer must leave them as they are: so a text
            that is one of them and nothing else gets no space.

    Example:
        >>> start_of_text(["<s>", "</s>"], ["[A]"])
        '\\A(?!<(?:s>|/s>)|\\[A\\]\\z)'
    """
    return rf"\A(?!{any_of(special)}|{any_of(found)}\z)" if found else rf"\A(?!{any_of(special)})"


def _scheme(part: Mapping[str, Any]) -> object:
    return part.get("prepend_scheme", "always" if part.get("add_prefix_space", True) else "never")


def _added_id(template: Mapping[str, Any], entry: Mapping[str, Any], ids: Mapping[str, int]) -> int:
    """The id of a special token that a post-processor adds."""
    name = entry["SpecialToken"]["id"]
    given = template.get("special_tokens", {}).get(name, {}).get("ids", [ids[name]])
    if template["type"] != "TemplateProcessing" or given != [ids[name]]:
        raise TypeError
    return ids[name]
