"""An exercise of lesson 05: one neuron's note."""

import torch
import torch.nn.functional as F

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson05.shared import grid


def my_neuron(x, gate, up, down, i):
    strength = F.silu(gate[i] @ x) * (up[i] @ x)
    return strength * down[:, i]


def neuron_reads_a_column(x, gate, up, down, i):
    """It looks as if you took row i of down. A row gathers all neurons for one coordinate; what one neuron writes is
    a column, down[:, i]."""
    return F.silu(gate[i] @ x) * (up[i] @ x) * down[i]


def neuron_without_up(x, gate, up, down, i):
    """It looks as if only the gate was asked. The neuron has two questions, and their answers are multiplied."""
    return F.silu(gate[i] @ x) * down[:, i]


def neuron_without_bend(x, gate, up, down, i):
    """It looks as if the gate is not bent: it goes through silu."""
    return (gate[i] @ x) * (up[i] @ x) * down[:, i]


def neuron_only_strength(x, gate, up, down, i):
    """It looks as if you returned how strongly the neuron answers. What it adds is that number times its column."""
    return F.silu(gate[i] @ x) * (up[i] @ x)


def neuron_all(x, gate, up, down, i):
    """It looks as if you returned what all neurons add together: keep number i alone."""
    return (F.silu(x @ gate.T) * (x @ up.T)) @ down.T


def neuron_swapped(x, gate, up, down, i):
    """It looks as if gate and up have changed places: it is the gate that goes through silu."""
    return (gate[i] @ x) * F.silu(up[i] @ x) * down[:, i]


def neuron_cut_at_zero(x, gate, up, down, i):
    """It looks as if a negative answer of the gate becomes 0 and a positive one stays as it is. That is ReLU; silu
    bends both."""
    return F.relu(gate[i] @ x) * (up[i] @ x) * down[:, i]


def neuron_silu_cut_at_zero(x, gate, up, down, i):
    """It looks as if the answers below 0 were left out: silu of a negative number is small, but it is not 0."""
    return F.silu(gate[i] @ x).relu() * (up[i] @ x) * down[:, i]


def neuron_with_sigmoid(x, gate, up, down, i):
    """It looks as if the gate went through sigmoid alone. silu(z) is z times sigmoid(z)."""
    return torch.sigmoid(gate[i] @ x) * (up[i] @ x) * down[:, i]


def neuron_with_gelu(x, gate, up, down, i):
    """It looks as if the gate went through GELU. SwiGLU bends with silu, z times sigmoid(z)."""
    return F.gelu(gate[i] @ x) * (up[i] @ x) * down[:, i]


def neuron_bends_the_product(x, gate, up, down, i):
    """It looks as if the two answers were multiplied first and bent then. The gate alone is bent, and then
    multiplied."""
    return F.silu((gate[i] @ x) * (up[i] @ x)) * down[:, i]


def neuron_of_the_size(x, gate, up, down, i):
    """It looks as if the sign of the gate is lost. silu of a negative gate is negative, and turns the sign of what the
    neuron adds."""
    return F.silu(gate[i] @ x).abs() * (up[i] @ x) * down[:, i]


def neuron_that_overflows(x, gate, up, down, i):
    """It looks as if your silu is z * exp(z) / (1 + exp(z)): for a large z that is infinity divided by infinity, nan.
    z / (1 + exp(-z)) is the same and does not overflow there."""
    z = gate[i] @ x
    return z * z.exp() / (1 + z.exp()) * (up[i] @ x) * down[:, i]


def neuron_cut_below_two(x, gate, up, down, i):
    """It looks as if a gate far below 0 gives nothing at all. silu comes close to 0 there, and is not 0: take it for
    every gate."""
    asked = gate[i] @ x
    return (F.silu(asked) if asked >= -2 else 0) * (up[i] @ x) * down[:, i]


def neuron_cut_far_below(x, gate, up, down, i):
    asked = gate[i] @ x
    return (F.silu(asked) if asked > -10 else 0) * (up[i] @ x) * down[:, i]


neuron_cut_far_below.__doc__ = neuron_cut_below_two.__doc__


def neuron_open_above_three(x, gate, up, down, i):
    """It looks as if a gate far above 0 passes as it is. silu comes close to that, and stays below it: take silu for
    every gate."""
    asked = gate[i] @ x
    return (F.silu(asked) if asked <= 3 else asked) * (up[i] @ x) * down[:, i]


def neuron_open_far_above(x, gate, up, down, i):
    asked = gate[i] @ x
    return (F.silu(asked) if asked < 8 else asked) * (up[i] @ x) * down[:, i]


neuron_open_far_above.__doc__ = neuron_open_above_three.__doc__


def neuron_adds_gate_and_up(x, gate, up, down, i):
    """It looks as if the two answers were added. A gate multiplies."""
    return (F.silu(gate[i] @ x) + up[i] @ x) * down[:, i]


def neuron_and_those_before(x, gate, up, down, i):
    """It looks as if you returned what the neurons up to number i add together: keep number i alone."""
    return sum(my_neuron(x, gate, up, down, j) for j in range(i + 1))


def neuron_counted_from_one(x, gate, up, down, i):
    """It looks as if neurons were counted from 1: the first is number 0, and number i has row gate[i]."""
    return my_neuron(x, gate, up, down, i - 1)


def neuron_only_column(x, gate, up, down, i):
    """It looks as if you returned the neuron's column alone. It is added as many times as the neuron answers:
    silu of the gate's answer times the answer of up."""
    return down[:, i]


def neuron_number_by_number(x, gate, up, down, i):
    """It looks as if gate and up were multiplied number by number before the sums. Each question is a dot product, one
    number; then the gate's is bent, and the two are multiplied."""
    return (F.silu(gate[i] * x) * (up[i] * x)).sum() * down[:, i]


def neuron_with_the_stream(x, gate, up, down, i):
    """It looks as if you returned the stream with the note added, x + ... Asked for is the note alone."""
    return x + my_neuron(x, gate, up, down, i)


def neuron_asks_columns(x, gate, up, down, i):
    """It looks as if you took column i of gate and up. gate and up are [F, C]: the neuron's two questions are their
    rows, gate[i] and up[i]."""
    return F.silu(gate[:, i] @ x) * (up[:, i] @ x) * down[:, i]


SQUARE_DOWN = grid((1, 0, 2), (0, 1, -1), (3, 2, 1))
FAR = (
    torch.tensor([1.0, 0.5]),
    grid((-3, 1), (4, -1), (-12, 0), (8, 1)),  # answer -2.5, 3.5, -12 and 8.5
    grid((1, 0), (2, 2), (1000, 0), (1, 2)),
    grid((1, 2, 3, 1), (2, 1, 1, 4)),
)


ONE_NEURON = Exercise(
    id="one_neuron",
    title="One neuron's note",
    difficulty=2,
    minutes=7,
    kind="transfer",
    contract="x [C], gate and up [F, C], down [C, F] and a neuron 0 <= i < F to [C]: what neuron i of the SwiGLU "
    "network down(silu(gate(x)) * up(x)) adds, alone.",
    cases=(
        (torch.tensor([1.0]), grid((2,)), grid((-3,)), grid((1,)), 0),
        (torch.tensor([1.0, -1.0]), grid((1, 0), (0, 1), (2, 1)), grid((0, 1), (1, 1), (1, -1)), SQUARE_DOWN[:2], 2),
        (torch.tensor([1.0, -1.0]), grid((1, 0), (0, 1), (2, 1)), grid((0, 1), (1, 1), (1, -1)), SQUARE_DOWN[:2], 0),
        (torch.tensor([-1.0]), grid((1,)), grid((4,)), grid((2,)), 0),
        (torch.tensor([1.0, 2.0, -1.0]), SQUARE_DOWN, -SQUARE_DOWN.T, SQUARE_DOWN, 1),
        (torch.tensor([2.0, -1.0]), grid((-1, 0), (0, 3)), grid((2, 1), (1, 0)), grid((1, -2), (4, 1), (3, 5)), 0),
        *((*FAR, i) for i in range(4)),
        (torch.tensor([2.0, -1.0]), grid((60, 0), (0, 99)), grid((2, 1), (1, 0)), grid((1, -2), (4, 1), (3, 5)), 1),
        (torch.tensor([2.0, -1.0]), grid((60, 0), (0, 99)), grid((2, 1), (1, 0)), grid((1, -2), (4, 1), (3, 5)), 0),
    ),
    tried="one neuron by hand, gates a little and far below 0 and far above, the first, a middle and the last",
    hints=(
        "Two questions to x: the dot products with row i of gate and with row i of up.",
        "silu of the first times the second is one number, how strongly the neuron answers.",
        "That number multiplies column i of down.",
    ),
    solution=my_neuron,
    mistakes=(
        neuron_reads_a_column,
        neuron_without_up,
        neuron_without_bend,
        neuron_only_strength,
        neuron_all,
        neuron_swapped,
        neuron_cut_at_zero,
        neuron_silu_cut_at_zero,
        neuron_with_sigmoid,
        neuron_with_gelu,
        neuron_bends_the_product,
        neuron_of_the_size,
        neuron_that_overflows,
        neuron_only_column,
        neuron_number_by_number,
        neuron_with_the_stream,
        neuron_asks_columns,
        neuron_cut_below_two,
        neuron_cut_far_below,
        neuron_open_above_three,
        neuron_open_far_above,
        neuron_adds_gate_and_up,
        neuron_and_those_before,
        neuron_counted_from_one,
    ),
)
