"""An exercise of lesson 00: one step of learning, on paper."""

from lessons_lib.classroom.exercises import Exercise

START_A, START_B, RATE, MEASUREMENTS = 1, 0, 0.1, 3  # as the contract says


def my_one_step():
    errors = [-1 - 1, 0 - 2, 1 - 6]  # at x = -1, 0 and 1 the line says -1, 0 and 1
    slope_a = 2 * (errors[0] * -1 + errors[1] * 0 + errors[2] * 1) / 3
    slope_b = 2 * sum(errors) / 3
    return [1 - 0.1 * slope_a, 0 - 0.1 * slope_b]


def one_step_uphill():
    """It looks as if you added the step: subtract it. A negative slope says that the loss falls as the number grows."""
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


def one_step_with_a_lost_sign():
    """It looks as if -2 times -1 became -2 in the slope for a: minus times minus is plus."""
    return [START_A + RATE * 2 * 7 / MEASUREMENTS, my_one_step()[1]]


def one_step_in_two_brackets():
    """The right numbers with a bracket too many: return [a, b], not [[a, b]]."""
    return [my_one_step()]


ONE_STEP = Exercise(
    id="one_step",
    title="One step on paper",
    difficulty=2,
    minutes=12,
    kind="predict",
    contract="[a, b] after one step from a = 1, b = 0, for the measurements 1, 2 and 6 "
    "at x = -1, 0 and 1, with the learning rate 0.1.",
    cases=((),),
    tried="one step from a = 1, b = 0, by hand",
    hints=(
        "Write down what the line says at -1, 0 and 1, then what is wrong each time: the line minus the measurement.",
        "The errors are -2, -2 and -5. Twice their mean is the slope for b. For a, multiply each by its x first.",
        "The slopes are -2 for a and -6 for b. Each number minus 0.1 times its slope is the new number.",
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
        one_step_with_a_lost_sign,
        one_step_in_two_brackets,
    ),
)
