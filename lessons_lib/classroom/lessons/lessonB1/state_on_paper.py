"""An exercise of appendix B1: three facts on paper, by a sum and by the gated delta rule."""

from lessons_lib.classroom.exercises import Exercise


def my_state_on_paper():
    # The sum: (4, 2) + 10 * (0.6, 0.8). The other: halved to (2, 1), which says 0.6 * 2 + 0.8 * 1 = 2 under the key;
    # half of 10 - 2 is written: (2, 1) + 4 * (0.6, 0.8).
    return [10, 10, 4.4, 4.2]


def paper_without_fading():
    """The last two: it looks as if nothing faded. Before the third fact the state is halved."""
    return [10, 10, 5.8, 4.4]


def paper_with_a_whole_beta():
    """The last two: it looks as if all of the difference was written. beta is 0.5: half of it."""
    return [10, 10, 6.8, 7.4]


def paper_that_fades_late():
    """The last two: it looks as if the state was halved behind the write, so the new fact fades too. It fades first."""
    return [10, 10, 2.9, 2.2]


def paper_that_looks_too_early():
    """The last two: it looks as if you asked what is held before the state was halved. What is taken away is what is
    still there: fade, then look."""
    return [10, 10, 3.8, 3.4]


def paper_that_takes_too_little():
    """The last two: it looks as if beta multiplies what is held and not the value. It multiplies their difference."""
    return [10, 10, 7.4, 8.2]


def paper_that_adds():
    """The last two: it looks as if half of the value was written and nothing taken away. What the state says under the
    key, 2, is taken from the value first."""
    return [10, 10, 5, 5]


def paper_whose_sum_fades():
    """The first two: the sum doesn't fade. Only the second state is halved."""
    return [8, 9, 4.4, 4.2]


def paper_without_the_third():
    """It looks as if the third fact was left out, since nobody asks for it. Its key has a part of both others, so its
    value shows under both."""
    return [4, 2, 2, 1]


def paper_that_asks_the_third():
    """It looks as if you asked with the third key. Asked for are the first and the second."""
    return [14, 14, 6, 6]


STATE_ON_PAPER = Exercise(
    id="state_on_paper",
    title="Three facts on paper",
    difficulty=1,
    minutes=6,
    kind="predict",
    contract="a list of four numbers: what the sum says under the first key and under the second, then what the gated "
    "delta rule says under the first and under the second.",
    cases=((),),
    tried="both states under both keys",
    hints=(
        "Behind two facts both states are the column (4, 2): a key of K numbers and a value of one.",
        "A write adds key times something to the column: 0.6 of it above, 0.8 below.",
        "For the delta rule: halve the column, ask it with (0.6, 0.8), take that from 10, write half of what is left.",
    ),
    solution=my_state_on_paper,
    mistakes=(
        paper_without_fading,
        paper_with_a_whole_beta,
        paper_that_fades_late,
        paper_that_looks_too_early,
        paper_that_takes_too_little,
        paper_that_adds,
        paper_whose_sum_fades,
        paper_without_the_third,
        paper_that_asks_the_third,
    ),
)
