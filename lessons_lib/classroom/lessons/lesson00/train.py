"""An exercise of lesson 00: a training loop that doesn't learn, mended."""

import numpy as np

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson00.shared import KNOB, WARMER, slopes


def my_train(x, y, a, b, rate, steps):
    for _ in range(steps):
        error = a * x + b - y
        slope_a, slope_b = 2 * np.mean(error * x), 2 * np.mean(error)
        a, b = a - rate * slope_a, b - rate * slope_b
    return [a, b]


def train_measures_once(x, y, a, b, rate, steps):
    """It looks as if the slopes are computed once, before the loop. They belong to the place where the numbers stood
    then; after each step they are different, so compute them inside the loop."""
    slope_a, slope_b = slopes(x, y, a, b)
    return [a - steps * rate * slope_a, b - steps * rate * slope_b]


def train_uphill(x, y, a, b, rate, steps):
    """It looks as if each step goes uphill: subtract rate times slope. Or the error has the wrong sign: it is the line
    minus the measurement."""
    return my_train(x, y, a, b, -rate, steps)


def train_with_sums(x, y, a, b, rate, steps):
    """It looks as if you added the errors up where their mean belongs: the more measurements, the longer your steps."""
    return my_train(x, y, a, b, rate * len(x), steps)


def train_without_two(x, y, a, b, rate, steps):
    """It looks as if your steps are half as long as they should be: the slope is twice the mean."""
    return my_train(x, y, a, b, rate / 2, steps)


def train_one_number_after_the_other(x, y, a, b, rate, steps):
    """It looks as if the slope of b was computed with the new a. First compute both slopes, then
    change both numbers."""
    for _ in range(steps):
        a = a - rate * slopes(x, y, a, b)[0]
        b = b - rate * slopes(x, y, a, b)[1]
    return [a, b]


def train_one_step_only(x, y, a, b, rate, steps):
    """It looks as if you return after the first step: the return belongs behind the loop, not in it."""
    return my_train(x, y, a, b, rate, min(steps, 1))


def train_slope_without_x(x, y, a, b, rate, steps):
    """It looks as if a and b get the same slope. For a, each error is multiplied by its x before you take the mean."""
    for _ in range(steps):
        slope = slopes(x, y, a, b)[1]
        a, b = a - rate * slope, b - rate * slope
    return [a, b]


def train_with_whole_slopes(x, y, a, b, rate, steps):
    """It looks as if you subtract the whole slope: a step is rate times slope."""
    return my_train(x, y, a, b, 1, steps)


def train_stops_too_early(x, y, a, b, rate, steps):
    """It looks as if you take one step too few: range(steps) counts them, from 0."""
    return my_train(x, y, a, b, rate, max(0, steps - 1))


def train_walks_too_far(x, y, a, b, rate, steps):
    """It looks as if you take one step too many: range(steps) counts them."""
    return my_train(x, y, a, b, rate, steps + 1)


def train_ten_steps(x, y, a, b, rate, steps):
    """It looks as if you always take ten steps: range(steps) takes as many as asked for."""
    return my_train(x, y, a, b, rate, 10)


def train_at_a_tenth(x, y, a, b, rate, steps):
    """It looks as if the learning rate is always 0.1: use the one that is handed over, rate."""
    return my_train(x, y, a, b, 0.1, steps)


def train_on_the_shower(x, y, a, b, rate, steps):
    """It looks as if you use knob and warmer, or the lesson's slopes, which do: measure with the x and y handed
    over."""
    return my_train(KNOB, WARMER, a, b, rate, steps)


def train_with_history(x, y, a, b, rate, steps):
    """It looks as if you return where the numbers stood after every step: only the last pair is asked for."""
    return [my_train(x, y, a, b, rate, done) for done in range(steps + 1)]


def train_by_nudges(x, y, a, b, rate, steps):
    """It looks as if you nudged by 0.001: that comes near. The exact slopes have a formula: twice the mean of the
    error, for a times x."""
    for _ in range(steps):  # a nudge adds 0.001 times the mean of what the number is multiplied by, squared
        slope_a, slope_b = slopes(x, y, a, b)
        a, b = a - rate * (slope_a + 0.001 * np.mean(x**2)), b - rate * (slope_b + 0.001)
    return [a, b]


def train_stops_when_it_is_good(x, y, a, b, rate, steps):
    """It looks as if you stop as soon as the loss is small: take as many steps as asked for."""
    for _ in range(steps):
        if np.mean((a * x + b - y) ** 2) < 0.05:
            break
        a, b = my_train(x, y, a, b, rate, 1)
    return [a, b]


def train_with_the_product_of_means(x, y, a, b, rate, steps):
    """It looks as if you multiply the mean error by the mean x. First multiply each error by its x, then take the
    mean."""
    for _ in range(steps):
        slope = slopes(x, y, a, b)[1]
        a, b = a - rate * slope * np.mean(x), b - rate * slope
    return [a, b]


def train_divides_by_five(x, y, a, b, rate, steps):
    """It looks as if you always divide by 5: divide by the number of measurements, or use np.mean."""
    return my_train(x, y, a, b, rate * len(x) / 5, steps)


def train_with_slopes_swapped(x, y, a, b, rate, steps):
    """It looks as if the two slopes have changed places: the errors times x belong to a, the errors alone to b."""
    for _ in range(steps):
        slope_a, slope_b = slopes(x, y, a, b)
        a, b = a - rate * slope_b, b - rate * slope_a
    return [a, b]


def train_returns_losses(x, y, a, b, rate, steps):
    """It looks as if you return the losses: a and b are asked for, as they stand after the last step."""
    places = (my_train(x, y, a, b, rate, done) for done in range(1, steps + 1))
    return [np.mean((a * x + b - y) ** 2) for a, b in places]


def train_with_polyfit(x, y, a, b, rate, steps):
    """It looks as if you return the best line. Asked for is where a and b stand after that many steps."""
    return np.polyfit(x, y, 1)


OTHER_X, OTHER_Y = np.array([0.0, 1.0, 3.0]), np.array([1.0, 2.0, 2.0])

TRAIN = Exercise(
    id="train_line",
    title="It learns, and then it doesn't",
    difficulty=2,
    minutes=15,
    kind="diagnose",
    contract="arrays x and y of the same length, numbers a, b, rate and steps to [a, b] after that many steps; both "
    "slopes are computed before either number changes, and 0 steps change nothing.",
    cases=(
        (KNOB, WARMER, 5.0, 0.0, 0.1, 0),
        (KNOB, WARMER, 5.0, 0.0, 0.1, 1),
        (KNOB, WARMER, 5.0, 0.0, 0.1, 2),
        (KNOB, WARMER, 5.0, 0.0, 0.1, 10),
        (OTHER_X, OTHER_Y, 0.0, 0.0, 0.05, 3),
        (OTHER_X, OTHER_Y, 1.0, -1.0, 0.1, 40),
        (KNOB, 2 * KNOB, 1.9, 0.1, 0.1, 5),
    ),
    tried="0 to 40 steps, two rates, measurements that lie to one side, and a start that is nearly right",
    hints=(
        "Print the slopes in each round of the broken loop. What do you notice?",
        "The slopes tell the way downhill from one place only. When must they be computed again?",
        "Compute the slopes in the loop, before both numbers change. Here x and y stand for knob and warmer.",
    ),
    solution=my_train,
    mistakes=(
        train_measures_once,
        train_uphill,
        train_with_sums,
        train_without_two,
        train_one_number_after_the_other,
        train_one_step_only,
        train_slope_without_x,
        train_with_whole_slopes,
        train_stops_too_early,
        train_walks_too_far,
        train_ten_steps,
        train_at_a_tenth,
        train_on_the_shower,
        train_with_history,
        train_by_nudges,
        train_stops_when_it_is_good,
        train_with_the_product_of_means,
        train_divides_by_five,
        train_with_slopes_swapped,
        train_returns_losses,
        train_with_polyfit,
    ),
)
