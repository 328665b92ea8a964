"""An exercise of appendix A1: say what five slices give."""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.showing import short
from lessons_lib.classroom.trials import Refused

SLICES_ASKED = ("ids[1:4]", "ids[:-1]", "ids[-3:]", "ids[2:2]", "ids[4:99]")


def as_five_lists(answer):
    """What an answer says that the slices give.

    Raises:
        Refused: if a tuple came, or something for a slice that is no list.
    """
    result = answer()
    if isinstance(result, tuple):
        raise Refused("your answer is a tuple, which never equals a list: put square brackets around it")
    if isinstance(result, list) and len(result) == len(SLICES_ASKED):
        for name, item in zip(SLICES_ASKED, result, strict=True):
            if not isinstance(item, list) and not hasattr(item, "tolist"):
                words = "a slice of a list is a list, if need be an empty one, []: numbers in square brackets"
                raise Refused(f"for {name} came {short(item)}, {_kind(item)}: {words}")
    return result


def _kind(item):
    kinds = {str: "a text", tuple: "a tuple", int: "a number"}
    return kinds.get(type(item), "which is no list")


def my_slices():
    return [
        [3, 9, 8],  # places 1, 2 and 3
        [7, 3, 9, 8, 4],  # all but the last
        [8, 4, 1],  # the last three
        [],  # from place 2 up to place 2: nothing
        [4, 1],  # from place 4 on, as many as there are
    ]


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


def slices_with_their_end_where_both_are_given():
    """It looks as if you included the second of two places. A slice stops before it: ids[1:4] holds places 1, 2 and 3,
    and ids[2:2] holds nothing."""
    return [[3, 9, 8, 4], [7, 3, 9, 8, 4], [8, 4, 1], [9], [4, 1]]


def slices_with_the_first_counted_from_one():
    """It looks as if you counted the places of ids[1:4] from 1. The first place is 0: 1:4 begins with the second
    number, 3."""
    return [[7, 3, 9], [7, 3, 9, 8, 4], [8, 4, 1], [], [4, 1]]


def slices_that_turn_the_last_three_round():
    """It looks as if you read ids[-3:] backwards. -3 is a place, the third from the end; from there the slice goes on
    to the right."""
    return [[3, 9, 8], [7, 3, 9, 8, 4], [1, 4, 8], [], [4, 1]]


def slices_without_the_first():
    """It looks as if you read ids[:-1] as ids[1:], all but the first. Here it is the last that is left out."""
    return [[3, 9, 8], [3, 9, 8, 4, 1], [8, 4, 1], [], [4, 1]]


def slices_with_only_the_last():
    """It looks as if you read ids[:-1] as the last number. That is ids[-1]; with the colon in front it is everything
    up to the last one."""
    return [[3, 9, 8], [1], [8, 4, 1], [], [4, 1]]


def slices_that_break_at_the_end():
    """It looks as if you gave nothing for ids[4:99]. A slice takes what there is: from place 4 to the end. Only an
    index, such as ids[99], is out of range."""
    return [[3, 9, 8], [7, 3, 9, 8, 4], [8, 4, 1], [], []]


def slices_with_one_number_for_none():
    """It looks as if ids[2:2] gave you one number. A slice stops before its second place: from 2 up to 2 nothing is
    left, an empty list. ids[2] is the number itself."""
    return [[3, 9, 8], [7, 3, 9, 8, 4], [8, 4, 1], [9], [4, 1]]


def slices_that_walk_backwards():
    """It looks as if you read ids[:-1] as ids[::-1]. With one colon, -1 is a place, the last; only after a second
    colon is it a step backwards."""
    return [[3, 9, 8], [1, 4, 8, 9, 3, 7], [8, 4, 1], [], [4, 1]]


def slices_that_begin_one_late():
    """It looks as if your first slice begins one place too late: ids[1:4] begins with place 1, which is 3."""
    return [[9, 8], [7, 3, 9, 8, 4], [8, 4, 1], [], [4, 1]]


def slices_shifted_by_one():
    """It looks as if your first slice lies one place too far to the right: ids[1:4] holds places 1, 2 and 3."""
    return [[9, 8, 4], [7, 3, 9, 8, 4], [8, 4, 1], [], [4, 1]]


def slices_that_end_early():
    """It looks as if you left out the last number of ids[-3:]. Nothing stands after the colon: it goes to the end."""
    return [[3, 9, 8], [7, 3, 9, 8, 4], [8, 4], [], [4, 1]]


SLICES = Exercise(
    id="slices",
    kind="predict",
    title="What does a slice give?",
    difficulty=1,
    minutes=3,
    contract="a list of five lists: what ids[1:4], ids[:-1], ids[-3:], ids[2:2] and ids[4:99] give for "
    "ids = [7, 3, 9, 8, 4, 1].",
    cases=((),),
    tried="both ends, places from the end, an empty slice and one that is longer than the list",
    hints=(
        "Write the places 0 to 5 above the numbers, and -6 to -1 below them.",
        "The first place is included, the second is not. A missing one means the beginning or the end.",
        "How many places lie between 1 and 4, the 4 left out? Between 2 and 2? And how many are left from 4 on?",
    ),
    solution=my_slices,
    harness=as_five_lists,
    mistakes=(
        slices_with_their_end,
        slices_with_their_end_in_the_middle,
        slices_counted_from_one,
        slices_counted_from_one_with_their_end,
        slices_counted_from_one_with_every_end,
        slices_with_only_the_last,
        slices_that_break_at_the_end,
        slices_with_one_number_for_none,
        slices_that_walk_backwards,
        slices_that_begin_one_late,
        slices_shifted_by_one,
        slices_that_end_early,
        slices_with_their_end_where_both_are_given,
        slices_with_the_first_counted_from_one,
        slices_that_turn_the_last_three_round,
        slices_without_the_first,
    ),
)
