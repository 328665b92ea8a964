"""An exercise of lesson 01: how many words was it choosing between?"""

import math

from lessons_lib.classroom.exercises import Exercise


def my_perplexity(probabilities):
    losses = [-math.log(p) for p in probabilities]
    return math.exp(sum(losses) / len(losses))


def perplexity_averages_choices(probabilities):
    """It looks as if you averaged 1 / p. One hopeless token then drowns all others: average the logarithms, then
    take exp."""
    return sum(1 / p for p in probabilities) / len(probabilities)


def perplexity_of_average_probability(probabilities):
    """It looks as if you took 1 divided by the mean probability: average the logarithms of the probabilities,
    then take exp."""
    return len(probabilities) / sum(probabilities)


def perplexity_mixes_bases(probabilities):
    """It looks as if you used log2 together with exp. The two must belong together: log with exp, or log2 with
    2 to the power."""
    return math.exp(sum(-math.log2(p) for p in probabilities) / len(probabilities))


def perplexity_without_minus(probabilities):
    """It looks as if you forgot the minus. A perplexity is 1 or more: it counts choices."""
    return math.exp(sum(math.log(p) for p in probabilities) / len(probabilities))


def perplexity_without_mean(probabilities):
    """It looks as if you summed the losses without dividing by how many there are: take the mean, or long texts
    always look worse."""
    return math.exp(sum(-math.log(p) for p in probabilities))


def perplexity_without_exp(probabilities):
    """It looks as if you returned the mean loss: exp turns it into a number of choices."""
    return sum(-math.log(p) for p in probabilities) / len(probabilities)


PERPLEXITY = Exercise(
    id="perplexity",
    title="How many words was it choosing between?",
    difficulty=2,
    minutes=8,
    contract="a list of the probabilities that the model gave to the tokens that really came, each above 0, to one "
    "number: exp of the mean of -log(p).",
    cases=(
        ([0.5],),
        ([0.5, 0.125],),
        ([1.0, 1.0, 1.0],),
        ([0.125] * 8,),
        ([0.9, 0.6, 0.001, 0.8],),
    ),
    tried="certainty, even chances, and one very unlikely token",
    hints=(
        "The loss of one token is -log(p): 0 for a sure hit, large for a surprise.",
        "Take the mean of the losses, not of the probabilities.",
        "exp undoes the logarithm: math.exp(mean).",
    ),
    solution=my_perplexity,
    mistakes=(
        perplexity_averages_choices,
        perplexity_of_average_probability,
        perplexity_mixes_bases,
        perplexity_without_minus,
        perplexity_without_mean,
        perplexity_without_exp,
    ),
)
