"""An exercise of lesson 02b: from the pieces back to the pattern."""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.tokenizer.encoding.split import splitter

TEXT = "We'LL see  x=2048 in myFile"


def my_whose_cut():
    return ["smollm2", "o200k", "gpt2", "llama3"]


def cuts() -> list[str]:
    """The text as the four patterns cut it, in the order in which the exercise shows them."""
    return ["|".join(splitter(name)(TEXT)).replace(" ", "␣") for name in my_whose_cut()]


def whose_cut_sees_digits_only():
    """The first and the third keep no digits together or all of them, so these two are clear. Of the others, only one
    begins a new piece at a capital inside a word."""
    return ["smollm2", "llama3", "gpt2", "o200k"]


def whose_cut_takes_smollm2_for_gpt2():
    """SmolLM2 takes digits out one by one, and then cuts as GPT-2 does; GPT-2 itself keeps a number whole."""
    return ["gpt2", "o200k", "smollm2", "llama3"]


def whose_cut_is_turned():
    """The order is that of the four lines, from the top."""
    return my_whose_cut()[::-1]


def whose_cut_threes_first():
    """Look at the digits first: threes are GPT-4's way and what came after it, single digits SmolLM2's."""
    return ["o200k", "smollm2", "gpt2", "llama3"]


WHOSE_CUT = Exercise(
    id="whose_cut",
    title="Whose cut is this?",
    difficulty=2,
    minutes=7,
    contract="a list of four names, one for each of the four lines above, from the top: 'gpt2', 'llama3', 'o200k' and "
    "'smollm2', each once.",
    cases=((),),
    tried="digits, a contraction in capitals, a capital inside a word, two spaces",
    hints=(
        "Digits first: whole, in threes, or one by one?",
        "Two lines have threes. In one of them a capital inside a word begins a new piece.",
        "That is o200k, the pattern of GPT-4o and Llama 4.",
    ),
    solution=my_whose_cut,
    mistakes=(
        whose_cut_sees_digits_only,
        whose_cut_takes_smollm2_for_gpt2,
        whose_cut_is_turned,
        whose_cut_threes_first,
    ),
    kind="diagnose",
)
