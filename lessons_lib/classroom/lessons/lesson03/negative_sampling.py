"""An exercise of lesson 03: one step of word2vec."""

import numpy as np

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson03.shared import rows


def my_negative_sampling(v, real, noise, rate):
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    pull = (1 - sigmoid(real @ v)) * real
    push = sigmoid(noise @ v) @ noise
    return v + rate * (pull - push)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sampling_pulls_everything(v, real, noise, rate):
    """It looks as if the random words pull too: they push v away, so their part is subtracted."""
    return v + rate * ((1 - _sigmoid(real @ v)) * real + _sigmoid(noise @ v) @ noise)


def sampling_climbs(v, real, noise, rate):
    """It looks as if the step goes the wrong way: v moves towards its real company, so add the pull."""
    return v - rate * ((1 - _sigmoid(real @ v)) * real - _sigmoid(noise @ v) @ noise)


def sampling_without_what_is_missing(v, real, noise, rate):
    """It looks as if the real company pulls by sigma. It pulls by what is missing, 1 - sigma: a pair that is already
    sure of itself needs no more."""
    return v + rate * (_sigmoid(real @ v) * real - _sigmoid(noise @ v) @ noise)


def sampling_without_sigmoid(v, real, noise, rate):
    """It looks as if the sigmoid is missing: the dot product is no chance yet."""
    return v + rate * ((1 - real @ v) * real - (noise @ v) @ noise)


def sampling_with_the_mean_of_the_noise(v, real, noise, rate):
    """It looks as if you took the mean over the random words: each of them pushes with its full part, so sum them."""
    return v + rate * ((1 - _sigmoid(real @ v)) * real - _sigmoid(noise @ v) @ noise / len(noise))


def sampling_without_rate(v, real, noise, rate):
    """It looks as if the learning rate is missing: it scales the whole step."""
    return v + (1 - _sigmoid(real @ v)) * real - _sigmoid(noise @ v) @ noise


def sampling_without_noise(v, real, noise, rate):
    """It looks as if the random words do nothing: each pushes v away by sigma of its dot product."""
    return v + rate * (1 - _sigmoid(real @ v)) * real


def sampling_pushes_by_what_is_missing(v, real, noise, rate):
    """It looks as if the random words push by 1 - sigma. They should have the chance 0, so what
    is too much is sigma itself: push by sigma."""
    return v + rate * ((1 - _sigmoid(real @ v)) * real - (1 - _sigmoid(noise @ v)) @ noise)


def sampling_along_v(v, real, noise, rate):
    """It looks as if v moves along itself. That is how the company moves; v moves along real and the random words."""
    return v + rate * ((1 - _sigmoid(real @ v)) - _sigmoid(noise @ v).sum()) * v


def sampling_in_two_steps(v, real, noise, rate):
    """It looks as if v was pulled first, and the push worked out with the new v. It is one step: all slopes are taken
    where v stands at the start."""
    pulled = v + rate * (1 - _sigmoid(real @ v)) * real
    return pulled - rate * _sigmoid(noise @ pulled) @ noise


def sampling_with_the_sign_turned(v, real, noise, rate):
    """It looks as if the sigmoid is 1 / (1 + exp(x)): the sign of x is turned, so a sure pair counts as an unlikely
    one. It is 1 / (1 + exp(-x))."""
    return v + rate * ((1 - _sigmoid(-(real @ v))) * real - _sigmoid(-(noise @ v)) @ noise)


def sampling_slows_the_pull_alone(v, real, noise, rate):
    """It looks as if the learning rate scales the pull alone: it scales the push too."""
    return v + rate * (1 - _sigmoid(real @ v)) * real - _sigmoid(noise @ v) @ noise


def sampling_adds_up_first(v, real, noise, rate):
    """It looks as if the sigmas, or the random words, are added up before they are multiplied. Each random word pushes
    by its own sigma: multiply first, then sum."""
    return v + rate * ((1 - _sigmoid(real @ v)) * real - _sigmoid(noise @ v).sum() * noise.sum(0))


def sampling_pulls_all_as_if_real(v, real, noise, rate):
    """It looks as if the random words are treated as real ones. The chance of a random pair should be 0: it pushes by
    sigma."""
    return v + rate * ((1 - _sigmoid(real @ v)) * real + (1 - _sigmoid(noise @ v)) @ noise)


def sampling_with_one_sigma(v, real, noise, rate):
    """It looks as if the dot products of the random words are added up before the sigmoid. Each random word has a sigma
    of its own, and pushes by that."""
    return v + rate * ((1 - _sigmoid(real @ v)) * real - _sigmoid((noise @ v).sum()) * noise.sum(0))


def sampling_one_after_the_other(v, real, noise, rate):
    """It looks as if v moves after each word, and the next sigma is worked out with the new v. It is one step: all
    slopes are taken where v stands at the start."""
    v = v + rate * (1 - _sigmoid(real @ v)) * real
    for other in noise:
        v = v - rate * _sigmoid(other @ v) * other
    return v


def sampling_pushes_in_turn(v, real, noise, rate):
    """It looks as if v moves after each random word, and the next sigma is worked out with the new v. It is one step:
    all slopes are taken where v stands at the start."""
    pull = (1 - _sigmoid(real @ v)) * real
    for other in noise:
        v = v - rate * _sigmoid(other @ v) * other
    return v + rate * pull


def sampling_with_the_first_alone(v, real, noise, rate):
    """It looks as if only the first random word pushes: each row of noise does."""
    return v + rate * ((1 - _sigmoid(real @ v)) * real - _sigmoid(noise[0] @ v) * noise[0])


def sampling_scales_v_too(v, real, noise, rate):
    """It looks as if the learning rate scales v itself: it scales the step alone, and v stays what it was."""
    return rate * (v + (1 - _sigmoid(real @ v)) * real - _sigmoid(noise @ v) @ noise)


def sampling_returns_the_step(v, real, noise, rate):
    """It looks as if you returned the step alone: add it to v."""
    return rate * ((1 - _sigmoid(real @ v)) * real - _sigmoid(noise @ v) @ noise)


NEGATIVE_SAMPLING = Exercise(
    id="negative_sampling",
    title="One step of word2vec",
    difficulty=2,
    minutes=10,
    contract="v [C], its real company [C], K random words [K, C] and a learning rate to the new v [C], after one step "
    "downhill on the loss of section 6. v and the company stay as they are.",
    cases=(
        (rows(1.0, 0.0), rows(0.5, 0.5), rows((0.5, -0.5)), 1.0),
        (rows(0.0, 0.0), rows(1.0, 0.0), rows((0.0, 1.0), (0.0, 3.0)), 0.5),
        (rows(2.0, 1.0, 0.0), rows(-1.0, 0.5, 2.0), rows((1.0, 1.0, 1.0), (0.0, -2.0, 0.5)), 0.1),
        (rows(3.0, -1.0), rows(2.0, 0.0), rows((-2.0, 1.0), (1.0, 1.0), (0.5, 0.0)), 0.025),
    ),
    tried="one random word and several, a vector of zeros, three numbers, and several learning rates",
    hints=(
        "sigma(x) is 1 / (1 + np.exp(-x)); the chance of the real pair is sigma(real @ v).",
        "The real company pulls by what its chance lacks: (1 - sigma(real @ v)) * real.",
        "noise @ v holds a dot product for each random word, [K]; sigma of it, times noise, summed, is the push.",
    ),
    solution=my_negative_sampling,
    mistakes=(
        sampling_pulls_everything,
        sampling_climbs,
        sampling_without_what_is_missing,
        sampling_without_sigmoid,
        sampling_with_the_mean_of_the_noise,
        sampling_without_rate,
        sampling_without_noise,
        sampling_pushes_by_what_is_missing,
        sampling_along_v,
        sampling_in_two_steps,
        sampling_with_the_sign_turned,
        sampling_slows_the_pull_alone,
        sampling_adds_up_first,
        sampling_pulls_all_as_if_real,
        sampling_with_one_sigma,
        sampling_one_after_the_other,
        sampling_pushes_in_turn,
        sampling_with_the_first_alone,
        sampling_scales_v_too,
        sampling_returns_the_step,
    ),
)
