"""An exercise of lesson 08: groups of what pairs link."""

import itertools
import random
from collections.abc import Callable, Sequence

from lessons_lib.classroom.exercises import Exercise

# A chain through all of 60 places, in no order.
_ZIGZAG = list(itertools.pairwise(random.Random(0).sample(range(60), 60)))


def my_groups(count, pairs):
    group = list(range(count))
    for a, b in pairs:
        low, high = sorted((group[a], group[b]))
        group = [low if number == high else number for number in group]
    return group


def groups_of_the_first_only(count, pairs):
    """It looks as if each text takes the number of its partner, and chains break: if 2 and 3 are one group, and 1 and
    3 are a pair, then 2 has to follow."""
    group = list(range(count))
    for a, b in pairs:
        group[a] = group[b] = min(group[a], group[b])
    return group


def groups_of_places(count, pairs):
    """It looks as if the second of a pair takes the place of the first, not the number of its group: chains break."""
    group = list(range(count))
    for a, b in pairs:
        group[max(a, b)] = min(a, b)
    return group


def _in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, ...]]:
    return sorted(tuple(sorted(pair)) for pair in pairs)


def _groups_in_passes(count: int, order: Callable) -> Callable:
    def mistake(places: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
        group = list(range(places))
        for a, b in count * list(order(pairs)):
            group[a] = group[b] = min(group[a], group[b])
        return group

    mistake.__doc__ = (
        "It looks as if the pairs are gone through a fixed number of times. A longer chain in a bad order needs more: "
        "go on until nothing changes, or rename a whole group at once."
    )
    return mistake


def groups_of_the_largest(count, pairs):
    """It looks as if groups are named by their largest place. Asked for is the least."""
    group = my_groups(count, pairs)
    return [max(place for place in range(count) if group[place] == each) for each in group]


def groups_renumbered(count, pairs):
    """It looks as if groups are counted 0, 1, 2. Asked for is the least place of each."""
    group = my_groups(count, pairs)
    names = sorted(set(group))
    return [names.index(each) for each in group]


def groups_of_the_second(count, pairs):
    """It looks as if a group takes the number of the second of the pair, whichever is less. The least place of all
    names it."""
    group = list(range(count))
    for a, b in pairs:
        one, other = group[a], group[b]
        group = [other if number == one else number for number in group]
    return group


def groups_by_the_second_root(count, pairs):
    """It looks as if the root of one text goes below the root of the other, whichever is less. The least place of all
    names a group: put the larger root below the smaller."""
    parent = list(range(count))
    for a, b in pairs:
        parent[_root(parent, b)] = _root(parent, a)
    return [_root(parent, place) for place in range(count)]


def groups_of_parents(count, pairs):
    """It looks as if you return what each text points at, and that may point further: follow it to the end for each
    text, after all pairs."""
    parent = list(range(count))
    for a, b in pairs:
        low, high = sorted((_root(parent, a), _root(parent, b)))
        parent[high] = low
    return parent


def _root(parent: Sequence[int], place: int) -> int:
    while parent[place] != place:
        place = parent[place]
    return place


def groups_as_sets(count, pairs):
    """It looks as if you return the groups themselves. Asked for is one number for each text: the least place of its
    group."""
    group = my_groups(count, pairs)
    return [[place for place in range(count) if group[place] == each] for each in sorted(set(group))]


GROUPS_OF_PAIRS = Exercise(
    id="groups_of_pairs",
    title="Chains of copies",
    difficulty=3,
    minutes=20,
    kind="transfer",
    contract="a number of texts, and pairs of their places (from 0) in any order, to a list with one number for each "
    "text: the least place of its group. Texts that a chain of pairs links are one group. A text in no pair "
    "is alone in its own.",
    cases=(
        (3, []),
        (3, [(0, 2)]),
        (3, [(2, 1)]),
        (4, [(0, 1), (1, 2)]),
        (4, [(1, 2), (0, 1)]),
        (5, [(3, 4), (2, 3), (0, 4)]),
        (6, [(0, 5), (1, 4), (4, 5)]),
        (7, [(1, 2), (3, 4), (2, 3), (1, 2), (6, 6)]),
        (0, []),
        (8, [(6, 7), (4, 5), (2, 3), (7, 4), (3, 6)]),
        (41, [(place, place + 1) for place in reversed(range(40))]),
        (41, [(0, 40), *((place, place + 1) for place in range(1, 40))]),  # 0 goes down from 40, one a pass
        (60, _ZIGZAG),
    ),
    tried="no pairs, chains from both ends, two groups that meet, a pair twice, a text paired with itself, "
    "long chains from the end, from the other one and in no order",
    hints=(
        "Begin with every text in a group of its own, named by its place.",
        "A pair joins two whole groups: everybody in one of them changes the name.",
        "low, high = sorted((group[a], group[b])), then replace every high by low.",
    ),
    solution=my_groups,
    mistakes=(
        groups_of_the_first_only,
        groups_of_places,
        *(_groups_in_passes(2, order) for order in (list, sorted)),
        *(_groups_in_passes(count, order) for count in (3, 5, 10) for order in (list, sorted)),
        _groups_in_passes(1, sorted),
        *(_groups_in_passes(count, _in_order) for count in (1, 2, 3, 5, 10)),
        groups_by_the_second_root,
        groups_of_parents,
        groups_of_the_largest,
        groups_renumbered,
        groups_of_the_second,
        groups_as_sets,
    ),
)
