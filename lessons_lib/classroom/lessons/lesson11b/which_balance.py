"""An exercise of lesson 11b: four runs and what balanced them."""

import re

from lessons_lib.classroom.exercises import Exercise

WAYS = (  # what is said of a run, and the weight of its balancing loss and the speed of its bias; None: no run has it
    ("nothing balances", (0.0, 0.0)),
    ("the bias moves by 0.02 a step", (0.0, 0.02)),
    ("the bias moves by 0.5 a step", (0.0, 0.5)),
    ("the bias moves by 0.02 a step, the wrong way", None),
    ("the balancing loss is multiplied by 1,000", (1000.0, 0.0)),
)
SEEN = {  # what `tiny.behaviour` computes of the way with that number: loss, busiest of a step, busiest of 20; tested
    "A": (5, "3.3", "33%", "26%"),
    "B": (3, "1.2", "54%", "28%"),
    "C": (1, "1.2", "45%", "45%"),
    "D": (2, "1.2", "29%", "25%"),
}


def my_which_balance():
    # A: even, and the text is hardly learned. B: busy by turns. C: always the same one. D: even.
    return [5, 3, 1, 2]


def by_run(answer):
    """The numbers of an answer, in order of the runs, in whatever form they come: a list, a dict by run, a text."""
    given = answer()
    if isinstance(given, dict):
        given = [given[key] for key in sorted(given, key=str)]
    if isinstance(given, str):
        given = re.findall(r"[1-5]", given)
    if isinstance(given, list | tuple) and given and all(isinstance(n, str) and n.strip().isdigit() for n in given):
        given = [int(n) for n in given]
    return given


def which_turns_for_calm():
    """B and D are swapped. Both are even over twenty steps. In one of them the busiest expert of a single step has more
    than half: it is another one each time."""
    return [5, 2, 1, 3]


def which_swinging_for_nothing():
    """B and C are swapped. Where nothing balances, the same expert stays the busiest: then a single step and twenty
    steps together say the same."""
    return [5, 1, 3, 2]


def which_wrong_way():
    """C is not 4: a bias that moves the wrong way never stops. In this model one expert would get nearly everything."""
    return [5, 3, 4, 2]


def which_wrong_way_by_turns():
    """B is not 4: a bias that moves the wrong way never stops. In this model one expert would get nearly everything, in
    all twenty steps together too."""
    return [5, 4, 1, 2]


def which_wrong_way_of_all():
    """A is not 4: a bias that moves the wrong way never stops. In this model one expert would get nearly everything."""
    return [4, 3, 1, 2]


def which_wrong_way_for_calm():
    """D is not 4: a bias that moves the wrong way never stops. In this model one expert would get nearly everything."""
    return [5, 3, 1, 4]


def which_loss_for_calm():
    """A and D are swapped. Both are fairly even. A loss that pulls hard leaves little for the text: look at the first
    column."""
    return [2, 3, 1, 5]


def which_the_other_way_round():
    """It looks as if you listed letters for the ways. Asked for is the number of the way for run A, then B, C and D."""
    return [3, 4, 2, 1]


WHICH = Exercise(
    id="which_balance",
    title="What balanced them?",
    difficulty=1,
    minutes=7,
    kind="diagnose",
    contract="a list of four whole numbers: the way of run A, of run B, C and D. One of the five ways is nobody's.",
    cases=((),),
    tried="four runs, four ways",
    hints=(
        "Which run learned the text worst, and which way pulls at everything that is learned?",
        "Compare the last two columns of a run. When are they equal, and when is the last one much smaller?",
    ),
    solution=my_which_balance,
    harness=by_run,
    mistakes=(
        which_turns_for_calm,
        which_swinging_for_nothing,
        which_wrong_way,
        which_wrong_way_by_turns,
        which_wrong_way_of_all,
        which_wrong_way_for_calm,
        which_loss_for_calm,
        which_the_other_way_round,
    ),
)
