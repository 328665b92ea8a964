"""An exercise of lesson 02: merge a pair."""

from lessons_lib.classroom.exercises import Exercise


def my_merge(ids, pair, new):
    merged, i = [], 0
    while i < len(ids):
        if tuple(ids[i : i + 2]) == tuple(pair):
            merged.append(new)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def merge_the_first_only(ids, pair, new):
    """It looks as if only the first place is merged: go on to the end."""
    for i in range(len(ids) - 1):
        if (ids[i], ids[i + 1]) == pair:
            return [*ids[:i], new, *ids[i + 2 :]]
    return list(ids)


def merge_from_the_old_list(ids, pair, new):
    """It looks as if each merge starts again from the list as it was, so that only the last one survives. Collect the
    result in a new list as you go."""
    merged, i = list(ids), 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == pair:
            merged = [*ids[:i], new, *ids[i + 2 :]]
            i += 2
        else:
            i += 1
    return merged


def merge_without_skipping(ids, pair, new):
    """It looks as if you went on one place after a merge, where the second half of the pair stands. It is used up:
    go on two places."""
    places = range(len(ids))
    return [new if (ids[i], *ids[i + 1 : i + 2]) == pair else ids[i] for i in places]


def merge_from_the_right(ids, pair, new):
    """It looks as if you merged from the right. Where pairs overlap, the left one comes first: 1, 1, 1 is 9, 1."""
    return my_merge(ids[::-1], pair[::-1], new)[::-1]


def merge_drops_the_last(ids, pair, new):
    """It looks as if the last id gets lost when it is not part of a pair. The loop must reach it too."""
    merged, i = [], 0
    while i < len(ids) - 1:
        if (ids[i], ids[i + 1]) == pair:
            merged.append(new)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


def merge_either_order(ids, pair, new):
    """It looks as if 2, 1 is merged as well as 1, 2. The order counts: 'ed' is not 'de'."""
    merged, i = [], 0
    while i < len(ids):
        if tuple(ids[i : i + 2]) in (pair, pair[::-1]):
            merged.append(new)
            i += 2
        else:
            merged.append(ids[i])
            i += 1
    return merged


MERGE = Exercise(
    id="merge",
    title="Merge a pair",
    difficulty=2,
    minutes=8,
    contract="a list of ids, a pair of ids and a new id to the list in which the new id stands wherever the pair "
    "stood, from left to right.",
    cases=(
        ([], (1, 2), 9),
        ([5], (1, 2), 9),
        ([1, 2], (1, 2), 9),
        ([2, 1], (1, 2), 9),
        ([1, 1, 1], (1, 1), 9),
        ([1, 1, 1, 1], (1, 1), 9),
        ([3, 1, 2, 4, 1, 2], (1, 2), 9),
        ([1, 2, 1, 2, 1, 5], (1, 2), 9),
    ),
    tried="no id and one, no pair, several pairs, equal ids in a row, an id left over at the end",
    hints=(
        "Walk along with a place i and build a new list; the old one stays as it is.",
        "At each place there are two cases: the pair starts here, or it does not. By how much does i grow in each?",
        "ids[i : i + 2] is shorter than 2 at the end, so it can't equal the pair there, and no index is out of range.",
    ),
    solution=my_merge,
    mistakes=(
        merge_the_first_only,
        merge_from_the_old_list,
        merge_without_skipping,
        merge_from_the_right,
        merge_drops_the_last,
        merge_either_order,
    ),
)
