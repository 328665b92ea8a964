"""An exercise of lesson 19: which sentences of a model card are borne out by the numbers beside them."""

from collections.abc import Callable, Iterable

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused
from lessons_lib.config import ModelConfig, costs
from lessons_lib.evaluation import mcnemar, wilson

CARD = (
    "It answers more than half of such questions: 80 of 100 were right.",
    "It is better than model B: of the same 64 questions 6 were known to it alone and 3 to B alone.",
    "It never repeats a private address: it did so in 0 of 50 tries.",
    "A token leaves 163,840 bytes in its cache: 40 layers, 8 shared heads of 128 numbers, 16 bits.",
    "It is at least as good in French: 24 of 40 were right, and in English 27 of 40 others.",
    "It answers this kind better than B: of the same 100 questions 20 were known to it alone and 4 to B alone.",
)


def my_claims():
    return [True, False, False, True, False, True]


def computed() -> list[bool]:
    """The same from lesson 14's intervals and lesson 06's formula."""
    b = mcnemar([True] * 6 + [False] * 3, [False] * 6 + [True] * 3)
    kind = mcnemar([True] * 20 + [False] * 4, [False] * 20 + [True] * 4)
    sizes = {"vocab_size": 9, "hidden_size": 6144, "intermediate_size": 9, "num_hidden_layers": 40}
    sizes |= {"num_attention_heads": 48, "num_key_value_heads": 8}
    return [
        wilson(80, 100).low > 0.5,
        b.p < 0.05,
        wilson(0, 50).high == 0,
        costs.kv_cache_bytes(ModelConfig(**sizes), 1, bits=16) == 163_840,
        wilson(24, 40).low >= wilson(27, 40).high,
        kind.p < 0.05,
    ]


def by_sentence(answer: Callable) -> dict[str, bool] | None:
    """The truth values by the number of their sentence, as the lesson prints it.

    Raises:
        Refused: for anything but six truth values.
    """
    given = answer()
    if given is None:
        return None
    given = list(given) if isinstance(given, Iterable) else [given]
    if len(given) != len(CARD):
        raise Refused(f"{len(CARD)} truth values are asked for, one a sentence; got {len(given)}")
    if not all(not isinstance(value, str) and value in (True, False) for value in given):
        raise Refused("each of the six is True or False, without quotes")
    return {f"sentence {number}": bool(value) for number, value in enumerate(given, start=1)}


def claims_believed():
    """A number beside a sentence is not yet a reason for it. How sure is each: by an interval, or by questions that
    only one of two knows?"""
    return [True, True, True, True, True, True]


def claims_of_nine():
    """6 against 3 is what a coin does easily: of nine tosses, six or more of one side come in half of all cases.
    Sentence 2 is not borne out."""
    return [True, True, False, True, False, True]


def claims_of_never():
    """0 of 50 still fits with one time in twenty (lesson 14). "Never" can't be shown by tries: sentence 3 is not borne
    out."""
    return [True, False, True, True, False, True]


def claims_of_equal():
    """That no difference was found is no proof that there is none. By these few questions French may be far worse:
    sentence 5 is not borne out."""
    return [True, False, False, True, True, True]


def claims_doubted():
    """No number is certain, but some are sure enough: 80 of 100 has an interval from 0.71, and 20 against 4 is rare for
    a coin."""
    return [False, False, False, True, False, False]


def claims_without_pairs():
    """20 against 4 on the same questions: a coin does that twice in a thousand times at most. Sentence 6 is borne
    out."""
    return [True, False, False, True, False, False]


def claims_without_halves():
    """The interval of 80 of 100 goes from 0.71 to 0.87: all of it lies above one half. Sentence 1 is borne out."""
    return [False, False, False, True, False, True]


def claims_without_bytes():
    """Keys and values: 2 * 40 * 8 * 128 numbers of two bytes each. Sentence 4 is borne out."""
    return [True, False, False, False, False, True]


CARD_CLAIMS = Exercise(
    id="card_claims",
    title="What does the card prove?",
    difficulty=2,
    minutes=10,
    kind="diagnose",
    contract="a list of six truth values: is sentence 1, 2, and so on to 6 borne out by the numbers in it, at 95%?",
    cases=((),),
    tried="six sentences of a model card",
    hints=(
        "A share alone: wilson of lesson 14. Two models on the same questions: mcnemar.",
        "What does wilson(0, 50) say? And what would have to lie above what, for at least as good?",
    ),
    solution=my_claims,
    harness=by_sentence,
    mistakes=(
        claims_believed,
        claims_of_nine,
        claims_of_never,
        claims_of_equal,
        claims_doubted,
        claims_without_pairs,
        claims_without_halves,
        claims_without_bytes,
    ),
)
