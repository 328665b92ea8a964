"""An exercise of lesson 15: the chances of the tokens that a mask allows."""

import torch

from lessons_lib.classroom.exercises import Exercise


def my_chances(scores, allowed, temperature):
    return (scores.masked_fill(~allowed, float("-inf")) / temperature).softmax(-1)


def chances_with_zeros(scores, allowed, temperature):
    """It looks as if forbidden scores become 0. A score of 0 is a score like others, and often a high one: it must be
    minus infinity."""
    return (scores.masked_fill(~allowed, 0.0) / temperature).softmax(-1)


def chances_with_a_low_number(scores, allowed, temperature):
    """It looks as if forbidden scores become some low number. Where the allowed ones are lower still, it wins: minus
    infinity is below all of them."""
    return (scores.masked_fill(~allowed, -100.0) / temperature).softmax(-1)


def chances_by_powers(scores, allowed, temperature):
    """No number comes out: a power of e grew too large. Set forbidden scores to minus infinity and leave the rest to
    softmax, which takes the highest score away before it takes powers."""
    powers = (scores / temperature).exp() * allowed
    return powers / powers.sum()


def chances_by_multiplying(scores, allowed, temperature):
    """It looks as if the mask comes after softmax, and nothing makes the rest add up to 1 again."""
    return (scores / temperature).softmax(-1) * allowed


def chances_with_a_large_number(scores, allowed, temperature):
    """It looks as if some number is taken away from forbidden scores. With other scores, or hot enough, they come
    back: minus infinity is below all of them at any temperature."""
    return ((scores - 10 * ~allowed) / temperature).softmax(-1)


def chances_of_the_forbidden(scores, allowed, temperature):
    """It looks as if the mask is the wrong way round: True in it says that a token may come."""
    return (scores.masked_fill(allowed, float("-inf")) / temperature).softmax(-1)


def chances_without_temperature(scores, allowed, temperature):
    """It looks as if the temperature is left out, or falls out again, as it does when chances
    are divided by it: divide the scores by it, before softmax."""
    return scores.masked_fill(~allowed, float("-inf")).softmax(-1)


def chances_too_hot(scores, allowed, temperature):
    """It looks as if the scores are multiplied by the temperature. They are divided."""
    return (scores * temperature).masked_fill(~allowed, float("-inf")).softmax(-1)


def chances_of_the_allowed_alone(scores, allowed, temperature):
    """It looks as if only the allowed tokens are given back. Every token has a place, and forbidden ones have the
    chance 0: otherwise a place would no longer say which token it is."""
    return (scores[allowed] / temperature).softmax(-1)


def chances_shared_equally(scores, allowed, temperature):
    """It looks as if all allowed tokens get the same chance. The model still chooses among them, by its scores."""
    return allowed / allowed.sum()


def _scores(*numbers):
    return torch.tensor(numbers, dtype=torch.float64)


def _allowed(*numbers):
    return torch.tensor(numbers, dtype=torch.bool)


CHANCES = Exercise(
    id="my_chances",
    title="Chances behind a mask",
    difficulty=1,
    minutes=5,
    kind="rebuild",
    contract="scores [V], allowed [V], True where a token may come, and a temperature above 0 to the chances [V]: "
    "those of forbidden tokens are 0, and the others add up to 1. At least one token is allowed.",
    cases=(
        (_scores(1, 2), _allowed(1, 0), 1.0),
        (_scores(-3, -1, 2, 0.5), _allowed(1, 1, 0, 0), 1.0),
        (_scores(-3, -1, 2, 0.5), _allowed(1, 0, 1, 1), 2.0),
        (_scores(-40, 15, 20, -42), _allowed(1, 0, 0, 1), 0.5),
        (_scores(1, 2, 3), _allowed(1, 1, 1), 0.7),
        (_scores(-600, -601, 3), _allowed(1, 1, 0), 1.0),
        (_scores(30, 29.9, 31), _allowed(1, 1, 0), 0.04),
    ),
    tried="one allowed of two, forbidden favourites, temperatures, allowed tokens far below the others, all "
    "allowed, scores far below 0, and high ones at a low temperature",
    hints=(
        "A forbidden token must have the chance 0 after softmax. Which score gives e ** score = 0?",
        'scores.masked_fill(~allowed, float("-inf")) puts it there.',
        "Then divide by the temperature, and softmax(-1).",
    ),
    solution=my_chances,
    mistakes=(
        chances_with_zeros,
        chances_with_a_low_number,
        chances_by_powers,
        chances_by_multiplying,
        chances_with_a_large_number,
        chances_of_the_forbidden,
        chances_without_temperature,
        chances_too_hot,
        chances_of_the_allowed_alone,
        chances_shared_equally,
    ),
)
