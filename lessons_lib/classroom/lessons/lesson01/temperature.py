"""An exercise of lesson 01: temperature without the scores."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson01.shared import renormalised, row


def my_temperature(p, T):
    powered = p ** (1 / T)
    return powered / powered.sum()


def temperature_multiplied(p, T):
    """It looks as if you raised to the power T. Dividing the scores by T is the power 1 / T of the probabilities:
    a high temperature must flatten the row, not sharpen it."""
    return renormalised(p**T)


def temperature_not_renormalised(p, T):
    """It looks as if you forgot to renormalise: after the power the row no longer sums to 1, so divide by its sum."""
    return p ** (1 / T)


def temperature_divides_probabilities(p, T):
    """It looks as if you divided the probabilities by T. T divides the scores, which are logarithms; for the
    probabilities that means a power."""
    return p / T


def temperature_divides_and_renormalises(p, T):
    """It looks as if the row came back unchanged. Dividing every probability by T and then by the sum cancels T:
    T divides the scores, and for the probabilities that means a power."""
    return renormalised(p / T)


def temperature_softmax_of_probabilities(p, T):
    """It looks as if you took the softmax of the probabilities. Softmax wants scores: p.log() gives them back."""
    return torch.softmax(p / T, dim=-1)


TEMPERATURE = Exercise(
    id="temperature",
    title="Temperature without the scores",
    difficulty=2,
    minutes=8,
    contract="probabilities p [V] and a temperature T > 0 to the probabilities [V] at that temperature; they sum to 1.",
    cases=(
        (row(0.75, 0.25), 1.0),
        (row(0.8, 0.2), 0.5),
        (row(0.8, 0.2), 2.0),
        (row(0.5, 0.3, 0.2, 0.0), 0.7),
        (row(0.25, 0.25, 0.25, 0.25), 3.0),
    ),
    tried="T below, at and above 1, a probability of 0, and an even row",
    hints=(
        "The scores are the logarithms of the probabilities, up to a constant that softmax ignores.",
        "exp(log(p) / T) can be written without exp and log.",
        "Raise p to the power 1 / T, then make the row sum to 1 again.",
    ),
    solution=my_temperature,
    mistakes=(
        temperature_multiplied,
        temperature_not_renormalised,
        temperature_divides_probabilities,
        temperature_divides_and_renormalises,
        temperature_softmax_of_probabilities,
    ),
)
