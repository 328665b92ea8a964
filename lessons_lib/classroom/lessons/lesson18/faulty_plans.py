"""An exercise of lesson 18: from what a plan says to what is wrong with it."""

from functools import partial

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson07.faulty_programs import in_order, with_letters


def my_faulty_plans():
    # 1: 14e9 * 4 / 8 is 7 GB. 2: each chat's cache grows. 3: values take as much again. 4: 3,000 questions don't fill a
    # day. 5: 2 / 3600 / 500 dollars. 6: 78 GiB are 83.8 GB.
    return ["B", "E", "C", "A", "F", "D"]


def by_plan(answer):
    return in_order(answer, "plan")


_with = partial(with_letters, my_faulty_plans())


def plans_1_and_6_swapped():
    """1 and 6 have changed places. In 1 the result is eight times too large; in 6 the difference is of 7%."""
    return _with(_1="D", _6="B")


def plans_2_and_3_swapped():
    """2 and 3 have changed places. Plan 3 does count a cache, but half of it."""
    return _with(_2="C", _3="E")


def plans_with_weights_for_each():
    """2: weights counted for each of ten people would be 200 GB. Plan 2 counts them once, which is right. What grows
    with each of the people?"""
    return _with(_2="H")


def plans_without_caches_at_all():
    """3: a cache is there. The same numbers are kept of something else beside the keys."""
    return _with(_3="E")


def plans_that_start_cold():
    """4: a GPU that is always on has no cold start. How much of the day do 3,000 short questions fill?"""
    return _with(_4="G")


def plans_idle_by_the_token():
    """5: idle time makes the price larger, by the share that is busy. Plan 5 is off by 3,600, whatever that is."""
    return _with(_5="A")


def plans_4_and_5_swapped():
    """4 and 5 have changed places. 4 divides by 3,600 (2 / 3,600 / 500 for a token), 5 doesn't."""
    return _with(_4="F", _5="A")


def plans_of_bytes():
    """6: both numbers are of bytes. But one is counted in 1,024³ of them, the other in billions."""
    return _with(_6="B")


def plans_with_caches_on_a_volume():
    """6: no chat's cache lies on a volume. Compare the two units."""
    return _with(_6="E")


FAULTY_PLANS = Exercise(
    id="faulty_plans",
    title="What is wrong with it?",
    difficulty=2,
    minutes=8,
    kind="diagnose",
    contract="a list of six letters: the fault of plan 1, of plan 2, and so on to plan 6.",
    cases=((),),
    tried="all six plans",
    hints=(
        "Compute each anew, with its unit behind each number.",
        "One plan's result is right for a GPU that never rests.",
        "78 GiB are 78 times 1.0737 billion bytes.",
    ),
    solution=my_faulty_plans,
    harness=by_plan,
    mistakes=(
        plans_1_and_6_swapped,
        plans_2_and_3_swapped,
        plans_with_weights_for_each,
        plans_without_caches_at_all,
        plans_that_start_cold,
        plans_idle_by_the_token,
        plans_4_and_5_swapped,
        plans_of_bytes,
        plans_with_caches_on_a_volume,
    ),
)
