"""An exercise of lesson 12: what an adapter adds, and the matrix that it can be added to."""

import torch

from lessons_lib.classroom.exercises import Exercise


def my_lora(x, W, A, B, alpha):
    scale = alpha / A.shape[0]
    y = x @ W.T + scale * (x @ A.T) @ B.T
    return y, W + scale * B @ A


def _lora(x, W, A, B, scale, merged=None):
    return x @ W.T + scale * (x @ A.T) @ B.T, W + (scale if merged is None else merged) * B @ A


def lora_without_scale(x, W, A, B, alpha):
    """It looks as if nothing is scaled: what A and B give counts alpha / r times, and r is the number of A's rows."""
    return _lora(x, W, A, B, 1.0)


def lora_by_alpha(x, W, A, B, alpha):
    """It looks as if what is added counts alpha times. Divide by r, the number of A's rows."""
    return _lora(x, W, A, B, alpha)


def lora_upside_down(x, W, A, B, alpha):
    """It looks as if the fraction is upside down: it is alpha / r."""
    return _lora(x, W, A, B, A.shape[0] / alpha)


def lora_by_the_root(x, W, A, B, alpha):
    """It looks as if you divided by the square root of r, as in rsLoRA. Here it is r."""
    return _lora(x, W, A, B, alpha / A.shape[0] ** 0.5)


def lora_by_the_width(x, W, A, B, alpha):
    """It looks as if r is taken for the width of x: A is [r, in], and r is the number of its rows."""
    return _lora(x, W, A, B, alpha / A.shape[1])


def lora_by_the_smaller_side(x, W, A, B, alpha):
    """It looks as if r is the smaller side of A. It is the number of A's rows, even where that is more than in."""
    return _lora(x, W, A, B, alpha / min(A.shape))


def lora_merged_without_scale(x, W, A, B, alpha):
    """y is right, and the merged matrix is not: there too B A counts alpha / r times."""
    return _lora(x, W, A, B, alpha / A.shape[0], 1.0)


def lora_scaled_when_merged_only(x, W, A, B, alpha):
    """The merged matrix is right, and y is not: there too what A and B give counts alpha / r times."""
    return _lora(x, W, A, B, 1.0, alpha / A.shape[0])


def lora_alone(x, W, A, B, alpha):
    """It looks as if y is what the adapter adds, and no more. W x stays: add to it."""
    return my_lora(x, W, A, B, alpha)[0] - x @ W.T, my_lora(x, W, A, B, alpha)[1]


def lora_delta(x, W, A, B, alpha):
    """y is right. In place of the merged matrix you returned what is to be added to W."""
    return my_lora(x, W, A, B, alpha)[0], alpha / A.shape[0] * B @ A


def lora_with_a_scaled_matrix(x, W, A, B, alpha):
    """y is right. In the merged matrix W is scaled too: alpha / r belongs to B A alone."""
    return my_lora(x, W, A, B, alpha)[0], alpha / A.shape[0] * (W + B @ A)


def lora_by_the_height(x, W, A, B, alpha):
    """It looks as if r is taken for the height of B: B is [out, r], and r is the number of its columns."""
    return _lora(x, W, A, B, alpha / B.shape[0])


def lora_of_the_upright_matrix(x, W, A, B, alpha):
    """The merged matrix is right. In y it looks as if x was multiplied with W as it is: W is [out, in] and each row of
    x a token, so W x is x @ W.T."""
    return _lora(x, W.T, A, B, alpha / A.shape[0])[0], my_lora(x, W, A, B, alpha)[1]


def lora_in_place(x, W, A, B, alpha):
    """It looks as if W was changed in place (+=) before y was computed, so that the adapter counts twice in y. Make a
    new matrix: W + ..."""
    y, merged = my_lora(x, W, A, B, alpha)
    return y + (merged - W).matmul(x.T).T, merged


def lora_with_the_input(x, W, A, B, alpha):
    """It looks as if x itself is added once more. What is added is B A x, scaled; the residual stream adds x."""
    y, merged = my_lora(x, W, A, B, alpha)
    return (y + x, merged) if y.shape == x.shape else (y, merged)


def lora_with_a_squashed_middle(x, W, A, B, alpha):
    """It looks as if something squashes the r numbers between A and B. Nothing does: else it could not be merged."""
    scale = alpha / A.shape[0]
    return x @ W.T + scale * torch.relu(x @ A.T) @ B.T, W + scale * B @ A


def lora_the_other_way_round(x, W, A, B, alpha):
    """It looks as if you returned the matrix first. Asked for is y and then the merged matrix."""
    return my_lora(x, W, A, B, alpha)[::-1]


def lora_without_the_matrix(x, W, A, B, alpha):
    """It looks as if you returned y alone. Asked for are two things: y and the merged matrix."""
    return my_lora(x, W, A, B, alpha)[0]


def _case(tokens, into, out, r, alpha, seed, zero=False):
    generator = torch.Generator().manual_seed(seed)

    def drawn(*shape):
        return torch.randint(-3, 4, shape, generator=generator).float()

    return drawn(tokens, into), drawn(out, into), drawn(r, into), drawn(out, r) * (not zero), alpha


LORA = Exercise(
    id="my_lora",
    title="Beside the matrix, and inside it",
    difficulty=1,
    minutes=8,
    contract="x [T, in], a matrix W [out, in], A [r, in], B [out, r] and alpha, to a pair: y [T, out], what W with the "
    "adapter makes of each row of x; and the matrix [out, in] that does the same alone. What the adapter adds counts "
    "alpha / r times. The inputs stay as they are.",
    cases=(
        (torch.tensor([[1.0, 2]]), torch.eye(2), torch.tensor([[1.0, 1]]), torch.tensor([[1.0], [0]]), 2.0),
        (torch.tensor([[3.0]]), torch.tensor([[5.0]]), torch.tensor([[1.0], [2]]), torch.tensor([[1.0, 4]]), 6.0),
        _case(2, 3, 3, 2, 4.0, 0),
        _case(3, 4, 2, 3, 1.5, 1),
        _case(1, 2, 5, 1, 3.0, 2),
        _case(2, 3, 2, 4, 16.0, 3, zero=True),
        _case(4, 6, 6, 4, 8.0, 4),
    ),
    tried="one row and several, ranks 1 to 4, matrices that are wide, tall and square, a rank above their width, and a "
    "B of zeros",
    hints=(
        "W x is x @ W.T when each row of x is a token. A comes first: x @ A.T is [T, r].",
        "r is A.shape[0]. The merged matrix is W + alpha / r * B @ A: mind the order, [out, r] times [r, in].",
    ),
    solution=my_lora,
    mistakes=(
        lora_without_scale,
        lora_by_alpha,
        lora_upside_down,
        lora_by_the_root,
        lora_by_the_width,
        lora_by_the_smaller_side,
        lora_merged_without_scale,
        lora_scaled_when_merged_only,
        lora_alone,
        lora_delta,
        lora_with_a_scaled_matrix,
        lora_by_the_height,
        lora_of_the_upright_matrix,
        lora_in_place,
        lora_with_the_input,
        lora_with_a_squashed_middle,
        lora_the_other_way_round,
        lora_without_the_matrix,
    ),
)
