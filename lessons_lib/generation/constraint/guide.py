"""Guide: where one text stands in its constraint, from token to token."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence, Set

import torch
from torch import Tensor

from lessons_lib.generation.constraint.masks import START, Masks


class Guide:
    """Takes away the scores of tokens that may not come next: the last `logits_processor` of a sampler.

    Temperature, top-k, top-p and the others follow it, so they share out chances among allowed tokens alone.

    Args:
        masks: of the constraint.
        ends: tokens that end the text.
        first: the user's own `logits_processor`, which is asked before; None for none.
    """

    def __init__(self, masks: Masks, ends: Set[int], first: Callable[[Tensor], Tensor] | None = None) -> None:
        self._masks, self._ends, self._first = masks, ends, first
        self._state = self._ahead = START
        self._over = False  # whether the guesses have ended the text

    def __call__(self, scores: Tensor) -> Tensor:
        """Scores [1, V] with minus infinity for what may not come behind the text and the guesses."""
        if self._first is not None:
            scores = self._first(scores)
        if self._over or self._masks.must_end(self._ahead):
            return scores  # behind the end of the text, where nothing is chosen
        allowed = torch.from_numpy(self._masks.mask(self._ahead))
        if not isinstance(scores, Tensor) or scores.shape[-1:] != allowed.shape:
            return scores  # no scores, which the sampler refuses
        return scores.masked_fill(~allowed.to(scores.device), -math.inf)

    def add(self, token_id: int) -> None:
        """Go on by a token of the text."""
        self._state = self._ahead = self._masks.after(self._state, token_id)
        self._over = False

    def guess(self, token_ids: Sequence[int]) -> None:
        """Look at the place behind the text and these tokens, each of them allowed, until `add` or another look."""
        self._ahead, self._over = self._state, False
        for token_id in token_ids:
            self._over = token_id in self._ends or self._masks.must_end(self._ahead)
            if self._over:
                return
            self._ahead = self._masks.after(self._ahead, token_id)

    @property
    def may_end(self) -> bool:
        """Whether the text may end where it stands."""
        return self._masks.may_end(self._state)

    @property
    def must_end(self) -> bool:
        """Whether nothing can follow."""
        return self._masks.must_end(self._state)
