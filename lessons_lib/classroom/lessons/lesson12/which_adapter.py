"""An exercise of lesson 12: five adapters of a tiny model, and what is wrong with each."""

from lessons_lib.classroom.exercises import Exercise

SEEN = {  # what `tiny.behaviour` computes of that fault: loss fresh, tuned, merged, taken off; tested
    "A": (4, "7.7", "3.3", "4.1", "7.7"),
    "B": (2, "7.7", "7.7", "7.7", "7.7"),
    "C": (5, "7.7", "1.8", "1.8", "2.0"),
    "D": (1, "7.7", "3.3", "3.3", "7.7"),
    "E": (3, "6.3", "3.6", "3.6", "7.7"),
}


def my_which_adapter():
    # A: merged is not what was tuned. B: nothing moves. C: without the adapter the model is another one.
    # D: all as it should be. E: the fresh adapter already changes the model.
    return [4, 2, 5, 1, 3]


def which_start_for_start():
    """B and E are swapped. With both at zero nothing has a slope, so nothing ever moves. At random, what is added is
    there before the first step."""
    return [4, 3, 5, 1, 2]


def which_merge_for_freezing():
    """A and C are swapped. Which of them shows its fault only when it is merged, and which when it is taken off?"""
    return [5, 2, 4, 1, 3]


def which_nothing_for_freezing():
    """C and D are swapped. The last column is the model without its adapter: that must be the model of before."""
    return [4, 2, 1, 5, 3]


def which_nothing_for_merging():
    """A and D are swapped. A merged model must be as good as the tuned one: compare the second column with the
    third."""
    return [1, 2, 5, 4, 3]


WHICH = Exercise(
    id="which_adapter",
    title="What is wrong with it?",
    difficulty=2,
    minutes=7,
    kind="diagnose",
    contract="a list of five whole numbers: the number of what is true of adapter A, of B, C, D and E.",
    cases=((),),
    tried="five adapters, four faults. (E begins with a lower loss than the model of before: at random is not always "
    "worse, but it is another model)",
    hints=(
        "Three of the four columns must equal another number: fresh is the model of before, merged is tuned, and taken "
        "off is the model of before.",
        "Which fault can be seen before the first step? Which keeps everything where it was?",
    ),
    solution=my_which_adapter,
    mistakes=(
        which_start_for_start,
        which_merge_for_freezing,
        which_nothing_for_freezing,
        which_nothing_for_merging,
    ),
)
