"""An exercise of lesson 18: memory, chats, speed and price of one GPU, on paper."""

import math

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.showing import shown
from lessons_lib.classroom.trials import Refused


def my_on_paper():
    weights = 7 * 16 / 8  # GB
    cache = 2 * 32 * 8 * 128 * 2 * 4500 / 1e9  # keys and values, layers, heads, numbers, bytes, tokens: GB
    chats = int((0.9 * 24 - weights) // cache)
    speed = chats * 300 / (weights + chats * cache)
    return [weights, chats, speed, 0.80 / (3600 * speed * 0.25) * 1e6]


CACHE = 2 * 32 * 8 * 128 * 2 * 4500 / 1e9  # GB of one chat


def near(answer):
    """The four numbers by what they are: "right" for one that is, to 1%, or exactly for chats; others to 3 digits."""
    given = answer()
    if given is None:
        return None
    if isinstance(given, str):
        given = given.replace(",", " ").split()
    try:
        numbers = [float(number) for number in given]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != 4:
        raise Refused(f"a list of four numbers is asked for; got {shown(given, 60)}")
    names = ("GB of weights", "chats", "tokens a second", "dollars for a million")
    limits = (0.01, 1e-6, 0.01, 0.01)
    return {
        name: "right" if math.isclose(number, right, rel_tol=limit) else float(f"{number:.3g}")
        for name, number, right, limit in zip(names, numbers, my_on_paper(), limits, strict=True)
    }


def _paper(
    weights=14.0, kinds=2, memory=0.9 * 24, read_cache=True, chats=None, whole=True, hour=3600, busy=0.25, tokens=4500
):
    """The same with the knobs that mistakes turn."""
    cache = kinds * 32 * 8 * 128 * 2 * tokens / 1e9
    chats = chats or max(1, (memory - weights) / cache)
    chats = int(chats) if whole else chats
    speed = chats * 300 / (weights + (chats * cache if read_cache else 0))
    return [weights, chats, speed, 0.80 / (hour * speed * busy) * 1e6]


def paper_without_idle():
    """It looks as if the GPU were full all the time. It is full a quarter of it, and paid all of it."""
    return _paper(busy=1)


def paper_with_half_the_cache():
    """It looks as if a cache were half as large: only keys were kept, or a number had 8 bits. Values take as much
    again, and a number has 2 bytes."""
    return _paper(kinds=1)


def paper_with_all_memory():
    """It looks as if all 24 GB may be used. A tenth is left to the rest of the program."""
    return _paper(memory=24)


def paper_with_gib():
    """It looks as if 24 GB were 24 times 1,024³ bytes. Here a GB is a billion."""
    return _paper(memory=0.9 * 24 * 1.024**3)


def paper_without_reading_caches():
    """It looks as if a step reads the weights alone. It reads the caches of all chats, too."""
    return _paper(read_cache=False)


def paper_without_weights():
    """It looks as if caches may fill the whole memory. The weights lie there as well."""
    return _paper(chats=int(0.9 * 24 / CACHE))


def paper_in_seconds():
    """It looks as if the price is one of a second. It is one of an hour, of 3,600 seconds."""
    return _paper(hour=1)


def paper_with_one_chat():
    """It looks as if one chat had all of the GPU in the last two numbers. A step gives each chat a token."""
    weights, chats, *_ = my_on_paper()
    _, _, speed, price = _paper(chats=1)
    return [weights, chats, speed, price]


def paper_with_idle_backwards():
    """It looks as if idle time made tokens cheaper: the price is multiplied by 25%. Fewer tokens share the same rent,
    so divide."""
    return _paper(busy=4)


def paper_with_parts_of_a_chat():
    """It looks as if a part of a chat could fit. Only whole ones do."""
    return _paper(whole=False)


def paper_with_one_chat_more():
    """It looks as if the number of chats were rounded up. The last one doesn't fit: round down."""
    return _paper(chats=math.ceil((0.9 * 24 - 14) / CACHE))


def paper_reading_what_may_be_used():
    """It looks as if a step read all that may be used of the memory. It reads the weights and the caches of the chats
    that are there, a little less."""
    weights, chats, *_ = my_on_paper()
    speed = chats * 300 / (0.9 * 24)
    return [weights, chats, speed, 0.80 / (3600 * speed * 0.25) * 1e6]


def paper_of_each_chat():
    """It looks as if the third number were the tokens of each chat. All chats together are asked for."""
    weights, chats, speed, price = my_on_paper()
    return [weights, chats, speed / chats, price]


def paper_paid_by_each_chat():
    """It looks as if the last two numbers were those of one chat. All share the hour: count all their tokens."""
    weights, chats, speed, price = my_on_paper()
    return [weights, chats, speed / chats, price * chats]


def paper_for_one_token():
    """The price looks like that of one token. A million of them is asked for."""
    *others, price = my_on_paper()
    return [*others, price / 1e6]


def paper_in_bytes():
    """The weights look like bytes. GB are asked for, billions of them."""
    weights, *others = my_on_paper()
    return [weights * 1e9, *others]


ON_PAPER = Exercise(
    id="on_paper",
    title="On paper",
    difficulty=1,
    minutes=12,
    kind="predict",
    contract="a list of four numbers: the GB of the weights; how many chats fit, a whole number; tokens a second at "
    "most for all of these chats; and dollars for a million tokens if the GPU is full 25% of the time and idle "
    "otherwise.",
    cases=((),),
    tried="all four numbers, to 1%, and the chats exactly",
    hints=(
        "A cache: two kinds, keys and values; for each 32 layers, 8 heads, 128 numbers of 2 bytes; times the tokens.",
        "What 90% of the memory leaves beside the weights, divided by one cache and rounded down: the chats.",
        "A step reads weights and all caches once, at 300 GB a second, and gives each chat a token. In an hour there "
        "are 3,600 seconds, of which a quarter is used.",
    ),
    solution=my_on_paper,
    harness=near,
    mistakes=(
        paper_without_idle,
        paper_with_half_the_cache,
        paper_with_all_memory,
        paper_with_gib,
        paper_without_reading_caches,
        paper_without_weights,
        paper_in_seconds,
        paper_with_one_chat,
        paper_with_idle_backwards,
        paper_with_parts_of_a_chat,
        paper_with_one_chat_more,
        paper_reading_what_may_be_used,
        paper_of_each_chat,
        paper_paid_by_each_chat,
        paper_for_one_token,
        paper_in_bytes,
    ),
)
