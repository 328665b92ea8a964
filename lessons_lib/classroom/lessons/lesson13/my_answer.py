"""An exercise of lesson 13: how likely a whole answer is."""

import math

import torch

from lessons_lib.classroom.exercises import Exercise


def my_answer(scores, labels):
    chances = scores.log_softmax(-1)  # [T, V], logarithms
    named = labels != -100
    return chances[named, labels[named]].sum()


def answer_as_a_mean(scores, labels):
    """It looks as if you took the mean of the tokens' logarithms. The chance of an answer is the product of its
    tokens' chances, so its logarithm is their sum."""
    return my_answer(scores, labels) / (labels != -100).sum()


def answer_of_raw_scores(scores, labels):
    """It looks as if the scores were added up as they are. First make chances of them: log_softmax over the last
    axis."""
    named = labels != -100
    return scores[named, labels[named]].sum()


def answer_as_plain_cross_entropy(scores, labels):
    """It looks as if this is torch's cross_entropy as it comes: a mean, and with the sign of a loss. The logarithm of
    an answer's chance is a sum: reduction="sum", and a minus before it."""
    return -answer_as_a_mean(scores, labels)


def answer_by_a_product(scores, labels):
    """It looks as if the chances are multiplied, and the logarithm is taken at the end. The product of an unlikely or
    long answer comes out as 0, and the logarithm of that is endless. Add up the tokens' logarithms."""
    named = labels != -100
    return scores.softmax(-1)[named, labels[named]].prod().log()


def answer_by_a_product_of_floats(scores, labels):
    return math.log(answer_by_a_product(scores, labels).exp())


answer_by_a_product_of_floats.__doc__ = answer_by_a_product.__doc__


def answer_as_a_product(scores, labels):
    """It looks as if this is the chance itself. Asked for is its logarithm."""
    return my_answer(scores, labels).exp()


def answer_of_added_chances(scores, labels):
    """It looks as if chances were added up. They are multiplied; their logarithms are added up."""
    named = labels != -100
    return scores.softmax(-1)[named, labels[named]].sum()


def answer_as_a_loss(scores, labels):
    """It looks as if the sign is that of a loss. The logarithm of a chance is 0 or less."""
    return -my_answer(scores, labels)


def answer_with_the_question(scores, labels):
    """It looks as if places with the label -100 count too. Nothing is to be named there."""
    return scores.log_softmax(-1).gather(-1, labels.clamp(min=0)[:, None]).sum()


def answer_without_token_0(scores, labels):
    """It looks as if the token 0 is left out. It is a token like any other; only -100 means that nothing is to be
    named."""
    named = labels > 0
    return scores.log_softmax(-1)[named, labels[named]].sum()


def answer_shifted_again(scores, labels):
    """It looks as if you moved the labels by one place. They are moved already: the label of a place is what follows
    there."""
    return my_answer(scores[:-1], labels[1:])


def answer_over_the_places(scores, labels):
    """It looks as if the softmax goes over the places. It goes over the vocabulary, the last axis."""
    named = labels != -100
    return scores.log_softmax(0)[named, labels[named]].sum()


_SCORES = torch.randn(7, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2
ANSWER = Exercise(
    id="my_answer",
    title="How likely is an answer?",
    difficulty=1,
    minutes=8,
    kind="rebuild",
    contract="scores [T, V] and labels [T], whole numbers, to one number: the logarithm of the chance that all tokens "
    "are named that labels names. labels[t] is what follows place t, or -100 where nothing is to be named; at least "
    "one place names something.",
    cases=(
        (torch.tensor([[0.0, 0.0]], dtype=torch.float64), torch.tensor([1])),
        (torch.tensor([[1.0, 0.0], [2.0, 2.0]], dtype=torch.float64), torch.tensor([1, 0])),
        (torch.tensor([[0.0, -500.0], [-500.0, 0.0]], dtype=torch.float64), torch.tensor([1, 0])),
        (_SCORES[:4], torch.tensor([-100, -100, 3, 4])),
        (_SCORES, torch.tensor([-100, 0, 2, -100, 4, 1, -100])),
    ),
    tried="one token, two, two whose chances multiplied come out as 0, a question before the answer, two answers in "
    "one row",
    hints=(
        "scores.log_softmax(-1) holds the logarithms of all chances.",
        "named = labels != -100 says which places count; labels[named] are their tokens.",
        "Index the logarithms with [named, labels[named]], and add up.",
    ),
    solution=my_answer,
    mistakes=(
        answer_as_a_mean,
        answer_as_plain_cross_entropy,
        answer_of_raw_scores,
        answer_by_a_product,
        answer_by_a_product_of_floats,
        answer_as_a_product,
        answer_of_added_chances,
        answer_as_a_loss,
        answer_with_the_question,
        answer_without_token_0,
        answer_shifted_again,
        answer_over_the_places,
    ),
)
