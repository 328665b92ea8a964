"""An exercise of lesson 02: from the ids of a large vocabulary to those of a smaller one."""

from itertools import pairwise

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson02.merge import my_merge

# be, rr, berr, berry, st, aw, raw: ids 256 to 262.
CRY = [(98, 101), (114, 114), (256, 257), (258, 121), (115, 116), (97, 119), (114, 261)]
# bc, ab, a bc: in abc the merge from the left would be ab.
FROM_THE_LEFT = [(98, 99), (97, 98), (97, 256)]
# cd, bc, ab, a bc, ab cd: in abcd the longest token from the left would be abc.
LONGEST = [(99, 100), (98, 99), (97, 98), (97, 257), (258, 256)]


def my_smaller(ids, merges, size):
    waiting, result = list(ids), []
    while waiting:
        first = waiting.pop(0)
        if first < size:
            result.append(first)
        else:
            waiting = [*merges[first - 256], *waiting]
    return result


def taken_apart(ids, size, parts):
    """Ids below `size`, when each of the others becomes its `parts` until none is left. Mistakes use it."""
    waiting, result = list(ids), []
    while waiting:
        first = waiting.pop(0)
        if first < size:
            result.append(first)
        else:
            waiting = [*parts(first), *waiting]
    return result


def smaller_one_level(ids, merges, size):
    """It looks as if every large id was taken apart once. Its parts may be too large as well: go on until none is."""
    return [part for i in ids for part in (merges[i - 256] if i >= size else (i,))]


def smaller_to_bytes(ids, merges, size):
    """It looks as if large ids were taken apart down to their bytes. Stop as soon as a part is below size: those
    merges are known to the smaller tokenizer too."""
    return [part for i in ids for part in ([i] if i < size else my_smaller([i], merges, 256))]


def smaller_all_to_bytes(ids, merges, size):
    """It looks as if every id was taken apart down to its bytes. What is below size is known to the smaller tokenizer
    too: leave it as it is."""
    return my_smaller(ids, merges, 256)


def smaller_drops(ids, merges, size):
    """It looks as if ids that are too large are left out. Their text must not get lost: replace each by the two that
    it was made of."""
    return [i for i in ids if i < size]


def smaller_off_by_one(ids, merges, size):
    """It looks as if the id size itself is kept. A vocabulary of size tokens ends at id size - 1."""
    return my_smaller(ids, merges, size + 1)


def smaller_swaps_parts(ids, merges, size):
    """It looks as if the parts come out in the wrong order: the left one first."""
    return my_smaller(list(ids)[::-1], [pair[::-1] for pair in merges], size) if ids else []


def smaller_counts_merges(ids, merges, size):
    """Nothing was taken apart: every id of size or more must be. (If you compare i - 256 with size: size counts the 256
    bytes too.)"""
    return list(ids)


def smaller_keeps_too_many_merges(ids, merges, size):
    """It looks as if the smaller vocabulary was given merges[:size]. size counts the 256 bytes too: it knows
    merges[: size - 256]."""
    return encoded_anew(ids, merges, merges[:size])


def encoded_anew(ids, merges, known):
    """The bytes of all ids, merged again, the earliest learned of the `known` merges first."""
    result = [byte for i in ids for byte in spelled(i, merges)]
    for new, pair in enumerate(known, 256):
        result = my_merge(result, pair, new)
    return result


def smaller_takes_only_the_left_apart(ids, merges, size):
    """It looks as if only the left part of each pair is taken apart further. The right one may be too large as well."""
    return [part for i in ids for part in left_apart(i, merges, size)]


def left_apart(i, merges, size):
    if i < size:
        return [i]
    left, right = merges[i - 256]
    return [*left_apart(left, merges, size), right]


def smaller_wrong_offset(ids, merges, size):
    """It looks as if id size was taken for the first merge. Ids of merges begin at 256, whatever the size: merges[i -
    256] made id i."""
    return taken_apart(ids, size, lambda i: merges[i - size])


def smaller_without_an_offset(ids, merges, size):
    """It looks as if an id itself was taken for a place in merges. The list begins with the merge that made id 256:
    merges[i - 256] made id i."""
    return taken_apart(ids, size, lambda i: merges[i])


def smaller_one_level_wrong_offset(ids, merges, size):
    """It looks as if id size was taken for the first merge. Ids of merges begin at 256, whatever the size: merges[i -
    256] made id i."""
    return [part for i in ids for part in (merges[i - size] if i >= size else (i,))]


def smaller_nested(ids, merges, size):
    """It looks as if the parts come as a list inside the list. extend or += puts each of them in; append puts in the
    whole list as one item."""
    return [i if i < size else my_smaller([i], merges, size) for i in ids]


def smaller_nested_pairs(ids, merges, size):
    """It looks as if the parts come as a list inside the list. extend or += puts each of them in; append puts in the
    whole list as one item."""
    return [i if i < size else merges[i - 256] for i in ids]


def spelled(i, merges):
    """The bytes of an id, as ids below 256."""
    return (i,) if i < 256 else (*spelled(merges[i - 256][0], merges), *spelled(merges[i - 256][1], merges))


def smaller_from_the_left(ids, merges, size):
    """It looks as if you went back to the bytes and merged the first pair from the left that has a merge. Of all pairs
    the one that was learned earliest goes first. (There is a way without the bytes: the first hint.)"""
    new = {pair: i for i, pair in enumerate(merges[: size - 256], 256)}
    result = [byte for i in ids for byte in spelled(i, merges)]
    while (i := next((i for i, pair in enumerate(pairwise(result)) if pair in new), None)) is not None:
        result[i : i + 2] = [new[result[i], result[i + 1]]]
    return result


def smaller_longest_match(ids, merges, size):
    """It looks as if you went back to the bytes and took the longest token that fits. Section 6 shows that this is
    another cut. (There is a way without the bytes: the first hint.)"""
    known = {spelled(i, merges): i for i in range(size)}
    data, result = tuple(byte for i in ids for byte in spelled(i, merges)), []
    while data:
        end = next(end for end in range(len(data), 0, -1) if data[:end] in known)
        result.append(known[data[:end]])
        data = data[end:]
    return result


SMALLER = Exercise(
    id="smaller",
    title="The same text, with fewer merges",
    difficulty=2,
    minutes=15,
    contract="my_smaller(ids, merges, size). ids: a piece in ids of the large vocabulary. merges: the list of all "
    "merged pairs, in order: merges[0] made id 256, merges[1] made id 257, and so on. size: how many ids the smaller "
    "vocabulary has, at least 256; it knows only the first size - 256 merges. It returns a list: the same piece in ids "
    "of the smaller vocabulary. The lists that are given stay as they are.",
    cases=(
        ([], CRY, 256),
        ([98, 256], CRY, 263),
        ([256], CRY, 256),
        ([257, 256], CRY, 257),
        ([260, 262, 259], CRY, 263),
        ([260, 262, 259], CRY, 262),
        ([260, 262, 259], CRY, 259),
        ([260, 262, 259], CRY, 258),
        ([256, 260, 259], CRY, 257),
        ([260, 262, 259], CRY, 256),
        ([97, 256], FROM_THE_LEFT, 258),
        ([258], FROM_THE_LEFT, 258),
        ([260], LONGEST, 260),
    ),
    tried="no id, nothing to do, parts that are themselves too large, down to the bytes alone, and pieces that the "
    "longest match would cut otherwise. Going back to the bytes and merging anew gives the same: the first size - 256 "
    "merges go first in both vocabularies",
    hints=(
        "There is no need for the text. What does an id that is too large stand for?",
        "merges[i - 256] is the pair that id i was made of. Each of the two may be too large again.",
        "Keep a list of ids still to look at. Take the first: keep it, or put its two parts back in its place.",
    ),
    solution=my_smaller,
    mistakes=(
        smaller_one_level,
        smaller_to_bytes,
        smaller_all_to_bytes,
        smaller_drops,
        smaller_off_by_one,
        smaller_swaps_parts,
        smaller_counts_merges,
        smaller_keeps_too_many_merges,
        smaller_takes_only_the_left_apart,
        smaller_wrong_offset,
        smaller_without_an_offset,
        smaller_one_level_wrong_offset,
        smaller_nested,
        smaller_nested_pairs,
        smaller_from_the_left,
        smaller_longest_match,
    ),
    kind="transfer",
)
