"""What a lesson must be: each check executes nothing, takes a notebook and returns its faults.

A check of the text can be asked before the lesson is built. A check of the outputs needs the stored notebook.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """Something that an author has to mend.

    Attributes:
        cell: where it is, counted from 1 among all cells; 0 for the notebook as a whole.
        text: what is wrong and what to do, in one line.
    """

    cell: int
    text: str

    def __str__(self) -> str:
        return f"cell {self.cell}: {self.text}" if self.cell else self.text
