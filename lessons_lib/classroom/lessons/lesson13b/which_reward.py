"""An exercise of lesson 13b: four logs and what was paid."""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson13b.recorded import BRIEF, LAZY, TOO_HIGH, Taught
from lessons_lib.classroom.lessons.lesson13b.rewarded import Way

__all__ = ["RUNS", "SEEN", "WAYS", "WHICH"]

WAYS = (
    "nothing is wrong",
    "the judge pays 1 for a last number that is off by 3 at most",
    "each character costs a tenth",
    "the rate is ten times too high",
    "the sign of the advantages is wrong",
)
RUNS = {1: Way(), 2: LAZY, 3: BRIEF, 4: TOO_HIGH}  # the way of that number, as it was recorded
LAST = 40  # step that is shown beside the first; each run has it
SEEN = {  # of the run of that way, first step and step 40: paid, right, worked out, characters; tested
    "A": (3, "-0.09, 0.04", "41%, 32%", "28%, 10%", "5.9, 3.8"),
    "B": (4, "0.27, 0.00", "27%, 0%", "19%, 94%", "5.1, 9.2"),
    "C": (2, "0.95, 1.00", "41%, 10%", "28%, 64%", "5.9, 10.2"),
    "D": (1, "0.41, 0.84", "41%, 84%", "28%, 91%", "5.9, 13.5"),
}


def log_of(run: Taught) -> list[str]:
    """What the table says of a run: paid, right, worked out and length, each in the first step and in step `LAST`."""
    shares = (run.right, run.worked)
    return [
        f"{run.paid[0]:.2f}, {run.paid[LAST - 1]:.2f}",
        *(f"{each[0]:.0%}, {each[LAST - 1]:.0%}" for each in shares),
        f"{run.length[0]:.1f}, {run.length[LAST - 1]:.1f}",
    ]


def my_which_reward():
    # A: less is paid than is right, and answers become short. B: the judge is the right one, and all breaks.
    # C: more is paid than is right. D: paid and right are the same, and rise together.
    return [3, 4, 2, 1]


def which_rise_for_sign():
    """C is not 5: with the wrong sign what is paid would fall. Here it rises to 1, and fewer answers are right: so
    wrong ones are paid, too."""
    return [3, 4, 5, 1]


def which_fall_for_sign():
    """B is not 5: with the wrong sign what is worked out, and so better, would become rarer. Here it becomes far more
    frequent, and what stands in the brackets falls apart."""
    return [3, 5, 2, 1]


def which_rare_for_sign():
    """A is not 5: less is worked out and right, as with the wrong sign, but then what is paid would fall, and here it
    rises. What else is paid than right answers, if it can lie below their share?"""
    return [5, 4, 2, 1]


def which_short_for_lazy():
    """A and C are swapped. Look at the characters: a price on them makes answers short."""
    return [2, 4, 3, 1]


def which_high_for_short():
    """A and B are swapped. Look at what is paid: with a price on characters it is less than the share that is right."""
    return [4, 3, 2, 1]


def which_calm_for_right():
    """C and D are swapped. Where nothing is wrong, what is paid is the share that is right."""
    return [3, 4, 1, 2]


def which_the_other_way_round():
    """It looks as if you listed, for each way, the letter of its run as a number. Asked for is the number of the way
    for run A, then B, C and D."""
    return [4, 3, 1, 2]


WHICH = Exercise(
    id="which_reward",
    title="Four logs",
    difficulty=2,
    minutes=8,
    kind="diagnose",
    contract="a list of four whole numbers: the way of run A, of run B, C and D. One of the five ways is nobody's.",
    cases=((),),
    tried="four runs, four ways",
    hints=(
        "In which runs is what is paid the same as the share that is right? There the judge was the right one.",
        "In one run more is paid than is right, in another less. What would do either?",
        "With the wrong sign, what is worse becomes more frequent: fewer are worked out, and less is paid.",
    ),
    solution=my_which_reward,
    mistakes=(
        which_rise_for_sign,
        which_fall_for_sign,
        which_rare_for_sign,
        which_short_for_lazy,
        which_high_for_short,
        which_calm_for_right,
        which_the_other_way_round,
    ),
)
