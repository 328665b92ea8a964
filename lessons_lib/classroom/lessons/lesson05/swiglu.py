"""An exercise of lesson 05: SwiGLU."""

import torch
import torch.nn.functional as F

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson05.shared import grid


def my_swiglu(x, gate, up, down):
    opened = F.silu(x @ gate.T)
    return (opened * (x @ up.T)) @ down.T


def swiglu_bends_the_other(x, gate, up, down):
    """It looks as if you bent the answers of up. It is the gate that goes through silu."""
    return ((x @ gate.T) * F.silu(x @ up.T)) @ down.T


def swiglu_bends_both(x, gate, up, down):
    """It looks as if both went through silu. Only the gate is bent; what up says may be negative."""
    return (F.silu(x @ gate.T) * F.silu(x @ up.T)) @ down.T


def swiglu_adds(x, gate, up, down):
    """It looks as if you added the gate to the answer. A gate multiplies."""
    return (F.silu(x @ gate.T) + x @ up.T) @ down.T


def swiglu_with_sigmoid(x, gate, up, down):
    """It looks as if the gate went through sigmoid alone. silu(z) is z times sigmoid(z)."""
    return (torch.sigmoid(x @ gate.T) * (x @ up.T)) @ down.T


def swiglu_with_relu(x, gate, up, down):
    """It looks as if you bent with ReLU, which makes ReGLU. silu lets a little through below zero."""
    return (torch.relu(x @ gate.T) * (x @ up.T)) @ down.T


def swiglu_bends_the_product(x, gate, up, down):
    """It looks as if you multiplied first and bent afterwards. The gate is bent before it is multiplied."""
    return F.silu((x @ gate.T) * (x @ up.T)) @ down.T


SWIGLU = Exercise(
    id="swiglu",
    title="SwiGLU",
    difficulty=1,
    minutes=7,
    contract="x [T, C], gate [F, C], up [F, C] and down [C, F] to [T, C]: down(silu(gate(x)) * up(x)).",
    cases=(
        (grid((1,)), grid((2,)), grid((-3,)), grid((1,))),
        (grid((1, -1)), grid((1, 0), (0, 1), (2, 1)), grid((0, 1), (1, 1), (1, -1)), grid((1, 0, 2), (0, 1, -1))),
        (grid((0, 0)), grid((1, 0), (0, 1), (2, 1)), grid((0, 1), (1, 1), (1, -1)), grid((1, 0, 2), (0, 1, -1))),
        (grid((2, 1), (-1, 3), (0.5, -2)), grid((1, -1)), grid((-1, 0.5)), grid((1,), (2,))),
    ),
    tried="one neuron by hand, closed and open gates, and several tokens",
    hints=(
        "Three matrices, each used once. A matrix has one row for each output, so multiply by its transpose.",
        "x @ gate.T and x @ up.T are both [T, F].",
        "torch.nn.functional.silu bends the first of them; multiply element by element; then down.",
    ),
    solution=my_swiglu,
    mistakes=(
        swiglu_bends_the_other,
        swiglu_bends_both,
        swiglu_adds,
        swiglu_with_sigmoid,
        swiglu_with_relu,
        swiglu_bends_the_product,
    ),
)
