"""Automaton: an expression's derivatives, numbered, as a table that says where each byte leads.

Rows are made when they are first asked for. So an expression may have more states than there is memory, as one with a
limit of a billion has: a text only sees those on its way.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lessons_lib.generation.constraint.derivative import byte_classes, derivative
from lessons_lib.generation.constraint.errors import ConstraintError
from lessons_lib.generation.constraint.expression import Expression

DEAD, UNKNOWN = -1, -2
MOST_STATES = 20_000
MOST_WORK = 200_000  # derivatives of parts, in all: about a second


class Automaton:
    """The states of an expression.

    Args:
        expression: the texts that are allowed; state 0 is it.

    Attributes:
        table: [states or more, 256] int32: where each byte leads; `DEAD` for nowhere, `UNKNOWN` in the rows that were
            not asked for yet. It is another array after a call of `expand`.
        final: [states or more] bool: whether a text may end in a state.

    Raises:
        ConstraintError: from `expand` and `step`, where an expression branches so much that states or work have no
            reasonable end.

    Example:
        >>> from lessons_lib.generation.constraint.expression import repeat, text
        >>> automaton = Automaton(repeat(text(b"ab")))
        >>> [automaton.step(0, value) for value in b"ab"]
        [1, -1]
        >>> bool(automaton.final[0]), bool(automaton.final[1])
        (True, False)
    """

    def __init__(self, expression: Expression) -> None:
        self.states = [expression]
        self._numbers = {expression: 0}
        self._work = 0
        self.table = np.full((64, 256), UNKNOWN, np.int32)
        self.final = np.zeros(64, bool)
        self.final[0] = expression.nullable

    def step(self, state: int, value: int) -> int:
        """Where a byte leads from a state, or `DEAD`."""
        if self.table[state, value] == UNKNOWN:
            self.expand(state)
        return int(self.table[state, value])

    def expand(self, state: int) -> None:
        """Make the row of a state."""
        expression = self.states[state]
        classes = byte_classes(expression)
        self._work += len(classes) * expression.width
        if self._work > MOST_WORK:
            raise ConstraintError("constraint: got one that branches too much, allowed simpler patterns and schemas")
        row = np.full(256, DEAD, np.int32)
        for values in classes:
            row[_members(values)] = self._number(derivative(expression, (values & -values).bit_length() - 1))
        self.table[state] = row

    def _number(self, expression: Expression) -> int:
        found = self._numbers.get(expression)
        if found is not None:
            return found
        number = len(self.states)
        if number == MOST_STATES:
            raise ConstraintError(f"constraint: got one of more than {MOST_STATES} states, allowed so many")
        if number == len(self.table):
            self.table = np.concatenate([self.table, np.full_like(self.table, UNKNOWN)])
            self.final = np.concatenate([self.final, np.zeros_like(self.final)])
        self._numbers[expression] = number
        self.states.append(expression)
        self.final[number] = expression.nullable
        return number


@lru_cache(4096)
def _members(values: int) -> np.ndarray:
    """The bytes of a set."""
    return np.flatnonzero(np.unpackbits(np.frombuffer(values.to_bytes(32, "little"), np.uint8), bitorder="little"))
