"""An exercise of lesson 00b: six shapes on paper."""

import re
from collections.abc import Callable

from lessons_lib.classroom.exercises import Exercise


def my_shapes():
    return [
        (4, 6, 8),  # each of the 4 * 6 ids becomes a row of C = 8 numbers
        (4, 8),  # one whole number in a place removes that axis
        (4, 6, 27),  # [..., 8] @ [8, 27]
        (4, 6),  # the axis of the 27 scores is used up
        (24, 27),  # the first two axes become one
        (4, 6, 8),  # for each of the 4 names [6, 6] @ [6, 8]
    ]


def shapes_lose_the_table_width():
    """It looks as if the first shape lacks an axis: each id becomes a whole row of the table, so the shape of the ids
    gets the table's width C behind it."""
    return [(4, 6), *my_shapes()[1:]]


def shapes_pick_along_the_last_axis():
    """It looks as if `[:, -1]` took the last number of each vector. The colon stands for the first axis, so -1 counts
    along the second, the letters; whole vectors are left."""
    return [*my_shapes()[:1], (4, 6), *my_shapes()[2:]]


def shapes_keep_the_picked_axis():
    """It looks as if the picked axis stayed with length 1. A whole number in a place removes its axis; the slice
    `[:, -1:]` would keep it."""
    return [*my_shapes()[:1], (4, 1, 8), *my_shapes()[2:]]


def shapes_keep_all_but_the_last():
    """It looks as if `[:, -1]` was read as `[:, :-1]`. The number -1 picks the last letter and its axis is gone; the
    stretch `:-1` would keep all letters but the last."""
    return [*my_shapes()[:1], (4, 5, 8), *my_shapes()[2:]]


def shapes_keep_the_axis_of_scores():
    """It looks as if argmax(-1) used up the letters. It runs along the axis that you name and uses that one up: -1 is
    the last axis, the 27 scores."""
    return [*my_shapes()[:3], (4, 27), *my_shapes()[4:]]


def shapes_flatten_the_wrong_axes():
    """It looks as if flatten(0, 1) joined the last two axes. It joins axes 0 and 1: names and letters become one list
    of 4 * 6."""
    return [*my_shapes()[:4], (4, 162), *my_shapes()[5:]]


def shapes_leave_the_width_of_scores():
    """It looks as if `x @ W.T` kept the 8. They meet the 8 of `W.T`, `[8, 27]`, and are used up: 27 scores are left."""
    return [*my_shapes()[:2], (4, 6, 8), *my_shapes()[3:]]


def shapes_keep_an_axis_of_length_1():
    """It looks as if argmax left an axis of length 1. It uses its axis up; keepdim=True would leave it."""
    return [*my_shapes()[:3], (4, 6, 1), *my_shapes()[4:]]


def shapes_flatten_everything():
    """It looks as if flatten(0, 1) made one axis of all. It joins axes 0 and 1 alone: the 27 scores stay together."""
    return [*my_shapes()[:4], (648,), *my_shapes()[5:]]


def shapes_keep_the_recipes():
    """It looks as if `weights @ x` kept the shape of `weights`. In [6, 6] @ [6, 8] the 6 in the middle is used up: each
    recipe becomes a vector of 8 numbers."""
    return [*my_shapes()[:5], (4, 6, 6)]


def shapes_pick_the_whole_table():
    """It looks as if each id brought the whole table along. An id picks one row of it: 8 numbers."""
    return [(4, 6, 27, 8), *my_shapes()[1:]]


def shapes_keep_both_sixes():
    """It looks as if `weights @ x` kept both 6 of `weights` and got the 8 besides. In [6, 6] @ [6, 8] the 6 in the
    middle is used up: each recipe becomes one vector of 8 numbers."""
    return [*my_shapes()[:5], (4, 6, 6, 8)]


def shapes_flatten_before_it_is_asked():
    """It looks as if `x @ W.T` joined names and letters. A product touches the last axis of x only; those before it
    stay."""
    return [*my_shapes()[:2], (24, 27), *my_shapes()[3:]]


def shapes_of(answer: Callable) -> list | None:
    """The shapes of an answer; one that is a text, such as "[4, 6]", counts as the numbers in it,
    and a dict as its values."""
    shapes = answer()
    if shapes is None or isinstance(shapes, str):
        return shapes
    if isinstance(shapes, dict):
        shapes = list(shapes.values())
    return [tuple(map(int, re.findall(r"\d+", shape))) if isinstance(shape, str) else shape for shape in shapes]


SHAPES = Exercise(
    id="shapes",
    title="Six shapes on paper",
    difficulty=1,
    minutes=9,
    kind="predict",
    contract="a list of six shapes in the order of the table, each a tuple of whole numbers such as (4, 6).",
    cases=((),),
    tried="all six shapes",
    hints=(
        "Write the letters first: ids [B, T], table [V, C], W [V, C], weights [B, T, T].",
        "Indexing with ids: the shape of the ids, then what is left of the table. argmax uses up its axis.",
        "A product of matrices looks at the last two axes only: [n, k] @ [k, m] is [n, m]; axes before them stay.",
    ),
    solution=my_shapes,
    mistakes=(
        shapes_lose_the_table_width,
        shapes_pick_along_the_last_axis,
        shapes_keep_the_picked_axis,
        shapes_keep_all_but_the_last,
        shapes_keep_the_axis_of_scores,
        shapes_flatten_the_wrong_axes,
        shapes_leave_the_width_of_scores,
        shapes_keep_an_axis_of_length_1,
        shapes_flatten_everything,
        shapes_keep_the_recipes,
        shapes_pick_the_whole_table,
        shapes_keep_both_sixes,
        shapes_flatten_before_it_is_asked,
    ),
    harness=shapes_of,
)
