"""An exercise of lesson 08: precision and recall, with their ends."""

from lessons_lib.classroom.exercises import Exercise


def my_precision_recall(marked, truth):
    right = len(marked & truth)
    precision = right / len(marked) if marked else 1.0
    recall = right / len(truth) if truth else 1.0
    return precision, recall


def recall_first(marked, truth):
    """It looks as if the two are swapped: precision first, the share of what was marked."""
    return my_precision_recall(marked, truth)[::-1]


def recall_of_nothing(marked, truth):
    """It looks as if recall is 0 where there is nothing to find. Nothing was missed: it is 1."""
    precision, recall = my_precision_recall(marked, truth)
    return precision, recall if truth else 0.0


def precision_of_nothing(marked, truth):
    """It looks as if precision is 0 where nothing was marked. Nothing was marked wrongly: it is 1."""
    precision, recall = my_precision_recall(marked, truth)
    return precision if marked else 0.0, recall


def both_of_nothing(marked, truth):
    """It looks as if what is divided by nothing is 0. Where nothing was marked, nothing was marked wrongly; where
    nothing is private, nothing was missed: both are 1."""
    return precision_of_nothing(marked, truth)[0], recall_of_nothing(marked, truth)[1]


def precision_without_an_end(marked, truth):
    """It divides by 0 where nothing was marked, or nothing is private: what is asked for there stands in the
    docstring."""
    right = len(marked & truth)
    return right / len(marked), right / len(truth)


def precision_of_all(marked, truth):
    """It looks as if you divide by all that is marked or private. That is the Jaccard likeness; precision divides by
    what is marked, recall by what is private."""
    share = len(marked & truth) / len(marked | truth) if marked | truth else 1.0
    return share, share


def precision_of_all_by_hand(marked, truth):
    share = len(marked & truth) / max(1, len(marked | truth))
    return share if marked else 1.0, share if truth else 1.0


precision_of_all_by_hand.__doc__ = precision_of_all.__doc__


def both_where_one_is_empty(marked, truth):
    """It looks as if both are 1 as soon as one set is empty. Each has its own condition: precision asks whether
    something was marked, recall whether something is private."""
    return my_precision_recall(marked, truth) if marked and truth else (1.0, 1.0)


def precision_by_count(marked, truth):
    """It looks as if you compare how many were marked with how many are private. What counts is which: those in both
    sets, marked & truth."""
    right = min(len(marked), len(truth))
    return right / len(marked) if marked else 1.0, right / len(truth) if truth else 1.0


def precision_rounded(marked, truth):
    """It looks as if you round. 2/3 is not 0.67: return the share itself, and round only what is printed."""
    precision, recall = my_precision_recall(marked, truth)
    return round(precision, 2), round(recall, 2)


def precision_of_the_wrong(marked, truth):
    """It looks as if you count what is wrong: the shares are of what is right."""
    precision, recall = my_precision_recall(marked, truth)
    return 1 - precision, 1 - recall


PRECISION_RECALL = Exercise(
    id="precision_recall",
    title="Precision and recall",
    difficulty=1,
    minutes=5,
    contract="two sets, the places that were marked and those that are private, to (precision, recall), two numbers "
    "from 0 to 1. Precision is 1 if nothing was marked, recall is 1 if nothing is private.",
    cases=(
        ({"a@x.org"}, {"a@x.org"}),
        ({"a@x.org", "12 34"}, {"a@x.org"}),
        ({1, 2, 3, 4}, {2, 3, 4, 5, 6, 7}),
        ({1, 2, 3}, {2, 3, 4, 5, 6, 7, 8}),
        ({1, 2}, {3, 4, 5}),
        (set(), {1, 2}),
        ({1, 2}, set()),
        (set(), set()),
        (set(range(10)), set(range(5, 9))),
    ),
    tried="all right, some wrong, all wrong, and each of the two sets empty",
    hints=(
        "What is in both sets? & says it.",
        "Two divisions by different numbers, each only if that number is not 0.",
    ),
    solution=my_precision_recall,
    mistakes=(
        recall_first,
        recall_of_nothing,
        precision_of_nothing,
        both_of_nothing,
        precision_without_an_end,
        precision_of_all,
        precision_of_all_by_hand,
        both_where_one_is_empty,
        precision_by_count,
        precision_rounded,
        precision_of_the_wrong,
    ),
)
