"""An exercise of lesson 11: from the first wrong position to the fault."""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson07.faulty_programs import in_order
from lessons_lib.classroom.trials import Refused


def my_patients():
    # 1: wrong before any place counts. 2: the first token that is turned. 3: the temperature's first step.
    # 4: the first token of the second chunk. 5: chunks begin three tokens too early.
    return ["B", "D", "C", "A", "E"]


def by_port(answer):
    """The letters of an answer, port by port.

    Raises:
        Refused: if the fault that nobody has is among them, or there is no letter.
    """
    letters = in_order(answer, "port")
    if letters and "F" in letters.values():
        raise Refused(
            "F: the norm has no weights here, so before the turn or behind it, scores are the same: no position would "
            "differ, at no port"
        )
    return letters


def patients_border_and_temperature_swapped():
    """3 and 4 have changed places. The temperature moves where position + 1 reaches 8,192; a new chunk begins where the
    position itself does."""
    return ["B", "D", "A", "C", "E"]


def patients_first_two_swapped():
    """1 and 2 have changed places. The first token stands at place 0, where nothing is turned, and sees itself alone:
    what is wrong there has nothing to do with places."""
    return ["D", "B", "C", "A", "E"]


def patients_window_and_padding_swapped():
    """4 and 5 have changed places. A window is the same with padding and without. Chunks that are counted from the
    padding end too early, by as much as there is padding."""
    return ["B", "D", "C", "E", "A"]


def patients_padding_and_temperature_swapped():
    """3 and 5 have changed places. The temperature counts real tokens and moves at 8,191; the border moves with the
    padding."""
    return ["B", "D", "E", "A", "C"]


PATIENTS = Exercise(
    id="patients",
    title="Where is it wrong first?",
    difficulty=2,
    minutes=9,
    kind="diagnose",
    contract="a list of five letters: the fault of port 1, of port 2, and so on to port 5.",
    cases=((),),
    tried="all five ports",
    hints=(
        "For each fault, ask which tokens would notice it. The first token of a text sees itself alone, and place 0 is "
        "not turned.",
        "A chunk of 8,192 holds positions 0 to 8,191. The temperature divides position + 1.",
        "Three padding tokens on the left: the row's column 8,192 is real position 8,189.",
    ),
    solution=my_patients,
    harness=by_port,
    mistakes=(
        patients_border_and_temperature_swapped,
        patients_first_two_swapped,
        patients_window_and_padding_swapped,
        patients_padding_and_temperature_swapped,
    ),
)
