"""An exercise of lesson 17: in which step each of four texts writes its first token."""

from lessons_lib.classroom.exercises import Exercise


def my_first_tokens():
    # Step 1 reads 6 tokens of a, step 2 the other 6: its first token. From step 3 on a has one row, so b's two fit.
    # a writes in steps 2, 3 and 4, so c has its slot in step 5, and d has it in step 6.
    return [2, 3, 5, 6]


def steps_from_zero():
    """Right, if the first step were number 0. It is number 1."""
    return [1, 2, 4, 5]


def steps_with_whole_prompts():
    """It looks as if each prompt is read whole in one step. A step has 6 rows, and a's prompt has 12 tokens."""
    return [1, 1, 4, 5]


def steps_without_one_for_reading():
    """It looks as if a text writes its first token in the step after the one that has read its prompt. The scores of
    the prompt's last token choose it, in the same step."""
    return [3, 4, 7, 9]


def steps_in_static_batches():
    """It looks as if nobody joins before both texts have ended. A slot that is free is given away at once: c has
    a's."""
    return [2, 3, 9, 10]


def steps_shared_equally():
    """It looks as if two prompts share the rows of a step equally. They are given in the order in which the texts were
    let in: b has what a leaves."""
    return [3, 1, 6, 7]


def steps_without_the_row_that_writes():
    """It looks as if a prompt may use all 6 rows while another text writes. Each text that writes has its row first,
    so a step has 5 for the prompt beside it; or it looks as if the shortest prompt goes first. They go in the order in
    which the texts were let in."""
    return [3, 1, 5, 6]


def steps_that_take_the_slot_at_once():
    """It looks as if a text begins in the very step in which another ends. The slot is free behind that step: the next
    text is read from the next one on."""
    return [2, 3, 4, 5]


def steps_for_each_token():
    """It looks as if a step reads one token of a prompt. It reads as many as there are rows to spare."""
    return [12, 2, 19, 20]


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
    mistakes=(
        steps_from_zero,
        steps_with_whole_prompts,
        steps_without_one_for_reading,
        steps_in_static_batches,
        steps_shared_equally,
        steps_without_the_row_that_writes,
        steps_that_take_the_slot_at_once,
        steps_for_each_token,
    ),
)
