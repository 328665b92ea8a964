"""An exercise of lesson 02: a merge that forgets what it merged, traced on paper."""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson02.train import joined

WORDS = ("the", "this", "that", "bath", "with", "thirtieth", "document")
PAIR = ("t", "h")


def forgetful_merge(symbols, pair):
    result, i = symbols, 0
    while i < len(symbols) - 1:
        if symbols[i : i + 2] == pair:
            result = (*symbols[:i], pair[0] + pair[1], *symbols[i + 2 :])
            i += 2
        else:
            result = symbols
            i += 1
    return result


def my_faulty_words():
    wrong = []
    for word in ("the", "this", "that", "bath", "with", "thirtieth", "document"):
        right = tuple(word.replace("th", "#"))  # one symbol for the pair
        if len(forgetful_merge(tuple(word), ("t", "h"))) != len(right):
            wrong.append(word)
    return set(wrong)


def faulty_with_the_pair_inside():
    """Each word that holds the pair is in your list. In some of them the merge is the last thing that happens, and
    then nothing overwrites it: follow i to the end of the loop in the and in bath."""
    return {word for word in WORDS if "th" in word}


def faulty_with_two_pairs():
    """A word with the pair at two places loses one of them, true. But look also at what the else branch does to a
    word like this after the merge."""
    return {word for word in WORDS if word.count("th") > 1}


def faulty_where_it_is_not_last():
    """It looks as if you took every word that goes on after the pair. After a merge i grows by 2: in the, is there
    still a round of the loop after it?"""
    return {word for word in WORDS if "th" in word and not word.endswith("th")} | {"thirtieth"}


def faulty_with_one_pair_only():
    """One is missing: a word with two pairs. The second merge starts from symbols, in which the first was never
    made."""
    return {word for word in my_faulty_words() if word.count("th") == 1}


def faulty_the_right_ones():
    """These come out right, the others wrong: hand in the wrong ones."""
    return {word for word in WORDS if forgetful_merge(tuple(word), PAIR) == joined(tuple(word), PAIR)}


def faulty_all_but_the():
    """Look again at bath and with. Where is i after the merge there, and does the loop go on?"""
    return {word for word in WORDS if "th" in word and word != "the"}


def faulty_and_with():
    """Look again at with. Where is i after the merge there, and does the loop go on?"""
    return my_faulty_words() | {"with"}


def faulty_and_bath():
    """Look again at bath. Where is i after the merge there, and does the loop go on?"""
    return my_faulty_words() | {"bath"}


def faulty_in_capitals():
    """The right words, but with capitals: write them in small letters, as they stand in the exercise."""
    return {word.capitalize() for word in my_faulty_words()}


def faulty_without_a_pair():
    """document does not hold the pair, so there is nothing to spoil: it comes out as it was."""
    return my_faulty_words() | {"document"}


def faulty_where_it_is_first():
    """Look at the and at thirtieth. Where is i after the last merge of each word, and does the loop go on?"""
    return {"the", "this", "that"}


def faulty_in_one_text():
    """The right words, but in one text: hand over a list of strings."""
    return " ".join(word for word in WORDS if word in my_faulty_words())


def faulty_in_one_text_with_commas():
    """The right words, but in one text: hand over a list of strings."""
    return ", ".join(word for word in WORDS if word in my_faulty_words())


def faulty_in_one_sentence():
    """The right words, but in one text: hand over a list of strings."""
    return "this, that and thirtieth"


FAULTY_WORDS = Exercise(
    id="faulty_words",
    title="A merge that forgets",
    difficulty=2,
    minutes=10,
    contract="a list of those of the seven words in which forgetful_merge with the pair t, h gives a wrong result, in "
    "any order.",
    cases=((),),
    tried="the pair at the start, in the middle, at the end, twice, and a word without it",
    hints=(
        "Take this: write down i and result for each round of the loop.",
        "Each round builds result from symbols, the word as it was. So only the last round counts.",
        "Right is a word whose last round makes its only merge, and a word without the pair.",
    ),
    solution=my_faulty_words,
    mistakes=(
        faulty_with_the_pair_inside,
        faulty_with_two_pairs,
        faulty_where_it_is_not_last,
        faulty_with_one_pair_only,
        faulty_the_right_ones,
        faulty_all_but_the,
        faulty_and_with,
        faulty_and_bath,
        faulty_in_capitals,
        faulty_without_a_pair,
        faulty_where_it_is_first,
        faulty_in_one_text,
        faulty_in_one_text_with_commas,
        faulty_in_one_sentence,
    ),
    kind="diagnose",
)
