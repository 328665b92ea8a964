"""Many texts that begin alike, read once: a tree of their tokens, cut into packs that a model reads in one row.

In a pack each token looks at those on its way down from the root and at no other, and stands where it stands in its
text. So one pass over a pack gives every text in it the scores that it would get alone, and nothing is padding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

_LONG = 4  # times a pack: what may be read at once of a text that does not branch


class Node:
    """A token behind those above it.

    Attributes:
        token: its id.
        depth: its place in its texts, from 0; the root, which is no token, has -1.
        parent: the token before it; None for the root.
        children: the tokens that follow it in some text, by id.
        asked: the tokens whose scores behind this one are wanted, each with the numbers of the texts that want it.
        size: how many tokens the tree has from here on, this one included.
    """

    __slots__ = ("asked", "children", "depth", "parent", "size", "token")

    def __init__(self, token: int, depth: int, parent: Node | None) -> None:
        self.token, self.depth, self.parent = token, depth, parent
        self.children: dict[int, Node] = {}
        self.asked: dict[int, list[int]] = {}
        self.size = 1

    def below(self) -> Iterator[Node]:
        """This node and all under it; each behind its parent, and first texts first."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children.values()))


def plant(texts: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Node:
    """Make the tree of some texts, each a context and a continuation, of which every token's score is wanted.

    Args:
        texts: ids of both, neither empty.

    Returns:
        The root. The last token of a text is asked for and not read, so it has no node.
    """
    root = Node(-1, -1, None)
    for number, (context, continuation) in enumerate(texts):
        node, ids, begin = root, [*context, *continuation], len(context) - 1
        for depth, token in enumerate(ids[:-1]):
            child = node.children.get(token)
            if child is None:
                child = node.children[token] = Node(token, depth, node)
            node = child
            if depth >= begin:
                node.asked.setdefault(ids[depth + 1], []).append(number)
    for node in reversed(list(root.below())):
        if node.parent is not None:
            node.parent.size += node.size
    return root


def trunk(root: Node) -> list[Node]:
    """The tokens with which all texts begin, of which no score is wanted."""
    found, node = [], root
    while len(node.children) == 1:
        [node] = node.children.values()
        if node.asked:
            break
        found.append(node)
    return found


def packs(top: Node, size: int) -> Iterator[tuple[list[Node], list[Node]]]:
    """Cut what stands under a node into packs of some `size` tokens.

    Branches of up to that size stay whole, and what does not branch up to four times that: where each token looks at
    all before it, a large pack looks at nothing in vain. What lies above a branch and was read in an earlier pack is
    read again. A pack for which much is read again goes on until it has as many new tokens: so a long text takes few
    packs, each twice as large as the one before, and not one for each token.

    Args:
        top: the root, or the last token of what was read before.
        size: tokens of a pack.

    Yields:
        The tokens of a pack, each behind its parent; and those of them whose scores are wanted here.
    """
    held: dict[Node, None] = {}  # in order
    wanted: list[Node] = []
    again = 0
    for branch in _branches(top, size):
        above = _above(branch[0], top, held)
        if held and len(held) + len(above) + len(branch) > max(size, 2 * again):
            yield list(held), wanted
            held, wanted = {}, []
            above = _above(branch[0], top, held)
            again = len(above)
        held.update(dict.fromkeys([*above, *branch]))
        wanted += [node for node in branch if node.asked]
    if held:
        yield list(held), wanted


def sight(nodes: Sequence[Node], past: int) -> np.ndarray:
    """What each token of a pack may look at: all of `past` tokens that all texts begin with, its own way, itself.

    Returns:
        [T, past + T] bool.
    """
    places = {node: number for number, node in enumerate(nodes)}
    mask = np.zeros((len(nodes), past + len(nodes)), dtype=bool)  # [T, S]
    mask[:, :past] = True
    for number, node in enumerate(nodes):
        if node.parent in places:
            mask[number] = mask[places[node.parent]]
        mask[number, past + number] = True
    return mask


def _branches(top: Node, most: int) -> Iterator[list[Node]]:
    """Branches of at most so many tokens whole; of a larger one the tokens before it branches, and its branches."""
    waiting = list(reversed(top.children.values()))
    while waiting:
        node = waiting.pop()
        if node.size <= most:
            yield list(node.below())
            continue
        run = []
        while node.asked and len(run) < _LONG * most:
            run.append(node)
            if len(node.children) != 1:
                break
            [node] = node.children.values()
        if run:
            yield run
            node = run[-1]
        waiting.extend(reversed(node.children.values()))


def _above(node: Node, top: Node, held: dict[Node, None]) -> list[Node]:
    """The tokens between `top` and a node that are not held yet, from above."""
    found, parent = [], node.parent
    while parent is not top and parent is not None and parent not in held:
        found.append(parent)
        parent = parent.parent
    return found[::-1]
