"""An exercise of lesson 02b: your own split pattern."""

import regex

from lessons_lib.classroom.exercises import Exercise

WORD, THREES = r" ?[A-Za-z]+", r"[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9]))"


def my_split(text):
    import re

    return re.findall(r" ?[A-Za-z]+|[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9]))|[\s\S]", text)


def _cut(text, word=WORD, threes=THREES, other=r"[\s\S]"):
    return regex.findall(f"{word}|{threes}|{other}", text)


def split_threes_from_the_left(text):
    """It looks as if the threes are counted from the left, as GPT-4 does it. From the right, 1234567 is 1, 234, 567,
    as people group it. (Have you looked ahead? Say then where the number ends, (?![0-9]): without that, every place
    will do.)"""
    return _cut(text, threes="[0-9]{1,3}")


def split_numbers_whole(text):
    """It looks as if numbers stay whole: cut them into threes, counted from the right."""
    return regex.findall(WORD + r"|[0-9]+|[\s\S]", text)


def split_through_numbers(text):
    """It looks as if digits are turned into a number on the way, which loses zeros in front. Cut the text itself."""
    pieces = regex.findall(WORD + r"|[0-9]+|[\s\S]", text)
    return [
        part
        for piece in pieces
        for part in (f"{int(piece):,}".split(",") if piece.isascii() and piece.isdecimal() else [piece])
    ]


def split_space_apart(text):
    """It looks as if the space stands apart. One space in front of a word belongs to the word."""
    return [part for piece in my_split(text) for part in regex.findall(r" |[^ ]+", piece)]


def split_space_behind(text):
    """It looks as if the space behind a word belongs to it. It is the space in front that does."""
    return _cut(text, word=r"[A-Za-z]+ ?")


def split_space_before_numbers(text):
    """It looks as if a number takes the space in front of it. Only words do: a number looks the same wherever it
    stands."""
    return _cut(text, threes=" ?" + THREES)


def split_takes_all_spaces(text):
    """It looks as if a word takes all spaces in front of it: it takes one, the others stand alone."""
    return _cut(text, word=r" *[A-Za-z]+")


def split_loses_the_rest(text):
    """It looks as if punctuation and spare spaces are lost. The pieces, joined, must be the text again."""
    return [piece for piece in my_split(text) if regex.search(r"\w", piece)]


def split_loses_letters_of_others(text):
    """It looks as if _ and ï are lost: \\W and [^\\w] fit neither. The pieces, joined, must be the text again, and
    [\\s\\S] fits every character."""
    return _cut(text, other=r"\W")


def split_single_digits(text):
    """It looks as if every digit stands alone. Asked for are threes, counted from the right: 1234567 is 1, 234, 567."""
    return _cut(text, threes="[0-9]")


def split_letters_of_all_alphabets(text):
    """It looks as if letters with accents are taken too: \\p{L} and \\w fit those of every alphabet. Asked for are a to
    z and A to Z; every other character stands alone."""
    return _cut(text, word=r" ?\p{L}+")


def split_digits_of_all_scripts(text):
    """It looks as if digits of other scripts, such as ٣, are taken too: \\d and \\p{N} fit them all. Asked for are 0 to
    9; every other character stands alone."""
    return _cut(text, threes=THREES.replace("[0-9]", r"\p{N}"))


def split_all_alphabets_and_scripts(text):
    """It looks as if all letters and digits of the world are taken: \\p{L} and \\p{N}, or \\w and \\d, fit those of
    every script. Asked for are a to z, A to Z and 0 to 9; every other character stands alone."""
    return _cut(text, word=r" ?\p{L}+", threes=THREES.replace("[0-9]", r"\p{N}"))


def split_A_to_z(text):
    """It looks as if the letters are [A-z]. Between Z and a stand six others, one of them _."""
    return _cut(text, word=" ?[A-z]+")


def split_at_capitals(text):
    """It looks as if capitals inside a word are no letters. Letters in a row stay together, in HELLO too."""
    return _cut(text, word=" ?[A-Z]?[a-z]+")


def split_with_apostrophes(text):
    """It looks as if an apostrophe counts as a letter. It is one of the other characters, which stand alone."""
    return _cut(text, word=" ?[A-Za-z']+")


def split_signs_together(text):
    """It looks as if characters side by side stay together. Each one that is no letter and no digit stands alone."""
    return _cut(text, other=r"[^A-Za-z0-9\s]+|\s")


def split_signs_and_spaces_together(text):
    """It looks as if characters side by side stay together. Each one that is no letter and no digit stands alone."""
    return _cut(text, other="[^A-Za-z0-9]+")


def split_one_more_three(text):
    """It looks as if only so many threes may follow a piece: the front of a long number comes out digit by digit. Any
    number of threes may follow: write * behind them."""
    return _cut(text, threes="[0-9]{1,3}(?=(?:[0-9]{3})?(?![0-9]))")


def split_two_more_threes(text):
    """It looks as if only so many threes may follow a piece: the front of a long number comes out digit by digit. Any
    number of threes may follow: write * behind them."""
    return _cut(text, threes="[0-9]{1,3}(?=(?:[0-9]{3}){0,2}(?![0-9]))")


def split_at_least_one_three(text):
    """It looks as if a three must follow every piece, so that the last digits come out one by one. None need follow:
    write * where you have +."""
    return _cut(text, threes=THREES.replace("*", "+"))


def split_loses_line_breaks(text):
    """It looks as if line breaks are lost: a dot fits every character but them. [\\s\\S] fits those too."""
    return _cut(text, other=".")


def split_gives_groups(text):
    """It looks as if there is a group (...) in your pattern: then findall gives what the group holds, not the pieces.
    Write (?:...), which groups without that."""
    return _cut(text, threes=THREES.replace("?:", ""))


def split_any_white_space_in_front(text):
    """It looks as if a line break in front of a word goes with it: \\s fits every white space. Only a space does."""
    return _cut(text, word=r"\s?[A-Za-z]+")


def split_spaces_together(text):
    """It looks as if spaces side by side stay together, and the word behind them goes without. The last one goes with
    the word, each of the others stands alone."""
    return _cut(text, other=r"\s+|[\s\S]")


def split_ends_numbers_at_words(text):
    """It looks as if a number may not end before a letter: \\b and (?!\\w) say so. In 12y it does: say that no digit
    follows, (?![0-9])."""
    return _cut(text, threes=r"[0-9]{1,3}(?=(?:[0-9]{3})*\b)")


def split_ends_numbers_at_any_digit(text):
    """It looks as if a number must not be followed by \\d, which fits digits of every script. In 1234٣ the number ends
    before the ٣: say (?![0-9])."""
    return _cut(text, threes=r"[0-9]{1,3}(?=(?:[0-9]{3})*(?!\d))")


def split_ignoring_case(text):
    """It looks as if (?i) lets the capitals in. It lets more in: ſ, an old s, and the sign for kelvin, which looks like
    K. Asked for are a to z and A to Z: write both."""
    return regex.findall(f"(?i:{WORD})|{THREES}|[\\s\\S]", text)


def split_before_a_three(text):
    """It looks as if a piece of a number is one that three more digits follow, as far as hint 3 goes. The last piece
    has none behind it, others have more than three: look ahead for any number of threes, and then no digit."""
    return _cut(text, threes="[0-9]{1,3}(?=[0-9]{3})")


def split_before_a_three_or_not(text):
    """It looks as if you look ahead for one three only, so that 1234567 begins with 123. Look ahead to the end of the
    number: any number of threes, and then no digit."""
    return _cut(text, threes="[0-9]{1,3}(?=[0-9]{3})|[0-9]{1,3}")


def split_words_of_everything(text):
    """It looks as if words are \\w+. That fits digits and _ too, and the letters of every alphabet. Asked for are a to
    z and A to Z: [A-Za-z]+."""
    return _cut(text, word=r" ?\w+")


def split_loses_white_space(text):
    """It looks as if spaces and line breaks that stand alone are lost: \\S fits every character but white space. The
    pieces, joined, must be the text again."""
    return _cut(text, other=r"\S")


def split_as_llama3(text):
    """These are the pieces of Llama 3's pattern, which counts from the left. Asked for is a pattern that no model here
    has: write your own."""
    from lessons_lib.tokenizer.encoding.split import splitter

    return list(splitter("llama3")(text))


def split_gives_tuples(text):
    """It looks as if there is a group (...) in your pattern: then findall gives what the group holds, not the pieces.
    Write (?:...), which groups without that."""
    return regex.findall(f"({WORD}|{THREES.replace('?:', '')}|[\\s\\S])", text)


def split_ends_numbers_at_the_end(text):
    """It looks as if a number must end where the text does, at $. Say that no digit follows: (?![0-9])."""
    return _cut(text, threes=r"[0-9]{1,3}(?=(?:[0-9]{3})*$)")


def split_ends_numbers_before_no_sign(text):
    """It looks as if a number may not end before a comma or a point. It ends where no digit follows: (?![0-9])."""
    return _cut(text, threes=r"[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9,.]))")


def split_ends_numbers_before_no_comma(text):
    """It looks as if a number may not end before a comma or a point. It ends where no digit follows: (?![0-9])."""
    return _cut(text, threes=r"[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9,]))")


def split_ends_numbers_before_no_point(text):
    """It looks as if a number may not end before a comma or a point. It ends where no digit follows: (?![0-9])."""
    return _cut(text, threes=r"[0-9]{1,3}(?=(?:[0-9]{3})*(?![0-9.]))")


def split_three_more_threes(text):
    """It looks as if only so many threes may follow a piece: the front of a long number comes out digit by digit. Any
    number of threes may follow: write * behind them."""
    return _cut(text, threes="[0-9]{1,3}(?=(?:[0-9]{3}){0,3}(?![0-9]))")


def split_four_more_threes(text):
    """It looks as if only so many threes may follow a piece: the front of a long number comes out digit by digit. Any
    number of threes may follow: write * behind them."""
    return _cut(text, threes="[0-9]{1,3}(?=(?:[0-9]{3}){0,4}(?![0-9]))")


def split_loses_tabs(text):
    """It looks as if a tab, or the line break \\r, is lost: your last alternative names some white space, but not all.
    [\\s\\S] fits every character."""
    return _cut(text, other=r"\S| |\n")


def split_loses_tabs_alone(text):
    """It looks as if a tab, or the line break \\r, is lost: your last alternative names some white space, but not all.
    [\\s\\S] fits every character."""
    return _cut(text, other=r"[^\t]")


def split_loses_returns(text):
    """It looks as if a tab, or the line break \\r, is lost: your last alternative names some white space, but not all.
    [\\s\\S] fits every character."""
    return _cut(text, other=r"[^\r]")


SPLIT = Exercise(
    id="split",
    title="Your own split pattern",
    difficulty=3,
    minutes=22,
    contract="text to the list of its pieces, which joined are the text: the letters a to z and A to Z in a row, with "
    "one space in front if there is one; the digits 0 to 9 in threes counted from the right, so that 1234567 is 1, "
    "234, 567; every other character alone.",
    cases=(
        ("",),
        ("a",),
        ("two words",),
        ("1234",),
        ("1234567",),
        ("!!",),
        ("a_b",),
        ("a\nb",),
        ("don't",),
        ("HELLO",),
        ("naïve",),
        ("٣٤",),
        ("in 2024!",),
        ("a  b",),
        ("x12y 345678\n",),
        ("100000 $5",),
        ("007 0045",),
        ("12345678 1234567890",),
        ("1234567890123",),
        ("12345678901234567890",),
        ("12,345.67",),
        ("1\t2\r3",),
        ("1234٣",),
        ("aſ \u212a",),
    ),
    tried="words with and without a space, numbers of 1 to 20 digits, before commas and points too, zeros in front, "
    "others side by side, two spaces, a tab, line breaks, an accent, digits of another script, letters that only look "
    "like s and K",
    hints=(
        'A pattern with three alternatives will do: words, threes, and [\\s\\S] for "any character".',
        "A piece of a number may end where the number of digits that follow it is a multiple of three.",
        "(?=...) looks ahead without taking anything: [0-9]{1,3}(?=[0-9]{3}) is one to three digits with three more "
        "behind them. That is a part of the answer: you need any number of threes, even none, and then no digit.",
        "Any number of threes is (?:[0-9]{3})*, no digit next is (?![0-9]). Both stand in the look-ahead.",
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
        split_loses_letters_of_others,
        split_single_digits,
        split_letters_of_all_alphabets,
        split_digits_of_all_scripts,
        split_all_alphabets_and_scripts,
        split_A_to_z,
        split_at_capitals,
        split_with_apostrophes,
        split_signs_together,
        split_signs_and_spaces_together,
        split_one_more_three,
        split_two_more_threes,
        split_at_least_one_three,
        split_loses_line_breaks,
        split_gives_groups,
        split_any_white_space_in_front,
        split_spaces_together,
        split_ends_numbers_at_words,
        split_ends_numbers_at_the_end,
        split_ends_numbers_at_any_digit,
        split_ignoring_case,
        split_before_a_three,
        split_before_a_three_or_not,
        split_words_of_everything,
        split_loses_white_space,
        split_as_llama3,
        split_gives_tuples,
        split_ends_numbers_before_no_sign,
        split_ends_numbers_before_no_comma,
        split_ends_numbers_before_no_point,
        split_three_more_threes,
        split_four_more_threes,
        split_loses_tabs,
        split_loses_tabs_alone,
        split_loses_returns,
    ),
)
