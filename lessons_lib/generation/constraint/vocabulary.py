"""Vocabulary: the bytes of all tokens as one tree, which is walked from start to end and never searched.

Tokens that begin alike share their way, so a byte that leads nowhere rules out all tokens behind it in one step.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lessons_lib.compiling import compiled
from lessons_lib.generation.constraint.automaton import DEAD, UNKNOWN, Automaton

if TYPE_CHECKING:
    from lessons_lib.tokenizer import Tokenizer


class Vocabulary:
    """The tree of a vocabulary. Its N nodes, each a byte behind those above it, lie in reading order.

    Args:
        tokens: the bytes of each id; None for special tokens and ids of nothing, which are never allowed. A token
            without bytes is not allowed either.

    Attributes:
        tokens: as given.
        bytes: [N] uint8.
        depths: [N] int32, how many bytes stand before it.
        skips: [N] int32, the next node that does not lie behind it.
        ids: the tokens in the order of their bytes.
        ends: the node in which each of them ends.
        letters: tokens of one byte: byte and id.
    """

    def __init__(self, tokens: Sequence[bytes | None]) -> None:
        self.tokens = tokens
        values: list[int] = []
        depths: list[int] = []
        ends: list[int] = []  # of each token, in order
        ids: list[int] = []
        before, deep = b"", 0
        for token, i in sorted((token, i) for i, token in enumerate(tokens) if token):
            shared = _shared(before, token)
            values += token[shared:]
            depths += range(shared, len(token))
            ends.append(len(values) - 1)
            ids.append(i)
            before, deep = token, max(deep, len(token))
        self.bytes, self.depths = np.array(values, np.uint8), np.array(depths, np.int32)
        self.skips = _skips(self.depths)
        self.ids, self.ends = np.array(ids, np.int64), np.array(ends, np.int64)
        self.letters = [(token[0], i) for i, token in enumerate(tokens) if token is not None and len(token) == 1]
        self._deep = deep

    @staticmethod
    def of(tokenizer: Tokenizer) -> Vocabulary:
        """That of a tokenizer, made once, which takes a second or less for 50,000 tokens."""
        found = _KNOWN.get(tokenizer)
        if found is None:
            found = _KNOWN[tokenizer] = Vocabulary(tokenizer.encoder.tokens)
        return found

    def allowed(self, automaton: Automaton, state: int) -> np.ndarray:
        """Which tokens may come in a state: [ids] bool.

        Raises:
            ConstraintError: if the automaton grows beyond its limits.
        """
        reached = np.zeros(len(self.bytes), np.bool_)
        path = np.zeros(self._deep + 1, np.int32)
        path[0] = state
        node = 0
        while node < len(self.bytes):
            node = _walk(automaton.table, self.bytes, self.depths, self.skips, path, node, reached)
            if node < len(self.bytes):
                automaton.expand(int(path[self.depths[node]]))
        return _tokens(reached, self.ids, self.ends, len(self.tokens))


_KNOWN: weakref.WeakKeyDictionary[Tokenizer, Vocabulary] = weakref.WeakKeyDictionary()


def _shared(one: bytes, other: bytes) -> int:
    """How many bytes two tokens begin with alike."""
    n = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        n += 1
    return n


@compiled()
def _skips(depths):
    """For each node the next one that is no deeper."""
    n = len(depths)
    skips = np.full(n, n, np.int32)
    for node in range(n - 2, -1, -1):
        after = node + 1
        while after < n and depths[after] > depths[node]:
            after = skips[after]
        skips[node] = after
    return skips


@compiled()
def _walk(table, values, depths, skips, path, node, reached):
    """Go on from a node up to one whose row of the table is not made yet; N if there is none.

    `path` holds the state after each byte above a node, `reached` says which nodes may come.
    """
    n = len(values)
    while node < n:
        depth = depths[node]
        to = table[path[depth], values[node]]
        if to == UNKNOWN:
            return node
        if to == DEAD:
            node = skips[node]
        else:
            path[depth + 1] = to
            reached[node] = True
            node += 1
    return n


@compiled()
def _tokens(reached, ids, ends, size):
    """The tokens [size] whose last node is reached."""
    found = np.zeros(size, np.bool_)
    for i in range(len(ids)):
        found[ids[i]] = reached[ends[i]]
    return found
