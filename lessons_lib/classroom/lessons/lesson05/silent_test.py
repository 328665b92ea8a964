"""An exercise of lesson 05: what a simple test of a block can see, and what it can't."""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.letters import letters


def my_silent_test():
    # With silent parts a right block gives back x. A, B and H put a norm on the stream, E loses it: all are seen.
    # C, D, F and G are faults of what the parts read or do, and the parts give zeros whatever they read.
    return ["C", "D", "F", "G"]


def silent_the_opposite():
    """These are the faults that the test sees. Asked for are the others."""
    return ["A", "B", "E", "H"]


def silent_everything():
    """Some of them it does see: which faults change x even if both parts give zeros?"""
    return list("ABCDEFGH")


def silent_without_at_once():
    """Right as far as they go, and one is left out. Both notes are zeros: does it matter when they are added?"""
    return ["D", "F", "G"]


def silent_without_one_norm():
    """Right as far as they go, and one is left out. What a part reads doesn't matter if it gives zeros; which fault
    changes only that?"""
    return ["C", "F", "G"]


def silent_without_the_future():
    """Right as far as they go, and one is left out. Attention that looks ahead also ends in the matrix that was set to
    0."""
    return ["C", "D", "G"]


def silent_without_the_bend():
    """Right as far as they go, and one is left out. The bend comes before the matrix that was set to 0."""
    return ["C", "D", "F"]


def silent_inside_the_parts():
    """Right as far as they go, and two are left out: what a part reads doesn't matter either, if it gives zeros."""
    return ["F", "G"]


def silent_only_the_wiring():
    """Right as far as they go, and two are left out: look at the faults inside the parts, too. Where do they end?"""
    return ["C", "D"]


def silent_with_a_lost_stream():
    """E it does see: the feed-forward network gives zeros, and they replace the stream."""
    return ["C", "D", "E", "F", "G"]


def silent_with_the_first_norm():
    """A it does see: what comes out is the norm of x, and not x."""
    return ["A", "C", "D", "F", "G"]


def silent_with_post_norm():
    """B it does see: x goes through two norms, and comes out with another length."""
    return ["B", "C", "D", "F", "G"]


def silent_with_a_norm_at_the_end():
    """H it does see: x comes out with another length."""
    return ["C", "D", "F", "G", "H"]


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
        silent_without_at_once,
        silent_without_one_norm,
        silent_without_the_future,
        silent_without_the_bend,
        silent_inside_the_parts,
        silent_only_the_wiring,
        silent_with_a_lost_stream,
        silent_with_the_first_norm,
        silent_with_post_norm,
        silent_with_a_norm_at_the_end,
    ),
)
