"""An exercise of lesson 13: four logs and what made them."""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson13.tiny import WAYS

__all__ = ["SEEN", "WAYS", "WHICH"]

SEEN = {  # what `tiny.log_of` computes of the way with that number: first loss, last loss, both rewards; tested
    "A": (4, "0.69", "0.69", "0.0", "0.0"),
    "B": (2, "0.69", "0.00", "-13.3", "-20.2"),
    "C": (1, "3.95", "0.92", "1.9", "-2.1"),
    "D": (3, "0.18", "0.00", "-9.8", "-19.2"),
}


def my_which_log():
    # A: nothing can ever differ from it. B: starts at ln 2, both fall. C: the liked one rises. D: no ln 2 at the start.
    return [4, 2, 1, 3]


def which_swapped_b_and_d():
    """B and D are swapped. Both end alike; look at the first loss. Before the first step the model is the reference, so
    where there is one the loss is ln 2."""
    return [4, 3, 1, 2]


def which_calm_for_right():
    """A and C are swapped. A loss that stays at ln 2 has not learned; and with both parts the first loss is ln 2 and
    more."""
    return [1, 2, 4, 3]


def which_small_for_right():
    """B is not 1: a loss of 0 is no proof. The liked answer has become e to the power of -133 times as likely, at beta
    0.1."""
    return [4, 1, 2, 3]


def which_forgotten_for_right():
    """C and D are swapped. Neither begins at ln 2. The second part is added to the loss, so with it the first one is
    larger than that, and the liked answer's reward rises."""
    return [4, 2, 3, 1]


def which_sign_for_right():
    """None is 5: with the wrong sign the liked answer's reward would end below the other one's."""
    return [4, 2, 5, 3]


def which_sign_for_reference():
    return [4, 2, 1, 5]


def which_sign_for_small():
    return [4, 5, 1, 3]


def which_sign_for_calm():
    return [5, 2, 1, 3]


which_sign_for_reference.__doc__ = which_sign_for_small.__doc__ = which_sign_for_right.__doc__
which_sign_for_calm.__doc__ = which_sign_for_right.__doc__


def which_the_other_way_round():
    """It looks as if you listed letters for the ways. Asked for is the number of the way for run A, then B, C and D."""
    return [3, 2, 4, 1]


WHICH = Exercise(
    id="which_log",
    title="Four logs",
    difficulty=2,
    minutes=7,
    kind="diagnose",
    contract="a list of four whole numbers: the way of run A, of run B, C and D. One of the five ways is nobody's.",
    cases=((),),
    tried="four runs, four ways",
    hints=(
        "What is the loss of DPO before the first step, whatever the pair? Which runs begin there?",
        "What are the rewards if the reference is always the model itself?",
        "With the second part the first loss is larger, and the liked answer's reward rises.",
    ),
    solution=my_which_log,
    mistakes=(
        which_swapped_b_and_d,
        which_calm_for_right,
        which_small_for_right,
        which_forgotten_for_right,
        which_sign_for_right,
        which_sign_for_reference,
        which_sign_for_small,
        which_sign_for_calm,
        which_the_other_way_round,
    ),
)
