"""An exercise of lesson 08: which ways of preparing a corpus leak."""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.letters import letters


def my_which_leak():
    return ["A", "F"]  # nobody compares the two parts of A; F tests on what it has trained on


def leak_only_the_first():
    """One is missing. Where does a model meet the test texts while it learns?"""
    return ["A"]


def leak_only_the_last():
    """One is missing. Each part may be free of copies, and a text still stand once in both."""
    return ["F"]


def leak_where_copies_stay():
    """It looks as if you looked for copies that stay in the corpus. They do a harm, but no leak if all copies of a
    text lie on one side. Where do equal texts go, if a hash of them or of their question decides?"""
    return ["A", "C", "D"]


def leak_where_copies_stay_and_the_last():
    """It looks as if C and D leak, since they drop nothing. Equal texts have equal hashes and equal questions: where
    do the copies of one text go?"""
    return ["A", "C", "D", "F"]


def leak_by_the_text():
    """It looks as if D leaks. Equal texts have equal hashes, so all copies of one text go to one side. (The question
    with another answer may go to the other: that is a leak too, but not word for word.)"""
    return ["A", "D", "F"]


def leak_by_the_question():
    """It looks as if C leaks. Equal texts have the same question, so all copies go to one side."""
    return ["A", "C", "F"]


def leak_by_pythons_hash():
    """It looks as if E leaks. Python's hash is another in each process, but in one process equal texts have equal
    ones: the copies are found. It would be wrong to *split* by it."""
    return ["A", "E", "F"]


def leak_by_shuffling():
    """It looks as if B leaks. Once each text stands there once, no shuffle can put it on both sides. (Its question may
    be on both: that is not word for word.)"""
    return ["A", "B", "F"]


WHICH_LEAK = Exercise(
    id="which_leak",
    title="Which of these leak?",
    difficulty=1,
    minutes=6,
    kind="diagnose",
    contract="a list of the letters of the ways that leak word for word.",
    cases=((),),
    tried="the two ways that leak are those",
    hints=(
        "Follow one text that stands there 121 times: on which side do its copies lie?",
        "Equal texts have equal hashes and equal questions.",
    ),
    solution=my_which_leak,
    harness=letters,
    mistakes=(
        leak_only_the_first,
        leak_only_the_last,
        leak_where_copies_stay,
        leak_where_copies_stay_and_the_last,
        leak_by_the_text,
        leak_by_the_question,
        leak_by_pythons_hash,
        leak_by_shuffling,
    ),
)
