"""An exercise of lesson 04: three matrices that make a head look at the token before."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused


def my_previous(words, places):
    W_q = torch.zeros(words + places, places)
    W_k = torch.zeros(words + places, places)
    W_v = torch.zeros(words + places, words)
    for i in range(1, places):
        W_q[words + i, i - 1] = 30 * places**0.5  # token i asks for place i - 1; D = places, so the score becomes 30
    for j in range(places):
        W_k[words + j, j] = 1.0  # a token offers its place
    for word in range(words):
        W_v[word, word] = 1.0  # and says its word
    return W_q, W_k, W_v


TOO_SOFT = (
    "the word before has the highest score at each token, but too little of the weight somewhere: softmax needs larger "
    "numbers in W_q or W_k, and they must grow with what divides them and with the number of tokens"
)


def delivered(answer: Callable, words: int, places: int, text: Sequence[int]) -> Tensor | None:
    """What a causal head with these matrices delivers at each token of a text but the first.

    Returns:
        [T - 1, words], to one digit behind the point: any head that is sharp enough delivers the same.

    Raises:
        Refused: if the answer is not three matrices, their sizes do not fit x, or too soft a look or the size of W_v
            is all that keeps the head from being right.
    """
    result = answer(words, places)
    if result is None:
        return None
    if isinstance(result, dict):
        raise Refused(f"three matrices are asked for, one after the other and without names; got a dict of {[*result]}")
    matrices = [torch.as_tensor(each).detach().double() for each in result]
    shapes = [list(each.shape) for each in matrices]
    if len(shapes) != 3 or any(len(shape) != 2 or shape[0] != words + places for shape in shapes):
        raise Refused(f"three matrices of {words + places} rows each are asked for; these have the shapes {shapes}")
    if shapes[0] != shapes[1] or shapes[2][1] != words:
        sizes = f"W_q and W_k equally wide, W_v {words} wide"
        raise Refused(f"{sizes} are asked for; these have the shapes {shapes}")
    x = inputs(words, places, text)  # [T, words + places]
    q, k, v = (x @ W for W in matrices)
    future = torch.ones(len(text), len(text)).triu(1).bool()
    weights = (q @ k.T / q.shape[-1] ** 0.5).masked_fill(future, -torch.inf).softmax(-1)  # [T, T]
    mix = (weights @ v)[1:].round(decimals=1) + 0.0  # no -0.0: [T - 1, words]
    if not torch.equal(mix, x[:-1, :words]) and _only_too_soft(weights):
        raise Refused(TOO_SOFT)
    said = float(mix.amax())
    if said not in (0, 1) and torch.equal(mix, said * x[:-1, :words]):
        raise Refused(f"the head looks where it should, and says {said:.1f} where 1 is asked for: look at W_v")
    return mix


def _only_too_soft(weights: Tensor) -> bool:
    """Whether each row [T, T] gives most to the token before, and one of them not nearly all."""
    before = weights.diagonal(-1)  # [T - 1]
    others = (weights - torch.diag(before, -1))[1:].amax(-1)
    return bool((before > others).all() and before.min() < 0.95)


def inputs(words: int, places: int, text: Sequence[int]) -> Tensor:
    """A text [T] as rows [T, words + places]: 1 at its word, and 1 at its place."""
    ids = torch.tensor(text)
    where = torch.arange(len(text))
    return torch.cat([F.one_hot(ids, words), F.one_hot(where, places)], 1).double()


def previous_is_itself(words, places):
    """It looks as if each token looks at itself: token i must ask for place i - 1."""
    W_q, W_k, W_v = my_previous(words, places)
    return W_q.roll(1, 1), W_k, W_v


def previous_is_the_next(words, places):
    """It looks as if no score stands out, so that the head delivers the mean of all it sees. Either token i asks for a
    place that the mask hides, such as i + 1, or its query and the key of token i - 1 do not meet in the same column."""
    W_q, W_k, W_v = my_previous(words, places)
    return torch.cat([W_q[:words], W_q[words:].T]), W_k, W_v


def previous_is_not_sharp(words, places):
    """It looks as if your scores are too small: with a score of 1 against 0, softmax gives the wanted token little more
    than the others. Use larger numbers in W_q or W_k."""
    W_q, W_k, W_v = my_previous(words, places)
    return (W_q > 0).float(), W_k, W_v


def previous_is_sharp_in_short_texts(words, places):
    """Your head is sharp in short texts and too soft in long ones. A fixed number is divided by a root of D that may
    grow with the places, and in a long text more tokens count together: multiply by the root of D, and by enough for
    999 others."""
    W_q, W_k, W_v = my_previous(words, places)
    return 100.0 * (W_q > 0), W_k, W_v


def previous_with_places_first(words, places):
    """It looks as if the rows of the places come first in your matrices. In x the words do, so place i is row
    words + i."""
    return tuple(W.roll(-words, 0) for W in my_previous(words, places))


def previous_is_everywhere(words, places):
    """It looks as if no score stands out, so that the head delivers the mean of all it sees. Either token i asks for a
    place that the mask hides, such as i + 1, or its query and the key of token i - 1 do not meet in the same column."""
    W_q, W_k, W_v = my_previous(words, places)
    return W_q * 0, W_k, W_v


def previous_by_words(words, places):
    """It looks as if W_q and W_k read the words. Which token stands before is a matter of places: the rows from `words`
    on."""
    W_q, W_k, _ = my_previous(words, places)
    W_v = torch.eye(words + places)[:, :words]
    return torch.cat([W_q[places:], W_q[:places]]), torch.cat([W_k[places:], W_k[:places]]), W_v


def previous_is_the_first(words, places):
    """It looks as if every token asks for place 0: token i asks for place i - 1."""
    W_q, W_k, W_v = my_previous(words, places)
    W_q = torch.zeros_like(W_q)
    W_q[words:, 0] = 30 * places**0.5
    return W_q, W_k, W_v


def previous_is_the_least(words, places):
    """It looks as if the token before gets the lowest score of all. The larger the score, the larger the weight."""
    W_q, W_k, W_v = my_previous(words, places)
    return -W_q, W_k, W_v


def previous_is_two_back(words, places):
    """It looks as if token i asks for place i - 2: the word before it stands at place i - 1."""
    W_q, W_k, W_v = my_previous(words, places)
    return W_q.roll(-1, 1), W_k, W_v


def previous_is_two_back_without_the_second(words, places):
    """It looks as if token i asks for place i - 2: the word before it stands at place i - 1."""
    W_q, W_k, W_v = previous_is_two_back(words, places)
    W_q[words + 1] = 0
    return W_q, W_k, W_v


def previous_and_itself(words, places):
    """It looks as if each token asks for its own place as well, so that the two share the weight: only for i - 1."""
    W_q, W_k, W_v = my_previous(words, places)
    return W_q + 30 * places**0.5 * torch.cat([torch.zeros(words, places), torch.eye(places)]), W_k, W_v


def previous_in_the_rows_of_words(words, places):
    """It looks as if the places begin in row 0 of W_q and W_k. In x the words come first, so place i is row
    words + i."""
    W_q, W_k, W_v = my_previous(words, places)
    return W_q.roll(-words, 0), W_k.roll(-words, 0), W_v


PREVIOUS_WORD = Exercise(
    id="previous_word",
    title="A head that copies the word before",
    difficulty=3,
    minutes=25,
    kind="transfer",
    contract="a number of words and of places to three matrices: W_q and W_k [words + places, D], with any D, and W_v "
    "[words + places, words]. Row i of x is all 0 but for a 1 at its word and a 1 at place words + i. The causal head "
    "made of them, scaled by the root of D, must deliver at each token but the first a 1 at the word before it, and 0 "
    "elsewhere, to within 0.05. A text has at most as many tokens as there are places, and these are at most 1,000.",
    cases=(
        (2, 2, (0, 1)),
        (3, 4, (2, 0, 1, 0)),
        (5, 9, (4, 4, 1, 0, 3, 2, 2, 0)),
        (4, 30, (*range(4), *range(4), 3, 3, 1, 0, *range(4), *range(4), 2, 1, 0, 3, 3, 2, 0, 1, 1, 2)),
        (3, 40, (0, 1, 2, 2) * 10),
        (3, 1000, (0, 1, 2, 2, 1) * 200),
    ),
    tried="texts of 2 to 1,000 tokens, words that repeat, and more places than tokens",
    hints=(
        "Give the query of token i and the key of token i - 1 a 1 in the same column. Which row of W_q belongs to "
        "place i?",
        "Row words + i of W_q, column i - 1; row words + j of W_k, column j. W_v picks the word.",
        "A score of 1 against 0 is not sharp, and 999 others count together. With 30 times the root of D in W_q, the "
        "scaled score is 30 however many places there are.",
    ),
    solution=my_previous,
    harness=delivered,
    mistakes=(
        previous_is_itself,
        previous_is_the_next,
        previous_is_not_sharp,
        previous_is_sharp_in_short_texts,
        previous_with_places_first,
        previous_is_everywhere,
        previous_by_words,
        previous_is_the_first,
        previous_is_the_least,
        previous_is_two_back,
        previous_is_two_back_without_the_second,
        previous_and_itself,
        previous_in_the_rows_of_words,
    ),
)
