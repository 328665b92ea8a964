"""An exercise of lesson 02: merge a pair."""

from itertools import pairwise

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


def merged_where(ids, new, is_pair):
    """Merged from the left wherever `is_pair` says so of two ids, or of the last one alone. Mistakes use it."""
    merged, i = [], 0
    while i < len(ids):
        found = is_pair(ids[i : i + 2])
        merged.append(new if found else ids[i])
        i += 2 if found else 1
    return merged


def merge_the_first_only(ids, pair, new):
    """It looks as if only the first place is merged: go on to the end."""
    for i in range(len(ids) - 1):
        if (ids[i], ids[i + 1]) == pair:
            return [*ids[:i], new, *ids[i + 2 :]]
    return list(ids)


def merge_in_place_skips(ids, pair, new):
    """It looks as if a pair right behind a merged one is missed. Where the two are replaced in the list itself, it gets
    shorter, and the next pair begins one place further, not two. Where ids are joined to a text such as ,1,2,1,2, both
    pairs need the comma between them, and the first takes it."""
    merged, i = list(ids), 0
    while i < len(merged) - 1:
        if (merged[i], merged[i + 1]) == pair:
            merged[i : i + 2] = [new]
            i += 1
        i += 1
    return merged


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


def merge_compares_list_and_tuple(ids, pair, new):
    """Nothing was merged. ids[i : i + 2] is a list and pair a tuple, and those are never equal: compare
    tuple(ids[i : i + 2]) with pair, or the two ids one by one."""
    return merged_where(ids, new, lambda two: two == pair)


def merge_in_a_string(ids, pair, new):
    """It looks as if the ids were joined to a string and replaced there. Then 31, 2 holds 1, 2 as well: compare the
    numbers themselves."""
    text = " ".join(map(str, ids)).replace(" ".join(map(str, pair)), str(new))
    return [int(number) for number in text.split()]


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
    return merged_where(ids, new, lambda two: tuple(two) in (pair, pair[::-1]))


def merge_any_order(ids, pair, new):
    """It looks as if the two are compared without their order, as sets are. The order counts: 2, 1 is not 1, 2. And the
    set of 1, 1 is that of a single 1."""
    return merged_where(ids, new, lambda two: set(two) == set(pair))


def merge_adds_the_last_by_its_value(ids, pair, new):
    """It looks as if the last id is kept or left out by its value. Whether it is used up depends on whether the merge
    before it took it: 1, 1, 1 is 9, 1."""
    merged = merge_drops_the_last(ids, pair, new)
    return [*merged, ids[-1]] if ids and ids[-1] != pair[1] else merged


def merge_uses_one_twice(ids, pair, new):
    """It looks as if one id is used in two merges: in 1, 1, 1 the one in the middle. What a merge has taken can't begin
    the next one: 1, 1, 1 is 9, 1."""
    starts = [False, *(both == pair for both in pairwise(ids)), False]
    return [new if starts[i + 1] else ids[i] for i in range(len(ids)) if starts[i + 1] or not starts[i]]


def merge_looks_past_the_end(ids, pair, new):
    """The last id has no neighbour, and ids[i + 1] asks for one. Look first whether there is one, i + 1 < len(ids), or
    compare the slice ids[i : i + 2], which is shorter at the end and raises nothing."""
    return merged_where(ids, new, lambda two: two[0] == pair[0] and two[1] == pair[1])


def merge_looks_past_every_end(ids, pair, new):
    """The last id has no neighbour, and ids[i + 1] asks for one. Look first whether there is one, i + 1 < len(ids), or
    compare the slice ids[i : i + 2], which is shorter at the end and raises nothing."""
    return merged_where(ids, new, lambda two: (two[0], two[1]) == pair)


def merge_keeps_the_second(ids, pair, new):
    """It looks as if the second id of a merged pair stays behind the new one, and the last id of all gets lost. After a
    merge go on two places, with a while loop: a for loop takes each place in turn, whatever is done to i. And let it
    reach the last id."""
    return [new if both == pair else both[0] for both in pairwise(ids)]


def merge_skips_after_the_new_id(ids, pair, new):
    """It looks as if you go on two places wherever the last id of the result is new. The new id may have been there
    before: go on two places only where a pair was merged."""
    merged, i = [], 0
    while i < len(ids):
        merged.append(new if tuple(ids[i : i + 2]) == pair else ids[i])
        i += 2 if merged[-1] == new else 1
    return merged


MERGE = Exercise(
    id="merge",
    title="Merge a pair",
    difficulty=2,
    minutes=8,
    contract="my_merge(ids, pair, new). ids: a list of ids. pair: a tuple of two ids. new: an id. It returns a list in "
    "which new stands wherever the pair stood in ids, merged from left to right. The list ids itself stays as it is.",
    cases=(
        ([], (1, 2), 9),
        ([5], (1, 2), 9),
        ([1, 2], (1, 2), 9),
        ([2, 1], (1, 2), 9),
        ([1, 1, 1], (1, 1), 9),
        ([1, 1, 1, 1], (1, 1), 9),
        ([3, 1, 2, 4, 1, 2], (1, 2), 9),
        ([31, 2, 1, 24, 1, 2], (1, 2), 256),
        ([1, 2, 1, 2, 1, 5], (1, 2), 9),
        ([9, 4, 1, 2], (1, 2), 9),
    ),
    tried="no id and one, no pair, several pairs, equal ids in a row, ids of several digits, an id left "
    "over, a new id that was there before",
    hints=(
        "Walk along with a place i and build a new list; the old one stays as it is.",
        "At each place there are two cases: the pair starts here, or it does not. By how much does i grow in each?",
        "tuple(ids[i : i + 2]) == pair asks for both ids at once. At the end it is shorter than 2 and can't be equal.",
    ),
    solution=my_merge,
    mistakes=(
        merge_the_first_only,
        merge_from_the_old_list,
        merge_without_skipping,
        merge_in_place_skips,
        merge_from_the_right,
        merge_compares_list_and_tuple,
        merge_in_a_string,
        merge_drops_the_last,
        merge_either_order,
        merge_any_order,
        merge_adds_the_last_by_its_value,
        merge_uses_one_twice,
        merge_looks_past_the_end,
        merge_looks_past_every_end,
        merge_keeps_the_second,
        merge_skips_after_the_new_id,
    ),
)
