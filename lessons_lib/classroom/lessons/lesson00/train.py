"""An exercise of lesson 00: a training loop that doesn't learn, mended, and made to say when its steps do harm."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson00.shared import KNOB, WARMER, slopes


def my_train(x, y, a, b, rate, steps):
    rose = 0
    for step in range(1, steps + 1):
        error = a * x + b - y
        slope_a, slope_b = 2 * np.mean(error * x), 2 * np.mean(error)
        a, b = a - rate * slope_a, b - rate * slope_b
        worse = np.mean((a * x + b - y) ** 2) > np.mean(error**2)
        if worse and rose == 0:
            rose = step
    return [a, b, rose]


def walk(x, y, a, b, steps, step: Callable) -> list[tuple[float, float]]:
    """Where `step(a, b)`, right or wrong, leads from a and b: the start and the place after each step."""
    places = [(a, b)]
    for _ in range(steps):
        places.append(step(*places[-1]))
    return places


def told(x, y, places) -> list[float]:
    """What is asked for, of places: the last one, and the first step after which the loss was larger."""
    losses = [np.mean((a * x + b - y) ** 2) for a, b in places]
    rises = [step for step, (before, after) in enumerate(pairwise(losses), start=1) if after > before]
    return [*places[-1], rises[0] if rises else 0]


def right_step(x, y, rate) -> Callable:
    """The step of the lesson, for `walk`."""

    def step(a, b):
        slope_a, slope_b = slopes(x, y, a, b)
        return a - rate * slope_a, b - rate * slope_b

    return step


def train_measures_once(x, y, a, b, rate, steps):
    """It looks as if the slopes are computed once, before the loop. They belong to the place where the numbers stood
    then; after each step they are different, so compute them inside the loop."""
    slope_a, slope_b = slopes(x, y, a, b)
    return told(x, y, walk(x, y, a, b, steps, lambda a, b: (a - rate * slope_a, b - rate * slope_b)))


def train_without_the_last_loss(x, y, a, b, rate, steps):
    """It looks as if the loss after the last step is never looked at. A list of losses before each step lacks it: look
    once more when the loop is done."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    return [*places[-1], told(x, y, places[:-1])[2] if steps else 0]


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

    def step(a, b):
        a = a - rate * slopes(x, y, a, b)[0]
        return a, b - rate * slopes(x, y, a, b)[1]

    return told(x, y, walk(x, y, a, b, steps, step))


def train_b_first(x, y, a, b, rate, steps):
    """It looks as if the slope of a was computed with the new b. First compute both slopes, then change both
    numbers."""

    def step(a, b):
        b = b - rate * slopes(x, y, a, b)[1]
        return a - rate * slopes(x, y, a, b)[0], b

    return told(x, y, walk(x, y, a, b, steps, step))


def train_one_step_only(x, y, a, b, rate, steps):
    """It looks as if you return after the first step: the return belongs behind the loop, not in it."""
    return my_train(x, y, a, b, rate, min(steps, 1))


def train_slope_without_x(x, y, a, b, rate, steps):
    """It looks as if a and b get the same slope. For a, each error is multiplied by its x before you take the mean."""

    def step(a, b):
        slope = slopes(x, y, a, b)[1]
        return a - rate * slope, b - rate * slope

    return told(x, y, walk(x, y, a, b, steps, step))


def train_with_whole_slopes(x, y, a, b, rate, steps):
    """It looks as if you subtract the whole slope: a step is rate times slope."""
    return my_train(x, y, a, b, 1, steps)


def train_stops_too_early(x, y, a, b, rate, steps):
    """It looks as if you take one step too few: range(steps) counts them from 0, range(1, steps + 1) from 1."""
    return my_train(x, y, a, b, rate, max(0, steps - 1))


def train_walks_too_far(x, y, a, b, rate, steps):
    """It looks as if you take one step too many: range(steps) counts them from 0, range(1, steps + 1) from 1."""
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


def train_watches_the_shower(x, y, a, b, rate, steps):
    """It looks as if a and b learn from the x and y handed over, but the loss is the lesson's, which uses knob and
    warmer: compute it from x and y too."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    return [*places[-1], told(KNOB, WARMER, places)[2]]


def train_with_history(x, y, a, b, rate, steps):
    """It looks as if you return where the numbers stood after every step: only the last ones are asked for."""
    return walk(x, y, a, b, steps, right_step(x, y, rate))


def train_by_nudges(x, y, a, b, rate, steps):
    """It looks as if you nudged by 0.001: that comes near. The exact slopes have a formula: twice the mean of the
    error, for a times x."""

    def step(a, b):  # a nudge adds 0.001 times the mean of what the number is multiplied by, squared
        slope_a, slope_b = slopes(x, y, a, b)
        return a - rate * (slope_a + 0.001 * np.mean(x**2)), b - rate * (slope_b + 0.001)

    return told(x, y, walk(x, y, a, b, steps, step))


def train_stops_when_it_is_good(x, y, a, b, rate, steps):
    """It looks as if you stop as soon as the loss is small: take as many steps as asked for."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    small = [place for place, (a, b) in enumerate(places) if np.mean((a * x + b - y) ** 2) < 0.05]
    return told(x, y, places[: small[0] + 1] if small else places)


def train_stops_when_it_rises(x, y, a, b, rate, steps):
    """It looks as if you stop where the loss first grows: note the step, and take all the others as well."""
    *_, rose = my_train(x, y, a, b, rate, steps)
    return my_train(x, y, a, b, rate, rose or steps)


def train_stops_before_it_rises(x, y, a, b, rate, steps):
    """It looks as if you return the best a and b of the way, or stop there. Note the step after which the loss is
    larger, and go on from where it led: all steps are taken, good or bad."""
    *_, rose = my_train(x, y, a, b, rate, steps)
    return [*my_train(x, y, a, b, rate, rose - 1 if rose else steps)[:2], rose]


def train_counts_rises_from_zero(x, y, a, b, rate, steps):
    """It looks as if you count the steps from 0: the first step is number 1, so that 0 can mean that the loss never
    grew."""
    *place, rose = my_train(x, y, a, b, rate, steps)
    return [*place, max(0, rose - 1)]


def train_notes_the_last_rise(x, y, a, b, rate, steps):
    """It looks as if you give the last step after which the loss was larger: keep the first, and don't write over
    it."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    rises = [n for n in range(1, steps + 1) if told(x, y, places[n - 1 : n + 1])[2]]
    return [*places[-1], max(rises, default=0)]


def train_counts_the_rises(x, y, a, b, rate, steps):
    """It looks as if you count how often the loss grew: the number of the first such step is asked for."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    return [*places[-1], sum(told(x, y, places[n - 1 : n + 1])[2] for n in range(1, steps + 1))]


def train_compares_with_the_start(x, y, a, b, rate, steps):
    """It looks as if you compare each loss with that of the start: compare it with the one just before the step."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    rises = [n for n in range(1, steps + 1) if told(x, y, [places[0], places[n]])[2]]
    return [*places[-1], min(rises, default=0)]


def train_without_the_step(x, y, a, b, rate, steps):
    """The right a and b, but the third value is missing: the first step after which the loss is larger, 0 if none."""
    return my_train(x, y, a, b, rate, steps)[:2]


def train_never_rises(x, y, a, b, rate, steps):
    """The right a and b, but the third value stays 0 where the loss does grow: compare the loss after each step with
    the loss before it."""
    return [*my_train(x, y, a, b, rate, steps)[:2], 0]


def train_with_the_product_of_means(x, y, a, b, rate, steps):
    """It looks as if you multiply the mean error by the mean x. First multiply each error by its x, then take the
    mean."""

    def step(a, b):
        slope = slopes(x, y, a, b)[1]
        return a - rate * slope * np.mean(x), b - rate * slope

    return told(x, y, walk(x, y, a, b, steps, step))


def train_divides_by_five(x, y, a, b, rate, steps):
    """It looks as if you always divide by 5: divide by the number of measurements, or use np.mean."""
    return my_train(x, y, a, b, rate * len(x) / 5, steps)


def train_with_slopes_swapped(x, y, a, b, rate, steps):
    """It looks as if the two slopes have changed places: the errors times x belong to a, the errors alone to b."""

    def step(a, b):
        slope_a, slope_b = slopes(x, y, a, b)
        return a - rate * slope_b, b - rate * slope_a

    return told(x, y, walk(x, y, a, b, steps, step))


def train_returns_losses(x, y, a, b, rate, steps):
    """It looks as if you return the losses: a and b are asked for, as they stand after the last step."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    return [np.mean((a * x + b - y) ** 2) for a, b in places[1:]]


def train_with_polyfit(x, y, a, b, rate, steps):
    """It looks as if you return the best line. Asked for is where a and b stand after that many steps."""
    return [*np.polyfit(x, y, 1), 0]


def train_as_text(x, y, a, b, rate, steps):
    """It looks as if you return text: return the three numbers themselves, in a list."""
    return "a, b, 0"


def train_takes_equal_for_larger(x, y, a, b, rate, steps):
    """It looks as if you wrote >= where > belongs: a loss that stays the same has not grown."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    losses = [np.mean((a * x + b - y) ** 2) for a, b in places]
    rises = [step for step, (before, after) in enumerate(pairwise(losses), start=1) if after >= before]
    return [*places[-1], rises[0] if rises else 0]


def train_with_the_slopes_of_the_shower(x, y, a, b, rate, steps):
    """It looks as if the slopes are those of the shower: 4 (a - 3) and 2 (b - 2) hold for knob and warmer alone.
    Compute them from the x and y handed over."""
    return told(x, y, walk(x, y, a, b, steps, right_step(KNOB, WARMER, rate)))


def train_without_the_last_mean(x, y, a, b, rate, steps):
    """It looks as if you take the mean of the errors and then multiply by x, so a becomes a whole array. First multiply
    each error by its x, then take the mean."""

    def step(a, b):
        of_b = 2 * np.mean(a * x + b - y)
        return a - rate * of_b * x, b - rate * of_b

    return told(x, y, walk(x, y, a, b, steps, step))


def train_watches_the_absolute_error(x, y, a, b, rate, steps):
    """The right a and b, but it looks as if you compare means of abs(error): the loss is the mean of the squares."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    sizes = [np.mean(np.abs(a * x + b - y)) for a, b in places]
    rises = [step for step, (before, after) in enumerate(pairwise(sizes), start=1) if after > before]
    return [*places[-1], rises[0] if rises else 0]


def train_watches_the_square_of_the_mean(x, y, a, b, rate, steps):
    """The right a and b, but it looks as if you compare squares of the mean error: the loss is the mean of the squares.
    First square each error, then take the mean."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    sizes = [np.mean(a * x + b - y) ** 2 for a, b in places]
    rises = [step for step, (before, after) in enumerate(pairwise(sizes), start=1) if after > before]
    return [*places[-1], rises[0] if rises else 0]


def train_goes_on_from_the_lowest(x, y, a, b, rate, steps):
    """It looks as if you look for the lowest of all losses. The loss may grow, fall and grow again, and without a rise
    the lowest is the last: compare each loss with the one before it."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    losses = [np.mean((a * x + b - y) ** 2) for a, b in places]
    return [*places[-1], losses.index(min(losses)) + 1]


def train_none_for_never(x, y, a, b, rate, steps):
    """Where the loss never grows, the third value is 0 and not None: begin with rose = 0."""
    a, b, rose = my_train(x, y, a, b, rate, steps)
    return [a, b, rose or None]


def train_whether_it_rises(x, y, a, b, rate, steps):
    """The third value is True or False: the number of the step is asked for, 0 if there is none."""
    a, b, rose = my_train(x, y, a, b, rate, steps)
    return [a, b, bool(rose)]


def train_judges_by_the_rate(x, y, a, b, rate, steps):
    """It looks as if the third value follows from the rate: compute the loss before and after each step, and note the
    step."""
    a, b, _ = my_train(x, y, a, b, rate, steps)
    return [a, b, 1 if rate > 0.5 else 0]


def train_counts_one_too_few(x, y, a, b, rate, steps):
    """It looks as if the steps are counted from 0, so that the first one leaves rose at 0, where it stood: the first
    step is number 1."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    rises = [n for n in range(2, steps + 1) if told(x, y, places[n - 1 : n + 1])[2]]
    return [*places[-1], rises[0] - 1 if rises else 0]


def train_notes_one_step_late(x, y, a, b, rate, steps):
    """The right a and b, but a rise is noted one step too late, and after the last step never: each loss is compared at
    the beginning of the next round. Compare the losses before and after the step in the same round."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    rose = told(x, y, places[:-1])[2] if steps else 0
    return [*places[-1], rose + 1 if rose else 0]


def train_rounds_the_losses(x, y, a, b, rate, steps):
    """The right a and b, but it looks as if you compare losses that were rounded, so that a small rise is lost: compare
    them as they are."""
    places = walk(x, y, a, b, steps, right_step(x, y, rate))
    losses = [round(float(np.mean((a * x + b - y) ** 2)), 3) for a, b in places]
    rises = [step for step, (before, after) in enumerate(pairwise(losses), start=1) if after > before]
    return [*places[-1], rises[0] if rises else 0]


OTHER_X, OTHER_Y = np.array([0.0, 1.0, 3.0]), np.array([1.0, 2.0, 2.0])

TRAIN = Exercise(
    id="train_line",
    title="It learns, and then it doesn't",
    difficulty=2,
    minutes=25,
    kind="diagnose",
    contract="arrays x and y of the same length, numbers a, b, rate and steps to [a, b, rose]: a and b after that many "
    "steps, and the number of the first step (they count from 1) after which the loss is larger than before it, 0 if "
    "there is none. Both slopes are computed before either number changes, and all steps are taken.",
    cases=(
        (KNOB, WARMER, 5.0, 0.0, 0.1, 1),
        (KNOB, WARMER, 5.0, 0.0, 0.0, 3),
        (KNOB, WARMER, 5.0, 0.0, 0.1, 2),
        (KNOB, WARMER, 5.0, 0.0, 0.1, 0),
        (KNOB, WARMER, 5.0, 0.0, 0.6, 1),
        (KNOB, WARMER, 5.0, 0.0, 0.1, 10),
        (OTHER_X, OTHER_Y, 0.0, 0.0, 0.05, 3),
        (OTHER_X, OTHER_Y, 1.0, -1.0, 0.1, 40),
        (KNOB, 2 * KNOB, 1.9, 0.1, 0.1, 5),
        (KNOB, WARMER, 3.5, -3.0, 0.55, 5),
        (KNOB, WARMER, 3.1, -3.0, 0.55, 5),
        (OTHER_X, OTHER_Y, 1.0, 1.0, 0.3, 5),
        (KNOB, WARMER, 5.0, 2.0, 0.50005, 2),
        (KNOB, WARMER, 3.001, 2.0, 0.6, 1),
    ),
    tried="0 to 40 steps, rates that are good, too large and 0, measurements that lie to one side, and a start that is "
    "nearly right",
    hints=(
        "Print the slopes in each round of the broken loop. What do you notice?",
        "The slopes tell the way downhill from one place only. When must they be computed again?",
        "Keep the loss from before the step, compute it again after, and note the step only if none is noted yet.",
    ),
    solution=my_train,
    mistakes=(
        train_measures_once,
        train_without_the_last_loss,
        train_uphill,
        train_with_sums,
        train_without_two,
        train_one_number_after_the_other,
        train_b_first,
        train_one_step_only,
        train_slope_without_x,
        train_with_whole_slopes,
        train_stops_too_early,
        train_walks_too_far,
        train_ten_steps,
        train_at_a_tenth,
        train_on_the_shower,
        train_watches_the_shower,
        train_with_history,
        train_by_nudges,
        train_stops_when_it_is_good,
        train_stops_when_it_rises,
        train_stops_before_it_rises,
        train_counts_rises_from_zero,
        train_notes_the_last_rise,
        train_counts_the_rises,
        train_compares_with_the_start,
        train_without_the_step,
        train_never_rises,
        train_with_the_product_of_means,
        train_divides_by_five,
        train_with_slopes_swapped,
        train_returns_losses,
        train_with_polyfit,
        train_as_text,
        train_takes_equal_for_larger,
        train_with_the_slopes_of_the_shower,
        train_without_the_last_mean,
        train_watches_the_absolute_error,
        train_watches_the_square_of_the_mean,
        train_goes_on_from_the_lowest,
        train_none_for_never,
        train_whether_it_rises,
        train_judges_by_the_rate,
        train_counts_one_too_few,
        train_notes_one_step_late,
        train_rounds_the_losses,
    ),
)
