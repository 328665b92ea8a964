"""An exercise of lesson 00b: the learner's loop writes names, letter by letter, from a table of shares."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson00b.counted import my_counted
from lessons_lib.classroom.lessons.lesson00b.names import LETTERS as letters
from lessons_lib.classroom.lessons.lesson00b.names import NAMES

MOST = 500  # draws for a few names: whoever needs more never stops
NEVER_DRAWN = "names that draw had no part in"
STOPPED = "a name that stopped before 0 was drawn"


def my_write(shares, draw):
    name, letter = "", draw(shares[0])
    while letter != 0:
        name += letters[letter]
        letter = draw(shares[letter])
    return name


def write_names(shares: Tensor, count: int, seed: int) -> list[str]:
    """Write several names from a table of shares [27, 27], one after the other, from one seed."""
    draw = drawer(seed)
    return [my_write(shares, draw) for _ in range(count)]


def drawer(seed: int) -> Callable:
    """A function that draws the number of a letter by the shares in a row [27]; ValueError for anything but a row."""
    generator = torch.Generator().manual_seed(seed)

    def draw(row):
        row = torch.as_tensor(row, dtype=torch.float64)
        if row.shape != (27,):
            raise ValueError(f"draw: got shape {list(row.shape)}, allowed a row [27]")
        return torch.multinomial(row, 1, generator=generator).item()

    return draw


def write_in_one_row(shares, draw):
    """draw was called on and on. The letter after letter i is drawn from row i, not from row 0 again: no name ends in
    row 0. And the loop stops where 0 is drawn."""
    name, letter = "", draw(shares[0])
    while letter != 0:
        name += letters[letter]
        letter = draw(shares[0])
    return name


def write_from_a(shares, draw):
    """It looks as if you began after the letter a. A name begins after the `.`, which is row 0."""
    name, letter = "", draw(shares[1])
    while letter != 0:
        name += letters[letter]
        letter = draw(shares[letter])
    return name


def write_by_columns(shares, draw):
    """It looks as if a column was drawn from: shares[:, i] says what comes before letter i. What follows it is the row
    shares[i]."""
    name, letter = "", draw(shares[:, 0])
    while letter != 0:
        name += letters[letter]
        letter = draw(shares[:, letter])
    return name


def write_with_the_end_mark(shares, draw):
    """It looks as if the `.` at the end belongs to your names: leave it out."""
    return my_write(shares, draw) + "."


def write_with_the_first_mark(shares, draw):
    """It looks as if the `.` at the beginning belongs to your names: leave it out."""
    return "." + my_write(shares, draw)


def write_with_both_marks(shares, draw):
    """It looks as if the `.` before and behind belong to your names: leave them out."""
    return "." + my_write(shares, draw) + "."


def write_numbers(shares, draw):
    """Numbers came back, and a name is wanted: letters[i] is the letter of number i; "".join(...) makes one text of
    many."""
    return [letters.index(letter) for letter in my_write(shares, draw)]


def write_numbers_with_the_end(shares, draw):
    """Numbers came back, and a name is wanted: letters[i] is the letter of number i; "".join(...) makes one text of
    many, and the 0 at the end does not belong to it."""
    return [*write_numbers(shares, draw), 0]


def write_letters(shares, draw):
    """The letters are right, and they came as a list: "".join(letters) makes one text of them."""
    return list(my_write(shares, draw))


def write_an_alphabet_from_0(shares, draw):
    """It looks as if a was letter 0 and b letter 1. Number 0 is the `.`: take `letters`, which begins with it."""
    return "".join(chr(ord(letter) + 1) for letter in my_write(shares, draw))


def write_one_letter(shares, draw):
    """It looks as if a name ends after its first letter. Does a return stand inside the loop?"""
    letter = draw(shares[0])
    return letters[letter]


def write_drawing_twice(shares, draw):
    """It looks as if you drew twice for each letter, once to ask and once to write. Keep what was drawn."""
    name, letter = "", 0
    while draw(shares[letter]) != 0:
        letter = draw(shares[letter])
        name += letters[letter]
    return name


def write_with_other_letters(shares, draw):
    """It looks as if you drew twice for each letter, once to ask and once to write. Keep what was drawn."""
    name, letter = "", draw(shares[0])
    while letter != 0:
        name += letters[draw(shares[letter])]
        letter = draw(shares[letter])
    return name


def write_losing_the_first(shares, draw):
    """It looks as if the first letter is drawn and not written: append it before you draw the next one."""
    return my_write(shares, draw)[1:]


def write_of_a_fixed_length(shares, draw):
    """It looks as if the number of rounds is fixed, and longer names are cut off. Draw until 0 comes, however long."""
    name, letter = "", draw(shares[0])
    for _ in range(9):
        if letter == 0:
            break
        name += letters[letter]
        letter = draw(shares[letter])
    return name


def write_the_letter_before(shares, draw):
    """It looks as if every letter is the one before in the alphabet: letters[i] is the letter of number i, since the
    `.` stands at its place 0."""
    return "".join(letters[letters.index(letter) - 1] for letter in my_write(shares, draw))


def write_with_a_capital(shares, draw):
    """The names are right, and they begin with a capital: leave the letters as they are."""
    return my_write(shares, draw).capitalize()


def write_nothing(shares, draw):
    """Your loop ends before it begins, and draws nothing: letter is 0 at the start. Draw the first letter, from row 0,
    before the loop."""
    name, letter = "", 0
    while letter != 0:
        letter = draw(shares[letter])
        name += letters[letter]
    return name


def write_without_draw(shares, draw):
    """It looks as if draw was never called. Hand each row to it: the likeliest letter alone would write the same name
    every time, and dice of your own fall differently from those of the check."""
    return "a"


def written(answer: Callable, names: Sequence[str], count: int, seed: int) -> list | str | None:
    """What a learner's function writes from the counts of some names; RuntimeError if it draws without end.

    Returns:
        The names, None if one of them is nothing, or a sentence if none of them was drawn, or one not to its end.
    """
    draw, drawn = drawer(seed), []

    def watched(row):
        if len(drawn) == MOST:
            raise RuntimeError("draw was called without end: stop where it gives 0")
        drawn.append(draw(row))
        return drawn[-1]

    shares = my_counted(names).double()
    texts, stopped = [], False
    for _ in range(count):
        before = len(drawn)
        texts.append(answer(shares.clone(), watched))
        stopped = stopped or (len(drawn) > before + 1 and drawn[-1] != 0)
    if any(text is None for text in texts):
        return None
    if stopped:
        return STOPPED
    return texts if drawn or not any(texts) else NEVER_DRAWN


WRITE = Exercise(
    id="write",
    title="A name, letter by letter",
    difficulty=2,
    minutes=10,
    kind="build",
    contract="a table shares [27, 27] as `my_counted` makes it, and a function draw, to a name as a text without any "
    "`.`. draw(row) takes one row [27] and gives the number of a letter, drawn by the shares in it. Begin after the "
    "`.`, letter 0; the name ends when 0 is drawn.",
    cases=((["ada"], 1, 0), (["ada", "ben"], 3, 0), (NAMES, 5, 66)),
    tried="one name, two, and a thousand, from which your loop writes: "
    "gagonorimateluinahinaliteldolyar, ran, frudy, vicerydaratius, frila",
    hints=(
        "What do you have to remember from round to round? The name so far, and the number of the last letter.",
        "draw(shares[0]) gives the first letter's number. The next one is drawn from that letter's row.",
        "Draw the first letter before the loop. A `while letter != 0:` loop then appends letters[letter] and draws "
        "again from shares[letter].",
    ),
    solution=my_write,
    mistakes=(
        write_in_one_row,
        write_from_a,
        write_by_columns,
        write_with_the_end_mark,
        write_with_the_first_mark,
        write_with_both_marks,
        write_numbers,
        write_numbers_with_the_end,
        write_letters,
        write_an_alphabet_from_0,
        write_one_letter,
        write_drawing_twice,
        write_with_other_letters,
        write_losing_the_first,
        write_of_a_fixed_length,
        write_the_letter_before,
        write_with_a_capital,
        write_nothing,
        write_without_draw,
    ),
    harness=written,
)
