"""One pass of a model over tokens of several texts, as lesson 17 writes it: each looks at the keys of its own slot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from lessons_lib import Transformer


class Step:
    """Reads rows (token, slot, position); the keys of all slots stand in one cache, in the order in which they came.

    Args:
        model: whose layers all see every token.
        room: tokens that are read in all, at most.
    """

    def __init__(self, model: Transformer, room: int) -> None:
        from lessons_lib.generation import KVCache

        self.model, self.cache = model, KVCache.of(model, 1, room)
        self.columns: list[tuple[int, int]] = []  # slot and position of each key; slot -1 where another replaced it

    @torch.no_grad()
    def __call__(self, rows: Sequence[tuple[int, int, int]]) -> list[int]:
        """The likeliest token behind each row."""
        begins = {slot: position for _, slot, position in reversed(rows)}
        self.columns = [(-1, at) if at >= begins.get(slot, at + 1) else (slot, at) for slot, at in self.columns]
        self.columns += [(slot, position) for _, slot, position in rows]
        sees = [[slot == own and at <= position for own, at in self.columns] for _, slot, position in rows]
        scores = self.model(
            torch.tensor([[token for token, _, _ in rows]]),
            self.cache,
            attention_mask=torch.tensor([sees]),
            positions=torch.tensor([position for _, _, position in rows]),
        )
        return scores[0].argmax(-1).tolist()
