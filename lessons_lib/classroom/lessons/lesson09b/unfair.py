"""An exercise of lesson 09b: six races, five of them unfair."""

from collections.abc import Callable, Sequence
from itertools import combinations
from string import ascii_uppercase

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


_LOOK_AGAIN = {
    "A": "A's width is fair: 2 * 64 * 264 numbers are as many as 3 * 64 * 176. What else differs there?",
    "B": "B has two matrices, without a gate, where the other side has three, each of the same size.",
    "C": "In C two key heads less save 2 * 2 * 16 * 64 = 4,096 numbers a layer, and each unit of F costs 3 * 64. What "
    "do twenty-one units more cost?",
    "D": "D has the sizes of C. What else differs there?",
    "E": "In E 80 steps of 12 rows are 960 rows, against 800.",
    "F": "In F ask which stories the models have read: those before number 2,000.",
}


def by_race(answer: Callable) -> object:
    """The numbers of an answer, each under the name of its race; what is no list as it is."""
    given = answer()
    if isinstance(given, dict):
        given = [given[name] for name in sorted(given)]
    if isinstance(given, str | set) or not hasattr(given, "__iter__"):
        return given
    return {f"race {letter}": number for letter, number in zip(ascii_uppercase, given, strict=False)}


def unfair_for_wide():
    """In A, E and F the plain network is wider so that it costs the same: 3 * 64 * 176 against 2 * 64 * 264. That is
    what makes it fair; something else is wrong there."""
    return [2, 2, 0, 4, 2, 2]


def _wrong(numbers: Sequence[int]) -> Callable:
    """A wrong answer, with a word on each race that it has wrong."""

    def mistake() -> list[int]:
        return list(numbers)

    pairs = zip(RACES, numbers, my_unfair(), strict=True)
    mistake.__doc__ = " ".join(_LOOK_AGAIN[name] for name, number, right in pairs if number != right)
    return mistake


def _with(changes: dict[int, int]) -> list[int]:
    return [changes.get(place, number) for place, number in enumerate(my_unfair())]


_ONE_WRONG = [
    _with({place: number}) for place, right in enumerate(my_unfair()) for number in range(6) if number != right
]
_SWAPPED = [_with({one: my_unfair()[other], other: my_unfair()[one]}) for one, other in combinations(range(6), 2)]

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
    harness=by_race,
    mistakes=(unfair_for_wide, *map(_wrong, _ONE_WRONG + _SWAPPED)),
)
