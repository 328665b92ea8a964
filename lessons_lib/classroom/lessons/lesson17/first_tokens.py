"""An exercise of lesson 17: in which step each of four texts writes its first token."""

import re

from lessons_lib.classroom.exercises import Exercise


def my_first_tokens():
    # Step 1 reads 6 tokens of a, step 2 the other 6: its first token. From step 3 on a has one row, so b's two fit.
    # a writes in steps 2, 3 and 4, so c has its slot in step 5: beside b's row it reads 5 tokens, in step 6 its last.
    return [2, 3, 6, 7]


def numbers_of(answer):
    """The numbers of an answer, also of a text such as "2, 3"."""
    given = answer()
    return [int(digits) for digits in re.findall(r"\d+", given)] if isinstance(given, str) else given


def steps_from_zero():
    """Right, if the first step were number 0. It is number 1."""
    return [1, 2, 5, 6]


def steps_with_whole_prompts():
    """It looks as if each prompt is read whole in one step. A step has 6 rows, and a's prompt has 12 tokens."""
    return [1, 1, 4, 5]


def steps_without_one_for_reading():
    """It looks as if a text writes its first token in the step after the one that has read its prompt. The scores of
    the prompt's last token choose it, in the same step."""
    return [3, 4, 8, 10]


def steps_in_static_batches():
    """It looks as if nobody joins before both texts have ended. A slot that is free is given away at once: c has
    a's."""
    return [2, 3, 9, 10]


def steps_shared_equally():
    """It looks as if two prompts share the rows of a step equally, or the shortest goes first. Rows are given in the
    order in which the texts were let in: b has what a leaves."""
    return [3, 1, 7, 7]


def steps_without_the_row_that_writes():
    """It looks as if a prompt may use all 6 rows while another text writes: each text that writes has its row first, so
    c has 5 beside b. Or a text begins in the very step in which another ends: the slot is free behind that step."""
    return [2, 3, 5, 6]


def steps_for_each_token():
    """It looks as if a step reads one token of a prompt. It reads as many as there are rows to spare."""
    return [12, 2, 13, 17]


FIRST_TOKENS = Exercise(
    id="first_tokens",
    title="On paper",
    difficulty=1,
    minutes=10,
    kind="predict",
    contract="a list of four numbers: the step, counted from 1, in which a writes its first token, then b, c and d.",
    cases=((),),
    tried="four texts in two slots",
    hints=(
        "Draw a table: a line a step, a column for each slot, and in it how many tokens are read.",
        "In step 1 nobody writes, so all 6 rows go to a's prompt. b waits, though it has a slot.",
        "a has read its prompt behind step 2, so it writes its three tokens in steps 2, 3 and 4.",
    ),
    solution=my_first_tokens,
    harness=numbers_of,
    mistakes=(
        steps_from_zero,
        steps_with_whole_prompts,
        steps_without_one_for_reading,
        steps_in_static_batches,
        steps_shared_equally,
        steps_without_the_row_that_writes,
        steps_for_each_token,
    ),
)
