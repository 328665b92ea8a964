"""An exercise of lesson 00: the slopes of a curve with three numbers."""

import numpy as np

from lessons_lib.classroom.exercises import Exercise


def my_slopes(x, y, a, b, c):
    error = a * x**2 + b * x + c - y
    return [2 * np.mean(error * x**2), 2 * np.mean(error * x), 2 * np.mean(error)]


def slopes_of_a_without_square(x, y, a, b, c):
    """It looks as if the slope of a uses x where x squared belongs: each error is multiplied by what its number is
    multiplied by in the formula."""
    _, of_b, of_c = my_slopes(x, y, a, b, c)
    return [of_b, of_b, of_c]


def slopes_of_x_squared(x, y, a, b, c):
    """It looks as if you took the slope of x squared, which is 2x. But a changes here, and x stays as it was measured:
    the slope of a is twice the mean of error times x squared."""
    _, of_b, of_c = my_slopes(x, y, a, b, c)
    return [2 * of_b, of_b, of_c]


def slopes_of_all_powers(x, y, a, b, c):
    """It looks as if you took slopes with regard to x, which are 2x and 1. But the three numbers change here, and x
    stays as it was measured: error times what each number is multiplied by."""
    _, of_b, of_c = my_slopes(x, y, a, b, c)
    return [2 * of_b, of_c, of_c]


def slopes_by_a_nudge_to_one_side(x, y, a, b, c):
    """It looks as if you nudged by 0.001: that comes near. The exact slope has a formula: twice the mean of error times
    what the number is multiplied by."""

    def loss(a, b, c):
        return np.mean((a * x**2 + b * x + c - y) ** 2)

    there = loss(a, b, c)
    nudged = (loss(a + 0.001, b, c), loss(a, b + 0.001, c), loss(a, b, c + 0.001))
    return [(value - there) / 0.001 for value in nudged]


def slopes_without_two(x, y, a, b, c):
    """It looks as if the factor 2 is missing: the slope is twice the mean."""
    return [slope / 2 for slope in my_slopes(x, y, a, b, c)]


def slopes_with_sums(x, y, a, b, c):
    """It looks as if you took sums where means belong: divide by the number of measurements."""
    return [slope * len(x) for slope in my_slopes(x, y, a, b, c)]


def slopes_with_the_sign_turned(x, y, a, b, c):
    """It looks as if the signs are turned round: the error is the curve minus the measurement."""
    return [-slope for slope in my_slopes(x, y, a, b, c)]


def slopes_of_the_line(x, y, a, b, c):
    """It looks as if the error is that of a straight line: the curve is a times x squared, plus b times x, plus c."""
    error = a * x + b * x + c - y
    return [2 * np.mean(error * x**2), 2 * np.mean(error * x), 2 * np.mean(error)]


def slopes_with_twice_for_squared(x, y, a, b, c):
    """It looks as if you wrote x * 2 where x squared belongs: in Python that is x**2, with two stars."""
    error = a * x * 2 + b * x + c - y
    return [2 * np.mean(error * x * 2), 2 * np.mean(error * x), 2 * np.mean(error)]


def slopes_of_x_and_the_constant(x, y, a, b, c):
    """It looks as if you took slopes with regard to x, which are 2x, 1 and 0. But the three numbers change here, and x
    stays as it was measured: error times what each number is multiplied by, which is 1 for c."""
    _, of_b, of_c = my_slopes(x, y, a, b, c)
    return [2 * of_b, of_c, 0.0]


def slopes_in_reverse(x, y, a, b, c):
    """It looks as if the order is c, b, a: give the slope of a first."""
    return my_slopes(x, y, a, b, c)[::-1]


def slopes_with_the_error_of_a_line(x, y, a, b, c):
    """It looks as if the error is still that of the shower's line: here it is a * x**2 + b * x + c - y."""
    error = a * x + b - y
    return [2 * np.mean(error * x**2), 2 * np.mean(error * x), 2 * np.mean(error)]


def slopes_without_one_for_c(x, y, a, b, c):
    """It looks as if the slope of c is 0. But c is added to each value, so its slope is twice the mean error."""
    return [*my_slopes(x, y, a, b, c)[:2], 0.0]


def slopes_times_the_number_itself(x, y, a, b, c):
    """It looks as if each error is multiplied by the whole term, a times x squared: leave out the number itself."""
    of_a, of_b, of_c = my_slopes(x, y, a, b, c)
    return [a * of_a, b * of_b, c * of_c]


def slopes_of_a_alone_times_itself(x, y, a, b, c):
    """It looks as if the error is multiplied by a times x squared: leave out a itself."""
    of_a, of_b, of_c = my_slopes(x, y, a, b, c)
    return [a * of_a, of_b, of_c]


def slopes_with_the_error_squared(x, y, a, b, c):
    """It looks as if the error is squared together with x: square x alone, error * x**2."""
    error = a * x**2 + b * x + c - y
    return [2 * np.mean((error * x) ** 2), *my_slopes(x, y, a, b, c)[1:]]


def slopes_of_two_numbers(x, y, a, b, c):
    """These are the slopes of the line's two numbers. The curve has three: a stands with x squared, b with x, c
    alone."""
    _, of_b, of_c = my_slopes(x, y, a, b, c)
    return [of_b, of_c]


def slopes_of_two_numbers_of_a_line(x, y, a, b, c):
    """These are the line's slopes, of its error too. Here the error is a * x**2 + b * x + c - y, and there are three
    slopes."""
    error = a * x + b - y
    return [2 * np.mean(error * x), 2 * np.mean(error)]


def slopes_with_a_hat(x, y, a, b, c):
    """x squared is written x**2 in Python: ^ means something else."""
    return x ^ 2


def slopes_with_the_product_of_means(x, y, a, b, c):
    """It looks as if you multiply the mean error by the mean of x squared, and of x. First multiply each error by what
    belongs to its own x, then take the mean."""
    of_c = my_slopes(x, y, a, b, c)[2]
    return [of_c * np.mean(x**2), of_c * np.mean(x), of_c]


def slopes_without_the_last_mean(x, y, a, b, c):
    """It looks as if you take the mean of the errors and then multiply by x: that leaves a list. First multiply, then
    take the mean."""
    of_c = my_slopes(x, y, a, b, c)[2]
    return [of_c * x**2, of_c * x, of_c]


def slopes_before_the_mean(x, y, a, b, c):
    """It looks as if a mean is missing: each slope is one number, twice the mean over all measurements."""
    error = a * x**2 + b * x + c - y
    return [2 * error * x**2, 2 * error * x, 2 * error]


def slopes_in_columns(x, y, a, b, c):
    """The three slopes are right, and each stands in a list of its own. Return three plain numbers in one list."""
    return [[slope] for slope in my_slopes(x, y, a, b, c)]


def slopes_of_a_line_and_one_more(x, y, a, b, c):
    """It looks as if a and b have the slopes of the line. Here a is multiplied by x squared and b by x, so their errors
    are multiplied by these."""
    _, of_b, of_c = my_slopes(x, y, a, b, c)
    return [of_b, of_c, of_c]


PARABOLA = Exercise(
    id="parabola",
    title="Three numbers",
    difficulty=2,
    minutes=8,
    kind="transfer",
    contract="arrays x and y of the same length and numbers a, b and c to the list [slope of a, slope of b, slope of "
    "c] of the loss, which is the mean of (a * x**2 + b * x + c - y) ** 2. A nudge of 0.001 is not exact enough.",
    cases=(
        (np.array([3.0]), np.array([0.0]), 1.0, 0.0, 0.0),
        (np.array([0.0, 1.0]), np.array([1.0, 3.0]), 0.0, 1.0, 0.0),
        (np.array([-2.0, -1.0, 0.0, 1.0, 3.0]), np.array([4.0, 1.5, 0.0, 1.0, 8.0]), 1.5, -1.0, 0.5),
        (np.array([-1.0, 0.5, 2.0]), np.array([2.0, 0.0, -1.0]), -2.0, 3.0, 1.0),
    ),
    tried="one measurement and several, x on both sides of 0, and numbers of both signs",
    hints=(
        "In the line, a is multiplied by x, and its slope is twice the mean of error times x. And here?",
        "And what is c multiplied by? You have met that case: it was b of the line.",
        "The error is now a * x**2 + b * x + c - y, and ** means to the power of.",
    ),
    solution=my_slopes,
    mistakes=(
        slopes_of_a_without_square,
        slopes_of_x_squared,
        slopes_of_all_powers,
        slopes_by_a_nudge_to_one_side,
        slopes_without_two,
        slopes_with_sums,
        slopes_with_the_sign_turned,
        slopes_of_the_line,
        slopes_in_reverse,
        slopes_with_twice_for_squared,
        slopes_of_x_and_the_constant,
        slopes_with_the_error_of_a_line,
        slopes_without_one_for_c,
        slopes_times_the_number_itself,
        slopes_of_a_alone_times_itself,
        slopes_with_the_error_squared,
        slopes_of_two_numbers,
        slopes_of_two_numbers_of_a_line,
        slopes_with_a_hat,
        slopes_with_the_product_of_means,
        slopes_without_the_last_mean,
        slopes_before_the_mean,
        slopes_in_columns,
        slopes_of_a_line_and_one_more,
    ),
)
