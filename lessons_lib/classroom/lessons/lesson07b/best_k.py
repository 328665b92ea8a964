"""An exercise of lesson 07b: how many tokens should a draft guess?"""

from lessons_lib.classroom.exercises import Exercise


def my_best_k(a, c, most):
    def gain(k):
        tokens = sum(a**i for i in range(k + 1))  # 1 + a + a ** 2 + ...; divides by nothing
        return tokens / (1 + k * c)

    return max(range(most + 1), key=gain)  # of equal ones, max takes the first


def _best(a, c, most, gain, first=0):
    return max(range(first, most + 1), key=lambda k: gain(a, c, k))


def _tokens(a, k):
    return sum(a**i for i in range(k + 1))


def best_k_at_least_one(a, c, most):
    """It looks as if you always guess. A poor or dear draft is worse than none: k = 0 has a gain of 1."""
    return _best(a, c, most, lambda a, c, k: _tokens(a, k) / (1 + k * c), first=1) if most else 0


def best_k_without_cost(a, c, most):
    """It looks as if more guesses cost nothing more. With k of them a pass takes 1 + k * c."""
    return _best(a, c, most, lambda a, c, k: _tokens(a, k))


def best_k_with_the_cost_once(a, c, most):
    """It looks as if all guesses together cost c. They come one after the other, and each costs c."""
    return _best(a, c, most, lambda a, c, k: _tokens(a, k) / (1 + c * (k > 0)))


def best_k_without_the_models_own(a, c, most):
    """It looks as if only right guesses count. The model's own token behind them comes with every pass: 1 + a + a ** 2
    and so on."""
    return _best(a, c, most, lambda a, c, k: (_tokens(a, k) - 1) / (1 + k * c))


def best_k_as_if_independent(a, c, most):
    """It looks as if each right guess counts, 1 + k * a tokens. A guess behind a wrong one counts nothing: the second
    needs the first to be right, so it brings a ** 2."""
    return _best(a, c, most, lambda a, c, k: (1 + k * a) / (1 + k * c))


def best_k_without_the_pass(a, c, most):
    """It looks as if the model's own pass costs nothing: the time is 1 + k * c, not k * c."""
    return _best(a, c, most, lambda a, c, k: _tokens(a, k) / (k * c) if k * c else (1 if k == 0 else 1e9))


def best_k_by_the_difference(a, c, most):
    """It looks as if the time is taken away from the tokens. Gain is tokens divided by time."""
    return _best(a, c, most, lambda a, c, k: _tokens(a, k) - (1 + k * c))


def best_k_with_a_guess_too_many(a, c, most):
    """It looks as if k + 1 guesses are paid for. The model's own token is none: k guesses cost k * c."""
    return _best(a, c, most, lambda a, c, k: _tokens(a, k) / (1 + (k + 1) * c))


def best_k_never_most(a, c, most):
    """It looks as if `most` itself is never tried: range(most + 1) ends at it."""
    return max(range(most), key=lambda k: _tokens(a, k) / (1 + k * c))


def best_k_never_most_but_none(a, c, most):
    """It looks as if `most` itself is never tried: range(most + 1) ends at it."""
    return my_best_k(a, c, max(most - 1, 0))


def best_k_rounded(a, c, most):
    """It looks as if the gains are rounded before they are compared. Round what is printed; two gains may differ in the
    third digit or later."""
    return _best(a, c, most, lambda a, c, k: round(_tokens(a, k) / (1 + k * c), 2))


def best_k_rounded_to_three_digits(a, c, most):
    """It looks as if the gains are rounded before they are compared. Round what is printed; two gains may differ in the
    third digit or later."""
    return _best(a, c, most, lambda a, c, k: round(_tokens(a, k) / (1 + k * c), 3))


def best_k_with_a_dear_pass(a, c, most):
    """It looks as if a pass over the guesses costs 2, as in a column of the lesson. Here v is 1."""
    return _best(a, c, most, lambda a, c, k: _tokens(a, k) / (2 + k * c))


def best_k_with_a_dear_pass_if_it_guesses(a, c, most):
    """It looks as if a pass over the guesses costs 2, as in a column of the lesson. Here v is 1."""
    return _best(a, c, most, lambda a, c, k: _tokens(a, k) / (1 + (k > 0) + k * c))


def best_k_a_term_short(a, c, most):
    """It looks as if a term is left out. The tokens are 1 + a + ... + a ** k: k + 1 terms for k guesses."""
    return _best(a, c, most, lambda a, c, k: (_tokens(a, k) - a**k) / (1 + k * c))


def best_k_all_if_always_right(a, c, most):
    """It looks as if a draft that is always right guesses as much as it may. Where a guess costs a pass or more, it
    gains nothing."""
    return most if a == 1 else my_best_k(a, c, most)


def best_k_last_of_ties(a, c, most):
    """Right, but for ties: of equally good k, the smallest is asked for."""
    return max(reversed(range(most + 1)), key=lambda k: _tokens(a, k) / (1 + k * c))


def best_k_divided_by_zero(a, c, most):
    """For a = 1 the short formula divides 0 by 0. All guesses are right then: k + 1 tokens."""
    return _best(a, c, most, lambda a, c, k: (1 - a ** (k + 1)) / (1 - a) / (1 + k * c))


def best_k_the_gain(a, c, most):
    """It looks as if you returned the gain. Asked for is the k that gives it."""
    k = my_best_k(a, c, most)
    return _tokens(a, k) / (1 + k * c)


BEST_K = Exercise(
    id="best_k",
    title="How many guesses?",
    difficulty=2,
    minutes=8,
    kind="transfer",
    contract="a, how often a guess is right, from 0 to 1; c, what a guess costs, in passes of the model, 0 or more; "
    "and most, 0 or more. To the number of guesses k, from 0 to most, with the largest gain; 0 is not to guess, with "
    "a gain of 1. v is 1. Of equally good ones, the smallest.",
    cases=(
        (0.8, 0.17, 8),
        (0.5, 0.1, 6),
        (0.3, 0.5, 8),
        (0.9, 0.05, 20),
        (0.9, 0.05, 4),
        (1.0, 0.2, 5),
        (1.0, 1.0, 5),
        (1.0, 1.5, 4),
        (0.6, 0.0, 7),
        (0.0, 0.0, 3),
        (0.5, 0.5, 6),
        (0.75, 0.3, 10),
        (0.7, 0.1, 0),
        (0.25, 0.05, 12),
        (0.4, 0.0, 14),
        (1.0, 0.0, 40),
    ),
    tried="good drafts and poor ones, dear ones and free ones, one that is always right, ties, gains that are nearly "
    "equal, and no guess allowed",
    hints=(
        "Write a function for the gain of one k, and try all k from 0 to most.",
        "1 + a + a ** 2 + ... + a ** k is the number of tokens that a pass brings; as a sum it needs no division.",
        "max(range(most + 1), key=gain) gives the k with the largest gain, and of equal ones the first.",
    ),
    solution=my_best_k,
    mistakes=(
        best_k_at_least_one,
        best_k_without_cost,
        best_k_with_the_cost_once,
        best_k_without_the_models_own,
        best_k_as_if_independent,
        best_k_without_the_pass,
        best_k_by_the_difference,
        best_k_with_a_guess_too_many,
        best_k_never_most,
        best_k_never_most_but_none,
        best_k_rounded,
        best_k_rounded_to_three_digits,
        best_k_with_a_dear_pass,
        best_k_with_a_dear_pass_if_it_guesses,
        best_k_a_term_short,
        best_k_all_if_always_right,
        best_k_last_of_ties,
        best_k_divided_by_zero,
        best_k_the_gain,
    ),
)
