"""An exercise of lesson 02: from the ids of a large vocabulary to those of a smaller one."""

from lessons_lib.classroom.exercises import Exercise

# be, rr, berr, berry, st, aw, raw: ids 256 to 262.
CRY = [(98, 101), (114, 114), (256, 257), (258, 121), (115, 116), (97, 119), (114, 261)]


def my_smaller(ids, merges, size):
    waiting, result = list(ids), []
    while waiting:
        first = waiting.pop(0)
        if first < size:
            result.append(first)
        else:
            waiting = [*merges[first - 256], *waiting]
    return result


def smaller_one_level(ids, merges, size):
    """It looks as if every large id was taken apart once. Its parts may be too large as well: go on until none is."""
    return [part for i in ids for part in (merges[i - 256] if i >= size else (i,))]


def smaller_to_bytes(ids, merges, size):
    """It looks as if large ids were taken apart down to their bytes. Stop as soon as a part is below size: those
    merges are known to the smaller tokenizer too."""
    return [part for i in ids for part in ([i] if i < size else my_smaller([i], merges, 256))]


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
    """It looks as if size was taken for the number of merges. It counts the 256 bytes too."""
    return my_smaller(ids, merges, size + 256)


SMALLER = Exercise(
    id="smaller",
    title="The same text, with fewer merges",
    difficulty=2,
    minutes=12,
    contract="the ids of one piece, the list of merged pairs, of which the n-th (counted from 0) makes id 256 + n, and "
    "a size of at least 256, to the ids that the tokenizer with only the first size - 256 merges gives for the same "
    "piece.",
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
    ),
    tried="no id, nothing to do, parts that are themselves too large, down to the bytes alone",
    hints=(
        "There is no need for the text. What does an id that is too large stand for?",
        "merges[i - 256] is the pair that id i was made of. Each of the two may be too large again.",
        "Keep a list of ids still to look at. Take the first: keep it, or put its two parts back in its place.",
    ),
    solution=my_smaller,
    mistakes=(
        smaller_one_level,
        smaller_to_bytes,
        smaller_drops,
        smaller_off_by_one,
        smaller_swaps_parts,
        smaller_counts_merges,
    ),
    kind="transfer",
)
