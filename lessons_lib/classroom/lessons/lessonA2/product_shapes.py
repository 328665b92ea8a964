"""An exercise of appendix A2: the shapes of five products, foretold."""

from lessons_lib.classroom.exercises import Exercise


def my_shapes():
    return [[2, 5], "none", [6], [7, 4, 2], [3, 5]]


def order_does_not_count():
    """It looks as if the second product exists for you. Its inner sizes are 5 and 2: a row of five numbers can't meet a
    column of two. The order of a product counts."""
    return [[2, 5], [2, 5], [6], [7, 4, 2], [3, 5]]


def rows_of_the_second():
    """It looks as if you kept the inner sizes. They are used up by the sums; the outer ones stay."""
    return [[3, 3], "none", [4], [7, 4, 8], [2, 2]]


def vector_is_a_row():
    """It looks as if the third product has two axes for you. A vector [4] has one axis, and the product loses it: six
    sums stay, in a vector."""
    return [[2, 5], "none", [1, 6], [7, 4, 2], [3, 5]]


def no_axes_in_front():
    """It looks as if the fourth product does not exist for you, or loses an axis. Axes in front are kept: it is seven
    products of [4, 8] with [8, 2]."""
    return [[2, 5], "none", [6], "none", [3, 5]]


def forgets_the_transpose():
    """It looks as if you overlooked .T: the transpose of [2, 3] is [3, 2]."""
    return [[2, 5], "none", [6], [7, 4, 2], "none"]


def nothing_in_place_of_none():
    """It looks as if the second product is right, but not written as asked: the text "none", in quotes."""
    return [[2, 5], None, [6], [7, 4, 2], [3, 5]]


def empty_in_place_of_none():
    """It looks as if the second product is right, but not written as asked: the text "none", in quotes."""
    return [[2, 5], [], [6], [7, 4, 2], [3, 5]]


def capital_none():
    """It looks as if the second product is right, but not written as asked: the text "none", in small letters."""
    return [[2, 5], "None", [6], [7, 4, 2], [3, 5]]


def nothing_and_a_row():
    """It looks as if the third product has two axes for you: a vector [4] has one, and the product loses it. And the
    second product is the text "none", in quotes."""
    return [[2, 5], None, [1, 6], [7, 4, 2], [3, 5]]


def number_for_a_vector():
    """It looks as if you wrote the third shape as a number. A shape is a list, of one size too: [6]."""
    return [[2, 5], "none", 6, [7, 4, 2], [3, 5]]


def no_vector_on_the_left():
    """It looks as if the third product does not exist for you. The 4 of the vector meets the 4 rows: a vector on the
    left counts as one row, whose axis vanishes."""
    return [[2, 5], "none", "none", [7, 4, 2], [3, 5]]


def front_axis_lost():
    """It looks as if the fourth product lost its first axis. Axes in front are kept: it is seven products of [4, 8]
    with [8, 2]."""
    return [[2, 5], "none", [6], [4, 2], [3, 5]]


def last_turned_over():
    """It looks as if the last shape is turned over. A.T is [3, 2] and B is [2, 5]: its rows come from A.T."""
    return [[2, 5], "none", [6], [7, 4, 2], [5, 3]]


def square_of_the_inner_size():
    """It looks as if the last shape kept the inner size. A.T is [3, 2], B is [2, 5]: the 2 is used up, 3 and 5 stay."""
    return [[2, 5], "none", [6], [7, 4, 2], [2, 2]]


def middle_axis_lost():
    """It looks as if the fourth product lost the 4. Only the 8 is used up: seven products of [4, 8] with [8, 2]."""
    return [[2, 5], "none", [6], [7, 2], [3, 5]]


def inner_sizes_of_what_is_not_there():
    """It looks as if the second product exists for you. Its inner sizes are 5 and 2: a row of five numbers can't meet a
    column of two."""
    return [[2, 5], [3, 3], [6], [7, 4, 2], [3, 5]]


def row_count_of_a():
    """It looks as if the last shape starts with the rows of A. A.T is [3, 2], and its rows are what stays."""
    return [[2, 5], "none", [6], [7, 4, 2], [2, 5]]


def keeps_the_inner_size():
    """It looks as if the third product keeps the 4. That size is used up: each of the six columns makes one number."""
    return [[2, 5], "none", [4], [7, 4, 2], [3, 5]]


PRODUCT_SHAPES = Exercise(
    id="product_shapes",
    title="Which shape comes out?",
    difficulty=1,
    minutes=5,
    kind="predict",
    contract='nothing to five shapes in a list, each a list of sizes, such as [[1, 2], ...]; "none" for a product '
    "that does not exist.",
    cases=((),),
    tried="two matrices, a wrong order, a vector, an axis in front, a transpose",
    hints=(
        "Write the two shapes side by side. The inner sizes must be equal; they vanish, and the outer ones stay.",
        "A vector has one size only, and that is the inner one.",
        "Axes further in front are not touched: [7, 4, 8] is seven tables of the shape [4, 8].",
    ),
    solution=my_shapes,
    mistakes=(
        order_does_not_count,
        rows_of_the_second,
        vector_is_a_row,
        no_axes_in_front,
        forgets_the_transpose,
        nothing_in_place_of_none,
        keeps_the_inner_size,
        empty_in_place_of_none,
        capital_none,
        nothing_and_a_row,
        number_for_a_vector,
        no_vector_on_the_left,
        front_axis_lost,
        row_count_of_a,
        last_turned_over,
        square_of_the_inner_size,
        middle_axis_lost,
        inner_sizes_of_what_is_not_there,
    ),
)
