"""Masks: which tokens of a vocabulary may come in each state of a constraint, computed once a state."""

from __future__ import annotations

import threading
from collections.abc import Set

import numpy as np

from lessons_lib.generation.constraint.automaton import DEAD, Automaton
from lessons_lib.generation.constraint.expression import EMPTY, NOTHING, Expression, changed
from lessons_lib.generation.constraint.vocabulary import Vocabulary

START = 0
MOST_MASKS = 1000  # kept at a time: 50 MB for 50,000 tokens


class Masks:
    """A constraint over the tokens of one model.

    No text that follows the masks comes to a place from which no token leads on. Bytes that have no token of their own
    are taken out of the expression first. What is left has a text everywhere, which can be written byte by byte.

    Args:
        expression: the texts that are allowed.
        vocabulary: of the tokenizer.
        ends: tokens that end the text; they are allowed where the text may end, and nowhere else.
        size: ids that the model scores.

    Raises:
        ValueError: if these tokens can write no text of the constraint.
    """

    def __init__(self, expression: Expression, vocabulary: Vocabulary, ends: Set[int], size: int) -> None:
        self._vocabulary, self._size = vocabulary, size
        self._ends = np.array(sorted(end for end in ends if end < size), np.int64)
        usable = {value for value, i in vocabulary.letters if i < size and i not in ends}
        letters = sum(1 << value for value in usable)
        expression = changed(expression, lambda values: values & letters)
        if expression is NOTHING:
            raise ValueError(
                "constraint: got one that no tokens of this tokenizer can write, allowed one that some can"
            )
        self._automaton = Automaton(expression)
        self._kept: dict[int, np.ndarray] = {}
        self._lock = threading.Lock()

    def mask(self, state: int) -> np.ndarray:
        """Which ids may come next: [size] bool, not to be written to.

        Raises:
            ConstraintError: if the constraint grows beyond all bounds.
        """
        found = self._kept.get(state)
        if found is None:
            with self._lock:
                found = self._made(state)
                if len(self._kept) >= MOST_MASKS:
                    self._kept.pop(next(iter(self._kept)), None)
                self._kept[state] = found
        return found

    def after(self, state: int, token_id: int) -> int:
        """The state behind a token that is allowed.

        Raises:
            ValueError: for a token that is not.
        """
        token = self._vocabulary.tokens[token_id] if token_id < len(self._vocabulary.tokens) else None
        with self._lock:
            for value in token or ():
                if state != DEAD:
                    state = self._automaton.step(state, value)
        if not token or state == DEAD:
            raise ValueError(f"token id: got {token_id}, which the constraint does not allow here")
        return state

    def may_end(self, state: int) -> bool:
        """Whether the text may end here."""
        return bool(self._automaton.final[state])

    def must_end(self, state: int) -> bool:
        """Whether nothing can follow."""
        return self._automaton.states[state] is EMPTY

    def _made(self, state: int) -> np.ndarray:
        allowed = self._vocabulary.allowed(self._automaton, state)
        found = np.zeros(self._size, np.bool_)
        found[: len(allowed)] = allowed[: self._size]
        found[self._ends] = self.may_end(state)
        return found
