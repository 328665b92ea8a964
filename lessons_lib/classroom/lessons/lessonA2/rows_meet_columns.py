"""An exercise of appendix A2: the product of two matrices, by loops."""

from itertools import accumulate

from lessons_lib.classroom.exercises import Exercise


def my_product(a, b):
    columns = list(zip(*b, strict=True))
    return [[sum(x * y for x, y in zip(row, column, strict=True)) for column in columns] for row in a]


def rows_with_rows(a, b):
    """It looks as if a row of a meets a row of b. It meets a column: b[0][j], b[1][j], b[2][j] and so on."""
    return [[sum(x * y for x, y in zip(row, other, strict=False)) for other in b] for row in a]


def in_place_order(a, b):
    """It looks as if you multiply the numbers that stand in the same place. Each number of the result is a whole row
    of a times a whole column of b, summed."""
    return [[x * y for x, y in zip(row, other, strict=False)] for row, other in zip(a, b, strict=False)]


def other_way_round(a, b):
    """It looks as if you computed b times a. The order counts: rows come from a, columns from b."""
    return my_product(b, a)


def turned_over(a, b):
    """It looks as if rows and columns of the result are swapped: the first row of a makes the first row of the
    result."""
    return [list(column) for column in zip(*my_product(a, b), strict=True)]


def without_the_sum(a, b):
    """It looks as if the products are not added up: start from 0 for each place and use += for each product, not =."""
    return [[row[-1] * b[-1][j] for j in range(len(b[0]))] for row in a]


def one_row_many_times(a, b):
    """It looks as if all rows of the result are one and the same list: [[0] * M] * N repeats a single row. Make each
    row anew, as in [[0] * M for _ in a]."""
    sums = [sum(column) for column in zip(*my_product(a, b), strict=True)]
    return [sums for _ in a]


def in_place_by_index(a, b):
    """It looks as if you multiply the numbers that stand in the same place. Each number of the result is a whole row
    of a times a whole column of b, summed."""
    return [[a[i][j] * b[i][j] for j in range(len(a[0]))] for i in range(len(a))]


def other_way_by_index(a, b):
    """It looks as if you computed b times a. The order counts: rows come from a, columns from b."""
    return [[sum(b[i][k] * a[k][j] for k in range(len(b))) for j in range(len(b[0]))] for i in range(len(a))]


def as_many_terms_as_rows(a, b):
    """It looks as if k runs over range(len(a)), the rows of a. It runs along a row of a and down a column of b:
    range(len(b))."""
    return [[sum(row[k] * b[k][j] for k in range(len(a))) for j in range(len(b[0]))] for row in a]


def along_a_row_of_b(a, b):
    """It looks as if you wrote b[j][k], which walks along row j of b. Swap the two places: b[k][j] walks down column
    j."""
    return [[sum(row[k] * b[j][k] for k in range(len(row))) for j in range(len(b[0]))] for row in a]


def sum_never_reset(a, b):
    """It looks as if the running sum goes on from place to place. Set it to 0 anew for each number of the result:
    inside the loop over j, before the loop over k."""
    total, result = 0, []
    for row in my_product(a, b):
        result.append([total := total + number for number in row])
    return result


def sum_reset_for_each_row(a, b):
    """It looks as if the running sum begins at 0 once a row. Set it to 0 anew for each number of the result: inside
    the loop over j, before the loop over k."""
    return [list(accumulate(row)) for row in my_product(a, b)]


def one_list_for_all_rows(a, b):
    """It looks as if the list of a row is not begun anew: inside the loop over i, make it empty before the loop over
    j."""
    numbers = [number for row in my_product(a, b) for number in row]
    return [numbers for _ in a]


def append_gives_none(a, b):
    """It looks as if you kept what append gives back. That is None: append changes the list itself, so keep the
    list."""
    return [[None for _ in row] for row in my_product(a, b)]


def first_row_alone(a, b):
    """It looks as if only the first row is filled: does the return stand inside the loop over i?"""
    first, *others = my_product(a, b)
    return [first, *([0] * len(row) for row in others)]


def sums_of_sums(a, b):
    """It looks as if you added a[i][k] to b[k][j]. Multiply the two, and add up over k."""
    return [[sum(x + y for x, y in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a]


def sums_times_sums(a, b):
    """It looks as if you multiplied the sum of a row by the sum of a column. Multiply first, place by place, and then
    add up."""
    return [[sum(row) * sum(column) for column in zip(*b, strict=True)] for row in a]


ROWS_MEET_COLUMNS = Exercise(
    id="rows_meet_columns",
    title="Rows meet columns",
    difficulty=1,
    minutes=10,
    contract="a [N][K] and b [K][M], each a list of rows, to their product [N][M], a list of rows: the number in row i "
    "and column j is the sum of a[i][k] * b[k][j] over all k.",
    cases=(
        ([[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]),
        ([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]], [[4.0, 1.0], [2.0, 0.0], [1.0, 5.0]]),
        ([[0.0, 1.0], [2.0, 0.0]], [[1.0, -1.0], [3.0, 0.5]]),
        ([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0], [1.0, 1.0, 1.0]], [[2.0, 1.0, 0.0], [0.0, 1.0, 4.0], [5.0, 0.0, 1.0]]),
        ([[2.0, 3.0, 4.0]], [[1.0], [0.0], [-1.0]]),
        ([[2.0], [3.0], [4.0]], [[5.0, 6.0]]),
    ),
    tried="square tables, tall and wide ones, a row times a column, a column times a row",
    hints=(
        "The first number of the result is the first row of a times the first column of b: for "
        "[[1, 2], [3, 4]] and [[5, 6], [7, 8]] that is 1 * 5 + 2 * 7.",
        "Three loops: for each row i of a, for each column j of b, add up over k.",
        "b[k][j] for k in range(len(b)) walks down column j; len(b[0]) says how many columns there are.",
    ),
    solution=my_product,
    mistakes=(
        rows_with_rows,
        in_place_order,
        other_way_round,
        turned_over,
        without_the_sum,
        one_row_many_times,
        in_place_by_index,
        other_way_by_index,
        as_many_terms_as_rows,
        along_a_row_of_b,
        sum_never_reset,
        sum_reset_for_each_row,
        one_list_for_all_rows,
        append_gives_none,
        first_row_alone,
        sums_of_sums,
        sums_times_sums,
    ),
)
