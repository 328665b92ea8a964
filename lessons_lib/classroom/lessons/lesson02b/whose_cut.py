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
    """The line with single digits and the one with the whole number are right. Of the two with threes, only one begins
    a new piece at the capital in myFile: that is o200k."""
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


def whose_cut_by_the_models_names():
    """You have recognised all four. Only their names are written in another way here: gpt2, llama3, o200k, smollm2."""
    return ["SmolLM2", "o200k", "GPT-2", "Llama 3"]


def whose_cut_by_other_capitals():
    """You have recognised all four. Only their names are written in another way here: gpt2, llama3, o200k, smollm2."""
    return ["SmolLM2", "o200k", "GPT2", "Llama3"]


def whose_cut_by_names_of_models():
    """You have recognised all four. Only their names are written in another way here: gpt2, llama3, o200k, smollm2."""
    return ["SmolLM2", "Llama 4", "GPT-2", "Llama 3"]


def whose_cut_has_llama3_twice():
    """Each of the four names belongs to one line. Of the two lines with threes, one begins a new piece at the capital
    in myFile: that is another pattern than llama3."""
    return ["smollm2", "llama3", "gpt2", "llama3"]


def whose_cut_has_o200k_twice():
    """Each of the four names belongs to one line. Of the two lines with threes, one leaves myFile in one piece: that is
    another pattern than o200k."""
    return ["smollm2", "o200k", "gpt2", "o200k"]


def whose_cut_in_one_text():
    """That is one text. Give a list of four, each name in quotes."""
    return " ".join(my_whose_cut())


def whose_cut_in_one_text_with_commas():
    """That is one text. Give a list of four, each name in quotes."""
    return ", ".join(my_whose_cut())


def whose_cut_is_qwens():
    """Qwen's pattern is not among the four. It would cut digits in the same way, but leave 'LL in one piece."""
    return ["qwen2", "o200k", "gpt2", "llama3"]


def whose_cut_is_gpt4s():
    """GPT-4 cuts the last line like that too, but the four names are gpt2, llama3, o200k and smollm2."""
    return ["smollm2", "o200k", "gpt2", "gpt4"]


def whose_cut_is_qwens_and_gpt4s():
    """GPT-4's and Qwen's patterns are not among the four. Their cuts look nearly like two of them; the names are gpt2,
    llama3, o200k and smollm2."""
    return ["qwen2", "o200k", "gpt2", "gpt4"]


def whose_cut_starts_one_late():
    """The four names follow each other as the lines do, but begin with the second line: the first has single digits."""
    return ["o200k", "gpt2", "llama3", "smollm2"]


WHOSE_CUT = Exercise(
    id="whose_cut",
    title="Whose cut is this?",
    difficulty=2,
    minutes=5,
    contract="a list of four names, one for each of the four lines above, from the top: 'gpt2', 'llama3', 'o200k' and "
    "'smollm2', each once.",
    cases=((),),
    tried="digits, an ending in capitals, a capital behind a small letter",
    hints=(
        "Digits first: whole, in threes, or one by one?",
        "Two lines have threes. In one of them a capital behind a small letter begins a new piece.",
        "That is o200k, the pattern of GPT-4o and Llama 4.",
    ),
    solution=my_whose_cut,
    mistakes=(
        whose_cut_sees_digits_only,
        whose_cut_takes_smollm2_for_gpt2,
        whose_cut_is_turned,
        whose_cut_threes_first,
        whose_cut_by_the_models_names,
        whose_cut_by_other_capitals,
        whose_cut_by_names_of_models,
        whose_cut_has_llama3_twice,
        whose_cut_has_o200k_twice,
        whose_cut_in_one_text,
        whose_cut_in_one_text_with_commas,
        whose_cut_is_qwens,
        whose_cut_is_gpt4s,
        whose_cut_is_qwens_and_gpt4s,
        whose_cut_starts_one_late,
    ),
    kind="diagnose",
)
