"""An exercise of lesson 00: one step of learning, on paper."""

from lessons_lib.classroom.exercises import Exercise

START_A, START_B, RATE, MEASUREMENTS = 1, 0, 0.1, 3  # as the contract says


def my_one_step():
    errors = [0 - 1, 1 - 2, 2 - 6]  # at x = 0, 1 and 2 the line says 0, 1 and 2
    slope_a = 2 * (errors[0] * 0 + errors[1] * 1 + errors[2] * 2) / 3
    slope_b = 2 * sum(errors) / 3
    return [1 - 0.1 * slope_a, 0 - 0.1 * slope_b]


def one_step_uphill():
    """It looks as if the step goes uphill: subtract rate times slope. Or the error has the wrong sign: it is the line
    minus the measurement."""
    a, b = my_one_step()
    return [2 * START_A - a, 2 * START_B - b]


def one_step_without_two():
    """It looks as if the factor 2 is missing: the slope is twice the mean."""
    a, b = my_one_step()
    return [START_A + (a - START_A) / 2, START_B + (b - START_B) / 2]


def one_step_with_sums():
    """It looks as if you took sums where means belong: divide by the number of measurements, which is 3."""
    a, b = my_one_step()
    return [START_A + (a - START_A) * MEASUREMENTS, START_B + (b - START_B) * MEASUREMENTS]


def one_step_with_slopes_swapped():
    """It looks as if the two slopes have changed places: the errors times x belong to a, the errors alone to b."""
    a, b = my_one_step()
    return [START_A + b - START_B, START_B + a - START_A]


def one_step_at_full_length():
    """It looks as if you took the whole slope as the step: multiply it by the learning rate, 0.1."""
    a, b = my_one_step()
    return [START_A + (a - START_A) / RATE, START_B + (b - START_B) / RATE]


def one_step_in_reverse():
    """It looks as if the two numbers have changed places: a comes first, then b."""
    return my_one_step()[::-1]


def one_step_only_the_change():
    """It looks as if this is the change of the two numbers: add it to where they started, at 1 and 0."""
    a, b = my_one_step()
    return [a - START_A, b - START_B]


def one_step_the_slopes():
    """It looks as if these are the two slopes. Multiply them by the learning rate and subtract that from 1 and 0."""
    a, b = my_one_step()
    return [(START_A - a) / RATE, (START_B - b) / RATE]


def one_step_the_steps():
    """It looks as if this is the learning rate times each slope: subtract it from the start, 1 and 0."""
    a, b = my_one_step()
    return [START_A - a, START_B - b]


def one_step_of_the_lesson():
    """It looks as if these are the numbers of the lesson's shower, which show the form only: this one has other
    measurements and another start."""
    return [4.2, 0.4]


def one_step_divided_by_five():
    """It looks as if you divide by 5, as in the lesson: here are 3 measurements."""
    a, b = my_one_step()
    return [START_A + (a - START_A) * MEASUREMENTS / 5, START_B + (b - START_B) * MEASUREMENTS / 5]


def one_step_a_first():
    """It looks as if you computed the slope for b with the new a: both slopes belong to the start, a = 1 and b = 0."""
    return [1.6, 0.28]


def one_step_b_first():
    """It looks as if you computed the slope for a with the new b: both slopes belong to the start, a = 1 and b = 0."""
    return [1.52, 0.4]


def one_step_without_x():
    """It looks as if both slopes are twice the mean error. For a, multiply each error by its x before you take the
    mean."""
    return [1.4, 0.4]


def one_step_with_squared_errors():
    """It looks as if you squared the errors: the loss does, but the slopes are made of the errors themselves."""
    return [1 - 0.1 * 2 * 33 / 3, 0 - 0.1 * 2 * 18 / 3]


def one_step_in_whole_numbers():
    """It looks as if the numbers were rounded to whole ones: leave them as they are."""
    return [2, 0]


def one_step_cut_to_whole_numbers():
    """These are the numbers of the start: either no step was taken, or int(...) cut its result to whole numbers."""
    return [1, 0]


def one_step_in_two_brackets():
    """The right numbers with a bracket too many: return [a, b], not [[a, b]]."""
    return [my_one_step()]


def one_step_over_two_items():
    """It looks as if the sums were taken as they are (the mean and the factor 2 left out), or divided by 2 measurements
    (there are 3, the one with 0 counts as well)."""
    return [1.9, 0.6]


def one_step_over_two_items_for_a():
    """It looks as if you divide the errors times x by 2, since one of them is 0: it counts as well, so divide by 3."""
    return [1.9, 0.4]


def one_step_b_uphill():
    """The right a, but b goes uphill: its slope is negative, and minus a negative number is plus."""
    return [1.6, -0.4]


def one_step_a_uphill():
    """The right b, but a goes uphill: its slope is negative, and minus a negative number is plus."""
    return [0.4, 0.4]


def one_step_none():
    """None stands where the two numbers belong: work them out on paper, and write them there."""
    return [None, None]


ONE_STEP = Exercise(
    id="one_step",
    title="One step on paper",
    difficulty=2,
    minutes=10,
    kind="predict",
    contract="[a, b] after one step from a = 1, b = 0, for the measurements 1, 2 and 6 "
    "at x = 0, 1 and 2, with the learning rate 0.1.",
    cases=((),),
    tried="one step from a = 1, b = 0, by hand",
    hints=(
        "Write down what the line says at 0, 1 and 2, then what is wrong each time: the line minus the measurement.",
        "Make the table of section 2: x, error, error times x, and the means of the last two.",
        "The means are -2 for the errors and -3 for error times x. The slopes are twice that. Now the step.",
    ),
    solution=my_one_step,
    mistakes=(
        one_step_uphill,
        one_step_without_two,
        one_step_with_sums,
        one_step_with_slopes_swapped,
        one_step_at_full_length,
        one_step_in_reverse,
        one_step_only_the_change,
        one_step_the_slopes,
        one_step_the_steps,
        one_step_of_the_lesson,
        one_step_divided_by_five,
        one_step_a_first,
        one_step_b_first,
        one_step_without_x,
        one_step_with_squared_errors,
        one_step_in_whole_numbers,
        one_step_cut_to_whole_numbers,
        one_step_in_two_brackets,
        one_step_over_two_items,
        one_step_over_two_items_for_a,
        one_step_b_uphill,
        one_step_a_uphill,
        one_step_none,
    ),
)
