"""An exercise of lesson 09: five runs that go wrong, and what is wrong with each."""

from lessons_lib.classroom.exercises import Exercise

RECORDED = {  # what `faulty_losses` computes: loss at step 1, 11 and 60, and on unread stories; tested
    "A": (5, "5.5", "3.0", "2.1", "3.5"),
    "B": (3, "19.4", "4.9", "2.2", "2.4"),
    "C": (1, "4.9", "1.7", "0.0", "0.0"),
    "D": (4, "5.5", "5.5", "5.5", "5.5"),
    "E": (2, "5.5", "40.8", "4.0", "4.3"),
}


def my_symptoms():
    return [5, 3, 1, 4, 2]


def symptoms_memory_for_copying():
    """A and C are swapped: both losses fall low. Which of the two stays low on stories that were never read? Copying
    works on any text, knowing four rows by heart does not."""
    return [1, 3, 5, 4, 2]


def symptoms_large_weights_for_a_large_rate():
    """B and E are swapped. Look at the first loss, which is measured before any step: what is wrong there can't be the
    learning rate."""
    return [5, 2, 1, 4, 3]


def symptoms_standing_still():
    """D and E are swapped: one never moves at all, the other moves and does not get far. Which optimiser moves
    nothing that this model uses?"""
    return [5, 3, 1, 2, 4]


def symptoms_the_other_way_round():
    """It looks as if you listed the run of each fault. Asked for is the fault of each run, in the order of the runs."""
    return [3, 5, 2, 4, 1]


SYMPTOMS = Exercise(
    id="symptoms",
    title="Which run has which fault?",
    difficulty=2,
    minutes=7,
    kind="diagnose",
    contract="a list of five whole numbers: the number of the fault of run A, of B, C, D and E.",
    cases=((),),
    tried="five runs, five faults",
    hints=(
        "Begin with the first loss: knowing nothing costs ln 256, and no step was taken yet.",
        "Then compare the last loss with that on unread stories: who learned something that holds there too?",
    ),
    solution=my_symptoms,
    mistakes=(
        symptoms_memory_for_copying,
        symptoms_large_weights_for_a_large_rate,
        symptoms_standing_still,
        symptoms_the_other_way_round,
    ),
)
