"""Chat: a conversation with a model, which reads each turn once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from lessons_lib import arguments
from lessons_lib.generation.batch import run_one
from lessons_lib.generation.prompt_cache import PromptCache
from lessons_lib.generation.request import Request
from lessons_lib.generation.sampling import Sampler
from lessons_lib.model import Transformer
from lessons_lib.parts import check_tokenizer

if TYPE_CHECKING:
    from lessons_lib.tokenizer import Tokenizer
    from lessons_lib.tokenizer.chat import Tool


class Chat:
    """A conversation: it remembers what was said and asks the model to go on.

    Each turn is laid out anew, for a template may show earlier turns in another way than they were said: those of
    thinking models leave out what was thought. What stays the same at the start is not read again.

    Where it outgrows the context, the oldest turns are no longer shown to the model: so many that half of the room is
    free again, for each time this happens everything is read anew. The system message is always shown.

    Args:
        model: one that was trained on conversations.
        tokenizer: its tokenizer, with a chat template. What is said stays text: no message can imitate the template.
        system: a message that tells the model how to answer; None for the template's own, if it has one.
        sampler: how tokens are chosen.
        max_new_tokens: the most tokens of an answer.
        max_length: tokens that the model is shown at most, the answer included; None for its context.
        stop_token_ids: tokens that end an answer; None for the model's own, as in `generate`.
        tools: functions or schemas that the template shows to the model, as in `Tokenizer.encode_chat`.
        variables: what else the template asks for, such as `enable_thinking=False`.

    Attributes:
        forgotten: how many of the messages behind the system message are too old to be shown.

    Raises:
        ValueError: for a tokenizer without a chat template or a setting out of range.

    Example:
        `chat = Chat(model, tokenizer)`, then `for piece in chat.say("Hello"): print(piece, end="")`
    """

    def __init__(
        self,
        model: Transformer,
        tokenizer: Tokenizer,
        system: str | None = None,
        sampler: Sampler | None = None,
        max_new_tokens: int = 512,
        max_length: int | None = None,
        stop_token_ids: Sequence[int] | None = None,
        tools: Iterable[Tool] | None = None,
        **variables: Any,
    ) -> None:
        check_tokenizer(tokenizer)
        if tokenizer.chat_template is None:
            raise ValueError("tokenizer: got one without a chat template, allowed one that can lay out messages")
        if not isinstance(system, str | None):
            raise ValueError(f"system: got {arguments.described(system)}, allowed None or a str")
        self.model = model
        self.tokenizer = tokenizer
        self.sampler = sampler or Sampler()
        self.stop_token_ids = stop_token_ids
        self.max_new_tokens = arguments.whole("max_new_tokens", max_new_tokens, 1)
        self.cache = PromptCache(model, max_length)
        self._request([0]).checked(model.config.vocab_size, 2)
        self._system = [] if system is None else [{"role": "system", "content": system}]
        self._settings = variables | {"tools": None if tools is None else list(tools)}
        self._turns: list[dict[str, str]] = []
        self.forgotten = 0
        self._answer: Generator[str] | None = None

    @property
    def messages(self) -> list[dict[str, str]]:
        """What was said, oldest first, the system message in front."""
        return self._system + self._turns

    def say(self, text: str) -> Iterator[str]:
        """Ask something.

        Args:
            text: what the user says.

        Returns:
            An iterator of pieces of the answer, ready to print. Where it is not read to its end, what came stays in the
            conversation as the answer; asking again ends it.

        Raises:
            ValueError: at once, for what is no text and where this message alone does not fit; the conversation is then
                as before.
        """
        if not isinstance(text, str):
            raise ValueError(f"text: got {arguments.described(text)}, allowed a str")
        self._end_answer()
        question = {"role": "user", "content": text}
        token_ids, forgotten = self._show(question)
        tokens = run_one(self.model, self._request(token_ids), self.tokenizer, self.cache)
        self._answer = self._listen(question, forgotten, (token.text for token in tokens))
        return self._answer

    def undo(self) -> None:
        """Take back the last question and its answer.

        Raises:
            ValueError: where nothing was said yet.
        """
        self._end_answer()
        if not self._turns:
            raise ValueError("undo: got a conversation of 0 turns, allowed 1 or more")
        del self._turns[-2:]
        self.forgotten = min(self.forgotten, len(self._turns))

    def _listen(self, question: dict[str, str], forgotten: int, pieces: Iterator[str]) -> Generator[str]:
        answer = {"role": "assistant", "content": ""}
        self._turns += [question, answer]
        self.forgotten = forgotten
        for piece in pieces:
            if piece:
                answer["content"] += piece
                yield piece

    def _end_answer(self) -> None:
        if self._answer is not None:
            self._answer.close()

    def _show(self, question: dict[str, str]) -> tuple[list[int], int]:
        """The conversation with a new question as token ids, and how many old messages are left out of it."""
        limit = self.cache.cache.max_length
        forgotten = self.forgotten
        room = limit - min(self.max_new_tokens, limit // 4)  # a quarter is kept for the answer, or what it needs
        token_ids = self._lay_out(question, forgotten)
        if len(token_ids) > room and forgotten < len(self._turns):
            turns = range(forgotten + 2, len(self._turns) + 1, 2)  # a question and its answer go together
            fits = bisect_left(turns, True, key=lambda turn: len(self._lay_out(question, turn)) <= room // 2)
            forgotten = turns[min(fits, len(turns) - 1)]
            token_ids = self._lay_out(question, forgotten)
        return token_ids, forgotten

    def _request(self, token_ids: list[int]) -> Request:
        return Request(token_ids, self.max_new_tokens, self.sampler, self.stop_token_ids)

    def _lay_out(self, question: dict[str, str], forgotten: int) -> list[int]:
        return self.tokenizer.encode_chat([*self._system, *self._turns[forgotten:], question], **self._settings)
