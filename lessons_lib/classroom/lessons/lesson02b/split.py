"""An exercise of lesson 02b: your own split pattern."""

import regex

from lessons_lib.classroom.exercises import Exercise

WORD = r" ?[A-Za-z]+"


def my_split(text):
    import re

    return re.findall(r" ?[A-Za-z]+|[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9]))|[\s\S]", text)


def split_threes_from_the_left(text):
    """It looks as if the threes are counted from the left, as GPT-4 does it. From the right, 1234567 is 1, 234, 567,
    as people group it."""
    return regex.findall(WORD + r"|[0-9]{1,3}|[\s\S]", text)


def split_numbers_whole(text):
    """It looks as if numbers stay whole: cut them into threes, counted from the right."""
    return regex.findall(WORD + r"|[0-9]+|[\s\S]", text)


def split_through_numbers(text):
    """It looks as if digits are turned into a number on the way, which loses zeros in front. Cut the text itself."""
    pieces = regex.findall(WORD + r"|[0-9]+|[\s\S]", text)
    return [part for piece in pieces for part in (f"{int(piece):,}".split(",") if piece.isdecimal() else [piece])]


def split_space_apart(text):
    """It looks as if the space stands apart. One space in front of a word belongs to the word."""
    return [part for piece in my_split(text) for part in regex.findall(r" |[^ ]+", piece)]


def split_space_behind(text):
    """It looks as if the space behind a word belongs to it. It is the space in front that does."""
    return regex.findall(r"[A-Za-z]+ ?|[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9]))|[\s\S]", text)


def split_space_before_numbers(text):
    """It looks as if a number takes the space in front of it. Only words do: a number looks the same wherever it
    stands."""
    return regex.findall(r" ?[A-Za-z]+| ?[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9]))|[\s\S]", text)


def split_takes_all_spaces(text):
    """It looks as if a word takes all spaces in front of it: it takes one, the others stand alone."""
    return regex.findall(r" *[A-Za-z]+|[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9]))|[\s\S]", text)


def split_loses_the_rest(text):
    """It looks as if signs and spare spaces are lost. The pieces, joined, must be the text again."""
    return [piece for piece in my_split(text) if regex.search(r"\w", piece)]


SPLIT = Exercise(
    id="split",
    title="Your own split pattern",
    difficulty=3,
    minutes=20,
    contract="text to the list of its pieces, which joined are the text: the letters a to z and A to Z in a row, with "
    "one space in front if there is one; the digits 0 to 9 in threes counted from the right, so that 1234567 is 1, "
    "234, 567; every other character alone.",
    cases=(
        ("",),
        ("a",),
        ("two words",),
        ("1234",),
        ("1234567",),
        ("in 2024!",),
        ("a  b",),
        ("x12y 345678\n",),
        ("100000 $5",),
        ("007 0045",),
    ),
    tried="words with and without a space, numbers of 1 to 7 digits, zeros in front, signs, two spaces, a line break",
    hints=(
        "A pattern with three alternatives will do, with re.findall or regex.findall: words, threes, and "
        '[\\s\\S] for "any character".',
        "A three may start where the number of digits that follow it is a multiple of three.",
        "(?=...) looks ahead without taking anything: [0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9])).",
    ),
    solution=my_split,
    kind="transfer",
    mistakes=(
        split_threes_from_the_left,
        split_numbers_whole,
        split_through_numbers,
        split_space_apart,
        split_space_behind,
        split_space_before_numbers,
        split_takes_all_spaces,
        split_loses_the_rest,
    ),
)
