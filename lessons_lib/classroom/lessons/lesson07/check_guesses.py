"""An exercise of lesson 07: which guesses stand?"""

from lessons_lib.classroom.exercises import Exercise


def my_check_guesses(guesses, choices):
    right = 0
    while right < len(guesses) and guesses[right] == choices[right]:
        right += 1
    return choices[: right + 1]


def guesses_count_matches_anywhere(guesses, choices):
    """It looks as if you keep every guess that agrees, also behind a wrong one. Behind the first wrong guess the model
    has read a text that is not the text."""
    kept = [guess for guess, choice in zip(guesses, choices, strict=False) if guess == choice]
    return [*kept, choices[len(kept)]]


def guesses_without_the_models_own(guesses, choices):
    """It looks as if you keep the right guesses only. The model's own choice behind them comes free of charge; without
    it, a wrong guess would bring no token at all."""
    return my_check_guesses(guesses, choices)[:-1]


def guesses_keep_the_wrong_one(guesses, choices):
    """It looks as if the first wrong guess is kept. In its place stands what the model chose."""
    right = len(my_check_guesses(guesses, choices)) - 1
    return guesses[: right + 1] if right < len(guesses) else choices


def guesses_forget_the_last(guesses, choices):
    """It looks as if nothing is added when all guesses are right. The model has also chosen what follows the last."""
    return my_check_guesses(guesses, choices)[: len(guesses)]


def guesses_shifted(guesses, choices):
    """It looks as if guess i is compared with choice i + 1. The choice at place i is the model's own idea of what
    stands at place i."""
    right = 0
    while right < len(guesses) and guesses[right] == choices[right + 1]:
        right += 1
    return choices[: right + 1]


def guesses_all_or_nothing(guesses, choices):
    """It looks as if one wrong guess spoils all. Those in front of it are right and stay."""
    return choices if guesses == choices[:-1] else choices[:1]


CHECK_GUESSES = Exercise(
    id="check_guesses",
    title="Which guesses stand?",
    difficulty=2,
    minutes=8,
    contract="guesses, a list of n token ids, and choices, n + 1 ids: what the model itself would put in the place of "
    "each guess, and behind the last. To the list of tokens that are appended to the text.",
    cases=(
        ([4], [4, 9]),
        ([4], [5, 9]),
        ([], [3]),
        ([1, 2, 3], [1, 2, 3, 8]),
        ([1, 2, 3], [1, 7, 3, 8]),
        ([1, 2, 3], [6, 2, 3, 8]),
        ([5, 5, 6, 5], [5, 5, 5, 5, 6]),
    ),
    tried="no guess, right and wrong ones, a right one behind a wrong one, and all right",
    hints=(
        "Go from the left for as long as guess and choice are the same.",
        "The right guesses are the first choices: choices[:right].",
        "One more choice comes with them, whether a guess was wrong or none was left.",
    ),
    solution=my_check_guesses,
    mistakes=(
        guesses_count_matches_anywhere,
        guesses_without_the_models_own,
        guesses_keep_the_wrong_one,
        guesses_forget_the_last,
        guesses_shifted,
        guesses_all_or_nothing,
    ),
)
