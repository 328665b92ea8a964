"""An exercise of lesson 06: a patient for the learner alone."""

import re
from collections.abc import Callable

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused


def my_swapped():
    return {"model.layers.17.mlp.gate_proj.weight", "model.layers.17.mlp.up_proj.weight"}


def swapped_reported_alone():
    """That is where the debugger stops, and one of the two. Whose numbers are in it? Compare them with those of the
    healthy matrices of the same shape."""
    return {"model.layers.17.mlp.gate_proj.weight"}


def swapped_gate_and_down():
    """The gate it is, and not down: those two have other shapes, and the loader would have stopped. Which matrix has
    the gate's shape?"""
    return {"model.layers.17.mlp.gate_proj.weight", "model.layers.17.mlp.down_proj.weight"}


def swapped_with_the_part_before():
    """The part before the one that differs still agrees, so it is well. Look at what comes in its place: which healthy
    matrix of the same shape equals the patient's gate?"""
    return {"model.layers.17.mlp.gate_proj.weight", "model.layers.17.post_attention_layernorm.weight"}


def swapped_in_every_layer():
    """Only one block is ill: all parts before it agree."""
    return {f"model.layers.{n}.mlp.{part}_proj.weight" for n in range(30) for part in ("gate", "up")}


def swapped_one_layer_early():
    """It looks as if the blocks are counted from 1. Names count from 0, as the debugger prints them."""
    return {"model.layers.16.mlp.gate_proj.weight", "model.layers.16.mlp.up_proj.weight"}


def swapped_one_layer_late():
    """It looks as if the blocks are counted from 1. Names count from 0, as the debugger prints them."""
    return {"model.layers.18.mlp.gate_proj.weight", "model.layers.18.mlp.up_proj.weight"}


def names_of(answer: Callable) -> frozenset | None:
    """The tensors' names in an answer, in no order: with or without `model.` before and `.weight` behind.

    Raises:
        Refused: for an answer that names no tensor.
    """
    given = answer()
    if given is None:
        return None
    text = given if isinstance(given, str) else " ".join(map(str, given))
    found = re.findall(r"layers\.(\d+)\.((?:mlp|self_attn)\.\w+_proj|\w+_layernorm|input_layernorm)", text)
    if not found:
        raise Refused("two names of tensors are asked for, such as model.layers.3.mlp.down_proj.weight")
    return frozenset(f"model.layers.{int(layer)}.{part}.weight" for layer, part in found)


FOURTH_PATIENT = Exercise(
    id="fourth_patient",
    title="A patient of your own",
    difficulty=2,
    minutes=12,
    kind="diagnose",
    contract="a set of the full names of the two tensors that have changed places.",
    cases=((),),
    tried="both names",
    hints=(
        "first_difference(fourth, reference, ids) says where it begins, and what still agrees before that.",
        "Two tensors can only change places unseen if they have one shape. Which in that block have it?",
        "fourth.state_dict()[name] is the patient's tensor, model.state_dict()[name] the healthy one; torch.equal "
        "compares two.",
    ),
    solution=my_swapped,
    harness=names_of,
    mistakes=(
        swapped_reported_alone,
        swapped_gate_and_down,
        swapped_with_the_part_before,
        swapped_in_every_layer,
        swapped_one_layer_early,
        swapped_one_layer_late,
    ),
)
