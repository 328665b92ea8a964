"""An exercise of appendix A3: make what fails as small as it can be."""

import itertools

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused

FAILS = {  # what made-up programs can't bear
    "a 2": lambda items: 2 in items,
    "a 7 and a 1": lambda items: 7 in items and 1 in items,
    "a sum of 9 or more": lambda items: sum(items) >= 9,
    "equal neighbours": lambda items: any(a == b for a, b in itertools.pairwise(items)),
    "a 2, but not beside a 5 alone": lambda items: 2 in items and (9 in items or 5 not in items),
    "one item alone, or a 1 right before a 2": lambda items: len(items) == 1 or (1, 2) in itertools.pairwise(items),
    "fewer than two items": lambda items: len(items) < 2,
}


def my_smallest(items, fails):
    items = list(items)
    place = 0
    while place < len(items):
        rest = items[:place] + items[place + 1 :]
        if fails(rest):
            items, place = rest, 0
        else:
            place += 1
    return items


def smallest_in_one_walk(items, fails):
    """It looks as if you walk along once. When something has gone, what had to stay before may be free to go: begin
    again at the left."""
    items, place = list(items), 0
    while place < len(items):
        rest = items[:place] + items[place + 1 :]
        if fails(rest):
            items = rest
        else:
            place += 1
    return items


def smallest_that_skips(items, fails):
    """It looks as if the item behind one that goes is never tried: the next one stands in its place then."""
    items, place = list(items), 0
    while place < len(items):
        rest = items[:place] + items[place + 1 :]
        if fails(rest):
            items = rest
        place += 1
    return items


def smallest_from_the_right(items, fails):
    """It looks as if you begin at the right. Where several may go, the leftmost goes first."""
    items = list(items)
    place = len(items) - 1
    while place >= 0:
        rest = items[:place] + items[place + 1 :]
        if fails(rest):
            items, place = rest, len(rest)
        place -= 1
    return items


def smallest_by_one(items, fails):
    """It looks as if one item goes and no more. Go on until none can."""
    for place in range(len(items)):
        rest = [*items[:place], *items[place + 1 :]]
        if fails(rest):
            return rest
    return list(items)


def smallest_beginning(items, fails):
    """It looks as if you look for the shortest beginning that fails. Items at the left may go as well."""
    return next(items[:length] for length in range(len(items) + 1) if fails(items[:length]))


def smallest_that_works(items, fails):
    """It looks as if you leave out what is needed: keep the rest when it still *fails*, not when it works."""
    return my_smallest(items, lambda rest: not fails(rest))


def smallest_alone(items, fails):
    """It looks as if you try each item alone. Some failures need two: leave out one at a time, and look at the rest."""
    return next(([item] for item in items if fails([item])), list(items))


def smallest_in_walks(items, fails):
    """It looks as if you go on behind an item that goes, and begin again at the left only when the walk is over. Begin
    again each time."""
    smaller = smallest_in_one_walk(items, fails)
    return smaller if len(smaller) == len(items) else smallest_in_walks(smaller, fails)


def smallest_one_back(items, fails):
    """It looks as if you step back by one place when an item goes. Begin again at the left."""
    items, place = list(items), 0
    while place < len(items):
        rest = items[:place] + items[place + 1 :]
        if fails(rest):
            items, place = rest, max(place - 1, 0)
        else:
            place += 1
    return items


def smallest_never_empty(items, fails):
    """It looks as if one item always stays. The last one may go as well, where a list of nothing fails."""
    smaller = my_smallest(items, fails)
    return smaller or [items[-1]]


def smallest_by_halves(items, fails):
    """It looks as if you halve. That finds one culprit; here it may take several: leave out one item at a time."""
    items = list(items)
    while len(items) > 1:
        middle = len(items) // 2
        half = next(filter(fails, (items[:middle], items[middle:])), None)
        if half is None:
            break
        items = half
    return items


def smallest_of_all(items, fails):
    """It looks as if you look for the shortest selection that fails. Asked is where one gets by leaving out the
    leftmost item that may go, again and again."""
    lengths = range(len(items) + 1)
    return next(list(some) for n in lengths for some in itertools.combinations(items, n) if fails(list(some)))


def smallest_that_fail_alone(items, fails):
    """It looks as if you keep the items that fail alone. Leave out one at a time, and look at the rest."""
    return [item for item in items if fails([item])]


def smallest_by_value(items, fails):
    """It looks as if an item is taken out by its value: `remove` takes the first of several equal ones. Take it out by
    its place."""
    for item in items:
        rest = list(items)
        rest.remove(item)
        if fails(rest):
            return smallest_by_value(rest, fails)
    return list(items)


def smallest_without_equals(items, fails):
    """It looks as if an item is taken out by its value, and all that are equal to it go too. Take it out by its
    place."""
    items = list(items)
    for item in list(items):
        rest = [other for other in items if other != item]
        if fails(rest):
            items = rest
    return items


def everything(items, fails):
    """It looks as if nothing goes. Leave one item out, ask `fails` of the rest, and keep the rest if it still fails."""
    return list(items)


def tried(answer, items, failure):
    """What an answer makes of a list and one of the failures, and whether the list stayed as it was.

    Raises:
        Refused: if the list itself comes back, as it was.
    """
    given = list(items)
    result = answer(given, lambda rest: FAILS[failure](list(rest)))
    if result is given and given == items:
        raise Refused("the list that was given came back; give a new one, also where nothing goes")
    return None if result is None else {"smallest": list(result), "the list afterwards": given}


SMALLEST_EXAMPLE = Exercise(
    id="smallest_example",
    kind="transfer",
    title="Make it small",
    difficulty=3,
    minutes=12,
    contract="a list that fails, and a function fails, which says of a list whether it fails, to a new list: as long "
    "as there is an item without which the rest still fails, the leftmost such item goes. The list that was given "
    "stays as it was.",
    cases=(
        ([3, 2], "a 2"),
        ([7, 1], "a 7 and a 1"),
        ([4], "fewer than two items"),
        ([2, 2, 1], "a 2"),
        ([1, 2, 1], "one item alone, or a 1 right before a 2"),
        ([1, 2, 2], "one item alone, or a 1 right before a 2"),
        ([4, 7, 5, 1, 7], "a 7 and a 1"),
        ([5, 4, 9], "a sum of 9 or more"),
        ([1, 8, 3, 5, 2], "a sum of 9 or more"),
        ([3, 3, 1, 2, 2, 3], "equal neighbours"),
        ([9, 5, 2], "a 2, but not beside a 5 alone"),
        ([1, 9, 4, 5, 3, 2, 2], "a 2, but not beside a 5 alone"),
    ),
    tried="lists that fail by one item, by two, by their sum, by neighbours, and by being short",
    hints=(
        "Try each place from the left: rest = items[:place] + items[place + 1:].",
        "If fails(rest), go on with rest, at place 0 again. If not, go to the next place.",
        "Done when place has reached the end. Make a copy of the list first.",
    ),
    solution=my_smallest,
    harness=tried,
    mistakes=(
        smallest_in_one_walk,
        smallest_that_skips,
        smallest_from_the_right,
        smallest_by_one,
        smallest_beginning,
        smallest_that_works,
        smallest_alone,
        smallest_in_walks,
        smallest_one_back,
        smallest_never_empty,
        smallest_by_halves,
        smallest_of_all,
        smallest_that_fail_alone,
        smallest_by_value,
        smallest_without_equals,
        everything,
    ),
)
