"""An exercise of lesson 07b: claims about speed that can't be true."""

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.letters import letters


def my_impossible():
    # A: 14 GB a token at 60 GB a second are at most 4.3 tokens. E: the text is the model's own, whatever the draft.
    # F: a scale of 16 bits for 32 weights makes 8.5 bits of 8, so 4 GB become 4 * 8.5 / 32 = 1.06 GB.
    return ["A", "E", "F"]


def impossible_without_the_bound():
    """One is left out. Divide what the memory delivers in a second by what one token has to fetch."""
    return ["E", "F"]


def impossible_without_the_draft():
    """One is left out. What can a draft change about a greedy text?"""
    return ["A", "F"]


def impossible_without_the_scale():
    """One is left out. What is stored beside the whole numbers?"""
    return ["A", "E"]


def impossible_with_four_bits():
    """B can be true: at 5 bits a weight, 4.4 GB are fetched for a token, which allows 13 a second."""
    return ["A", "B", "E", "F"]


def impossible_with_the_batch():
    """C can be true: 64 rows share one reading of the weights, so the bound is 64 times as high, less what the caches
    take."""
    return ["A", "C", "E", "F"]


def impossible_with_the_look_up():
    """D can be true: a pass may bring up to nine tokens where all eight guesses are right, and where a text is copied,
    most are."""
    return ["A", "D", "E", "F"]


def impossible_with_the_prompt():
    """G can be true, and is usual: a pass over 1,000 tokens fetches the weights once."""
    return ["A", "E", "F", "G"]


def impossible_with_the_prompt_for_the_scale():
    """G can be true, and is usual: a pass over 1,000 tokens fetches the weights once. And one is left out: what is
    stored beside the whole numbers?"""
    return ["A", "E", "G"]


def impossible_the_fast_ones():
    """It looks as if all that is faster than one reading of the weights a token is on your list. More tokens in one
    pass, or smaller weights, are ways beyond it. And two of the others contradict what a draft and a scale are."""
    return ["A", "B", "C", "D"]


IMPOSSIBLE = Exercise(
    id="impossible",
    title="Which claims can't be true?",
    difficulty=2,
    minutes=10,
    kind="diagnose",
    contract="a list of the letters of the claims that can't be true, however good the code is.",
    cases=((),),
    tried="all seven claims",
    hints=(
        "For A to D: how many bytes does one token have to fetch, and who shares them?",
        "For E: what decides whether a guess stands?",
        "Three of the seven can't be true.",
    ),
    solution=my_impossible,
    harness=letters,
    mistakes=(
        impossible_without_the_bound,
        impossible_without_the_draft,
        impossible_without_the_scale,
        impossible_with_four_bits,
        impossible_with_the_batch,
        impossible_with_the_look_up,
        impossible_with_the_prompt,
        impossible_with_the_prompt_for_the_scale,
        impossible_the_fast_ones,
    ),
)
