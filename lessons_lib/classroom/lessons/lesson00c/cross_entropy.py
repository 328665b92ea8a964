"""An exercise of lesson 00c: the mean of -log(chance of the right answer), where an answer counts."""

import math

import torch
from torch.nn import functional as F

from lessons_lib.classroom.exercises import Exercise


def my_cross_entropy(scores, targets):
    counts = targets != -100  # [N]
    logs = scores[counts].log_softmax(-1)  # logarithms of the chances, in the rows that count
    return -logs.gather(1, targets[counts][:, None]).mean()


def _counting(scores, targets):
    counts = targets != -100
    return scores[counts], targets[counts]


def _right(rows, targets):
    return rows[torch.arange(len(targets)), targets]


def _chances(scores, targets):
    scores, targets = _counting(scores, targets)
    return scores.softmax(-1), targets


def entropy_without_minus(scores, targets):
    """It looks as if you forgot the minus. The logarithm of a chance is 0 or less, and a loss is 0 or more."""
    return -my_cross_entropy(scores, targets)


def entropy_summed(scores, targets):
    """It looks as if you took the sum over the rows. Take the mean, so that the loss does not grow with the batch."""
    scores, targets = _counting(scores, targets)
    return -_right(scores.log_softmax(-1), targets).sum()


def entropy_of_each_row(scores, targets):
    """The losses of the rows are right. One number is wanted for all of them: their mean."""
    scores, targets = _counting(scores, targets)
    return -_right(scores.log_softmax(-1), targets)


def entropy_of_each_row_in_a_column(scores, targets):
    """The losses of the rows are right, in a column. One number is wanted for all of them: their mean."""
    return entropy_of_each_row(scores, targets)[:, None]


def entropy_over_all_rows(scores, targets):
    """It looks as if you divided by the number of all rows. Take the mean over those that count."""
    return entropy_summed(scores, targets) / len(targets)


def entropy_of_the_last_letter(scores, targets):
    """An index is out of range: -100 is no letter. Leave the rows with that target out before you pick chances; a mask
    in square brackets keeps the rows where it is True."""
    return -_right(scores.log_softmax(-1), targets).mean()


def entropy_gathered_at_minus_100(scores, targets):
    """gather looks for place -100: that is no letter. Leave the rows with that target out before you gather; a mask in
    square brackets keeps the rows where it is True."""
    return -scores.log_softmax(-1).gather(1, targets[:, None]).mean()


def entropy_of_the_last_letter_in_two_steps(scores, targets):
    """An index is out of range: -100 is no letter. Leave the rows with that target out before you pick chances; a mask
    in square brackets keeps the rows where it is True."""
    return -_right(scores.softmax(-1), targets).log().mean()


def entropy_gathered_in_two_steps(scores, targets):
    """gather looks for place -100: that is no letter. Leave the rows with that target out before you gather; a mask in
    square brackets keeps the rows where it is True."""
    return -scores.softmax(-1).gather(1, targets[:, None]).log().mean()


def entropy_of_letter_0_instead(scores, targets):
    """It looks as if rows with the target -100 count all the same, as though the answer were letter 0. Leave them
    out."""
    return -_right(scores.log_softmax(-1), targets.clamp(min=0)).mean()


def entropy_without_letter_0(scores, targets):
    """It looks as if rows whose answer is letter 0 are left out too. 0 is a letter like any other: ask whether the
    target is -100."""
    counts = targets > 0
    return -_right(scores[counts].log_softmax(-1), targets[counts]).mean()


def entropy_over_columns(scores, targets):
    """It looks as if softmax ran down the columns. Each row is one place in the text, and its chances must sum to 1:
    softmax over the last axis."""
    scores, targets = _counting(scores, targets)
    return -_right(scores.log_softmax(0), targets).mean()


def entropy_over_columns_of_all_rows(scores, targets):
    """It looks as if softmax ran down the columns. Each row is one place in the text, and its chances must sum to 1:
    softmax over the last axis."""
    counts = targets != -100
    return -_right(scores.log_softmax(0)[counts], targets[counts]).mean()


def entropy_of_the_mean_chance(scores, targets):
    """It looks as if you took the mean of the chances and then the logarithm. Logarithm first: a single hopeless row
    must hurt."""
    scores, targets = _counting(scores, targets)
    return -_right(scores.softmax(-1), targets).mean().log()


def entropy_of_the_other_letters(scores, targets):
    """It looks as if you took 1 minus the chance of the right answer. Its own chance counts: the larger it is, the
    smaller the loss."""
    scores, targets = _counting(scores, targets)
    return -(1 - _right(scores.softmax(-1), targets)).log().mean()


def entropy_as_a_distance(scores, targets):
    """It looks as if you took 1 minus the chance as the loss. The loss is minus the logarithm of the chance, which
    knows no bound: a hopeless guess must hurt."""
    return (1 - _right(*_chances(scores, targets))).mean()


def entropy_of_a_table(scores, targets):
    """It looks as if a column [N, 1] from gather met a mask [N]: that broadcasts to a table [N, N], without an error
    (section 5 of lesson 00b). Keep the rows that count with the mask in square brackets, or take the column's one axis
    away first, with [:, 0]."""
    counts = targets != -100
    logs = scores.log_softmax(-1).gather(1, targets.clamp(min=0)[:, None])  # [N, 1]
    return -(logs * counts).sum() / counts.sum()


def entropy_of_a_table_s_mean(scores, targets):
    """It looks as if a column [N, 1] from gather met a mask [N]: that broadcasts to a table [N, N], without an error
    (section 5 of lesson 00b). Keep the rows that count with the mask in square brackets, and take the mean over
    those."""
    counts = targets != -100
    logs = scores.log_softmax(-1).gather(1, targets.clamp(min=0)[:, None])  # [N, 1]
    return -(logs * counts).mean()


def entropy_gathered_with_a_row(scores, targets):
    """gather wants its indices as a column: with targets[:, None], [N] becomes [N, 1]."""
    scores, targets = _counting(scores, targets)
    return -scores.log_softmax(-1).gather(1, targets).mean()


def entropy_of_rows_counted_before(scores, targets):
    """The row numbers and the answers are not equally many. Where rows were left out, fewer are left: arange goes up to
    their number, after the mask."""
    rows, answers = _counting(scores, targets)
    return -rows.log_softmax(-1)[torch.arange(len(targets)), answers].mean()


def entropy_with_all_targets(scores, targets):
    """Rows were left out of the scores and not of the targets: the mask goes to both, scores[mask] and targets[mask].
    A target of -100 is no letter."""
    return -_right(_counting(scores, targets)[0].log_softmax(-1), targets).mean()


def entropy_paired_with_all_targets(scores, targets):
    """Rows were left out of the scores and not of the targets: the mask goes to both, scores[mask] and targets[mask].
    A target of -100 is no letter."""
    rows, _ = _counting(scores, targets)
    return -rows.log_softmax(-1)[torch.arange(len(rows)), targets].mean()


def entropy_gathered_with_all_targets(scores, targets):
    """Rows were left out of the scores and not of the targets: the mask goes to both, scores[mask] and targets[mask].
    A target of -100 is no letter."""
    return -_counting(scores, targets)[0].log_softmax(-1).gather(1, targets[:, None]).mean()


def entropy_by_torch_with_all_targets(scores, targets):
    """Rows were left out of the scores and not of the targets: the mask goes to both, scores[mask] and targets[mask].
    A target of -100 is no letter."""
    return F.cross_entropy(_counting(scores, targets)[0], targets)


def entropy_of_all_scores(scores, targets):
    """Rows were left out of the targets and not of the scores: the mask goes to both, scores[mask] and
    targets[mask]."""
    return F.cross_entropy(scores, _counting(scores, targets)[1])


def entropy_in_bits(scores, targets):
    """It looks as if you used log2. Deep learning uses log, the logarithm of base e."""
    return my_cross_entropy(scores, targets) / math.log(2)


def entropy_in_base_10(scores, targets):
    """It looks as if you used log10. Deep learning uses log, the logarithm of base e."""
    return my_cross_entropy(scores, targets) / math.log(10)


def entropy_of_scores(scores, targets):
    """It looks as if you took the scores for chances. softmax(-1) turns each row of scores into chances."""
    return -_right(*_counting(scores, targets)).mean()


def entropy_of_the_logarithm_of_scores(scores, targets):
    """It looks as if softmax is missing: the logarithm of a score of 0 is minus infinity, and a negative score has
    none. softmax(-1) turns each row of scores into chances."""
    return -_right(*_counting(scores, targets)).log().mean()


def entropy_with_softmax_twice(scores, targets):
    """It looks as if softmax was applied twice: F.cross_entropy and log_softmax do their own, and want the scores."""
    return F.cross_entropy(scores.softmax(-1), targets)


def entropy_of_the_favourite(scores, targets):
    """It looks as if you took the chance of the favourite. The chance that counts is the one that the right answer
    got, however small."""
    scores, targets = _counting(scores, targets)
    return -scores.log_softmax(-1).amax(-1).mean()


def entropy_of_every_pair(scores, targets):
    """It looks as if chances[:, targets] picked every target in every row. One per row is wanted: pair row i with
    target i, as chances[torch.arange(N), targets] does."""
    scores, targets = _counting(scores, targets)
    return -scores.log_softmax(-1)[:, targets].mean()


def entropy_in_two_steps(scores, targets):
    """Right until a chance is too small for a float: softmax makes it 0, and the logarithm of 0 is minus infinity.
    log_softmax does both in one, without that step."""
    scores, targets = _counting(scores, targets)
    return -_right(scores.softmax(-1), targets).log().mean()


def entropy_by_powers_of_e(scores, targets):
    """Right until a score is large: exp(1000) is no float any more. Only differences of scores count, so take the
    largest of the row away first, or let log_softmax do it."""
    scores, targets = _counting(scores, targets)
    powers = scores.exp()
    return -(_right(powers, targets) / powers.sum(-1)).log().mean()


def entropy_less_the_largest_of_all(scores, targets):
    """Right until rows differ much: the largest score of the whole tensor was taken away, and the powers of a row far
    below it are all 0. Take away the largest of each row."""
    scores, targets = _counting(scores, targets)
    powers = (scores - scores.max()).exp()
    return -(_right(powers, targets) / powers.sum(-1)).log().mean()


def entropy_less_the_largest_of_all_rows(scores, targets):
    """Right until rows differ much: the largest score of the whole tensor was taken away, and the powers of a row far
    below it are all 0. Take away the largest of each row."""
    counts = targets != -100
    powers = (scores - scores.max()).exp()[counts]
    return -(_right(powers, targets[counts]).log() - powers.sum(-1).log()).mean()


def entropy_with_a_little_more(scores, targets):
    """Right until a chance is tiny: a small number added inside the logarithm, or a smallest chance in it, hides how
    hopeless the guess was. log_softmax needs no such help."""
    scores, targets = _counting(scores, targets)
    return -(_right(scores.softmax(-1), targets) + 1e-9).log().mean()


def entropy_clamped(scores, targets):
    """Right until a chance is tiny: a small number added inside the logarithm, or a smallest chance in it, hides how
    hopeless the guess was. log_softmax needs no such help."""
    scores, targets = _counting(scores, targets)
    return -_right(scores.softmax(-1), targets).clamp(min=1e-12).log().mean()


def entropy_without_a_logarithm(scores, targets):
    """It looks as if the logarithm is missing: minus the mean of the chances comes out. F.nll_loss takes no logarithm
    either: it wants those of log_softmax."""
    return -_right(*_chances(scores, targets)).mean()


CROSS_ENTROPY = Exercise(
    id="cross_entropy",
    title="The loss where it counts",
    difficulty=2,
    minutes=12,
    kind="transfer",
    contract="scores [N, V] in float32 and the right answers targets [N], each a whole number from 0 to V - 1, or "
    "-100 where a row does not count, to one number: the mean over the rows that count of -log(chance of the right "
    "answer), with the logarithm of base e. At least one row counts.",
    cases=(
        (torch.tensor([[0.0, 0.0]]), torch.tensor([1])),
        (torch.tensor([[2.0, 0.0, -1.0]]), torch.tensor([2])),
        (torch.tensor([[1.0, 0.0], [0.0, 3.0], [0.5, 2.0]]), torch.tensor([0, 0, 1])),
        (torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, -4.0]]), torch.tensor([1, 2])),
        (torch.zeros(4, 27), torch.tensor([0, 26, 5, 5])),
        (torch.tensor([[1.0, 2.0], [5.0, 0.0]]), torch.tensor([0, -100])),
        (torch.tensor([[0.0, 3.0, 1.0], [4.0, 0.0, 2.0], [1.0, 1.0, 2.0]]), torch.tensor([-100, 2, 0])),
        (torch.tensor([[1000.0, 0.0]]), torch.tensor([0])),
        (torch.tensor([[1000.0, 0.0], [0.0, 2.0]]), torch.tensor([1, 1])),
    ),
    tried="even chances, one row and several, rows that do not count, and a row so hopeless that the chance is 0 in a "
    "float and the loss is 1000 all the same",
    hints=(
        "First leave out the rows that do not count, in scores and in targets. Section 3 has what is left to do.",
        "A mask in square brackets keeps the rows where it is True: scores[mask], targets[mask].",
        "logs[torch.arange(n), answers] takes entry answers[i] of row i, as in section 3; so does gather.",
    ),
    solution=my_cross_entropy,
    mistakes=(
        entropy_without_minus,
        entropy_summed,
        entropy_of_each_row,
        entropy_of_each_row_in_a_column,
        entropy_over_all_rows,
        entropy_of_the_last_letter,
        entropy_gathered_at_minus_100,
        entropy_of_the_last_letter_in_two_steps,
        entropy_gathered_in_two_steps,
        entropy_of_letter_0_instead,
        entropy_without_letter_0,
        entropy_over_columns,
        entropy_over_columns_of_all_rows,
        entropy_of_the_mean_chance,
        entropy_of_the_other_letters,
        entropy_as_a_distance,
        entropy_of_a_table,
        entropy_of_a_table_s_mean,
        entropy_gathered_with_a_row,
        entropy_of_rows_counted_before,
        entropy_with_all_targets,
        entropy_paired_with_all_targets,
        entropy_gathered_with_all_targets,
        entropy_by_torch_with_all_targets,
        entropy_of_all_scores,
        entropy_in_bits,
        entropy_in_base_10,
        entropy_of_scores,
        entropy_of_the_logarithm_of_scores,
        entropy_with_softmax_twice,
        entropy_of_the_favourite,
        entropy_of_every_pair,
        entropy_in_two_steps,
        entropy_by_powers_of_e,
        entropy_less_the_largest_of_all,
        entropy_less_the_largest_of_all_rows,
        entropy_with_a_little_more,
        entropy_clamped,
        entropy_without_a_logarithm,
    ),
)
