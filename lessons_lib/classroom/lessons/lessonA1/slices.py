"""An exercise of appendix A1: say what five slices give."""

from lessons_lib.classroom.exercises import Exercise


def my_slices():
    ids = [7, 3, 9, 8, 4, 1]
    return [ids[1:4], ids[:-1], ids[-3:], ids[2:2], ids[4:99]]


def slices_with_their_end():
    """It looks as if you included the end. A slice stops before its second number: ids[1:4] holds places 1, 2 and 3,
    and ids[2:2] holds nothing."""
    return [[3, 9, 8, 4], [7, 3, 9, 8, 4, 1], [8, 4, 1], [9], [4, 1]]


def slices_with_their_end_in_the_middle():
    """It looks as if you included the end of ids[1:4]. A slice stops before its second number: places 1, 2 and 3."""
    return [[3, 9, 8, 4], [7, 3, 9, 8, 4], [8, 4, 1], [], [4, 1]]


def slices_counted_from_one():
    """It looks as if you counted from 1. The first place is 0, so that 1:4 begins with the second number, 3."""
    return [[7, 3, 9], [7, 3, 9, 8, 4], [8, 4, 1], [], [8, 4, 1]]


def slices_counted_from_one_with_their_end():
    """It looks as if you counted from 1 and included the end. The first place is 0, and a slice stops before its
    second number: ids[1:4] holds places 1, 2 and 3, which are 3, 9 and 8."""
    return [[7, 3, 9, 8], [7, 3, 9, 8, 4], [8, 4, 1], [3], [8, 4, 1]]


def slices_counted_from_one_with_every_end():
    return [[7, 3, 9, 8], [7, 3, 9, 8, 4, 1], [8, 4, 1], [3], [8, 4, 1]]


slices_counted_from_one_with_every_end.__doc__ = slices_counted_from_one_with_their_end.__doc__


def slices_with_only_the_last():
    """It looks as if you read ids[:-1] as the last number. That is ids[-1]; with the colon in front it is everything
    up to the last one."""
    return [[3, 9, 8], [1], [8, 4, 1], [], [4, 1]]


def slices_that_break_at_the_end():
    """It looks as if you gave nothing for ids[4:99]. A slice takes what there is: from place 4 to the end. Only an
    index, such as ids[99], is out of range."""
    return [[3, 9, 8], [7, 3, 9, 8, 4], [8, 4, 1], [], []]


SLICES = Exercise(
    id="slices",
    kind="predict",
    title="What does a slice give?",
    difficulty=1,
    minutes=5,
    contract="a list of five lists: what ids[1:4], ids[:-1], ids[-3:], ids[2:2] and ids[4:99] give for "
    "ids = [7, 3, 9, 8, 4, 1].",
    cases=((),),
    tried="both ends, places from the end, an empty slice and one that is longer than the list",
    hints=(
        "Write the places 0 to 5 above the numbers, and -6 to -1 below them.",
        "The first place is included, the second is not. A missing one means the beginning or the end.",
        "ids[1:4] is [3, 9, 8]. ids[4:99] takes what there is.",
    ),
    solution=my_slices,
    mistakes=(
        slices_with_their_end,
        slices_with_their_end_in_the_middle,
        slices_counted_from_one,
        slices_counted_from_one_with_their_end,
        slices_counted_from_one_with_every_end,
        slices_with_only_the_last,
        slices_that_break_at_the_end,
    ),
)
