"""An exercise of lesson 09b: six races, five of them unfair."""

from lessons_lib.classroom.exercises import Exercise

FAULTS = (
    "one side learns from more text",
    "one side has over 1% more parameters",
    "one side's learning rate was chosen among more",
    "a seed of one side is left out",
    "the two sides are judged on different text",
)
_USUAL = {
    "feed-forward": "SwiGLU, F 176",
    "key heads": "4",
    "steps x rows": "100 x 8",
    "rates tried": "0.01 0.02 0.04",
    "seeds": "0 1 2 3 4 5 6 7",
    "judged on": "stories 2,000-2,199",
}
RACES = {  # what the second side does otherwise than the usual; the first side is as usual
    "A": {"feed-forward": "plain, F 264", "rates tried": "0.02"},
    "B": {"feed-forward": "plain, F 176"},
    "C": {"feed-forward": "SwiGLU, F 197", "key heads": "2"},
    "D": {"key heads": "2", "feed-forward": "SwiGLU, F 197", "seeds": "0 1 2 4 5 6 7"},
    "E": {"feed-forward": "plain, F 264", "steps x rows": "80 x 12"},
    "F": {"feed-forward": "plain, F 264", "judged on": "stories 1,900-2,099"},
}


def recipes() -> str:
    """The six races as text: what both sides do, and what the second side does otherwise."""
    lines = ["the first side, in all six:"]
    lines += [f"    {what:13} {value}" for what, value in _USUAL.items()]
    for name, other in RACES.items():
        lines += [f"{name}, the second side differs in:", *(f"    {what:13} {value}" for what, value in other.items())]
    return "\n".join(lines)


def my_unfair():
    return [3, 2, 0, 4, 1, 5]


def unfair_for_wide():
    """In A, E and F the plain network is wider so that it costs the same: 3 * 64 * 176 against 2 * 64 * 264. That is
    what makes it fair; something else is wrong there."""
    return [2, 2, 0, 4, 2, 2]


def unfair_without_counting():
    """B is not fair: without a gate there are two matrices where the other side has three, each of the same size."""
    return [3, 0, 0, 4, 1, 5]


def unfair_for_fewer_heads():
    """C is fair: two key heads less save 2 * 2 * 16 * 64 = 4,096 numbers a layer, and each unit of F costs 3 * 64. What
    do the twenty-one units more cost beside them?"""
    return [3, 2, 2, 4, 1, 5]


def unfair_with_as_many_rows():
    """E is not fair: 80 steps of 12 rows are 960 rows, against 800."""
    return [3, 2, 0, 4, 0, 5]


def unfair_for_the_first_width():
    """A's width makes it fair: 2 * 64 * 264 numbers are as many as 3 * 64 * 176. What else differs in A?"""
    return [2, 2, 0, 4, 1, 5]


UNFAIR = Exercise(
    id="unfair",
    title="Which races are not fair?",
    difficulty=2,
    minutes=10,
    kind="diagnose",
    contract="a list of six whole numbers: the number of the fault of race A, of B, C, D, E and F; 0 for the race that "
    "is fair.",
    cases=((),),
    tried="six races, five faults",
    hints=(
        "Count the matrices of each feed-forward network: 3 * C * F with a gate, 2 * C * F without.",
        "Multiply steps by rows. And which stories did the models learn from? Numbers 0 to 1,999.",
    ),
    solution=my_unfair,
    mistakes=(
        unfair_for_wide,
        unfair_without_counting,
        unfair_for_fewer_heads,
        unfair_with_as_many_rows,
        unfair_for_the_first_width,
    ),
)
