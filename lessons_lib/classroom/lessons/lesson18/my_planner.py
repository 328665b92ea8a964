"""An exercise of lesson 18: from a model and a load to the GPUs that cost least."""

import math

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.config import ModelConfig
from lessons_lib.config.costs import kv_cache_bytes, num_active_parameters, weight_bytes


def my_planner(config, bits, tokens, chats, speed, gpus):
    from lessons_lib.config.costs import kv_cache_bytes, weight_bytes

    weights, cache = weight_bytes(config, bits), kv_cache_bytes(config, tokens, bits=16)
    choices = []
    for place, (name, memory, bandwidth, dollars) in enumerate(gpus):
        room = 0.9 * memory * 1e9 - weights  # bytes for caches
        seen = bandwidth * 1e9 / speed - weights  # bytes of caches that a step has time to read
        most = int(min(room, seen) // cache)  # chats of one GPU
        if most >= 1:
            number = -(-chats // most)
            choices.append((dollars * number, number, place, name))
    if not choices:
        return None
    _, number, _, name = min(choices)
    return name, number


def in_a_model(answer, model, bits, tokens, chats, speed, gpus):
    """What an answer chooses for one of the library's models."""
    return answer(ModelConfig.preset(model), bits, tokens, chats, speed, [*gpus])


def _plan(
    config,
    bits,
    tokens,
    chats,
    speed,
    gpus,
    weights=weight_bytes,
    cache=lambda config, tokens: kv_cache_bytes(config, tokens, bits=16),
    share=0.9,
    unit=1e9,
    by_memory=True,
    by_speed=True,
    number=lambda chats, most: math.ceil(chats / most),
    order=lambda dollars, number, place: (dollars * number, number, place),
    needed=lambda speed, chats: speed,
    read=lambda weights, cache, chats: weights + chats * cache,
):
    """The same with the knobs that mistakes turn."""
    w, c, choices = weights(config, bits), cache(config, tokens), []
    for place, (name, memory, bandwidth, dollars) in enumerate(gpus):
        fitting = [
            n
            for n in range(1, chats + 2)  # one more than there are: the GPU isn't full
            if (not by_memory or w + n * c <= share * memory * unit)
            and (not by_speed or bandwidth * 1e9 / read(w, c, n) >= needed(speed, n))
        ]
        if fitting:
            count = max(1, number(chats, max(fitting)))
            choices.append((order(dollars, count, place), name, count))
    return _least(choices)


def _least(choices):
    """Of (what decides, name, number) the name and number of the least, None if there is none."""
    return min(choices)[1:] if choices else None


def planner_with_bytes(config, bits, tokens, chats, speed, gpus):
    """It looks as if a weight of so many bits were as many bytes. Eight bits are a byte."""
    return _plan(config, bits, tokens, chats, speed, gpus, weights=lambda config, bits: 8 * weight_bytes(config, bits))


def planner_in_16_bits(config, bits, tokens, chats, speed, gpus):
    """It looks as if weights always had 16 bits. They have as many as bits says."""
    return _plan(config, bits, tokens, chats, speed, gpus, weights=lambda config, bits: weight_bytes(config, 16))


def planner_with_active_weights(config, bits, tokens, chats, speed, gpus):
    """It looks as if only those experts counted that one token meets. All must lie in the memory, and each may be met
    by some chat's token."""
    return _plan(
        config, bits, tokens, chats, speed, gpus, weights=lambda config, bits: num_active_parameters(config) * bits / 8
    )


def planner_without_caches(config, bits, tokens, chats, speed, gpus):
    """It looks as if chats take no memory. Each has a cache, which must lie beside the weights and is read in each
    step."""
    return _plan(config, bits, tokens, chats, speed, gpus, cache=lambda config, tokens: 0)


def planner_with_keys_alone(config, bits, tokens, chats, speed, gpus):
    """It looks as if a cache held keys and no values: it is half as large as it should be."""
    return _plan(
        config, bits, tokens, chats, speed, gpus, cache=lambda config, tokens: kv_cache_bytes(config, tokens, bits=8)
    )


def planner_with_caches_of_32_bits(config, bits, tokens, chats, speed, gpus):
    """It looks as if caches had 32 bits, which is `kv_cache_bytes`'s default. Here they have 16."""
    return _plan(config, bits, tokens, chats, speed, gpus, cache=kv_cache_bytes)


def planner_with_caches_like_weights(config, bits, tokens, chats, speed, gpus):
    """It looks as if caches had as many bits as the weights. They have 16, whatever the weights have."""
    return _plan(
        config, bits, tokens, chats, speed, gpus, cache=lambda config, tokens: kv_cache_bytes(config, tokens, bits=bits)
    )


def planner_with_all_memory(config, bits, tokens, chats, speed, gpus):
    """It looks as if all memory were used. Only 90% of it may be."""
    return _plan(config, bits, tokens, chats, speed, gpus, share=1)


def planner_with_gib(config, bits, tokens, chats, speed, gpus):
    """It looks as if a GB had 1,024³ bytes. Here it is a billion."""
    return _plan(config, bits, tokens, chats, speed, gpus, unit=1024**3)


def planner_without_speed(config, bits, tokens, chats, speed, gpus):
    """It looks as if memory alone decides. Each chat should also have its tokens a second."""
    return _plan(config, bits, tokens, chats, speed, gpus, by_speed=False)


def planner_without_memory(config, bits, tokens, chats, speed, gpus):
    """It looks as if bandwidth alone decides. Weights and caches must also fit."""
    return _plan(config, bits, tokens, chats, speed, gpus, by_memory=False)


def planner_with_speed_for_all(config, bits, tokens, chats, speed, gpus):
    """It looks as if all chats together should have so many tokens a second. Each should: a step gives each one token,
    so it is the steps a second."""
    return _plan(config, bits, tokens, chats, speed, gpus, needed=lambda speed, chats: speed / chats)


def planner_with_weights_read_for_each(config, bits, tokens, chats, speed, gpus):
    """It looks as if the weights were read for each chat anew. A step reads them once for all of its GPU's chats."""
    return _plan(config, bits, tokens, chats, speed, gpus, read=lambda weights, cache, chats: chats * (weights + cache))


def planner_reading_weights_alone(config, bits, tokens, chats, speed, gpus):
    """It looks as if a step reads the weights alone. The caches of all its chats are read, too."""
    return _plan(config, bits, tokens, chats, speed, gpus, read=lambda weights, cache, chats: weights)


def planner_reading_one_cache(config, bits, tokens, chats, speed, gpus):
    """It looks as if the speed were that of a GPU with one chat. With several a step reads the caches of all."""
    return _plan(config, bits, tokens, chats, speed, gpus, read=lambda weights, cache, chats: weights + cache)


def _each_filled(config, bits, tokens, chats, speed, gpus, part):
    """As many GPUs as memory asks for; a kind is dropped if one with `part(chats, most)` chats is too slow."""
    w, c, choices = weight_bytes(config, bits), kv_cache_bytes(config, tokens, bits=16), []
    for place, (name, memory, bandwidth, dollars) in enumerate(gpus):
        most = int((0.9 * memory * 1e9 - w) // c)
        if most >= 1 and bandwidth * 1e9 / (w + part(chats, most) * c) >= speed:
            number = math.ceil(chats / most)
            choices.append(((dollars * number, number, place), name, number))
    return _least(choices)


def planner_reading_active_weights(config, bits, tokens, chats, speed, gpus):
    """It looks as if a step read those experts alone that one token meets. Other chats' tokens meet others: it reads
    all."""
    active = num_active_parameters(config) * bits / 8
    return _plan(config, bits, tokens, chats, speed, gpus, read=lambda weights, cache, chats: active + chats * cache)


def planner_dropping_slow_full_ones(config, bits, tokens, chats, speed, gpus):
    """It looks as if a kind were dropped that is too slow when it is full. It need not be full: with fewer chats on
    each, and more GPUs, it may do."""
    return _each_filled(config, bits, tokens, chats, speed, gpus, lambda chats, most: most)


def planner_dropping_slow_parts(config, bits, tokens, chats, speed, gpus):
    """It looks as if memory gave the number, and a kind were dropped that is then too slow. With more GPUs, each with
    fewer chats, it may do."""
    return _each_filled(
        config, bits, tokens, chats, speed, gpus, lambda chats, most: math.ceil(chats / math.ceil(chats / most))
    )


def planner_with_weights_in_parts(config, bits, tokens, chats, speed, gpus):
    """It looks as if the GPUs shared the weights. Each has them whole."""
    w, c, choices = weight_bytes(config, bits), kv_cache_bytes(config, tokens, bits=16), []
    for place, (name, memory, bandwidth, dollars) in enumerate(gpus):
        for number in range(1, chats + 1):
            read = w / number + math.ceil(chats / number) * c
            if read <= 0.9 * memory * 1e9 and bandwidth * 1e9 / read >= speed:
                choices.append(((dollars * number, number, place), name, number))
                break
    return _least(choices)


def planner_of_one(config, bits, tokens, chats, speed, gpus):
    """It looks as if one GPU bore any number of chats, or one cache served them all. Each chat has a cache of its own,
    and what one GPU doesn't bear several share."""
    return _plan(
        config,
        bits,
        tokens,
        chats,
        speed,
        gpus,
        number=lambda chats, most: 1,
        order=lambda dollars, number, place: (dollars, place),
    )


def planner_with_the_first_that_will_do(config, bits, tokens, chats, speed, gpus):
    """It looks as if the first kind in the list that will do is taken. Compare what all of them cost."""
    return _plan(config, bits, tokens, chats, speed, gpus, order=lambda dollars, number, place: place)


def planner_by_the_hour_of_one(config, bits, tokens, chats, speed, gpus):
    """It looks as if the price of one GPU decides. What all of them cost together does."""
    return _plan(
        config, bits, tokens, chats, speed, gpus, order=lambda dollars, number, place: (dollars, number, place)
    )


def planner_with_the_fewest(config, bits, tokens, chats, speed, gpus):
    """It looks as if the fewest GPUs win. Those win that cost least together."""
    return _plan(
        config, bits, tokens, chats, speed, gpus, order=lambda dollars, number, place: (number, dollars, place)
    )


def planner_rounding_down(config, bits, tokens, chats, speed, gpus):
    """It looks as if the number of GPUs is rounded down, so some chats have no place. Round up."""
    return _plan(config, bits, tokens, chats, speed, gpus, number=lambda chats, most: chats // most)


def planner_with_parts_of_chats(config, bits, tokens, chats, speed, gpus):
    """It looks as if a GPU could bear a part of a chat. Round down how many it bears before you divide."""
    weights, cache = weight_bytes(config, bits), kv_cache_bytes(config, tokens, bits=16)
    choices = []
    for place, (name, memory, bandwidth, dollars) in enumerate(gpus):
        most = min(0.9 * memory * 1e9 - weights, bandwidth * 1e9 / speed - weights) / cache
        if most >= 1:
            number = math.ceil(chats / most)
            choices.append(((dollars * number, number, place), name, number))
    return _least(choices)


def planner_with_one_too_many(config, bits, tokens, chats, speed, gpus):
    """It looks as if one GPU is added even where the chats come out even. Round up, and add none."""
    return _plan(config, bits, tokens, chats, speed, gpus, number=lambda chats, most: chats // most + 1)


def planner_with_the_first_of_equals(config, bits, tokens, chats, speed, gpus):
    """It looks as if of choices that cost the same the first in the list wins. First count the GPUs: fewer win."""
    return _plan(
        config, bits, tokens, chats, speed, gpus, order=lambda dollars, number, place: (dollars * number, place)
    )


def planner_with_the_last_of_equals(config, bits, tokens, chats, speed, gpus):
    """It looks as if of equal choices with as many GPUs the last in the list wins. The first does."""
    return _plan(
        config,
        bits,
        tokens,
        chats,
        speed,
        gpus,
        order=lambda dollars, number, place: (dollars * number, number, -place),
    )


def planner_of_names(config, bits, tokens, chats, speed, gpus):
    """The kind seems right. Asked for is (name, number): how many of it, too."""
    found = my_planner(config, bits, tokens, chats, speed, gpus)
    return found and found[0]


def planner_with_the_price(config, bits, tokens, chats, speed, gpus):
    """It looks as if you give the price behind the name. Asked for is how many GPUs."""
    found = my_planner(config, bits, tokens, chats, speed, gpus)
    prices = {name: dollars for name, *_, dollars in gpus}
    return found and (found[0], found[1] * prices[found[0]])


_FOUR = (("L4", 24, 300, 0.75), ("L40S", 48, 864, 2), ("A100", 80, 2039, 2.5), ("H100", 80, 3350, 4))
_EQUAL = (("small", 24, 400, 1), ("other", 48, 800, 2), ("large", 48, 800, 2))

PLANNER = Exercise(
    id="my_planner",
    title="Your planner",
    difficulty=3,
    minutes=30,
    kind="build",
    contract="config, a ModelConfig, with weights of so many bits and caches of 16; tokens of each chat; chats, 1 or "
    "more, that are open at once; speed, tokens a second that each of them should have at least; gpus, a list of "
    "(name, GB, GB a second, dollars an hour). To (name, number): the kind of GPU and how many of it cost least an "
    "hour together, each with the weights whole and a part of the chats, as evenly as can be. 90% of a memory may be "
    "used, a GB is a billion bytes, and a step reads all weights (of all experts, too) and the caches of its GPU once "
    "and gives each of its chats a token. Of choices that cost the same, the one with fewer GPUs, and then the one "
    "that is first in the list; None if none will do.",
    cases=(
        ("llama-3.1-8b", 16, 8000, 1, 5, _FOUR[:1]),
        ("llama-3.1-8b", 16, 8000, 5, 5, _FOUR[:1]),
        ("llama-3.1-8b", 16, 8000, 6, 5, _FOUR[:1]),
        ("llama-3.1-8b", 16, 8000, 10, 5, _FOUR[:1]),
        ("llama-3.1-8b", 16, 8000, 21, 5, _FOUR[:1]),
        ("llama-3.1-8b", 16, 8000, 1, 17, _FOUR[:1]),
        ("llama-3.1-8b", 16, 8000, 1, 18, _FOUR[:1]),
        ("llama-3.1-8b", 16, 8000, 1, 50, _FOUR[:1]),
        ("llama-3.1-8b", 16, 8000, 6, 20, _FOUR),
        ("llama-3.1-8b", 16, 8000, 10, 5, _FOUR),
        ("llama-3.1-8b", 16, 8000, 60, 5, _FOUR),
        ("llama-3.1-8b", 4, 8000, 20, 15, _FOUR),
        ("llama-3.1-8b", 8, 2000, 100, 20, _FOUR),
        ("llama-3.1-8b", 16, 8000, 20, 30, _FOUR),
        ("llama-3.1-8b", 16, 2000, 100, 60, _FOUR),
        ("llama-3.2-1b", 16, 4000, 200, 40, _FOUR),
        ("llama-3.1-8b", 16, 48000, 1, 5, _FOUR),
        ("llama-2-7b", 16, 4000, 8, 10, _FOUR),
        ("llama-2-7b", 8, 4000, 8, 10, _FOUR),
        ("qwen2.5-7b", 16, 32000, 30, 10, _FOUR),
        ("llama-3.1-8b", 8, 4000, 50, 10, _EQUAL),
        ("llama-3.1-8b", 16, 8000, 8, 10, _EQUAL),
        ("llama-3.1-8b", 16, 8000, 7, 1000, _FOUR),
        ("llama-3.2-3b", 8, 1000, 37, 50, _FOUR),
        ("llama-3.1-8b", 8, 16000, 12, 12, _FOUR),
        ("llama-3.1-8b", 16, 8000, 10, 5, _FOUR[::-1]),
        ("mixtral-8x7b", 8, 8000, 10, 10, _FOUR),
        ("mixtral-8x7b", 4, 8000, 4, 30, _FOUR),
        ("mixtral-8x7b", 16, 8000, 2, 5, _FOUR),
        ("mixtral-8x7b", 4, 8000, 4, 60, _FOUR),
    ),
    tried="six models, one of them with experts, one chat to 200, few tokens a second and many, equal prices, and "
    "loads that nothing can bear",
    hints=(
        "Ask for each kind how many chats one GPU bears: first by memory, then by bandwidth. The smaller one counts.",
        "A step may take 1 / speed seconds. In that time bandwidth / speed bytes can be read: weights, and caches.",
        "number = -(-chats // most) rounds up. min of tuples (dollars together, number, place) settles the equal ones.",
    ),
    solution=my_planner,
    harness=in_a_model,
    mistakes=(
        planner_with_bytes,
        planner_in_16_bits,
        planner_with_active_weights,
        planner_without_caches,
        planner_with_keys_alone,
        planner_with_caches_of_32_bits,
        planner_with_caches_like_weights,
        planner_with_all_memory,
        planner_with_gib,
        planner_without_speed,
        planner_without_memory,
        planner_with_speed_for_all,
        planner_with_weights_read_for_each,
        planner_reading_weights_alone,
        planner_reading_one_cache,
        planner_reading_active_weights,
        planner_dropping_slow_full_ones,
        planner_dropping_slow_parts,
        planner_with_weights_in_parts,
        planner_of_one,
        planner_with_the_first_that_will_do,
        planner_by_the_hour_of_one,
        planner_with_the_fewest,
        planner_rounding_down,
        planner_with_parts_of_chats,
        planner_with_one_too_many,
        planner_with_the_first_of_equals,
        planner_with_the_last_of_equals,
        planner_of_names,
        planner_with_the_price,
    ),
)
