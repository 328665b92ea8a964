"""An exercise of lesson 06: a patient for the learner alone."""

import re
from collections.abc import Callable

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused


def my_diagnosis():
    return 17, 5


def diagnosis_of_the_last_right_position():
    """Position 4 is the last that is right. It has four tokens before it and sees itself too."""
    return 17, 4


def diagnosis_counting_the_first_wrong():
    """Position 5 is the first that is wrong. It should see six tokens, itself included, and misses one of them."""
    return 17, 6


def diagnosis_of_the_whole_text():
    """The text has 13 tokens. If a token saw all of them in that block, nothing would be wrong there: at which
    positions is it right?"""
    return 17, 13


def diagnosis_counting_the_missing():
    """That is how many tokens the last position misses. How many does it see?"""
    return 17, 8


def diagnosis_of_the_last_block():
    """From the first block that is ill on, all are fed wrong numbers. Only the first that differs can be blamed."""
    return 29, 5


def diagnosis_one_block_early():
    """Block 16 still agrees: `before` names the last part that does. The block of `first.part` is asked for."""
    return 16, 5


def diagnosis_one_block_late():
    """It looks as if the blocks are counted from 1. Their names count from 0."""
    return 18, 5


def diagnosis_the_other_way_round():
    """The two numbers are the other way round: first the block, then how many tokens."""
    return 5, 17


def diagnosis_of_the_first_block():
    """Block 0 agrees with the reference, and so do those behind it for a while. Which part is the first that does
    not?"""
    return 0, 5


def two_numbers(answer: Callable) -> tuple[int, ...] | None:
    """The block and how many tokens are seen in it, of a tuple, a list, or a text such as "block 17 sees 5".

    Raises:
        Refused: for an answer that is not two whole numbers in an order.
    """
    given = answer()
    if given is None:
        return None
    if isinstance(given, list | tuple):  # or the 64 of np.int64(17) would be read too
        given = [item.item() if hasattr(item, "item") else item for item in given]
    found = [float(number) for number in re.findall(r"(?:(?<!\w)-)?\d+(?:\.\d+)?", str(given))]
    if isinstance(given, set | frozenset) or len(found) != 2 or not all(map(float.is_integer, found)):
        raise Refused("two whole numbers are asked for: the block and how many tokens are seen, such as (3, 2)")
    return tuple(map(int, found))


FOURTH_PATIENT = Exercise(
    id="fourth_patient",
    title="A patient of your own",
    difficulty=2,
    minutes=8,
    kind="diagnose",
    contract="a tuple of two whole numbers: which block is ill, and how many tokens, itself included, a token can see "
    "there.",
    cases=((),),
    tried="both numbers",
    hints=(
        "first_difference(patients[4], reference, ids[None]).first.part says where it begins.",
        "examine(4) shows at which positions. The first tokens are right, as in patient 3, but more of them: their "
        "whole past is short enough to be seen.",
        "If positions 0, 1 and 2 were right and all later ones wrong, three tokens would be seen: position 2 has two "
        "before it.",
    ),
    solution=my_diagnosis,
    harness=two_numbers,
    mistakes=(
        diagnosis_of_the_last_right_position,
        diagnosis_counting_the_first_wrong,
        diagnosis_of_the_whole_text,
        diagnosis_counting_the_missing,
        diagnosis_of_the_last_block,
        diagnosis_of_the_first_block,
        diagnosis_one_block_early,
        diagnosis_one_block_late,
        diagnosis_the_other_way_round,
    ),
)
