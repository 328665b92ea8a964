"""Engine: one thread that owns the model and works for all; what others ask of it waits in line.

A step reads a few tokens of many texts at once: the newest of each that is being written, and in the rows that are
spare the next piece of a prompt. So nobody waits for somebody else's long prompt, and a text that ends makes room at
once (continuous batching).
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from torch import Tensor

from lessons_lib import arguments
from lessons_lib.generation.compiled.step import MOST_TOKENS
from lessons_lib.generation.engine.counters import Counters
from lessons_lib.generation.engine.handle import EngineFull, EngineStopped, Handle
from lessons_lib.generation.engine.schedule import share_out
from lessons_lib.generation.engine.slots import Slot, Slots
from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.generation.request import Request, Token
from lessons_lib.generation.runner import Runner
from lessons_lib.generation.running_request import RunningRequest
from lessons_lib.model import Transformer
from lessons_lib.parts import check_model, check_tokenizer

if TYPE_CHECKING:
    from lessons_lib.tokenizer import Tokenizer


class Engine:
    """Continues many texts together, which come and go as they like.

    A text gets the tokens that it would get alone, unless two of its tokens are as likely as each other to the last
    digit: scores come out of another order of sums. The model's weights must stay as they are while the engine runs.

    Args:
        model: any `Transformer`. Where the compiled step does not apply, a step reads its texts one after the other.
        tokenizer: makes text of the tokens, and finds stop strings. Ids that it lacks are not chosen. None for none.
        slots: texts that are written at once, at most.
        room: tokens of a text, old and new, at most; None for the model's whole context. Memory for so many is reserved
            for each slot.
        queue: texts that may wait for a slot, at most.
        adapters: the model with an adapter, for each name by which a text may ask for one; `sharing_weights` makes a
            copy for `load_lora` that takes no memory. Texts of different adapters are read one group after the other.

    Attributes:
        room: as above.
        most: texts that it takes at once, running and waiting: slots + queue.

    Raises:
        ValueError: naming the argument, the value and the rule.

    Example:
        >>> from lessons_lib import ModelConfig
        >>> model = Transformer(ModelConfig(vocab_size=50, hidden_size=16, intermediate_size=40, num_hidden_layers=2,
        ...                                 num_attention_heads=4, max_position_embeddings=64))
        >>> with Engine(model, slots=2) as engine:
        ...     handles = [engine.submit(Request([1, 2, n], max_new_tokens=5, stop_token_ids=())) for n in range(4)]
        ...     [len(handle.result().token_ids) for handle in handles]
        [5, 5, 5, 5]

    Source: Yu et al. 2022, "Orca: A Distributed Serving System for Transformer-Based Generative Models", section 3;
    Agrawal et al. 2024, "Sarathi-Serve", section 4 (a prompt in pieces beside texts that are written).
    """

    def __init__(
        self,
        model: Transformer,
        tokenizer: Tokenizer | None = None,
        *,
        slots: int = 16,
        room: int | None = 1024,
        queue: int = 64,
        adapters: Mapping[str, Transformer] | None = None,
    ) -> None:
        self._models: dict[str | None, Transformer] = {None: model} | dict(adapters or {})
        for each in self._models.values():
            check_model(each)
            if each.config != model.config:
                raise ValueError("adapters: got a model with another config, allowed the same model with an adapter")
        if tokenizer is not None:
            check_tokenizer(tokenizer)
        context = model.config.max_position_embeddings
        slots = arguments.whole("slots", slots, 1)
        self.room = context if room is None else min(arguments.whole("room", room, 2), context)
        self.most = slots + arguments.whole("queue", queue, 0)
        self._config, self._tokenizer = model.config, tokenizer
        self._slots = Slots(model, slots, self.room)
        self._waiting: deque[Handle] = deque()
        self._active: dict[Handle, Slot] = {}  # in the order in which they were let in
        self._counters = Counters()
        self._changed = threading.Condition()  # guards the three above and the two below
        self._closing = False
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def submit(
        self,
        request: Request,
        key: str | None = None,
        listener: Callable[[Token], object] | None = None,
        adapter: str | None = None,
    ) -> Handle:
        """Ask for a text; returns at once. May be called from any thread.

        Args:
            request: what to continue.
            key: who asks. What a text has in common with an earlier one is not read again, but only within a key: how
                soon an answer comes must not tell what others have asked.
            listener: called with each item in the engine's thread, and must return at once; for what does not want to
                wait for the handle, such as asyncio's `call_soon_threadsafe`. An error of its own ends the text.
            adapter: the name of the one that the text is made with; None for the model as it is.

        Raises:
            ValueError: for a bad request, naming the field, the value and the rule.
            EngineFull: if as many texts run and wait as are allowed.
            EngineStopped: if it is closed, or a failure has ended it.
        """
        if not isinstance(request, Request):
            raise ValueError(f"request: got {arguments.described(request)}, allowed a Request")
        if adapter not in self._models:
            names = ", ".join(["None", *(repr(name) for name in self._models if name is not None)])
            raise ValueError(f"adapter: got {arguments.described(adapter)}, allowed {names}")
        with self._changed:
            self._check_open()  # soon, for what follows may take a while
        handle = Handle(RunningRequest(request, self._config, self.room, self._tokenizer), key, listener, adapter)
        handle.when_cancelled = self._wake
        with self._changed:
            self._check_open()
            taken = len(self._waiting) + len(self._active)
            if taken >= self.most:
                self._counters.refused += 1
                raise EngineFull(f"engine: got {taken + 1} texts, allowed {self.most} (slots and queue)")
            self._counters.submitted += 1
            self._waiting.append(handle)
            self._changed.notify()
        return handle

    @property
    def alive(self) -> bool:
        """Whether it works: it was not closed, and no failure has ended its thread."""
        return self._thread.is_alive() and self._failure is None and not self._closing

    @property
    def failure(self) -> BaseException | None:
        """What has ended its thread, if that was an error."""
        return self._failure

    def counters(self) -> Counters:
        """What there is and what has been done so far; a copy."""
        with self._changed:
            return self._counters.copy(running=len(self._active), waiting=len(self._waiting))

    def close(self, drain: bool = True, timeout: float | None = None) -> bool:
        """Take nothing more, and end.

        Args:
            drain: finish all that runs and waits; otherwise it is cancelled.
            timeout: seconds to wait for the end; None for as long as it takes.

        Returns:
            Whether it has ended. It may be called again.
        """
        with self._changed:
            self._closing = True
            handles = [] if drain else [*self._waiting, *self._active]
            for handle in handles:
                handle.request.cancel()
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(drain=kind is None)

    def _check_open(self) -> None:
        if self._failure is not None:
            raise EngineStopped(f"engine: ended by {self._failure!r}, allowed a new Engine") from self._failure
        if self._closing:
            raise EngineStopped("engine: closed, allowed a new Engine")

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify()

    def _run(self) -> None:
        """The thread. Whatever ends it, nobody is left waiting."""
        try:
            runners = {name: Runner(model) for name, model in self._models.items()}
            while self._admit():
                self._end_some()
                if self._active:
                    self._step(runners)
        except BaseException as error:
            with self._changed:
                self._failure = error
                left = [*self._active, *self._waiting]
                self._active.clear()
                self._waiting.clear()
            for handle in left:
                handle.fail(EngineStopped(f"engine: ended by {error!r}, allowed a new Engine"), error)

    def _admit(self) -> bool:
        """Wait until there is something to do, and give free slots to those who wait; False where all is done."""
        with self._changed:
            while not self._waiting and not self._active:
                if self._closing:
                    return False
                self._changed.wait()
            gone = [handle for handle in self._waiting if handle.request.cancelled]
            for handle in gone:
                self._waiting.remove(handle)
            while self._waiting and self._slots.free:
                handle = self._waiting[0]
                slot, reused = self._slots.take(handle.row.ids, (handle.key, handle.adapter))
                handle.reused_tokens = reused
                self._counters.reused_tokens += reused
                self._active[self._waiting.popleft()] = slot
        for handle in gone:
            self._end(handle, handle.row.must_end())
        return True

    def _end_some(self) -> None:
        """Let those leave that are long enough, stopped or cancelled."""
        for handle in [*self._active]:
            last = handle.row.must_end()
            if last is not None:
                self._end(handle, last)

    def _step(self, runners: Mapping[str | None, Runner]) -> None:
        """Read some tokens of some texts, and choose the next token of those that have been read to their ends."""
        start, active = time.perf_counter(), [*self._active.items()]
        unread = [len(handle.row.ids) - slot.cache.length for handle, slot in active]
        most = min(runner.step.most_tokens if runner.step else MOST_TOKENS for runner in runners.values())
        groups: dict[str | None, list[tuple[Handle, list[int], KVCache]]] = {}
        whole, prompts, written = set(), 0, 0
        for (handle, slot), left, n in zip(active, unread, share_out(unread, most), strict=True):
            if n:
                begin = slot.cache.length
                groups.setdefault(handle.adapter, []).append((handle, handle.row.ids[begin : begin + n], slot.cache))
                whole |= {handle} if n == left else set()
                prompts += n if begin < handle.prompt_length else 0
        for adapter, texts in groups.items():
            scores = runners[adapter].together([(token_ids, cache) for _, token_ids, cache in texts])  # [texts, V]
            for (handle, _, _), row in zip(texts, scores, strict=True):
                written += handle in whole and self._choose(handle, row[None])
        self._end_some()
        with self._changed:
            self._counters.steps += 1
            self._counters.new_tokens += written
            self._counters.prompt_tokens += prompts
            self._counters.seconds += time.perf_counter() - start

    def _choose(self, handle: Handle, scores: Tensor) -> bool:
        """Choose a text's next token by its scores [1, V]; returns whether there is one. Its errors are its own."""
        try:
            token = handle.row.choose(scores)
        except Exception as error:
            self._end(handle, None, error)
            return False
        if token.finish_reason is not None:
            self._end(handle, token)
            return False
        try:
            handle.give(token)
        except Exception as error:
            self._end(handle, None, error)
            return False
        return True

    def _end(self, handle: Handle, last: Token | None, error: Exception | None = None) -> None:
        """Free what a text holds, and say that it has ended."""
        with self._changed:
            slot = self._active.pop(handle, None)
            if slot is not None:
                slot.leave(handle.row.ids)
            self._counters.ended["error" if last is None else last.finish_reason] += 1
        if last is None:
            handle.fail(error)
            return
        try:
            handle.give(last)
        except Exception as broken:
            handle.fail(broken)
