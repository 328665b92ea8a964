"""An exercise of lesson 05: make the norm's weight disappear."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson05.shared import grid


def my_fold(matrix, weight, bias):
    return matrix * weight, matrix @ bias


def fold_scales_rows(matrix, weight, bias):
    """It looks as if the weight scales the rows. It belongs to the inputs, which are the columns."""
    return matrix * weight[:, None] if len(matrix) == len(weight) else matrix * weight.mean(), matrix @ bias


def fold_scales_rows_of_any(matrix, weight, bias):
    """It looks as if weight[:, None] scales the rows, which works only where there are as many rows as columns. The
    weight belongs to the inputs, which are the columns: matrix * weight."""
    return matrix * weight[:, None], matrix @ bias


def fold_sends_the_bias_from_the_left(matrix, weight, bias):
    """The bias is [C] and the matrix [O, C]: matrix @ bias gives a number for each output. bias @ matrix does not fit,
    or sums over the wrong axis."""
    return matrix * weight, bias @ matrix


def fold_with_swapped_vectors(matrix, weight, bias):
    """It looks as if weight and bias are swapped: the weight scales the columns, the bias goes through the matrix."""
    return matrix * bias, matrix @ weight


def fold_in_the_other_order(matrix, weight, bias):
    """These are the right two in the other order: first the new matrix, then the new bias."""
    return matrix @ bias, matrix * weight


def fold_divides(matrix, weight, bias):
    """It looks as if you divided by the weight. The new matrix has to do what the weight did: multiply."""
    return matrix / weight, matrix @ bias


def fold_scales_the_bias_too(matrix, weight, bias):
    """It looks as if you sent the bias through the new matrix. The norm adds its bias after the weight, so the weight
    must not touch it."""
    return matrix * weight, (matrix * weight) @ bias


def fold_forgets_the_matrix(matrix, weight, bias):
    """It looks as if the new bias is not sent through the matrix. The old bias had C numbers and stood before it; the
    new one stands behind it."""
    return matrix * weight, bias


def fold_takes_the_mean(matrix, weight, bias):
    """It looks as if the bias went through the matrix by a mean. A matrix product adds: matrix @ bias."""
    return matrix * weight, (matrix * bias).mean(-1)


def fold_puts_the_bias_into_the_matrix(matrix, weight, bias):
    """It looks as if the bias went into the new matrix, which is multiplied with n. What the norm adds does not depend
    on n: it comes out as a bias behind the matrix."""
    return matrix * (weight + bias), torch.zeros(len(matrix))


def fold_without_bias(matrix, weight, bias):
    """It looks as if the bias is lost: whatever the norm adds must come out behind the matrix."""
    return matrix * weight, torch.zeros(len(matrix))


def fold_multiplies_matrices(matrix, weight, bias):
    """It looks as if you made a matrix product with the weight, which leaves one number for each output. The weight
    scales each column by its own number."""
    return matrix @ weight, matrix @ bias


def fold_matrix_alone(matrix, weight, bias):
    """It looks as if you returned the new matrix alone: asked for is the pair of it and the new bias."""
    return matrix * weight


def fold_sends_the_bias_through_the_transpose(matrix, weight, bias):
    """The bias is [C] and the matrix [O, C]: matrix @ bias gives a number for each output. Turned round, the matrix
    does not fit, or sums over the wrong axis."""
    return matrix * weight, matrix.T @ bias


def fold_with_one_plus_weight(matrix, weight, bias):
    """It looks as if the matrix does the work of 1 + weight. Some families of models store a norm so; here the norm
    multiplies by the weight itself."""
    return matrix * (1 + weight), matrix @ bias


def fold_diagonal_from_the_left(matrix, weight, bias):
    """torch.diag(weight) from the left scales the rows, if it fits at all. The weight belongs to the inputs, which are
    the columns: the diagonal stands on the right, matrix @ torch.diag(weight)."""
    return torch.diag(weight) @ matrix, matrix @ bias


FOLD_NORM = Exercise(
    id="fold_norm",
    title="Make the norm's weight disappear",
    difficulty=3,
    minutes=12,
    kind="transfer",
    contract="matrix [O, C], the norm's weight [C] and bias [C] to (new matrix [O, C], new bias [O]), so that "
    "(n * weight + bias) @ matrix.T equals n @ new_matrix.T + new_bias for every n. What is given is not "
    "changed.",
    cases=(
        (grid((1, 2)), torch.tensor([3.0, 5.0]), torch.tensor([0.0, 0.0])),
        (grid((1, 2)), torch.tensor([3.0, 5.0]), torch.tensor([1.0, -1.0])),
        (grid((1, 2), (3, 4)), torch.tensor([2.0, -1.0]), torch.tensor([0.5, 1.0])),
        (grid((1, 0, 2), (0, 1, -1)), torch.tensor([2.0, 0.5, 4.0]), torch.tensor([1.0, 2.0, 3.0])),
    ),
    tried="one output and several, square and not, with and without a bias",
    hints=(
        "Write out one output: sum over j of matrix[o, j] * (n[j] * weight[j] + bias[j]).",
        "Sort it into what is multiplied with n[j] and what is left.",
        "What is multiplied with n[j] is matrix[o, j] * weight[j]; what is left is the matrix times the bias.",
    ),
    solution=my_fold,
    mistakes=(
        fold_scales_rows,
        fold_scales_rows_of_any,
        fold_sends_the_bias_from_the_left,
        fold_with_swapped_vectors,
        fold_in_the_other_order,
        fold_divides,
        fold_scales_the_bias_too,
        fold_forgets_the_matrix,
        fold_takes_the_mean,
        fold_puts_the_bias_into_the_matrix,
        fold_without_bias,
        fold_multiplies_matrices,
        fold_matrix_alone,
        fold_sends_the_bias_through_the_transpose,
        fold_with_one_plus_weight,
        fold_diagonal_from_the_left,
    ),
)
