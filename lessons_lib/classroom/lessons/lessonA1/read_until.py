"""An exercise of appendix A1: a generator that ends in time."""

from lessons_lib.classroom.exercises import Exercise


def taken(answer, ids, stop):
    """What an answer yields, and how much of its source it had read at its first id and at its end."""
    read = []

    def source():
        for number in ids:
            read.append(number)
            yield number

    result = answer(source(), stop)
    if result is None:
        return None
    steps = iter(result)
    first = [number for _, number in zip(range(1), steps, strict=False)]
    read_at_first = len(read)
    return {"yielded": first + list(steps), "read at the first": read_at_first, "read in all": len(read)}


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
    """It looks as if `return` ends your loop at its first id. `yield` hands out one and goes on at the next call."""
    for number in ids:
        return [] if number == stop else [number]
    return []


READ_UNTIL = Exercise(
    id="read_until",
    kind="transfer",
    title="Stop in time",
    difficulty=2,
    minutes=10,
    contract="ids, which come one at a time from a loop and may never end, and a stop id to a generator: the ids up to "
    "the first stop id, without it. Each is handed out as soon as it is read, and nothing is read behind the stop id.",
    cases=(([5, 0, 7], 0), ([5, 6, 0, 7, 0], 0), ([0, 1], 0), ([4, 4, 2], 2), ([3, 1], 9), ([], 0)),
    tried="a stop id at once, later, twice and never, no ids at all, and how far the source was read at each step",
    hints=(
        "A function with yield in its body is a generator. Loop over ids and yield.",
        "Before you yield, compare with stop. `return` ends a generator.",
        "for number in ids: if number == stop: return; otherwise yield number.",
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
    ),
)
