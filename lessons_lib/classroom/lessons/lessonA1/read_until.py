"""An exercise of appendix A1: a generator that ends in time."""

from lessons_lib.classroom.exercises import Exercise


def taken(answer, ids, stop):
    """What an answer yields, and how much of its source it had read at its first id and at its end."""
    read = []

    def source():
        for number in ids:
            read.append(number)
            yield int(str(number))  # an object of its own: above 256, `is` is no `==`

    result = answer(source(), stop)
    if result is None:
        return "no generator: nothing was yielded and nothing returned"
    if not hasattr(result, "__iter__"):
        return result
    steps = iter(result)
    first = [number for _, number in zip(range(1), steps, strict=False)]
    read_at_first = len(read)
    seen = {"yielded": first + list(steps), "read at the first": read_at_first, "read in all": len(read)}
    of_a_list = list(answer([int(str(number)) for number in ids], stop))
    return seen if of_a_list == seen["yielded"] else seen | {"yielded of a list": of_a_list}


def my_read_until(ids, stop):
    for number in ids:
        if number == stop:
            return
        yield number


def read_until_and_stop_too(ids, stop):
    """It looks as if the stop id is yielded as well. Test before you yield."""
    for number in ids:
        yield number
        if number == stop:
            return


def read_until_skips(ids, stop):
    """It looks as if you leave the stop id out and go on. At the stop id everything ends: return, not continue."""
    for number in ids:
        if number != stop:
            yield number


def read_until_in_a_list(ids, stop):
    """It looks as if you collect everything before you hand out the first id. The reader waits for all of it: yield
    each id as it comes."""
    found = []
    for number in ids:
        if number == stop:
            break
        found.append(number)
    return found


def read_until_by_index(ids, stop):
    """It looks as if you made a list of the source first. A model's source may never end: take one id at a time."""
    ids = list(ids)
    return ids[: ids.index(stop)] if stop in ids else ids


def read_until_yields_a_list(ids, stop):
    """It looks as if you yield the whole list at once. Yield each id inside the loop."""
    found = []
    for number in ids:
        if number == stop:
            break
        found.append(number)
    yield found


def read_until_one_ahead(ids, stop):
    """It looks as if you read one id further before you hand out the one you have. Yield it first, then go on."""
    ids = iter(ids)
    number = next(ids, stop)
    while number != stop:
        ahead = next(ids, stop)
        yield number
        number = ahead


def read_until_returns_the_first(ids, stop):
    """It looks as if `return` or `break` ends your loop at its first id. `yield` hands out one and goes on when the
    next is wanted; only the stop id ends the loop."""
    for number in ids:
        return [] if number == stop else [number]
    return []


def read_until_returns_an_id(ids, stop):
    """It looks as if you return an id: `return` ends the function and hands over that one alone. Write `yield number`,
    and the loop goes on when the next id is wanted."""
    for number in ids:
        return number


def read_until_by_identity(ids, stop):
    """It looks as if you compare by `is`, which asks whether two names belong to one object. Two equal ids may be two
    objects, and large ones are: compare by `==`."""
    for number in ids:
        if number is stop:
            return
        yield number


def read_until_zero(ids, stop):
    """It looks as if id 0 ends your reading: `not number` is true of 0 too. 0 is an id as others are; a `for` ends by
    itself when no more come."""
    for number in ids:
        if not number or number == stop:
            return
        yield number


def read_until_raises(ids, stop):
    """It looks as if you raise StopIteration: inside a generator that is an error. `return` ends it."""
    for number in ids:
        if number == stop:
            raise StopIteration
        yield number


def read_until_by_next(ids, stop):
    """It looks as if you call `next` where no more ids may come: inside a generator that is an error. A `for` loop ends
    by itself."""
    ids = iter(ids)
    while (number := next(ids)) != stop:
        yield number


def read_until_by_next_of_a_list(ids, stop):
    """It looks as if you call `next` on ids itself. A list can be walked through, but keeps no place where one stands:
    ids = iter(ids) gives something that does. A `for` does that by itself, and ends where no more ids come."""
    while (number := next(ids, None)) is not None:
        if number == stop:
            return
        yield number


def read_until_by_next_of_a_list_without_end(ids, stop):
    while (number := next(ids)) != stop:
        yield number


read_until_by_next_of_a_list_without_end.__doc__ = read_until_by_next_of_a_list.__doc__


def read_until_yields_none(ids, stop):
    """It looks as if you yield None in place of the stop id, and go on. At the stop id everything ends: return."""
    for number in ids:
        yield number if number != stop else None


def read_until_zero_alone(ids, stop):
    """It looks as if you compare with 0. The id that ends everything is handed over as stop."""
    for number in ids:
        if number == 0:
            return
        yield number


def read_until_yields_what_it_has(ids, stop):
    """It looks as if you yield the whole list of what you have so far. Yield the one id that is new."""
    found = []
    for number in ids:
        if number == stop:
            return
        found.append(number)
        yield list(found)


def read_until_yields_its_growing_list(ids, stop):
    found = []
    for number in ids:
        if number == stop:
            return
        found.append(number)
        yield found


read_until_yields_its_growing_list.__doc__ = read_until_yields_what_it_has.__doc__


def read_until_by_length(ids, stop):
    """It looks as if you ask for the length of ids. What comes one at a time has no length and no places: loop with
    `for number in ids`."""
    for place in range(len(ids)):
        if ids[place] == stop:
            return
        yield ids[place]


def read_until_prints(ids, stop):
    """It looks as if a yield is missing: what is printed is only seen, nobody can go on with it. Write `yield number`
    in place of print."""
    for number in ids:
        if number == stop:
            return None
    return None


def read_until_yields_lists(ids, stop):
    """It looks as if you yield each id in a list of its own, [number]. Yield the number itself."""
    for number in ids:
        if number == stop:
            return
        yield [number]


def read_until_reads_on(ids, stop):
    """It looks as if you stop handing out ids but read on after the stop id. A source may never end, and the next
    reader misses what you took: leave the loop with `return`."""
    stopped = False
    for number in ids:
        stopped = stopped or number == stop
        if not stopped:
            yield number


def read_until_looks_behind_the_stop(ids, stop):
    """It looks as if one id is read after the stop id. Compare each id as soon as you have it, and return."""
    ids = iter(ids)
    for number in ids:
        if number == stop:
            next(ids, None)
            return
        yield number


def read_until_by_the_place_of_the_stop(ids, stop):
    """It looks as if you ask for the place of the stop id. What comes one at a time has no places, no slices and no
    `index`: loop with `for number in ids`."""
    yield from ids[: ids.index(stop)]


def read_until_in_a_set(ids, stop):
    """It looks as if you made a set of the ids. That reads the source to its end, and loses its order and what comes
    twice: loop over ids itself."""
    for number in set(ids):
        if number == stop:
            return
        yield number


def read_until_returns_an_id_or_none(ids, stop):
    for number in ids:
        if number == stop:
            return None
        return number


read_until_returns_an_id_or_none.__doc__ = read_until_returns_an_id.__doc__


READ_UNTIL = Exercise(
    id="read_until",
    kind="transfer",
    title="Stop in time",
    difficulty=2,
    minutes=7,
    contract="ids, a list or a generator that may never end, and a stop id to a generator: the ids up to the first "
    "stop id, without it. Each is handed out as soon as it is read, and nothing is read after the stop id.",
    cases=(
        ([5, 2, 7], 2),
        ([5, 6, 2, 7, 2], 2),
        ([2, 1], 2),
        ([4, 0, 4, 2], 2),
        ([3, 49000, 7], 49000),
        ([3, 1], 9),
        ([], 0),
    ),
    tried="a stop id at once, later, twice and never, an id 0 and a large one, no ids at all, a list and a generator "
    "of ids, and how far the source was read at each step",
    hints=(
        "A function with yield in its body is a generator. Loop over ids and yield.",
        "Before you yield, compare with stop. `return` ends a generator.",
        "Two lines stand inside the loop: the test, which may end everything, then the yield. Which comes first?",
    ),
    solution=my_read_until,
    harness=taken,
    mistakes=(
        read_until_and_stop_too,
        read_until_skips,
        read_until_in_a_list,
        read_until_by_index,
        read_until_yields_a_list,
        read_until_one_ahead,
        read_until_returns_the_first,
        read_until_returns_an_id,
        read_until_by_identity,
        read_until_zero,
        read_until_raises,
        read_until_by_next,
        read_until_by_length,
        read_until_prints,
        read_until_yields_lists,
        read_until_reads_on,
        read_until_looks_behind_the_stop,
        read_until_by_the_place_of_the_stop,
        read_until_in_a_set,
        read_until_returns_an_id_or_none,
        read_until_by_next_of_a_list,
        read_until_by_next_of_a_list_without_end,
        read_until_yields_none,
        read_until_zero_alone,
        read_until_yields_what_it_has,
        read_until_yields_its_growing_list,
    ),
)
