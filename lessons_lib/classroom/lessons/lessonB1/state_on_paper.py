"""An exercise of appendix B1: three facts on paper, by a sum and by the gated delta rule."""

from lessons_lib.classroom.exercises import Exercise


def my_state_on_paper():
    # The sum: (2, 6) + 10 * (0.6, 0.8). The other: halved to (1, 3), which says 0.6 * 1 + 0.8 * 3 = 3 under the key;
    # half of 10 - 3 is written: (1, 3) + 3.5 * (0.6, 0.8).
    return [8, 14, 3.1, 5.8]


def paper_without_fading():
    """The last two: it looks as if nothing faded. Before the third fact the state is halved."""
    return [8, 14, 3.2, 7.6]


def paper_with_a_whole_beta():
    """The last two: it looks as if all of the difference was written. beta is 0.5: half of it."""
    return [8, 14, 5.2, 8.6]


def paper_that_fades_late():
    """The last two: it looks as if the state was halved behind the write, so the new fact fades too. It fades first."""
    return [8, 14, 1.6, 3.8]


def paper_that_looks_too_early():
    """The last two: it looks as if you asked what is held before the state was halved, or halved the value alone.
    Fade, then look, and write half of the difference."""
    return [8, 14, 2.2, 4.6]


def paper_that_takes_too_little():
    """The last two: it looks as if beta multiplies what is held and not the value. It multiplies their difference."""
    return [8, 14, 6.1, 9.8]


def paper_that_adds():
    """The last two: it looks as if half of the value was written and nothing taken away. What the state says under the
    key, 3, is taken from the value first."""
    return [8, 14, 4, 7]


def paper_turned_over():
    """It looks as if the two keys have changed places: (1, 0) first, then (0, 1)."""
    return [14, 8, 5.8, 3.1]


def paper_whose_sum_fades():
    """The first two: the sum doesn't fade. Only the second state is halved."""
    return [7, 11, 3.1, 5.8]


def paper_without_the_third():
    """It looks as if the third fact was left out, since nobody asks for it. Its key has a part of both others, so its
    value shows under both."""
    return [2, 6, 1, 3]


def paper_that_asks_the_third():
    """It looks as if you asked with the third key. Asked for are the first and the second."""
    return [16, 16, 6.5, 6.5]


STATE_ON_PAPER = Exercise(
    id="state_on_paper",
    title="Three facts on paper",
    difficulty=1,
    minutes=8,
    kind="predict",
    contract="a list of four numbers: what the sum says under the first key and under the second, then what the gated "
    "delta rule says under the first and under the second.",
    cases=((),),
    tried="both states under both keys",
    hints=(
        "Behind two facts both states are the column (2, 6): a key of K numbers and a value of one.",
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
        paper_turned_over,
        paper_whose_sum_fades,
        paper_without_the_third,
        paper_that_asks_the_third,
    ),
)
