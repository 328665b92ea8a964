"""Slots: rooms for texts. What has left stays until the room is needed, for its start may come again."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.model import Transformer


class Slot:
    """Room for one text.

    Attributes:
        cache: the keys and values of the text's tokens that have been read, `cache.length` of them.
        token_ids: the text; the list of whoever is in it, which grows.
        key: who has asked for it, and of which model.
        busy: whether somebody is in it.
        turn: when it was last taken, in numbers that grow; 0 for never.
    """

    def __init__(self, model: Transformer, room: int) -> None:
        self.cache = KVCache.of(model, 1, room)
        self.token_ids: list[int] = []
        self.key: Hashable = None
        self.busy = False
        self.turn = 0

    def leave(self, token_ids: list[int]) -> None:
        """Free the room; what it holds of this text stays."""
        self.token_ids, self.busy = token_ids[: self.cache.length], False

    def shares(self, token_ids: Sequence[int], key: Hashable) -> int:
        """How many tokens at the start of a text need not be read, for they stand here: never the last of the text."""
        if key != self.key:
            return 0
        shared = 0
        for held, wanted in zip(self.token_ids[: self.cache.length], token_ids[:-1], strict=False):
            if held != wanted:
                break
            shared += 1
        return shared if self.cache.keeps(shared) else 0


class Slots:
    """The slots of an engine.

    Args:
        model: whose keys and values they hold.
        count: slots.
        room: tokens of each.
    """

    def __init__(self, model: Transformer, count: int, room: int) -> None:
        self._slots = [Slot(model, room) for _ in range(count)]
        self._turn = 0

    @property
    def free(self) -> bool:
        """Whether anybody can be let in."""
        return not all(slot.busy for slot in self._slots)

    def take(self, token_ids: list[int], key: Hashable) -> tuple[Slot, int]:
        """Let a text in.

        It goes on in the slot whose text it continues. Otherwise it gets the slot that was taken longest ago, and the
        longest start that it has in common with any text of its key, even one being written, is copied there.

        Args:
            token_ids: the text. The list is kept, and is expected to grow.
            key: who asks, and of which model.

        Returns:
            The slot, and how many tokens need not be read.
        """
        source = max(self._slots, key=lambda slot: slot.shares(token_ids, key))
        shared = source.shares(token_ids, key)
        if shared and not source.busy and shared == source.cache.length:
            slot = source
        else:
            slot = min((slot for slot in self._slots if not slot.busy), key=lambda slot: slot.turn)
        if slot is source:
            slot.cache.truncate(shared)
        else:
            slot.cache.start_from(source.cache, shared)
        self._turn += 1
        slot.token_ids, slot.key, slot.busy, slot.turn = token_ids, key, True, self._turn
        return slot, shared
