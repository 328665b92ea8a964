"""An exercise of lesson 14: four harnesses, one question, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lessons_lib.classroom.exercises import Exercise

if TYPE_CHECKING:
    from lessons_lib import Tokenizer, Transformer
    from lessons_lib.evaluation import Item

__all__ = ["CHOICES", "SEEN", "WAYS", "WHICH"]

QUERY = 'What kind of thing does the word "harp" name?'
CHOICES = ("bird", "musical instrument", "part of the body", "tree")
WAYS = (
    "nothing is wrong",
    "the last token of each choice is forgotten",
    "the likelihood is divided by the number of the choice's tokens",
    "the space before the choice is lost",
    "the tokens of the question are counted as well",
)
SEEN = {  # of the harness with that fault, one score a choice; tested
    "A": (2, "0.0  -9.5  -12.3  0.0"),
    "B": (4, "-15.0  -17.6  -22.6  -15.9"),
    "C": (1, "-10.6  -10.4  -16.2  -12.5"),
    "D": (3, "-10.6  -5.2  -4.1  -12.5"),
}


def scores_of(model: Transformer, tokenizer: Tokenizer, item: Item, way: int) -> list[float]:
    """What a harness with the fault of that number says of each choice, in nats."""
    from lessons_lib.evaluation import Asked, encode_pair, score

    context = f"Question: {item.query}\nAnswer:"
    asked = [encode_pair(tokenizer, context, ("" if way == 4 else " ") + choice) for choice in item.choices]
    tokens = [len(each.continuation) for each in asked]
    if way == 5:
        asked = [Asked(each.context[:1], each.context[1:] + each.continuation) for each in asked]
    nats = [each.nats for each in score(model, asked)]
    if way == 2:
        last = [Asked(each.context + each.continuation[:-1], each.continuation[-1:]) for each in asked]
        nats = [all_of - one.nats for all_of, one in zip(nats, score(model, last), strict=True)]
    return [each / count for each, count in zip(nats, tokens, strict=True)] if way == 3 else nats


def told(scores: list[float]) -> str:
    """Scores as the table shows them."""
    return "  ".join(f"{each:.1f}" for each in scores)


def my_which_fault():
    # A: what has one token costs nothing. D: a choice of two or four tokens costs a half or a quarter of what it does
    # in C. B and C differ by another number for each choice, so it is not the question that B counts as well.
    return [2, 4, 1, 3]


def which_question_for_space():
    """B is not 5: the question costs the same whichever choice stands behind it, so all four scores would be lower by
    one number. B is lower than C by 4.4, 7.2, 6.4 and 3.4."""
    return [2, 5, 1, 3]


def which_last_and_tokens_swapped():
    """A and D are swapped. Where can a likelihood of 0 come from? Nothing is so sure; it is a sum of no tokens."""
    return [3, 4, 1, 2]


def which_space_and_right_swapped():
    """B and C are swapped. Behind a colon a word without its space hardly ever stands: a lost space makes every choice
    less likely."""
    return [2, 1, 4, 3]


def which_tokens_and_right_swapped():
    """C and D are swapped. The choices of one token have the same score in both; the longer ones cost a half or a
    quarter in D."""
    return [2, 4, 3, 1]


def which_the_other_way_round():
    """It looks as if you listed, for each fault, the letter of its harness as a number. Asked for is the number of the
    fault for harness A, then B, C and D."""
    return [3, 1, 4, 2]


WHICH = Exercise(
    id="which_fault",
    title="Four harnesses",
    difficulty=2,
    minutes=8,
    kind="diagnose",
    contract="a list of four whole numbers: the fault of harness A, of B, C and D. One of the five is nobody's.",
    cases=((),),
    tried="four harnesses, four faults",
    hints=(
        "Two choices have one token, one has two, and one has four. Where can a likelihood of 0 come from?",
        "Two harnesses agree on the choices of one token. How do they differ on the others?",
        "If the question's tokens were counted as well, by how much would each score be lower?",
    ),
    solution=my_which_fault,
    mistakes=(
        which_question_for_space,
        which_last_and_tokens_swapped,
        which_space_and_right_swapped,
        which_tokens_and_right_swapped,
        which_the_other_way_round,
    ),
)
