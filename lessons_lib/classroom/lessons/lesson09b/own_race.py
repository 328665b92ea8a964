"""The building exercise of lesson 09b: a fair race of two models, on the real training loop."""

from statistics import mean, stdev

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson09b.shared import raced_with
from lessons_lib.training import Recipe, Rows, Run, held_out_loss


def my_race(one, other, texts, rates, seeds):
    def loss(make, seed, rate, judged_on):
        model = make(seed)
        recipe = Recipe(steps=8, batch_size=4, learning_rate=rate, matrix_learning_rate=None)
        for _ in Run(model, Rows(texts.read, seed), recipe):
            pass
        return held_out_loss(model, judged_on)

    ends = []
    for make in (one, other):
        rate = min(rates, key=lambda rate: loss(make, 100, rate, texts.trial))
        ends.append([loss(make, seed, rate, texts.unread) for seed in seeds])
    differences = [a - b for a, b in zip(*ends, strict=True)]
    middle = sum(differences) / len(differences)
    spread = (sum((d - middle) ** 2 for d in differences) / (len(differences) - 1)) ** 0.5
    return middle, 2 * spread / len(differences) ** 0.5


def _race(
    one,
    other,
    texts,
    rates,
    seeds,
    *,
    choose="each",
    order=lambda seed: seed,
    judge="unread",
    trial="trial",
    first=lambda seed: seed,
    bar=lambda a, b, d: 2 * stdev(d) / len(d) ** 0.5,
    better=min,
    choose_with=lambda seeds: 100,
    matrices=lambda rate: {"matrix_learning_rate": None},
):
    """The same with the knobs that mistakes turn."""

    def loss(make, seed, rate, judged_on):
        model = make(first(seed))
        recipe = Recipe(steps=8, batch_size=4, learning_rate=rate, **matrices(rate))
        last = [report.loss for report in Run(model, Rows(texts.read, order(seed)), recipe)][-1]
        return last if judged_on is None else held_out_loss(model, judged_on)

    kept = {"unread": texts.unread, "trial": texts.trial, "read": texts.read, "last": None}
    best = {
        make: better(rates, key=lambda rate: loss(make, choose_with(seeds), rate, kept[trial])) for make in (one, other)
    }
    rate_of = {"each": best, "first": {one: rates[0], other: rates[0]}, "one's": {one: best[one], other: best[one]}}
    ends = [[loss(make, seed, rate_of[choose][make], kept[judge]) for seed in seeds] for make in (one, other)]
    differences = [a - b for a, b in zip(*ends, strict=True)]
    return mean(differences), bar(*ends, differences)


def race_with_the_first_rate(*arguments):
    """It looks as if no rate was chosen: each side gets the one of rates with the lowest loss on texts.trial, on seed
    100."""
    return _race(*arguments, choose="first")


def race_with_ones_rate(*arguments):
    """It looks as if the other side got the rate that suits the first. Each side chooses its own."""
    return _race(*arguments, choose="one's")


def race_with_the_worst_rate(*arguments):
    """It looks as if the rate with the highest loss was taken."""
    return _race(*arguments, better=max)


def race_chosen_on_unread(*arguments):
    """It looks as if the rates were chosen on texts.unread. That text judges at the end; choose on texts.trial."""
    return _race(*arguments, trial="unread")


def race_chosen_with_a_racing_seed(*arguments):
    """It looks as if the rates were chosen with the first of seeds. That one races; choose with seed 100."""
    return _race(*arguments, choose_with=lambda seeds: seeds[0])


def race_chosen_with_another_seed(*arguments):
    """It looks as if the rates were chosen with another seed than 100."""
    return _race(*arguments, choose_with=lambda seeds: 0)


def race_chosen_on_read(*arguments):
    """It looks as if the rates were chosen on texts.read, which the models learn from. Choose on texts.trial."""
    return _race(*arguments, trial="read")


def race_with_muon(*arguments):
    """It looks as if matrix_learning_rate was left out. Then Muon moves the matrices at a rate of its own: the recipe
    asks for None."""
    return _race(*arguments, matrices=lambda rate: {})


def race_with_the_rate_for_muon(*arguments):
    """It looks as if matrix_learning_rate was the rate too. Then Muon moves the matrices: the recipe asks for None."""
    return _race(*arguments, matrices=lambda rate: {"matrix_learning_rate": rate})


def race_of_one_model_in_the_trials(one, other, texts, rates, seeds):
    """It looks as if one model went on learning from rate to rate. Each trial begins with a fresh model of seed 100."""

    def kept(make):
        models = {}
        return lambda seed: models.setdefault(seed, make(seed)) if seed == 100 else make(seed)

    return _race(kept(one), kept(other), texts, rates, seeds)


def race_of_one_model(one, other, texts, rates, seeds):
    """It looks as if one model went on learning from seed to seed. Each run begins with a fresh model: one(seed) or
    other(seed)."""

    def kept(make):
        models = {}
        return lambda seed: make(seed) if seed == 100 else models.setdefault("racing", make(seed))

    return _race(kept(one), kept(other), texts, rates, seeds)


def race_with_one_order(*arguments):
    """It looks as if all seeds read the rows in the same order: Rows(texts.read, seed) has an order of its own for each
    seed."""
    return _race(*arguments, order=lambda seed: 0)


def race_with_one_start(*arguments):
    """It looks as if all runs begin with the same weights: call one(seed) and other(seed) with the seed that runs."""
    return _race(*arguments, first=lambda seed: 0)


def race_judged_on_trial(*arguments):
    """It looks as if the race was judged on texts.trial, on which the rates were chosen. Judge on texts.unread."""
    return _race(*arguments, judge="trial")


def race_judged_on_read(*arguments):
    """It looks as if the race was judged on texts.read, which the models learned from. Judge on texts.unread."""
    return _race(*arguments, judge="read")


def race_judged_by_the_last_batch(*arguments):
    """It looks as if the run's last loss was taken, which is of four rows that were about to be learned. Ask
    held_out_loss on texts.unread."""
    return _race(*arguments, judge="last")


def race_without_pairs(*arguments):
    """The mean is right. The bar looks as if each side's own spread went into it: take the spread of the
    differences."""

    def bar(a, b, d):
        return 2 * ((stdev(a) ** 2 + stdev(b) ** 2) / len(d)) ** 0.5

    return _race(*arguments, bar=bar)


def race_with_half_a_bar(*arguments):
    """The bar is half as long as asked for: that is one standard error, not two."""
    return _race(*arguments, bar=lambda a, b, d: stdev(d) / len(d) ** 0.5)


def race_of_standard_deviations(*arguments):
    """The bar looks like two standard deviations. Two standard errors are asked for."""
    return _race(*arguments, bar=lambda a, b, d: 2 * stdev(d))


def race_over_n(*arguments):
    """The bar is a little too short: divide the squares by n - 1, not by n."""
    return _race(*arguments, bar=lambda a, b, d: 2 * (stdev(d) * ((len(d) - 1) / len(d)) ** 0.5) / len(d) ** 0.5)


def race_the_other_way(one, other, *rest):
    """It looks as if one was taken from the other. Asked for is one minus other."""
    return _race(other, one, *rest)


def race_untrained(one, other, texts, rates, seeds):
    """It looks as if no step was taken: a Run has to be gone through, as in `for report in Run(...)`."""
    ends = [[held_out_loss(make(seed), texts.unread) for seed in seeds] for make in (one, other)]
    differences = torch.tensor(ends[0]) - torch.tensor(ends[1])
    return differences.mean().item(), 2 * differences.std().item() / len(seeds) ** 0.5


OWN_RACE = Exercise(
    id="own_race",
    title="Your own race",
    difficulty=3,
    minutes=25,
    kind="build",
    contract="two functions, one and other, from a seed to a fresh model; texts with texts.read, texts.trial and "
    "texts.unread, each ids [N, T + 1]; a list of learning rates; and a list of at least two seeds; to a pair: the "
    "mean of the differences in loss by seed, one minus other, and two standard errors of it. A run with a seed is "
    "Run(model, Rows(texts.read, seed), Recipe(steps=8, batch_size=4, learning_rate=rate, matrix_learning_rate=None)) "
    "with a fresh model of that seed, and its loss is held_out_loss on texts.unread. Each side runs at the rate that "
    "gave it the lowest held_out_loss on texts.trial with seed 100.",
    cases=(
        ("no norm", "baseline", (0.01,), (0, 1)),
        ("no feed-forward", "no norm", (0.1, 0.06), (0, 1, 2)),
        ("LayerNorm", "post-norm", (1.0, 0.04, 0.08), (5, 3)),
        ("no positions", "start 0.3", (0.08, 0.1), (2, 7, 4)),
    ),
    tried="four pairs of variants, with one rate, two and three, and two seeds and three",
    hints=(
        "Write an inner function first: loss(make, seed, rate, judged_on) builds, trains and judges one model.",
        "min(rates, key=lambda rate: loss(make, 100, rate, texts.trial)) is a side's rate.",
        "Then one list of losses a side, in the order of the seeds, and section 2 for their differences.",
    ),
    solution=my_race,
    harness=raced_with,
    mistakes=(
        race_with_the_first_rate,
        race_with_ones_rate,
        race_with_the_worst_rate,
        race_chosen_on_unread,
        race_chosen_with_a_racing_seed,
        race_chosen_with_another_seed,
        race_chosen_on_read,
        race_with_muon,
        race_with_the_rate_for_muon,
        race_of_one_model_in_the_trials,
        race_of_one_model,
        race_with_one_order,
        race_with_one_start,
        race_judged_on_trial,
        race_judged_on_read,
        race_judged_by_the_last_batch,
        race_without_pairs,
        race_with_half_a_bar,
        race_of_standard_deviations,
        race_over_n,
        race_the_other_way,
        race_untrained,
    ),
)
