"""The building exercise of lesson 04: the learner's attention in all 30 layers of the real model, which writes on."""

import sys
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.real_model import real_model, replaced
from lessons_lib.classroom.trials import Refused

SMALL_NUMBERS = "(none: made-up numbers, 1 text, 1 head)"
SMALL, LARGE = (1, 1, 4, 3), (2, 3, 5, 6)  # B, H, T, D
GOSSIP = "My neighbour Mrs Quimbletop has a red house, two dogs and a cat. Yesterday I met Mrs Qu"


def my_attention(q, k, v):
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    future = torch.ones(q.shape[-2], q.shape[-2]).triu(1).bool()
    return scores.masked_fill(future, -torch.inf).softmax(-1) @ v


@torch.no_grad()
def written(answer: Callable, prompt: str, tokens: int) -> dict | None:
    """What an attention makes of made-up numbers, and what SmolLM2 writes with it in each layer.

    The rotation by place and the heads that share keys are done before: the answer gets q, k and v [B, H, T, D] alike.

    Raises:
        Refused: if the answer has another shape than q.
    """
    q, k, v = made_up(*(SMALL if prompt == SMALL_NUMBERS else LARGE))
    mixed = answer(q, k, v)
    if mixed is None:
        return None
    found = {"made-up numbers": fitting(mixed, q)}
    if not tokens:
        return found

    def attention(query: Tensor, key: Tensor, value: Tensor, *_mask: object, **_settings: object) -> Tensor:
        shared_by = query.shape[1] // key.shape[1]
        key, value = (each.repeat_interleave(shared_by, 1) for each in (key, value))
        return fitting(answer(query, key, value), query)

    model, tokenizer = real_model()
    ids = tokenizer.encode(prompt)
    start = len(ids)
    layers = sys.modules["lessons_lib.layers.attention"]  # the package of that name holds the function
    with replaced(layers, "attention", attention):
        for _ in range(tokens):
            chances = model(torch.tensor([ids]))[0, -1].softmax(-1)  # [V]
            ids.append(int(chances.argmax()))
    # The order of sums shows in the fifth digit of a chance.
    return {**found, "chance of the last": chances.max().round(decimals=2), "written": tokenizer.decode(ids[start:])}


def made_up(*sizes: int) -> Tensor:
    """q, k and v [3, B, H, T, D]; the first query fits its own key very badly, the second very well, the last one all
    keys alike."""
    numbers = torch.randn(3, *sizes, generator=torch.Generator().manual_seed(0)).round(decimals=1)
    numbers[0, :, :, 0] = -1e12 * numbers[1, :, :, 0]
    numbers[0, :, :, 1] = 1000 * numbers[1, :, :, 1]
    numbers[0, :, :, -1] = 0
    return numbers


def fitting(mixed: object, query: Tensor) -> Tensor:
    """What an answer returned, as a tensor.

    Raises:
        Refused: if it has not the shape of the queries.
    """
    mixed = torch.as_tensor(mixed)
    if mixed.shape != query.shape:
        shapes = f"the shape of q, {list(query.shape)}, got {list(mixed.shape)}"
        raise Refused(f"what your attention returns must have {shapes}")
    return mixed.to(query.dtype)


def attention_of(q, k, v, scale=None, mask=True, axis=-1):
    """Attention with one thing or another done wrongly."""
    scores = q @ k.mT * (q.shape[-1] ** -0.5 if scale is None else scale)
    if mask is True:
        mask = torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool).tril()
    return scores.masked_fill(~mask, -torch.inf).softmax(axis) @ v


def attention_without_mask(q, k, v):
    """It looks as if nothing is hidden: token i may look at the tokens 0 to i only."""
    return F.scaled_dot_product_attention(q, k, v)


def attention_without_scale(q, k, v):
    """It looks as if the scores were not divided by the square root of D, the length of one query."""
    return attention_of(q, k, v, scale=1.0)


def attention_divided_by_d(q, k, v):
    """It looks as if you divided by D. A sum of D products grows like the square root of D: divide by that."""
    return attention_of(q, k, v, scale=1 / q.shape[-1])


def attention_multiplied(q, k, v):
    """It looks as if the scores were multiplied by the square root of D. Divide by it: sums of D products are large
    already."""
    return attention_of(q, k, v, scale=q.shape[-1] ** 0.5)


def attention_mask_turned_round(q, k, v):
    """It looks as if a ~ is missing: masked_fill writes where the mask is True, and tril is True where one may look."""
    return attention_of(q, k, v, mask=torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool).triu(1))


def attention_without_itself_without_nan(q, k, v):
    """It looks as if a token can't see itself, and nan was made 0: the rule is j <= i, not j < i. The first token then
    gets its own value."""
    future = torch.ones(q.shape[-2], q.shape[-2]).triu().bool()
    return (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(future, -torch.inf).softmax(-1).nan_to_num() @ v


def attention_scaled_by_the_tokens(q, k, v):
    """It looks as if you divided by the square root of the number of tokens or heads. D is the length of one query,
    q.shape[-1]."""
    return attention_of(q, k, v, scale=q.shape[-2] ** -0.5)


def attention_scaled_by_the_heads(q, k, v):
    """It looks as if you divided by the square root of the number of tokens or heads. D is the length of one query,
    q.shape[-1]."""
    return attention_of(q, k, v, scale=q.shape[1] ** -0.5)


def attention_cut_afterwards(q, k, v):
    """It looks as if the future was cut after the softmax. It has then had its part in the sum, and the rows sum to
    less than 1: hide it before."""
    weights = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1)
    return weights.tril() @ v


def attention_with_zero_scores(q, k, v):
    """It looks as if the scores of the future are 0, which is a fair score: hidden is minus infinity."""
    return (q @ k.mT / q.shape[-1] ** 0.5).tril().softmax(-1) @ v


def attention_over_queries(q, k, v):
    """It looks as if the columns sum to 1 where the rows should: softmax over the keys, dim=-1."""
    return attention_of(q, k, v, axis=-2)


def attention_without_itself(q, k, v):
    """It looks as if a token can't see itself: the rule is j <= i. The first token has nobody else to look at."""
    return attention_of(q, k, v, mask=torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool).tril(-1))


def attention_sees_one_ahead(q, k, v):
    """It looks as if each token sees the next one too, the very word that is to be guessed: hide from the column behind
    the diagonal on, triu(1)."""
    return attention_of(q, k, v, mask=torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool).tril(1))


def attention_backwards(q, k, v):
    """It looks as if the past is hidden and the future open: row i may look at the columns 0 to i."""
    return attention_of(q, k, v, mask=torch.ones(q.shape[-2], q.shape[-2], dtype=torch.bool).triu())


def attention_with_a_low_number(q, k, v):
    """It looks as if the future has a low number in place of minus infinity. In the made-up numbers a token fits its
    own key so badly that your number is the better score."""
    future = torch.ones(q.shape[-2], q.shape[-2]).triu(1).bool()
    return (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(future, -100.0).softmax(-1) @ v


def attention_by_powers(q, k, v):
    """It looks as if you took e to the power of each score yourself. Of a very low score that is 0 and of a very high
    one inf, and 0 / 0 is left: torch.softmax subtracts the highest score of each row first, which changes no share."""
    powers = (q @ k.mT / q.shape[-1] ** 0.5).exp().tril()
    return powers / powers.sum(-1, keepdim=True) @ v


def attention_masked_by_the_heads(q, k, v):
    """It looks as if your mask has a row for each head or each text, and not for each token: T is q.shape[-2]."""
    return attention_of(q, k, v, mask=torch.ones(q.shape[1], q.shape[1], dtype=torch.bool).tril())


def attention_masked_by_the_heads_in_a_sum(q, k, v):
    """It looks as if your mask has a row for each head or each text, and not for each token: T is q.shape[-2]."""
    scores = q @ k.mT / q.shape[-1] ** 0.5
    return (scores + torch.full((q.shape[1], q.shape[1]), -torch.inf).triu(1)).softmax(-1) @ v


def attention_masked_by_the_texts(q, k, v):
    """It looks as if your mask has a row for each head or each text, and not for each token: T is q.shape[-2]."""
    return attention_of(q, k, v, mask=torch.ones(q.shape[0], q.shape[0], dtype=torch.bool).tril())


def attention_of_keys_dealt_anew(q, k, v):
    """It looks as if the keys were brought to [B, H, D, T] by reshape or view, which deals the numbers out anew: k.mT,
    or k.transpose(-1, -2), turns the axes over."""
    scores = q @ k.reshape(*k.shape[:2], k.shape[-1], k.shape[-2]) / q.shape[-1] ** 0.5
    return scores.masked_fill(torch.ones(q.shape[-2], q.shape[-2]).triu(1).bool(), -torch.inf).softmax(-1) @ v


def attention_scales_late(q, k, v):
    """It looks as if you divided the weights by the square root of D. Divide the scores, before the softmax."""
    return attention_of(q, k, v, scale=1.0) / q.shape[-1] ** 0.5


def attention_shared_out_again(q, k, v):
    """It looks as if you cut the weights after the softmax and divided each row by what was left. A high score in the
    future leaves 0 / 0: hide it before the softmax."""
    weights = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1).tril()
    return weights / weights.sum(-1, keepdim=True) @ v


def attention_with_keys_mixed(q, k, v):
    """It looks as if keys and values have changed places: scores come of the keys, and the values are mixed."""
    return attention_of(q, v, k)


def attention_divided_by_eight(q, k, v):
    """It looks as if you divided by 8, the root of 64. That is right for SmolLM2; for the made-up numbers D is 3 or 6.
    Take the root of q.shape[-1]."""
    return attention_of(q, k, v, scale=1 / 8)


def attention_with_minus_nine(q, k, v):
    """It looks as if the future has a low number in place of minus infinity. In the made-up numbers a token fits its
    own key so badly that your number is the better score."""
    future = torch.ones(q.shape[-2], q.shape[-2]).triu(1).bool()
    return (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(future, -9.0).softmax(-1) @ v


def attention_hides_zeros(q, k, v):
    """It looks as if a score of exactly 0 is hidden wherever it stands. A visible score may be 0: say by the place what
    is hidden, and not by the number."""
    scores = (q @ k.mT / q.shape[-1] ** 0.5).tril()
    return scores.masked_fill(scores == 0, -torch.inf).softmax(-1) @ v


def attention_mixes_keys(q, k, v):
    """It looks as if the keys are mixed: the weights are multiplied by v."""
    return attention_of(q, k, k)


def attention_of_keys_that_ask(q, k, v):
    """It looks as if queries and keys have changed places: row i holds what query i makes of each key, q times the keys
    turned over."""
    return attention_of(k, q, v)


def attention_scaled_by_the_width(q, k, v):
    """It looks as if you divided by the square root of H * D. Each head is divided by the root of its own D,
    q.shape[-1]."""
    return attention_of(q, k, v, scale=(q.shape[1] * q.shape[-1]) ** -0.5)


def attention_over_heads(q, k, v):
    """It looks as if softmax goes over the heads (axis 1), in which a hidden column is hidden in all: 0 / 0. It goes
    over the keys, the last axis: dim=-1."""
    return attention_of(q, k, v, axis=1)


ATTENTION = Exercise(
    id="attention",
    title="Build: your attention in the real model",
    difficulty=2,
    minutes=4,
    kind="build",
    contract="q, k and v [B, H, T, D] to [B, H, T, D]: in each text and each head, row i is the mean of the rows 0 to "
    "i of v, weighted by the softmax of its dot products with those rows of k, divided by the square root of D. Any "
    "numbers may come, also scores of 0 and far below it.",
    cases=(
        (SMALL_NUMBERS, 0),
        ("(none: made-up numbers, 2 texts, 3 heads)", 0),
        ("The capital of France is", 1),
        (GOSSIP, 3),
    ),
    tried="made-up numbers of 1 head and of 2 texts with 3 heads, then SmolLM2 with your attention in all 30 layers: "
    "it knows the capital of France, and finds the name of Mrs Quimbletop as before",
    hints=(
        "It is `attend` of section 7 with the mask made inside; axes in front of the last two are batches.",
        "k.transpose(-1, -2) turns the last two axes over; q.shape[-1] is D and q.shape[-2] is T.",
        "scores.masked_fill(future, -torch.inf), where torch.ones(T, T).triu(1).bool() is True in the future; then "
        "softmax(-1) and the product with v.",
    ),
    solution=my_attention,
    real=2,
    harness=written,
    mistakes=(
        attention_without_mask,
        attention_without_scale,
        attention_divided_by_d,
        attention_multiplied,
        attention_mask_turned_round,
        attention_without_itself_without_nan,
        attention_scaled_by_the_tokens,
        attention_scaled_by_the_heads,
        attention_cut_afterwards,
        attention_with_zero_scores,
        attention_over_queries,
        attention_without_itself,
        attention_sees_one_ahead,
        attention_backwards,
        attention_with_a_low_number,
        attention_by_powers,
        attention_masked_by_the_heads,
        attention_masked_by_the_heads_in_a_sum,
        attention_masked_by_the_texts,
        attention_of_keys_dealt_anew,
        attention_scales_late,
        attention_shared_out_again,
        attention_with_keys_mixed,
        attention_divided_by_eight,
        attention_with_minus_nine,
        attention_hides_zeros,
        attention_mixes_keys,
        attention_of_keys_that_ask,
        attention_scaled_by_the_width,
        attention_over_heads,
    ),
)
