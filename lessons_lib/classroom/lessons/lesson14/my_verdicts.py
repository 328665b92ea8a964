"""An exercise of lesson 14: what a judge thinks of two answers, once the position has been taken out."""

from lessons_lib.classroom.exercises import Exercise


def my_verdicts(gaps):
    pull = sum(one + other for one, other in gaps) / (2 * len(gaps))
    wins = [1.0 if one > other else 0.5 if one == other else 0.0 for one, other in gaps]
    return pull, sum(wins) / len(wins)


def _pull(gaps):
    return my_verdicts(gaps)[0]


def verdicts_of_one_order(gaps):
    """It looks as if only the first order is asked, in which the first answer is A. Then the letter decides along with
    the answer. Compare the two orders: the letter pulls the same way in both."""
    wins = [1.0 if one > 0 else 0.5 if one == 0 else 0.0 for one, _ in gaps]
    return _pull(gaps), sum(wins) / len(wins)


def verdicts_of_one_order_ties_lost(gaps):
    return _pull(gaps), sum(one > 0 for one, _ in gaps) / len(gaps)


verdicts_of_one_order_ties_lost.__doc__ = verdicts_of_one_order.__doc__


def verdicts_with_near_ties(gaps):
    """Nearly: only gaps that are the same count half. A small difference is one."""
    wins = [0.5 if abs(one - other) < 0.1 else float(one > other) for one, other in gaps]
    return _pull(gaps), sum(wins) / len(wins)


def verdicts_by_the_sum(gaps):
    """It looks as if the two gaps of a pair are added before the winner is named. Added up, what the answers are worth
    falls out and the letter's pull is left. In the second order A is the *second* answer: subtract."""
    wins = [1.0 if one + other > 0 else 0.5 if one + other == 0 else 0.0 for one, other in gaps]
    return _pull(gaps), sum(wins) / len(wins)


def verdicts_where_both_agree(gaps):
    """It looks as if the first answer wins only where it is preferred in both orders. A judge that nearly always says A
    would never give a verdict. Take the letter's pull out: compare the gaps of the two orders with each other."""
    wins = [1.0 if one > 0 > other else 0.0 for one, other in gaps]
    return _pull(gaps), sum(wins) / len(wins)


def verdicts_of_both_orders_counted(gaps):
    """It looks as if each order has a vote, by which letter was likelier. Where A is always likelier the two votes
    cancel, and nothing is learned. Compare how *much* likelier A is in the two orders."""
    wins = [((one > 0) + (other < 0)) / 2 for one, other in gaps]
    return _pull(gaps), sum(wins) / len(wins)


def verdicts_the_other_way_round(gaps):
    """It looks as if the winners are swapped: the first answer is better where A is likelier with it as A than with the
    other one as A."""
    pull, share = my_verdicts(gaps)
    return pull, 1 - share


def verdicts_with_ties_lost(gaps):
    """Nearly: where both gaps are the same, the pair counts half."""
    return _pull(gaps), sum(one > other for one, other in gaps) / len(gaps)


def verdicts_with_ties_won(gaps):
    """Nearly: where both gaps are the same, the pair counts half."""
    return _pull(gaps), sum(one >= other for one, other in gaps) / len(gaps)


def verdicts_with_the_difference_as_pull(gaps):
    """It looks as if the pull is made of differences. The letter pulls the same way in both orders, so it is in the
    mean of all gaps; in the differences it falls out."""
    return sum(one - other for one, other in gaps) / (2 * len(gaps)), my_verdicts(gaps)[1]


def verdicts_with_twice_the_pull(gaps):
    """It looks as if the pull is divided by the pairs. There are two gaps a pair: divide by all of them."""
    return 2 * _pull(gaps), my_verdicts(gaps)[1]


def verdicts_with_the_first_pull(gaps):
    """It looks as if the pull is the mean of the first order alone, in which the first answer's worth is, too."""
    return sum(one for one, _ in gaps) / len(gaps), my_verdicts(gaps)[1]


def verdicts_swapped(gaps):
    """Nearly: the pull comes first, then the share."""
    return my_verdicts(gaps)[::-1]


def verdicts_counted(gaps):
    """It looks as if this is how many pairs are won. Asked for is their share."""
    pull, share = my_verdicts(gaps)
    return pull, share * len(gaps)


VERDICTS = Exercise(
    id="my_verdicts",
    title="The letter taken out",
    difficulty=2,
    minutes=10,
    kind="transfer",
    contract="a list of at least one pair of gaps to two numbers. Of each pair the first gap says by how much the "
    "letter A is likelier than B, in nats, with the first answer as A, and the second gap the same with the second "
    "answer as A. Asked for are the letter's own pull, the mean of all gaps, and the share of the pairs in which the "
    "first answer is preferred once that pull has fallen out, where equal gaps count half.",
    cases=(
        ([[2.0, 1.0]],),
        ([[1.0, 2.0]],),
        ([[-1.0, -3.0], [0.5, 0.5]],),
        ([[3.0, 2.5], [2.0, 2.25], [4.0, 1.0], [-0.5, 0.75]],),
        ([[1.5, 1.5], [2.0, -1.0], [3.0, 3.05], [0.0, 0.0], [1.0, 0.25]],),
    ),
    tried="one pair, the letter A pulling and pushing, ties, and judges that always say A",
    hints=(
        "Say that a gap is pull + worth with the first answer as A, and pull - worth with the second. What is left of "
        "the two gaps' sum, and what of their difference?",
        "The first answer wins where its gap as A is larger than the other one's gap as A.",
        "sum(one + other) / (2 * len(gaps)) is the pull; a pair counts one > other, and 0.5 where they are equal.",
    ),
    solution=my_verdicts,
    mistakes=(
        verdicts_of_one_order,
        verdicts_of_one_order_ties_lost,
        verdicts_with_near_ties,
        verdicts_by_the_sum,
        verdicts_where_both_agree,
        verdicts_of_both_orders_counted,
        verdicts_the_other_way_round,
        verdicts_with_ties_lost,
        verdicts_with_ties_won,
        verdicts_with_the_difference_as_pull,
        verdicts_with_twice_the_pull,
        verdicts_with_the_first_pull,
        verdicts_swapped,
        verdicts_counted,
    ),
)
