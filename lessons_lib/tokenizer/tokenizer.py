"""The tokenizer: text to ids and back.

Text is cut into pieces, each piece becomes bytes, and byte-pair encoding merges them into tokens. Special tokens are
kept apart: text never turns into one unless the caller allows it.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from lessons_lib.tokenizer.bpe import Pair, merge
from lessons_lib.tokenizer.chat import ChatTemplate
from lessons_lib.tokenizer.split import splitter
from lessons_lib.tokenizer.stream import StreamDecoder


class Tokenizer:
    """A byte-level byte-pair tokenizer, the kind that GPT-2, Llama 3, Qwen and SmolLM2 use.

    Args:
        tokens: Bytes of each id; None for an id that stands for nothing.
        merges: Pair of ids and the id they join into, the first to be joined first.
        split: How text is cut into pieces, a key of ``lessons_lib.tokenizer.split.SPLITS``.
        special_tokens: Id of each token that stands outside the text, such as ``<|im_start|>``.
        visible: Those of the special tokens that ``skip_special_tokens`` keeps, such as ``<tool_call>``.
        nfc: Whether text is brought to Unicode's composed form first, so that decoding gives that form back.
        whole_pieces: Whether a piece that is a token is taken whole, merges or no merges (``ignore_merges`` in files).
        strict: What to do with bytes that have no token, 21 of them in SmolLM2. True raises, so that decoding always
            gives the text back. False drops them, as the reference does.
        bos_token_id: Id that starts a text.
        eos_token_ids: Ids that end an answer.
        pad_token_id: Id that fills a batch.
        adds_bos: Whether the model expects ``bos_token_id`` in front of plain text. ``encode`` does not add it.
        chat_template: How messages become one text.

    Raises:
        ValueError: An id is out of range or a merge does not fit its tokens.

    Example:
        >>> tokens = [bytes([byte]) for byte in range(256)] + [b"su", b"sun"]
        >>> tokenizer = Tokenizer(tokens, merges=[((115, 117), 256), ((256, 110), 257)], split="gpt2")
        >>> tokenizer.encode("sun!")
        [257, 33]
        >>> tokenizer.decode([257, 33])
        'sun!'
    """

    def __init__(
        self,
        tokens: Sequence[bytes | None],
        merges: Sequence[tuple[Pair, int]],
        *,
        split: str,
        special_tokens: Mapping[str, int] | None = None,
        visible: Iterable[str] = (),
        nfc: bool = False,
        whole_pieces: bool = False,
        strict: bool = True,
        bos_token_id: int | None = None,
        eos_token_ids: Iterable[int] = (),
        pad_token_id: int | None = None,
        adds_bos: bool = False,
        chat_template: ChatTemplate | None = None,
    ) -> None:
        self._tokens = list(tokens)
        self.special_tokens = dict(special_tokens or {})
        self.bos_token_id, self.pad_token_id = bos_token_id, pad_token_id
        self.eos_token_ids = list(eos_token_ids)
        self.adds_bos = adds_bos
        self.chat_template = chat_template
        self._nfc = nfc
        self._split = splitter(split)
        self._check(merges)
        self._hidden = {token_id for name, token_id in self.special_tokens.items() if name not in set(visible)}
        # The longest name wins where several start at one place.
        longest_first = sorted(self.special_tokens, key=len, reverse=True)
        self._special = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

        special_ids = set(self.special_tokens.values())
        ordinary = {token: i for i, token in enumerate(self._tokens) if token is not None and i not in special_ids}
        self._pieces = _Pieces(ordinary, merges, whole_pieces=whole_pieces, strict=strict)

    @property
    def vocab_size(self) -> int:
        """Number of ids, special tokens included."""
        return len(self._tokens)

    @property
    def eos_token_id(self) -> int | None:
        """The first of ``eos_token_ids``."""
        return self.eos_token_ids[0] if self.eos_token_ids else None

    def encode(self, text: str, *, allow_special: bool = False) -> list[int]:
        """Turn text into ids.

        Args:
            text: Any text without lone surrogates.
            allow_special: Whether the names of special tokens in the text become those tokens. Leave it off for text
                that someone else wrote.

        Returns:
            Ids below ``vocab_size``; none for an empty text.

        Raises:
            ValueError: The text holds a lone surrogate, or a byte that has no token (see ``strict``).
        """
        if not allow_special:
            return self._encode_text(text)
        ids = []
        for part, special in self._parts(text):
            ids += [special] if special is not None else self._encode_text(part)
        return ids

    def encode_batch(self, texts: Iterable[str], *, allow_special: bool = False) -> list[list[int]]:
        """Encode each of several texts."""
        if isinstance(texts, str):
            raise ValueError("texts: got one str, allowed several")
        return [self.encode(text, allow_special=allow_special) for text in texts]

    def encode_bytes(self, data: bytes) -> list[int]:
        """Turn bytes, which need not be text, into ids: one piece, never cut."""
        return list(self._pieces.merged(data))

    def encode_chat(self, messages: Sequence[Mapping[str, str]], *, add_generation_prompt: bool = True) -> list[int]:
        """Turn a conversation into ids, as the model's chat template lays it out.

        Special tokens come from the template alone: whatever a message says, it stays text.

        Args:
            messages: One ``{"role": ..., "content": ...}`` a turn.
            add_generation_prompt: Whether to end where the model's next answer begins.

        Raises:
            ValueError: There is no template, a message is malformed, or the template refuses it, rewrites it or
                leaves it out.
        """
        if self.chat_template is None:
            raise ValueError("chat_template: this tokenizer has none, so it cannot lay out messages")
        names = {"bos_token": self.bos_token_id, "eos_token": self.eos_token_id, "pad_token": self.pad_token_id}
        variables = {name: self.token_bytes(i).decode("utf-8", "replace") for name, i in names.items() if i is not None}
        ids, run = [], []  # run collects text up to the next special token: pieces may span template and content
        for part in self.chat_template.lay_out(messages, add_generation_prompt, variables):
            if part.is_content:
                run.append(part.text)
                continue
            for text, special in self._parts(part.text):
                if special is None:
                    run.append(text)
                else:
                    ids += [*self._encode_text("".join(run)), special]
                    run.clear()
        return ids + self._encode_text("".join(run))

    def decode(self, ids: Iterable[int], *, skip_special_tokens: bool = False) -> str:
        """Turn ids into text; bytes that are not UTF-8 become U+FFFD.

        Raises:
            ValueError: An id is out of range or stands for nothing.
        """
        return self.decode_bytes(ids, skip_special_tokens=skip_special_tokens).decode("utf-8", errors="replace")

    def decode_bytes(self, ids: Iterable[int], *, skip_special_tokens: bool = False) -> bytes:
        """Turn ids into bytes, exactly."""
        hidden = self._hidden if skip_special_tokens else ()
        return b"".join([self.token_bytes(i) for i in ids if i not in hidden])

    def stream_decoder(self, *, skip_special_tokens: bool = False) -> StreamDecoder:
        """Decode ids one at a time, as they are generated."""
        return StreamDecoder(lambda i: self.decode_bytes([i], skip_special_tokens=skip_special_tokens))

    def token_bytes(self, token_id: int) -> bytes:
        """Give the bytes of one id; for a special token, those of its name."""
        if not 0 <= token_id < len(self._tokens):
            raise ValueError(f"token id: got {token_id}, allowed 0 to {len(self._tokens) - 1}")
        token = self._tokens[token_id]
        if token is None:
            raise ValueError(f"token id: got {token_id}, which this vocabulary leaves unused")
        return token

    def _encode_text(self, text: str) -> list[int]:
        if self._nfc:
            text = unicodedata.normalize("NFC", text)
        try:
            return list(chain.from_iterable(map(self._pieces.__getitem__, self._split(text))))
        except UnicodeEncodeError:
            place = re.search(r"[\ud800-\udfff]", text).start()
            raise ValueError(f"text: got the lone surrogate {text[place]!a} at {place}, allowed Unicode text") from None

    def _parts(self, text: str) -> Iterable[tuple[str, int | None]]:
        # The stretches of text and the special tokens between them, each with its id or None.
        end = 0
        for match in self._special.finditer(text):
            yield text[end : match.start()], None
            yield match.group(), self.special_tokens[match.group()]
            end = match.end()
        yield text[end:], None

    def _check(self, merges: Sequence[tuple[Pair, int]]) -> None:
        size = len(self._tokens)
        ids = [*self.special_tokens.items(), ("bos_token_id", self.bos_token_id), ("pad_token_id", self.pad_token_id)]
        for name, i in ids + [("eos_token_ids", i) for i in self.eos_token_ids]:
            if i is not None and not 0 <= i < size:
                raise ValueError(f"{name}: got {i}, allowed an id below {size}")
        special = set(self.special_tokens.values())
        for rank, ((left, right), joined) in enumerate(merges):
            pair = [self._tokens[i] if 0 <= i < size else None for i in (left, right, joined)]
            if None in pair or pair[0] + pair[1] != pair[2] or joined in special:
                raise ValueError(
                    f"merges[{rank}]: got {((left, right), joined)}, allowed two tokens and what they join to"
                )


class _Pieces(dict[str, tuple[int, ...]]):
    """The ids of each piece of text seen so far: a dict that fills itself, since most words of a text come again."""

    _MOST = 1 << 16  # entries; at some 250 bytes each, 16 MB
    _LONGEST = 64  # characters of a piece worth keeping

    def __init__(
        self, ordinary: dict[bytes, int], merges: Sequence[tuple[Pair, int]], *, whole_pieces: bool, strict: bool
    ) -> None:
        super().__init__()
        self._whole = ordinary if whole_pieces else {}
        self._strict = strict
        self._byte_ids = [ordinary.get(bytes([byte])) for byte in range(256)]
        self._ranks = {pair: rank for rank, (pair, _) in enumerate(merges)}
        self._results = [joined for _, joined in merges]

    def __missing__(self, piece: str) -> tuple[int, ...]:
        ids = self.merged(piece.encode("utf-8"))
        if len(piece) <= self._LONGEST:
            if len(self) >= self._MOST:
                self.clear()
            self[piece] = ids
        return ids

    def merged(self, data: bytes) -> tuple[int, ...]:
        if (whole := self._whole.get(data)) is not None:
            return (whole,)
        ids = [self._byte_ids[byte] for byte in data]
        if None in ids:
            if self._strict:
                raise ValueError(
                    f"text: got byte 0x{data[ids.index(None)]:02X}, allowed the bytes that have a token; "
                    "strict=False drops the others"
                )
            ids = [i for i in ids if i is not None]
        return tuple(merge(ids, self._ranks, self._results))
