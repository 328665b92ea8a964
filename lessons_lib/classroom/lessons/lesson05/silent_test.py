"""An exercise of lesson 05: what a simple test of a block can see, and what it can't."""

from collections.abc import Callable
from itertools import combinations

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.letters import letters


def my_silent_test():
    # With silent parts a right block gives back x. A, B and H put a norm on the stream, E loses it: all are seen.
    # C, D, F and G are faults of what the parts read or do, and the parts give zeros whatever they read.
    return ["C", "D", "F", "G"]


SEEN = {
    "A": "A it does see: what comes out is the norm of x, and not x.",
    "B": "B it does see: x goes through two norms, and comes out with another length.",
    "E": "E it does see: the feed-forward network gives zeros, and they replace the stream.",
    "H": "H it does see: x comes out with another length.",
}
OVERLOOKED = {  # what to ask where one of these is left out
    "C": "Both notes are zeros: does it matter when they are added?",
    "D": "What a part reads doesn't matter if it gives zeros; which fault changes only that?",
    "F": "Attention that looks ahead also ends in the matrix that was set to 0.",
    "G": "The bend comes before the matrix that was set to 0.",
}


def silent_the_opposite():
    """These are the faults that the test sees. Asked for are the others."""
    return ["A", "B", "E", "H"]


def silent_everything():
    """Some of them it does see: which faults change x even if both parts give zeros?"""
    return list("ABCDEFGH")


def _with_and_without(more: tuple[str, ...], less: tuple[str, ...]) -> Callable:
    """The right letters with some more and some left out."""

    def mistake():
        return [letter for letter in sorted(SEEN | OVERLOOKED) if letter in more or letter in OVERLOOKED.keys() - less]

    mistake.__name__ = f"silent_with_{''.join(more) or 'none'}_without_{''.join(less) or 'none'}"
    out = f"{('One is', 'Two are')[len(less) - 1]} left out." if less else ""
    if out and not more:
        out = f"Right as far as they go. {out}"
    mistake.__doc__ = " ".join([*(SEEN[letter] for letter in more), out, *(OVERLOOKED[letter] for letter in less)])
    return mistake


SILENT_TEST = Exercise(
    id="silent_test",
    title="A test that sees half",
    difficulty=2,
    minutes=8,
    kind="diagnose",
    contract="a list of the letters of the faults that this test does not see.",
    cases=((),),
    tried="all eight faults",
    hints=(
        "Write down what a right block does with x if attend and think both give zeros.",
        "A fault is seen if x itself is changed on its way, or lost.",
        "Four of the eight are not seen.",
    ),
    solution=my_silent_test,
    harness=letters,
    mistakes=(
        silent_the_opposite,
        silent_everything,
        *(
            _with_and_without(more, less)
            for wrong in (1, 2)
            for count in range(wrong + 1)
            for more in combinations(SEEN, count)
            for less in combinations(OVERLOOKED, wrong - count)
        ),
    ),
)
