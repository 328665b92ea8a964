"""The tokenizer: text to ids and back.

An encoder turns plain text into ids. This shell around it keeps special tokens apart, so that text never turns into
one unless the caller allows it, lays out conversations, and turns ids back into text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import groupby
from typing import Any, Literal, Protocol, overload

from lessons_lib import arguments
from lessons_lib.tokenizer.chat import ASSISTANTS, ChatTemplate, Part, Tool, listed, said
from lessons_lib.tokenizer.encoding.borders import cut
from lessons_lib.tokenizer.encoding.names import any_of
from lessons_lib.tokenizer.encoding.stream import StreamDecoder
from lessons_lib.tokenizer.spoken import Piece, by_assistant, tokens_of


class Encoder(Protocol):
    """What a tokenizer asks of an encoder: `ByteLevel` is one, `SentencePiece` another."""

    tokens: Sequence[bytes | None]
    """Bytes that each id stands for; None for ids of special tokens and of nothing."""

    drops_first_space: bool
    """Whether decoding leaves out a space at the start of the first token, because encoding put one there."""

    kept_whole: Sequence[str]
    """What a text is never cut within, when it is encoded part by part."""

    def border(self, text: str, start: int, end: int) -> int:
        """Give the last place between two others where a text may be cut, see `encoding.borders`, or 0."""

    def encode(self, text: str, first: bool, continues: bool = False) -> list[int]:
        """Turn text into ids; `first` says that it starts the whole text."""

    def encode_bytes(self, data: bytes) -> list[int]:
        """Turn bytes, which need not be text, into ids."""


def _texts(chunks: Iterable[str]) -> Iterator[str]:
    for n, chunk in enumerate(chunks):
        if not isinstance(chunk, str):
            raise ValueError(f"chunks[{n}]: got {arguments.described(chunk)}, allowed a str")
        yield chunk


def _opening(messages: list[Any], answers: list[int], lay_out: Callable[..., list[Part]]) -> str:
    """What a template writes between a question and the place where a model is asked to go on."""
    first = next((n for n in answers if n), None)
    if first is None:
        return ""
    try:
        asked, only_told = (lay_out(messages[:first], asks) for asks in (True, False))
    except ValueError:  # a template that wants the whole conversation
        return ""
    return "" if asked == only_told or asked[-1].is_content else asked[-1].text


class Tokenizer:
    """A tokenizer: an encoder, special tokens and a chat template.

    Args:
        encoder: turns text into ids.
        special_tokens: id of each token that stands outside the text, such as `<|im_start|>`.
        visible: those of the special tokens that `skip_special_tokens` keeps, such as `<tool_call>`.
        bos_token_id: id that starts a text.
        eos_token_ids: ids that end an answer.
        pad_token_id: id that fills a batch.
        adds_bos: whether the model expects `bos_token_id` in front of plain text. `encode_prompt` adds it and
            `encode` does not.
        chat_template: how messages become one text.

    Raises:
        ValueError: an id is out of range or taken, or `adds_bos` is set and there is no `bos_token_id`.

    Example:
        >>> from lessons_lib.tokenizer import ByteLevel
        >>> tokens = [bytes([byte]) for byte in range(256)] + [b"su", b"sun"]
        >>> encoder = ByteLevel(tokens, merges=[((115, 117), 256), ((256, 110), 257)], split="gpt2")
        >>> tokenizer = Tokenizer(encoder, special_tokens={"<|end|>": 258})
        >>> tokenizer.encode("sun!<|end|>", allow_special=True)
        [257, 33, 258]
        >>> tokenizer.decode([257, 33])
        'sun!'
    """

    def __init__(
        self,
        encoder: Encoder,
        *,
        special_tokens: Mapping[str, int] | None = None,
        visible: Iterable[str] = (),
        bos_token_id: int | None = None,
        eos_token_ids: Iterable[int] = (),
        pad_token_id: int | None = None,
        adds_bos: bool = False,
        chat_template: ChatTemplate | None = None,
    ) -> None:
        self.encoder = encoder
        self.special_tokens = dict(special_tokens or {})
        self.bos_token_id, self.pad_token_id = bos_token_id, pad_token_id
        self.eos_token_ids = list(eos_token_ids)
        self.adds_bos = adds_bos
        self.chat_template = chat_template
        self._tokens = self._all_tokens()
        self._check_ids()
        self._special_ids = frozenset(self.special_tokens.values())
        self.visible = frozenset(visible)
        self._hidden = self._special_ids - {self.special_tokens.get(name) for name in self.visible}
        self._special = re.compile(any_of(self.special_tokens))

    @property
    def vocab_size(self) -> int:
        """Number of ids, special tokens included."""
        return len(self._tokens)

    @property
    def eos_token_id(self) -> int | None:
        """The first of `eos_token_ids`."""
        return self.eos_token_ids[0] if self.eos_token_ids else None

    @cached_property
    def unused_ids(self) -> list[int]:
        """Ids below `vocab_size` that stand for no token."""
        return [i for i, token in enumerate(self._tokens) if token is None]

    def encode(self, text: str, *, allow_special: bool = False) -> list[int]:
        """Turn text into ids.

        Args:
            text: any text without lone surrogates.
            allow_special: whether the names of special tokens in the text become those tokens. Leave it off for text
                that someone else wrote.

        Returns:
            Ids below `vocab_size`; none for an empty text.

        Raises:
            ValueError: the text holds a lone surrogate, or a byte that has no token (see `strict`).
        """
        if not isinstance(text, str):
            raise ValueError(f"text: got {arguments.described(text)}, allowed a str")
        if not allow_special:
            return self.encoder.encode(text, first=True)
        ids = []
        for part, special in self._parts(text):
            ids += [special] if special is not None else self.encoder.encode(part, first=not ids)
        return ids

    def encode_prompt(self, text: str, *, allow_special: bool = False) -> list[int]:
        """Turn a text that a model is to continue into ids: with `bos_token_id` in front where the model expects it.

        It stands there once, also where specials are allowed and the text begins with its name. A token that some files
        put behind a text is left out: it would say that there is nothing to continue.

        Args:
            text: the text so far.
            allow_special: see `encode`.

        Returns:
            Ids; of an empty text none but `bos_token_id`.
        """
        ids = self.encode(text, allow_special=allow_special)
        written = allow_special and ids[:1] == [self.bos_token_id]
        return [self.bos_token_id, *ids] if self.adds_bos and not written else ids

    def encode_iterable(self, chunks: Iterable[str], *, allow_special: bool = False) -> Iterator[int]:
        """Turn a text that comes in chunks, such as the lines of an open file, into ids, and hold little of it.

        The chunks make up one text, wherever it is cut into them: the ids are those that `encode` gives for the whole.
        What comes is gathered up to some 260,000 characters and encoded up to the last place where no token and no
        piece can cross: behind a word or number, in front of a blank or sign. A text without such a place is held
        whole, and so is every text where it cannot be told: with a split pattern of one's own, those of DeepSeek, or a
        SentencePiece vocabulary that takes out spaces.

        Args:
            chunks: the text. It is read as the ids are asked for.
            allow_special: see `encode`.

        Returns:
            An iterator of ids.

        Raises:
            ValueError: as by `encode`, or a chunk is no str.

        Example:
            `with open("large.txt") as file: ids = numpy.fromiter(tokenizer.encode_iterable(file), numpy.uint16)`
        """
        if isinstance(chunks, str) or not isinstance(chunks, Iterable):
            raise ValueError(f"chunks: got {arguments.described(chunks)}, allowed several str")
        names = [*self.encoder.kept_whole, *(self.special_tokens if allow_special else ())]
        return self._encode_blocks(cut(_texts(chunks), self.encoder.border, names), allow_special)

    def _encode_blocks(self, blocks: Iterable[str], allow_special: bool) -> Iterator[int]:
        first, continues = True, False
        for block in blocks:
            for text, special in self._parts(block) if allow_special else [(block, None)]:
                if special is not None:
                    yield special
                    first = continues = False
                elif text:
                    ids = self.encoder.encode(text, first=first, continues=continues)
                    yield from ids
                    first, continues = first and not ids, True

    def encode_batch(self, texts: Iterable[str], *, allow_special: bool = False) -> list[list[int]]:
        """Encode each of several texts."""
        if isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
            got = "one str" if isinstance(texts, str) else arguments.described(texts)
            raise ValueError(f"texts: got {got}, allowed several")
        return [self.encode(text, allow_special=allow_special) for text in texts]

    def encode_bytes(self, data: bytes) -> list[int]:
        """Turn bytes, which need not be text, into ids."""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise ValueError(f"data: got {arguments.described(data)}, allowed bytes")
        return self.encoder.encode_bytes(bytes(data))

    @overload
    def encode_chat(
        self, messages: Iterable[Mapping[str, Any]], *, return_mask: Literal[False] = False, **settings: Any
    ) -> list[int]: ...

    @overload
    def encode_chat(
        self, messages: Iterable[Mapping[str, Any]], *, return_mask: Literal[True], **settings: Any
    ) -> tuple[list[int], list[bool]]: ...

    def encode_chat(
        self,
        messages: Iterable[Mapping[str, Any]],
        *,
        add_generation_prompt: bool | None = None,
        continue_final_message: bool = False,
        tools: Iterable[Tool] | None = None,
        documents: Iterable[Mapping[str, Any]] | None = None,
        return_mask: bool = False,
        learned_from: int = 0,
        **variables: Any,
    ) -> list[int] | tuple[list[int], list[bool]]:
        """Turn a conversation into ids, as the model's chat template lays it out.

        Special tokens come from the template alone: whatever a message, a tool or another argument says, it stays text.
        (Where the template's own marks are ordinary text in this vocabulary, a message can imitate them.)

        Args:
            messages: one a turn, `{"role": ..., "content": ...}` and what else the template knows: `tool_calls`,
                `reasoning_content` ...
            add_generation_prompt: whether to end where the model's next answer begins; None for yes, unless the last
                message is continued.
            continue_final_message: whether to end where the last message ends, so that the model goes on with it.
            tools: functions with type hints and docstrings, or schemas, that the model may call; see `tool_schema`.
            documents: what the model may refer to, for templates that know documents.
            return_mask: whether to tell also for each id whether the assistant says it, the token that ends its turn
                included: what a model learns from that is tuned on conversations.
            learned_from: the first message for which that is told; what the assistant says before it is only read.
            variables: what else the template asks for, such as `enable_thinking=False`.

        Returns:
            Ids; or ids and mask, two lists of the same length.

        Raises:
            ValueError: there is no template, an argument is malformed, or the template fails, refuses a message or
                leaves it out.
        """
        if isinstance(messages, str | Mapping) or not isinstance(messages, Iterable):
            rule = 'a list of {"role": ..., "content": ...}'
            raise ValueError(f"messages: got {arguments.described(messages)}, allowed {rule}")
        if self.chat_template is None:
            raise ValueError("chat_template: this tokenizer has none, so it cannot lay out messages")
        if add_generation_prompt is None:
            add_generation_prompt = not continue_final_message
        messages = list(messages)
        tools, documents = listed("tools", tools), listed("documents", documents)
        names = {"bos_token": self.bos_token_id, "eos_token": self.eos_token_id, "pad_token": self.pad_token_id}
        own = {name: self.token_bytes(i).decode("utf-8", "replace") for name, i in names.items() if i is not None}
        lay_out = partial(self.chat_template.lay_out, own=own, tools=tools, documents=documents, variables=variables)
        parts = lay_out(messages, add_generation_prompt, continue_final_message=continue_final_message)
        pieces = list(self._pieces(parts, said(messages, tools, documents, variables)))
        if not return_mask:
            return self._ids((piece, False) for piece in pieces)[0]
        answers = [n for n, message in enumerate(messages) if message["role"] in ASSISTANTS and n >= learned_from]
        opening = _opening(messages, answers, lay_out)
        return self._ids(by_assistant(pieces, answers, opening, self.eos_token_ids))

    def _pieces(self, parts: Iterable[Part], given: str) -> Iterator[Piece]:
        for is_content, group in groupby(parts, key=lambda part: part.is_content):
            stretches = list(group)
            if is_content:
                self._check_given("".join(part.text for part in stretches), given)  # a name may lie across several
                yield from (Piece(part.text, None, True, part.message) for part in stretches)
                continue
            for part in stretches:
                yield from (Piece(text, special, False, None) for text, special in self._parts(part.text) if text)

    def _ids(self, pieces: Iterable[tuple[Piece, bool]]) -> tuple[list[int], list[bool]]:
        # Plain text is encoded up to the next special token: pieces may span template and content.
        ids, mask = [], []
        for special, group in groupby(pieces, key=lambda each: each[0].special):
            run = [(piece.text, spoken) for piece, spoken in group]
            if special is None:
                more, marks = tokens_of(run, partial(self.encoder.encode, first=not ids))
            else:
                more, marks = [special] * len(run), [spoken for _, spoken in run]
            ids += more
            mask += marks
        return ids, mask

    def _check_given(self, text: str, given: str) -> None:
        # A name that nobody gave is the template's own, and its trace was lost in an operation that is not followed.
        for match in self._special.finditer(text):
            if match.group() not in given:
                rule = "one whose own words can be told from what it is given to say"
                raise ValueError(f"chat template: got {match.group()!r} out of an unknown operation, allowed {rule}")

    def decode(self, ids: Iterable[int], *, skip_special_tokens: bool = False) -> str:
        """Turn ids into text; bytes that are not UTF-8 become U+FFFD.

        Raises:
            ValueError: an id is out of range or stands for nothing.
        """
        return self.decode_bytes(ids, skip_special_tokens=skip_special_tokens).decode("utf-8", errors="replace")

    def decode_bytes(self, ids: Iterable[int], *, skip_special_tokens: bool = False) -> bytes:
        """Turn ids into bytes, exactly."""
        return b"".join(map(self._spelling(skip_special_tokens), arguments.token_ids("ids", ids)))

    def stream_decoder(self, *, skip_special_tokens: bool = False) -> StreamDecoder:
        """Decode ids one at a time, as they are generated."""
        return StreamDecoder(self._spelling(skip_special_tokens))

    def token_bytes(self, token_id: int) -> bytes:
        """Give the bytes of one id; for a special token, those of its name."""
        if type(token_id) is not int or not 0 <= token_id < len(self._tokens):
            token_id = arguments.whole("token id", token_id, 0, len(self._tokens) - 1)
        token = self._tokens[token_id]
        if token is None:
            raise ValueError(f"token id: got {token_id}, which this vocabulary leaves unused")
        return token

    def _spelling(self, skip_special_tokens: bool) -> Callable[[int], bytes]:
        # Gives the bytes of one id after another of a text, whose first space the encoder may have put there.
        hidden = self._hidden if skip_special_tokens else ()
        at_start = self.encoder.drops_first_space

        def spell(token_id: int) -> bytes:
            nonlocal at_start
            if token_id in hidden:
                return b""
            data = self.token_bytes(token_id)
            if at_start and token_id not in self._special_ids:
                at_start = False
                return data.removeprefix(b" ")
            return data

        return spell

    def _parts(self, text: str) -> Iterable[tuple[str, int | None]]:
        # The stretches of text and the special tokens between them, each with its id or None.
        end = 0
        for match in self._special.finditer(text):
            yield text[end : match.start()], None
            yield match.group(), self.special_tokens[match.group()]
            end = match.end()
        yield text[end:], None

    def _all_tokens(self) -> list[bytes | None]:
        # The encoder's tokens and, at their ids, the names of the special ones.
        tokens = list(self.encoder.tokens)
        for name, i in self.special_tokens.items():
            if i < 0 or (i < len(tokens) and tokens[i] is not None):
                raise ValueError(f"special_tokens[{name!r}]: got {i}, allowed an id that no other token has")
            tokens += [None] * (i + 1 - len(tokens))
            tokens[i] = name.encode("utf-8")
        return tokens

    def _check_ids(self) -> None:
        ids = [("bos_token_id", self.bos_token_id), ("pad_token_id", self.pad_token_id)]
        if self.adds_bos and self.bos_token_id is None:
            raise ValueError("adds_bos: got True without a bos_token_id, allowed False")
        for name, i in ids + [("eos_token_ids", i) for i in self.eos_token_ids]:
            if i is not None and not 0 <= i < self.vocab_size:
                raise ValueError(f"{name}: got {i}, allowed an id below {self.vocab_size}")
